"""Forms that change a target with a reason: its definition, its indicator's text, its metadata."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django import forms
from django.http import QueryDict

from agencies.models import Agency
from core.fields import NumberField, TextField
from core.forms import ReasonField, example_day_lazy
from indicators.models import Comparator, Kind, Plan, ReportingPeriod, SharedDenominator, Target, Timing
from indicators.rules.combining import VALUE_PLACES
from indicators.rules.results import GradeBand
from indicators.targets import denominators, metadata, results_ranking, services
from indicators.targets.text import FROM_ZERO

# Rows for milestones: the stored ones, and some more to fill.
MORE_ROWS = 2
FEWEST_ROWS = 4
MOST_ROWS = 12
# Rows for grades of the ranking by results.
BAND_ROWS = 6
DAY_FORMATS = ["%d/%m/%Y", "%Y-%m-%d"]


def _day(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        input_formats=DAY_FORMATS,
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"placeholder": "ngày/tháng/năm", "maxlength": 10}),
        error_messages={
            "invalid": example_day_lazy("Ngày không hợp lệ: ghi như {}.", 30, 6),
            "required": "Cần một ngày.",
        },
        **options,
    )


def first_periods(plan: Plan) -> list[tuple[str, str]]:
    """Return the choices of the period from which a definition of a plan's target holds: its number, 1 for all."""
    later = range(2, plan.last_number + 1)
    return [
        *((str(number), f"từ kỳ tháng {plan.month_label(number)}") for number in later),
        ("1", "mọi kỳ (sửa chỗ ghi nhầm)"),
    ]


def first_period_field() -> forms.TypedChoiceField:
    """Return the choice of the period from which a definition holds; the form gives it `first_periods`."""
    return forms.TypedChoiceField(
        label="Áp dụng",
        coerce=int,
        error_messages={"required": "Chọn kỳ bắt đầu áp dụng."},
    )


class DefinitionForm(forms.Form):
    """Form of a definition.

    first_period: the month from which it holds, 1 for all; proposed is that of the page. number: of the definition that the
    user looked at; previewed: the fingerprint of the values whose preview they saw.
    After `is_valid`, `changed_target` is the target with the new values, not saved, and `milestones` its new ones.
    """

    comparator = forms.ChoiceField(
        label="So sánh", required=False, choices=[("", "không đặt ngưỡng"), *Comparator.choices]
    )
    threshold = NumberField(label="Ngưỡng", places=VALUE_PLACES, required=False)
    due = _day("Hạn hoàn thành")
    baseline = NumberField(label="Giá trị xuất phát", places=VALUE_PLACES, required=False)
    baseline_source = TextField(label="Nguồn giá trị xuất phát", max_length=200, required=False)
    reason = TextField(
        label="Lý do",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Ghi lý do: ai xem chỉ tiêu cũng cần biết vì sao đổi."},
    )
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=30_000)
    first_period = first_period_field()

    # The page reports missing fields in its own words and language.
    use_required_attribute = False

    # Set by `clean`, where the values are valid.
    changed_target: Target
    milestones: list[tuple[dt.date, Decimal]]

    def __init__(self, target: Target, data: QueryDict | None = None, first_period: int = 1) -> None:
        self.target = target
        self.milestones = []
        self.is_as_stored = False
        stands = list(target.milestones.all())
        initial = {name: getattr(target, name) for name in ("comparator", "threshold", "due", "baseline")}
        initial |= {"baseline_source": target.baseline_source, "number": target.definition_number}
        initial["first_period"] = first_period
        self.row_count = min(MOST_ROWS, max(FEWEST_ROWS, len(stands) + MORE_ROWS))
        if data is not None:
            typed = [row for row in range(MOST_ROWS) if data.get(f"day-{row}") or data.get(f"value-{row}")]
            self.row_count = max(self.row_count, *(row + 1 for row in typed), 0) if typed else self.row_count
        for row, milestone in enumerate(stands[:MOST_ROWS]):
            initial |= {f"day-{row}": milestone.day, f"value-{row}": milestone.value}
        super().__init__(data, initial=initial, auto_id="%s")
        self.fields["first_period"].choices = first_periods(target.plan)  # type: ignore[attr-defined]
        if target.kind == Kind.COUNT and target.timing == Timing.FLOW:
            self.fields["baseline"].help_text = FROM_ZERO
        for row in range(self.row_count):
            self.fields[f"day-{row}"] = _day(f"Mốc {row + 1}, đến ngày", required=False)
            self.fields[f"value-{row}"] = NumberField(
                label=f"Mốc {row + 1}, phải đạt", places=VALUE_PLACES, required=False
            )

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The milestones' fields, row by row."""
        return [(self[f"day-{row}"], self[f"value-{row}"]) for row in range(self.row_count)]

    @property
    def fingerprint(self) -> str:
        """Hash of the values, without the reason: it identifies the preview."""
        parts = [self.number_seen, self.cleaned_data["first_period"], sorted(self.definition.items())]
        return sha256(repr(parts).encode()).hexdigest()[:16]

    @property
    def number_seen(self) -> int:
        return self.cleaned_data["number"]

    @property
    def definition(self) -> dict:
        """The new definition as plain data (`Target.definition`)."""
        return services.definition_with(self.changed_target, self.milestones)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        self.milestones = []
        for row in range(self.row_count):
            day, value = given.get(f"day-{row}"), given.get(f"value-{row}")
            if day is not None and value is not None:
                self.milestones.append((day, value))
            elif day is not None and f"value-{row}" not in self.errors:
                self.add_error(f"value-{row}", "Mốc này cần một giá trị.")
            elif value is not None and f"day-{row}" not in self.errors:
                self.add_error(f"day-{row}", "Mốc này cần một ngày.")
        if self.errors:
            return given
        self.changed_target = Target.objects.select_related("plan").get(pk=self.target.pk)
        for name in ("comparator", "threshold", "due", "baseline", "baseline_source"):
            setattr(self.changed_target, name, given[name])
        flaw = services.flaw_in_definition(self.changed_target, self.milestones)
        if flaw:
            self.add_error(None if flaw.column == "milestones" else flaw.column, flaw.reason)
        elif self.definition == self.target.definition:
            self.is_as_stored = True
            self.add_error(None, "Chưa đổi gì so với định nghĩa đang dùng.")
        return given


