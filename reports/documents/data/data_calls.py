"""The data calls that the province's progress report tells of."""

from core import formatting
from data_calls.queries import CallTable, for_report
from reports.documents.request import ReportRequest


def data_calls_of(request: ReportRequest) -> list[CallTable]:
    """Return the calls that were chosen for the report and fell due within its days; none for a part of the province. One query,
    and four for each call."""
    if not request.subject.is_province:
        return []
    return for_report(request.plan, first=request.report_period.first_day, last=request.period.closes_on)


def call_sentence(table: CallTable) -> str:
    """Say who was asked, and who has answered: figures of the table are of approved answers."""
    call = table.call
    agencies, sent, approved = (
        formatting.number(count) for count in (table.asked_count, table.sent_count, table.approved_count)
    )
    ground = f" ({call.ground})" if call.ground else ""
    opening = f"Về “{call.title}”{ground}: {sent} trên {agencies} đơn vị được yêu cầu đã nộp, {approved} đã duyệt"
    names = ", ".join(answer.agency.place_name for answer in table.owing)
    return f"{opening}; chưa nộp: {names}." if names else f"{opening}."
