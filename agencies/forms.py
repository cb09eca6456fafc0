"""Forms about accounts: logging in, changing one's password."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import password_validators_help_texts

from core.notifications.models import NotificationPreference


class LoginForm(AuthenticationForm):
    """Name and password. What is wrong is never said more exactly than that one of the two is."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        self.fields["password"].widget.attrs |= {"aria-describedby": "password-hint"}
        if self.errors:
            for field in self.fields.values():
                field.widget.attrs["aria-invalid"] = "true"


class OwnPasswordForm(PasswordChangeForm):
    """The old password, and a new one twice."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Django's own help is a list, which has no place in a field's hint.
        self.fields["new_password1"].help_text = " ".join(password_validators_help_texts())
        self.fields["new_password2"].help_text = ""

    def clean_new_password1(self):
        new = self.cleaned_data["new_password1"]
        if new == self.cleaned_data.get("old_password"):
            raise forms.ValidationError("Mật khẩu mới phải khác mật khẩu cũ.")
        return new


class MailPreferenceForm(forms.ModelForm):
    """The choice of notifications that a person wants by mail, and when."""

    class Meta:
        model = NotificationPreference
        fields = ["mode", "deadlines", "decisions", "extensions", "talk", "reports"]
        widgets = {"mode": forms.RadioSelect}

    @property
    def groups(self):
        """The events that can be left out, one field each."""
        return [self[name] for name in self.fields if name != "mode"]
