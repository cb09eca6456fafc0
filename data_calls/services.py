"""The life of a data call: composed, sent, extended, withdrawn, closed, copied; its agencies reminded and succeeded."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from agencies.models import Agency, Succession, User
from agencies.roles import Role
from core import clock, formatting
from core.audit.services import audit
from data_calls import notifications
from data_calls.audience import Audience
from data_calls.audit_acts import DataCallAct
from data_calls.models import OWING, AnswerState, CallAnswer, CallField, CallReminder, CallState, DataCall
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Plan
from indicators.periods import plan_guard

# The longest time that agencies are given.
MOST_DAYS = 366
MOST_FIELDS = 40
CONFLICT = "Có người vừa ghi vào yêu cầu này. Chưa lưu gì; xem lại rồi lưu lần nữa."
NOTHING = "Không có gì thay đổi."
OVER = f"Yêu cầu này không còn thu nữa. {NOTHING}"


@dataclass(frozen=True)
class Content:
    """The content of a call as its composer enters it. fields: the values of each question's columns, in their order."""

    kind: str
    title: str
    text: str
    due: dt.date
    ground: str = ""
    audience: Audience = Audience()
    fields: Sequence[dict[str, Any]] = field(default_factory=tuple)


def may_call(user: User) -> bool:
    """Return whether a person composes calls and decides on answers: the standing agency."""
    return user.is_active and user.holds(Role.STANDING)


@transaction.atomic
def compose(
    *,
    plan: Plan,
    content: Content,
    by: User,
    call: DataCall | None = None,
    seen: int | None = None,
    address: str | None = None,
) -> DataCall:
    """Store a call that is being composed; its questions are replaced. Raises ActionNotAllowed, EditConflict."""
    _require(by)
    if call is None:
        plan_guard.require_open(plan, reports=True)
        call = DataCall(plan=plan, made_by=by, made_at=clock.now())
    else:
        call = locked(call, seen)
        if not call.is_draft:
            raise ActionNotAllowed(f"Yêu cầu này đã gửi nên không sửa câu hỏi được nữa; sao chép để gửi lại. {NOTHING}")
        call.revision += 1
    if len(content.fields) > MOST_FIELDS:
        raise ActionNotAllowed(f"Mỗi yêu cầu có tối đa {MOST_FIELDS} câu hỏi. Chưa lưu gì.")
    call.kind, call.title, call.text, call.ground = content.kind, content.title, content.text, content.ground
    call.due, call.audience = content.due, content.audience.stored
    call.save()
    call.fields.all().delete()
    CallField.objects.bulk_create(
        CallField(call=call, position=number, **values) for number, values in enumerate(content.fields, 1)
    )
    audit(by=by, act=DataCallAct.DRAFT, label=str(call), address=address)
    return call


@transaction.atomic
def drop(*, call: DataCall, by: User, address: str | None = None) -> None:
    """Throw away a call that was never sent. Raises ActionNotAllowed."""
    _require(by)
    stored = locked(call)
    if not stored.is_draft:
        raise ActionNotAllowed(f"Yêu cầu này đã gửi; rút kèm lý do nếu không cần nữa. {NOTHING}")
    audit(by=by, act=DataCallAct.DROP, label=str(stored), address=address)
    stored.delete()


@transaction.atomic
def copy(*, call: DataCall, plan: Plan, by: User, address: str | None = None) -> DataCall:
    """Compose a new call with the content of another, of any state. Raises ActionNotAllowed."""
    today = clock.today()
    questions = [{name: getattr(one, name) for name in FIELD_COLUMNS} for one in call.fields.all()]
    content = Content(
        kind=call.kind,
        title=call.title,
        text=call.text,
        ground=call.ground,
        due=max(call.due, today),
        audience=Audience.read(call.audience),
        fields=questions,
    )
    return compose(plan=plan, content=content, by=by, address=address)


FIELD_COLUMNS = ("label", "kind", "is_required", "help_text", "unit", "places", "minimum", "maximum", "choices")


