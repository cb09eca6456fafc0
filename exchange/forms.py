"""Forms of the pages of connected systems."""

import datetime as dt

from django import forms

from agencies.models import User
from core import clock
from core.fields import TextField
from core.forms import DayField, ReasonField
from exchange.models import LONGEST_TEXT, Right
from exchange.services import MOST_DAYS, may_report


class AskForm(forms.Form):
    """A request to connect a system."""

    name = TextField(
        label="Tên hệ thống", max_length=100, error_messages={"required": "Ghi tên hệ thống."}, widget=forms.TextInput
    )
    purpose = TextField(
        label="Mục đích",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Ghi mục đích: dùng số liệu nào, để làm gì."},
    )
    right = forms.ChoiceField(label="Quyền", choices=Right.choices, initial=Right.READ, widget=forms.RadioSelect)

    def __init__(self, user: User, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # Django's form takes any mapping
        if not may_report(user):
            self.fields["right"].choices = [choice for choice in Right.choices if choice[0] != Right.REPORT]  # type: ignore[attr-defined]


class GrantForm(forms.Form):
    """The last day of a connection that is granted: a year from today unless another is chosen."""

    expires_on = DayField(label="Dùng đến hết ngày")

    def __init__(self, data: object = None) -> None:
        last = clock.today() + dt.timedelta(days=MOST_DAYS - 1)
        super().__init__(data, initial={"expires_on": last})  # type: ignore[arg-type]


class RefuseForm(forms.Form):
    """The reason of a refusal."""

    reason = ReasonField("Lý do từ chối")
