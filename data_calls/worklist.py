"""Tasks of the work list that come from data calls: answer, and decide on what was answered."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import Q
from django.urls import reverse

from agencies.models import User
from agencies.roles import Role
from core import clock, formatting
from data_calls.models import OWING, AnswerState, CallAnswer, CallState
from data_calls.services import may_call
from indicators.models import Plan
from indicators.worklist.tasks_by_role import Task


def tasks_of(user: User, plans: Sequence[Plan]) -> list[Task]:
    """Return what a user owes to data calls of these plans: an answer of their agency each, and answers that wait for a decision,
    one task a call. One query, none for those who do neither."""
    mine = []
    if user.holds(Role.FOCAL) and user.agency_id:
        mine.append(Q(state__in=OWING, agency=user.agency_id))
    if may_call(user):
        mine.append(Q(state=AnswerState.SUBMITTED) & ~Q(submitted_by=user.pk))  # nobody approves their own
    if not mine:
        return []
    rows = CallAnswer.objects.filter(reduce(or_, mine), call__state=CallState.SENT, call__plan__in=plans)
    tasks: list[Task] = []
    waiting: dict[int, list[CallAnswer]] = {}
    for answer in rows.select_related("call", "agency__parent").order_by("call__due", "call", "agency__position"):
        if answer.is_owed:
            tasks.append(_answer(answer))
        else:
            waiting.setdefault(answer.call_id, []).append(answer)
    return tasks + [_decide(answers) for answers in waiting.values()]


def _answer(answer: CallAnswer) -> Task:
    today = clock.today()
    is_returned = answer.state == AnswerState.RETURNED
    title = f"{'Sửa và nộp lại' if is_returned else 'Trả lời'} yêu cầu báo cáo “{answer.call.title}”"
    why = f"Trả lại: “{answer.return_reason}”. " if is_returned else ""
    left = formatting.days_left(answer.due, today).capitalize()
    sign = "at_risk" if answer.is_overdue(today) else "pen"
    return Task(sign, title, f"{why}{left}.", "Trả lời", answer.get_absolute_url(), answer.due)


def _decide(answers: Sequence[CallAnswer]) -> Task:
    call = answers[0].call
    title = f"Duyệt {formatting.number(len(answers))} bản trả lời yêu cầu “{call.title}”"
    return Task("check", title, f"Hạn nộp {formatting.date(call.due)}.", "Xem, duyệt", f"{_url(call.pk)}?xem=cho-duyet")


def _url(pk: int) -> str:
    return reverse("data_call", args=[pk])
