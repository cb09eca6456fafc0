"""The distribution of the reporters' values of a target: counted in steps, small denominators separately. Pure."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from statistics import median

from core.charts.plotly_theme import round_step
from indicators.analysis.charts import Spread, WaterfallStep
from indicators.rules.status import is_small

# Fewer values than this are read one by one.
LEAST = 5
MOST_STEPS = 12


def spread_of(
    figures: Sequence[tuple[str, Decimal, Decimal | None]],
    *,
    unit: str,
    comparator: str,
    value: Decimal | None,
    threshold: Decimal | None,
) -> Spread | None:
    """Return the spread of (name, value, denominator) of reporters, the denominator None where the kind has none; None
    for too few."""
    if len(figures) < LEAST:
        return None
    in_order = sorted(figures, key=lambda figure: figure[1])
    edges = steps_between(in_order[0][1], in_order[-1][1])
    steps: list[list[tuple[str, Decimal, Decimal | None]]] = [[] for _ in edges[1:]]
    width = edges[1] - edges[0]
    for figure in in_order:
        steps[min(int((figure[1] - edges[0]) / width), len(steps) - 1)].append(figure)
    return Spread(
        unit=unit,
        comparator=comparator,
        steps=tuple(
            WaterfallStep(
                low,
                low + width,
                len(inside),
                sum(is_small(denominator) for _, _, denominator in inside),
                tuple(name for name, _, _ in inside),
            )
            for low, inside in zip(edges, steps, strict=False)
        ),
        lowest=(in_order[0][1], in_order[0][0]),
        middle=median(number for _, number, _ in in_order),
        highest=(in_order[-1][1], in_order[-1][0]),
        value=value,
        threshold=threshold,
    )


def steps_between(lowest: Decimal, highest: Decimal) -> list[Decimal]:
    """Return round edges, at most thirteen, of equal steps that cover lowest…highest; no step is narrower than 1."""
    width = max(round_step(max(highest - lowest, Decimal(1)), MOST_STEPS - 1), Decimal(1))
    first = int((lowest / width).to_integral_value(ROUND_FLOOR))
    last = max(int((highest / width).to_integral_value(ROUND_CEILING)), first + 1)
    return [width * index for index in range(first, last + 1)]
