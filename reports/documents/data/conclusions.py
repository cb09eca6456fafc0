"""The leader's conclusions and the directing documents that a report tells of."""

from collections.abc import Iterable
from typing import Any

from conclusions.directing.queries import issued_between
from conclusions.models import Conclusion, DirectingDocument
from conclusions.queries import for_report
from core import formatting
from reports.documents import scopes
from reports.documents.request import ReportRequest


def conclusions_of(request: ReportRequest) -> list[Conclusion]:
    """Return the conclusions within the report's subject that were given until its last period closed (of a week: until it ended):
    those still followed, and those that were settled since the report's first day. Three queries at most."""
    subject, targets = request.subject, None
    agencies: Iterable[Any] | None = None
    if subject.type in (scopes.PILLAR, scopes.CHARGE):
        targets = subject.targets
    elif subject.type == scopes.LEAD:
        agencies = [subject.belongs_to.pk] if subject.belongs_to else []
    elif subject.type != scopes.PROVINCE:
        agencies = subject.reporters(request.report_period.last_day).values_list("pk", flat=True)
    rows = for_report(request.plan, agencies=agencies, targets=targets, since=request.report_period.first_day)
    return [row for row in rows if formatting.local(row.given_at).date() <= request.report_period.open_until]


def documents_of(request: ReportRequest) -> list[DirectingDocument]:
    """Return the directing documents that were issued within the report's period; none for a place or an agency, which the
    register is not about. One query at most."""
    if not request.subject.is_province:
        return []
    return issued_between(request.plan, request.report_period.first_day, request.report_period.last_day)
