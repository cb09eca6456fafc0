"""The form of a lead's report on one project."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from core.fields import NumberField, TextField
from core.forms import example_day_lazy
from indicators.submissions.forms import clean_text
from projects.labels import AMOUNTS, DAYS, FIELDS, MARK_FIELDS, TEXTS
from projects.models import Project, Stage
from projects.services import Entry, Mark, flaws_in

# Empty rows for milestones at the end of the form; each save adds as many.
SPARE_ROWS = 3
# Further rows are not read.
MOST_ROWS = 60


class AmountField(NumberField):
    """An amount in whole đồng."""

    largest = Decimal(10) ** 15 - 1

    # A field may return any type; the stubs know only that of the text field that it extends.
    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        amount = super().to_python(value)
        return None if amount is None else int(amount)

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(Decimal(value) if isinstance(value, int) else value)


def day_field(label: str) -> forms.DateField:
    """Return a field for a day as people type it, 31/08/2026; the ISO form of browsers is accepted too."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"placeholder": "ngày/tháng/năm", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": example_day_lazy("Nhập ngày như {}.", 31, 8)},
    )


class UpdateForm(forms.Form):
    """The report on a project: stage, percentage, work done, obstacles, proposals, days, contract and payments."""

    stage = forms.ChoiceField(
        label=FIELDS["stage"],
        choices=Stage,
        widget=forms.RadioSelect,
        error_messages={"required": "Chọn tình trạng của việc này."},
    )
    percent = NumberField(label=FIELDS["percent"], places=2, maximum=100, required=False)
    work_done = TextField(label=FIELDS["work_done"], required=False, widget=forms.Textarea(attrs={"rows": 3}))
    obstacles = TextField(label=FIELDS["obstacles"], required=False, widget=forms.Textarea(attrs={"rows": 2}))
    proposals = TextField(label=FIELDS["proposals"], required=False, widget=forms.Textarea(attrs={"rows": 2}))
    planned_start = day_field(FIELDS["planned_start"])
    planned_finish = day_field(FIELDS["planned_finish"])
    actual_start = day_field(FIELDS["actual_start"])
    actual_finish = day_field(FIELDS["actual_finish"])
    contract_value = AmountField(label=FIELDS["contract_value"], places=0, required=False)
    disbursed = AmountField(label=FIELDS["disbursed"], places=0, required=False)

    def __init__(
        self,
        project: Project,
        today: dt.date,
        *,
        data: QueryDict | None = None,
        entry: Entry | None = None,
        steps: Sequence[str] = (),
    ) -> None:
        self.project, self.today = project, today
        initial = entry._asdict() if entry else {}
        super().__init__(data, initial=initial, auto_id="%s")
        if data is None:
            marks = list(entry.milestones) if entry else []
            marks = marks or [Mark(name) for name in steps]
            self.marks = [MarkForm(index, today, mark=mark) for index, mark in enumerate(marks)]
        else:
            self.marks = [MarkForm(index, today, data=data) for index in range(_rows(data.get("milestones", "")))]
        if data is None:
            first = len(self.marks)
            self.marks += [MarkForm(first + spare, today) for spare in range(SPARE_ROWS)]
        if self.is_bound:
            self._check()
        for name in (*TEXTS, *DAYS, *AMOUNTS, "percent"):
            if name in self.errors:
                self.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"e-{name}"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in TEXTS:
            cleaned[name] = clean_text(cleaned.get(name) or "")
        return cleaned

    @property
    def entry(self) -> Entry:
        """The contents of the form; empty rows of milestones are left out."""
        fields: dict[str, Any] = {name: self.cleaned_data.get(name) for name in Entry._fields if name != "milestones"}
        marks = tuple(form.mark for form in self.marks if form.mark is not None)
        return Entry(**fields, milestones=marks)

    def _check(self) -> None:
        """Validate by the form's own fields first, then by the rules for the whole."""
        broken = [form for form in self.marks if not form.is_valid()]
        if self.errors or broken:
            return
        filled = [form for form in self.marks if form.mark is not None]
        for flaw in flaws_in(self.project, self.entry, self.today):
            if flaw.field.startswith("milestones-"):
                _, index, name = flaw.field.split("-")
                filled[int(index)].add_error(name, flaw.reason)
            else:
                self.add_error(None if flaw.field == "milestones" else flaw.field, flaw.reason)

    @property
    def is_sound(self) -> bool:
        return self.is_bound and not self.errors and all(form.is_valid() for form in self.marks)

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """(id of the field, its label, the error), for the list at the head of the page."""
        all_problems = []
        for name, reasons in self.errors.items():
            label = str(self.fields[name].label) if name in self.fields else ""
            first = "stage_0" if name == "stage" else name
            all_problems += [(first if name in self.fields else "", label, str(reason)) for reason in reasons]
        for form in self.marks:
            for name, reasons in form.errors.items():
                all_problems += [
                    (
                        form[name].id_for_label,
                        f"Mốc {form.place + 1}, {str(form.fields[name].label).lower()}",
                        str(reason),
                    )
                    for reason in reasons
                ]
        return all_problems


def _rows(count: str) -> int:
    """Return the number of rows of milestones that a form states."""
    if not (count.isascii() and count.isdigit()):
        return 0
    return min(int(count), MOST_ROWS) if len(count) < 10 else MOST_ROWS


class MarkForm(forms.Form):
    """One row of the milestones."""

    name = TextField(label=MARK_FIELDS["name"], required=False)
    owner = TextField(label=MARK_FIELDS["owner"], required=False)
    planned_on = day_field(MARK_FIELDS["planned_on"])
    done_on = day_field(MARK_FIELDS["done_on"])
    evidence = TextField(label=MARK_FIELDS["evidence"], required=False)

    def __init__(self, index: int, today: dt.date, *, data: QueryDict | None = None, mark: Mark | None = None) -> None:
        self.place = index
        super().__init__(data, prefix=f"m{index}", initial=mark._asdict() if mark else {}, auto_id="%s")
        self.use_required_attribute = False
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = f"{field.label}, mốc {index + 1}"
            if self.is_bound and name in self.errors:
                field.widget.attrs |= {"aria-invalid": "true"}

    @property
    def mark(self) -> Mark | None:
        """The milestone of the row; None where the row is empty."""
        if not self.is_valid():
            return None
        cleaned: dict[str, Any] = {name: value or "" for name, value in self.cleaned_data.items()}
        for name in ("name", "owner", "evidence"):
            cleaned[name] = clean_text(cleaned[name])
        for name in ("planned_on", "done_on"):
            cleaned[name] = cleaned[name] or None
        return Mark(**cleaned) if any(cleaned.values()) else None