class KeepBaselineForm(forms.Form):
    """The reason for which a carried baseline stays though it was restated; value: the restated one, as it was shown."""

    value = forms.DecimalField(widget=forms.HiddenInput, error_messages={"required": "", "invalid": ""})
    reason = ReasonField(help_text="Ví dụ: kế hoạch đã ký theo giá trị cũ. Ghi vào nhật ký.")

    use_required_attribute = False


class IndicatorTextForm(forms.Form):
    """The corrected text of an indicator, and why it is corrected. `seen`: the text that the person looked at."""

    text = TextField(
        label="Nội dung chỉ tiêu",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Nội dung chỉ tiêu không để trống được."},
    )
    reason = ReasonField()
    seen = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)

    use_required_attribute = False


class MetadataForm(forms.Form):
    """The metadata of a target, and why they are changed. `revision`: of the metadata that the person looked at."""

    reason = ReasonField()
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000)

    use_required_attribute = False

    def __init__(self, target: Target, data: QueryDict | None = None) -> None:
        stored = metadata.of(target)
        initial = {name: getattr(stored, name) for name in metadata.FIELDS} | {"revision": stored.revision}
        super().__init__(data, initial=initial)
        for name, label in metadata.FIELDS.items():
            self.fields[name] = TextField(
                label=label, max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
            )

    @property
    def described(self) -> list[forms.BoundField]:
        """The fields of the metadata, without reason and revision."""
        return [self[name] for name in metadata.FIELDS]

    @property
    def typed(self) -> dict[str, str]:
        """The texts as typed. For valid forms only."""
        return {name: self.cleaned_data[name] for name in metadata.FIELDS}


