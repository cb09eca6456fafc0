"""The one-page summary for a meeting: targets by status, those that need a decision, missing reports."""

from dataclasses import replace

from agencies.models import User
from reports.documents import scopes, tables
from reports.documents.data import progress
from reports.documents.model import ISSUER, Document
from reports.documents.periods import PERIOD_TYPES
from reports.documents.request import ReportRequest, Restated
from reports.documents.text import figures, formal
from reports.documents.types import Paper, ReportType

MOST = 3


def compose(request: ReportRequest, restated: list[Restated], user: User) -> Document:
    """Compose the document. Nine queries."""
    report = progress.build(request, user)
    paper = Paper()
    paper.say("chung", *formal.overall(report, request))
    paper.add(replace(tables.by_pillar(report), dense=True) if len(report.pillars) > 1 else None)
    paper.say("tap-trung", figures.focus(report, MOST))
    paper.add(tables.brief_focus(report, MOST))
    if report.previous is not None:
        paper.say("thay-doi", figures.changes(report, request.report_period.previous_title)[0])
    if request.subject.type in (scopes.PROVINCE, scopes.DISTRICT):
        paper.say("che-do", figures.reporting(report)[0])
    paper.room("them")
    paper.say("ket-thuc", f"{ISSUER} báo cáo tóm tắt phục vụ cuộc họp")
    return paper.document(formal.abstract(request, "Tóm tắt kết quả thực hiện "), [])


KIND = ReportType(
    id="tom-tat",
    title="Tóm tắt một trang phục vụ cuộc họp",
    summary="Một trang: số chỉ tiêu theo trạng thái, việc cần quyết, thay đổi so với kỳ trước.",
    period_types=tuple(PERIOD_TYPES),
    subjects=(scopes.PROVINCE, scopes.PILLAR, scopes.LEAD, scopes.DISTRICT),
    compose=compose,
    order=4,
    prints_results=True,
)
