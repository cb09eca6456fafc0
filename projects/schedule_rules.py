"""Is a project late, and why? Pure: no Django, no clock; the day comes in as an argument (docs/decisions/0120).

What a lead reported is read as of a day: a milestone that was done later than that day was not done yet.
"""

import datetime as dt
import enum
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

# A milestone that is overdue by more days than this makes the project overdue, not only slipping.
SLIP_DAYS = 30
# A project that is due within so many days and not finished is said to be close to its due day. Targets have a day more
# (`indicators.rules.calendar.SOON_DAYS`), as their pages have said from the start.
SOON_DAYS = 30
# So many points behind the straight line from its start to its due day, a project without overdue milestones slips.
BEHIND_POINTS = 25


class Lateness(enum.StrEnum):
    """In the order of need: the first that fits holds (`judge`)."""

    DONE = "done"
    STOPPED = "stopped"
    BLOCKED = "blocked"
    OVERDUE = "overdue"
    SLIPPING = "slipping"
    DUE_SOON = "due_soon"
    NO_REPORT = "no_report"
    ONGOING = "ongoing"
    NO_DATE = "no_date"
    NOT_STARTED = "not_started"
    ON_SCHEDULE = "on_schedule"


WORDS = {
    Lateness.DONE: "Hoàn thành",
    Lateness.STOPPED: "Dừng hẳn",
    Lateness.BLOCKED: "Tạm dừng",
    Lateness.OVERDUE: "Quá hạn",
    Lateness.SLIPPING: "Chậm mốc",
    Lateness.DUE_SOON: "Sát hạn",
    Lateness.NO_REPORT: "Chưa báo cáo",
    Lateness.ONGOING: "Thường xuyên",
    Lateness.NO_DATE: "Chưa có thời hạn",
    Lateness.NOT_STARTED: "Chưa bắt đầu",
    Lateness.ON_SCHEDULE: "Đúng tiến độ",
}
# What needs attention, worst first.
LATE = (Lateness.OVERDUE, Lateness.BLOCKED, Lateness.SLIPPING, Lateness.DUE_SOON)
SETTLED = (Lateness.DONE, Lateness.STOPPED)
# As they are shown: what needs attention first, what is settled last.
BY_NEED = (*LATE, *(one for one in Lateness if one not in (*LATE, *SETTLED)), *SETTLED)


class Step(NamedTuple):
    """A milestone: until when, and when it was done."""

    name: str
    planned_on: dt.date | None = None
    done_on: dt.date | None = None


class Plan(NamedTuple):
    """What the plan says of a project's time; first_day: the plan's own first day."""

    first_day: dt.date
    due: dt.date | None
    is_ongoing: bool


class Said(NamedTuple):
    """What a lead reported last. stage: not_started, preparing, running, paused, done or stopped; month: of which period."""

    month: int
    stage: str
    percent: Decimal | None = None
    planned_start: dt.date | None = None
    planned_finish: dt.date | None = None
    actual_finish: dt.date | None = None
    steps: Sequence[Step] = ()


class Judged(NamedTuple):
    """The judgement with its reason in Vietnamese; days: by how many days late (overdue, slipping), or left (due soon)."""

    lateness: Lateness
    reason: str
    days: int = 0


def judge(plan: Plan, said: Said | None, day: dt.date, month: int) -> Judged:
    """One lead's project on a day. month: the latest period that asks for a report; a task without end is judged on whether
    it was reported for that one."""
    if said is not None and said.stage == "done":
        return _done(plan, said)
    if said is not None and said.stage == "stopped":
        return Judged(Lateness.STOPPED, f"Dừng hẳn theo báo cáo tháng {said.month}.")
    if said is not None and said.stage == "paused":
        return Judged(Lateness.BLOCKED, f"Tạm dừng theo báo cáo tháng {said.month}.")
    due = due_day(plan, said)
    overdue = _overdue(plan, said, due, day)
    if overdue is not None:
        return overdue
    if due is not None and 0 <= (due - day).days <= SOON_DAYS:
        left = (due - day).days
        return Judged(Lateness.DUE_SOON, f"Hạn {_day(due)}, còn {left} ngày.", left)
    behind = _behind(plan, said, day)
    if behind is not None:
        return behind
    if said is None or said.month < month:
        last = "Chưa có báo cáo nào" if said is None else f"Báo cáo gần nhất: tháng {said.month}"
        return Judged(Lateness.NO_REPORT, f"{last}; chưa có báo cáo tháng {month}.")
    if plan.is_ongoing:
        return Judged(Lateness.ONGOING, f"Đã báo cáo tháng {said.month}.")
    if due is None and not any(step.planned_on for step in said.steps):
        return Judged(Lateness.NO_DATE, "Kế hoạch không ghi hạn, đơn vị chưa nêu ngày dự kiến.")
    if said.stage == "not_started":
        start = f" Dự kiến bắt đầu {_day(said.planned_start)}." if said.planned_start else ""
        return Judged(Lateness.NOT_STARTED, f"Chưa bắt đầu.{start}")
    return Judged(Lateness.ON_SCHEDULE, "Không có mốc nào quá hạn.")


