"""The means of the units' rates, which reports show beside the official figures (docs/decisions/0276)."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from indicators.models import Rollup, Scope
from indicators.rules.combining import MeanOfRates, mean_of_rates
from reports.dashboards.queries.target_rows import TargetResult
from reports.documents.request import ReportRequest

# A target with the mean of its reporters' rates.
Mean = tuple[TargetResult, MeanOfRates]


def means(request: ReportRequest, lines: Sequence[TargetResult]) -> list[Mean]:
    """Return the ratios that several units report, in the plan's order, each with the mean of their rates. One query; none for a
    single agency."""
    ratios = [line for line in lines if line.target.rules.has_parts and line.value is not None]
    if request.subject.scope != Scope.AREA or not ratios:
        return []
    reporters = request.subject.reporters(request.period.window_last).values("pk")
    rows = Rollup.objects.at(request.period, request.basis).filter(scope=Scope.OWN, agency__in=reporters)
    rows = rows.filter(target__in=[line.target.pk for line in ratios])
    parts: dict[int, list[tuple[Decimal | None, Decimal | None]]] = defaultdict(list)
    for target, numerator, denominator in rows.values_list("target_id", "numerator", "denominator"):
        parts[target].append((numerator, denominator))
    every = ((line, mean_of_rates(parts[line.target.pk])) for line in ratios)
    return [(line, mean) for line, mean in every if mean is not None]
