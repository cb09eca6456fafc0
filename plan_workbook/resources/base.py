"""Base of the plan's tables: one Resource of django-import-export a table says how its rows are validated, matched, compared
and left alone where nothing changed.

The tables of one file are a `Book`. They are written in order within one transaction, so that a row may name one of a table
before it; a trial run is the same, rolled back. A row that names a faulty row is no fault of its own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Self

from django.core.exceptions import ValidationError
from django.db import models
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Diff, Resource
from import_export.results import RowResult
from tablib import Dataset

from agencies.matching import AgencyMatcher, UnknownAgency
from agencies.models import Agency, User
from core.spreadsheet import Value
from indicators.models import Plan
from indicators.workbooks.sandbox import Cell
from plan_workbook.cells import CellWidget, Follows

# The code of the errors of a row that only follow from another row's.
FOLLOWS = "follows"


class Problem(NamedTuple):
    """One fault: its sheet (or file), its cell, the reason in Vietnamese."""

    sheet: str
    cell: str
    reason: str


class SourceRow(NamedTuple):
    """A row of a file: its line, and its cells by the names of the columns."""

    line: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class SourceTable:
    """A table as a file has it. place: the cell of a line and a column; line None: of the column's heading."""

    title: str
    rows: Sequence[SourceRow]
    place: Callable[[int | None, str], str]


class CellChange(NamedTuple):
    """A cell of a row before and after."""

    title: str
    before: Value
    after: Value


class RowChange(NamedTuple):
    """A row that is added, changed or removed."""

    kind: str
    name: str
    cells: Sequence[CellChange] = ()


@dataclass
class TableResult:
    """The effect of a file on one table: the changed rows, and the number of those that stay."""

    title: str
    rows: list[RowChange] = field(default_factory=list)
    unchanged: int = 0

    def count(self, kind: str) -> int:
        """Return the number of changes of a kind."""
        return sum(row.kind == kind for row in self.rows)

    @property
    def added(self) -> int:
        return self.count(RowResult.IMPORT_TYPE_NEW)

    @property
    def changed(self) -> int:
        return self.count(RowResult.IMPORT_TYPE_UPDATE)

    @property
    def removed(self) -> int:
        return self.count(RowResult.IMPORT_TYPE_DELETE)


class Column(Field):
    """A column of a table: its heading, its width in characters, and its advice for those who fill it in."""

    widget: CellWidget

    def __init__(
        self,
        title: str,
        widget: CellWidget,
        attribute: str = "",
        *,
        width: int = 14,
        needed: bool = False,
        advice: str = "",
    ) -> None:
        super().__init__(attribute=attribute or None, widget=widget)
        self.title, self.width, self.needed, self.advice = title, width, needed, advice

    def clean(self, row: Mapping[str, Cell], **kwargs: Any) -> Any:
        """Return the value of a row's cell. Raises ValueError."""
        value = super().clean(row, **kwargs)
        if self.needed and value in (None, "", ()):
            raise ValueError(f"Chưa ghi {self.title[0].lower()}{self.title[1:]}.")
        return value


class CellDiff(Diff):
    """The cells of a row before and after, for the preview."""

    def __init__(self, resource: "PlanTable", instance: models.Model, new: bool) -> None:
        super().__init__(resource, instance, new)
        self.titles = [column.title for column in resource.columns.values()]

    @classmethod
    def _read_field_values(cls, resource: "PlanTable", instance: models.Model) -> list[Value]:
        return [column.export(instance) for column in resource.columns.values()]

    def as_html(self) -> list[CellChange]:
        """Return the cells that differ."""
        before = [None] * len(self.left) if self.new else self.left
        cells = map(CellChange, self.titles, before, self.right)
        return [cell for cell in cells if (cell.before or "") != (cell.after or "")]


class StoredRows(BaseInstanceLoader):
    """The stored rows of a table by their keys, read at once."""

    def get_instance(self, row: Mapping[str, Cell]) -> models.Model | None:
        stored: models.Model | None = self.resource.stored.get(self.resource.key_of(row))
        return stored


