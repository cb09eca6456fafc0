"""The forms of conclusions."""

import datetime as dt
from typing import Any

from django import forms
from django.http import QueryDict

from agencies.models import Agency
from core import clock
from core.fields import TextField
from core.forms import DayField, ReasonField

LONGEST = 2000


def _prose(label: str, missing: str, rows: int = 3, **kwargs: Any) -> TextField:
    return TextField(
        label=label,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": missing},
        **kwargs,
    )


class AgencyField(forms.ModelChoiceField):
    """A choice of one agency, by its name and its place."""

    def label_from_instance(self, obj: Agency) -> str:
        return obj.full_name


class GiveForm(forms.Form):
    """A conclusion: its text, the responsible agency, the day. lead: the agency chosen at first."""

    text = _prose("Nội dung chỉ đạo", "Ghi nội dung chỉ đạo.", rows=4)
    agency = AgencyField(
        label="Cơ quan chịu trách nhiệm",
        queryset=Agency.objects.none(),
        empty_label="chọn cơ quan",
        error_messages={"required": "Chọn cơ quan.", "invalid_choice": "Chọn một cơ quan trong danh sách."},
    )
    due = DayField(label="Hạn trả lời")

    use_required_attribute = False

    def __init__(self, lead: Agency | None, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"agency": lead.pk if lead else None}, auto_id="%s")
        field = self.fields["agency"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Agency.objects.in_force(clock.today()).select_related("parent").in_order()


class AnswerForm(forms.Form):
    """An agency's answer. seen: the revision that the person looked at."""

    text = _prose("Kết quả thực hiện", "Ghi kết quả thực hiện.", rows=4)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    use_required_attribute = False

    def __init__(self, revision: int, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"seen": revision}, auto_id="%s")

    @property
    def answer(self) -> dict[str, str | dt.date | None]:
        """The parts of the answer. After `is_valid`."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


class ExplainForm(AnswerForm):
    """An answer about a missed target: cause, remedy, owner, day."""

    cause = _prose("Nguyên nhân", "Ghi nguyên nhân.")
    remedy = _prose("Biện pháp khắc phục", "Ghi biện pháp khắc phục.")
    owner = TextField(
        label="Người chịu trách nhiệm",
        max_length=120,
        help_text="Họ tên, chức vụ.",
        error_messages={"required": "Ghi người chịu trách nhiệm."},
    )
    finish_on = DayField(label="Ngày hoàn thành")
    text = _prose("Ghi chú (nếu có)", "", rows=2, required=False)

    field_order = ["cause", "remedy", "owner", "finish_on", "text", "seen"]


class DecideForm(forms.Form):
    """A decision on a conclusion: a word, and a new day where it is sent back. kind: of the decision, a step's."""

    text = ReasonField("Ý kiến")
    due = DayField(label="Hạn mới")
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    use_required_attribute = False

    def __init__(self, revision: int, kind: str, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"seen": revision}, auto_id=f"{kind}-%s")
        self.fields["text"].required = kind != "close"
        if kind != "send_back":
            del self.fields["due"]
