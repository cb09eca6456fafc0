"""Form fields and filters that several packages use."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import lazy

from core import clock
from core.fields import TextField


@dataclass(frozen=True)
class FilterChoice:
    """One choice of a list's filter with the number of rows that it leaves."""

    code: str
    name: str
    count: int


def example_day(sentence: str = "{}", day: int = 5, month: int = 11) -> str:
    """Return a sentence with a day of the current year in it, as people type it."""
    return sentence.format(f"{day:02}/{month:02}/{clock.today().year}")


# The same for what is written when a module is loaded.
example_day_lazy = lazy(example_day, str)


class DayField(forms.DateField):
    """A day typed as 05/11/2026. A browser's own date field would show the order of the browser's language."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(
            format="%d/%m/%Y", attrs={"placeholder": example_day_lazy(), "maxlength": 10, "autocomplete": "off"}
        )
        super().__init__(
            widget=widget,
            input_formats=["%d/%m/%Y", "%Y-%m-%d"],
            error_messages={"required": "Chọn ngày.", "invalid": example_day_lazy("Ngày không hợp lệ: viết như {}.")},
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
