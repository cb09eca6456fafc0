"""The writes that span models: verbs with `by=`, each one transaction, each with its line in the log and its debt.

What may be done in which state stands in one table, ALLOWED (promises F-03, F-04)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F, Min, Q
from django.db.models.functions import Coalesce
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from agencies.models import Agency, Level, Placement, Role
from agencies.services import audit, place
from chuyendoiso import clock, formatting
from indicators import tasks
from indicators.measurement.calendar import PeriodState
from indicators.models import (
    Actual,
    Assignment,
    Exemption,
    IndicatorParty,
    Kind,
    Plan,
    ReportingPeriod,
    RollupDebt,
    State,
    Submission,
    Target,
)

# A report sent back or reopened after its period has closed can be mended for this many days.
DAYS_TO_MEND = 3

# Largest figures: the sum of a year of all agencies stays within 64 bits (chuyendoiso.fields).
LARGEST_RATIO_PART = Decimal(10) ** 12 - 1
LARGEST_COUNT = Decimal(10) ** 9 - 1
LARGEST_VALUE = Decimal(10) ** 12 - 1
LONGEST_NOTE = 2000

FIGURE_FIELDS = [
    "numerator",
    "denominator",
    "value",
    "nothing_arose",
    "note",
    "return_reason",
    "entered_at",
    "entered_by",
]
# Rows in one statement of a load.
BATCH = 1000

ALLOWED = {
    "save": {State.DRAFT, State.RETURNED},
    "submit": {State.DRAFT, State.RETURNED},
    "approve": {State.SUBMITTED},
    "return": {State.SUBMITTED},
    "reopen": {State.APPROVED},
}


class Refused(Exception):
    """An act that the state, the period or the role does not allow. The message says, in Vietnamese, what and why; nothing
    was written."""


class Conflict(Refused):
    """Somebody else saved the same figures in between; `current` holds what is stored now, by target."""

    def __init__(self, message, current):
        super().__init__(message)
        self.current = current


class Figures(NamedTuple):
    """What is reported of one target. Exactly one of (numerator and denominator) and value is given."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None
    nothing_arose: bool = False
    note: str = ""


class Flaw(NamedTuple):
    """What is wrong with figures: the column that it stands in (numerator, denominator, value or note) and why."""

    column: str
    reason: str


class Reported(NamedTuple):
    """One row of a load: what an agency reports of a target in a period; `line` is where it stands in its file."""

    line: int
    agency: Agency
    period: ReportingPeriod
    target: Target
    figures: Figures


class Problem(NamedTuple):
    """Why a row cannot be loaded: its line, the column (as in domain.md, *Interchange*) and the reason in Vietnamese."""

    line: int
    column: str
    reason: str


class BadRows(Refused):
    """A load that was refused as a whole; `problems` names every row and column that is in its way."""

    def __init__(self, problems):
        super().__init__(f"{len(problems)} lỗi; chưa ghi gì.")
        self.problems = problems


class Loaded(NamedTuple):
    """What a load did: figures written and left alone because they were the same; reports that it made, changed, gave a new
    version, counted as late, and left submitted although a draft was asked for."""

    written: int
    unchanged: int
    made: int
    changed: int
    restated: int
    late: int
    kept_submitted: int


def problem_with(target: Target, figures: Figures) -> str | None:
    """Why the figures cannot stand for the target, in Vietnamese; None where they can (domain.md, *Kinds of target*)."""
    flaw = flaw_in(target, figures)
    return flaw.reason if flaw else None


def flaw_in(target: Target, figures: Figures) -> Flaw | None:
    """The same with the column, for whoever names it."""
    n, d, v = figures.numerator, figures.denominator, figures.value
    if len(figures.note) > LONGEST_NOTE:
        return Flaw("note", f"Giải trình dài quá {formatting.number(LONGEST_NOTE)} ký tự.")
    if figures.nothing_arose and any((n, d, v)):
        return Flaw("value" if v else "numerator", "Không phát sinh thì số phải bằng 0.")
    if target.kind == Kind.RATIO:
        return _flaw_in_ratio(target, n, d, v)
    if n is not None or d is not None:
        column = "denominator" if n is None else "numerator"
        return Flaw(column, f"{target.code} chỉ có một giá trị: không nhập tử số, mẫu số.")
    reason = _flaw_in_value(target, v)
    return Flaw("value", reason) if reason else None


def _flaw_in_ratio(target, n, d, v):
    if v is not None:
        return Flaw("value", f"{target.code} là tỷ lệ: nhập tử số và mẫu số, không nhập giá trị.")
    if n is None or d is None:
        return Flaw("numerator" if n is None else "denominator", f"{target.code} cần cả tử số và mẫu số.")
    for column, part in (("numerator", n), ("denominator", d)):
        if part < 0:
            return Flaw(column, "Tử số và mẫu số không được âm.")
        if part > LARGEST_RATIO_PART:
            return Flaw(column, "Số quá lớn: tối đa 12 chữ số phần nguyên.")
        if _places(part) > 3:
            return Flaw(column, "Tử số và mẫu số có tối đa 3 chữ số thập phân.")
    if target.is_share and n > d:
        return Flaw("numerator", f"Tử số {formatting.number(n)} lớn hơn mẫu số {formatting.number(d)}.")
    if not target.is_share and d == 0 and n > 0:
        return Flaw("denominator", "Mẫu số bằng 0 thì tử số phải bằng 0.")
    return None


