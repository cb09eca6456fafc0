"""The rules by which a project is late, with the reason. Pure: no Django, no clock; the day is an argument
(docs/decisions/0120).

A lead's report is read as of a day: a milestone that was done later than that day was not done yet.
"""

import datetime as dt
import enum
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

# A milestone that is overdue by more days than this makes the project overdue instead of slipping.
SLIP_DAYS = 30
# A project that is due within so many days and not finished is said to be close to its due day. Targets have a day more
# (`indicators.rules.calendar.SOON_DAYS`), as their pages have said from the start.
SOON_DAYS = 30
# A project without overdue milestones slips when it is this many points behind the straight line from its start to its due day.
BEHIND_POINTS = 25


class Lateness(enum.StrEnum):
    """The judgements in their order of precedence: the first that applies is used (`judge`)."""

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
    Lateness.DUE_SOON: "Sắp đến hạn",
    Lateness.NO_REPORT: "Chưa báo cáo",
    Lateness.ONGOING: "Thường xuyên",
    Lateness.NO_DATE: "Chưa có thời hạn",
    Lateness.NOT_STARTED: "Chưa bắt đầu",
    Lateness.ON_SCHEDULE: "Đúng tiến độ",
}
# What needs attention, worst first.
LATE = (Lateness.OVERDUE, Lateness.BLOCKED, Lateness.SLIPPING, Lateness.DUE_SOON)
SETTLED = (Lateness.DONE, Lateness.STOPPED)
# The order on pages: what needs attention first, what is settled last.
BY_NEED = (*LATE, *(one for one in Lateness if one not in (*LATE, *SETTLED)), *SETTLED)


class Step(NamedTuple):
    """A milestone: its due day, and the day on which it was done."""

    name: str
    planned_on: dt.date | None = None
    done_on: dt.date | None = None


class Plan(NamedTuple):
    """A project's time in the plan; first_day: the plan's own first day; label: names a period by its number."""

    first_day: dt.date
    due: dt.date | None
    is_ongoing: bool
    label: Callable[[int], str] = str


class LeadReport(NamedTuple):
    """The last report of a lead. stage: not_started, preparing, running, paused, done or stopped; month: its period."""

    month: int
    stage: str
    percent: Decimal | None = None
    planned_start: dt.date | None = None
    planned_finish: dt.date | None = None
    actual_finish: dt.date | None = None
    steps: Sequence[Step] = ()


class Judged(NamedTuple):
    """The judgement with its reason in Vietnamese; days: the number of days late (overdue, slipping), or left (due
    soon)."""

    lateness: Lateness
    reason: str
    days: int = 0


def judge(plan: Plan, report: LeadReport | None, day: dt.date, month: int) -> Judged:
    """Judge one lead's project on a day. month: the latest period that requires a report; a task without end is judged
    on whether it was reported for that one."""
    if report is not None and report.stage == "done":
        return _done(plan, report)
    if report is not None and report.stage == "stopped":
        return Judged(Lateness.STOPPED, f"Dừng hẳn theo báo cáo tháng {plan.label(report.month)}.")
    if report is not None and report.stage == "paused":
        return Judged(Lateness.BLOCKED, f"Tạm dừng theo báo cáo tháng {plan.label(report.month)}.")
    due = due_day(plan, report)
    overdue = _overdue(plan, report, due, day)
    if overdue is not None:
        return overdue
    if due is not None and is_soon((due - day).days):
        left = (due - day).days
        return Judged(Lateness.DUE_SOON, f"Hạn {_day(due)}, còn {left} ngày.", left)
    behind = _behind(plan, report, day)
    if behind is not None:
        return behind
    if report is None or report.month < month:
        last = "Chưa có báo cáo nào" if report is None else f"Báo cáo gần nhất: tháng {plan.label(report.month)}"
        return Judged(Lateness.NO_REPORT, f"{last}; chưa có báo cáo tháng {plan.label(month)}.")
    if plan.is_ongoing:
        return Judged(Lateness.ONGOING, f"Đã báo cáo tháng {plan.label(report.month)}.")
    if due is None and not any(step.planned_on for step in report.steps):
        return Judged(Lateness.NO_DATE, "Kế hoạch không ghi hạn, đơn vị chưa nêu ngày dự kiến.")
    if report.stage == "not_started":
        start = f" Dự kiến bắt đầu {_day(report.planned_start)}." if report.planned_start else ""
        return Judged(Lateness.NOT_STARTED, f"Chưa bắt đầu.{start}")
    return Judged(Lateness.ON_SCHEDULE, "Không có mốc nào quá hạn.")


