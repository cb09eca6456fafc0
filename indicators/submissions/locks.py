"""Rules that say whether a submission may be changed now, which of its cells, and why not."""

from typing import NamedTuple

from agencies.models import Agency
from core import clock, formatting
from indicators.errors import ActionNotAllowed
from indicators.models import Actual, Assignment, ReportingPeriod, ReturnReason, State, Submission, Target
from indicators.periods import deadlines
from indicators.rules.calendar import PeriodState

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


# Why a figure stays closed in a report of which only others were sent back.
NOT_SENT_BACK = "Số này không bị trả lại nên vẫn khóa."
# Why one stays closed in a report for which more time was granted for others.
NO_MORE_TIME = "Kỳ đã đóng, mục tiêu này không được gia hạn nên vẫn khóa."
# The same of what a report holds beside its figures.
PART_NOT_SENT_BACK = "Việc này không bị trả lại nên vẫn khóa."
PART_NO_MORE_TIME = "Phiếu chỉ mở lại một số mục tiêu, việc này không nằm trong đó."


class ReasonForReturn(NamedTuple):
    """Why a figure, or a whole report, is sent back: a reason of the list and a word on what to mend."""

    code: ReturnReason
    words: str

    @property
    def text(self) -> str:
        """Both as one sentence."""
        return ReturnReason(self.code).with_words(self.words)


def lock_reason(submission: Submission, act: str, *, operator: bool = False) -> str | None:
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
    if act == "withdraw" and submission.reviewed_at is not None:
        return "Phiếu đã được xem và trả lại một lần. Muốn sửa nữa, đề nghị người duyệt trả lại."
    if act in ("save", "attach", "submit", "withdraw") and not operator:
        return closed_reason(submission)
    return None


def closed_reason(submission: Submission) -> str | None:
    """Why the period's days leave a report closed now; None where they do not. A query where the period itself is over."""
    period, today = submission.period, clock.today()
    now = period.state(today)
    if now == PeriodState.UPCOMING:
        return f"Kỳ {period} chưa đến: mở nhập từ ngày {formatting.date(period.opens_on)}."
    if now == PeriodState.OPEN or (submission.extended_until and today <= submission.extended_until):
        return None
    own = _own_deadlines(submission)
    if own.state(today) == PeriodState.OPEN or own.open_cells(today):
        return None
    return (
        f"Kỳ {period} đã đóng sau ngày {formatting.date(own.closes_on)}. Cần nhập hoặc sửa: đề nghị gia hạn kèm lý do."
    )


def open_cells(submission: Submission) -> frozenset[int] | None:
    """The targets for which alone more time was granted; None where the whole report is open. A query where the period itself
    is over."""
    period, today = submission.period, clock.today()
    if period.state(today) != PeriodState.CLOSED:
        return None
    if submission.extended_until and today <= submission.extended_until:
        return None
    return _own_deadlines(submission).open_cells(today) or None


def _own_deadlines(submission):
    """Its agency's days; whoever reads many reports has read them already (`sheet.read_details`)."""
    return getattr(submission, "own_deadlines", None) or deadlines.of(submission.agency, submission.period)


class OpenForMending(NamedTuple):
    """What alone may be changed while a report waits to be sent again, with what was said of each: figures by target, other
    parts by code (`enclosures`)."""

    targets: dict[int, str]
    parts: dict[str, str]


def what_is_open(submission: Submission | None) -> OpenForMending | None:
    """What was sent back one by one; None where nothing was, and the whole report is open. Two queries for a returned report
    alone."""
    if submission is None or submission.pk is None or submission.state != State.RETURNED:
        return None
    figures = submission.returned_figures.pending().values_list("target", "code", "words")
    parts = submission.returned_parts.pending().values_list("part", "code", "words")
    found = OpenForMending(
        *({what: ReasonForReturn(code, words).text for what, code, words in rows} for rows in (figures, parts))
    )
    return found if any(found) else None


def open_targets(submission: Submission | None) -> dict[int, str] | None:
    """The targets whose figures alone may be changed in a returned report; None: all of them."""
    found = what_is_open(submission)
    return found and found.targets


def part_lock_reason(code: str, opened: OpenForMending | None, cells: frozenset[int] | None) -> str:
    """Why a part of what else an open report holds is closed: others were sent back, or more time was granted for single
    figures alone. Empty where it is not. opened: `what_is_open`; cells: `open_cells`."""
    if opened is not None:
        return "" if code in opened.parts else PART_NOT_SENT_BACK
    return "" if cells is None else PART_NO_MORE_TIME


def assigned_targets(agency: Agency, period: ReportingPeriod):
    """The targets that an agency must report in a period, in the plan's order: assigned at the window's end and due."""
    return Target.objects.filter(assignments__in=Assignment.objects.due_in(period).filter(agency=agency)).in_order()


def asked_for(agency: Agency, period: ReportingPeriod) -> dict[int, Target]:
    """The same by key, with their indicators and pillars. One query."""
    duties = Assignment.objects.due_in(period).filter(agency=agency).select_related("target__indicator__pillar")
    return {duty.target_id: duty.target for duty in duties}


def figures_of(submission: Submission) -> dict[int, Actual]:
    """A report's figures by target, with whoever entered them. One query."""
    return {actual.target_id: actual for actual in submission.actuals.select_related("entered_by")}


def lock_report(submission, among=None):
    """The report as it is now, held until the transaction ends: two people at once become one after the other. among: those
    that the person may touch; Refused where it is not one of them."""
    found = (Submission.objects.all() if among is None else among).filter(pk=submission.pk)
    locked = found.select_for_update(of=("self",)).select_related("agency", "period__plan").first()
    if locked is None:
        raise ActionNotAllowed("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    return locked
