"""Each kind as people meet it: typed, shown, in a workbook; what is refused stands with the pages that refuse it."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from indicators.models import Kind
from indicators.submissions.kinds import FORMATS, Shown, format_of


def figure(n=None, d=None, v=None):
    parts = [None if part is None else Decimal(part) for part in (n, d, v)]
    return SimpleNamespace(numerator=parts[0], denominator=parts[1], value=parts[2])


def test_every_kind_has_its_format():
    assert set(FORMATS) == set(Kind)
    assert len({one.added_up for one in FORMATS.values()}) == len(Kind)


@pytest.mark.parametrize(
    ("kind", "unit", "given", "shown"),
    [
        (Kind.RATIO, "%", figure(80, 110), Shown("80 / 110", Decimal("72.727273"))),
        (Kind.RATIO, "%", figure(0, 0), Shown("0 / 0")),
        (Kind.COUNT, "doanh nghiệp", figure(v=1970), Shown("1.970")),
        (Kind.VALUE, "% GRDP", figure(v="8.48"), Shown("8,48%")),
        (Kind.YES_NO, "%", figure(v=1), Shown("Có")),
        (Kind.YES_NO, "%", figure(v=0), Shown("Không")),
        (Kind.MILESTONE, "%", figure(v=45), Shown("45%")),
    ],
)
def test_a_figure_as_it_is_read(kind, unit, given, shown):
    assert format_of(kind).shown(given, unit) == shown


@pytest.mark.parametrize(
    ("kind", "value", "typed", "again"),
    [
        (Kind.COUNT, "1970", "1.970", "1.970"),
        (Kind.VALUE, "1970", "1.970", "1970"),  # 1.970 has two readings where decimals are allowed
        (Kind.YES_NO, "0", "0", "0"),
        (Kind.MILESTONE, "45.5", "45,5", "45,5"),
    ],
)
def test_a_value_in_its_field(kind, value, typed, again):
    said = format_of(kind)
    assert (said.typed(Decimal(value)), said.typed_again(Decimal(value))) == (typed, again)
    assert said.read(again, "").value == Decimal(value)


def test_the_parts_of_a_share_bound_each_other_in_a_workbook():
    limit = format_of(Kind.RATIO).limit("numerator", "D9", "E9", True)
    assert limit[:3] == ("custom", None, 'AND(ISNUMBER(D9),D9>=0,OR(E9="",D9<=E9))')
    assert format_of(Kind.RATIO).limit("denominator", "E9", "D9", True).first.endswith('OR(D9="",E9>=D9))')
    assert format_of(Kind.COUNT).limit("value", "F9", "E9", False)[:4] == ("whole", "between", "0", "999999999")
