"""Giving a conclusion, answering it, and deciding on the answer."""

import datetime as dt

from django.db import transaction

from agencies.models import Agency, User
from conclusions import notifications
from conclusions.audit_acts import ConclusionAct
from conclusions.models import ANSWERERS, GIVERS, Conclusion, ConclusionState, ConclusionStep
from core import clock, formatting
from core.audit.services import audit
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Plan, Target
from indicators.periods import plan_guard
from projects.models import Project

# The longest time that an agency is given.
MOST_DAYS = 366
CONFLICT = "Có người vừa ghi vào ý kiến chỉ đạo này. Chưa lưu gì; xem lại rồi lưu lần nữa."
DECISIONS = {
    ConclusionStep.Kind.SEND_BACK: (ConclusionState.OPEN, ConclusionAct.SEND_BACK),
    ConclusionStep.Kind.CLOSE: (ConclusionState.CLOSED, ConclusionAct.CLOSE),
    ConclusionStep.Kind.WITHDRAW: (ConclusionState.WITHDRAWN, ConclusionAct.WITHDRAW),
}


def may_give(user: User) -> bool:
    """Return whether a person may give conclusions and decide on answers: leaders and the standing agency."""
    return user.is_active and user.holds(*GIVERS)


def may_answer(user: User, conclusion: Conclusion) -> bool:
    """Return whether a person may answer: the focal points and lead's people of the responsible agency."""
    return user.is_active and user.agency_id == conclusion.agency_id and user.holds(*ANSWERERS)


@transaction.atomic
def give(
    *,
    plan: Plan,
    text: str,
    agency: Agency,
    due: dt.date,
    by: User,
    target: Target | None = None,
    project: Project | None = None,
    address: str | None = None,
) -> Conclusion:
    """Give a conclusion on a target or a project of a plan. Raises ActionNotAllowed without a right or a text, for an agency
    that has ended, and for a day that is over or too far."""
    if not may_give(by):
        raise ActionNotAllowed("Chỉ lãnh đạo và cơ quan thường trực ra ý kiến chỉ đạo. Không có gì thay đổi.")
    plan_guard.require_open(plan, reports=True)
    text, today = text.strip(), clock.today()
    if not text:
        raise ActionNotAllowed("Ghi nội dung chỉ đạo.")
    if not Agency.objects.in_force(today).filter(pk=agency.pk).exists():
        raise ActionNotAllowed("Cơ quan này đã kết thúc. Chưa lưu gì; chọn cơ quan khác.")
    _check_due(due, today)
    made = Conclusion.objects.create(
        plan=plan,
        target=target,
        project=project,
        text=text,
        agency=agency,
        due=due,
        given_by=by,
        given_at=clock.now(),
    )
    audit(by=by, act=ConclusionAct.GIVE, label=str(made), address=address, reason=text, changes=_owed(made))
    notifications.given(made, by=by)
    return made


@transaction.atomic
def answer(
    *,
    conclusion: Conclusion,
    by: User,
    text: str = "",
    cause: str = "",
    remedy: str = "",
    owner: str = "",
    finish_on: dt.date | None = None,
    seen: int | None = None,
    address: str | None = None,
) -> Conclusion:
    """Answer a conclusion for its agency; about a missed target with cause, remedy, owner and day. seen: the revision that
    the person looked at. Raises ActionNotAllowed without a right or a part of the answer, and where it waits for no answer,
    EditConflict where another person wrote in between."""
    stored = _locked(conclusion, seen)
    if not may_answer(by, stored):
        raise ActionNotAllowed("Chỉ đơn vị được giao trả lời ý kiến chỉ đạo này. Không có gì thay đổi.")
    if stored.state != ConclusionState.OPEN:
        raise ActionNotAllowed("Ý kiến chỉ đạo này không chờ trả lời nữa. Không có gì thay đổi.")
    text, cause, remedy, owner = text.strip(), cause.strip(), remedy.strip(), owner.strip()
    if stored.for_missed:
        if not (cause and remedy and owner and finish_on):
            raise ActionNotAllowed("Ghi đủ nguyên nhân, biện pháp, người chịu trách nhiệm và ngày hoàn thành.")
    elif not text:
        raise ActionNotAllowed("Ghi kết quả thực hiện.")
    step = ConclusionStep(
        conclusion=stored,
        kind=ConclusionStep.Kind.ANSWER,
        text=text,
        cause=cause,
        remedy=remedy,
        owner=owner,
        finish_on=finish_on,
        by=by,
        at=clock.now(),
    )
    _store(stored, step, ConclusionState.ANSWERED, ConclusionAct.ANSWER, address)
    notifications.answered(stored, step)
    return stored


