"""Numbers as Excel shows them under their formats: what is a percent format, and what a format hides."""

from decimal import Decimal

import pytest

from indicators.workbooks.formats import Shown, shown


@pytest.mark.parametrize(
    ("value", "number_format", "text", "seen", "is_percent"),
    [
        ("1520", "General", "1520", "1520", False),
        ("1234.6", "General", "1234,6", "1234.6", False),
        ("1520", "@", "1520", "1520", False),
        ("1234.6", "#,##0", "1.235", "1235", False),
        ("1234.6", "#,##0.######", "1.234,6", "1234.6", False),
        ("1234567", "#,##0.00", "1.234.567,00", "1234567", False),
        ("1234567890", "#,##0,,", "1.235", "1235000000", False),
        ("0.8", "0%", "80%", "0.8", True),
        ("0.785", "0%", "79%", "0.79", True),
        ("0.785", "0.0 %", "78,5 %", "0.785", True),
        # A literal sign says what the unit is and multiplies nothing.
        ("0.8", '0.0" %"', "0,8 %", "0.8", False),
        ("0.8", r"0.0\%", "0,8%", "0.8", False),
        ("0.8", "0.0_%", "0,8", "0.8", False),
        ("0.8", "0.0*%", "0,8", "0.8", False),
        ("0.8", '0.0;0%', "0,8", "0.8", False),
        ("0.8", '0.0;"%"0', "0,8", "0.8", False),
        ("-0.8", "0.0;-0%", "-80%", "-0.8", True),
        ("-5", "0;[Red]0", "5", "5", False),
        ("-5", "0;(0)", "(5)", "-5", False),
        ("-5", "0", "-5", "-5", False),
        ("-0.2", "0", "0", "0", False),
        ("0", '0;0;"không"', "không", None, False),
        ("7", ";;;", "", None, False),
        ("7", '"đã có"', "đã có", None, False),
        ("150", "[>100]0;[<=100]0%", "150", "150", False),
        ("0.5", "[>100]0;[<=100]0%", "50%", "0.5", True),
        ("1500", "[$₫-42A]#,##0", "₫1.500", "1500", False),
        ("5", "000", "005", "5", False),
        ("0.5", "# ?/?", "0,5", "0.5", False),
        ("1234.5", "0.00E+00", "1234,5", "1234.5", False),
    ],
)  # fmt: skip
def test_what_is_shown(value, number_format, text, seen, is_percent):
    result = shown(Decimal(value), number_format)
    assert result == Shown(text, None if seen is None else Decimal(seen), is_percent)


def test_a_format_beyond_any_length_shows_the_number():
    assert shown(Decimal(5), "0" * 1000).text == "5"
    assert shown(Decimal("1e39"), "0." + "0" * 250).value == Decimal("1e39")
