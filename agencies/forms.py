"""Forms of accounts: signing in, changing the password, choosing mails."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import NON_FIELD_ERRORS

from core import clock
from core.fields import TextField
from core.notifications.events import groups
from core.notifications.models import NotificationPreference

# Digits of a code of an authenticator app, and of a recovery code.
APP_DIGITS, RECOVERY_DIGITS = 6, 16
CODE_USED = forms.ValidationError("Mã đăng nhập một lần đã được dùng.", code="used")


class LoginForm(AuthenticationForm):
    """Name and password. The error never says which of the two is wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        self.fields["password"].widget.attrs |= {"aria-describedby": "password-hint"}
        if self.errors:
            for field in self.fields.values():
                field.widget.attrs["aria-invalid"] = "true"

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse a one-time code that was used, or after its last day; told only to those who typed it."""
        super().confirm_login_allowed(user)
        if user.code_used_at is not None:
            raise CODE_USED
        if user.password_expires_at is not None and user.password_expires_at <= clock.now():
            raise forms.ValidationError("Mã đăng nhập một lần đã hết hạn.", code="expired")

    @property
    def code_has_expired(self) -> bool:
        """Return True where a right one-time code was typed after its last day."""
        return self.has_error(NON_FIELD_ERRORS, "expired")

    @property
    def code_was_used(self) -> bool:
        """Return True where a right one-time code was typed that had begun a session before."""
        return self.has_error(NON_FIELD_ERRORS, "used")


NOT_THE_OLD = "Mật khẩu mới phải khác mật khẩu cũ."


class OwnPasswordForm(PasswordChangeForm):
    """The old password, and a new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django's own help is an HTML list, which a field's hint cannot contain.
        rules = [*password_validators_help_texts(), NOT_THE_OLD]
        self.fields["new_password1"].help_text = " ".join(rules)
        self.fields["new_password2"].help_text = ""
        if self.user.holds_code:
            self.fields["old_password"].label = "Mã một lần trên phiếu, hoặc mật khẩu được cấp"

    def validate_password_for_user(self, user: Any, password_field_name: str = "new_password1") -> None:
        """Check the new password by every rule, whether or not it was typed alike twice: all that it lacks is said at once."""
        new = self.cleaned_data.get("new_password1")
        if not new:
            return
        flaws = [NOT_THE_OLD] if new == self.data.get("old_password") else []
        try:
            validate_password(new, user)
        except forms.ValidationError as refused:
            flaws += refused.messages
        if flaws:
            self.add_error("new_password1", flaws)


class MailPreferenceForm(forms.ModelForm):
    """The choice of notifications that a person wants by mail, and when; one field a group of events."""

    class Meta:
        model = NotificationPreference
        fields = ["mode"]
        widgets = {"mode": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group in groups():
            wanted = group.key not in self.instance.muted
            self.fields[group.key] = forms.BooleanField(label=group.label, required=False, initial=wanted)

    @property
    def groups(self) -> list[forms.BoundField]:
        """Return the fields of the groups that can be left out."""
        return [self[name] for name in self.fields if name != "mode"]

    def save(self, commit: bool = True) -> NotificationPreference:
        """Store the mode and the keys of the groups that were left out."""
        self.instance.muted = [group.key for group in groups() if not self.cleaned_data[group.key]]
        return super().save(commit)


class SecondFactorForm(forms.Form):
    """A code of an app, or a recovery code: digits only, blanks and hyphens left out."""

    code = TextField(
        label="Mã xác thực",
        max_length=40,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "size": 24, "autofocus": True}
        ),
        error_messages={"required": "Cần gõ mã.", "max_length": "Mã gồm 6 chữ số, mã dự phòng gồm 16 chữ số."},
    )

    def clean_code(self) -> str:
        """Return the digits. Refuses what can be no code, which is then no attempt."""
        digits = "".join(self.cleaned_data["code"].replace("-", "").split())
        if not (digits.isascii() and digits.isdigit() and len(digits) in (APP_DIGITS, RECOVERY_DIGITS)):
            raise forms.ValidationError("Mã gồm 6 chữ số, mã dự phòng gồm 16 chữ số.")
        return digits
