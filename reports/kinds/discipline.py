"""Reporting discipline: who sent in time, who was late, who sent nothing."""

from chuyendoiso import clock
from reports import narrative, progress, subjects, tables, wording
from reports.asked import Asked
from reports.builders import reporting
from reports.documents import Annex
from reports.kinds import Kind, Paper
from reports.spans import LENGTHS


def compose(asked: Asked, restated, user):
    """The document. About fifteen queries."""
    today = clock.today()
    report = progress.build(asked, user)
    refs = reporting.agencies_for(user, asked.subject.reporters(asked.span.last_day), asked.span.last_day)
    records = progress.records(asked, refs, today)
    months = [period.number for period in asked.span.own]
    paper = Paper()
    paper.say("mo-dau", wording.opening(asked, figures=False))
    paper.section("KẾT QUẢ CHUNG")
    paper.say("chung", *narrative.reporting(report))
    paper.add(tables.levels(report.levels))
    paper.say("luy-ke", wording.discipline(records, asked))
    paper.room("them-chung")
    paper.section("CƠ QUAN, ĐƠN VỊ CHẤP HÀNH CHƯA TỐT")
    paper.say("chua-nop", wording.unsent(report))
    paper.say("nhieu-lan", wording.least_punctual(records))
    paper.room("them-chua-tot")
    paper.section("KIẾN NGHỊ, ĐỀ XUẤT")
    paper.say("kien-nghi", wording.discipline_task(report))
    paper.room("them-kien-nghi")
    paper.say("ket-thuc", wording.closing(asked))
    annex = Annex(f"Tình hình nộp phiếu báo cáo, {asked.span.title}", (tables.reporters(records, months, refs),))
    return paper.document(wording.abstract(asked, "Chấp hành chế độ báo cáo thực hiện "), [annex])


KIND = Kind(
    id="che-do-bao-cao",
    title="Báo cáo chấp hành chế độ báo cáo",
    summary="Đơn vị nộp đúng hạn, muộn, chưa nộp; phụ lục từng cơ quan, đơn vị.",
    lengths=tuple(LENGTHS),
    subjects=(subjects.PROVINCE, subjects.DISTRICT),
    compose=compose,
    order=3,
)
