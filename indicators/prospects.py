"""What a figure can still become: the sure bounds of a roll-up row (`measurement.bounds`), from what is missing."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from indicators.measurement.bounds import Bounds, Silent, share_bounds, yes_no_bounds
from indicators.measurement.kinds import Comparator
from indicators.models import Actual, Kind, Timing


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
