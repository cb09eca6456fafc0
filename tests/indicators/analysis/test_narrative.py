"""The words beside a forecast."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from core.formatting import NBSP
from indicators.analysis.charts import Outlook
from indicators.analysis.narrative import outlook_range
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
            f"gần 100{NBSP}%; khoảng 98,8 – 100,0 (chừng 8 lần trong 10); nếu giữ đà",
        ),
        (said("60", "60", "60", is_still=True), "không đổi qua các kỳ; nếu giữ đà"),
        (said("100", "100", "100"), "nếu giữ đà"),  # only the highest value possible made it so narrow
        (said("33.1", "33.1", "33.1"), "nếu giữ đà"),  # it rises by the same step each time
    ],
)
def test_the_range_of_a_forecast_in_words(words, expected):
    assert words == expected
