"""Form fields that several packages use."""

from django import forms

from core.fields import TextField


class DayField(forms.DateField):
    """A day, typed as 05/11/2023: a browser's own date field would show it in the order of whatever language it speaks."""

    def __init__(self, **kwargs):
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
    def __init__(self, label="Lý do", **kwargs):
        super().__init__(
            label=label,
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 2}),
            error_messages={"required": "Ghi rõ lý do."},
            **kwargs,
        )
