"""The plan's indicators as they were signed, of those that a report covers, the commitments of its body, and the metadata
of its targets."""

from indicators.models import Commitment, Indicator, Target
from reports.documents.request import ReportRequest


def indicators_of(request: ReportRequest) -> list[Indicator]:
    """Return the indicators of the report's targets in the order of the plan's annex; of the whole plan also those
    without a target. One query."""
    indicators = Indicator.objects.filter(pillar__plan=request.plan).select_related("pillar")
    if request.subject.targets is not None:
        indicators = indicators.filter(targets__in=request.subject.targets).distinct()
    return list(indicators.order_by("pillar__position", "pillar_id", "number"))


def commitments_of(request: ReportRequest) -> list[Commitment]:
    """Return the commitments that the plan's annex assigns to nobody, for the report on the whole province; none for
    others. Two queries at most."""
    if request.subject.targets is not None:
        return []
    return list(Commitment.objects.filter(plan=request.plan).with_parties())


def described_targets(request: ReportRequest) -> list[Target]:
    """Return the report's targets with their metadata, in the plan's order. One query."""
    targets = Target.objects.filter(plan=request.plan).select_related("plan", "metadata").in_order()
    if request.subject.targets is not None:
        targets = targets.filter(pk__in=request.subject.targets)
    return list(targets)
