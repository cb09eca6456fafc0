"""The form that assigns a commitment."""

from django import forms
from django.http import QueryDict

from agencies.models import party_choices
from core import clock
from core.fields import TextField
from core.forms import DayField
from indicators.models import Commitment


class AssignForm(forms.Form):
    """The leads of a commitment, its due day and the ground of the assignment. seen: the revision that the person looked at."""

    lead = forms.ChoiceField(label="Chủ trì", error_messages={"required": "Chọn cơ quan chủ trì."})
    co_leads = forms.MultipleChoiceField(
        label="Cùng chủ trì", required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "plain"})
    )
    due = DayField(label="Hạn hoàn thành", required=False, help_text="Để trống nếu là việc thường xuyên.")
    ground = TextField(
        label="Căn cứ phân công",
        max_length=500,
        help_text="Số, ngày văn bản giao việc, hoặc lý do.",
        error_messages={"required": "Ghi căn cứ hoặc lý do."},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    use_required_attribute = False

    def __init__(self, commitment: Commitment, data: QueryDict | None = None) -> None:
        codes = [party.group or (party.agency.code if party.agency else "") for party in commitment.parties.all()]
        initial = {
            "lead": codes[0] if codes else "",
            "co_leads": codes[1:],
            "due": commitment.due,
            "ground": commitment.ground,
            "seen": commitment.revision,
        }
        super().__init__(data, initial=initial, auto_id="%s")
        choices = party_choices(clock.today())
        self.fields["lead"].choices = [("", "chọn cơ quan"), *choices]  # type: ignore[attr-defined]
        self.fields["co_leads"].choices = choices  # type: ignore[attr-defined]

    @property
    def leads(self) -> list[str]:
        """The codes of all that lead, the first one first. After `is_valid`."""
        return [self.cleaned_data["lead"], *self.cleaned_data["co_leads"]]
