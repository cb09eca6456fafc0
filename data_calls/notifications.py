"""Notifications about data calls: asked, changed, due, reminded, filled in by another, decided on."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import QuerySet

from agencies.models import User
from core import formatting
from core.notifications.events import Event, Group, register
from core.notifications.services import notify
from data_calls.models import AnswerState, CallAnswer, CallState, DataCall

CALLS = Group("data_calls", "Yêu cầu báo cáo đột xuất, chuyên đề", 11)
ASKED = register(Event("data_call_asked", "Có yêu cầu báo cáo", CALLS, urgent=True, icon="pen", tone="at_risk"))
CHANGED = register(Event("data_call_changed", "Yêu cầu báo cáo được gia hạn, rút, kết thúc", CALLS, urgent=True))
DUE = register(Event("data_call_due", "Yêu cầu báo cáo sắp đến hạn, quá hạn", CALLS, icon="clock", tone="behind"))
REMINDED = register(Event("data_call_reminded", "Được nhắc trả lời", CALLS, urgent=True, icon="clock", tone="behind"))
FILLED_IN = register(Event("data_call_filled_in", "Bản trả lời được nhập thay", CALLS))
DECIDED = register(Event("data_call_decided", "Bản trả lời được duyệt, trả lại", CALLS, urgent=True))

CHANGE_WORDS = {CallState.SENT: "Gia hạn", CallState.WITHDRAWN: "Đã rút", CallState.CLOSED: "Đã kết thúc"}


def asked(call: DataCall, agencies: Iterable[int], *, by: User | None) -> None:
    """Notify the focal points of agencies that are asked."""
    notify(
        people=_focal_points(agencies),
        event=ASKED,
        key=f"data-call:{call.pk}",
        title=_title("Cần trả lời", call),
        text=f"{call.text}\nHạn nộp: {formatting.date(call.due)}.",
        url=call.get_absolute_url(),
        by=by,
    )


def changed(call: DataCall, agencies: Iterable[int], *, by: User) -> None:
    """Notify agencies that still owe an answer that the call got another day, was withdrawn or closed."""
    until = f"\nHạn nộp mới: {formatting.date(call.due)}." if call.is_running else ""
    notify(
        people=_focal_points(agencies),
        event=CHANGED,
        key=f"data-call:{call.pk}:{call.revision}",
        title=_title(CHANGE_WORDS[CallState(call.state)], call),
        text=f"{call.reason}{until}".strip(),
        url=call.get_absolute_url(),
        by=by,
    )


def due(answer: CallAnswer, today: dt.date) -> None:
    """Notify an agency, once before its day and once after it."""
    stage = "overdue" if answer.is_overdue(today) else "soon"
    notify(
        people=_focal_points([answer.agency_id]),
        event=DUE,
        key=f"data-call:{answer.pk}:{answer.due}:{stage}",
        title=_title(f"{formatting.days_left(answer.due, today).capitalize()}:", answer.call),
        text=answer.call.text,
        url=answer.get_absolute_url(),
    )


def reminded(call: DataCall, agencies: Iterable[int], *, today: dt.date, by: User) -> None:
    """Notify agencies that the standing agency reminds them of their answers, once a day."""
    notify(
        people=_focal_points(agencies),
        event=REMINDED,
        key=f"data-call-reminded:{call.pk}:{today}",
        title=_title(f"{by.agency.full_name if by.agency else by} nhắc trả lời", call),
        text=f"Hạn nộp: {formatting.date(call.due)}. Vướng mắc thì liên hệ {by}{f', {by.phone}' if by.phone else ''}.",
        url=call.get_absolute_url(),
        by=by,
    )


def filled_in(answer: CallAnswer, *, by: User) -> None:
    """Notify an agency's focal points that another office entered its answer, to be checked and submitted by them."""
    notify(
        people=_focal_points([answer.agency_id]),
        event=FILLED_IN,
        key=f"data-call:{answer.pk}:{answer.revision}",
        title=_title(f"{by.agency.full_name if by.agency else by} đã nhập thay", answer.call),
        text="Bản trả lời chưa nộp. Kiểm tra, sửa nếu cần, rồi nộp.",
        url=answer.get_absolute_url(),
        by=by,
    )


def decided(answer: CallAnswer, *, by: User) -> None:
    """Notify an agency that its answer was approved or sent back."""
    is_returned = answer.state == AnswerState.RETURNED
    until = f"\nSửa rồi nộp lại đến hết ngày {formatting.date(answer.due)}."
    notify(
        people=_focal_points([answer.agency_id]),
        event=DECIDED,
        key=f"data-call:{answer.pk}:{answer.revision}",
        title=_title("Trả lại bản trả lời" if is_returned else "Đã duyệt bản trả lời", answer.call),
        text=f"{answer.return_reason}{until}" if is_returned else "",
        url=answer.get_absolute_url(),
        by=by,
    )


def _title(opening: str, call: DataCall) -> str:
    return f"{opening} yêu cầu báo cáo “{call.title}”"[:200]


def _focal_points(agencies: Iterable[int]) -> QuerySet[User]:
    return User.objects.focal_points_of(*agencies).distinct()
