"""Calculations of scenarios: the certain bounds of a roll-up row (`rules.bounds`), given what is missing, and its value
if the slowest agencies caught up (`rules.scenario`)."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from core import formatting, numbers
from indicators.analysis.nodes import NodeRow
from indicators.models import Actual, Target, Timing
from indicators.rules.bounds import Bounds, Silent, share_bounds, yes_no_bounds
from indicators.rules.kinds import Comparator
from indicators.rules.scenario import Scenario, lowest_reach
from indicators.selection import Selection

if TYPE_CHECKING:
    from indicators.analysis.target_detail import TargetPage


class Missing(NamedTuple):
    """The last figure that counts of an agency that is missing; of a flow its last month's. All None: never
    reported."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None


class Prospect(NamedTuple):
    """Bounds in percent. missing: the number of agencies; certain: True where the threshold holds whatever is reported,
    False where it cannot, None where both are possible or there is no threshold."""

    bounds: Bounds
    missing: int
    certain: bool | None


class WhatIf(NamedTuple):
    """The question as typed, and the answer or the reason why there is none. holds: the comparator in the scenario;
    None without one."""

    k: str
    x: str
    error: str = ""
    scenario: Scenario | None = None
    holds: bool | None = None


def what_if(page: "TargetPage", k: str, x: str) -> WhatIf | None:
    """Answer `Nếu k đơn vị thấp nhất đạt x%` for a target's page; None where it cannot be tried out. Nothing typed is
    no error: the form is then empty."""
    row = page.row
    if not page.reporters or row is None or row.numerator is None or row.denominator is None:
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
    sums = Fraction(row.numerator), Fraction(row.denominator)
    scenario = lowest_reach(*sums, page.reporters, int(count), Fraction(share))
    holds = None
    if row.is_judged and page.target.threshold is not None and scenario is not None:
        holds = Comparator(page.target.comparator).holds(scenario.value, Fraction(page.target.threshold))
    return WhatIf(k, x, "", scenario, holds)


def _number(text: str, places: int, **rules: Any) -> Decimal:
    """Read a number that has one reading. Raises numbers.NumberError."""
    parsed = numbers.parse(text, places, **rules)
    if parsed.ambiguous:
        raise numbers.NumberError(parsed.question(text))
    return parsed.value


def last_months(target: Target, selection: Selection, agencies: Sequence[int]) -> dict[int, Missing]:
    """Return the last month's own figure of each of these agencies, of a flow. One query."""
    figures = Actual.objects.on(selection.basis).of(target).counted_as_of(selection.period).by(agencies)
    rows = figures.order_by("submission__period__number").values_list(
        "submission__agency", "numerator", "denominator", "value"
    )
    return {agency: Missing(*figure) for agency, *figure in rows}


def prospect(target: Target, row: NodeRow | None, missing: Sequence[Missing]) -> Prospect | None:
    """Return the bounds of a row; None for kinds without bounds, and where they are not known."""
    if row is None or row.numerator is None or row.denominator is None or not missing:
        return None
    if target.is_share:
        silent = [
            None
            if m.numerator is None or m.denominator is None
            else Silent(Fraction(m.numerator), Fraction(m.denominator))
            for m in missing
        ]
        bounds = share_bounds(
            Fraction(row.numerator),
            Fraction(row.denominator),
            silent,
            adds=target.timing == Timing.FLOW,
        )
    elif target.rules.is_answer:
        answers = [None if m.value is None else Fraction(m.value) for m in missing]
        bounds = yes_no_bounds(Fraction(row.numerator), Fraction(row.denominator), answers)
    else:
        return None
    if bounds is None:
        return None
    certain = None
    if row.is_judged and target.threshold is not None:
        certain = bounds.certain(Comparator(target.comparator), Fraction(target.threshold))
    return Prospect(bounds, len(missing), certain)
