"""Figures of a few agencies, month by month, for what SQL does not add up: succession, and agencies that moved."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple, cast

from core.fields import ExactDecimalField
from indicators.models import Actual, Plan


class AgencyFigure(NamedTuple):
    """A figure as the sums hold it: n, d in thousandths, v in micro; 0 where the kind has no such part."""

    n: int
    d: int
    v: int


# {target: {agency: {month: figure}}}
Figures = dict[int, dict[int, dict[int, AgencyFigure]]]


def figures_of(plan: Plan, basis: str, agencies: Collection[int], targets: Collection[int]) -> Figures:
    """Return the figures of these agencies and targets that count on a basis. One query."""
    parts = ("numerator", "denominator", "value")
    stored = [cast(ExactDecimalField, Actual._meta.get_field(part)).stored for part in parts]
    actuals = Actual.objects.on(basis).by(agencies).filter(submission__period__plan=plan, target__in=targets)
    figures: Figures = defaultdict(lambda: defaultdict(dict))
    for target, agency, month, *figure in actuals.values_list(
        "target", "submission__agency", "submission__period__number", *parts
    ):
        scaled = [0 if part is None else scale(part) for scale, part in zip(stored, figure, strict=True)]
        figures[target][agency][month] = AgencyFigure(*scaled)
    return figures
