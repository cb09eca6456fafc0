"""One page for a meeting: how many targets stand how, which need a decision, who is missing."""

from dataclasses import replace

from reports import narrative, progress, subjects, tables, wording
from reports.asked import Asked
from reports.documents import ISSUER
from reports.kinds import Kind, Paper
from reports.spans import LENGTHS

MOST = 3


def compose(asked: Asked, restated, user):
    """The document. Nine queries."""
    report = progress.build(asked, user)
    paper = Paper()
    paper.say("chung", *wording.overall(report, asked))
    paper.add(replace(tables.by_pillar(report), dense=True) if len(report.pillars) > 1 else None)
    paper.say("tap-trung", narrative.focus(report, MOST))
    paper.add(tables.brief_focus(report, MOST))
    if report.previous is not None:
        paper.say("thay-doi", narrative.changes(report, asked.span.previous_title)[0])
    if asked.subject.type in (subjects.PROVINCE, subjects.DISTRICT):
        paper.say("che-do", narrative.reporting(report)[0])
    paper.room("them")
    paper.say("ket-thuc", f"{ISSUER} báo cáo tóm tắt phục vụ cuộc họp")
    return paper.document(wording.abstract(asked, "Tóm tắt kết quả thực hiện "), [])


KIND = Kind(
    id="tom-tat",
    title="Tóm tắt một trang phục vụ cuộc họp",
    summary="Một trang: số mục tiêu theo trạng thái, việc cần quyết, thay đổi so với kỳ trước.",
    lengths=tuple(LENGTHS),
    subjects=(subjects.PROVINCE, subjects.PILLAR, subjects.LEAD, subjects.DISTRICT),
    compose=compose,
    order=4,
)
