"""What is typed into a draft: the fields of its head, beside its sentences; and what a report is asked for."""

import re

from django import forms

from reports.models import ReportVersion, Signer

SENTENCE = "cau-"


class HeadForm(forms.ModelForm):
    """The letterhead, the signer, the number and the day of a draft."""

    class Meta:
        model = ReportVersion
        fields = ["letterhead", "signer", "document_number", "document_day", "reason"]
        widgets = {
            "document_day": forms.DateInput(attrs={"placeholder": "05/11/2023", "inputmode": "numeric"}),
            "reason": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {
            "document_number": "Để trống nếu văn thư cho số sau khi ký.",
            "document_day": "Ngày trên văn bản; để trống nếu chưa biết.",
            "signer": "Người ký thuộc mẫu ban hành đã chọn.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        plan = self.instance.report.plan
        self.fields["letterhead"].queryset = plan.letterheads.all()
        self.fields["letterhead"].empty_label = None
        self.fields["signer"].queryset = Signer.objects.filter(letterhead__plan=plan).select_related("letterhead")
        self.fields["signer"].required = True
        self.fields["signer"].label_from_instance = lambda signer: f"{signer} ({signer.letterhead})"
        if self.instance.number == 1:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = True

    def clean_document_number(self):
        number = self.cleaned_data["document_number"].strip()
        if number and not re.fullmatch(r"[0-9]{1,6}[a-zA-Z]?", number):
            raise forms.ValidationError("Chỉ ghi phần số, ví dụ 15; ký hiệu lấy từ mẫu ban hành.")
        return number

    def clean(self):
        given = super().clean()
        signer, letterhead = given.get("signer"), given.get("letterhead")
        if signer and letterhead and signer.letterhead_id != letterhead.pk:
            self.add_error("signer", "Người ký này không thuộc mẫu ban hành đã chọn.")
        return given


def typed_sentences(post) -> dict[str, str]:
    """The sentences that a form brings, by their ids."""
    return {
        name.removeprefix(SENTENCE): text.replace("\r\n", " ").replace("\n", " ")
        for name, text in post.items()
        if name.startswith(SENTENCE)
    }
