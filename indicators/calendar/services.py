"""The calendar: its days, extensions for an agency or a figure, periods opened for catching up, days off."""

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from agencies.models import Agency, Level, User
from agencies.roles import Role
from core import clock, formatting
from core.audit.services import audit
from core.removed import services as removed_rows
from indicators.audit_acts import CalendarAct
from indicators.calendar import announced
from indicators.errors import ActionNotAllowed
from indicators.models import DayOff, Extension, Plan, ReportingPeriod, State, Submission, Target
from indicators.periods import deadlines, plan_guard, working_days
from indicators.rollups.pending import request_rollup
from indicators.rules import calendar
from indicators.rules.calendar import Deadlines, PeriodState
from indicators.submissions import notifications
from indicators.submissions.detail import reviewing_agency
from indicators.submissions.locks import assigned_targets
from indicators.submissions.workflow import new_version

# The longest extension and the longest opening for catching up, in days from the later of today and the deadline.
LONGEST_EXTENSION = 60
LONGEST_CATCH_UP = 120
# The kind under which removed days off are kept.
REMOVED_DAY_OFF = "day_off"
# The working days that a request asks for unless its author chooses another day.
USUAL_EXTENSION = 3


class Days(NamedTuple):
    """The days of one period as the calendar edits them. None: the same as those of the province's agencies."""

    window_first: dt.date
    window_last: dt.date
    opens_on: dt.date
    commune_due_on: dt.date | None
    district_due_on: dt.date | None
    due_on: dt.date
    commune_review_due_on: dt.date | None
    review_due_on: dt.date
    closes_on: dt.date


class Unfit(ActionNotAllowed):
    """A calendar with contradictions; `problems`: reasons by the period's number."""

    def __init__(self, problems: dict[int, list[str]]) -> None:
        super().__init__(f"Lịch chưa lưu: {sum(map(len, problems.values()))} chỗ không hợp lệ.")
        self.problems = problems