@transaction.atomic
def send(*, call: DataCall, by: User, seen: int | None = None, address: str | None = None) -> DataCall:
    """Send a call to its agencies, who are notified. Raises ActionNotAllowed, EditConflict."""
    _require(by)
    stored = locked(call, seen)
    if not stored.is_draft:
        raise ActionNotAllowed(f"Yêu cầu này đã gửi trước đó. {NOTHING}")
    _check_due(stored.due)
    if not stored.fields.exists():
        raise ActionNotAllowed("Yêu cầu chưa có câu hỏi nào. Chưa gửi.")
    agencies = Audience.read(stored.audience).members()
    if not agencies:
        raise ActionNotAllowed("Chưa chọn đơn vị nào. Chưa gửi.")
    stored.state, stored.sent_at, stored.revision = CallState.SENT, clock.now(), stored.revision + 1
    stored.save()
    CallAnswer.objects.bulk_create(CallAnswer(call=stored, agency=agency) for agency in agencies)
    audit(
        by=by,
        act=DataCallAct.SEND,
        label=str(stored),
        address=address,
        agencies=[agency.code for agency in agencies],
        due=formatting.date(stored.due),
    )
    notifications.asked(stored, [agency.pk for agency in agencies], by=by)
    return stored


@transaction.atomic
def extend(
    *, call: DataCall, due: dt.date, reason: str, by: User, seen: int | None = None, address: str | None = None
) -> DataCall:
    """Give all agencies more time. Raises ActionNotAllowed, EditConflict."""
    stored = _running(call, by, seen)
    _check_due(due)
    if due <= stored.due:
        raise ActionNotAllowed(f"Hạn mới phải sau hạn đang có ({formatting.date(stored.due)}). {NOTHING}")
    changes = {"hạn nộp": [formatting.date(stored.due), formatting.date(due)]}
    stored.due, stored.reason = due, reason
    _store(stored, DataCallAct.EXTEND, by, address, changes)
    return stored


@transaction.atomic
def withdraw(*, call: DataCall, reason: str, by: User, seen: int | None = None, address: str | None = None) -> DataCall:
    """Take a call back; what was answered stays to be read. Raises ActionNotAllowed, EditConflict."""
    return _end(call, CallState.WITHDRAWN, DataCallAct.WITHDRAW, reason, by, seen, address)


@transaction.atomic
def close(
    *, call: DataCall, by: User, reason: str = "", seen: int | None = None, address: str | None = None
) -> DataCall:
    """End a call; nothing more is answered. Raises ActionNotAllowed, EditConflict."""
    return _end(call, CallState.CLOSED, DataCallAct.CLOSE, reason, by, seen, address)


@transaction.atomic
def print_in_reports(*, call: DataCall, printed: bool, by: User, address: str | None = None) -> DataCall:
    """Choose whether the progress report of the province tells of a call. Raises ActionNotAllowed."""
    _require(by)
    stored = locked(call)
    if stored.state not in (CallState.SENT, CallState.CLOSED):
        raise ActionNotAllowed(f"Chỉ yêu cầu đang thu hoặc đã kết thúc đưa vào báo cáo được. {NOTHING}")
    stored.in_reports = printed
    stored.revision += 1
    stored.save(update_fields=["in_reports", "revision"])
    shown = {True: "có", False: "không"}
    changes = {"đưa vào báo cáo": [shown[not printed], shown[printed]]}
    audit(by=by, act=DataCallAct.PRINT, label=str(stored), address=address, changes=changes)
    return stored


@transaction.atomic
def remind(*, call: DataCall, by: User, address: str | None = None) -> list[CallReminder]:
    """Remind the agencies that owe an answer and were not reminded today; return the reminders. Raises ActionNotAllowed."""
    stored = _running(call, by)
    hand_over(stored)
    today, now = clock.today(), clock.now()
    owing = list(owed_today(stored))
    agencies = [answer.agency_id for answer in owing]
    recipients: dict[int | None, int] = {}
    for agency in User.objects.focal_points_of(*agencies).distinct().values_list("agency", flat=True):
        recipients[agency] = recipients.get(agency, 0) + 1
    notifications.reminded(stored, agencies, today=today, by=by)
    made = [
        CallReminder(answer=answer, day=today, recipients=recipients.get(answer.agency_id, 0), at=now, by=by)
        for answer in owing
    ]
    CallReminder.objects.bulk_create(made)
    if made:
        codes = [answer.agency.code for answer in owing]
        label = f"{formatting.number(len(made))} đơn vị, {stored}"
        audit(by=by, act=DataCallAct.REMIND, label=label, address=address, agencies=codes)
    return made


def owed_today(call: DataCall) -> QuerySet[CallAnswer]:
    """The answers of a call that are owed and whose agency was not reminded today."""
    reminded = CallReminder.objects.filter(answer__call=call, day=clock.today()).values("answer")
    return call.answers.filter(state__in=OWING).exclude(pk__in=reminded).select_related("agency")


