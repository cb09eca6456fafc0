"""Observation status: the first that fits; and the periods in which a definition begins."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.kinds import Timing
from indicators.rules.observation import (
    OBSERVATION_MEANINGS,
    OBSERVATION_WORDS,
    Observation,
    carried_share,
    definition_breaks,
    observation_of,
)


@pytest.mark.parametrize(
    ("fits", "status"),
    [
        ({}, "A"),
        ({"is_provisional": True}, "P"),
        ({"is_provisional": True, "stale": True}, "E"),
        ({"stale": True, "timing": Timing.RATE}, "E"),
        # A gap in a flow's year carries nothing.
        ({"stale": True, "timing": Timing.FLOW}, "A"),
        ({"stale": True, "timing": Timing.FLOW, "is_provisional": True}, "P"),
        ({"stale": True, "begins_definition": True}, "B"),
        ({"has_value": False, "begins_definition": True, "stale": True}, "M"),
    ],
)
def test_the_first_that_fits(fits, status):
    usual = {
        "has_value": True, "begins_definition": False, "stale": False, "timing": Timing.STOCK, "is_provisional": False,
    }  # fmt: skip
    assert observation_of(**(usual | fits)) == status


def test_every_figure_has_one_and_every_status_its_words():
    found = {
        observation_of(has_value=a, begins_definition=b, stale=c, timing=d, is_provisional=e)
        for a, b, c, d, e in product((True, False), (True, False), (True, False), Timing, (True, False))
    }
    assert found == set(Observation) == set(OBSERVATION_WORDS) == set(OBSERVATION_MEANINGS)


def test_where_a_definition_begins():
    assert definition_breaks([1]) == {}
    assert definition_breaks([1, 9]) == {9: (0, 1)}
    # A slip corrected later holds for all periods: nothing breaks.
    assert definition_breaks([1, 9, 1]) == {}
    assert definition_breaks([1, 1, 9]) == {9: (1, 2)}
    # Made later, beginning earlier: it is the last one made from July on.
    assert definition_breaks([1, 9, 7]) == {7: (0, 2)}


@given(st.lists(st.integers(1, 12), max_size=6))
def test_between_breaks_nothing_changes(others):
    firsts = [1, *others]
    breaks = definition_breaks(firsts)
    current = max(index for index, first in enumerate(firsts) if first == 1)
    for number in range(2, 13):
        begun = max(index for index, first in enumerate(firsts) if first <= number)
        assert (number in breaks) == (begun != current)
        current = begun


@pytest.mark.parametrize(
    ("changes", "share"),
    [
        ({}, 40),
        ({"value": None}, None),
        ({"stale": False}, None),
        ({"fresh": None}, None),
        ({"timing": Timing.FLOW}, None),
    ],
)
def test_the_share_that_was_carried_forward(changes, share):
    given = {"timing": Timing.STOCK, "value": Decimal(70), "stale": True, "fresh": Decimal(60)}
    assert carried_share(**given | changes) == share
