"""Loading of a plan from its tables, all or nothing: the one way by which a workbook, the command and the fixtures write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from agencies.models import Agency, User
from core.audit.services import audit
from indicators.errors import ActionNotAllowed
from indicators.models import DEFINERS, Plan
from indicators.periods import plan_guard
from indicators.rollups.pending import request_rollup
from plan_workbook.audit_acts import PlanFileAct
from plan_workbook.resources import TABLES
from plan_workbook.resources.base import Book, Problem, TableResult
from plan_workbook.sources import Source


@dataclass(frozen=True)
class Loaded:
    """The effect of a file on a plan: the plan (None where its own row is faulty), its tables, its faults, and the agencies that
    may be meant by each name that means none."""

    plan: Plan | None
    tables: Sequence[TableResult]
    problems: Sequence[Problem]
    unknown: Mapping[str, Sequence[Agency]] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """The number of rows that are added, changed or removed."""
        return sum(len(table.rows) for table in self.tables)

    @property
    def added(self) -> int:
        return sum(table.added for table in self.tables)

    @property
    def changed(self) -> int:
        return sum(table.changed for table in self.tables)

    @property
    def removed(self) -> int:
        return sum(table.removed for table in self.tables)

    @property
    def unchanged(self) -> int:
        return sum(table.unchanged for table in self.tables)


class BadFile(ActionNotAllowed):
    """A file that was refused as a whole; `problems` names every faulty cell."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"Tệp có {len(problems)} lỗi, chưa ghi gì.")
        self.problems = problems


def may_load(user: User) -> bool:
    """Return True where a user may load a plan from a file: administration and the standing agency."""
    return user.is_active and user.holds(*DEFINERS)


def preview(source: Source, *, plan: Plan | None = None, by: User | None = None, fills: bool = False) -> Loaded:
    """Return what a file would do, with all its faults; nothing is written. plan, fills: as in `load`."""
    with transaction.atomic():
        loaded = _write(source, plan=plan, by=by, fills=fills)
        transaction.set_rollback(True)
    return loaded


@transaction.atomic
def load(
    source: Source,
    *,
    plan: Plan | None = None,
    by: User | None = None,
    fills: bool = False,
    file_name: str = "",
    address: str | None = None,
) -> Loaded:
    """Bring a plan into line with a file: rows are added, changed and removed, all or none, with one line in the log.

    plan: the one that the file must be about; None: the one of its code, or a new one. fills: only what is missing is added,
    and nothing is logged (the plan's own fixtures). Raises BadFile with every fault, ActionNotAllowed.
    """
    if by is not None and not may_load(by):
        raise ActionNotAllowed("Tài khoản không nạp được kế hoạch. Không có gì thay đổi.")
    loaded = _write(source, plan=plan, by=by, fills=fills)
    if loaded.problems or loaded.plan is None:
        raise BadFile(loaded.problems)
    if loaded.changes:
        if not loaded.plan.pending_rollups.exists():
            request_rollup(plan=loaded.plan)  # pages are cached until the next roll-up (indicators/page_cache.py)
        if not fills:
            audit(
                by=by,
                act=PlanFileAct.LOAD,
                label=str(loaded.plan),
                address=address,
                file=file_name,
                changes={
                    table.title: [f"thêm {table.added}, sửa {table.changed}, bỏ {table.removed}"]
                    for table in loaded.tables
                    if table.rows
                },
            )
    return loaded


def _write(source: Source, *, plan: Plan | None, by: User | None, fills: bool) -> Loaded:
    """Write all tables, in the caller's transaction."""
    book = Book(plan=plan, by=by, fills=fills)
    book.problems.extend(source.problems)
    for kind in TABLES:
        table = kind(book)
        book.add(table)
        if kind.key in source.tables and (kind.key == "plan" or book.plan is not None):
            table.load(source.tables[kind.key])
        if book.plan is not None:
            plan_guard.require_open(book.plan)
    tables = list(book.tables.values())
    for table in tables:
        table.check_leftovers()
    if not book.problems:
        lost = [table.sheet for table in tables if table.spoiled]
        if lost:
            raise LookupError(f"Rows of {lost} name rows of tables that the source does not have.")
        for table in reversed(tables):
            table.remove_leftovers()
    return Loaded(book.plan, [table.result for table in tables], book.problems, book.unknown)
