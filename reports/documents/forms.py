"""The form of a draft's head, and the sentences typed beside it."""

import re
from typing import Any

from django import forms
from django.db import models
from django.http import QueryDict

from core.forms import example_day_lazy
from reports.models import ReportVersion, Signer

SENTENCE = "cau-"


class SignerField(forms.ModelChoiceField):
    """A signer, named with the letterhead that they sign under."""

    def label_from_instance(self, obj: models.Model) -> str:
        return f"{obj} ({obj.letterhead})" if isinstance(obj, Signer) else str(obj)


class HeadForm(forms.ModelForm):
    """The letterhead, the signer, the number and the day of a draft."""

    class Meta:
        model = ReportVersion
        fields = ["letterhead", "signer", "document_number", "document_day", "reason"]
        field_classes = {"signer": SignerField}
        widgets = {
            "document_day": forms.DateInput(attrs={"placeholder": example_day_lazy(), "inputmode": "numeric"}),
            "reason": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {
            "document_number": "Để trống nếu văn thư cho số sau khi ký.",
            "document_day": "Ngày trên văn bản; để trống nếu chưa biết.",
            "signer": "Người ký thuộc mẫu ban hành đã chọn.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan = self.instance.report.plan
        letterhead, signer = self.fields["letterhead"], self.fields["signer"]
        assert isinstance(letterhead, forms.ModelChoiceField) and isinstance(signer, SignerField)
        letterhead.queryset = plan.letterheads.all()
        letterhead.empty_label = None
        signer.queryset = Signer.objects.filter(letterhead__plan=plan).select_related("letterhead")
        signer.required = True
        if self.instance.number == 1:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = True

    def clean_document_number(self) -> str:
        number = self.cleaned_data["document_number"].strip()
        if number and not re.fullmatch(r"[0-9]{1,6}[a-zA-Z]?", number):
            raise forms.ValidationError("Chỉ ghi phần số, ví dụ 15; ký hiệu lấy từ mẫu ban hành.")
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        signer, letterhead = cleaned.get("signer"), cleaned.get("letterhead")
        if signer and letterhead and signer.letterhead_id != letterhead.pk:
            self.add_error("signer", "Người ký này không thuộc mẫu ban hành đã chọn.")
        return cleaned


def typed_sentences(post: QueryDict) -> dict[str, str]:
    """Return the sentences in a form's data, by their ids."""
    return {
        name.removeprefix(SENTENCE): str(text).replace("\r\n", " ").replace("\n", " ")
        for name, text in post.items()
        if name.startswith(SENTENCE)
    }
