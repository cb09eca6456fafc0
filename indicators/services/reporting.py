"""A report's way: begun, filled in, sent, taken back, approved or returned, reopened.

What may be done in which state stands in one table, ALLOWED (promises F-03, F-04)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from agencies.models import Agency, Role
from agencies.services import audit
from chuyendoiso import clock, formatting
from indicators import deadlines, enclosures, notices, tasks
from indicators.measurement.calendar import PeriodState
from indicators.models import (
    Actual,
    Assignment,
    Evidence,
    ReportingPeriod,
    ReturnedFigure,
    ReturnedPart,
    ReturnReason,
    State,
    Submission,
    Target,
)
from indicators.receipts import checksum, figures_text

from .debts import owe_report
from .figures import Figures, problem_with
from .refusal import Conflict, Refused

# A report sent back or reopened after its period has closed can be mended for this many days.
DAYS_TO_MEND = 3
# Rows in one statement that writes many reports.
BATCH = 1000

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


class SentBack(NamedTuple):
    """Why a figure, or a whole report, is sent back: a reason of the list and a word on what to mend."""

    code: ReturnReason
    words: str

    @property
    def text(self) -> str:
        """Both as one sentence."""
        return ReturnReason(self.code).with_words(self.words)


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
    if act == "withdraw" and submission.reviewed_at is not None:
        return "Phiếu đã được xem và trả lại một lần. Muốn sửa nữa, đề nghị người duyệt trả lại."
    if act in ("save", "attach", "submit", "withdraw") and not operator:
        return why_closed(submission)
    return None


def why_closed(submission: Submission) -> str | None:
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
    """Its agency's days; whoever reads many reports has read them already (`sheet.read_sheets`)."""
    return getattr(submission, "own_deadlines", None) or deadlines.of(submission.agency, submission.period)


class Open(NamedTuple):
    """What alone may be changed while a report waits to be sent again, with what was said of each: figures by target, other
    parts by code (`enclosures`)."""

    targets: dict[int, str]
    parts: dict[str, str]


def what_is_open(submission: Submission | None) -> Open | None:
    """What was sent back one by one; None where nothing was, and the whole report is open. Two queries for a returned report
    alone."""
    if submission is None or submission.pk is None or submission.state != State.RETURNED:
        return None
    figures = submission.returned_figures.pending().values_list("target", "code", "words")
    parts = submission.returned_parts.pending().values_list("part", "code", "words")
    found = Open(*({what: SentBack(code, words).text for what, code, words in rows} for rows in (figures, parts)))
    return found if any(found) else None


def open_targets(submission: Submission | None) -> dict[int, str] | None:
    """The targets whose figures alone may be changed in a returned report; None: all of them."""
    found = what_is_open(submission)
    return found and found.targets


def why_part_locked(code: str, opened: Open | None, cells: frozenset[int] | None) -> str:
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


@transaction.atomic
def open_report(*, agency: Agency, period: ReportingPeriod, by, on_behalf: bool = False) -> Submission:
    """The newest version of an agency's report of a period, begun by its focal point where there is none; `on_behalf`: or by
    its district, which may put figures down for it."""
    own = by.is_active and by.holds(Role.FOCAL) and by.agency_id == agency.pk
    if not (own or (on_behalf and Agency.objects.filled_in_by(by).filter(pk=agency.pk).exists())):
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


class Held(NamedTuple):
    """A report that nobody else changes before the transaction ends: what is asked for and what is reported, by target."""

    submission: Submission
    asked: dict[int, Target]
    figures: dict[int, Actual]


def hold(agency: Agency, period: ReportingPeriod, *, by) -> Held | None:
    """The newest version of the report that its focal point fills in, held until the transaction ends: what is typed is judged
    against what is stored, and saved (`save_held`), with nobody in between. None where none was begun. Three queries."""
    own = Submission.objects.editable_by(by).filter(agency=agency, period=period).latest_versions()
    submission = own.select_for_update().first()
    if submission is None:
        return None
    submission.agency, submission.period = agency, period
    return _held(submission)