def due_day(plan: Plan, said: Said | None) -> dt.date | None:
    """The plan's due day; where it gives none, the day that the lead itself expects."""
    if plan.is_ongoing:
        return None
    return plan.due or (said.planned_finish if said else None)


def expected_percent(plan: Plan, said: Said, day: dt.date) -> Fraction | None:
    """Where the straight line from the start to the due day stands on a day, in percent; None without a due day."""
    due = due_day(plan, said)
    if due is None:
        return None
    start = said.planned_start or plan.first_day
    if day <= start:
        return Fraction(0)
    if day >= due:
        return Fraction(100)
    return Fraction(100 * (day - start).days, (due - start).days)


def _done(plan, said):
    late = (said.actual_finish - plan.due).days if said.actual_finish and plan.due else 0
    reason = f"Hoàn thành ngày {_day(said.actual_finish)}" if said.actual_finish else "Hoàn thành"
    if late > 0:
        return Judged(Lateness.DONE, f"{reason}, muộn {late} ngày.", late)
    return Judged(Lateness.DONE, f"{reason}.")


def _overdue(plan, said, due, day):
    """Late by the due day or by a milestone; None where it is not."""
    if due is not None and day > due:
        days = (day - due).days
        return Judged(Lateness.OVERDUE, f"Quá hạn {_day(due)} {days} ngày.", days)
    if said is None:
        return None
    missed = [step for step in said.steps if step.planned_on and step.planned_on < day and not _is_done(step, day)]
    if missed:
        worst = min(missed, key=lambda step: step.planned_on)
        days = (day - worst.planned_on).days
        reason = f"{worst.name}: hạn {_day(worst.planned_on)}, quá {days} ngày."
        return Judged(Lateness.OVERDUE if days > SLIP_DAYS else Lateness.SLIPPING, reason, days)
    return None


def _behind(plan, said, day):
    """Far behind the straight line; None where it is not, or nothing is known."""
    expected = None if said is None else expected_percent(plan, said, day)
    if expected is None or said.percent is None or expected - Fraction(said.percent) < BEHIND_POINTS:
        return None
    reached = f"{said.percent.normalize():f}".replace(".", ",")
    return Judged(Lateness.SLIPPING, f"Mới đạt {reached} %, theo thời gian cần khoảng {int(expected)} %.")


def _is_done(step, day):
    return step.done_on is not None and step.done_on <= day


def _day(day):
    return f"{day:%d/%m/%Y}"


class Whole(NamedTuple):
    """A project that several agencies lead, each for itself: how many there are, how many are finished, how many of each
    judgement; the whole's own judgement and its reason."""

    leads: int
    done: int
    counts: dict
    judged: Judged


def whole(judged: Iterable[Judged]) -> Whole:
    """All leads together. The whole is finished only when each lead is, and stopped where the others stopped; else it stands as
    its worst lead does, and says how many do. No mean of percentages: the share of agencies that finished is counted."""
    judged = list(judged)
    counts = Counter(one.lateness for one in judged)
    done = counts[Lateness.DONE]
    if len(judged) == 1:
        return Whole(1, done, dict(counts), judged[0])
    if not judged:
        return Whole(0, 0, {}, Judged(Lateness.NO_REPORT, "Cơ quan chủ trì không báo cáo trên hệ thống."))
    open_ones = [one for one in judged if one.lateness not in SETTLED]
    if not open_ones:
        reason = f"{done}/{len(judged)} đơn vị hoàn thành"
        if done == len(judged):
            return Whole(len(judged), done, dict(counts), Judged(Lateness.DONE, f"{reason}."))
        stopped = f"{counts[Lateness.STOPPED]} đơn vị dừng hẳn"
        return Whole(len(judged), done, dict(counts), Judged(Lateness.STOPPED, f"{reason}, {stopped}."))
    worst = min(open_ones, key=lambda one: BY_NEED.index(one.lateness)).lateness
    days = max(one.days for one in open_ones if one.lateness == worst)
    word = WORDS[worst].lower()
    reason = f"{counts[worst]}/{len(judged)} đơn vị {word}; {done}/{len(judged)} đơn vị hoàn thành."
    return Whole(len(judged), done, dict(counts), Judged(worst, reason, days))
