"""The data calls that the province's progress report tells of."""

from data_calls.queries import CallTable, for_report
from reports.documents.request import ReportRequest


def data_calls_of(request: ReportRequest) -> list[CallTable]:
    """Return the calls that were chosen for the report and fell due within its days; none for a part of the province. One query,
    and four for each call."""
    if not request.subject.is_province:
        return []
    return for_report(request.plan, first=request.report_period.first_day, last=request.period.closes_on)
