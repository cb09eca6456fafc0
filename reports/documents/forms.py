"""The form of a draft's head, and the sentences typed beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.http import QueryDict

from core.forms import example_day_lazy
from reports.documents import model
from reports.models import ReportVersion, Signer

# The beginnings of the names of a sentence's fields: its text, the checksum of the text that the page showed, the choice
# between an editor's words and the document's own.
SENTENCE, SEEN, CHOICE = "cau-", "goc-", "chon-"
OWN, AUTOMATIC = "cu", "moi"
# The checksum of the head's fields as the page showed them.
HEAD_SEEN = "goc"


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


@dataclass(frozen=True)
class Typed:
    """The sentences of a sent form. texts: the sentences that they changed, or chose; seen: checksums of all as the page showed
    them; undecided: sentences that wait for a choice and got none."""

    texts: dict[str, str]
    seen: dict[str, str]
    undecided: frozenset[str] = frozenset()


def typed_sentences(post: QueryDict, waiting: Mapping[str, str]) -> Typed:
    """Return the sentences in a form's data that differ from what its page showed. waiting: the document's own words of the
    sentences whose editor has to choose; what was chosen counts as changed."""
    texts, seen, undecided = {}, {}, set()
    for name, text in post.items():
        if not name.startswith(SENTENCE):
            continue
        id = name.removeprefix(SENTENCE)
        seen[id] = str(post.get(f"{SEEN}{id}", ""))
        choice = post.get(f"{CHOICE}{id}") if id in waiting else None
        if choice == AUTOMATIC:
            texts[id] = waiting[id]
        elif choice == OWN or model.digest(str(text)) != seen[id]:
            texts[id] = str(text)
        elif id in waiting:
            undecided.add(id)
    return Typed(texts, seen, frozenset(undecided))
