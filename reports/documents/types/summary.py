"""The one-page summary for a meeting: five lines of verdict, then what has to be decided, by whom and until when."""

from dataclasses import replace

from agencies.models import User
from core import clock
from reports.documents import scopes, tables
from reports.documents.data import progress
from reports.documents.data.conclusions import conclusions_of
from reports.documents.data.outlook import next_period
from reports.documents.model import ISSUER, Document
from reports.documents.periods import PERIOD_TYPES
from reports.documents.request import ReportRequest, Restated
from reports.documents.text import formal, outlook
from reports.documents.types import Paper, ReportType
from reports.documents.types.progress import projects_of


def compose(request: ReportRequest, restated: list[Restated], user: User) -> Document:
    """Compose the document. About seventeen queries."""
    report, projects, today = progress.build(request, user), projects_of(request), clock.today()
    paper = Paper()
    lines = [
        *outlook.verdict(report, request.report_period.previous_title)[:1],
        outlook.reached(report, with_names=False),
        outlook.moves(report, request.report_period.previous_title),
        formal.projects_in_brief(projects, with_money=user.reads_everything) if projects is not None else "",
        outlook.discipline(report) if request.subject.type in (scopes.PROVINCE, scopes.DISTRICT) else "",
    ]
    for number, line in enumerate(filter(None, lines), 1):
        paper.say(f"nhan-dinh-{number}", f"- {line}")
    rows, coming = projects.rows if projects is not None else [], next_period(request)
    until = coming.due_on if coming is not None and coming.due_on > today else None
    decided = tables.decisions(report, rows, conclusions_of(request), today, until)
    paper.say("can-quyet", outlook.to_decide(len(decided.rows), len(report.bad)))
    paper.add(decided)
    paper.room("them")
    paper.say("ket-thuc", f"{ISSUER} báo cáo tóm tắt phục vụ cuộc họp")
    return replace(paper.document(formal.abstract(request, "Tóm tắt kết quả thực hiện "), []), is_one_page=True)


KIND = ReportType(
    id="tom-tat",
    title="Tóm tắt một trang phục vụ cuộc họp",
    summary="Một trang: năm dòng nhận định; việc cần quyết, cơ quan nào, đến khi nào.",
    period_types=tuple(PERIOD_TYPES),
    subjects=(scopes.PROVINCE, scopes.PILLAR, scopes.LEAD, scopes.DISTRICT),
    compose=compose,
    order=4,
    prints_results=True,
)
