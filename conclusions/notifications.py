"""Notifications about conclusions: given, answered, decided on, due."""

import datetime as dt

from django.db.models import QuerySet

from agencies.models import User
from conclusions.models import ANSWERERS, GIVERS, Conclusion, ConclusionState, ConclusionStep
from core import formatting
from core.notifications.events import Event, Group, register
from core.notifications.services import notify

CONCLUSIONS = Group("conclusions", "Kết luận, chỉ đạo của lãnh đạo", 10)
GIVEN = register(Event("conclusion_given", "Có ý kiến chỉ đạo", CONCLUSIONS, urgent=True, icon="pen", tone="at_risk"))
ANSWERED = register(Event("conclusion_answered", "Ý kiến chỉ đạo có trả lời", CONCLUSIONS, icon="check"))
DECIDED = register(Event("conclusion_decided", "Ý kiến chỉ đạo được xem xét", CONCLUSIONS, urgent=True))
DUE = register(Event("conclusion_due", "Ý kiến chỉ đạo sắp đến hạn, quá hạn", CONCLUSIONS, icon="clock", tone="behind"))

DECISION_WORDS = {
    ConclusionStep.Kind.SEND_BACK: "Yêu cầu thực hiện tiếp ý kiến chỉ đạo",
    ConclusionStep.Kind.CLOSE: "Đã kết thúc ý kiến chỉ đạo",
    ConclusionStep.Kind.WITHDRAW: "Đã rút ý kiến chỉ đạo",
}


def given(conclusion: Conclusion, *, by: User | None) -> None:
    """Notify the responsible agency's people."""
    opening = "Cần giải trình" if conclusion.for_missed else "Ý kiến chỉ đạo về"
    notify(
        people=_answerers(conclusion),
        event=GIVEN,
        key=f"conclusion:{conclusion.pk}",
        title=f"{opening} {conclusion.subject}",
        text=f"{conclusion.text}\nHạn: {formatting.date(conclusion.due)}.",
        url=conclusion.get_absolute_url(),
        by=by,
    )


def answered(conclusion: Conclusion, step: ConclusionStep) -> None:
    """Notify who gave the conclusion; the leaders and the standing agency of one that nobody gave."""
    people = User.objects.filter(is_active=True)
    if conclusion.given_by_id is not None:
        people = people.filter(pk=conclusion.given_by_id)
    else:
        people = people.filter(user_roles__role__in=GIVERS).distinct()
    notify(
        people=people,
        event=ANSWERED,
        key=f"conclusion:{conclusion.pk}:{conclusion.revision}",
        title=f"{conclusion.agency.name} trả lời ý kiến chỉ đạo về {conclusion.subject}",
        text=step.words,
        url=conclusion.get_absolute_url(),
        by=step.by,
    )


def decided(conclusion: Conclusion, step: ConclusionStep) -> None:
    """Notify the responsible agency that it was sent back, closed or withdrawn."""
    until = f"\nHạn: {formatting.date(conclusion.due)}." if conclusion.state == ConclusionState.OPEN else ""
    notify(
        people=_answerers(conclusion),
        event=DECIDED,
        key=f"conclusion:{conclusion.pk}:{conclusion.revision}",
        title=f"{DECISION_WORDS[ConclusionStep.Kind(step.kind)]} về {conclusion.subject}",
        text=f"{step.text}{until}".strip(),
        url=conclusion.get_absolute_url(),
        by=step.by,
    )


def due(conclusion: Conclusion, today: dt.date) -> None:
    """Notify the responsible agency, once before its day and once after it."""
    left = formatting.days_left(conclusion.due, today)
    stage = "overdue" if conclusion.is_overdue(today) else "soon"
    notify(
        people=_answerers(conclusion),
        event=DUE,
        key=f"conclusion:{conclusion.pk}:{conclusion.due}:{stage}",
        title=f"Ý kiến chỉ đạo về {conclusion.subject}: {left}",
        text=conclusion.text,
        url=conclusion.get_absolute_url(),
    )


def _answerers(conclusion: Conclusion) -> QuerySet[User]:
    """The people of the responsible agency who answer."""
    people = User.objects.filter(is_active=True, agency=conclusion.agency_id)
    return people.filter(user_roles__role__in=ANSWERERS).distinct()