def _flaw_in_value(target, v):
    if v is None:
        return f"{target.code} cần một giá trị."
    if target.kind == Kind.YES_NO:
        return None if v in (0, 1) else "Giá trị phải là 1 (có) hoặc 0 (không)."
    if target.kind == Kind.MILESTONE:
        if not 0 <= v <= 100:
            return "Mức độ hoàn thành phải từ 0 đến 100 %."
    elif target.kind == Kind.COUNT:
        if v < 0:
            return "Số lượng không được âm."
        if v != v.to_integral_value():
            return "Số lượng phải là số nguyên."
        if v > LARGEST_COUNT:
            return "Số quá lớn: tối đa 9 chữ số."
    elif abs(v) > LARGEST_VALUE:
        return "Số quá lớn: tối đa 12 chữ số phần nguyên."
    if _places(v) > 6:
        return "Giá trị có tối đa 6 chữ số thập phân."
    return None


def _places(figure: Decimal) -> int:
    return max(0, -figure.normalize().as_tuple().exponent)


def why_locked(submission: Submission, act: str, *, operator: bool = False) -> str | None:
    """Why an act on a report is not possible now, in Vietnamese; None where it is. An operator's load is not bound by the
    period's days (domain.md, *Interchange*)."""
    state = State(submission.state)
    if state not in ALLOWED[act]:
        return {
            State.DRAFT: "Phiếu chưa được nộp.",
            State.SUBMITTED: "Phiếu đã nộp, đang chờ duyệt. Muốn sửa, đề nghị người duyệt trả lại.",
            State.APPROVED: "Phiếu đã phê duyệt. Muốn sửa, đề nghị mở lại kèm lý do.",
            State.RETURNED: "Phiếu đã bị trả lại, đang chờ đơn vị nộp lại.",
            State.SUPERSEDED: "Phiếu này đã được thay bằng bản mới.",
        }[state]
    if act in ("save", "submit") and not operator:
        period = submission.period
        now = period.state()
        if now == PeriodState.UPCOMING:
            return f"Kỳ {period} chưa đến: mở nhập từ ngày {formatting.date(period.opens_on)}."
        if now == PeriodState.CLOSED and not (submission.extended_until and clock.today() <= submission.extended_until):
            return (
                f"Kỳ {period} đã đóng sau ngày {formatting.date(period.closes_on)}. Cần sửa: đề nghị mở lại kèm lý do."
            )
    return None


def assigned_targets(agency: Agency, period: ReportingPeriod):
    """The targets that an agency must report in a period, in the plan's order: assigned at the window's end and due."""
    in_force = Assignment.objects.in_force(period.window_last).filter(agency=agency)
    targets = Target.objects.filter(plan=period.plan_id, assignments__in=in_force).in_order()
    if not period.is_quarter_end:
        targets = targets.filter(frequency="month")
    return targets