def _held(submission):
    """A report that is locked, with what belongs to it."""
    return Held(submission, asked_for(submission.agency, submission.period), figures_of(submission))


def save_held(held: Held, figures: Mapping[Target, Figures | None], *, by, via: str = "biểu nhập") -> None:
    """Save figures of a report that is held, in the same transaction; as `save_figures`, without reading anything again."""
    locked = why_locked(held.submission, "save")
    if locked:
        raise Refused(locked)
    _write_actuals(held, figures, by=by, via=via)


@transaction.atomic
def save_figures(
    *,
    submission: Submission,
    figures: Mapping[Target, Figures | None],
    by,
    revision: int | None = None,
    via: str = "biểu nhập",
    on_behalf: bool = False,
) -> Submission:
    """Save a draft's figures: each target's, or None to take it away again. All or nothing. via: how they came, for the
    history; on_behalf: the agency's district may do it too (`AgencyQuerySet.filled_in_by`), and its focal points are told.

    revision: the one that the form was opened with; where somebody saved in between, Conflict. Raises Refused where the
    report or a figure is locked, the person is not its focal point, a target is not asked for, or figures cannot stand.
    """
    submission = lock_report(
        submission, Submission.objects.fillable_by(by) if on_behalf else Submission.objects.editable_by(by)
    )
    locked = why_locked(submission, "save")
    if locked:
        raise Refused(locked)
    if revision is not None and revision != submission.revision:
        current = figures_of(submission)
        raise Conflict("Có người vừa lưu phiếu này. Chưa ghi đè số nào; chọn số đúng rồi lưu lại.", current)
    written = _write_actuals(_held(submission), figures, by=by, via=via)
    if written and by.agency_id != submission.agency_id:
        notices.filled_in(submission, by=by, targets=written, via=via)
    return submission


@transaction.atomic
def submit(*, submission: Submission, by, revision: int | None = None, address: str | None = None) -> Submission:
    """Send a report for review. A late one is marked; an empty one is refused. revision: the one that the sender looked at;
    any other is refused. The log keeps the checksum of the figures (`indicators.receipts`)."""
    submission = lock_report(submission, Submission.objects.editable_by(by))
    locked = why_locked(submission, "submit")
    if locked:
        raise Refused(locked)
    if not (submission.actuals.exists() or enclosures.holds_any(submission)):
        raise Refused("Phiếu chưa có số nào nên chưa gửi được.")
    if revision is not None and revision != submission.revision:
        raise Refused("Có số vừa thay đổi sau khi trang này được mở. Phiếu chưa gửi; xem lại các số rồi gửi.")
    _send(submission, by=by)
    proof = checksum(figures_text(submission, submission.actuals.select_related("target")))
    audit(by=by, act="nộp phiếu", label=str(submission), address=address, submission=submission.pk, checksum=proof)
    owe_report(submission, _targets_of(submission))
    return submission


@transaction.atomic
def withdraw(*, submission: Submission, by, address: str | None = None) -> Submission:
    """Take back a report that nobody has decided on: it is a draft again and counts in no sum. Its sending is undone: a
    first version's punctuality is judged anew when it is sent again."""
    submission = lock_report(submission, Submission.objects.editable_by(by))
    locked = why_locked(submission, "withdraw")
    if locked:
        raise Refused(locked)
    submission.state = State.DRAFT
    submission.submitted_at = submission.submitted_by = None
    if submission.version == 1:
        submission.first_submitted_at, submission.is_late = None, False
    _count_no_longer(submission)
    audit(by=by, act="rút lại phiếu", label=str(submission), address=address, submission=submission.pk)
    owe_report(submission, _targets_of(submission))
    return submission


