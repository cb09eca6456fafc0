"""The form of a webhook."""

from django import forms

from core.fields import TextField
from exchange.models import Event, Webhook


class WebhookForm(forms.Form):
    """The address of a webhook and the events that it wants."""

    url = TextField(
        label="Địa chỉ nhận",
        max_length=500,
        help_text="Bắt đầu bằng https://, ở trên mạng công cộng.",
        error_messages={"required": "Ghi địa chỉ nhận."},
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    events = forms.MultipleChoiceField(
        label="Sự kiện cần báo",
        choices=Event.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Chọn ít nhất một sự kiện.",
            "invalid_choice": "Không có sự kiện này. Chọn trong danh sách.",
        },
    )

    def __init__(self, webhook: Webhook | None, data: object = None) -> None:
        initial = {"url": webhook.url, "events": webhook.events} if webhook else {"events": Event.values}
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # Django's form takes any mapping
