"""What is drafted by itself at a period's close: the province's progress report."""

import datetime as dt
import logging

from agencies.models import Event, Role, User
from agencies.notices import notify
from indicators.services import Refused
from indicators.views.selection import periods_begun
from reports import drafting, services, subjects
from reports.models import Report
from reports.spans import due_spans

log = logging.getLogger(__name__)

KIND = "tien-do"
# Spans that closed longer ago than this are nobody's news any more; they are drafted by hand.
LONGEST_AGO = dt.timedelta(days=45)


def draft_due(plan, today: dt.date) -> int:
    """Draft the reports of the plan's spans that closed of late and have none; tell the standing agency. Returns how many."""
    made = 0
    for span in due_spans(periods_begun(plan), today):
        if today - span.period.closes_on > LONGEST_AGO:
            continue
        kept = {"kind": KIND, "span": span.code, "subject": subjects.PROVINCE}
        if Report.objects.filter(plan=plan, **kept).exists():
            continue
        kind, asked = drafting.find(plan, KIND, span.code, subjects.PROVINCE, "chinh-thuc")
        try:
            version = services.draft(kind=kind, asked=asked, by=None)
        except Refused:
            log.info("Đã có báo cáo %s", span.code)
            continue
        notify(
            people=User.objects.filter(grants__role=Role.STANDING),
            event=Event.REPORT_DRAFTED,
            key=f"report:{version.pk}:drafted",
            title=f"Đã lập dự thảo: {version.report.title}",
            text="Kỳ báo cáo đã đóng. Đọc, sửa lời rồi phát hành.",
            url=version.report.get_absolute_url(),
        )
        made += 1
    return made
