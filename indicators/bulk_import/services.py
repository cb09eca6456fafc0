"""Bulk import of figures by an operator, all or nothing (docs: domain, Interchange)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from simple_history.utils import bulk_create_with_history

from agencies.models import Agency, User
from core import clock, formatting
from core.audit.services import audit
from indicators.audit_acts import FigureAct
from indicators.errors import ActionNotAllowed
from indicators.models import (
    Actual,
    Assignment,
    ReportingPeriod,
    ReturnedFigure,
    ReturnedPart,
    State,
    Submission,
    Target,
)
from indicators.periods import deadlines, plan_guard
from indicators.rollups.pending import request_rollup
from indicators.submissions import notifications
from indicators.submissions import parts as submissions_parts
from indicators.submissions.editing import FIGURE_FIELDS
from indicators.submissions.validation import Figures, flaws_in
from indicators.submissions.workflow import BATCH, copy_contents, mendable_until


class Reported(NamedTuple):
    """One row of an import: an agency's figures of a target in a period; line: its line in the file."""

    line: int
    agency: Agency
    period: ReportingPeriod
    target: Target
    figures: Figures


class Problem(NamedTuple):
    """The reason why a row cannot be imported: its line, its column (as in docs: domain, Interchange) and the reason in
    Vietnamese."""

    line: int
    column: str
    reason: str


class Remedies(NamedTuple):
    """The words that tell how a refused row may go in all the same: in place of an approved figure, and beside contents that
    are not in the file (with the state to ask for)."""

    restate: str
    state: str


BY_COMMAND = Remedies("Muốn thay, cần lý do: --restate LÝ DO.", ", hoặc nạp với --state {}")
ON_PAGE = Remedies("Muốn thay thì mở lại phiếu, kèm lý do.", "")


