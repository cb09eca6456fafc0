"""The progress report of projects and tasks, of the whole plan or of those that an agency leads."""

from agencies.models import User
from core import clock
from projects.queries import ProjectFilter, project_list
from projects.status import moment_of_report
from reports.documents import scopes, tables
from reports.documents.model import Annex, Document
from reports.documents.periods import PERIOD_TYPES
from reports.documents.request import ReportRequest, Restated
from reports.documents.text import formal
from reports.documents.types import Paper, ReportType

# The title of a report on all projects, and on some: what it is, and what it is about.
ABSTRACT = (("Tiến độ dự án, nhiệm vụ của ",), ("Tiến độ ", "dự án, nhiệm vụ"))


def compose(request: ReportRequest, restated: list[Restated], user: User) -> Document:
    """Compose the document. Six queries."""
    lead = request.subject.code if request.subject.type == scopes.LEAD else ""
    projects = project_list(
        request.plan, ProjectFilter(lead=lead), request.report_period.last_day, moment_of_report(request, clock.today())
    )
    paper = Paper()
    paper.say("mo-dau", formal.opening(request, figures=False, things="dự án, nhiệm vụ"))
    paper.section("KẾT QUẢ CHUNG")
    paper.say("chung", *formal.projects(projects, request, with_money=user.reads_everything, lead=lead))
    for code, sentence in formal.late_projects(projects):
        paper.say(f"du-an-{code}", sentence)
    paper.room("them-chung")
    paper.section("THEO NHÓM DỰ ÁN, NHIỆM VỤ")
    for number, section in enumerate(projects.sections, 1):
        paper.say(f"nhom-{number}", formal.project_section(section))
    paper.room("them-nhom")
    paper.section("KIẾN NGHỊ, ĐỀ XUẤT")
    paper.say("kien-nghi", formal.project_task(projects))
    paper.room("them-kien-nghi")
    paper.say("ket-thuc", formal.closing(request))
    annexes = [
        Annex(
            "Dự án, nhiệm vụ theo nhóm và theo cơ quan chủ trì",
            tables.project_counts(projects.summary, with_money=user.reads_everything and not lead),
            landscape=True,
        ),
        Annex(
            f"Dự án, nhiệm vụ của Kế hoạch{request.subject.of}",
            (tables.projects(projects.sections, request.report_period.last_day, projects.withdrawn),),
            landscape=True,
        ),
    ]
    return paper.document(
        formal.abstract(request, *ABSTRACT[bool(request.subject.share)]), annexes if projects.shown else []
    )


KIND = ReportType(
    id="du-an",
    title="Báo cáo tiến độ dự án, nhiệm vụ",
    summary="Số dự án, nhiệm vụ theo hạn; việc sắp đến hạn, quá hạn; phụ lục toàn bộ dự án, nhiệm vụ.",
    period_types=tuple(PERIOD_TYPES),
    subjects=(scopes.PROVINCE, scopes.LEAD),
    compose=compose,
    order=2,
)