def is_soon(days_left: int) -> bool:
    """Return True where a project with so many days left is close to its due day."""
    return 0 <= days_left <= SOON_DAYS


def due_day(plan: Plan, report: LeadReport | None) -> dt.date | None:
    """Return the plan's due day; where it states none, the day that the lead itself expects."""
    if plan.is_ongoing:
        return None
    return plan.due or (report.planned_finish if report else None)


def expected_percent(plan: Plan, report: LeadReport, day: dt.date) -> Fraction | None:
    """Return the percentage that the straight line from the start to the due day reaches on a day; None without a due
    day."""
    due = due_day(plan, report)
    if due is None:
        return None
    start = report.planned_start or plan.first_day
    if day <= start:
        return Fraction(0)
    if day >= due:
        return Fraction(100)
    return Fraction(100 * (day - start).days, (due - start).days)


def _done(plan: Plan, report: LeadReport) -> Judged:
    late = (report.actual_finish - plan.due).days if report.actual_finish and plan.due else 0
    reason = f"Hoàn thành ngày {_day(report.actual_finish)}" if report.actual_finish else "Hoàn thành"
    if late > 0:
        return Judged(Lateness.DONE, f"{reason}, muộn {late} ngày.", late)
    return Judged(Lateness.DONE, f"{reason}.")


def _overdue(plan: Plan, report: LeadReport | None, due: dt.date | None, day: dt.date) -> Judged | None:
    """Judge whether it is late by the due day or by a milestone; None where it is not."""
    if due is not None and day > due:
        days = (day - due).days
        return Judged(Lateness.OVERDUE, f"Quá hạn {_day(due)} {days} ngày.", days)
    if report is None:
        return None
    missed = [
        (step.planned_on, step.name)
        for step in report.steps
        if step.planned_on and step.planned_on < day and not _is_done(step, day)
    ]
    if missed:
        planned_on, name = min(missed, key=lambda pair: pair[0])
        days = (day - planned_on).days
        reason = f"{name}: hạn {_day(planned_on)}, quá {days} ngày."
        return Judged(Lateness.OVERDUE if days > SLIP_DAYS else Lateness.SLIPPING, reason, days)
    return None


def _behind(plan: Plan, report: LeadReport | None, day: dt.date) -> Judged | None:
    """Judge whether it is far behind the straight line; None where it is not, or nothing is known."""
    if report is None:
        return None
    expected = expected_percent(plan, report, day)
    if expected is None or report.percent is None or expected - Fraction(report.percent) < BEHIND_POINTS:
        return None
    reached = f"{report.percent.normalize():f}".replace(".", ",")
    return Judged(Lateness.SLIPPING, f"Mới đạt {reached}%, theo thời gian cần khoảng {int(expected)}%.")


def _is_done(step: Step, day: dt.date) -> bool:
    return step.done_on is not None and step.done_on <= day


def _day(day: dt.date) -> str:
    return f"{day:%d/%m/%Y}"


class Whole(NamedTuple):
    """A project with several leads: the numbers of leads, of leads that finished, and of each judgement; the judgement
    of the whole with its reason."""

    leads: int
    done: int
    counts: dict
    judged: Judged


def whole(judged: Iterable[Judged]) -> Whole:
    """Judge all leads together. The whole is finished only when each lead is, and stopped where the others stopped;
    else it has the judgement of its worst lead, with the number of such leads. No mean of percentages is taken: the
    share of leads that finished is counted."""
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
