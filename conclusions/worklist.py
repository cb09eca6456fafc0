"""Tasks of the work list that come from conclusions: answer, and close what was answered."""

import datetime as dt
from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import Q
from django.urls import reverse

from agencies.models import User
from conclusions.models import ANSWERERS, GIVERS, Conclusion, ConclusionState
from core import clock, formatting
from indicators.models import Plan
from indicators.worklist.tasks_by_role import Task

MOST_NAMED = 3


def tasks_of(user: User, plans: Sequence[Plan]) -> list[Task]:
    """Return what a user owes to conclusions of these plans: answers of their agency, one task each, and answers that wait to
    be closed, as one. One query, none for those who neither answer nor close."""
    mine = []
    if user.holds(*ANSWERERS) and user.agency_id:
        mine.append(Q(state=ConclusionState.OPEN, agency=user.agency_id))
    if user.holds(*GIVERS):
        mine.append(Q(state=ConclusionState.ANSWERED))
    if not mine:
        return []
    rows = list(Conclusion.objects.filter(reduce(or_, mine), plan__in=plans).with_all().order_by("due", "pk"))
    today = clock.today()
    tasks = [_answer(row, today) for row in rows if row.state == ConclusionState.OPEN]
    answered = [row for row in rows if row.state == ConclusionState.ANSWERED]
    if answered:
        names = "; ".join(f"{row.agency.short_name}: {row.subject}" for row in answered[:MOST_NAMED])
        more = f"; và {len(answered) - MOST_NAMED} ý kiến nữa" if len(answered) > MOST_NAMED else ""
        title = f"Xem kết quả thực hiện {formatting.number(len(answered))} ý kiến chỉ đạo"
        url = f"{reverse('conclusions')}?{answered[0].plan.query}&tinh-trang=cho-ket-thuc"
        tasks.append(Task("check", title, f"{names}{more}.", "Xem, kết thúc", url))
    return tasks


def _answer(row: Conclusion, today: dt.date) -> Task:
    verb = "Giải trình" if row.for_missed else "Thực hiện ý kiến chỉ đạo về"
    sign = "at_risk" if row.is_overdue(today) else "pen"
    text = f"“{row.text}” {formatting.days_left(row.due, today).capitalize()}."
    return Task(sign, f"{verb} {row.subject}", text, "Trả lời", row.get_absolute_url(), row.due)
