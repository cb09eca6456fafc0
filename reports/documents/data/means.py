"""The reporters' own parts of ratios, and the means of their rates, which reports show beside the official figures
(docs/decisions/0276)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from indicators.models import Rollup, Scope
from indicators.rules.combining import MeanOfRates, mean_of_rates
from reports.dashboards.queries.target_rows import TargetResult
from reports.documents.request import ReportRequest

# A target with the mean of its reporters' rates.
Mean = tuple[TargetResult, MeanOfRates]
# (N, D) of each reporter's own row, by target and agency.
OwnParts = Mapping[int, Mapping[int, tuple[Decimal | None, Decimal | None]]]


def own_parts(request: ReportRequest, lines: Sequence[TargetResult]) -> OwnParts:
    """Return what each reporter's own row is made of, for the ratios that have a value. One query; none for a single agency."""
    ratios = [line.target.pk for line in lines if line.target.rules.has_parts and line.value is not None]
    if request.subject.scope != Scope.AREA or not ratios:
        return {}
    reporters = request.subject.reporters(request.period.window_last).values("pk")
    rows = Rollup.objects.at(request.period, request.basis).filter(scope=Scope.OWN, agency__in=reporters)
    parts: dict[int, dict[int, tuple[Decimal | None, Decimal | None]]] = defaultdict(dict)
    for target, agency, numerator, denominator in rows.filter(target__in=ratios).values_list(
        "target_id", "agency_id", "numerator", "denominator"
    ):
        parts[target][agency] = (numerator, denominator)
    return parts


def means(lines: Sequence[TargetResult], parts: OwnParts) -> list[Mean]:
    """Return the ratios that several units report, in the plan's order, each with the mean of their rates."""
    every = ((line, mean_of_rates(list(parts[line.target.pk].values()))) for line in lines if line.target.pk in parts)
    return [(line, mean) for line, mean in every if mean is not None]