@transaction.atomic
def ask_extension(
    *,
    agency: Agency,
    period: ReportingPeriod,
    by: User,
    reason: str,
    until: dt.date,
    targets: Iterable[Target] = (),
    address: str | None = None,
) -> Extension:
    """Request more time as a focal point, for the whole report or for single targets of it. Raises ActionNotAllowed."""
    plan_guard.require_open(period.plan, reports=True)
    if not (by.is_active and by.holds(Role.FOCAL) and by.agency_id == agency.pk):
        raise ActionNotAllowed("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    extension = Extension(agency=agency, period=period, asked_by=by)
    _describe(extension, reason=reason, until=until)
    targets = _fitting_targets(extension, targets)
    _check_until(extension, until, targets)
    if Extension.objects.waiting().filter(agency=agency, period=period).exists():
        raise ActionNotAllowed(f"Đã có một đề nghị gia hạn kỳ {period} đang chờ quyết định.")
    try:
        with transaction.atomic():
            extension.save()
    except IntegrityError:
        raise ActionNotAllowed(f"Đã có một đề nghị gia hạn kỳ {period} đang chờ quyết định.") from None
    extension.targets.set(targets)
    _audit(extension, CalendarAct.REQUEST_EXTENSION, by=by, address=address, targets=targets, wanted_until=str(until))
    notifications.extension_asked(extension)
    notifications.extension_sent(extension, decider=reviewing_agency(agency))
    return extension


@transaction.atomic
def grant_extension(
    *, extension: Extension, by: User, until: dt.date | None = None, answer: str = "", address: str | None = None
) -> Extension:
    """Grant the requested time, or until another day. Raises ActionNotAllowed.

    Requested by the end of the deadline's day, it moves the deadline; later, it opens the entry and the report is late
    (docs/decisions/0091).
    """
    extension = _undecided(extension, by)
    extension.answer = answer.strip()
    _grant(extension, until or extension.wanted_until, list(extension.targets.all()), by=by, address=address)
    return extension


@transaction.atomic
def refuse_extension(*, extension: Extension, by: User, answer: str, address: str | None = None) -> Extension:
    """Refuse the requested time with a reason. Raises ActionNotAllowed."""
    extension = _undecided(extension, by)
    extension.answer = answer.strip()
    if not extension.answer:
        raise ActionNotAllowed("Không cho gia hạn phải kèm lý do.")
    extension.state = Extension.State.REFUSED
    extension.decided_at, extension.decided_by = clock.now(), by
    extension.save()
    _audit(extension, CalendarAct.REFUSE_EXTENSION, by=by, address=address, answer=extension.answer)
    notifications.extension_decided(extension, by=by)
    return extension


@transaction.atomic
def withdraw_extension(*, extension: Extension, by: User, address: str | None = None) -> Extension:
    """Withdraw an undecided request, as a focal point of the agency. Another request may follow. Raises
    ActionNotAllowed."""
    extension = _locked(extension)
    if not (by.is_active and by.holds(Role.FOCAL) and by.agency_id == extension.agency_id):
        raise ActionNotAllowed("Đề nghị này thuộc đơn vị khác. Không có gì thay đổi.")
    _check_asked(extension)
    extension.state = Extension.State.WITHDRAWN
    extension.decided_at, extension.decided_by = clock.now(), by
    extension.save()
    _audit(extension, CalendarAct.WITHDRAW_EXTENSION, by=by, address=address)
    notifications.extension_withdrawn(extension)
    return extension


@transaction.atomic
def give_extension(
    *,
    agency: Agency,
    period: ReportingPeriod,
    by: User,
    reason: str,
    until: dt.date,
    targets: Iterable[Target] = (),
    address: str | None = None,
) -> Extension:
    """Grant more time without a request, as the agency's reviewer or the standing agency. Raises ActionNotAllowed."""
    plan_guard.require_open(period.plan, reports=True)
    extension = Extension(agency=agency, period=period)
    _describe(extension, reason=reason, until=until)
    if not (by.holds(Role.STANDING) or Agency.objects.reviewed_by(by).filter(pk=agency.pk).exists()):
        raise ActionNotAllowed("Đơn vị này không thuộc phạm vi duyệt của tài khoản. Không có gì thay đổi.")
    targets = _fitting_targets(extension, targets)
    _grant(extension, until, targets, by=by, address=address)
    return extension


@transaction.atomic
def open_catch_up(
    *,
    period: ReportingPeriod,
    by: User,
    reason: str,
    until: dt.date,
    agency: Agency | None = None,
    address: str | None = None,
) -> Extension:
    """Open a closed period for catching up (*mở để nhập bù*), for an agency or for all. Raises ActionNotAllowed.

    A report submitted then is on time where the deadline had passed before the plan was issued, else late.
    """
    plan_guard.require_open(period.plan, reports=True)
    if not (by.is_active and by.holds(Role.STANDING, Role.ADMIN)):
        raise ActionNotAllowed("Chỉ cơ quan thường trực mở kỳ để nhập bù. Không có gì thay đổi.")
    extension = Extension(agency=agency, period=period, kind=Extension.Kind.CATCH_UP)
    _describe(extension, reason=reason, until=until)
    if period.state() != PeriodState.CLOSED:
        raise ActionNotAllowed(f"Kỳ {period} chưa đóng nên không cần mở để nhập bù.")
    if agency is not None:
        _fitting_targets(extension, ())
    _grant(extension, until, [], by=by, address=address)
    return extension


@transaction.atomic
def end_extension(*, extension: Extension, by: User, reason: str, address: str | None = None) -> Extension:
    """End an extension early: from today on it is over. Reports submitted under it keep their punctuality. Raises
    ActionNotAllowed."""
    extension = _locked(extension)
    _check_decider(extension, by)
    reason = reason.strip()
    if not reason:
        raise ActionNotAllowed("Kết thúc sớm phải kèm lý do.")
    if not extension.is_open(clock.today()):
        raise ActionNotAllowed("Gia hạn này không còn hiệu lực nên không cần kết thúc.")
    extension.until = clock.today() - dt.timedelta(days=1)
    extension.save(update_fields=["until"])
    _audit(extension, CalendarAct.END_EXTENSION, by=by, address=address, reason=reason)
    return extension


@transaction.atomic
def change_calendar(
    *, plan: Plan, days: Mapping[int, Days], by: User, reason: str, address: str | None = None
) -> list[ReportingPeriod]:
    """Change the days of periods (by number), all or none; return the changed periods.

    Windows follow one another without gap or overlap, and stay where figures were entered by them; no deadline is moved
    into the past. A later deadline makes reports submitted by it punctual. Raises Unfit with every problem, and
    ActionNotAllowed.
    """
    plan_guard.require_open(plan)
    if not (by.is_active and by.holds(Role.STANDING, Role.ADMIN)):
        raise ActionNotAllowed("Chỉ cơ quan thường trực và quản trị đổi lịch báo cáo. Không có gì thay đổi.")
    reason = reason.strip()
    if not reason:
        raise ActionNotAllowed("Đổi lịch báo cáo phải kèm lý do.")
    periods = list(plan.periods.select_for_update().in_order())
    entered = set(Submission.objects.filter(period__in=periods, actuals__isnull=False).values_list("period", flat=True))
    changes, problems = {}, {}
    for period in periods:
        period.plan = plan
        wanted = days.get(period.number)
        changed = {
            name: day for name, day in (wanted._asdict() if wanted else {}).items() if getattr(period, name) != day
        }
        if changed:
            before = {name: getattr(period, name) for name in changed}
            for name, day in changed.items():
                setattr(period, name, day)
            changes[period.number] = {
                name: [_day_words(before[name]), _day_words(day)] for name, day in changed.items()
            }
            problems[period.number] = _flaws(period, changed, period.pk in entered)
    for earlier, later in pairwise(periods):
        if later.window_first != earlier.window_last + dt.timedelta(days=1) and {earlier.number, later.number} & set(
            changes
        ):
            what = "chồng lên" if later.window_first <= earlier.window_last else "cách quãng với"
            problems.setdefault(later.number, []).append(f"Khoảng số liệu {what} kỳ {earlier}.")
    if any(problems.values()):
        raise Unfit({number: flaws for number, flaws in problems.items() if flaws})
    moved = [period for period in periods if period.number in changes]
    if moved:
        announced.keep(plan, by)
    for period in moved:
        period.save(update_fields=list(changes[period.number]))
        _forgive(period)
    if moved:
        audit(
            by=by,
            act=CalendarAct.CHANGE,
            label=str(plan),
            address=address,
            reason=reason,
            changes={f"tháng {plan.month_label(number)}": changed for number, changed in changes.items()},
        )
    windows = [number for number, changed in changes.items() if {"window_first", "window_last"} & set(changed)]
    if windows:
        request_rollup(plan=plan, from_period=min(windows))
    return moved


@transaction.atomic
def create_periods(plan: Plan) -> list[ReportingPeriod]:
    """Create the months that a plan lacks, with the windows of Decree 09/2019 and the plan's own deadlines; return them.

    A deadline that falls on a day off moves to the next working day unless the plan says otherwise.
    """
    plan_guard.require_open(plan)
    off = working_days.days_off(dt.date(plan.year, 1, 1), dt.date(plan.last_year + 1, 1, 31))
    present = set(plan.periods.values_list("number", flat=True))
    made = []
    for number in sorted(set(range(1, plan.last_number + 1)) - present):
        year, month = plan.year_and_month(number)
        first, last = calendar.month_window(year, month)
        due, review_due = (dt.date(year, month, day) for day in (plan.due_day, plan.review_day))
        if not plan.keeps_days_off:
            due, review_due = (calendar.next_working_day(day, off) for day in (due, review_due))
        period = ReportingPeriod(
            plan=plan,
            number=number,
            window_first=first,
            window_last=last,
            opens_on=last + dt.timedelta(days=1),
            due_on=due,
            review_due_on=review_due,
            closes_on=review_due,
        )
        period.save()
        made.append(period)
    return made


@transaction.atomic
def set_day_off(
    *,
    day: dt.date,
    name: str,
    is_worked: bool,
    by: User,
    instead_of: DayOff | None = None,
    address: str | None = None,
) -> DayOff:
    """Store that a day is off (*nghỉ bù, hoán đổi*) or worked instead (*làm bù*). instead_of: the row that is corrected, perhaps
    of another day. Raises ActionNotAllowed."""
    _check_keeper(by)
    name = name.strip()
    if not name:
        raise ActionNotAllowed("Ghi rõ nội dung của ngày nghỉ hoặc ngày làm bù.")
    told: dict[str, Any] = {}
    if instead_of is None:
        announced.keep_around([day], by)
        row, _ = DayOff.objects.update_or_create(day=day, defaults={"name": name, "is_worked": is_worked})
    else:
        row = DayOff.objects.select_for_update().get(pk=instead_of.pk)
        announced.keep_around([day, row.day], by)
        told = {"before": str(row)}
        row.day, row.name, row.is_worked = day, name, is_worked
        row.save()
    act = CalendarAct.SET_WORKING_DAY if is_worked else CalendarAct.SET_DAY_OFF
    audit(by=by, act=act, label=str(row), address=address, **told)
    return row


@transaction.atomic
def remove_day_off(*, day_off: DayOff, by: User, address: str | None = None) -> None:
    """Delete such a row: the public holidays known beforehand hold again. It can be brought back for a month. Raises
    ActionNotAllowed."""
    _check_keeper(by)
    announced.keep_around([day_off.day], by)
    audit(by=by, act=CalendarAct.REMOVE_DAY_OFF, label=str(day_off), address=address)
    removed_rows.keep(kind=REMOVED_DAY_OFF, rows=[day_off], label=str(day_off), by=by)
    day_off.delete()


@transaction.atomic
def restore_day_off(*, removed: int, by: User, address: str | None = None) -> DayOff:
    """Bring a removed day off, or day worked instead, back. Raises ActionNotAllowed, also where the day was stored anew."""
    _check_keeper(by)
    item = removed_rows.take(REMOVED_DAY_OFF, removed)
    if item is None:
        raise ActionNotAllowed("Ngày này đã được khôi phục, hoặc đã quá hạn khôi phục. Không có gì thay đổi.")
    (row,) = removed_rows.rows_of(item)
    assert isinstance(row, DayOff)
    stored = DayOff.objects.filter(day=row.day).first()
    if stored is not None:
        raise ActionNotAllowed(f"Ngày này đã được ghi lại: {stored}. Bỏ ngày đó trước. Không có gì thay đổi.")
    announced.keep_around([row.day], by)
    removed_rows.bring_back(item, [row])
    audit(by=by, act=CalendarAct.RESTORE_DAY_OFF, label=str(row), address=address)
    return row


def _check_keeper(by: User) -> None:
    """Raise ActionNotAllowed where the user may not edit the calendar."""
    if not (by.is_active and by.holds(Role.STANDING, Role.ADMIN)):
        raise ActionNotAllowed("Chỉ cơ quan thường trực và quản trị ghi ngày nghỉ. Không có gì thay đổi.")


def _describe(extension, *, reason, until):
    """Check and set the reason and the last day of an extension."""
    extension.reason = reason.strip()
    if not extension.reason:
        raise ActionNotAllowed("Ghi rõ lý do.")
    if len(extension.reason) > 500:
        raise ActionNotAllowed("Lý do dài quá 500 ký tự.")
    extension.wanted_until = until
    extension.asked_at = clock.now()


def _fitting_targets(extension, targets):
    """Return the targets for which more time makes sense in the report as it is now. Raises ActionNotAllowed."""
    agency, period = extension.agency, extension.period
    if period.state() == PeriodState.UPCOMING:
        raise ActionNotAllowed(f"Kỳ {period} chưa mở nên chưa cần gia hạn.")
    asked_for = set(assigned_targets(agency, period))
    targets = sorted(set(targets), key=lambda target: target.position)
    if not asked_for or not asked_for.issuperset(targets):
        what = "các chỉ tiêu này" if targets else "chỉ tiêu nào"
        raise ActionNotAllowed(f"Kỳ {period} {agency} không phải báo cáo {what}. Không có gì thay đổi.")
    report = Submission.objects.latest_versions().filter(agency=agency, period=period).first()
    locked = why_not_asked(report)
    if locked:
        raise ActionNotAllowed(locked)
    if report is not None and report.state == State.APPROVED and not targets:
        raise ActionNotAllowed(
            "Phiếu đã duyệt nên không cần gia hạn. Muốn sửa, đề nghị mở lại hoặc chọn chỉ tiêu cần bổ sung."
        )
    return targets


def why_not_asked(report: Submission | None) -> str:
    """Return the reason, in Vietnamese, why more time cannot be requested for a report as it is now; empty where it
    can.

    report: the agency's newest version, None before it is begun.
    """
    if report is None or report.state != State.SUBMITTED:
        return ""
    return "Phiếu đã nộp, đang chờ duyệt. Cần bổ sung: đề nghị người duyệt trả lại các chỉ tiêu đó."


def _undecided(extension, by):
    extension = _locked(extension)
    _check_decider(extension, by)
    _check_asked(extension)
    return extension


def _check_asked(extension):
    if extension.state == Extension.State.ASKED:
        return
    when, what = formatting.short_datetime(extension.decided_at), extension.get_state_display().lower()
    if extension.state == Extension.State.WITHDRAWN:
        raise ActionNotAllowed(f"Đơn vị {what} đề nghị này lúc {when}. Không có gì thay đổi.")
    raise ActionNotAllowed(f"Đề nghị này đã được quyết định lúc {when}: {what}.")


def _locked(extension):
    """Return the extension as it is now, locked until the transaction ends. Raises ActionNotAllowed where its plan
    refuses writes."""
    rows = Extension.objects.select_for_update(of=("self",)).select_related("agency__parent", "period__plan")
    locked = rows.get(pk=extension.pk)
    plan_guard.require_open(locked.period.plan, reports=True)
    return locked


def _check_decider(extension, by):
    if not Extension.objects.decidable_by(by).filter(pk=extension.pk).exists():
        raise ActionNotAllowed("Đề nghị này không thuộc phạm vi quyết định của tài khoản. Không có gì thay đổi.")


def latest_day(current: Deadlines, days: int = LONGEST_EXTENSION) -> dt.date:
    """Return the last day that can be requested or granted under the deadlines in force."""
    return max(clock.today(), current.due_on) + dt.timedelta(days=days)


def usual_day(current: Deadlines) -> dt.date:
    """Return the day that a request proposes at first: three working days after the later of today and the deadline. One
    query."""
    first = max(clock.today(), current.due_on)
    return calendar.working_day_after(
        first, USUAL_EXTENSION, working_days.days_off(first, first + dt.timedelta(days=LONGEST_EXTENSION))
    )


def _check_until(extension, until, targets):
    """Check that the day is ahead, within bounds and after the deadline that it moves; return the deadlines in force.

    The same rule for requesting and granting, so that no impossible request waits for a decision. Raises
    ActionNotAllowed.
    """
    agency, period, today = extension.agency, extension.period, clock.today()
    is_catch_up = extension.kind == Extension.Kind.CATCH_UP
    current = deadlines.of(agency, period) if agency is not None else period.deadlines_of(Level.PROVINCE)
    longest = latest_day(current, LONGEST_CATCH_UP if is_catch_up else LONGEST_EXTENSION)
    if until < today:
        raise ActionNotAllowed(f"Ngày {formatting.date(until)} đã qua. Chọn ngày từ hôm nay.")
    if until > longest:
        raise ActionNotAllowed(f"Ngày kết thúc muộn nhất là {formatting.date(longest)}.")
    if not (targets or is_catch_up) and until <= current.due_on:
        raise ActionNotAllowed(f"Hạn nộp hiện nay đã là ngày {formatting.date(current.due_on)}. Chọn ngày muộn hơn.")
    return current


def _grant(extension, until, targets, *, by, address):
    """Store the extension as granted; an approved report gets a new version in which the targets can be entered."""
    agency, period = extension.agency, extension.period
    is_catch_up = extension.kind == Extension.Kind.CATCH_UP
    current = _check_until(extension, until, targets)
    if not is_catch_up:
        targets = _fitting_targets(extension, targets)
    if is_catch_up:
        extension.moves_due = calendar.catching_up_is_on_time(period.due_on, period.plan.issued_on)
    else:
        asked_on = formatting.local(extension.asked_at).date()
        extension.moves_due = not targets and calendar.extension_moves_due(asked_on, current.due_on)
    extension.state, extension.until = Extension.State.GRANTED, until
    extension.decided_at, extension.decided_by = clock.now(), by
    extension.save()
    extension.targets.set(targets)
    if targets:
        reports = Submission.objects.select_for_update(of=("self",)).select_related("agency", "period__plan")
        approved = reports.filter(agency=agency, period=period, is_latest=True, state=State.APPROVED).first()
        if approved is not None:
            new_version(approved, by=by, reason=f"Gia hạn bổ sung: {extension.reason}", until=None)
    act = CalendarAct.OPEN_CATCH_UP if is_catch_up else CalendarAct.GRANT_EXTENSION
    _audit(extension, act, by=by, address=address, targets=targets, until=str(until), reason=extension.reason)
    notifications.extension_decided(extension, by=by)


def _audit(extension, act, *, by, address, targets=(), **detail):
    if targets:
        detail["targets"] = [target.code for target in targets]
    audit(by=by, act=act, label=str(extension), address=address, extension=extension.pk, **detail)


def _day_words(day):
    return formatting.date(day) if day else ""


def _flaws(period, changed, has_figures):
    """Return the faults of a period's new days."""
    problems = []
    if has_figures and {"window_first", "window_last"} & set(changed):
        problems.append("Đã có số liệu nhập theo khoảng số liệu cũ nên không đổi được khoảng số liệu.")
    today = clock.today()
    for name in ("commune_due_on", "district_due_on", "due_on", "closes_on"):
        day = changed.get(name)
        if day is not None and day < today:
            problems.append(f"{period._meta.get_field(name).verbose_name.capitalize()} {_day_words(day)} đã qua.")
    try:
        period.validate_constraints()
    except ValidationError as error:
        problems += error.messages
    return problems


def _forgive(period):
    """Mark reports submitted by the present deadline as on time. No deadline moves into the past, so none becomes
    late."""
    late = Submission.objects.filter(period=period, is_late=True)
    for level in Level:
        passed = calendar.end_of_day(period.due_on_of(level), clock.VIETNAM)
        late.filter(agency__level=level, first_submitted_at__lt=passed).update(is_late=False)
