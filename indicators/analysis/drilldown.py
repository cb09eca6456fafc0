"""The drill-down into a figure: one roll-up row split into each agency's report, with the agencies that are missing and
the reason.

Queries in, frozen dataclasses out (domain.md, *Roll-up*, *Which figures count*). The parts are read from the
submissions themselves, not from the roll-up, so that their sum proves it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from agencies.as_of import AsOf
from agencies.models import Agency, Placement, User
from indicators.analysis import scenarios
from indicators.analysis.nodes import Node, NodeRow, agencies_of, as_row, leads, node_history
from indicators.models import (
    Actual,
    Assignment,
    Evidence,
    Exemption,
    ReportingPeriod,
    RollupState,
    Scope,
    State,
    Submission,
    Target,
    Timing,
)
from indicators.rollups import engine
from indicators.rollups.succession import Standing, Successions
from indicators.rules.calendar import last_due, year_start
from indicators.rules.combining import MICRO, round_half_away, year_to_date
from indicators.rules.nothing import states_nothing
from indicators.selection import Selection
from indicators.submissions.kinds import share_of

# (ΣN, ΣD, Σ value) of several agencies.
Sums = tuple[Decimal | None, Decimal | None, Decimal | None]
NOT_REPORTED, BLANK, DRAFT, WAITING, RETURNED = "not_reported", "blank", "draft", "waiting", "returned"


@dataclass(frozen=True)
class ContributingReport:
    """One figure that counts, with its period (number and label), author and approver. address: the submission's key, None
    for readers who may not open it; files: its evidence, for readers who may."""

    month: int
    label: str
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    nothing_arose: bool
    note: str
    entered_by: str
    entered_at: dt.datetime
    approved_by: str
    approved_at: dt.datetime | None
    is_approved: bool
    receipt_code: str
    address: int | None
    files: Sequence[Evidence] = ()

    @property
    def states_nothing(self) -> bool:
        """True where the report states that nothing arose."""
        return states_nothing(self)

    @property
    def month_cell(self) -> int | str:
        """The month in a cell of a sheet: a number, with its year a text."""
        return int(self.label) if self.label.isdecimal() else self.label


@dataclass(frozen=True)
class Contributor:
    """An agency's part: the sum of a flow's months, else the latest figure. gaps: labels of the due months of a flow without a
    figure; is_carried: its figure is older than the last due month; is_assigned: False where only its earlier months
    count; is_standing: it ended, and its last figure still counts."""

    agency: Agency
    reports: Sequence[ContributingReport]
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    gaps: Sequence[str]
    is_carried: bool
    is_assigned: bool
    is_standing: bool = False

    @property
    def share(self) -> Decimal | None:
        """100 × N ÷ D of a ratio; None of 0/0 and of other kinds."""
        if self.numerator is None or self.denominator is None:
            return None
        return share_of(self.numerator, self.denominator)

    @property
    def nothing_arose(self) -> bool:
        """True where the agency stated in every month that counts that nothing arose."""
        return all(states_nothing(report) for report in self.reports)

    @property
    def month(self) -> int:
        """The latest month with a figure."""
        return self.reports[-1].month


@dataclass(frozen=True)
class Absent:
    """An agency without a figure of the last due month. why: NOT_REPORTED, BLANK, DRAFT, WAITING or RETURNED; reason:
    of a return, for readers who may open it."""

    agency: Agency
    why: str
    since: dt.datetime | None
    reason: str
    address: int | None


@dataclass(frozen=True)
class Exempted:
    """An agency that need not report as of the period's end; `last_day` is None while no end is set."""

    agency: Agency
    reason: str
    first_day: dt.date
    last_day: dt.date | None


@dataclass(frozen=True)
class Others:
    """The sum over the agencies whose figures the reader may not see one by one: exactly the rest."""

    contributing: int
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    absent: int
    exempt: int


@dataclass(frozen=True)
class Explanation:
    """A roll-up row and its parts. numerator, denominator, value: the sums over the parts (of a yes/no the number of
    yes and of agencies assigned, of a milestone Σ of values); agrees: True where they make exactly the roll-up's
    figure; held_back: agencies whose newer figures do not count yet, as the state before a reorganisation stands until all
    that go on have reported."""

    target: Target
    node: Node
    row: NodeRow
    contributors: Sequence[Contributor]
    others: Others
    absent: Sequence[Absent]
    exempt: Sequence[Exempted]
    figures: int
    assigned: int
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    agrees: bool
    held_back: Sequence[Agency]
    prospect: scenarios.Prospect | None
    computed_at: dt.datetime | None
    is_pending: bool

    @property
    def is_flow(self) -> bool:
        return self.target.timing == Timing.FLOW

    @property
    def absent_count(self) -> int:
        return len(self.absent) + self.others.absent

    @property
    def exempt_count(self) -> int:
        return len(self.exempt) + self.others.exempt


