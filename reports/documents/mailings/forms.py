"""The form of a mailing of reports."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from agencies.models import User
from core.fields import RowsField, TextField
from indicators.models import Plan
from reports.documents import scopes
from reports.documents.periods import PERIOD_TYPES
from reports.documents.types import all_types
from reports.models import Letterhead, MailedReport, Mailing

MOST_ADDRESSES = 200
LONGEST_ADDRESS = MailedReport._meta.get_field("address").max_length or 0


class PersonField(RowsField):
    """Accounts, named with their agency and address."""

    def label_from_instance(self, obj: Any) -> str:
        place = f", {obj.agency}" if obj.agency else ""
        return f"{obj}{place} ({obj.email or 'chưa có địa chỉ thư'})"


class MailingForm(forms.Form):
    """A report type, period, subject and letterhead, the readers, and the day."""

    kind = forms.ChoiceField(label="Loại báo cáo")
    period_type = forms.ChoiceField(label="Kỳ báo cáo")
    subject = forms.ChoiceField(label="Về")
    letterhead = forms.ModelChoiceField(
        label="Mẫu ban hành",
        queryset=Letterhead.objects.none(),
        required=False,
        empty_label="Mẫu nào cũng gửi",
        help_text="Chọn một mẫu thì chỉ gửi báo cáo do cơ quan của mẫu đó ban hành.",
    )
    people = PersonField(
        label="Tài khoản nhận",
        queryset=User.objects.none(),
        required=False,
        help_text="Gửi tới địa chỉ thư của tài khoản, trừ người đã chọn không nhận thư. Giữ Ctrl để chọn nhiều người.",
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    addresses = TextField(
        label="Địa chỉ thư khác",
        required=False,
        max_length=20_000,
        help_text="Mỗi dòng một địa chỉ.",
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )
    days = forms.IntegerField(
        label="Gửi sau khi kỳ đóng (ngày)",
        min_value=0,
        max_value=45,
        initial=0,
        help_text="0: ngay sáng sau ngày đóng kỳ.",
        error_messages={
            "required": "Ghi số ngày.",
            "invalid": "Ghi một số nguyên.",
            "min_value": "Ít nhất 0 ngày.",
            "max_value": "Nhiều nhất 45 ngày.",
        },
    )

    use_required_attribute = False

    def __init__(self, plan: Plan, user: User, mailing: Mailing, data: Any = None) -> None:
        names = ("kind", "period_type", "subject", "letterhead", "addresses", "days")
        initial = {name: getattr(mailing, name) for name in names}
        if mailing.pk is not None:
            initial["people"] = list(mailing.people.values_list("pk", flat=True))
        super().__init__(data, initial=initial)
        self.types = {id: kind for id, kind in all_types().items() if PERIOD_TYPES.keys() & {*kind.period_types}}
        fields: dict[str, Any] = self.fields
        by_period = [kind for kind in self.types.values() if not PERIOD_TYPES.keys().isdisjoint(kind.period_types)]
        fields["kind"].choices = [(kind.id, kind.title) for kind in by_period]
        fields["period_type"].choices = [(code, each.name) for code, each in PERIOD_TYPES.items()]
        fields["subject"].choices = scopes.choices(plan, user)
        fields["letterhead"].queryset = plan.letterheads.all()
        fields["people"].queryset = User.objects.filter(is_active=True).select_related("agency").order_by("full_name")
        for name in ("kind", "period_type", "subject", "letterhead", "people"):
            for code in ("required", "invalid_choice", "invalid_pk_value", "invalid_list"):
                fields[name].error_messages[code] = "Chọn trong danh sách."

    def clean_addresses(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["addresses"].splitlines() if line.strip()]
        if len(lines) > MOST_ADDRESSES:
            raise ValidationError(f"Nhiều nhất {MOST_ADDRESSES} địa chỉ.")
        for line in lines:
            if len(line) > LONGEST_ADDRESS:
                raise ValidationError(f"{line[:100]}…: địa chỉ thư dài nhất {LONGEST_ADDRESS} ký tự.")
            try:
                validate_email(line)
            except ValidationError:
                raise ValidationError(f"{line[:100]}: không phải địa chỉ thư.") from None
        return "\n".join(dict.fromkeys(lines))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = self.types.get(cleaned.get("kind", ""))
        subject, period_type = cleaned.get("subject", ""), cleaned.get("period_type")
        if kind is not None and subject and subject.partition(":")[0] not in kind.subjects:
            self.add_error("subject", "Loại báo cáo này không lập được về đối tượng đã chọn.")
        if kind is not None and period_type and period_type not in kind.period_types:
            self.add_error("period_type", "Loại báo cáo này không lập được cho kỳ đã chọn.")
        if "addresses" in cleaned and "people" in cleaned and not cleaned["addresses"] and not cleaned["people"]:
            self.add_error("people", "Chọn ít nhất một tài khoản, hoặc ghi một địa chỉ thư.")
        return cleaned
