"""Forms of a letterhead and of those who sign under it."""

from django import forms

from reports.documents.sections import SECTIONS
from reports.models import Letterhead, Signer


class LetterheadForm(forms.ModelForm):
    """The texts of a letterhead. Choosing it as the usual one takes that from the one before."""

    left_out = forms.MultipleChoiceField(
        label="mục không in",
        choices=list(SECTIONS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Mục được chọn thì báo cáo theo mẫu này không in; các mục còn lại đánh số lại.",
    )

    class Meta:
        model = Letterhead
        fields = [
            "name",
            "above",
            "issuer",
            "symbol",
            "place",
            "to",
            "recipients",
            "unit",
            "left_out",
            "is_default",
            "excerpt_is_public",
        ]
        widgets = {"to": forms.Textarea(attrs={"rows": 2}), "recipients": forms.Textarea(attrs={"rows": 4})}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Letterhead.objects.filter(plan=self.instance.plan, name=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError("Kế hoạch đã có mẫu tên này.")
        return name


class SignerForm(forms.ModelForm):
    """A person who signs."""

    class Meta:
        model = Signer
        fields = ["powers", "name", "position"]
        widgets = {"powers": forms.Textarea(attrs={"rows": 2}), "position": forms.NumberInput(attrs={"min": 0})}

    def has_changed(self) -> bool:
        """Return False of a new signer who has nothing but the place that the page proposed."""
        if self.instance.pk is None:
            return bool(set(self.changed_data) - {"position"})
        return super().has_changed()


SignerFormSet = forms.inlineformset_factory(Letterhead, Signer, SignerForm, extra=1, can_delete=True)