@transaction.atomic
def approve(*, submission: Submission, by, revision: int | None = None, address: str | None = None) -> Submission:
    """Count a report as official; the version that was official before stays in the history. Once per report: whoever comes
    second is refused. revision: the one that the reviewer looked at; any other is refused."""
    submission = lock_report(submission)
    _check_reviewer(submission, by)
    locked = why_locked(submission, "approve")
    if locked:
        raise Refused(locked)
    _check_seen(submission, revision)
    touched = _make_official(submission, by=by)
    audit(by=by, act="duyệt phiếu", label=str(submission), address=address, submission=submission.pk)
    notices.approved(submission, by=by)
    owe_report(submission, touched)
    return submission


class Decided(NamedTuple):
    """What became of one of many reports: approved, or why not."""

    submission: Submission
    refusal: str = ""


def approve_many(*, reports: Iterable[tuple[Submission, int]], by, address: str | None = None) -> list[Decided]:
    """Approve reports one by one, each with the revision that the reviewer saw and in its own transaction: one that is
    refused keeps no other back. Their roll-ups are asked for once, at the end."""
    decided = []
    with tasks.one_bell():
        for submission, revision in reports:
            try:
                approve(submission=submission, by=by, revision=revision, address=address)
            except Refused as refused:
                decided.append(Decided(submission, str(refused)))
            else:
                decided.append(Decided(submission))
    return decided


@transaction.atomic
def return_report(
    *,
    submission: Submission,
    by,
    reason: str,
    code: ReturnReason = ReturnReason.OTHER,
    cells: Mapping[int, SentBack] | None = None,
    parts: Mapping[str, SentBack] | None = None,
    revision: int | None = None,
    address: str | None = None,
) -> Submission:
    """Send a report back with a reason: the whole of it, and it counts in neither sum until it is submitted again; or single
    figures (cells: by target) and parts of what else it holds (parts: by code, `enclosures`), and then only these can be
    changed and count no more, the others stay as they were sent and count on. What was official before stays so. revision:
    as in `approve`."""
    submission = lock_report(submission)
    _check_reviewer(submission, by)
    locked = why_locked(submission, "return")
    if locked:
        raise Refused(locked)
    _check_seen(submission, revision)
    whole = SentBack(code, reason.strip())
    cells = {target: SentBack(cell.code, cell.words.strip()) for target, cell in (cells or {}).items()}
    parts = {part: SentBack(said.code, said.words.strip()) for part, said in (parts or {}).items()}
    if not whole.words or not all(said.words for said in [*cells.values(), *parts.values()]):
        raise Refused("Trả lại phải kèm lý do để đơn vị biết cần sửa gì.")
    submission.state = State.RETURNED
    submission.return_reason = whole.text
    submission.reviewed_at, submission.reviewed_by = clock.now(), by
    submission.extended_until = mendable_until(submission.period)
    if cells or parts:
        # The others stay as they were sent, and count on.
        submission.revision += 1
        submission.save()
    else:
        _count_no_longer(submission)
    _send_back(submission, cells, by=by)
    _send_parts_back(submission, parts, by=by)
    audit(
        by=by,
        act="trả lại phiếu",
        label=str(submission),
        address=address,
        submission=submission.pk,
        reason=whole.text,
        code=str(code),
        targets=sorted(cells),
        parts=sorted(parts),
    )
    said = _returned_cells(submission) | {part.replace("-", "."): why.text for part, why in parts.items()}
    notices.returned(submission, by=by, cells=said)
    owe_report(submission, _targets_of(submission))
    return submission


@transaction.atomic
def reopen(
    *,
    submission: Submission,
    by,
    reason: str,
    code: ReturnReason = ReturnReason.OTHER,
    address: str | None = None,
) -> Submission:
    """Begin a new version of an approved report, with its figures; until that one is approved the old one stays official.
    code, reason: a reason of the list and a word, as for a return."""
    submission = lock_report(submission)
    _check_reviewer(submission, by)
    locked = why_locked(submission, "reopen")
    if locked:
        raise Refused(locked)
    if not submission.is_latest:
        raise Refused("Phiếu này đã được mở lại rồi: bản mới đang chờ đơn vị sửa hoặc chờ duyệt.")
    why = SentBack(code, reason.strip())
    if not why.words:
        raise Refused("Mở lại phải kèm lý do.")
    newer = new_version(submission, by=by, reason=why.text, until=mendable_until(submission.period))
    audit(
        by=by,
        act="mở lại phiếu",
        label=str(submission),
        address=address,
        submission=submission.pk,
        reason=why.text,
        code=str(code),
    )
    notices.reopened(newer, by=by)
    return newer


