"""The parts of a change and their agencies: they add up to the difference, to the last digit (domain.md, *What changed*)."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.change import count_change, ratio_change


def test_ratio_by_hand():
    # Worked case 1, from January to February: 31/110 → 121/210.
    change = ratio_change(
        before={"chi-linh": (30, 100), "nam-sach": (1, 10)}, after={"chi-linh": (120, 200), "nam-sach": (1, 10)}
    )
    assert change.parts == {
        "chi-linh": 100 * (Fraction(120, 210) - Fraction(30, 110)),
        "nam-sach": 100 * (Fraction(1, 210) - Fraction(1, 110)),
    }
    assert change.total == 100 * (Fraction(121, 210) - Fraction(31, 110)) == Fraction(6800, 231)
    # Nam Sách changed nothing, and still weighs less in a larger whole.
    assert change.parts["nam-sach"] < 0


def test_a_reporter_who_came_and_one_who_went():
    change = ratio_change(before={"a": (10, 50), "b": (10, 50)}, after={"b": (10, 50), "c": (40, 50)})
    assert change.parts == {"a": -10, "b": 0, "c": 40}
    assert change.total == 30


def test_where_one_side_has_no_value_there_is_no_change():
    something = {"a": (1, 2)}
    for nothing in ({}, {"a": (0, 0)}):
        assert ratio_change(nothing, something) is None
        assert ratio_change(something, nothing) is None
    assert count_change({}, {"a": 1}) is None
    assert count_change({"a": 1}, {}) is None


def test_zero_is_a_value_of_a_count():
    change = count_change({"a": 0}, {"a": 3, "b": 2})
    assert change.parts == {"a": 3, "b": 2}
    assert change.total == 5
    assert count_change({"a": 3}, {"a": 0}).total == -3


reporters = st.dictionaries(
    st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 10**9), st.integers(1, 10**9)), min_size=1
)


@given(reporters, reporters)
def test_parts_of_a_ratio_sum_to_the_difference(before, after):
    def whole(side):
        return 100 * Fraction(sum(n for n, _ in side.values()), sum(d for _, d in side.values()))

    change = ratio_change(before, after)
    assert sum(change.parts.values()) == change.total == whole(after) - whole(before)
    assert set(change.parts) == {*before, *after}


counts = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 10**9), min_size=1)


@given(counts, counts)
def test_parts_of_a_count_sum_to_the_difference(before, after):
    change = count_change(before, after)
    assert sum(change.parts.values()) == change.total == sum(after.values()) - sum(before.values())