def explain(selection: Selection, target: Target, user: User, node_code: str) -> Explanation:
    """Explain a target's figure at a node. Raises Http404 where the reader may not see the row or there is none.

    node_code: as in `?node=`, empty for the province. A fixed number of queries, whatever the number of agencies.
    """
    then = AsOf(selection.period.window_last)
    node, history = node_history(selection, target, user, node_code, then)
    stored = next((r for r in history if r.basis == selection.basis and r.period_id == selection.period.pk), None)
    if stored is None:
        raise Http404("Không có số tổng hợp này.")
    since = year_start(selection.period.number) if target.restarts else 1
    due = last_due(selection.period.number, target.cycle, selection.plan.first_month, since)
    windows = {period.number: period for period in selection.periods}
    assignments = _assignments(target, node, selection.period)
    then.apply_to(assignment.agency for assignment in assignments)
    openable = _openable(user)
    readable = None if openable is None or leads(user, target) else openable
    standing, unborn = _standing(selection, target, node)
    if standing.ended:
        assignments = _with_ended(target, assignments, standing.ended)
        then.apply_to(assignment.agency for assignment in assignments)
    reports = _reports(selection, target, assignments, readable)
    assigned = {a.agency_id for a in assignments if in_force(a, selection.period.window_last)}
    counting = (assigned | standing.ended) - unborn
    contributors, held_back = [], []
    for assignment in assignments:
        agency, all_reports = assignment.agency_id, reports.get(assignment.agency_id, [])
        until = standing.limits.get(agency)
        counted = (
            []
            if agency in unborn
            else [r for r in all_reports if until is None or windows[r.month].window_last <= until]
        )
        if counted and (agency in counting or target.timing == Timing.FLOW):
            part = _contributor(target, assignment, counted, windows, selection.period, assigned)
            contributors.append(replace(part, is_standing=agency in standing.ended))
        if len(counted) < len(all_reports) and agency in assigned and (readable is None or agency in readable):
            held_back.append(assignment.agency)
    current = {agency for agency in assigned if any(r.month >= due for r in reports.get(agency, []))}
    gone = [a for a in assignments if a.agency_id in assigned - current] if due else []
    absent = _absent(selection, target, gone, due, openable)
    exempt = [exempted for a in assignments if (exempted := _exempted(a, selection.period.window_last))]
    sums = _sums(target, contributors, len(counting))
    shown, hidden = _parted(contributors, readable)
    shown_absent, hidden_absent = _parted(absent, readable)
    shown_exempt, hidden_exempt = _parted(exempt, readable)
    state = RollupState.objects.filter(plan=selection.plan).first()
    debts = selection.plan.pending_rollups.filter(
        Q(target=target) | Q(target=None), from_period__lte=selection.period.number
    )
    row = as_row(selection, target, stored, None, node)
    last = {agency: reports_of_agency[-1] for agency, reports_of_agency in reports.items()}
    return Explanation(
        target=target,
        node=node,
        row=row,
        contributors=shown,
        others=Others(len(hidden), *_added(hidden), len(hidden_absent), len(hidden_exempt)),
        absent=shown_absent,
        exempt=shown_exempt,
        figures=len(contributors),
        assigned=len(assigned),
        numerator=sums[0],
        denominator=sums[1],
        value=sums[2],
        agrees=_agrees(target, row, sums, len(contributors), len(counting)),
        held_back=held_back,
        prospect=scenarios.prospect(target, row, [_last(last.get(a.agency_id)) for a in gone]),
        computed_at=state.computed_at if state else None,
        is_pending=debts.exists(),
    )


def _last(report: ContributingReport | None) -> scenarios.Missing:
    return scenarios.Missing(report.numerator, report.denominator, report.value) if report else scenarios.Missing()