@transaction.atomic
def decide(
    *,
    conclusion: Conclusion,
    kind: ConclusionStep.Kind,
    by: User,
    text: str = "",
    due: dt.date | None = None,
    seen: int | None = None,
    address: str | None = None,
) -> Conclusion:
    """Send an answer back (with a reason and a day), close a conclusion that was answered, or withdraw one (with a reason).

    Raises ActionNotAllowed without a right, for one's own answer, without a reason, and where it does not fit the state,
    EditConflict where another person wrote in between.
    """
    stored = _locked(conclusion, seen)
    if not may_give(by):
        raise ActionNotAllowed("Chỉ lãnh đạo và cơ quan thường trực kết thúc ý kiến chỉ đạo. Không có gì thay đổi.")
    text, today = text.strip(), clock.today()
    if not stored.is_running:
        raise ActionNotAllowed("Ý kiến chỉ đạo này đã kết thúc hoặc đã rút. Không có gì thay đổi.")
    if kind != ConclusionStep.Kind.WITHDRAW:
        last = stored.steps.filter(kind=ConclusionStep.Kind.ANSWER).order_by("at", "pk").last()
        if stored.state != ConclusionState.ANSWERED or last is None:
            raise ActionNotAllowed("Đơn vị chưa trả lời ý kiến chỉ đạo này. Không có gì thay đổi.")
        if last.by_id == by.pk:
            raise ActionNotAllowed("Người trả lời không tự kết thúc ý kiến chỉ đạo. Không có gì thay đổi.")
    if kind != ConclusionStep.Kind.CLOSE and not text:
        raise ActionNotAllowed("Ghi rõ lý do.")
    if kind == ConclusionStep.Kind.SEND_BACK:
        if due is None:
            raise ActionNotAllowed("Chọn hạn mới.")
        _check_due(due, today)
        stored.due = due
    step = ConclusionStep(conclusion=stored, kind=kind, text=text, by=by, at=clock.now())
    state, act = DECISIONS[kind]
    _store(stored, step, state, act, address)
    notifications.decided(stored, step)
    return stored


def _locked(conclusion: Conclusion, seen: int | None) -> Conclusion:
    """Return the conclusion, locked, of a plan that may be written."""
    rows = Conclusion.objects.select_for_update(of=("self",)).with_all()
    stored = rows.get(pk=conclusion.pk)
    plan_guard.require_open(stored.plan, reports=True)
    if seen is not None and seen != stored.revision:
        raise EditConflict(CONFLICT, stored)
    return stored


def _store(
    conclusion: Conclusion, step: ConclusionStep, state: ConclusionState, act: ConclusionAct, address: str | None
) -> None:
    before = ConclusionState(conclusion.state).label
    conclusion.state, conclusion.revision = state, conclusion.revision + 1
    conclusion.save(update_fields=["state", "due", "revision"])
    step.save()
    audit(
        by=step.by,
        act=act,
        label=str(conclusion),
        address=address,
        reason=step.words,
        changes={"tình trạng": [before, state.label]},
    )


def _check_due(due: dt.date, today: dt.date) -> None:
    """Raise ActionNotAllowed for a day by which nobody can answer, or that nobody follows."""
    last = today + dt.timedelta(days=MOST_DAYS)
    if not today <= due <= last:
        within = f"từ hôm nay ({formatting.date(today)}) đến {formatting.date(last)}"
        raise ActionNotAllowed(f"Hạn phải {within}.")


def _owed(conclusion: Conclusion) -> dict[str, list[str]]:
    return {"giao": ["", f"{conclusion.agency.name}, hạn {formatting.date(conclusion.due)}"]}
