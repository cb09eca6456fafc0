"""Rules that decide whether a submission, and which of its cells, may be changed now, with the reason where not."""

from typing import NamedTuple

from django.db.models import QuerySet

from agencies.models import Agency
from core import clock, formatting
from indicators.errors import ActionNotAllowed
from indicators.models import Actual, Assignment, ReportingPeriod, ReturnReason, State, Submission, Target
from indicators.periods import deadlines, plan_guard
from indicators.rules.calendar import Deadlines, PeriodState

ALLOWED = {
    "save": {State.DRAFT, State.RETURNED},
    "attach": {State.DRAFT, State.RETURNED},
    "submit": {State.DRAFT, State.RETURNED},
    "withdraw": {State.SUBMITTED},
    "approve": {State.SUBMITTED},
    "return": {State.SUBMITTED},
    "reopen": {State.APPROVED},
    "comment": {State.SUBMITTED, State.RETURNED, State.APPROVED},
    "ask": {State.SUBMITTED, State.APPROVED},
    "judge": {State.SUBMITTED, State.APPROVED},
}


# Reason of a figure that is closed in a report of which only others were returned.
NOT_SENT_BACK = "Số này không bị trả lại nên vẫn khóa."
# Reason of a figure that is closed in a report for which more time was granted for others only.
NO_MORE_TIME = "Kỳ đã đóng, chỉ tiêu này không được gia hạn nên vẫn khóa."
# The same two reasons of a report's other parts.
PART_NOT_SENT_BACK = "Việc này không bị trả lại nên vẫn khóa."
PART_NO_MORE_TIME = "Phiếu chỉ mở lại một số chỉ tiêu, việc này không nằm trong đó."


class ReasonForReturn(NamedTuple):
    """Reason for returning a figure, or a whole report: a reason of the list and an explanation."""

    code: ReturnReason
    explanation: str

    @property
    def text(self) -> str:
        """Both as one sentence."""
        return ReturnReason(self.code).with_explanation(self.explanation)


def lock_reason(submission: Submission, act: str, *, operator: bool = False) -> str | None:
    """Return the reason why an action on a report is not possible now, in Vietnamese; None where it is possible.

    operator: a bulk load, which is not bound by the period's days (docs: domain, Interchange).
    """
    refusal = plan_guard.refusal(submission.period.plan, reports=True)
    if refusal:
        return refusal
    state = State(submission.state)
    if state not in ALLOWED[act]:
        return {
            State.DRAFT: "Phiếu chưa được nộp.",
            State.SUBMITTED: "Phiếu đã nộp, đang chờ duyệt. Muốn sửa, đề nghị người duyệt trả lại.",
            State.APPROVED: "Phiếu đã duyệt. Muốn sửa, đề nghị mở lại kèm lý do.",
            State.RETURNED: "Phiếu đã bị trả lại, đang chờ đơn vị nộp lại.",
            State.SUPERSEDED: "Phiếu này đã được thay bằng bản mới.",
        }[state]
    if act == "withdraw" and submission.reviewed_at is not None:
        return "Phiếu đã được xem và trả lại một lần. Muốn sửa nữa, đề nghị người duyệt trả lại."
    if act in ("save", "attach", "submit", "withdraw") and not operator:
        return closed_reason(submission)
    return None


def closed_reason(submission: Submission) -> str | None:
    """Return the reason why the period's days leave a report closed now; None where they do not. One query where the
    period is over."""
    period, today = submission.period, clock.today()
    now = period.state(today)
    if now == PeriodState.UPCOMING:
        return f"Kỳ {period} chưa đến: mở nhập từ ngày {formatting.date(period.opens_on)}."
    if now == PeriodState.OPEN or (submission.extended_until and today <= submission.extended_until):
        return None
    agency_deadlines = _own_deadlines(submission)
    if agency_deadlines.state(today) == PeriodState.OPEN or agency_deadlines.open_cells(today):
        return None
    last_day = formatting.date(agency_deadlines.closes_on)
    return f"Kỳ {period} đã đóng sau ngày {last_day}. Cần nhập hoặc sửa: đề nghị gia hạn kèm lý do."


