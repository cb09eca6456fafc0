"""A stored row as it is shown: its status, what stands in the place of a value, its coverage, its change."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from indicators.models import Kind
from indicators.rollups.results import RollupResult
from indicators.rules.nothing import Nothing
from indicators.rules.status import Status


def result(row=(), *, kind=Kind.RATIO, before=None, **facts):
    """The result of a row on track with 3 of 4 agencies, in a period that has ended."""
    stored = {
        "value": Decimal(60),
        "numerator": Decimal(6),
        "denominator": Decimal(10),
        "is_judged": True,
        "required": Decimal(50),
        "status": "on_track",
        "forecast": None,
        "forecast_low": None,
        "forecast_high": None,
        "due_held": None,
        "fresh": None,
        "pace": None,
        "expected": 4,
        "reported": 4,
        "approved": 3,
        "stale": False,
        "is_point": True,
        "scope": "province",
    }
    period = SimpleNamespace(is_ahead=facts.pop("is_ahead", False), month=5)
    given = {"counted": 3, "min_coverage": 80, "cycle": 1} | facts
    shown = SimpleNamespace(**stored | dict(row))
    return RollupResult.of(shown, kind=kind, period=period, before=before, **given)


def test_a_value_with_its_status_coverage_and_change():
    found = result(before=SimpleNamespace(value=Decimal(55)))
    assert (found.word, found.status, found.change) == ("Đúng tiến độ", Status.ON_TRACK, 5)
    assert found.is_judged and found.is_good and not found.is_bad
    assert found.low_coverage and found.is_thin  # 3 of 4 are 75%
    assert not result(counted=4).is_thin
    # All four have reported, but by weight only 79%.
    assert result({"fresh": Decimal(79)}, counted=4).is_thin


@pytest.mark.parametrize(
    ("row", "facts", "nothing"),
    [
        ({"value": None}, {}, Nothing.NOT_ARISEN),
        ({"value": None, "numerator": None, "reported": 0}, {}, Nothing.SILENT),
        ({"value": None, "numerator": None, "reported": 0}, {"is_returned": True}, Nothing.RETURNED),
        ({"value": None, "numerator": None}, {"kind": Kind.VALUE}, Nothing.NOT_SUMMED),
        ({}, {"is_ahead": True}, Nothing.NOT_DUE),
    ],
)
def test_what_stands_in_the_place_of_a_value_stands_in_that_of_its_status(row, facts, nothing):
    found = result(row, **facts)
    assert (found.nothing, found.status) == (nothing, Status.NO_DATA)


def test_a_quarters_target_is_asked_for_at_a_quarters_end_alone():
    assert result().is_asked and not result(cycle=3).is_asked


def test_the_fields_of_a_class_win_over_the_rows():
    assert result(forecast=Decimal(1)).forecast == 1