def _standing(selection: Selection, target: Target, node: Node) -> tuple[Standing, set[int]]:
    """Return the ended agencies that go on counting in the node's row, and those of their successors that do not count
    beside them as they had not begun. One query, more where an agency with a successor ended or one gave a part."""
    nothing: tuple[Standing, set[int]] = Standing(frozenset(), {}), set()
    if target.timing == Timing.FLOW or node.scope == Scope.OWN:
        return nothing
    successions = Successions(selection.plan, [target.pk], engine.windows_of(selection.plan))
    rows = successions.standing(target.pk, selection.period.number, selection.basis)
    levels = {code: number for number, code in engine.LEVEL_NODES.items()}
    key = (engine.AREA, node.one_agency.pk) if node.scope == Scope.AREA else (engine.LEVEL, levels[node.code])
    standing = rows.get(key)
    if standing is None:
        return nothing
    return standing, {agency for agency in standing.limits if not successions.counts(agency, standing.limits)}


def _with_ended(target: Target, assignments: Sequence[Assignment], ended: Collection[int]) -> list[Assignment]:
    """Return the assignments of a node with those of ended agencies that were part of another. One query."""
    present = {assignment.agency_id for assignment in assignments}
    more = target.assignments.filter(agency__in=set(ended) - present).select_related("agency__parent")
    return [*assignments, *more.prefetch_related("exemptions").order_by("agency__position", "agency__code")]


def in_force(assignment: Assignment, day: dt.date) -> bool:
    """Return whether an assignment, loaded with its agency and exemptions, is in force on a day; the same rule as
    `AssignmentQuerySet.in_force`."""
    return (
        within(assignment, day)
        and within(assignment.agency, day)
        and not any(within(exemption, day) for exemption in assignment.exemptions.all())
    )


def within(life: Agency | Assignment | Exemption, day: dt.date) -> bool:
    """Return whether a day lies between the first and the last day of a row, of which either may be open."""
    return (life.first_day is None or life.first_day <= day) and (life.last_day is None or day <= life.last_day)


def _assignments(target: Target, node: Node, period: ReportingPeriod) -> list[Assignment]:
    """Return every assignment of the target in the node as the tree was at the period's end, in the plan's order. Two
    queries."""
    placed = Placement.objects.filter(agency=OuterRef("agency"), first_day__lte=period.window_last)
    return list(
        Assignment.objects.filter(Exists(placed), target=target, agency__in=agencies_of(node, period))
        .select_related("agency__parent")
        .prefetch_related("exemptions")
        .order_by("agency__position", "agency__code")
    )


def _openable(user: User) -> set[int] | None:
    """Return the agencies whose submissions a reader may open; None for all. One query for readers who do not read
    everything."""
    if user.reads_everything:
        return None
    return set(Agency.objects.visible_to(user).values_list("pk", flat=True))


def _reports(
    selection: Selection, target: Target, assignments: Sequence[Assignment], openable: set[int] | None
) -> dict[int, list[ContributingReport]]:
    """Return the figures that count, by agency, oldest first. Two queries."""
    reports = defaultdict(list)
    actuals = (
        Actual.objects.on(selection.basis)
        .of(target)
        .counted_as_of(selection.period)
        .by([assignment.agency_id for assignment in assignments])
        .select_related("entered_by", "submission__agency", "submission__period__plan", "submission__reviewed_by")
        .order_by("submission__period__number")
    )
    attached: dict[int, list[Evidence]] = defaultdict(list)
    for evidence in Evidence.objects.filter(target=target, submission__in=[a.submission_id for a in actuals]):
        attached[evidence.submission_id].append(evidence)
    for actual in actuals:
        submission = actual.submission
        approved = submission.state == State.APPROVED
        reports[submission.agency_id].append(
            ContributingReport(
                month=submission.period.number,
                label=submission.period.label,
                numerator=actual.numerator,
                denominator=actual.denominator,
                value=actual.value,
                nothing_arose=actual.nothing_arose,
                note=actual.note,
                entered_by=str(actual.entered_by or ""),
                entered_at=actual.entered_at,
                approved_by=str(submission.reviewed_by or "") if approved else "",
                approved_at=submission.reviewed_at if approved else None,
                is_approved=approved,
                receipt_code=submission.receipt_code,
                address=_address(submission, openable),
                files=attached[submission.pk] if _address(submission, openable) else (),
            )
        )
    return reports


def _address(submission: Submission, openable: set[int] | None) -> int | None:
    return submission.pk if openable is None or submission.agency_id in openable else None


