"""What a reviewer should look at twice, on paper."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from indicators.measurement.combining import year_to_date
from indicators.measurement.flags import Flag, flags
from indicators.measurement.kinds import Kind, Timing


def figure(given):
    """(N, D) of a ratio, or one value."""
    n, d = given if isinstance(given, tuple) else (None, None)
    value = None if isinstance(given, tuple) else Decimal(str(given))
    return SimpleNamespace(
        numerator=None if n is None else Decimal(n), denominator=None if d is None else Decimal(d), value=value
    )


def raised(kind, timing, now, before, *, is_share=True):
    before = None if before is None else figure(before)
    return [flag.flag for flag in flags(kind, timing, is_share=is_share, now=figure(now), before=before)]


@pytest.mark.parametrize(
    ("timing", "now", "before", "expected"),
    [
        (Timing.FLOW, (80, 110), (65, 99), []),
        (Timing.FLOW, (80, 110), None, []),
        (Timing.FLOW, (463, 463), (401, 423), [Flag.FULL]),  # 94,80 % before
        (Timing.FLOW, (463, 463), (421, 423), []),  # 99,53 %: a step, no jump
        (Timing.FLOW, (3, 3), (1, 3), []),  # a handful
        (Timing.FLOW, (89, 218), (61, 80), [Flag.DENOMINATOR]),  # 2,7 times
        (Timing.FLOW, (61, 80), (89, 218), [Flag.DENOMINATOR]),
        (Timing.FLOW, (61, 160), (61, 80), []),  # exactly twice is not more than twice
        (Timing.FLOW, (50, 100), (20, 100), [Flag.FAR]),
        (Timing.FLOW, (20, 100), (50, 100), [Flag.FAR]),
        (Timing.FLOW, (40, 100), (20, 100), []),
        (Timing.FLOW, (0, 100), (20, 100), []),  # from or to nothing there is no ratio
        (Timing.FLOW, (65, 99), (65, 99), [Flag.SAME]),
        (Timing.RATE, (99, 99), (99, 99), [Flag.SAME]),
        (Timing.STOCK, (65, 99), (65, 99), []),  # a state may well stay
        (Timing.STOCK, (64, 99), (65, 99), [Flag.FELL]),
        (Timing.STOCK, (3, 21), (5, 21), [Flag.FELL]),
        (Timing.FLOW, (64, 99), (65, 99), []),
        (Timing.FLOW, (0, 0), (65, 99), []),
        (Timing.FLOW, (65, 99), (0, 0), []),
    ],
)
def test_ratios(timing, now, before, expected):
    assert raised(Kind.RATIO, timing, now, before) == expected


def test_a_full_count_per_hundred_is_no_share():
    assert raised(Kind.RATIO, Timing.STOCK, (100, 100), (60, 100), is_share=False) == []


@pytest.mark.parametrize(
    ("kind", "now", "before", "expected"),
    [
        (Kind.COUNT, 132, 128, []),
        (Kind.COUNT, 128, 132, [Flag.FELL]),
        (Kind.COUNT, 300, 132, [Flag.FAR]),
        (Kind.COUNT, 9, 3, []),
        (Kind.COUNT, 5, 12, [Flag.FELL, Flag.FAR]),
        (Kind.VALUE, "8.48", "8.1", []),
        (Kind.VALUE, "7.9", "8.1", []),  # a rate goes up and down
        (Kind.VALUE, "84.8", "8.1", [Flag.FAR]),
        (Kind.YES_NO, 0, 1, [Flag.FELL]),
        (Kind.YES_NO, 1, 0, []),
        (Kind.MILESTONE, 40, 45, [Flag.FELL]),
        (Kind.MILESTONE, 45, 10, []),
    ],
)
def test_other_kinds(kind, now, before, expected):
    assert raised(kind, Timing.STOCK, now, before) == expected


def test_a_flag_carries_its_numbers():
    flag = flags(Kind.RATIO, Timing.FLOW, is_share=True, now=figure((89, 218)), before=figure((61, 80)))[0]
    assert (flag.now, flag.before) == (218, 80)


def test_a_years_flow_is_added_up():
    assert year_to_date([figure((30, 100)), figure((90, 100))]) == (120, 200, None)  # domain.md, worked case 1
    assert year_to_date([figure((50, 500)), figure((0, 0))]) == (50, 500, None)
    assert year_to_date([figure(3), figure(4)]) == (None, None, 7)