class BadRows(ActionNotAllowed):
    """An import that was refused as a whole; `problems` names every faulty row and column."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} lỗi; chưa ghi gì.")
        self.problems = problems


class Loaded(NamedTuple):
    """Result of an import: figures written and figures left as the same; reports created, changed, given a new version,
    counted as late, and left submitted although a draft was requested."""

    written: int
    unchanged: int
    made: int
    changed: int
    restated: int
    late: int
    kept_submitted: int


@transaction.atomic
def load_figures(
    *,
    rows: Iterable[Reported],
    state: State,
    by: User | None = None,
    restate: str | None = None,
    source: str = "tệp",
    dry_run: bool = False,
    remedies: Remedies = BY_COMMAND,
) -> Loaded:
    """Import whole sets of figures (docs: domain, Interchange): all or nothing, independent of the periods' days.

    Afterwards each report is in `state` (draft, submitted or approved); one that is further already stays so. A figure
    that differs from the approved one needs `restate`, a reason, and goes into a new version. Figures outside the rows,
    and a report's other parts, are never submitted or approved with it. source: the file's name, for the history;
    dry_run: check only; remedies: what refusals advise. Raises BadRows with every problem, ActionNotAllowed where another
    user wrote a report in between.
    """
    rows = list(rows)
    for plan in {row.period.plan for row in rows}:
        plan_guard.require_open(plan, reports=True)
    problems = _unfit(rows)
    reports = _loaded_reports(rows)
    rising = [report for report in reports if report.latest and report.rank < RANKS[state]]
    beside = submissions_parts.unsettled([(report.latest, report.official) for report in rising])
    for report in reports:
        problems += report.barred(restate, remedies)
    for report in rising:
        problems += report.barred_by_others(beside.get(report.latest.pk), remedies)
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
            store_figures(touched, by=by, now=now, via=f"nạp từ {source}"[:100])
    except IntegrityError:
        raise ActionNotAllowed("Có người vừa ghi vào một phiếu trong tệp. Chưa nạp gì; hãy chạy lại.") from None
    entry = audit(
        by=by, act=FigureAct.BULK_IMPORT, label=source, state=str(state), reason=restate or "", **loaded._asdict()
    )
    others = [(report.agency.pk, report.period) for report in touched if by is None or report.agency.pk != by.agency_id]
    notifications.loaded(others, state=state, source=source, entry=entry.pk, by=by)
    for plan in {report.period.plan for report in touched}:
        first = min(report.period.number for report in touched if report.period.plan == plan)
        request_rollup(plan=plan, from_period=first)
    return loaded


# Order of the states: an import moves a report forward, never back.
RANKS = {State.DRAFT: 0, State.RETURNED: 0, State.SUBMITTED: 1, State.APPROVED: 2}


def _unfit(rows):
    """Return the rows that no report can hold: not assigned, not due, a cell twice, a fault in the figures. One query a
    period."""
    problems: list[Problem] = []
    seen: dict[tuple[object, ...], int] = {}
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
        problems += [Problem(row.line, *flaw) for flaw in flaws_in(row.target, row.figures)]
    return problems


class _LoadedReport:
    """One agency's report of a period in an import: its rows, and its newest and its official version as stored.

    version: the one that gets the figures (`_store_reports`).
    """

    version: Submission

    def __init__(self, rows, latest, official, stored, deadlines):
        self.rows = rows
        self.deadlines = deadlines
        self.agency, self.period = rows[0].agency, rows[0].period
        self.latest, self.official = latest, official
        self.current = stored.get(latest.pk, {}) if latest else {}
        self.approved = stored.get(official.pk, {}) if official else {}
        self.rank = RANKS[latest.state] if latest else -1
        self.changed = [row for row in rows if not _is_same(self.current.get(row.target.pk), row.figures)]
        self.is_restated = bool(self.changed) and self.rank == RANKS[State.APPROVED]

    def barred(self, restate: str | None, remedies: Remedies) -> list[Problem]:
        """Return the rows that would overwrite an approved figure."""
        problems = []
        if restate is None:
            for row in self.rows:
                old = self.approved.get(row.target.pk)
                if old is not None and not _is_same(old, row.figures):
                    column = "numerator" if old.value is None else "value"
                    reason = f"Số đã duyệt là {_shown(old)}. {remedies.restate}"
                    problems.append(Problem(row.line, column, reason))
        return problems

    def barred_by_others(self, beside: Sequence[str] | None, remedies: Remedies) -> list[Problem]:
        """Return every row where the new state would submit or approve contents outside the file: figures, or other
        parts (in words, None where there are none)."""
        first, instead = {
            0: ("mà đơn vị chưa nộp: {}", State.DRAFT),
            1: ("đang chờ duyệt: duyệt phiếu trước", State.SUBMITTED),
        }[self.rank]
        remedy = f"{first}{remedies.state.format(instead.value)}."
        reasons = []
        others = ", ".join(self.unsettled())
        if others:
            reasons.append(f"số ngoài tệp ({others}) {remedy.format('đưa đủ các số đó vào tệp')}")
        if beside:
            reasons.append(
                f"nội dung ngoài số liệu ({'; '.join(beside)}) {remedy.format('đề nghị đơn vị nộp phiếu trước')}"
            )
        return [
            Problem(row.line, "agency", f"Phiếu {self.latest.receipt_code} còn {reason}")
            for row in self.rows
            for reason in reasons
        ]

    def unsettled(self) -> list[str]:
        """Codes of targets outside the file in which the newest version differs from the official one."""
        given = {row.target.pk for row in self.rows}
        return [
            (self.current.get(pk) or self.approved[pk]).target.code
            for pk in sorted({*self.current, *self.approved} - given)
            if pk not in self.current or pk not in self.approved or not self.current[pk].same_figures(self.approved[pk])
        ]

    def is_touched(self, state: State) -> bool:
        """Return True where the import changes anything here. Figures that are official already are not written
        again."""
        if self.changed:
            return True
        official = all(_is_same(self.approved.get(row.target.pk), row.figures) for row in self.rows)
        return self.rank < RANKS[state] and not official

    def becomes_late(self, state: State, now: dt.datetime) -> bool:
        first_sent = RANKS[state] > 0 and (self.latest is None or self.latest.first_submitted_at is None)
        return first_sent and self.official is None and self.deadlines.is_late(now.date())


def _is_same(actual, figures):
    """Return True where a stored figure is the same. A file without a note does not remove a stored one."""
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
    """Return the reports of the rows, locked until the transaction ends. Three queries."""
    groups: dict[tuple[int, int], list[Reported]] = {}
    for row in rows:
        groups.setdefault((row.agency.pk, row.period.pk), []).append(row)
    submissions = Submission.objects.filter(
        Q(is_latest=True) | Q(is_official=True),
        agency__in={agency for agency, _ in groups},
        period__in={period for _, period in groups},
    )
    latest, official = {}, {}
    stored: dict[int, dict[int, Actual]] = {}
    for submission in submissions.select_for_update(of=("self",)).select_related("agency", "period__plan"):
        key = (submission.agency_id, submission.period_id)
        if submission.is_latest:
            latest[key] = submission
        if submission.is_official:
            official[key] = submission
    for actual in Actual.objects.filter(submission__in=submissions.values("pk")).select_related("target"):
        stored.setdefault(actual.submission_id, {})[actual.target_id] = actual
    calendar = deadlines.read({rows[0].period for rows in groups.values()}, {agency for agency, _ in groups})
    return [
        _LoadedReport(
            group,
            latest.get(key),
            official.get(key),
            stored,
            calendar.of(key[0], group[0].agency.level, group[0].period),
        )
        for key, group in groups.items()
    ]


def _store_reports(reports, state, *, by, now, restate):
    """Bring reports into their state, each step one statement; `report.version` is then the one that gets the
    figures."""
    sent, approved = RANKS[state] >= RANKS[State.SUBMITTED], state == State.APPROVED
    rising = [report for report in reports if report.rank < RANKS[state] or report.is_restated]
    if sent:
        # The official version loses its flags first: only one version of a report may have each of them.
        retired: dict[str, Any] = {"is_provisional": False}
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
            whole_submitted_at=now,
            submitted_by=by,
            first_submitted_at=Coalesce(F("first_submitted_at"), now),
            return_reason="",
        )
        Actual.objects.filter(submission__in=[report.latest.pk for report in unsent]).update(return_reason="")
        sent_back = ReturnedFigure.objects.pending().filter(submission__in=[report.latest.pk for report in unsent])
        sent_back.update(settled_at=now)
        parts = ReturnedPart.objects.pending().filter(submission__in=[report.latest.pk for report in unsent])
        for submission in Submission.objects.filter(pk__in=parts.values("submission")):
            for enclosure in submissions_parts.every():
                enclosure.sent(submission)
        parts.update(settled_at=now)
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
    """Return a report's first version, or the one after its approved one, in the state of the import."""
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
        whole_submitted_at=now if sent else None,
        submitted_by=by if sent else None,
        reviewed_at=now if approved else None,
        reviewed_by=by if approved else None,
        reopen_reason=(restate or "Nạp bổ sung số liệu.") if old else "",
        extended_until=mendable_until(report.period) if old and not sent else None,
    )


def store_figures(reports: Iterable["_LoadedReport"], *, by: User | None, now: dt.datetime, via: str) -> None:
    """Write the changed figures; a new version also takes over all others."""
    fresh: list[Actual] = []
    replaced: list[Actual] = []
    for report in reports:
        for row in report.changed:
            figures = row.figures._asdict()
            actual = Actual(submission=report.version, target=row.target, **figures, entered_at=now, entered_by=by)
            stands = row.target.pk in report.current and not report.is_restated
            (replaced if stands else fresh).append(actual)
    restated = [report for report in reports if report.is_restated]
    given = {(report.version.pk, row.target.pk) for report in restated for row in report.changed}
    copy_contents([(report.latest, report.version) for report in restated], by=by, via=via, now=now, without=given)
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
