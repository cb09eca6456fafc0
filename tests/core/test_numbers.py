"""The number reader: every example of the standard, one table for server and browser, and that it reads back whatever is
displayed."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from core import formatting
from core.numbers import MAXIMUM, NumberError, digits, parse
from indicators.models import Target
from indicators.submissions.kinds import format_of
from tests.stack import ROOT

# [{decimals, negative, percent, maximum, forms: [[typed, as read or null, its second reading]]}]
TABLES = json.loads((ROOT / "tests" / "numbers.json").read_text())
FORMS = [({**table, "forms": None}, form) for table in TABLES for form in table["forms"]]


def read(typed, table):
    """The readings of a text under a table's rules, as plain numbers; [None] where it is refused."""
    maximum = Decimal(table.get("maximum", MAXIMUM))
    rules = {"allow_negative": table.get("negative", False), "allow_percent": table.get("percent", False)}
    try:
        parsed = parse(typed, table["decimals"], maximum=maximum, **rules)
    except NumberError:
        return [None]
    return [plain(value) for value in (parsed.value, parsed.other_reading) if value is not None]


def plain(value):
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


PLAIN = """
    const plain = (micro) => {
      const digits = String(micro < 0n ? -micro : micro).padStart(7, "0");
      const shown = `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/[.]?0*$/, "");
      return (micro < 0n ? "-" : "") + shown;
    };
    const tell = (found) => (found ? [found.value, found.other].filter((value) => value !== null).map(plain) : [null]);
"""
PARSE = "console.log(JSON.stringify(given.map(([table, typed]) => tell(script.parse(typed, table.decimals, table)))));"
READ = "console.log(JSON.stringify(given.map(([field, typed]) => tell(script.read(typed, field)))));"
# What a row of the entry form says of its target (templates/indicators/submissions/_entry_row.html).
FIELDS = [
    {"kind": "ratio", "unit": "%"},
    {"kind": "count", "unit": "hệ thống"},
    {"kind": "milestone", "unit": "%"},
    {"kind": "value", "unit": "%"},
    {"kind": "value", "unit": "triệu đồng"},
]


@pytest.fixture(scope="session")
def browser_reads(in_node):
    """Return `browser_reads([(table, typed), …])`: the readings of static/js/lib/numbers.js, in one run."""
    return lambda asked: in_node("lib/numbers.js", PLAIN + PARSE, asked)


def test_every_form_of_the_table_is_read_by_the_server():
    assert len(FORMS) > 600
    read_otherwise = [(table, form, read(form[0], table)) for table, form in FORMS if read(form[0], table) != form[1:]]
    assert read_otherwise == []


def test_each_field_of_the_entry_form_reads_in_the_browser_as_on_the_server(in_node):
    asked = [(field, form) for field in FIELDS for form in dict.fromkeys(form[0] for _, form in FORMS)]
    answers = in_node("lib/numbers.js", PLAIN + READ, asked)
    different = [
        (field, form, answer)
        for (field, form), answer in zip(asked, answers, strict=True)
        if answer != read_field(form, field)
    ]
    assert different == []


def read_field(typed, field):
    """The readings of a text in the field of a target; [None] where it is refused."""
    try:
        target = Target(**field)
        parsed = format_of(target.kind).read(typed, target.unit)
    except NumberError:
        return [None]
    return [plain(value) for value in (parsed.value, parsed.other_reading) if value is not None]


TYPED = st.text(alphabet="0123456789., -\u2212%\u00a0\u202f\ufeff\t", max_size=14)


