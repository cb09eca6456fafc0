"""Form of the release calendar: its rule, and the day and note of each period to come."""

from collections.abc import Sequence

from django import forms
from django.http import QueryDict

from core.fields import TextField
from core.forms import DayField, ReasonField
from indicators.models import Plan
from reports.documents.releases.queries import Release
from reports.documents.releases.services import Planned, seen_of


class ReleasesForm(forms.Form):
    """The release calendar as it is to be. `seen`: of what the person looked at."""

    release_days = forms.IntegerField(
        label="Phát hành sau khi đóng kỳ (ngày làm việc)",
        min_value=1,
        max_value=60,
        error_messages={
            "required": "Ghi số ngày.",
            "invalid": "Ghi một số nguyên.",
            "min_value": "Ít nhất 1 ngày.",
            "max_value": "Nhiều nhất 60 ngày.",
        },
    )
    reason = ReasonField()
    seen = forms.CharField(widget=forms.HiddenInput, max_length=10_000)

    use_required_attribute = False

    def __init__(self, plan: Plan, rows: Sequence[Release], data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"release_days": plan.release_days, "seen": seen_of(plan, list(rows))})
        self.releases = rows
        for row in rows:
            if not row.is_past:
                number = row.period.number
                self.fields[f"day-{number}"] = DayField(label=f"Ngày của tháng {row.period.label}", initial=row.day)
                self.fields[f"note-{number}"] = TextField(
                    label=f"Ghi chú của tháng {row.period.label}", max_length=300, required=False, initial=row.note
                )

    @property
    def rows(self) -> list[tuple[Release, forms.BoundField | None, forms.BoundField | None]]:
        """(release, its day, its note) of every period; no fields for one whose day has passed."""
        return [
            (row, None, None)
            if row.is_past
            else (row, self[f"day-{row.period.number}"], self[f"note-{row.period.number}"])
            for row in self.releases
        ]

    @property
    def typed(self) -> dict[int, Planned]:
        """The days and notes as typed, by the period's number. For valid forms only."""
        given = self.cleaned_data
        numbers = [row.period.number for row in self.releases if not row.is_past]
        return {number: Planned(given[f"day-{number}"], given[f"note-{number}"]) for number in numbers}