def lock_report(submission, among=None):
    """The report as it is now, held until the transaction ends: two people at once become one after the other. among: those
    that the person may touch; Refused where it is not one of them."""
    found = (Submission.objects.all() if among is None else among).filter(pk=submission.pk)
    locked = found.select_for_update(of=("self",)).select_related("agency", "period__plan").first()
    if locked is None:
        raise Refused("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    return locked


def _check_reviewer(submission, by):
    if not Submission.objects.reviewable_by(by).filter(pk=submission.pk).exists():
        raise Refused("Phiếu này không thuộc phạm vi duyệt của tài khoản. Không có gì thay đổi.")


def _returned_cells(submission):
    """{code: reason} of the figures that are sent back one by one."""
    cells = submission.returned_figures.pending().select_related("target").order_by("target__position")
    return {cell.target.code: cell.text for cell in cells}


def _check_seen(submission, revision):
    if revision is not None and revision != submission.revision:
        raise Refused("Phiếu đã thay đổi sau khi trang này được mở. Chưa quyết định gì; xem lại các số.")


def _count_no_longer(submission):
    """Store a report that leaves the provisional sums; what was official before counts there again."""
    submission.is_provisional = False
    submission.revision += 1
    submission.save()
    official = Submission.objects.filter(agency=submission.agency, period=submission.period, is_official=True)
    official.update(is_provisional=True)


def _send_back(submission, cells, *, by):
    """Mark the figures that are sent back, those that are missing too; each says so in its history."""
    asked = asked_for(submission.agency, submission.period).keys()
    present = {actual.target_id: actual for actual in submission.actuals.all()}
    if not cells.keys() <= asked | present.keys():
        raise Refused("Có mục tiêu không thuộc phiếu này. Chưa trả lại gì.")
    now = submission.reviewed_at
    ReturnedFigure.objects.bulk_create(
        ReturnedFigure(submission=submission, target_id=target, code=cell.code, words=cell.words, at=now, by=by)
        for target, cell in cells.items()
    )
    marked = []
    for target, cell in cells.items():
        if target in present:
            present[target].return_reason = cell.text
            present[target]._change_reason = f"trả lại: {cell.text}"[:100]
            marked.append(present[target])
    if marked:
        bulk_update_with_history(marked, Actual, ["return_reason"], default_user=by, default_date=now)


def _send_parts_back(submission, parts, *, by):
    """Mark what else is sent back, what is missing too."""
    if parts:
        held = enclosures.contents(submission.agency, submission.period, submission)
        if not parts.keys() <= {part.code for one in held for part in one.parts}:
            raise Refused("Có mục không thuộc phiếu này. Chưa trả lại gì.")
    ReturnedPart.objects.bulk_create(
        ReturnedPart(submission=submission, part=part, code=why.code, words=why.words, at=submission.reviewed_at, by=by)
        for part, why in parts.items()
    )
    for enclosure in enclosures.every():
        enclosure.send_back(submission, {part: why.text for part, why in parts.items()})


def _write_actuals(held, figures, *, by, via):
    """Store figures of a report whose state has been checked; unchanged ones are left alone. Returns the codes of the targets
    whose figures are other ones now. Nothing is written before all has been checked."""
    submission, asked, present = held
    opened = open_targets(submission)
    cells = open_cells(submission)
    now = clock.now()
    fresh, changed, gone = [], [], []
    for target, entry in figures.items():
        if target.pk not in asked:
            raise Refused(f"{target.code} không được giao cho {submission.agency} trong kỳ {submission.period}.")
        old = present.get(target.pk)
        if entry is None:
            if old is not None:
                _check_open(target, opened)
                _check_cell(target, cells)
                gone.append(old)
            continue
        problem = problem_with(target, entry)
        if problem:
            raise Refused(f"{target.code}: {problem}")
        new = Actual(submission=submission, target=target, **entry._asdict(), entered_at=now, entered_by=by)
        if old is None:
            _check_open(target, opened)
            _check_cell(target, cells)
            fresh.append(new)
        elif not old.same_figures(new) or old.note != new.note:
            _check_open(target, opened)
            _check_cell(target, cells)
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
    written = {actual.target_id for actual in (*fresh, *changed, *gone)}
    return [target.code for target in figures if target.pk in written]


def _check_open(target, opened):
    if opened is not None and target.pk not in opened:
        raise Refused(f"{target.code}: {NOT_SENT_BACK} Chưa lưu gì.")


def _check_cell(target, cells):
    if cells is not None and target.pk not in cells:
        raise Refused(f"{target.code}: {NO_MORE_TIME} Chưa lưu gì.")


def _send(submission, *, by):
    now = clock.now()
    submission.state = State.SUBMITTED
    submission.submitted_at, submission.submitted_by = now, by
    if submission.first_submitted_at is None:
        submission.first_submitted_at = now
        own = deadlines.of(submission.agency, submission.period)
        submission.is_late = submission.version == 1 and own.is_late(now.date())
    submission.return_reason = ""
    submission.revision += 1
    Submission.objects.filter(agency=submission.agency, period=submission.period, is_provisional=True).exclude(
        pk=submission.pk
    ).update(is_provisional=False)
    submission.is_provisional = True
    submission.save()
    submission.actuals.exclude(return_reason="").update(return_reason="")
    submission.returned_figures.pending().update(settled_at=now)
    submission.returned_parts.pending().update(settled_at=now)
    for enclosure in enclosures.every():
        enclosure.sent(submission)


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


def new_version(submission, *, by, reason, until):
    """A draft copy of an approved report, which stays official until the copy is approved; until: the last day on which all
    of it may be mended (None: the period's own)."""
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
        extended_until=until,
    )
    copy_contents([(submission, newer)], by=by, via=f"mở lại: {reason}"[:100], now=now)
    return newer