class Book:
    """The tables of one file on their way into the database, and what they have in common.

    plan: the plan that the file is about, None until its own table made it. fills: only what is missing is added; rows that
    are there stay as they are, and rows that the file lacks stay too.
    """

    def __init__(self, *, plan: Plan | None, by: User | None, fills: bool) -> None:
        self.plan, self.by, self.fills = plan, by, fills
        self.tables: dict[str, PlanTable] = {}
        self.problems: list[Problem] = []
        self.matcher = AgencyMatcher.stored()
        # The names that mean no agency, or several, with those that may be meant.
        self.unknown: dict[str, list[Agency]] = {}
        self.spoiled_agencies: set[str] = set()

    def add(self, table: "PlanTable") -> Self:
        """Add a table after those that its rows may name."""
        self.tables[table.key] = table
        return self

    @property
    def the_plan(self) -> Plan:
        """The plan, of which the first table took care."""
        if self.plan is None:
            raise Follows
        return self.plan

    def agency(self, text: str) -> Agency:
        """Return the agency that a cell names. Raises ValueError."""
        try:
            agency = self.matcher.find(text)
        except UnknownAgency as unknown:
            if self.tables["agencies"].source is None:
                raise Follows from None
            self.unknown[text.strip()] = unknown.candidates
            raise
        if agency.code in self.spoiled_agencies:
            raise Follows
        return agency

    def row(self, table: str, text: str) -> Any:
        """Return the row of a table that a cell names. Raises ValueError."""
        return self.tables[table].find(text.strip())

    def code(self, instance: models.Model) -> str:
        """Return the code by which a cell names a row."""
        for table in self.tables.values():
            if table._meta.model is not None and isinstance(instance, table._meta.model):
                return table.name_of(instance)
        return str(instance)


