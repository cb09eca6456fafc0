"""Forms of the calendar: requesting more time, deciding on it, the days of a year, days off."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from agencies.models import Agency
from core import formatting
from core.fields import RowsField, TextField
from core.forms import DayField, ReasonField
from indicators.calendar.services import USUAL_EXTENSION, Days
from indicators.models import ReportingPeriod, Target

DAY_LABELS = {
    "window_first": "Số liệu từ ngày",
    "window_last": "Số liệu đến ngày",
    "opens_on": "Mở nhập",
    "commune_due_on": "Hạn nộp cấp xã",
    "district_due_on": "Hạn nộp cấp huyện",
    "due_on": "Hạn nộp cấp tỉnh",
    "commune_review_due_on": "Hạn duyệt cấp xã",
    "review_due_on": "Hạn duyệt",
    "closes_on": "Đóng sau ngày",
}
MAY_BE_EMPTY = {"commune_due_on", "district_due_on", "commune_review_due_on"}


class AskForm(forms.Form):
    """More time for a report, or for single targets of it."""

    reason = ReasonField(help_text="Người quyết định và nhật ký sẽ thấy nguyên văn.")
    until = DayField(label="Đề nghị gia hạn đến hết ngày")
    targets = RowsField(
        label="Chỉ những chỉ tiêu này",
        queryset=Target.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Không chọn chỉ tiêu nào: gia hạn cả phiếu.",
        error_messages={"invalid_choice": "Có chỉ tiêu không thuộc phiếu này."},
    )

    def __init__(self, *args: Any, targets: QuerySet[Target], usual: dt.date, latest: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {"until": usual}})
        self.fields[
            "until"
        ].help_text = (
            f"Đặt sẵn thêm {USUAL_EXTENSION} ngày làm việc; đổi được, muộn nhất đến hết ngày {formatting.date(latest)}."
        )
        field = cast("forms.ModelMultipleChoiceField[Target]", self.fields["targets"])
        field.queryset = targets
        # The documented way to word the choices (ModelChoiceField.label_from_instance).
        field.label_from_instance = lambda target: f"{target.code} {target.label}"  # type: ignore[method-assign, assignment]


class DecideForm(forms.Form):
    """Decision on a request for more time."""

    until = DayField(label="Đến hết ngày", required=False)
    answer = TextField(label="Ý kiến", max_length=500, required=False)


class GiveForm(forms.Form):
    """More time without a request, or a period opened for catching up."""

    period = forms.ModelChoiceField(
        label="Kỳ", queryset=ReportingPeriod.objects.none(), empty_label=None, error_messages={"required": "Chọn kỳ."}
    )
    agency = forms.ModelChoiceField(label="Đơn vị", queryset=Agency.objects.none(), required=False)
    until = DayField(label="Đến hết ngày")
    reason = ReasonField()

    def __init__(
        self,
        *args: Any,
        periods: QuerySet[ReportingPeriod],
        agencies: QuerySet[Agency],
        may_open_for_all: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        period = cast("forms.ModelChoiceField[ReportingPeriod]", self.fields["period"])
        period.queryset = periods
        # The documented way to word the choices (ModelChoiceField.label_from_instance).
        period.label_from_instance = lambda period: f"Tháng {period.label}"  # type: ignore[method-assign, assignment]
        agency = cast("forms.ModelChoiceField[Agency]", self.fields["agency"])
        agency.queryset = agencies
        agency.label_from_instance = lambda agency: f"{agency.place_name} ({agency.code})"  # type: ignore[method-assign, assignment]
        agency.empty_label = "Tất cả đơn vị (chỉ khi mở để nhập bù)" if may_open_for_all else "Chọn đơn vị"


class CalendarForm(forms.Form):
    """The days of a year's periods, one row for each period."""

    reason = ReasonField("Lý do đổi lịch", help_text="Số công văn, chỉ đạo. Ghi vào nhật ký.")

    def __init__(
        self, *args: Any, periods: Sequence[ReportingPeriod], has_districts: bool = True, **kwargs: Any
    ) -> None:
        initial = {f"m{period.number}-{name}": getattr(period, name) for period in periods for name in Days._fields}
        super().__init__(*args, **{**kwargs, "initial": initial})
        self.periods = periods
        # Without districts there is nothing to ask of them.
        with_districts = has_districts or any(period.district_due_on for period in periods)
        self.labels = {name: label for name, label in DAY_LABELS.items() if with_districts or name != "district_due_on"}
        self.problems: dict[int, list[str]] = {}
        for period in periods:
            for name, label in self.labels.items():
                field = DayField(label=label, required=name not in MAY_BE_EMPTY)
                del field.widget.attrs["placeholder"]
                field.widget.attrs["aria-label"] = f"{label}, tháng {period.label}"
                self.fields[f"m{period.number}-{name}"] = field

    def rows(self) -> list[tuple[ReportingPeriod, list[forms.BoundField], list[str]]]:
        """(period, its fields, its errors) of each period."""
        return [
            (period, [self[f"m{period.number}-{name}"] for name in self.labels], self.problems.get(period.number, []))
            for period in self.periods
        ]

    @property
    def days(self) -> dict[int, Days]:
        """The entered days by the period's number."""
        return {period.number: Days(*(self._day(period, name) for name in Days._fields)) for period in self.periods}

    def _day(self, period: ReportingPeriod, name: str) -> Any:
        """The entered day of a period; None where it is not asked for."""
        return self.cleaned_data[f"m{period.number}-{name}"] if name in self.labels else None


class DayOffForm(forms.Form):
    """A day off in lieu, or a day worked instead."""

    day = DayField(label="Ngày")
    is_worked = forms.TypedChoiceField(
        label="Là",
        choices=[("0", "ngày nghỉ (nghỉ bù, hoán đổi)"), ("1", "ngày làm việc (làm bù)")],
        coerce=lambda value: value == "1",
    )
    name = TextField(label="Nội dung", max_length=120, error_messages={"required": "Ghi rõ nội dung."})

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        if not dt.date(2000, 1, 1) <= day < dt.date(2100, 1, 1):
            raise forms.ValidationError("Chọn ngày từ năm 2000 đến năm 2099.")
        return day
