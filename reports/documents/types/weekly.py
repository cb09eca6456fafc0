"""The weekly report: what changed in the week, what falls due in the next, what is late."""

from agencies.models import User
from reports.dashboards.queries import timeliness
from reports.documents import scopes, sections, tables
from reports.documents.data import progress
from reports.documents.data.conclusions import conclusions_of, documents_of
from reports.documents.data.week import events_of
from reports.documents.model import Document
from reports.documents.periods import WEEK
from reports.documents.request import ReportRequest, Restated
from reports.documents.text import figures, formal, outlook, weekly
from reports.documents.types import Paper, ReportType
from reports.documents.types.progress import issuer_of_subject, projects_of

# The number of targets in the table of those that need attention.
MOST_TARGETS = 6


def compose(request: ReportRequest, restated: list[Restated], user: User) -> Document:
    """Compose the document. About twenty queries, whatever the number of agencies."""
    subject, week = request.subject, request.report_period
    report, projects, orders = progress.build(request, user), projects_of(request), conclusions_of(request)
    refs = timeliness.agencies_for(user, subject.reporters(request.period.window_last), request.period.window_last)
    rows = projects.rows if projects is not None else []
    events = events_of(request, refs, {row.project.pk for row in rows})
    paper = Paper()
    paper.say("mo-dau", *weekly.opening(request, report))

    paper.section("KẾT QUẢ TRONG TUẦN")
    for code, sentence in outlook.documents(documents_of(request), "tuần"):
        paper.say(code, sentence)
    paper.say("chi-dao", weekly.conclusions(orders, request))
    if subject.type not in scopes.PARTS:
        paper.say("phieu", weekly.reports_of(events))
    for number, sentence in enumerate(weekly.done(events), 1):
        paper.say(f"moc-{number}", sentence)
    paper.say("chung", *formal.overall(report, request))
    paper.add(tables.by_pillar(report) if len(report.pillars) > 1 else None)
    paper.say("dieu-chinh", weekly.changed(restated))
    paper.add(tables.restated(restated))
    paper.room("them-ket-qua")

    paper.section("VIỆC ĐẾN HẠN TRONG TUẦN TỚI")
    due = outlook.due_next(report.lines, rows, orders, week.last_day, events.until)
    for number, sentence in enumerate(weekly.coming(due, events), 1):
        paper.say(f"den-han-{number}", sentence)
    paper.room("them-den-han")

    paper.section("VIỆC CHẬM, CẦN TẬP TRUNG")
    paper.say("chi-tieu", figures.focus(report, MOST_TARGETS))
    paper.add(tables.focus(report, MOST_TARGETS))
    paper.say("chua-nop", weekly.unsent(report) if subject.type not in scopes.PARTS else "")
    for number, sentence in enumerate(weekly.late(rows, orders, request), 1):
        paper.say(f"cham-{number}", sentence)
    paper.room("them-cham")

    paper.section("ĐỀ XUẤT, KIẾN NGHỊ", sections.REQUESTS)
    issuer = issuer_of_subject(subject)
    for number, sentence in enumerate(outlook.requests(report, rows, subject, issuer, events.until), 1):
        paper.say(f"kien-nghi-{number}", sentence)
    paper.room("them-kien-nghi")
    paper.say("ket-thuc", weekly.closing(request))
    return paper.document(formal.abstract(request, "Tình hình thực hiện "), [])


KIND = ReportType(
    id="tuan",
    title="Báo cáo tuần",
    summary="Việc đổi trong tuần, việc đến hạn tuần tới, việc chậm; số liệu đến ngày gần nhất đã đủ.",
    period_types=(WEEK.code,),
    subjects=(scopes.PROVINCE, scopes.PILLAR, scopes.LEAD, scopes.DISTRICT),
    compose=compose,
    order=5,
)
