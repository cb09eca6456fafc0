"""Forms of evidence checks: the sample to draw, and what was found about one figure."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms

from agencies.models import Level
from core.fields import TextField
from core.forms import ReasonField
from indicators.analysis.quality.services import LEVELS
from indicators.models import ReportingPeriod, Verdict

USUAL_SIZES = {Level.DEPARTMENT: 10, Level.OTHER: 0, Level.DISTRICT: 10, Level.COMMUNE: 20}


class SampleForm(forms.Form):
    """The periods and the number of figures of each level that the tree has (`present`)."""

    first_number = forms.TypedChoiceField(label="Từ kỳ", coerce=int)
    last_number = forms.TypedChoiceField(label="Đến kỳ", coerce=int)
    reason = ReasonField(help_text="Ví dụ: kiểm tra hằng năm theo kế hoạch.")

    use_required_attribute = False

    def __init__(self, *args: Any, periods: Sequence[ReportingPeriod], present: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.levels = [level for level in LEVELS if level in present]
        choices = [(period.number, f"Tháng {period.label}") for period in periods]
        for name in ("first_number", "last_number"):
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = choices
        if choices:
            self.fields["first_number"].initial, self.fields["last_number"].initial = choices[0][0], choices[-1][0]
        for level in self.levels:
            self.fields[f"size-{level.value}"] = forms.IntegerField(
                label=str(level.label),
                min_value=0,
                max_value=300,
                initial=USUAL_SIZES[level],
                error_messages={
                    "required": "Ghi số liệu cần rút, 0 nếu không rút.",
                    "invalid": "Ghi một số nguyên.",
                    "min_value": "Không được âm.",
                    "max_value": "Nhiều nhất 300.",
                },
            )

    @property
    def size_fields(self) -> list[forms.BoundField]:
        """The fields with the number of figures of each level."""
        return [self[f"size-{level.value}"] for level in self.levels]

    @property
    def sizes(self) -> dict[str, int]:
        """The number of figures of each level. For valid forms only."""
        return {level.value: self.cleaned_data[f"size-{level.value}"] for level in self.levels}


class FindingForm(forms.Form):
    """The finding about one figure. `seen`: the verdict that the person looked at."""

    verdict = forms.ChoiceField(
        label="Kết luận",
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Chọn một kết luận."},
    )
    value_found = TextField(label="Giá trị theo minh chứng (khi không khớp)", max_length=200, required=False)
    note = TextField(label="Ghi chú", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12)

    use_required_attribute = False
