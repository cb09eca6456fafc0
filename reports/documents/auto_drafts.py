"""What is drafted by itself at a period's close: the province's progress report."""

import datetime as dt
import logging

from indicators.errors import ActionNotAllowed
from indicators.selection import periods_begun
from reports.documents import composition, scopes, services
from reports.documents.periods import due_periods
from reports.models import Report

log = logging.getLogger(__name__)

KIND = "tien-do"
# Spans that closed longer ago than this are nobody's news any more; they are drafted by hand.
LONGEST_AGO = dt.timedelta(days=45)


def draft_due(plan, today: dt.date) -> int:
    """Draft the reports of the plan's spans that closed of late and have none; the standing agency is told of each. One that
    cannot be drafted stops no other, and is tried again the next time. Returns how many were made."""
    made = 0
    for span in due_periods(periods_begun(plan), today):
        if today - span.period.closes_on > LONGEST_AGO:
            continue
        kept = {"kind": KIND, "span": span.code, "subject": scopes.PROVINCE}
        if Report.objects.filter(plan=plan, **kept).exists():
            continue
        try:
            kind, asked = composition.find(plan, KIND, span.code, scopes.PROVINCE, "chinh-thuc")
            services.draft(kind=kind, asked=asked, by=None)
        except ActionNotAllowed:
            log.info("Đã có báo cáo %s", span.code)
        except Exception:
            log.exception("Không lập được dự thảo báo cáo %s; ngày mai sẽ lập lại", span.code)
        else:
            made += 1
    return made
