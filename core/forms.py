"""Form fields that several packages use."""

from typing import Any

from django import forms

from core.fields import TextField


class DayField(forms.DateField):
    """A day typed as 05/11/2023. A browser's own date field would show the order of the browser's language."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(
            format="%d/%m/%Y", attrs={"placeholder": "05/11/2023", "maxlength": 10, "autocomplete": "off"}
        )
        super().__init__(
            widget=widget,
            input_formats=["%d/%m/%Y", "%Y-%m-%d"],
            error_messages={"required": "Chọn ngày.", "invalid": "Ngày không hợp lệ: viết như 05/11/2023."},
            **kwargs,
        )


class ReasonField(TextField):
    """The reason of a decision: required, at most 500 characters."""

    def __init__(self, label: str = "Lý do", **kwargs: Any) -> None:
        super().__init__(
            label=label,
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 2}),
            error_messages={"required": "Ghi rõ lý do."},
            **kwargs,
        )