@transaction.atomic
def open_report(*, agency: Agency, period: ReportingPeriod, by) -> Submission:
    """The newest version of an agency's report of a period, begun by its focal point where there is none."""
    if not (by.is_active and by.holds(Role.FOCAL) and by.agency_id == agency.pk):
        raise Refused("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    submission = Submission.objects.filter(agency=agency, period=period).latest_versions().first()
    if submission is not None:
        return submission
    locked = why_locked(Submission(agency=agency, period=period), "save")
    if locked:
        raise Refused(locked)
    submission, _ = Submission.objects.get_or_create(
        agency=agency, period=period, version=1, defaults={"created_at": clock.now()}
    )
    return submission


@transaction.atomic
def save_figures(
    *,
    submission: Submission,
    figures: Mapping[Target, Figures | None],
    by,
    revision: int | None = None,
    via: str = "biểu nhập",
) -> Submission:
    """Save a draft's figures: each target's, or None to take it away again. All or nothing.

    revision: the one that the form was opened with; where somebody saved in between, Conflict. Raises Refused where the
    report is locked, the person is not its focal point, a target is not asked for, or figures cannot stand.
    """
    submission = _locked(submission)
    if not Submission.objects.editable_by(by).filter(pk=submission.pk).exists():
        raise Refused("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    locked = why_locked(submission, "save")
    if locked:
        raise Refused(locked)
    if revision is not None and revision != submission.revision:
        current = {actual.target_id: actual for actual in submission.actuals.select_related("entered_by")}
        raise Conflict("Có người vừa lưu phiếu này. Chưa ghi đè số nào; chọn số đúng rồi lưu lại.", current)
    _write_actuals(submission, figures, by=by, via=via)
    return submission


@transaction.atomic
def submit(*, submission: Submission, by, address: str | None = None) -> Submission:
    """Send a report for review. A late one is marked; an empty one is refused."""
    submission = _locked(submission)
    if not Submission.objects.editable_by(by).filter(pk=submission.pk).exists():
        raise Refused("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    locked = why_locked(submission, "submit")
    if locked:
        raise Refused(locked)
    if not submission.actuals.exists():
        raise Refused("Phiếu chưa có số nào nên chưa gửi được.")
    _send(submission, by=by)
    audit(by=by, act="nộp phiếu", label=str(submission), address=address, submission=submission.pk)
    _owe(submission, _targets_of(submission))
    return submission


@transaction.atomic
def approve(*, submission: Submission, by, revision: int | None = None, address: str | None = None) -> Submission:
    """Count a report as official; the version that was official before stays in the history. Once per report: whoever comes
    second is refused. revision: the one that the reviewer looked at; any other is refused."""
    submission = _locked(submission)
    _check_reviewer(submission, by)
    locked = why_locked(submission, "approve")
    if locked:
        raise Refused(locked)
    _check_seen(submission, revision)
    touched = _make_official(submission, by=by)
    audit(by=by, act="duyệt phiếu", label=str(submission), address=address, submission=submission.pk)
    _owe(submission, touched)
    return submission


@transaction.atomic
def return_report(
    *,
    submission: Submission,
    by,
    reason: str,
    cells: Mapping[int, str] | None = None,
    revision: int | None = None,
    address: str | None = None,
) -> Submission:
    """Send a report back with a reason; cells: reasons by target where single figures are wrong. It counts in neither sum
    until it is submitted again; what was official before stays so. revision: as in `approve`."""
    submission = _locked(submission)
    _check_reviewer(submission, by)
    locked = why_locked(submission, "return")
    if locked:
        raise Refused(locked)
    _check_seen(submission, revision)
    reason = reason.strip()
    if not reason:
        raise Refused("Trả lại phải kèm lý do để đơn vị biết cần sửa gì.")
    submission.state = State.RETURNED
    submission.is_provisional = False
    submission.return_reason = reason
    submission.reviewed_at, submission.reviewed_by = clock.now(), by
    submission.extended_until = _mendable_until(submission.period)
    submission.revision += 1
    submission.save()
    official = Submission.objects.filter(agency=submission.agency, period=submission.period, is_official=True)
    official.update(is_provisional=True)
    for target, cell_reason in (cells or {}).items():
        submission.actuals.filter(target=target).update(return_reason=cell_reason.strip())
    audit(by=by, act="trả lại phiếu", label=str(submission), address=address, submission=submission.pk, reason=reason)
    _owe(submission, _targets_of(submission))
    return submission


@transaction.atomic
def reopen(*, submission: Submission, by, reason: str, address: str | None = None) -> Submission:
    """Begin a new version of an approved report, with its figures; until that one is approved the old one stays official."""
    submission = _locked(submission)
    _check_reviewer(submission, by)
    locked = why_locked(submission, "reopen")
    if locked:
        raise Refused(locked)
    if not submission.is_latest:
        raise Refused("Phiếu này đã được mở lại rồi: bản mới đang chờ đơn vị sửa hoặc chờ duyệt.")
    reason = reason.strip()
    if not reason:
        raise Refused("Mở lại phải kèm lý do.")
    newer = _new_version(submission, by=by, reason=reason)
    audit(by=by, act="mở lại phiếu", label=str(submission), address=address, submission=submission.pk, reason=reason)
    return newer


@transaction.atomic
def exempt(
    *,
    assignment: Assignment,
    by,
    reason: str,
    from_day: dt.date,
    to_day: dt.date | None = None,
    address: str | None = None,
) -> Exemption:
    """An agency need not report a target for a while; the nodes it is part of are rolled up again."""
    reason = reason.strip()
    if not reason:
        raise Refused("Miễn báo cáo phải kèm lý do.")
    exemption = Exemption(assignment=assignment, first_day=from_day, last_day=to_day, reason=reason)
    _save_with_history(exemption, by=by, reason=reason)
    audit(by=by, act="miễn báo cáo", label=str(assignment), address=address, reason=reason)
    _owe_assigned(assignment)
    return exemption


@transaction.atomic
def end_exemption(*, exemption: Exemption, by, to_day: dt.date | None, address: str | None = None) -> Exemption:
    """Let an exemption end on another day (None: not yet)."""
    exemption.last_day = to_day
    _save_with_history(exemption, by=by, reason="đổi ngày kết thúc")
    assignment = exemption.assignment
    audit(by=by, act="đổi hạn miễn báo cáo", label=str(assignment), address=address, to_day=str(to_day))
    _owe_assigned(assignment)
    return exemption


@transaction.atomic
def change_target(
    *, target: Target, by, reason: str, changes: Mapping[str, list[str]], address: str | None = None
) -> Target:
    """Save a target whose definition was changed (changes, for the log: field → before and after). Its history keeps the
    reason, and it is rolled up again from the first period on: the required line runs through the whole year."""
    reason = reason.strip()
    if not reason:
        raise Refused("Sửa mục tiêu phải kèm lý do.")
    _save_with_history(target, by=by, reason=reason)
    audit(by=by, act="sửa mục tiêu", label=str(target), address=address, reason=reason, changes=changes)
    owe(plan=target.plan, targets=[target.pk])
    return target


@transaction.atomic
def change_assignment(*, assignment: Assignment, by, reason: str, address: str | None = None) -> Assignment:
    """Save a new assignment, or one whose first or last day was changed; the nodes it is part of are rolled up again."""
    reason = reason.strip()
    if not reason:
        raise Refused("Đổi phân công phải kèm lý do.")
    _save_with_history(assignment, by=by, reason=reason)
    audit(by=by, act="đổi phân công", label=str(assignment), address=address, reason=reason)
    _owe_assigned(assignment)
    return assignment


# What an agency of a level hangs under; the province hangs under nothing.
ABOVE = {
    Level.DEPARTMENT: Level.PROVINCE,
    Level.OTHER: Level.PROVINCE,
    Level.DISTRICT: Level.PROVINCE,
    Level.COMMUNE: Level.DISTRICT,
}


@transaction.atomic
def move_agency(
    *, agency: Agency, parent: Agency, from_day: dt.date, by, reason: str, address: str | None = None
) -> Placement:
    """Hang an agency under another from a day on. Its earlier figures move with it into the sums of windows that end on
    that day or later; earlier windows keep the tree that they had (domain.md, *Roll-up*). Raises Refused."""
    reason = reason.strip()
    if not reason:
        raise Refused("Chuyển đơn vị phải kèm lý do.")
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    day = formatting.date(from_day)
    if ABOVE.get(agency.level) != parent.level:
        raise Refused(f"{agency} không thể trực thuộc {parent}. Chưa chuyển gì.")
    if Agency.objects.in_force(from_day).filter(pk__in=[agency.pk, parent.pk]).count() < 2:
        raise Refused(f"Ngày {day} đơn vị hoặc cơ quan tiếp nhận không hoạt động. Chưa chuyển gì.")
    if Agency.objects.placed(from_day).get(pk=agency.pk).parent_then == parent.pk:
        raise Refused(f"Ngày {day} {agency} đã trực thuộc {parent}. Chưa chuyển gì.")
    placement = place(agency=agency, parent=parent, from_day=from_day)
    audit(
        by=by,
        act="chuyển đơn vị",
        label=agency.name,
        address=address,
        agency=agency.code,
        parent=parent.code,
        from_day=str(from_day),
        reason=reason,
    )
    _owe_from_day(from_day)
    return placement


@transaction.atomic
def close_agency(
    *,
    agency: Agency,
    last_day: dt.date,
    by,
    reason: str,
    successor: Agency | None = None,
    address: str | None = None,
) -> Agency:
    """Let an agency end with a day. It is asked for nothing in windows that end later; the earlier months of its flows stay
    in the sums (domain.md, *Roll-up*). From the day after, the successor has what hangs under it and reports what it
    reported; without one nothing may hang under it any more. Raises Refused."""
    reason = reason.strip()
    if not reason:
        raise Refused("Kết thúc hoạt động phải kèm lý do.")
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    if agency.level == Level.PROVINCE:
        raise Refused("Không thể kết thúc hoạt động của cấp tỉnh.")
    if agency.first_day is not None and last_day < agency.first_day:
        raise Refused(f"{agency} bắt đầu từ ngày {formatting.date(agency.first_day)}. Chưa thay đổi gì.")
    day_after = last_day + dt.timedelta(days=1)
    left = list(Agency.objects.placed(day_after).in_force(day_after).filter(parent_then=agency.pk))
    if successor is None and left:
        raise Refused(f"Còn {len(left)} đơn vị trực thuộc {agency}: chọn cơ quan tiếp nhận. Chưa thay đổi gì.")
    if successor == agency:
        raise Refused("Cơ quan tiếp nhận phải là cơ quan khác.")
    changed_from = day_after if agency.last_day is None else min(day_after, agency.last_day + dt.timedelta(days=1))
    handed = []
    if successor is not None:
        for below in left:
            move_agency(agency=below, parent=successor, from_day=day_after, by=by, reason=reason, address=address)
        handed = _hand_over(agency, successor, last_day, by=by, reason=reason)
    agency.last_day = last_day
    agency.save(update_fields=["last_day"])
    audit(
        by=by,
        act="kết thúc đơn vị",
        label=agency.name,
        address=address,
        agency=agency.code,
        last_day=str(last_day),
        successor=successor.code if successor else "",
        targets=handed,
        reason=reason,
    )
    _owe_from_day(changed_from)
    return agency


def _hand_over(agency, successor, last_day, *, by, reason):
    """What an agency reports on its last day and its successor does not yet: the successor's from the day after. Returns
    the targets' codes."""
    day_after = last_day + dt.timedelta(days=1)
    if not Agency.objects.in_force(day_after).filter(pk=successor.pk).exists():
        raise Refused(f"Ngày {formatting.date(day_after)} {successor} không hoạt động. Chưa thay đổi gì.")
    held = Assignment.objects.filter(agency=successor).values("target")
    duties = Assignment.objects.in_force(last_day).filter(agency=agency).exclude(target__in=held)
    duties = list(duties.select_related("target").order_by("target__position"))
    for duty in duties:
        fresh = Assignment(target=duty.target, agency=successor, first_day=day_after)
        _save_with_history(fresh, by=by, reason=reason)
    return [duty.target.code for duty in duties]


@transaction.atomic
def load_figures(
    *,
    rows: Iterable[Reported],
    state: State,
    by=None,
    restate: str | None = None,
    source: str = "tệp",
    dry_run: bool = False,
) -> Loaded:
    """An operator's load of whole sets of figures (domain.md, *Interchange*): all or nothing, bound by no period's days.

    Afterwards each report is in `state` (draft, submitted or approved); one that is further already stays where it is. A
    figure that differs from the approved one needs `restate`, a reason: it goes into a new version. Figures outside the
    rows are never sent or approved along. source: the file's name, for the history; dry_run: only look.
    Raises BadRows with every problem, Refused where somebody wrote a report in between.
    """
    rows = list(rows)
    problems = _unfit(rows)
    reports = _loaded_reports(rows)
    for report in reports:
        problems += report.barred(state, restate)
    if problems:
        raise BadRows(sorted(problems))
    now = clock.now()
    touched = [report for report in reports if report.is_touched(state)]
    loaded = Loaded(
        written=sum(len(report.changed) for report in touched),
        unchanged=len(rows) - sum(len(report.changed) for report in touched),
        made=sum(report.latest is None for report in touched),
        changed=sum(report.latest is not None and not report.is_restated for report in touched),
        restated=sum(report.is_restated for report in touched),
        late=sum(report.becomes_late(state, now) for report in touched),
        kept_submitted=sum(state == State.DRAFT and report.rank == RANKS[State.SUBMITTED] for report in touched),
    )
    if dry_run or not touched:
        return loaded
    try:
        with transaction.atomic():
            _store_reports(touched, state, by=by, now=now, restate=restate)
            _store_figures(touched, by=by, now=now, via=f"nạp từ {source}"[:100])
    except IntegrityError:
        raise Refused("Có người vừa ghi vào một phiếu trong tệp. Chưa nạp gì; hãy chạy lại.") from None
    audit(by=by, act="nạp số liệu", label=source, state=str(state), reason=restate or "", **loaded._asdict())
    for plan in {report.period.plan for report in touched}:
        first = min(report.period.number for report in touched if report.period.plan == plan)
        owe(plan=plan, from_period=first)
    return loaded


# How far a report has come. A load takes it further, never back.
RANKS = {State.DRAFT: 0, State.RETURNED: 0, State.SUBMITTED: 1, State.APPROVED: 2}


def _unfit(rows):
    """Rows that no report could hold: not assigned, another period than asked for, the same cell twice, a flaw in the
    figures. One query a period."""
    problems, seen = [], {}
    assigned = {
        period: set(
            Assignment.objects.in_force(period.window_last)
            .filter(target__plan=period.plan_id)
            .values_list("target_id", "agency_id")
        )
        for period in {row.period for row in rows}
    }
    for row in rows:
        cell = (row.agency.pk, row.period.pk, row.target.pk)
        if cell in seen:
            problems.append(Problem(row.line, "target", f"Trùng số liệu với dòng {seen[cell]}."))
        seen.setdefault(cell, row.line)
        if not row.target.is_due_in(row.period):
            reason = f"{row.target.code} báo cáo theo quý: chỉ nhận kỳ tháng 3, 6, 9 và 12."
            problems.append(Problem(row.line, "period", reason))
        elif (row.target.pk, row.agency.pk) not in assigned[row.period]:
            day = formatting.date(row.period.window_last)
            reason = f"{row.target.code} không được giao cho {row.agency} tại ngày {day}."
            problems.append(Problem(row.line, "target", reason))
        flaw = flaw_in(row.target, row.figures)
        if flaw:
            problems.append(Problem(row.line, *flaw))
    return problems


class _LoadedReport:
    """One agency's report of a period in a load: its rows, its newest and its official version as they are stored."""

    def __init__(self, rows, latest, official, stored):
        self.rows = rows
        self.agency, self.period = rows[0].agency, rows[0].period
        self.latest, self.official = latest, official
        self.current = stored.get(latest.pk, {}) if latest else {}
        self.approved = stored.get(official.pk, {}) if official else {}
        self.rank = RANKS[latest.state] if latest else -1
        self.changed = [row for row in rows if not _is_same(self.current.get(row.target.pk), row.figures)]
        self.is_restated = bool(self.changed) and self.rank == RANKS[State.APPROVED]

    def barred(self, state, restate):
        """Rows that would overwrite an approved figure, or send figures along that are not in the file."""
        problems = []
        if restate is None:
            for row in self.rows:
                old = self.approved.get(row.target.pk)
                if old is not None and not _is_same(old, row.figures):
                    column = "numerator" if old.value is None else "value"
                    reason = f"Số đã duyệt là {_shown(old)}. Muốn thay, cần lý do: --restate LÝ DO."
                    problems.append(Problem(row.line, column, reason))
        others = self.unsettled() if -1 < self.rank < RANKS[state] else []
        if others:
            remedy = {
                0: f"mà đơn vị chưa nộp: đưa đủ các số đó vào tệp, hoặc nạp với --state {State.DRAFT}",
                1: f"đang chờ duyệt: duyệt phiếu trước, hoặc nạp với --state {State.SUBMITTED}",
            }[self.rank]
            codes = ", ".join(others)
            reason = f"Phiếu {self.latest.receipt_code} còn số ngoài tệp ({codes}) {remedy}."
            problems += [Problem(row.line, "agency", reason) for row in self.rows]
        return problems

    def unsettled(self):
        """Codes of targets outside the file in which the newest version differs from the official one."""
        given = {row.target.pk for row in self.rows}
        return [
            (self.current.get(pk) or self.approved[pk]).target.code
            for pk in sorted({*self.current, *self.approved} - given)
            if pk not in self.current or pk not in self.approved or not self.current[pk].same_figures(self.approved[pk])
        ]

    def is_touched(self, state):
        """Would the load change anything here? Figures that are official already are not made so again."""
        if self.changed:
            return True
        official = all(_is_same(self.approved.get(row.target.pk), row.figures) for row in self.rows)
        return self.rank < RANKS[state] and not official

    def becomes_late(self, state, now):
        first_sent = RANKS[state] > 0 and (self.latest is None or self.latest.first_submitted_at is None)
        return first_sent and self.official is None and now.date() > self.period.due_on


def _is_same(actual, figures):
    """Does a stored figure say the same already? A file without a note does not take a stored one away."""
    return (
        actual is not None
        and (actual.numerator, actual.denominator, actual.value) == figures[:3]
        and figures.note in ("", actual.note)
    )


def _shown(actual):
    if actual.value is not None:
        return formatting.number(actual.value)
    return f"{formatting.number(actual.numerator)}/{formatting.number(actual.denominator)}"


def _loaded_reports(rows):
    """The reports that rows belong to, held until the transaction ends. Two queries."""
    groups = {}
    for row in rows:
        groups.setdefault((row.agency.pk, row.period.pk), []).append(row)
    submissions = Submission.objects.filter(
        Q(is_latest=True) | Q(is_official=True),
        agency__in={agency for agency, _ in groups},
        period__in={period for _, period in groups},
    )
    latest, official, stored = {}, {}, {}
    for submission in submissions.select_for_update(of=("self",)).select_related("agency", "period__plan"):
        key = (submission.agency_id, submission.period_id)
        if submission.is_latest:
            latest[key] = submission
        if submission.is_official:
            official[key] = submission
    for actual in Actual.objects.filter(submission__in=submissions.values("pk")).select_related("target"):
        stored.setdefault(actual.submission_id, {})[actual.target_id] = actual
    return [_LoadedReport(group, latest.get(key), official.get(key), stored) for key, group in groups.items()]


def _store_reports(reports, state, *, by, now, restate):
    """Bring reports into their state, each step one statement; `report.version` is then the one that gets the figures."""
    sent, approved = RANKS[state] >= RANKS[State.SUBMITTED], state == State.APPROVED
    rising = [report for report in reports if report.rank < RANKS[state] or report.is_restated]
    if sent:
        # What was official gives up its flags first: at most one version of a report may carry each of them.
        retired = {"is_provisional": False}
        if approved:
            retired |= {"is_official": False, "state": State.SUPERSEDED, "revision": F("revision") + 1}
        _update([report.official for report in rising if report.official], **retired)
    _update([report.latest for report in reports if report.is_restated], is_latest=False)
    fresh = []
    for report in reports:
        report.version = report.latest
        if report.latest is None or report.is_restated:
            report.version = _fresh_version(report, state, by=by, now=now, restate=restate)
            fresh.append(report.version)
    Submission.objects.bulk_create(fresh, batch_size=BATCH)
    _update([report.latest for report in reports if report.version is report.latest], revision=F("revision") + 1)
    if sent:
        further = [report for report in rising if report.version is report.latest]
        unsent = [report for report in further if report.rank == RANKS[State.DRAFT]]
        _update([report.latest for report in unsent if report.becomes_late(state, now)], is_late=True)
        _update(
            [report.latest for report in unsent],
            state=State.SUBMITTED,
            is_provisional=True,
            submitted_at=now,
            submitted_by=by,
            first_submitted_at=Coalesce(F("first_submitted_at"), now),
            return_reason="",
        )
        Actual.objects.filter(submission__in=[report.latest.pk for report in unsent]).update(return_reason="")
        if approved:
            _update(
                [report.latest for report in further],
                state=State.APPROVED,
                is_official=True,
                reviewed_at=now,
                reviewed_by=by,
                extended_until=None,
            )


def _update(submissions, **fields):
    Submission.objects.filter(pk__in=[submission.pk for submission in submissions]).update(**fields)


def _fresh_version(report, state, *, by, now, restate):
    """A report's first version, or the one after its approved one, as a load in a state makes it."""
    old = report.latest
    sent, approved = RANKS[state] >= RANKS[State.SUBMITTED], state == State.APPROVED
    return Submission(
        agency=report.agency,
        period=report.period,
        version=old.version + 1 if old else 1,
        state=state,
        is_official=approved,
        is_provisional=sent,
        created_at=now,
        first_submitted_at=old.first_submitted_at if old else (now if sent else None),
        is_late=old.is_late if old else report.becomes_late(state, now),
        submitted_at=now if sent else None,
        submitted_by=by if sent else None,
        reviewed_at=now if approved else None,
        reviewed_by=by if approved else None,
        reopen_reason=(restate or "Nạp bổ sung số liệu.") if old else "",
        extended_until=_mendable_until(report.period) if old and not sent else None,
    )


def _store_figures(reports, *, by, now, via):
    """Write what the rows change; a new version also takes over the figures that they leave alone."""
    fresh, replaced = [], []
    for report in reports:
        for row in report.changed:
            figures = row.figures._asdict()
            actual = Actual(submission=report.version, target=row.target, **figures, entered_at=now, entered_by=by)
            stands = row.target.pk in report.current and not report.is_restated
            (replaced if stands else fresh).append(actual)
        if report.is_restated:
            given = {row.target.pk for row in report.changed}
            fresh += [_copy(actual, report.version) for pk, actual in report.current.items() if pk not in given]
    history = {"default_user": by, "default_change_reason": via, "default_date": now, "batch_size": BATCH}
    bulk_create_with_history(fresh, Actual, **history)
    replaced = Actual.objects.bulk_create(
        replaced,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["submission", "target"],
        update_fields=FIGURE_FIELDS,
    )
    Actual.history.bulk_history_create(replaced, update=True, **history)


def assign_from_groups(plan: Plan) -> int:
    """Make the assignments that the targets' reporter groups ask for, where missing; returns how many were made.

    `@lead` is the indicator's lead agency; the other groups are all agencies of a level; `A|B` means both.
    """
    by_level = {}
    for pk, level in Agency.objects.values_list("pk", "level"):
        by_level.setdefault(f"@{level}s", []).append(pk)
    wanted = []
    for target in Target.objects.filter(plan=plan).prefetch_related("indicator__parties"):
        for group in target.reporters.split("|"):
            if group == "@lead":
                agencies = [
                    party.agency_id
                    for party in target.indicator.parties.all()
                    if party.part == IndicatorParty.Part.LEAD and party.agency_id
                ]
            else:
                agencies = by_level.get(group, [])
            wanted += [(target.pk, agency) for agency in agencies]
    present = set(Assignment.objects.filter(target__plan=plan).values_list("target_id", "agency_id"))
    missing = [Assignment(target_id=t, agency_id=a) for t, a in wanted if (t, a) not in present]
    bulk_create_with_history(missing, Assignment, batch_size=1000, default_change_reason="từ nhóm báo cáo")
    return len(missing)


def owe(
    *, plan: Plan, targets: Iterable[int] | None = None, agency: Agency | None = None, from_period: int = 1
) -> None:
    """Write down, in the caller's transaction, that roll-ups are owed, and ring for them after its commit."""
    at = clock.now()
    RollupDebt.objects.bulk_create(
        RollupDebt(plan=plan, target_id=target, agency=agency, from_period=from_period, created_at=at)
        for target in ([None] if targets is None else sorted(set(targets)))
    )
    tasks.ring(plan.pk)


def _owe_assigned(assignment):
    """Whom a threshold judges depends on how many are assigned: all nodes of the target are owed, not only the agency's."""
    owe(plan=assignment.target.plan, targets=[assignment.target_id])


def _owe_from_day(day):
    """The tree changed: every plan owes the roll-ups of the windows that end on that day or later."""
    first = Min("periods__number", filter=Q(periods__window_last__gte=day))
    for plan in Plan.objects.annotate(first=first).exclude(first=None):
        owe(plan=plan, from_period=plan.first)


def _save_with_history(changed, *, by, reason):
    """Save with a line of history that says who, why, and when by the system's clock."""
    changed._history_user, changed._change_reason, changed._history_date = by, reason[:100], clock.now()
    changed.save()


def _owe(submission, targets):
    owe(
        plan=submission.period.plan,
        targets=list(targets),
        agency=submission.agency,
        from_period=submission.period.number,
    )


def _locked(submission):
    """The report as it is now, held until the transaction ends: two people at once become one after the other."""
    return (
        Submission.objects.select_for_update(of=("self",))
        .select_related("agency", "period__plan")
        .get(pk=submission.pk)
    )


def _check_reviewer(submission, by):
    if not Submission.objects.reviewable_by(by).filter(pk=submission.pk).exists():
        raise Refused("Phiếu này không thuộc phạm vi duyệt của tài khoản. Không có gì thay đổi.")


def _check_seen(submission, revision):
    if revision is not None and revision != submission.revision:
        raise Refused("Phiếu đã thay đổi sau khi trang này được mở. Chưa quyết định gì; xem lại các số.")


def _write_actuals(submission, figures, *, by, via):
    """Store figures of a report whose state has been checked; unchanged ones are left alone."""
    allowed = {target.pk for target in assigned_targets(submission.agency, submission.period)}
    present = {actual.target_id: actual for actual in submission.actuals.all()}
    now = clock.now()
    fresh, changed, gone = [], [], []
    for target, entry in figures.items():
        if target.pk not in allowed:
            raise Refused(f"{target.code} không được giao cho {submission.agency} trong kỳ {submission.period}.")
        old = present.get(target.pk)
        if entry is None:
            if old is not None:
                gone.append(old)
            continue
        problem = problem_with(target, entry)
        if problem:
            raise Refused(f"{target.code}: {problem}")
        new = Actual(submission=submission, target=target, **entry._asdict(), entered_at=now, entered_by=by)
        if old is None:
            fresh.append(new)
        elif not old.same_figures(new) or old.note != new.note:
            new.pk = old.pk
            # What was sent back stays marked until the figure or its note changes: now it has.
            changed.append(new)
    bulk_create_with_history(fresh, Actual, default_user=by, default_change_reason=via, default_date=now)
    if changed:
        bulk_update_with_history(
            changed, Actual, FIGURE_FIELDS, default_user=by, default_change_reason=via, default_date=now
        )
    for actual in gone:
        actual._change_reason, actual._history_user, actual._history_date = via, by, now
        actual.delete()
    if fresh or changed or gone:
        submission.revision += 1
        submission.save(update_fields=["revision"])


def _send(submission, *, by):
    now = clock.now()
    submission.state = State.SUBMITTED
    submission.submitted_at, submission.submitted_by = now, by
    if submission.first_submitted_at is None:
        submission.first_submitted_at = now
        submission.is_late = submission.version == 1 and now.date() > submission.period.due_on
    submission.return_reason = ""
    submission.revision += 1
    Submission.objects.filter(agency=submission.agency, period=submission.period, is_provisional=True).exclude(
        pk=submission.pk
    ).update(is_provisional=False)
    submission.is_provisional = True
    submission.save()
    submission.actuals.exclude(return_reason="").update(return_reason="")


def _make_official(submission, *, by):
    """Approve, and return the targets whose roll-ups this touches: the old version's and the new one's."""
    touched = _targets_of(submission)
    Submission.objects.filter(agency=submission.agency, period=submission.period, is_official=True).update(
        is_official=False, is_provisional=False, state=State.SUPERSEDED, revision=F("revision") + 1
    )
    Submission.objects.filter(agency=submission.agency, period=submission.period, is_provisional=True).exclude(
        pk=submission.pk
    ).update(is_provisional=False)
    submission.state = State.APPROVED
    submission.is_official = submission.is_provisional = True
    submission.reviewed_at, submission.reviewed_by = clock.now(), by
    submission.extended_until = None
    submission.revision += 1
    submission.save()
    return touched


def _new_version(submission, *, by, reason):
    """A draft copy of an approved report, which stays official until the copy is approved."""
    now = clock.now()
    Submission.objects.filter(pk=submission.pk).update(is_latest=False)
    newer = Submission.objects.create(
        agency=submission.agency,
        period=submission.period,
        version=submission.version + 1,
        created_at=now,
        first_submitted_at=submission.first_submitted_at,
        is_late=submission.is_late,
        reopen_reason=reason,
        extended_until=_mendable_until(submission.period),
    )
    copies = [_copy(actual, newer) for actual in submission.actuals.all()]
    bulk_create_with_history(
        copies, Actual, default_user=by, default_change_reason=f"mở lại: {reason}"[:100], default_date=now
    )
    return newer


def _copy(actual, submission):
    """A figure as it goes into another version: who entered it, and when, goes along."""
    actual.pk = None
    actual._state.adding = True
    actual.submission = submission
    return actual


def _mendable_until(period):
    """Until when a report that is sent back or reopened may be mended."""
    return max(period.closes_on, clock.today() + dt.timedelta(days=DAYS_TO_MEND))


def _targets_of(submission):
    """Targets with a figure in any version of this report that counts or counted."""
    return set(
        Actual.objects.filter(submission__agency=submission.agency, submission__period=submission.period).values_list(
            "target_id", flat=True
        )
    )
