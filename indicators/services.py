"""The writes that span models: verbs with `by=`, each one transaction, each with its line in the log and its debt.

What may be done in which state stands in one table, ALLOWED (promises F-03, F-04)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from agencies.models import Agency
from agencies.services import audit
from chuyendoiso import clock, formatting
from indicators import tasks
from indicators.measurement.calendar import PeriodState
from indicators.models import (
    Actual,
    Assignment,
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


def problem_with(target: Target, figures: Figures) -> str | None:
    """Why the figures cannot stand for the target, in Vietnamese; None where they can (domain.md, *Kinds of target*)."""
    n, d, v = figures.numerator, figures.denominator, figures.value
    if target.kind == Kind.RATIO:
        if v is not None:
            return f"{target.code} là tỷ lệ: nhập tử số và mẫu số, không nhập giá trị."
        if n is None or d is None:
            return f"{target.code} cần cả tử số và mẫu số."
        if n < 0 or d < 0:
            return "Tử số và mẫu số không được âm."
        if max(n, d) > LARGEST_RATIO_PART:
            return "Số quá lớn: tối đa 12 chữ số phần nguyên."
        if max(_places(n), _places(d)) > 3:
            return "Tử số và mẫu số có tối đa 3 chữ số thập phân."
        if target.is_share and n > d:
            return f"Tử số {formatting.number(n)} lớn hơn mẫu số {formatting.number(d)}."
        if not target.is_share and d == 0 and n > 0:
            return "Mẫu số bằng 0 thì tử số phải bằng 0."
        return None
    if n is not None or d is not None:
        return f"{target.code} chỉ có một giá trị: không nhập tử số, mẫu số."
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
    """The newest version of an agency's report of a period, begun where there is none."""
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
    audit(by=by, act="nộp phiếu", label=str(submission), address=address, code=submission.receipt_code)
    _owe(submission, submission.actuals.values_list("target_id", flat=True))
    return submission


@transaction.atomic
def approve(*, submission: Submission, by, address: str | None = None) -> Submission:
    """Count a report as official; the version that was official before stays in the history. Once per report: whoever comes
    second is refused."""
    submission = _locked(submission)
    _check_reviewer(submission, by)
    locked = why_locked(submission, "approve")
    if locked:
        raise Refused(locked)
    touched = _make_official(submission, by=by)
    audit(by=by, act="duyệt phiếu", label=str(submission), address=address, version=submission.version)
    _owe(submission, touched)
    return submission


@transaction.atomic
def return_report(
    *, submission: Submission, by, reason: str, cells: Mapping[int, str] | None = None, address: str | None = None
) -> Submission:
    """Send a report back with a reason; cells: reasons by target where single figures are wrong. It counts in neither sum
    until it is submitted again; what was official before stays so."""
    submission = _locked(submission)
    _check_reviewer(submission, by)
    locked = why_locked(submission, "return")
    if locked:
        raise Refused(locked)
    reason = reason.strip()
    if not reason:
        raise Refused("Trả lại phải kèm lý do để đơn vị biết cần sửa gì.")
    submission.state = State.RETURNED
    submission.is_provisional = False
    submission.return_reason = reason
    submission.reviewed_at, submission.reviewed_by = clock.now(), by
    submission.extended_until = max(submission.period.closes_on, clock.today() + dt.timedelta(days=DAYS_TO_MEND))
    submission.revision += 1
    submission.save()
    official = Submission.objects.filter(agency=submission.agency, period=submission.period, is_official=True)
    official.update(is_provisional=True)
    for target, cell_reason in (cells or {}).items():
        submission.actuals.filter(target=target).update(return_reason=cell_reason.strip())
    audit(by=by, act="trả lại phiếu", label=str(submission), address=address, reason=reason)
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
    reason = reason.strip()
    if not reason:
        raise Refused("Mở lại phải kèm lý do.")
    newer = _new_version(submission, by=by, reason=reason)
    audit(by=by, act="mở lại phiếu", label=str(submission), address=address, reason=reason, version=newer.version)
    return newer


@transaction.atomic
def exempt(*, assignment: Assignment, by, reason: str, from_day: dt.date, to_day: dt.date | None = None):
    """An agency need not report a target for a while; the nodes it is part of are rolled up again."""
    exemption = assignment.exemptions.create(first_day=from_day, last_day=to_day, reason=reason)
    audit(by=by, act="miễn báo cáo", label=str(assignment), reason=reason)
    # Whom a threshold judges depends on how many are assigned: all nodes of the target, not only the agency's.
    owe(plan=assignment.target.plan, targets=[assignment.target_id])
    return exemption


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
        fields = [
            "numerator",
            "denominator",
            "value",
            "nothing_arose",
            "note",
            "return_reason",
            "entered_at",
            "entered_by",
        ]
        bulk_update_with_history(changed, Actual, fields, default_user=by, default_change_reason=via, default_date=now)
    for actual in gone:
        actual._change_reason, actual._history_user = via, by
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
        extended_until=max(submission.period.closes_on, clock.today() + dt.timedelta(days=DAYS_TO_MEND)),
    )
    copies = []
    for actual in submission.actuals.all():
        actual.pk = None
        actual._state.adding = True
        actual.submission = newer
        copies.append(actual)
    bulk_create_with_history(copies, Actual, default_user=by, default_change_reason=f"mở lại: {reason}"[:100])
    return newer


def _targets_of(submission):
    """Targets with a figure in any version of this report that counts or counted."""
    return set(
        Actual.objects.filter(submission__agency=submission.agency, submission__period=submission.period).values_list(
            "target_id", flat=True
        )
    )
