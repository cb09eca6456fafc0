"""The words beside a forecast."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest

from indicators.analysis.charts import Outlook
from indicators.analysis.narrative import outlook_range, outlook_value
from indicators.models import Timing


def said(value, low, high, timing=Timing.STOCK, **more):
    ends = (Decimal(end) for end in (value, low, high))
    return outlook_range(SimpleNamespace(unit="%", timing=timing), Outlook(dt.date(2023, 12, 31), *ends, **more), 1)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (said("33.57", "23.05", "44.09"), "khoảng 23,1 – 44,1 (chừng 8 lần trong 10); nếu giữ đà"),
        (said("35", "28.33", "39.44", Timing.FLOW), "khoảng 28,3 – 39,4; nếu giữ đà"),
        (
            said("100", "98.776677", "100", near_bound=True),
            "khoảng 98,8 – 100,0 (chừng 8 lần trong 10); nếu giữ đà",
        ),
        (said("60", "60", "60", is_still=True), "không đổi qua các kỳ; nếu giữ đà"),
        (said("100", "100", "100"), "nếu giữ đà"),  # only the highest value possible made it so narrow
        (said("33.1", "33.1", "33.1"), "nếu giữ đà"),  # it rises by the same step each time
    ],
)
def test_the_range_of_a_forecast_in_words(words, expected):
    assert words == expected


def test_the_large_figure_of_a_forecast_at_the_ceiling():
    target = SimpleNamespace(unit="%", threshold=Decimal(100), comparator="gte")
    ends = map(Decimal, ("100", "98.776677", "100"))
    near = Outlook(dt.date(2023, 12, 31), *ends, near_bound=True)
    assert outlook_value(target, SimpleNamespace(is_judged=True), near, 1) == "gần 100%"
    sure = replace(near, low=Decimal(100), near_bound=False)
    assert outlook_value(target, SimpleNamespace(is_judged=True), sure, 1) == "100,0%"
