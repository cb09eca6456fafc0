"""Progress of projects and tasks (Phụ lục 1), of the whole plan or of those that an agency leads."""

from core import clock
from projects.queries import ProjectFilter, project_list
from projects.status import moment_of_report
from reports.documents import scopes, tables
from reports.documents.model import Annex
from reports.documents.periods import PERIOD_TYPES
from reports.documents.request import ReportRequest
from reports.documents.text import formal
from reports.documents.types import Paper, ReportType


def compose(asked: ReportRequest, restated, user):
    """The document. Six queries."""
    lead = asked.subject.code if asked.subject.type == scopes.LEAD else ""
    found = project_list(
        asked.plan, ProjectFilter(lead=lead), asked.span.last_day, moment_of_report(asked, clock.today())
    )
    paper = Paper()
    paper.say("mo-dau", formal.opening(asked, figures=False))
    paper.section("KẾT QUẢ CHUNG")
    paper.say("chung", *formal.projects(found, asked, with_money=user.reads_everything, lead=lead))
    for code, sentence in formal.late_projects(found):
        paper.say(f"du-an-{code}", sentence)
    paper.room("them-chung")
    paper.section("THEO NHÓM DỰ ÁN, NHIỆM VỤ")
    for place, section in enumerate(found.sections, 1):
        paper.say(f"nhom-{place}", formal.project_section(section))
    paper.room("them-nhom")
    paper.section("KIẾN NGHỊ, ĐỀ XUẤT")
    paper.say("kien-nghi", formal.project_task(found))
    paper.room("them-kien-nghi")
    paper.say("ket-thuc", formal.closing(asked))
    annexes = [
        Annex(
            "Dự án, nhiệm vụ theo nhóm và theo cơ quan chủ trì",
            tables.project_counts(found.summary, with_money=user.reads_everything and not lead),
            landscape=True,
        ),
        Annex(
            f"Dự án, nhiệm vụ của kế hoạch{asked.subject.of}",
            (tables.projects(found.sections, asked.span.last_day),),
            landscape=True,
        ),
    ]
    return paper.document(formal.abstract(asked, "Tiến độ dự án, nhiệm vụ của "), annexes if found.shown else [])


KIND = ReportType(
    id="du-an",
    title="Báo cáo tiến độ dự án, nhiệm vụ",
    summary="Số dự án, nhiệm vụ theo hạn; việc sắp đến hạn, quá hạn; phụ lục toàn bộ dự án, nhiệm vụ.",
    lengths=tuple(PERIOD_TYPES),
    subjects=(scopes.PROVINCE, scopes.LEAD),
    compose=compose,
    order=2,
)