class PlanTable(Resource):
    """One table of a plan's workbook: its sheet, its columns, its rules.

    key: its name in files of a folder; removes: rows that the file lacks are removed; completed: fields of stored rows that a
    load that only adds fills in where they are blank; only_into_empty: such a load leaves the table alone where it has rows;
    blamed: the constraints of the model that the cells of a row can break, each with the column at fault (a query each).
    """

    key: ClassVar[str]
    sheet: ClassVar[str]
    note: ClassVar[str] = ""
    noun: ClassVar[str] = "dòng"
    removes: ClassVar[bool] = True
    completed: ClassVar[Sequence[str]] = ()
    only_into_empty: ClassVar[bool] = False
    blamed: ClassVar[Mapping[str, str]] = {}
    fields: dict[str, Column]

    class Meta:
        instance_loader_class = StoredRows
        skip_unchanged = True
        report_skipped = True
        store_instance = True
        use_transactions = False
        clean_model_instances = False

    def __init__(self, book: Book) -> None:
        super().__init__()
        self.book = book
        self.columns = self.fields
        for name, column in self.columns.items():
            column.column_name = name
            column.attribute = column.attribute or name
            column.widget.bind(book)
        self.stored: dict[tuple[str, ...], Any] = {}
        self.rows: dict[tuple[str, ...], Any] = {}
        self.lines: dict[tuple[str, ...], int] = {}
        self.spoiled: set[str] = set()
        self.has_unreadable_keys = False
        self.source: SourceTable | None = None
        self.result = TableResult(self.sheet)

    @classmethod
    def get_diff_class(cls) -> type[Diff]:
        return CellDiff

    # Its rows in the database
    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the stored rows of the plan."""
        return self._meta.model.objects.filter(plan=self.book.plan)

    def scope(self) -> dict[str, Any]:
        """Return what every new row has beside its columns."""
        return {"plan": self.book.the_plan}

    def init_instance(self, row: Any = None) -> models.Model:
        instance: models.Model = self._meta.model(**self.scope())
        return instance

    def write(self, instance: Any, *, is_new: bool) -> None:
        """Store a new or a changed row."""
        instance.save()

    def remove(self, instance: Any) -> None:
        """Delete a row that the file lacks."""
        instance.delete()

    # Its keys
    def key_of(self, row: Mapping[str, Cell]) -> tuple[str, ...]:
        """Return the key of a row of the file. Raises ValueError."""
        columns = [self.columns[name] for name in self._meta.import_id_fields]
        return tuple(str(column.widget.render(column.clean(row))) for column in columns)

    def key_of_stored(self, instance: models.Model) -> tuple[str, ...]:
        """Return the key of a stored row."""
        return tuple(str(self.columns[name].export(instance)) for name in self._meta.import_id_fields)

    def name_of(self, instance: models.Model) -> str:
        """Return the name by which other tables and the preview name a row."""
        return ".".join(self.key_of_stored(instance))

    def find(self, text: str) -> Any:
        """Return the row of a name. Raises ValueError."""
        for key, instance in self.rows.items():
            if ".".join(key).lower() == text.lower():
                return instance
        if text.lower() in self.spoiled or self.source is None:
            raise Follows
        raise ValueError(f"Không có {self.noun} “{text}” ở trang tính “{self.sheet}”.")

    # Rules
    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        """Return what speaks against a row whose cells could all be read: column → reason. before: the values of its
        columns as they are stored, None for a new row."""
        return {}

    def why_kept(self, instance: Any) -> str:
        """Return the reason why a row cannot be removed; empty where it can."""
        return ""

    def ordered(self, rows: Sequence[SourceRow]) -> Sequence[SourceRow]:
        """Return the rows in the order in which they are written."""
        return rows

    def finish(self) -> None:
        """Do what follows from the rows of the file as a whole."""

    # The way through django-import-export
    def load(self, source: SourceTable) -> None:
        """Write the rows of a file, and keep what they change."""
        self.source = source
        self.stored = {self.key_of_stored(instance): instance for instance in self.get_queryset()}
        if self.book.fills and self.only_into_empty and self.stored:
            self.rows = dict(self.stored)
            return
        rows = self.ordered(source.rows)
        dataset = Dataset(headers=list(self.columns))
        for row in rows:
            dataset.append([row.cells.get(name) for name in self.columns])
        self.current_lines = [row.line for row in rows]
        result = self.import_data(dataset, raise_errors=False)
        for error in result.base_errors:
            raise error.error
        self.finish()

    def before_import_row(self, row: Mapping[str, Cell], **kwargs: Any) -> None:
        """Refuse a second row of one key."""
        self.line = self.current_lines[kwargs["row_number"] - 1]
        self.before: dict[str, Any] | None = None
        try:
            key = self.key_of(row)
        except ValueError:
            return
        if key in self.lines:
            reason = f"Đã có ở dòng {self.lines[key]}."
            raise ValidationError({self._meta.import_id_fields[0]: ValidationError(reason, code="twice")})
        self.lines[key] = self.line

    def get_instance(self, instance_loader: StoredRows, row: Mapping[str, Cell]) -> models.Model | None:
        try:
            return instance_loader.get_instance(row)
        except ValueError:
            return None  # told with the other cells of the row

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        self.before = None if new else {name: column.get_value(instance) for name, column in self.columns.items()}

    def import_instance(self, instance: Any, row: Mapping[str, Cell], **kwargs: Any) -> None:
        """Read the cells into the row. Raises ValidationError by column."""
        errors: dict[str, ValidationError] = {}
        stays = self.book.fills and self.before is not None
        for name, column in self.columns.items():
            try:
                if stays and not (name in self.completed and not column.get_value(instance)):
                    column.clean(row)
                else:
                    column.save(instance, row)
            except Follows:
                errors[name] = ValidationError("", code=FOLLOWS)
            except ValueError as error:
                errors[name] = ValidationError(str(error), code="invalid")
        if errors:
            raise ValidationError(errors)

    def changed(self, instance: Any) -> list[str]:
        """Return the columns in which a row differs from the stored one."""
        if self.before is None:
            return list(self.columns)
        before = self.before
        return [name for name, column in self.columns.items() if _differ(before[name], column.get_value(instance))]

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return not import_validation_errors and self.before is not None and not self.changed(instance)

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Judge a row by its model and by the table's own rules. Raises ValidationError by column."""
        errors: dict[str, Any] = dict(import_validation_errors or {})
        errors |= self._model_errors(instance, errors)
        if not errors:
            errors = {name: ValidationError(reason) for name, reason in self.flaws(instance, self.before).items()}
        if errors:
            raise ValidationError(errors)

    def _model_errors(self, instance: Any, unread: Iterable[str]) -> dict[str, Any]:
        """Return the faults that the model itself finds, by column."""
        names = {column.attribute: name for name, column in self.columns.items()}
        model_fields = {field.name: field for field in self._meta.model._meta.fields}
        excluded = {name for name, field in model_fields.items() if name not in names or field.is_relation}
        excluded |= {self.columns[name].attribute for name in unread if name in self.columns}
        try:
            instance.clean_fields(exclude=excluded)
        except ValidationError as error:
            return {names.get(name, name): messages for name, messages in error.error_dict.items()}
        if unread:
            return {}
        for constraint in self._meta.model._meta.constraints:
            if constraint.name in self.blamed:
                try:
                    constraint.validate(self._meta.model, instance)
                except ValidationError as error:
                    return {self.blamed[constraint.name]: error.messages}
        return {}

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        self.write(instance, is_new=is_create)

    def after_import_row(self, row: Mapping[str, Cell], row_result: RowResult, **kwargs: Any) -> None:
        """Keep a good row for those that name it, and its change for the preview."""
        instance = row_result.instance
        key = self.key_of_stored(instance)
        self.rows[key] = instance
        if row_result.import_type == RowResult.IMPORT_TYPE_SKIP:
            self.result.unchanged += 1
        else:
            self.result.rows.append(RowChange(row_result.import_type, self.name_of(instance), row_result.diff))

    def import_row(self, row: Mapping[str, Cell], instance_loader: Any, **kwargs: Any) -> RowResult:
        """Import a row; keep its faults with their cells."""
        row_result = super().import_row(row, instance_loader, **kwargs)
        if row_result.errors:
            raise row_result.errors[0].error  # an error of ours, not of the file
        if row_result.validation_error is not None:
            self._spoil(row, row_result.validation_error)
        return row_result

    def _spoil(self, row: Mapping[str, Cell], error: ValidationError) -> None:
        """Keep the faults of a row, and its key, so that rows that name it are not blamed."""
        for name, errors in error.error_dict.items():
            column = name if name in self.columns else self._meta.import_id_fields[0]
            reasons = [message for each in errors if each.code != FOLLOWS for message in each.messages]
            if reasons:
                self.blame(self.line, column, " ".join(reasons))
        try:
            key = self.key_of(row)
        except ValueError:
            self.has_unreadable_keys = True
            key = tuple(cell.words.strip() if (cell := row.get(name)) else "" for name in self._meta.import_id_fields)
        if key not in self.rows:
            self.spoiled.add(".".join(key).lower())

    def blame(self, line: int | None, column: str, reason: str) -> None:
        """Keep a fault of a cell; line None: of the table as a whole, told at a heading."""
        if self.source is not None:
            self.book.problems.append(Problem(self.source.title, self.source.place(line, column), reason))

    def note_added(self, instance: Any) -> None:
        """Count a row that was made without a row of the file."""
        values = [CellChange(c.title, None, value) for c in self.columns.values() if (value := c.export(instance))]
        self.result.rows.append(RowChange(RowResult.IMPORT_TYPE_NEW, self.name_of(instance), values))

    def note_removed(self, instance: Any) -> None:
        """Count a row that is removed."""
        values = [CellChange(c.title, value, None) for c in self.columns.values() if (value := c.export(instance))]
        self.result.rows.append(RowChange(RowResult.IMPORT_TYPE_DELETE, self.name_of(instance), values))

    # What the file lacks
    def leftovers(self) -> list[Any]:
        """Return the stored rows that the file lacks and that are to be removed."""
        if self.book.fills or not self.removes:
            return []
        return [
            instance
            for key, instance in self.stored.items()
            if key not in self.lines and ".".join(key).lower() not in self.spoiled
        ]

    def check_leftovers(self) -> None:
        """Refuse to remove what must stay."""
        if self.has_unreadable_keys:
            return
        for instance in self.leftovers():
            reason = self.why_kept(instance)
            if reason:
                missing = f"Tệp thiếu {self.noun} {self.name_of(instance)}: {reason} Ghi lại dòng này."
                self.blame(None, self._meta.import_id_fields[0], missing)

    def remove_leftovers(self) -> None:
        """Delete the stored rows that the file lacks."""
        for instance in self.leftovers():
            self.note_removed(instance)
            self.remove(instance)


def _differ(before: Any, after: Any) -> bool:
    """Return whether two values of a cell differ; blanks around a text do not count, and empty is empty."""
    return bool(_plain(before) != _plain(after))


def _plain(value: Any) -> Any:
    value = value.strip() if isinstance(value, str) else value
    return None if value in ("", ()) else value