def _contributor(
    target: Target,
    assignment: Assignment,
    reports: Sequence[ContributingReport],
    periods: Mapping[int, ReportingPeriod],
    now: ReportingPeriod,
    assigned: Collection[int],
) -> Contributor:
    flow = target.timing == Timing.FLOW
    counted = reports if flow else reports[-1:]
    numerator, denominator, value = year_to_date(counted)
    months = {report.month for report in reports}
    since = year_start(now.number) if target.restarts else 1
    gaps = [
        period.label
        for number, period in periods.items()
        if flow and since <= number <= now.number and number not in months and target.is_due_in(period)
        if in_force(assignment, period.window_last)
    ]
    is_assigned = assignment.agency_id in assigned
    return Contributor(
        agency=assignment.agency,
        reports=counted,
        numerator=numerator,
        denominator=denominator,
        value=value,
        gaps=gaps,
        is_carried=not flow
        and is_assigned
        and reports[-1].month < last_due(now.number, target.cycle, now.plan.first_month),
        is_assigned=is_assigned,
    )


def _absent(
    selection: Selection, target: Target, gone: Sequence[Assignment], due: int, openable: set[int] | None
) -> list[Absent]:
    """Find out why each of these assignments has no figure of the last due month, from its newest submission of that
    period. Two queries."""
    newest = {
        submission.agency_id: submission
        for submission in Submission.objects.latest_versions().filter(
            agency__in=[assignment.agency_id for assignment in gone],
            period__plan=selection.plan,
            period__number=due,
        )
    }
    entered = {
        actual.submission_id: actual for actual in Actual.objects.of(target).filter(submission__in=newest.values())
    }
    absent = []
    for assignment in gone:
        submission = newest.get(assignment.agency_id)
        if submission is None:
            absent.append(Absent(assignment.agency, NOT_REPORTED, None, "", None))
            continue
        address = _address(submission, openable)
        actual = entered.get(submission.pk)
        why, since, reason = _why(submission, actual)
        absent.append(Absent(assignment.agency, why, since, reason if address else "", address))
    return absent


def _why(submission: Submission, actual: Actual | None) -> tuple[str, dt.datetime | None, str]:
    if submission.state == State.RETURNED:
        reasons = [submission.return_reason, actual.return_reason if actual else ""]
        return RETURNED, submission.reviewed_at, " ".join(reason for reason in reasons if reason)
    if submission.state == State.DRAFT:
        return DRAFT, submission.created_at, submission.reopen_reason
    if actual is None:
        return BLANK, submission.submitted_at, ""
    return WAITING, submission.submitted_at, ""


def _exempted(assignment: Assignment, day: dt.date) -> Exempted | None:
    """Return the exemption that runs on a day, of an assignment that would else be in force."""
    if not (within(assignment, day) and within(assignment.agency, day)):
        return None
    running = next((e for e in assignment.exemptions.all() if within(e, day)), None)
    if running is None:
        return None
    return Exempted(assignment.agency, running.reason, running.first_day, running.last_day)


Part = TypeVar("Part", Contributor, Absent, Exempted)


def _parted(rows: Sequence[Part], readable: set[int] | None) -> tuple[list[Part], list[Part]]:
    """Split into (rows that the reader may see one by one, the others)."""
    shown = [row for row in rows if readable is None or row.agency.pk in readable]
    return shown, [row for row in rows if not (readable is None or row.agency.pk in readable)]


def _added(contributors: Sequence[Contributor]) -> Sums:
    """Return (ΣN, ΣD, Σ value) of agencies' parts; None where their kind has no such part or there are no agencies."""
    columns = [[getattr(c, part) for c in contributors] for part in ("numerator", "denominator", "value")]
    numerator, denominator, value = (None if not column or None in column else sum(column) for column in columns)
    return numerator, denominator, value


def _sums(target: Target, contributors: Sequence[Contributor], assigned: int) -> Sums:
    numerator, denominator, value = _added(contributors)
    if target.rules.is_answer and contributors:
        return value, Decimal(assigned), value
    return numerator, denominator, value


def _agrees(target: Target, row: NodeRow, sums: Sums, figures: int, assigned: int) -> bool:
    """Return whether the parts make the stored figure: the same N and D, and the same value to its last digit."""
    numerator, denominator, value = sums
    if (row.numerator, row.denominator) != (numerator, denominator):
        return False
    # `KindRules.exact_value` wants N and D in one common scale and values in micro.
    scaled = [None if part is None else int(part * MICRO) for part in (numerator, denominator, value)]
    exact = target.rules.exact_value(n=scaled[0], d=scaled[1], v=scaled[2], figures=figures, assigned=assigned)
    stored = None if row.value is None else int(Fraction(row.value) * MICRO)
    return stored == (None if exact is None else round_half_away(*exact))