def open_cells(submission: Submission) -> frozenset[int] | None:
    """Return the targets for which alone more time was granted; None where the whole report is open.

    One query where the period itself is over.
    """
    period, today = submission.period, clock.today()
    if period.state(today) != PeriodState.CLOSED:
        return None
    if submission.extended_until and today <= submission.extended_until:
        return None
    return _own_deadlines(submission).open_cells(today) or None


def _own_deadlines(submission: Submission) -> Deadlines:
    """Return the deadlines of the report's agency, without a query where they were read before
    (`detail.read_details`)."""
    known: Deadlines | None = getattr(submission, "own_deadlines", None)
    return known or deadlines.of(submission.agency, submission.period)


class OpenForMending(NamedTuple):
    """The items of a returned report that alone may be changed, each with its reason: figures by target, other parts by
    code."""

    targets: dict[int, str]
    parts: dict[str, str]


def what_is_open(submission: Submission | None) -> OpenForMending | None:
    """Return the items that were returned one by one; None where none was, and the whole report is open.

    Two queries, for a returned report only.
    """
    if submission is None or submission.pk is None or submission.state != State.RETURNED:
        return None
    figures = submission.returned_figures.pending().values_list("target", "code", "explanation")
    parts = submission.returned_parts.pending().values_list("part", "code", "explanation")
    opened = OpenForMending(
        {target: ReasonForReturn(ReturnReason(code), explanation).text for target, code, explanation in figures},
        {part: ReasonForReturn(ReturnReason(code), explanation).text for part, code, explanation in parts},
    )
    return opened if any(opened) else None


def open_targets(submission: Submission | None) -> dict[int, str] | None:
    """Return the targets whose figures alone may be changed in a returned report; None: all of them."""
    opened = what_is_open(submission)
    return None if opened is None else opened.targets


def part_lock_reason(code: str, opened: OpenForMending | None, cells: frozenset[int] | None) -> str:
    """Return the reason why a part of an open report is closed: others were returned, or more time was granted for
    figures only.

    Empty where it is open. opened: `what_is_open`; cells: `open_cells`.
    """
    if opened is not None:
        return "" if code in opened.parts else PART_NOT_SENT_BACK
    return "" if cells is None else PART_NO_MORE_TIME


def assigned_targets(agency: Agency, period: ReportingPeriod) -> QuerySet[Target]:
    """Targets that an agency must report in a period, in the plan's order: assigned at the window's end and due."""
    return Target.objects.filter(assignments__in=Assignment.objects.due_in(period).filter(agency=agency)).in_order()


def targets_due(agency: Agency, period: ReportingPeriod) -> dict[int, Target]:
    """Read the same targets by id, with their indicators, pillars and registered denominators. One query."""
    due = Assignment.objects.due_in(period).filter(agency=agency).select_related("target__indicator__pillar")
    return {assignment.target_id: assignment.target_as_registered for assignment in due.with_denominator(period)}


def figures_of(submission: Submission) -> dict[int, Actual]:
    """Read a report's figures by target, with the users who entered them. One query."""
    return {actual.target_id: actual for actual in submission.actuals.select_related("entered_by")}


def lock_report(submission: Submission, among: QuerySet[Submission] | None = None) -> Submission:
    """Read the report again and lock it until the transaction ends, so that concurrent changes come one after the
    other.

    among: those that the user may change; ActionNotAllowed where it is not one of them.
    """
    reports = (Submission.objects.all() if among is None else among).filter(pk=submission.pk)
    locked = reports.select_for_update(of=("self",)).select_related("agency", "period__plan", "submitted_by").first()
    if locked is None:
        raise ActionNotAllowed("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    return locked