@transaction.atomic
def hand_over(call: DataCall) -> int:
    """Ask the successors of agencies that ended before they answered; return how many agencies ended. A successor that is
    asked already is not asked twice; an agency without successor is only marked."""
    today = clock.today()
    owing = call.answers.filter(state__in=OWING, agency__last_day__lt=today)
    if not owing.exists() or not locked(call).is_running:
        return 0
    # Under the lock: an answer that was submitted meanwhile stays with its agency.
    ended = list(owing.select_for_update(of=("self",)).select_related("agency"))
    present = set(call.answers.values_list("agency", flat=True))
    for answer in ended:
        new = [agency for agency in _successors(answer.agency, today) if agency.pk not in present]
        present |= {agency.pk for agency in new}
        CallAnswer.objects.bulk_create(CallAnswer(call=call, agency=agency, asked_for=answer.agency) for agency in new)
        answer.state, answer.revision = AnswerState.MOVED, answer.revision + 1
        answer.save(update_fields=["state", "revision"])
        audit(
            by=None,
            act=DataCallAct.HAND_OVER,
            label=f"{call}, {answer.agency.full_name}",
            agencies=[agency.code for agency in new],
        )
        notifications.asked(call, [agency.pk for agency in new], by=None)
    return len(ended)


def _successors(agency: Agency, day: dt.date) -> list[Agency]:
    """Return the agencies in force that took over from an ended one, also through others that have ended meanwhile."""
    successors: dict[int, Agency] = {}
    todo, known = [agency.pk], {agency.pk}
    while todo:
        rows = Succession.objects.filter(before__in=todo, first_day__lte=day).select_related("after")
        todo = []
        for after in (row.after for row in rows):
            if after.pk in known:
                continue
            known.add(after.pk)
            if after.last_day is None or after.last_day >= day:
                successors[after.pk] = after
            else:
                todo.append(after.pk)
    return list(successors.values())


def locked(call: DataCall, seen: int | None = None) -> DataCall:
    """Return a call, locked, of a plan that may be written. Raises ActionNotAllowed, EditConflict."""
    rows = DataCall.objects.select_for_update(of=("self",)).select_related("plan")
    stored = rows.filter(pk=call.pk).first()
    if stored is None:
        raise ActionNotAllowed(f"Yêu cầu này không còn nữa. {NOTHING}")
    plan_guard.require_open(stored.plan, reports=True)
    if seen is not None and seen != stored.revision:
        raise EditConflict(CONFLICT, stored)
    return stored


def _running(call: DataCall, by: User, seen: int | None = None) -> DataCall:
    _require(by)
    stored = locked(call, seen)
    if not stored.is_running:
        raise ActionNotAllowed(OVER)
    return stored


def _end(
    call: DataCall,
    state: CallState,
    act: DataCallAct,
    reason: str,
    by: User,
    seen: int | None,
    address: str | None,
) -> DataCall:
    stored = _running(call, by, seen)
    reason = reason.strip()
    if state == CallState.WITHDRAWN and not reason:
        raise ActionNotAllowed("Ghi rõ lý do.")
    changes = {"tình trạng": [CallState(stored.state).label, state.label]}
    stored.state, stored.reason, stored.ended_at = state, reason, clock.now()
    if state == CallState.WITHDRAWN:
        stored.in_reports = False
    _store(stored, act, by, address, changes)
    return stored


def _store(call: DataCall, act: DataCallAct, by: User, address: str | None, changes: dict[str, list[str]]) -> None:
    """Store a call that changed, and tell the agencies that still owe an answer."""
    call.revision += 1
    call.save()
    audit(by=by, act=act, label=str(call), address=address, reason=call.reason, changes=changes)
    owing: Collection[int] = list(call.answers.filter(state__in=OWING).values_list("agency", flat=True))
    notifications.changed(call, owing, by=by)


def _require(by: User) -> None:
    if not may_call(by):
        raise ActionNotAllowed(f"Chỉ cơ quan thường trực gửi yêu cầu báo cáo. {NOTHING}")


def _check_due(due: dt.date) -> None:
    """Raise ActionNotAllowed for a day by which nobody can answer, or that nobody follows."""
    today = clock.today()
    last = today + dt.timedelta(days=MOST_DAYS)
    if not today <= due <= last:
        within = f"từ hôm nay ({formatting.date(today)}) đến {formatting.date(last)}"
        raise ActionNotAllowed(f"Hạn nộp phải {within}.")
