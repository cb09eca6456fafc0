"""Automatic drafts at a period's close: the province's progress report."""

import datetime as dt
import logging

from indicators.errors import ActionNotAllowed
from indicators.models import Plan
from indicators.selection import periods_begun
from reports.documents import composition, scopes, services
from reports.documents.periods import due_periods
from reports.models import Report

log = logging.getLogger(__name__)

KIND = "tien-do"
# Reports of periods that closed longer ago than this are drafted by hand only.
LONGEST_AGO = dt.timedelta(days=45)


def draft_due(plan: Plan, today: dt.date) -> int:
    """Draft the reports of the plan's report periods that closed recently and have none; the standing agency is
    notified of each. One that cannot be drafted does not stop the others, and is tried again the next time. Return the
    number of drafts made."""
    made = 0
    for report_period in due_periods(periods_begun(plan), today):
        if today - report_period.period.closes_on > LONGEST_AGO:
            continue
        key = {"kind": KIND, "span": report_period.code, "subject": scopes.PROVINCE}
        if Report.objects.filter(plan=plan, **key).exists():
            continue
        try:
            type_and_request = composition.find(plan, KIND, report_period.code, scopes.PROVINCE, "chinh-thuc")
            if type_and_request is None:
                raise ValueError(f"no report of {report_period.code}")
            services.draft(kind=type_and_request[0], report_request=type_and_request[1], by=None)
        except ActionNotAllowed:
            log.info("Đã có báo cáo %s", report_period.code)
        except Exception:
            log.exception("Không lập được dự thảo báo cáo %s; ngày mai sẽ lập lại", report_period.code)
        else:
            made += 1
    return made
