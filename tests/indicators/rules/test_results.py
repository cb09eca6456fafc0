"""Shares and grades of the ranking by results, by hand."""

from fractions import Fraction

from indicators.rules.results import GradeBand, Judged, grade, held_share
from indicators.rules.status import Status

BANDS = [GradeBand(0, "Cần cố gắng"), GradeBand(90, "Tốt"), GradeBand(50, "Trung bình")]


def judged(status, weight=1, expected=1):
    return Judged(weight, status, expected)


def test_held_of_assigned_where_silence_is_not_held():
    targets = [judged(Status.ACHIEVED), judged(Status.ON_TRACK), judged(Status.NO_DATA)]
    assert held_share(targets) == Fraction(100, 3)


def test_tracked_ones_ones_not_due_yet_and_ones_without_weight_are_left_out():
    targets = [
        judged(Status.ACHIEVED),
        judged(Status.TRACKED),
        judged(Status.NO_DATA, expected=0),
        judged(Status.MISSED, 0),
    ]
    assert held_share(targets) == 100
    assert held_share(targets[1:]) is None and held_share([]) is None


def test_weights():
    # 3 of 3 + 1 + 2.
    targets = [judged(Status.ACHIEVED, 3), judged(Status.BEHIND), judged(Status.MISSED, 2)]
    assert held_share(targets) == 50


def test_a_grade_is_compared_exactly():
    assert [grade(Fraction(share), BANDS) for share in (0, 50, 90, 100)] == ["Cần cố gắng", "Trung bình", "Tốt", "Tốt"]
    assert grade(Fraction(89999999, 1000000), BANDS) == "Trung bình"  # 89,999999 shows as 90,00
    assert grade(Fraction(49), BANDS[1:]) == "" and grade(Fraction(100), []) == ""
