"""A phone hides the line break between a figure and its share, so that a space stands beside it."""

from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string

SHOWN = SimpleNamespace(text="2.125 / 3.183", share=66)
TARGET = SimpleNamespace(unit="%", comparator="gte", threshold=80, baseline=None)


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("_figure_with_share", {"shown": SHOWN, "target": TARGET}),
        ("_year_to_date", {"row": SimpleNamespace(to_date=SHOWN, target=TARGET)}),
    ],
)
def test_a_space_stands_where_the_line_break_is_hidden(name, context):
    drawn = render_to_string(f"indicators/submissions/{name}.html", context)
    assert "</span> <br><span" in drawn