class DenominatorSourceForm(forms.Form):
    """The source of numbers for the registry of denominators, and the period from which they are valid."""

    as_of = _day("Số liệu tính đến ngày")
    source = TextField(
        label="Nguồn", max_length=200, error_messages={"required": "Ghi rõ nguồn: văn bản, hệ thống nào."}
    )
    from_period = forms.ModelChoiceField(
        label="Dùng từ kỳ",
        queryset=ReportingPeriod.objects.none(),
        empty_label=None,
        error_messages={"required": "Chọn kỳ.", "invalid_choice": "Không có kỳ này."},
    )
    use_required_attribute = False

    def __init__(self, plan: Plan, data: QueryDict | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        # ModelChoiceField is what `fields` holds; the stubs know a Field.
        self.fields["from_period"].queryset = plan.periods.select_related("plan").in_order()  # type: ignore[attr-defined]


class DenominatorForm(DenominatorSourceForm):
    """A new version of one unit's number."""

    value = NumberField(label="Số", places=0, error_messages={"required": "Ghi số."})
    field_order = ("value", "as_of", "source", "from_period")


class RegistryForm(DenominatorSourceForm):
    """New numbers of several units from one source; fields left empty change nothing.

    After `is_valid`, `numbers` are those that were typed.
    """

    numbers: list[tuple[Agency, SharedDenominator, Decimal]]

    def __init__(
        self, plan: Plan, rows: Sequence[denominators.RegistryRow], data: QueryDict | None = None, **options: Any
    ) -> None:
        super().__init__(plan, data, **options)
        self.cells = {f"so-{row.agency.pk}-{cell.denominator.pk}": (row, cell) for row in rows for cell in row.cells}
        for name, (row, cell) in self.cells.items():
            label = f"{cell.denominator.label} của {row.agency.place_name}, số mới"
            self.fields[name] = NumberField(label=label, places=0, required=False)

    @property
    def lines(self) -> list[tuple[denominators.RegistryRow, denominators.RegistryCell, forms.BoundField]]:
        """The units' numbers in order, each with its field."""
        return [(row, cell, self[name]) for name, (row, cell) in self.cells.items()]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.numbers = [
            (row.agency, cell.denominator, cleaned[name])
            for name, (row, cell) in self.cells.items()
            if cleaned.get(name) is not None
        ]
        if not (self.numbers or self.errors):
            raise forms.ValidationError("Chưa gõ số mới nào.")
        return cleaned


class ResultsRankingForm(forms.Form):
    """Settings of the ranking by results: publication, grades, a weight for each target.

    After `is_valid`, `bands` are the grades and `weights` those of all targets.
    """

    published = forms.BooleanField(label="Công bố: mọi tài khoản xem được", required=False)
    reason = ReasonField()
    use_required_attribute = False
    bands: list[GradeBand]
    weights: dict[Target, int]

    def __init__(self, plan: Plan, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"published": plan.publishes_results})
        self.targets = list(plan.targets.in_order())
        stored, bands = results_ranking.weights_of(plan), results_ranking.bands_of(plan)
        for number in range(max(BAND_ROWS, len(bands))):
            band = bands[number] if number < len(bands) else None
            self.fields[f"floor-{number}"] = forms.IntegerField(
                label=f"Mức {number + 1}, từ (%)",
                required=False,
                min_value=0,
                max_value=100,
                initial=None if band is None else band.floor,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 3}),
                error_messages={"invalid": "Ghi số nguyên từ 0 đến 100."},
            )
            self.fields[f"label-{number}"] = TextField(
                label=f"Tên mức {number + 1}", required=False, max_length=40, initial="" if band is None else band.label
            )
        for target in self.targets:
            self.fields[f"weight-{target.pk}"] = forms.IntegerField(
                label=f"Trọng số của {target.code}",
                min_value=0,
                max_value=results_ranking.MOST_WEIGHT,
                initial=stored.get(target.pk, 1),
                widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 3}),
                error_messages={
                    "invalid": f"Ghi số nguyên từ 0 đến {results_ranking.MOST_WEIGHT}.",
                    "required": "Ghi trọng số; 1 nếu như các chỉ tiêu khác.",
                },
            )

    @property
    def band_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of the grades: (from, name)."""
        numbers = [name.removeprefix("floor-") for name in self.fields if name.startswith("floor-")]
        return [(self[f"floor-{number}"], self[f"label-{number}"]) for number in numbers]

    @property
    def weight_rows(self) -> list[tuple[Target, forms.BoundField]]:
        """The targets with the fields of their weights."""
        return [(target, self[f"weight-{target.pk}"]) for target in self.targets]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.bands = []
        for floor_field, label_field in self.band_rows:
            floor, label = cleaned.get(floor_field.name), cleaned.get(label_field.name)
            if floor is not None and label:
                if any(band.floor == floor for band in self.bands):
                    self.add_error(floor_field.name, "Mức này đã có ở trên.")
                self.bands.append(GradeBand(floor, label))
            elif floor_field.name not in self.errors and (floor is not None or label):
                self.add_error(label_field.name if floor is not None else floor_field.name, "Ghi cả ngưỡng và tên mức.")
        self.weights = {target: cleaned.get(f"weight-{target.pk}", 1) for target in self.targets}
        return cleaned
