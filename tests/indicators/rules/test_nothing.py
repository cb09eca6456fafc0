"""One rule and one table of words for what stands in the place of a value."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from indicators.rules.kinds import Kind
from indicators.rules.nothing import NOTHING_WORDS, Nothing, nothing_of, silence_words, states_nothing


@pytest.mark.parametrize(
    ("of", "found"),
    [
        ({"value": Decimal(0), "numerator": Decimal(0)}, None),  # a zero is a figure
        ({"numerator": Decimal(0)}, Nothing.NOT_ARISEN),
        ({"expected": 0}, Nothing.NOT_DUE),
        ({"is_returned": True}, Nothing.RETURNED),
        ({}, Nothing.SILENT),
        ({"kind": Kind.VALUE, "expected": 2, "reported": 2}, Nothing.NOT_SUMMED),
        ({"kind": Kind.VALUE, "expected": 1}, Nothing.SILENT),
        # A carried value is not judged as of a period that has not come.
        ({"value": Decimal(50), "is_ahead": True}, Nothing.NOT_DUE),
    ],
)
def test_what_a_row_without_a_value_stands_for(of, found):
    usual = {"kind": Kind.RATIO, "value": None, "numerator": None, "expected": 1, "reported": 0}
    kind = (given := usual | of).pop("kind")
    assert nothing_of(kind, **given) == found


def test_every_kind_has_words_of_its_own():
    assert NOTHING_WORDS.keys() == set(Nothing) and len(set(NOTHING_WORDS.values())) == len(Nothing)
    assert (silence_words(True), silence_words(False)) == ("chưa có báo cáo kỳ này", "kỳ này không thu")


@pytest.mark.parametrize(
    ("ticked", "denominator", "states"), [(True, None, True), (False, 0, True), (False, 5, False), (False, None, False)]
)
def test_a_figure_states_that_nothing_arose_by_its_tick_or_as_0_of_0(ticked, denominator, states):
    figure = SimpleNamespace(nothing_arose=ticked, denominator=denominator)
    assert states_nothing(figure) is states
