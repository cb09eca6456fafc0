"""The report on reporting discipline: agencies that sent in time, late, or nothing."""

from agencies.models import User
from core import clock
from reports.dashboards.queries import timeliness
from reports.documents import scopes, tables
from reports.documents.data import progress
from reports.documents.model import Annex, Document
from reports.documents.periods import PERIOD_TYPES
from reports.documents.request import ReportRequest, Restated
from reports.documents.text import figures, formal
from reports.documents.types import Paper, ReportType


def compose(request: ReportRequest, restated: list[Restated], user: User) -> Document:
    """Compose the document. About fifteen queries."""
    today = clock.today()
    report = progress.build(request, user)
    refs = timeliness.agencies_for(
        user, request.subject.reporters(request.report_period.last_day), request.report_period.last_day
    )
    records = progress.records(request, refs, today)
    paper = Paper()
    paper.say("mo-dau", formal.opening(request, figures=False))
    paper.section("KẾT QUẢ CHUNG")
    paper.say("chung", *figures.reporting(report))
    paper.add(tables.levels(report.period, report.levels))
    paper.say("luy-ke", formal.discipline(records, request))
    paper.room("them-chung")
    paper.section("CƠ QUAN, ĐƠN VỊ CHẤP HÀNH CHƯA TỐT")
    paper.say("chua-nop", formal.unsent(report))
    paper.say("nhieu-lan", formal.least_punctual(records))
    paper.room("them-chua-tot")
    paper.section("KIẾN NGHỊ, ĐỀ XUẤT")
    paper.say("kien-nghi", formal.discipline_task(report))
    paper.room("them-kien-nghi")
    paper.say("ket-thuc", formal.closing(request))
    annex = Annex(
        f"Tình hình nộp phiếu báo cáo, {request.report_period.title}",
        (tables.reporters(records, request.report_period.own, refs),),
    )
    return paper.document(formal.abstract(request, "Chấp hành chế độ báo cáo thực hiện "), [annex])


KIND = ReportType(
    id="che-do-bao-cao",
    title="Báo cáo chấp hành chế độ báo cáo",
    summary="Đơn vị nộp đúng hạn, muộn, không nộp; phụ lục từng cơ quan, đơn vị.",
    period_types=tuple(PERIOD_TYPES),
    subjects=(scopes.PROVINCE, scopes.DISTRICT),
    compose=compose,
    order=3,
)