def copy_contents(versions, *, by, via, now, without=frozenset()):
    """Take what approved reports hold over into the versions that follow them: figures, the files behind them, and what the
    apps above put beside them. Who entered a figure, and when, goes along; the stored files are the same.

    versions: pairs of old and new; without: (pk of the new version, pk of the target) of figures that are left out.
    """
    newer = {old.pk: new for old, new in versions}
    figures = Actual.objects.filter(submission__in=newer)
    copies = [_copy(actual, newer) for actual in figures]
    copies = [copy for copy in copies if (copy.submission_id, copy.target_id) not in without]
    history = {"default_user": by, "default_change_reason": via, "default_date": now, "batch_size": BATCH}
    bulk_create_with_history(copies, Actual, **history)
    files = Evidence.objects.filter(submission__in=newer)
    Evidence.objects.bulk_create((_copy(kept, newer) for kept in files), batch_size=BATCH)
    for enclosure in enclosures.every():
        enclosure.copy(versions, by=by)


def _copy(held, newer):
    """A figure or file as it goes into the version that follows its own."""
    held.pk = None
    held._state.adding = True
    held.submission = newer[held.submission_id]
    return held


def mendable_until(period):
    """Until when a report that is sent back or reopened may be mended."""
    return max(period.closes_on, clock.today() + dt.timedelta(days=DAYS_TO_MEND))


def _targets_of(submission):
    """Targets with a figure in any version of this report that counts or counted."""
    return set(
        Actual.objects.filter(submission__agency=submission.agency, submission__period=submission.period).values_list(
            "target_id", flat=True
        )
    )
