"""Forms of a letterhead and of those who sign under it."""

from django import forms

from reports.models import Letterhead, Signer


class LetterheadForm(forms.ModelForm):
    """The texts of a letterhead. Choosing it as the usual one takes that from the one before."""

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


SignerFormSet = forms.inlineformset_factory(Letterhead, Signer, SignerForm, extra=1, can_delete=True)
