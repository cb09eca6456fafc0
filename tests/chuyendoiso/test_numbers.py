"""The number reader: every example of the standard, and that it reads back whatever is displayed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chuyendoiso import formatting
from chuyendoiso.numbers import MAXIMUM, NumberError, parse


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("78,65", "78.65"),
        ("78.65", "78.65"),
        ("1.970,5", "1970.5"),
        ("1 970,5", "1970.5"),
        ("1\u00a0970,5", "1970.5"),
        ("1\u2009970,5", "1970.5"),
        ("1\u202f970.5", "1970.5"),
        ("1 970.500", "1970.5"),
        ("1,970.5", "1970.5"),
        ("1.970.500", "1970500"),
        ("1,970,500", "1970500"),
        ("1970,500", "1970.5"),
        ("1970.500", "1970.5"),
        ("0.785", "0.785"),
        ("0,785", "0.785"),
        ("012.345", "12.345"),
        ("007", "7"),
        ("0", "0"),
        ("  12\u00a0", "12"),
        ("−0", "0"),
    ],
)
def test_one_reading(typed, value):
    parsed = parse(typed, 6)
    assert (parsed.value, parsed.ambiguous, parsed.other_reading) == (Decimal(value), False, None)


@pytest.mark.parametrize(
    ("typed", "decimals", "value", "other"),
    [
        ("78.655", 6, "78655", "78.655"),
        ("1.970", 6, "1970", "1.970"),
        ("1,970", 6, "1.970", "1970"),
        ("78,650", 2, "78.65", "78650"),
        # A field of two decimals cannot hold 78.655, and still it may be what an English spreadsheet meant.
        ("78.655", 2, "78655", "78.655"),
        # The Vietnamese reading does not fit a whole number: read as grouped, and asked about.
        ("1,970", 0, "1970", "1.970"),
    ],
)
def test_two_readings(typed, decimals, value, other):
    parsed = parse(typed, decimals)
    assert (parsed.value, parsed.ambiguous, parsed.other_reading) == (Decimal(value), True, Decimal(other))


@pytest.mark.parametrize("typed", ["1.970", "1970", "1 970", "1.970,0", "1970.00"])
def test_whole_numbers_read_a_point_as_grouping(typed):
    parsed = parse(typed, 0)
    assert (parsed.value, parsed.ambiguous) == (1970, False)


def test_second_reading_beyond_the_maximum_is_none():
    assert parse("78,655", 3, maximum=Decimal(100)).ambiguous is False


@pytest.mark.parametrize(
    "typed",
    [
        "1.970.5", "12,34,5", "5,", ",5", ".5", "5.", "1_000", "１２", "١٢", "NaN", "nan", "1e400", "1e3", "Infinity",
        "inf", "+5", "--5", "5-", "1.970,5,0", "1 97", "1  970", "1.970 500", "19.700.50", "0x10", "3/12", "mười",
        "#N/A", "=1+1", "5%", "5\n6", "9" * 41, "½", "²", "−",
    ],
)  # fmt: skip
def test_refused_as_no_number(typed):
    with pytest.raises(NumberError, match="không phải là số. Nhập như 1.970 hoặc 78,65."):
        parse(typed, 6)


@pytest.mark.parametrize("typed", ["", "   ", "\u00a0", "\t\n"])
def test_refused_as_empty(typed):
    with pytest.raises(NumberError, match="Chưa nhập số."):
        parse(typed, 0)


def test_negative_numbers_only_where_allowed():
    for typed in ("-5", "−5", "- 5"):
        with pytest.raises(NumberError, match="Không nhận số âm"):
            parse(typed, 0)
        assert parse(typed, 0, allow_negative=True).value == -5
    parsed = parse("-1,970", 3, allow_negative=True)
    assert (parsed.value, parsed.other_reading) == (Decimal("-1.970"), Decimal("-1970"))


def test_percent_sign_only_where_allowed():
    assert parse("78,65 %", 2, allow_percent=True).value == Decimal("78.65")
    assert parse("75%", 2, allow_percent=True).value == 75
    with pytest.raises(NumberError, match="không phải là số"):
        parse("75%%", 2, allow_percent=True)


def test_decimals_beyond_the_field():
    with pytest.raises(NumberError, match="“78,6” không phải là số nguyên"):
        parse("78,6", 0)
    with pytest.raises(NumberError, match="“78,657” có quá 2 chữ số thập phân"):
        parse("78,657", 2)
    with pytest.raises(NumberError, match="không phải là số nguyên"):
        parse("1," + "0" * 35 + "1", 0)  # exact where 28 significant digits would hide it


def test_magnitude():
    assert parse("1.000.000.000", 0).value == MAXIMUM
    with pytest.raises(NumberError, match="tối đa 1.000.000.000"):
        parse("1.000.000.001", 0)
    with pytest.raises(NumberError, match="tối đa 100"):
        parse("100,5", 2, maximum=Decimal(100))


@given(st.integers(0, int(MAXIMUM)))
def test_whole_numbers_read_back_as_displayed(value):
    parsed = parse(formatting.number(value), 0)
    assert (parsed.value, parsed.ambiguous) == (value, False)


@given(st.decimals(0, MAXIMUM, places=6), st.integers(0, 6))
def test_decimals_read_back_as_displayed(value, shown):
    value = round(value, shown)
    parsed = parse(formatting.number(value, shown), 6)
    assert parsed.value == value


@given(st.decimals(-MAXIMUM, MAXIMUM, places=2))
def test_signed_numbers_read_back_as_displayed(value):
    assert parse(formatting.number(value), 2, allow_negative=True).value == value


@given(st.text(alphabet="0123456789., -−%+eE_\u00a0\u0660", max_size=12), st.integers(0, 6))
def test_any_text_is_read_exactly_or_refused(typed, decimals):
    try:
        parsed = parse(typed, decimals)
    except NumberError as error:
        assert error.message.endswith(".")
    else:
        assert 0 <= parsed.value <= MAXIMUM
        assert parsed.value == round(parsed.value, decimals)
        assert (parsed.other_reading is not None) == parsed.ambiguous
        digits = [character for character in typed if character.isdigit()]
        assert [*format(parsed.value, "f").replace(".", "").lstrip("0")] == [*"".join(digits).lstrip("0")]
