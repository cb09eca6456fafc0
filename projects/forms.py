"""What a lead fills in of one project."""

from decimal import Decimal

from django import forms

from core.fields import NumberField, TextField
from indicators.submissions.forms import clean_text
from projects.labels import AMOUNTS, DAYS, FIELDS, MARK_FIELDS, TEXTS
from projects.models import Project, Stage
from projects.services import Entry, Mark, flaws_in

# Empty rows for milestones at the end of the form; more come with each save.
SPARE_ROWS = 3
# More rows than these are not read.
MOST_ROWS = 60


class AmountField(NumberField):
    """Whole đồng."""

    largest = Decimal(10) ** 15 - 1

    def to_python(self, value):
        amount = super().to_python(value)
        return None if amount is None else int(amount)

    def prepare_value(self, value):
        return super().prepare_value(Decimal(value) if isinstance(value, int) else value)


def day_field(label: str):
    """A day as people type it, 31/08/2023; a browser's own ISO form is understood too."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"placeholder": "ngày/tháng/năm", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "Nhập ngày như 31/08/2023."},
    )


class UpdateForm(forms.Form):
    """Tình trạng, tỷ lệ, việc đã làm, vướng mắc, kiến nghị, các ngày, hợp đồng và giải ngân của một dự án."""

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

    def __init__(self, project: Project, today, *, data=None, entry: Entry | None = None, steps=()):
        self.project, self.today = project, today
        initial = entry._asdict() if entry else {}
        super().__init__(data, initial=initial, auto_id="%s")
        if data is None:
            given = list(entry.milestones) if entry else []
            given = given or [Mark(name) for name in steps]
            self.marks = [MarkForm(place, today, mark=mark) for place, mark in enumerate(given)]
        else:
            self.marks = [MarkForm(place, today, data=data) for place in range(_rows(data.get("milestones", "")))]
        if data is None:
            first = len(self.marks)
            self.marks += [MarkForm(first + spare, today) for spare in range(SPARE_ROWS)]
        if self.is_bound:
            self._check()
        for name in (*TEXTS, *DAYS, *AMOUNTS, "percent"):
            if name in self.errors:
                self.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"e-{name}"}

    def clean(self):
        cleaned = super().clean()
        for name in TEXTS:
            cleaned[name] = clean_text(cleaned.get(name) or "")
        return cleaned

    @property
    def entry(self) -> Entry:
        """What was filled in; rows of milestones that hold nothing are left out."""
        fields = {name: self.cleaned_data.get(name) for name in Entry._fields if name != "milestones"}
        marks = tuple(form.mark for form in self.marks if form.mark is not None)
        return Entry(**fields, milestones=marks)

    def _check(self):
        """The form's own reading first, then what the rules say of the whole."""
        broken = [form for form in self.marks if not form.is_valid()]
        if self.errors or broken:
            return
        filled = [form for form in self.marks if form.mark is not None]
        for flaw in flaws_in(self.project, self.entry, self.today):
            if flaw.field.startswith("milestones-"):
                _, place, name = flaw.field.split("-")
                filled[int(place)].add_error(name, flaw.reason)
            else:
                self.add_error(None if flaw.field == "milestones" else flaw.field, flaw.reason)

    @property
    def is_sound(self) -> bool:
        return self.is_bound and not self.errors and all(form.is_valid() for form in self.marks)

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """(id of the field, its label, what is wrong), for the list at the head of the page."""
        found = []
        for name, reasons in self.errors.items():
            label = self.fields[name].label if name in self.fields else ""
            first = "stage_0" if name == "stage" else name
            found += [(first if name in self.fields else "", label, reason) for reason in reasons]
        for form in self.marks:
            for name, reasons in form.errors.items():
                found += [
                    (form[name].id_for_label, f"Mốc {form.place + 1}, {form.fields[name].label.lower()}", reason)
                    for reason in reasons
                ]
        return found


def _rows(count: str) -> int:
    """How many rows of milestones a form says that it has."""
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

    def __init__(self, place, today, *, data=None, mark: Mark | None = None):
        self.place = place
        super().__init__(data, prefix=f"m{place}", initial=mark._asdict() if mark else {}, auto_id="%s")
        self.use_required_attribute = False
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = f"{field.label}, mốc {place + 1}"
            if self.is_bound and name in self.errors:
                field.widget.attrs |= {"aria-invalid": "true"}

    @property
    def mark(self) -> Mark | None:
        """None where the row holds nothing."""
        if not self.is_valid():
            return None
        cleaned = {name: value or "" for name, value in self.cleaned_data.items()}
        for name in ("name", "owner", "evidence"):
            cleaned[name] = clean_text(cleaned[name])
        for name in ("planned_on", "done_on"):
            cleaned[name] = cleaned[name] or None
        return Mark(**cleaned) if any(cleaned.values()) else None
