"""What a figure can still become: the sure bounds of a roll-up row (`measurement.bounds`), from what is missing; and what it
would be if the slowest caught up (`measurement.scenario`)."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from core import formatting, numbers
from indicators.models import Actual, Kind, Timing
from indicators.rules.bounds import Bounds, Silent, share_bounds, yes_no_bounds
from indicators.rules.kinds import Comparator
from indicators.rules.scenario import Scenario, lowest_reach


class Missing(NamedTuple):
    """The last figure that counts of an agency that is missing; of a flow its last month's. All None: never reported."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None


class Prospect(NamedTuple):
    """Bounds in percent; missing: how many agencies; certain: will the threshold be held whatever comes (True), cannot be
    (False), either or no threshold (None)."""

    bounds: Bounds
    missing: int
    certain: bool | None


class WhatIf(NamedTuple):
    """What was asked (as typed), and the answer or why there is none. holds: the comparator then; None without one."""

    k: str
    x: str
    error: str = ""
    scenario: Scenario | None = None
    holds: bool | None = None


def what_if(page, k: str, x: str) -> WhatIf | None:
    """`Nếu k đơn vị thấp nhất đạt x %`, of a `builders.TargetPage`; None where it cannot be tried out. Nothing typed is no
    error: the form is then empty."""
    if not page.reporters:
        return None
    if not (k or x):
        return WhatIf("", "")
    try:
        count = _number(k, 0, example="5")
        share = _number(x, 3, allow_percent=True, maximum=100 if page.target.is_share else numbers.MAXIMUM)
    except numbers.NumberError as refused:
        return WhatIf(k, x, refused.message)
    if not 1 <= count <= len(page.reporters):
        return WhatIf(k, x, f"Nhập số đơn vị từ 1 đến {formatting.number(len(page.reporters))}.")
    sums = Fraction(page.row.numerator), Fraction(page.row.denominator)
    scenario = lowest_reach(*sums, page.reporters, int(count), Fraction(share))
    holds = None
    if page.row.required is not None:
        holds = Comparator(page.target.comparator).holds(scenario.value, Fraction(page.target.threshold))
    return WhatIf(k, x, "", scenario, holds)


def _number(text: str, places: int, **rules) -> Decimal:
    """A number with one reading. Raises numbers.NumberError."""
    parsed = numbers.parse(text, places, **rules)
    if parsed.ambiguous:
        raise numbers.NumberError(parsed.question(text))
    return parsed.value


def last_months(target, selection, agencies) -> dict[int, Missing]:
    """The last month's own figure of each of these agencies, of a flow. One query."""
    figures = Actual.objects.on(selection.basis).of(target).up_to(selection.period).by(agencies)
    rows = figures.order_by("submission__period__number").values_list(
        "submission__agency", "numerator", "denominator", "value"
    )
    return {agency: Missing(*figure) for agency, *figure in rows}


def prospect(target, row, missing: Sequence[Missing]) -> Prospect | None:
    """The bounds of a row (`builders.NodeRow`); None for kinds without any, and where they are not known."""
    if row is None or row.numerator is None or not missing:
        return None
    if target.is_share:
        silent = [None if m.denominator is None else Silent(*map(Fraction, m[:2])) for m in missing]
        found = share_bounds(
            Fraction(row.numerator),
            Fraction(row.denominator),
            silent,
            adds=target.timing == Timing.FLOW,
        )
    elif target.kind == Kind.YES_NO:
        said = [None if m.value is None else Fraction(m.value) for m in missing]
        found = yes_no_bounds(Fraction(row.numerator), Fraction(row.denominator), said)
    else:
        return None
    if found is None:
        return None
    judged = row.required is not None
    certain = found.certain(Comparator(target.comparator), Fraction(target.threshold)) if judged else None
    return Prospect(found, len(missing), certain)