@settings(max_examples=settings.default.max_examples // 6, deadline=None, phases=[Phase.generate])
@given(st.lists(TYPED, min_size=400, max_size=400))
def test_server_and_browser_read_whatever_is_typed_alike(browser_reads, typed):
    rules = [{"decimals": 0}, {"decimals": 3}, {"decimals": 6, "negative": True, "percent": True, "maximum": 100}]
    asked = [(table, text) for text in typed for table in rules]
    answers = browser_reads(asked)
    different = [
        (text, answer) for (table, text), answer in zip(asked, answers, strict=True) if answer != read(text, table)
    ]
    assert different == []


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
        ("0.785", "0.785"),
        ("0,785", "0.785"),
        ("000.785", "0.785"),
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
        # Nobody groups after four digits, nor writes a zero before them.
        ("1500.000", 3, "1500000", "1500"),
        ("1500.000", 0, "1500000", "1500"),
        ("1500,000", 0, "1500", "1500000"),
        ("1970,500", 6, "1970.5", "1970500"),
        ("01.970", 6, "1970", "1.970"),
        ("1,000", 0, "1", "1000"),
    ],
)
def test_two_readings(typed, decimals, value, other):
    parsed = parse(typed, decimals)
    assert (parsed.value, parsed.ambiguous, parsed.other_reading) == (Decimal(value), True, Decimal(other))


@pytest.mark.parametrize("typed", ["1.970", "1970", "1 970", "1.970,0", "1970.00"])
def test_whole_numbers_read_a_point_as_grouping(typed):
    parsed = parse(typed, 0)
    assert (parsed.value, parsed.ambiguous) == (1970, False)


@pytest.mark.parametrize(
    ("typed", "decimals", "maximum", "spelled"),
    [
        ("1,970", 0, MAXIMUM, "1970"),
        ("1970.500", 0, MAXIMUM, "1970500"),
        ("01.970", 0, MAXIMUM, "1970"),
        ("78.655", 2, MAXIMUM, "78655"),
        ("78.655", 6, 100, "78,6550"),
        ("01.970", 6, 100, "1,97"),
        ("100.000", 2, 100, "100"),
    ],
)
def test_one_reading_that_nobody_expects_is_refused_with_what_is_accepted(typed, decimals, maximum, spelled):
    with pytest.raises(NumberError, match=f"ô này chỉ nhận được một. Nếu đúng là {spelled} thì nhập {spelled}.$"):
        parse(typed, decimals, maximum=maximum)
    assert parse(spelled, decimals, maximum=maximum).ambiguous is False


@given(st.text(alphabet="0123456789.,", max_size=12), st.integers(0, 6), st.sampled_from([100, MAXIMUM]))
@example("1500.000", 0, MAXIMUM)
def test_what_a_message_suggests_is_accepted(typed, decimals, maximum):
    try:
        parsed = parse(typed, decimals, maximum=maximum)
        said = parsed.question(typed) if parsed.ambiguous else ""
    except NumberError as error:
        said = error.message
    if "hai cách đọc" in said:
        for spelled in re.findall(r"(?:[Nn]hập|hoặc) ([0-9,]+)", said):
            assert parse(spelled, decimals, maximum=maximum).ambiguous is False


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
    assert parse(formatting.number(value), 6, allow_negative=True).value == value


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


@given(TYPED, st.integers(0, 6))
@example("1.970.5", 6)
def test_what_is_refused_stays_refused_with_blanks_around_it(typed, decimals):
    """Characters that a copy out of a sheet adds around a text never change its reading."""
    table = {"decimals": decimals}
    for dressed in (f" {typed}", f"{typed}\u00a0", f"\ufeff{typed}\r\n"):
        assert read(dressed, table) == read(typed, table)


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("9" * 17, 10**17 - 1), ("9" * 18, None), ("9" * 5000, None), ("", None), ("-1", None)],
)
def test_a_number_of_an_address(text, number):
    assert digits(text) == number


@pytest.mark.parametrize("text", ["²", "１２", "1_0", " 1", "1.0", "1e3", "\x001"])
def test_what_python_alone_would_read_as_a_number_is_none(text):
    assert digits(text) is None


def test_as_many_digits_as_asked_for():
    assert (digits("9999", 4), digits("10000", 4)) == (9999, None)
