"""Contents of an agency's report (*phiếu*): one row for each target, with the figure before and the year to date.

Read for the entry form, the receipt, the review. The earlier figures are the agency's own ones that count
provisionally: those submitted so far, approved or not.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import NamedTuple, Protocol

from django.db.models import Count, OuterRef

from agencies.models import Agency, Level
from agencies.roles import Role
from core import formatting, texts
from indicators.models import (
    Actual,
    Assignment,
    Basis,
    DenominatorValue,
    Evidence,
    Pillar,
    RegisteredDenominator,
    ReportingPeriod,
    ReturnedFigure,
    ReturnedPart,
    ReturnReason,
    State,
    Submission,
    Target,
    Timing,
    registered_from,
)
from indicators.periods import deadlines
from indicators.rules.calendar import Deadlines, year_start
from indicators.rules.combining import MICRO, FigureParts, round_half_away, year_to_date
from indicators.rules.consistency import Broken, Check, broken, needs_communes
from indicators.rules.flags import Flag, Raised, flags, full_everywhere, is_pressing
from indicators.rules.kinds import Kind as RuleKind
from indicators.rules.kinds import Timing as RuleTiming
from indicators.rules.nothing import NOTHING_WORDS, Nothing, states_nothing
from indicators.submissions import editing, locks
from indicators.submissions.kinds import Shown, format_of

# Labels of counted things: people, files, systems.
COUNTED = re.compile(r"(tong )?(so|dan so)\b")


class Earlier(NamedTuple):
    """A figure of an earlier period. label: as it follows *T*."""

    month: int
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    nothing_arose: bool
    label: str = ""


class AnyFigure(FigureParts, Protocol):
    """A figure as entered, stored or read from an earlier period."""

    @property
    def nothing_arose(self) -> bool: ...


def shown(target: Target, figure: AnyFigure | None) -> Shown | None:
    """Return a figure of a target as pages show it: 80 / 110, Có, 45%, 132, không phát sinh; None for none."""
    if figure is None:
        return None
    if states_nothing(figure):
        return Shown(NOTHING_WORDS[Nothing.NOT_ARISEN].lower())
    return format_of(target.kind).shown(figure, target.unit)


@dataclass(frozen=True)
class TargetEntry:
    """A target in a report.

    earlier: the agency's own figures of the plan's earlier periods, oldest first; locked: the reason why the figure
    cannot be changed while the report can, as one that was not returned; reason_to_mend: the reason of its return.
    """

    target: Target
    assigned: bool
    actual: Actual | None
    earlier: list[Earlier]
    month: int
    locked: str = ""
    reason_to_mend: str = ""
    files: list[Evidence] = field(default_factory=list)
    # Rules between targets of the report that the figure breaks, in words.
    checks: tuple[str, ...] = ()

    @property
    def return_reason(self) -> str:
        """The reason of the return until the figure is changed; of a missing one until there is a figure."""
        return self.reason_to_mend if self.actual is None else self.actual.return_reason

    @property
    def now(self) -> Shown | None:
        """The figure in words."""
        return shown(self.target, self.actual)

    @property
    def absent(self) -> str:
        """The words where there is no figure: Chưa có số; Chưa trả lời, which is neither Có nor Không."""
        return format_of(self.target.kind).absent

    @property
    def before(self) -> Earlier | None:
        """The latest earlier figure."""
        return self.earlier[-1] if self.earlier else None

    @property
    def previous(self) -> Shown | None:
        """The latest earlier figure in words."""
        return shown(self.target, self.before)

    @property
    def previous_month(self) -> str:
        """T6, where the latest earlier figure is older than last month's; else empty."""
        return f"T{self.before.label}" if self.before and self.before.month < self.month - 1 else ""

    @property
    def to_date(self) -> Shown | None:
        """The sum to date of a flow, or the current state of a stock, this figure included."""
        since = year_start(self.month) if self.target.restarts else 1
        figures: list[AnyFigure] = [figure for figure in self.earlier if figure.month >= since]
        if self.actual is not None:
            figures.append(self.actual)
        if not figures or not self.is_cumulative:
            return shown(self.target, figures[-1] if figures else None)
        nothing_arose = all(states_nothing(figure) for figure in figures)
        return shown(self.target, Earlier(self.month, *year_to_date(figures), nothing_arose))

    @property
    def formula(self) -> str:
        """The parts of the ratio in words: Số hồ sơ … / tổng số hồ sơ."""
        denominator = self.target.denominator_label
        return f"{self.target.numerator_label} / {denominator[:1].lower()}{denominator[1:]}"

    @property
    def is_cumulative(self) -> bool:
        """True where months add up to the year."""
        return self.target.timing == Timing.FLOW

    @property
    def allows_nothing(self) -> bool:
        """True where *không phát sinh* is possible: for figures of a window, not for a stock, which always has a
        state."""
        return self.target.timing != Timing.STOCK

    @property
    def usual_denominator(self) -> Decimal | None:
        """The probable denominator: the one that the registry has; else of a stock (a population) the last one, of a
        rate the last one where the last two agree; else None."""
        if self.registered is not None:
            return self.registered.value
        if not self.target.rules.has_parts or self.before is None or not self.before.denominator:
            return None
        steady = len(self.earlier) > 1 and self.earlier[-2].denominator == self.before.denominator
        usual = self.target.timing == Timing.STOCK or (self.target.timing == Timing.RATE and steady)
        return self.before.denominator if usual else None

    @property
    def registered(self) -> RegisteredDenominator | None:
        """The denominator that the registry has for the agency in the period; None where it has none."""
        return self.target.registered if self.target.rules.has_parts else None

    @property
    def can_repeat(self) -> bool:
        """True where *không đổi so với kỳ trước* is possible: for a stock, not for figures that are counted in each
        window."""
        return self.target.timing == Timing.STOCK and self.before is not None

    @property
    def change(self) -> str:
        """The difference from the latest earlier figure in words; empty where there is nothing to compare."""
        if self.now is None or self.before is None or self.previous is None or self.actual is None:
            return ""
        if self.target.rules.is_answer:
            same = self.now.text == self.previous.text
            return "không đổi" if same else f"từ {self.previous.text} thành {self.now.text}"
        unit, measure = self.target.unit, format_of(self.target.kind).measure
        now, before = measure(self.actual), measure(self.before)
        if now is None or before is None:
            return ""
        return (
            formatting.difference(now - before, unit if unit.startswith("%") else "") if now != before else "không đổi"
        )

    @cached_property
    def raised(self) -> list[Raised]:
        """The flags of the figure (`rules.flags`); none without one, or where nothing arose."""
        if self.actual is None or self.actual.nothing_arose:
            return []
        return flags(
            RuleKind(self.target.kind),
            RuleTiming(self.target.timing),
            is_share=self.target.is_share,
            now=self.actual,
            earlier=self.earlier,
        )

    @cached_property
    def contradictions(self) -> list[str]:
        """Faults of the figure that do not depend on the months before: parts of things, another denominator than the registry's,
        broken rules between targets. In words."""
        if self.actual is None or self.actual.nothing_arose:
            return []
        return [
            *fractions_of_things(self.target, self.actual),
            *unlike_registry(self.registered, self.actual),
            *self.checks,
        ]

    @cached_property
    def flags(self) -> list[str]:
        """The flags of the figure in words, and a warning of a note in an unreadable encoding."""
        if self.actual is None:
            return []
        unreadable = [texts.TCVN3_ADVICE] if texts.looks_like_tcvn3(self.actual.note) else []
        doubts = [flag_words(self.target, flag) for flag in self.raised]
        return [*unreadable, *doubts, *self.contradictions]

    @property
    def pressing(self) -> list[tuple[Flag | None, str]]:
        """The flags that are still worth a question once the month is closed (`rules.flags.is_pressing`), each with its words; a
        contradiction has no flag."""
        if self.actual is None:
            return []
        size = Fraction(self.actual.denominator or self.actual.value or 0)
        pressing = [flag for flag in self.raised if is_pressing(flag, is_share=self.target.is_share, size=size)]
        doubts: list[tuple[Flag | None, str]] = [(flag.flag, flag_words(self.target, flag)) for flag in pressing]
        return [*((None, sentence) for sentence in self.contradictions), *doubts]

    @property
    def needs_words(self) -> bool:
        """True where the figure is flagged and has no note yet: the note (*giải trình*) is the answer for the
        reviewer."""
        return self.actual is not None and bool(self.flags) and not self.actual.note


def fractions_of_things(target: Target, figure: AnyFigure) -> list[str]:
    """Return, in words, the parts of a ratio that are no whole numbers though they count things (Số hồ sơ, Dân số)."""
    if not target.rules.has_parts:
        return []
    parts = [
        ("Tử số", figure.numerator, target.numerator_label),
        ("Mẫu số", figure.denominator, target.denominator_label),
    ]
    return [
        f"{name} {formatting.number(part)} có phần lẻ, mà đây là số đếm ({label[:1].lower()}{label[1:]})"
        for name, part, label in parts
        if part is not None and part % 1 and COUNTED.match(formatting.fold(label))
    ]


def unlike_registry(registered: RegisteredDenominator | None, figure: AnyFigure) -> list[str]:
    """Return, in words, that a denominator is another than the registry's."""
    if registered is None or figure.denominator in (None, registered.value):
        return []
    given, known = formatting.number(figure.denominator), formatting.number(registered.value)
    label = f"{registered.label[:1].lower()}{registered.label[1:]}"
    return [f"Mẫu số {given} khác {label} trong danh mục: {known} ({registered.source})"]


def broken_words(broken: Broken) -> str:
    """Return a broken rule between targets in words, as its target's row shows it."""
    now, compared = (formatting.number(_decimal(number)) for number in (broken.now, broken.compared))
    if broken.rule.check == Check.COMMUNES:
        return f"Mẫu số {now}, mà toàn tỉnh có {compared} đơn vị cấp xã ({broken.rule.why})"
    if broken.rule.check == Check.SAME_DENOMINATOR:
        return f"Mẫu số {now} khác mẫu số của {broken.other}: {compared} ({broken.rule.why})"
    more = "nhiều hơn" if broken.now > broken.compared else "ít hơn"
    return f"Tử số {now} {more} tử số của {broken.other}: {compared} ({broken.rule.why})"


def flag_words(target: Target, raised: Raised) -> str:
    """Return a flag in the words of the form and the review, with its numbers."""
    now, before = (_decimal(raised.now), _decimal(raised.before))
    measured = format_of(target.kind).measured
    if raised.flag == Flag.ROUND:
        parts = [now, before] if target.rules.has_parts else [now]
        return f"Số tròn: {' / '.join(map(formatting.number, parts))}"
    if target.rules.is_answer:
        return f"Kỳ trước {formatting.yes_no(100)}, kỳ này {formatting.yes_no(0)}"
    if raised.flag == Flag.FULL:
        return f"Đúng {formatting.percent(100, 0)}, kỳ trước {formatting.percent(before)}"
    if raised.flag == Flag.SAME:
        return "Giống hệt kỳ trước"
    if raised.flag == Flag.FELL:
        return f"Ít hơn kỳ trước: {formatting.number(before)} xuống {formatting.number(now)}"
    if raised.flag == Flag.DENOMINATOR:
        subject, usual_value = f"Mẫu số {formatting.number(now)}", formatting.number(before)
    else:
        subject, usual_value = "Kết quả", measured(before, target.unit)
        if raised.months > 1:
            return f"{subject} {measured(now, target.unit)}, theo {raised.months} kỳ trước thì vào khoảng {usual_value}"
    usual = "kỳ trước" if raised.months == 1 else f"mức thường thấy của {raised.months} kỳ trước"
    return f"{subject} {_times(raised.now, raised.before)} {usual} ({usual_value})"


def _times(now: Fraction, before: Fraction) -> str:
    """Return the comparison in words: gấp 2,7 lần; chỉ bằng 31%."""
    if abs(now) >= 2 * abs(before):
        return f"gấp {formatting.number(_decimal(now / before), 1)} lần"
    if abs(now) > abs(before):
        return f"nhiều hơn {formatting.percent(_decimal(100 * (now - before) / before), 0)} so với"
    return f"chỉ bằng {formatting.percent(_decimal(100 * now / before), 0)}"


def _decimal(exact: Fraction) -> Decimal:
    """Return the fraction as a Decimal of six places."""
    return Decimal(round_half_away(exact.numerator * MICRO, exact.denominator)) / MICRO


@dataclass(frozen=True)
class SubmissionDetail:
    """A report as a page shows it; submission: None where none was begun."""

    agency: Agency
    period: ReportingPeriod
    submission: Submission | None
    rows: list[TargetEntry]
    own_deadlines: Deadlines | None = None
    # The number of the province's communes, where a rule of the plan needs it.
    communes: int | None = None

    def checked(self) -> "SubmissionDetail":
        """Return the report with the broken rules between its targets told at their rows."""
        rules = self.period.plan.rules_between_targets
        figures: dict[str, FigureParts] = {
            row.target.code: row.actual
            for row in self.rows
            if row.actual is not None and not states_nothing(row.actual)
        }
        sentences: dict[str, list[str]] = defaultdict(list)
        for one in broken(rules, figures, self.communes):
            sentences[one.target].append(broken_words(one))
        rows = [
            replace(row, checks=tuple(sentences[row.target.code])) if sentences[row.target.code] or row.checks else row
            for row in self.rows
        ]
        return replace(self, rows=rows)

    def with_stored(self, stored: Mapping[int, Actual | None]) -> "SubmissionDetail":
        """Return the report with other figures of some targets, as they are stored now; all else as it was read."""
        rows = [replace(row, actual=stored[row.target.pk]) if row.target.pk in stored else row for row in self.rows]
        return replace(self, rows=rows).checked()

    @property
    def pillars(self) -> list[tuple[Pillar, list[TargetEntry]]]:
        """(pillar, its rows), in the plan's order."""
        groups = groupby(self.rows, key=lambda row: row.target.indicator.pillar)
        return [(pillar, list(rows)) for pillar, rows in groups]

    @property
    def reported(self) -> list[TargetEntry]:
        """Rows with a figure."""
        return [row for row in self.rows if row.actual is not None]

    @property
    def missing(self) -> list[TargetEntry]:
        """Open rows without a figure; those returned for it are among the returned ones."""
        return [
            row for row in self.rows if row.assigned and row.actual is None and not (row.locked or row.reason_to_mend)
        ]

    @property
    def returned(self) -> list[TargetEntry]:
        """Rows that were returned and not changed since."""
        return [row for row in self.rows if row.return_reason]

    @property
    def flags(self) -> list[str]:
        """The flags of the report as a whole, in words."""
        shares = [row.actual for row in self.rows if row.actual is not None and row.target.is_share]
        count = full_everywhere(shares)
        return [f"Cả {count} tỷ lệ trong phiếu đều đúng {formatting.percent(100, 0)}"] if count else []

    @property
    def flag_count(self) -> int:
        """Number of flags in the report and its rows."""
        return sum(len(row.flags) for row in self.rows) + len(self.flags)

    @property
    def last_editor(self) -> int | None:
        """Id of the user who changed a figure last; None for a bulk load, or without a figure."""
        figures = [row.actual for row in self.reported if row.actual is not None]
        return max(figures, key=lambda actual: (actual.entered_at, actual.pk)).entered_by_id if figures else None

    @property
    def unanswered(self) -> list[TargetEntry]:
        """Rows with a flag and without a note."""
        return [row for row in self.reported if row.needs_words]

    @property
    def note_count(self) -> int:
        """Number of rows with a note."""
        return sum(row.actual is not None and bool(row.actual.note) for row in self.rows)

    @property
    def locked(self) -> str | None:
        """The reason why the figures cannot be changed now; None where they can."""
        return locks.lock_reason(self.submission or self.blank, "save")

    @property
    def blank(self) -> Submission:
        """An unsaved report in place of one that was not begun."""
        blank = Submission(agency=self.agency, period=self.period)
        blank.own_deadlines = self.own_deadlines
        return blank

    @property
    def can_withdraw(self) -> bool:
        """True where its agency may withdraw the report."""
        return self.submission is not None and locks.lock_reason(self.submission, "withdraw") is None


def read_detail(
    agency: Agency,
    period: ReportingPeriod,
    submission: Submission | None,
    locked: editing.LockedSubmission | None = None,
) -> SubmissionDetail:
    """Read one report in full, with the targets that still wait for a figure.

    Two queries, two more for one that was begun (its figures and files), two for one that was returned, and one where a
    target is compared with the number of communes. locked: the report, where it is locked for saving; two queries less.
    """
    assigned = locked.targets if locked else locks.targets_due(agency, period)
    actuals: dict[int, Actual] = {}
    attached: dict[int, list[Evidence]] = defaultdict(list)
    others: dict[int, Target] = {}
    if submission is not None:
        for evidence in submission.evidence.all():
            attached[evidence.target_id].append(evidence)
        actuals = locked.figures if locked else locks.figures_of(submission)
        # A target that was taken from the agency after it had reported stays in the report.
        if taken := actuals.keys() - assigned.keys():
            others = Target.objects.select_related("indicator__pillar").in_bulk(taken)
    targets = assigned | others
    for actual in actuals.values():
        actual.target = targets[actual.target_id]
    earlier = _earlier([agency.pk], period)
    if locked is not None:
        opened, cells = locked.opened, locked.cells
    else:
        opened = None if submission is None else locks.open_targets(submission)
        cells = locks.open_cells(submission or Submission(agency=agency, period=period))
    rows = [
        TargetEntry(
            target,
            target.pk in assigned,
            actuals.get(target.pk),
            earlier[agency.pk, target.pk],
            period.number,
            _locked(target, opened, cells),
            (opened or {}).get(target.pk, ""),
            attached[target.pk],
        )
        for target in sorted(targets.values(), key=lambda target: target.position)
    ]
    return SubmissionDetail(agency, period, submission, rows, communes=_communes(period, rows)).checked()


def _communes(period: ReportingPeriod, rows: Iterable[TargetEntry]) -> int | None:
    """Count the province's communes where a rule compares one of these targets with them; else None."""
    if not needs_communes(period.plan.rules_between_targets, [row.target.code for row in rows]):
        return None
    return Agency.objects.filter(level=Level.COMMUNE).in_force(period.window_last).count()


def _locked(target: Target, opened: Mapping[int, str] | None, cells: frozenset[int] | None) -> str:
    """Return the reason why a figure is closed in an open report: only others were returned, or had more time granted
    for them."""
    if opened is not None and target.pk not in opened:
        return locks.NOT_SENT_BACK
    return locks.NO_MORE_TIME if cells is not None and target.pk not in cells else ""


def read_details(agencies: Iterable[Agency], period: ReportingPeriod) -> list[SubmissionDetail]:
    """Read the newest reports of several agencies in full, with the targets that still wait for a figure. Seven
    queries.

    Agencies without a target in the period are left out.
    """
    agencies = list(agencies)
    due = Assignment.objects.due_in(period).filter(agency__in=agencies)
    assigned: dict[int, list[Target]] = defaultdict(list)
    due = due.select_related("target__indicator__pillar").order_by("target__position")
    for assignment in due.with_denominator(period):
        assigned[assignment.agency_id].append(assignment.target_as_registered)
    latest = Submission.objects.latest_versions().filter(agency__in=agencies, period=period)
    submissions = {submission.agency_id: submission for submission in latest}
    actuals: dict[int, dict[int, Actual]] = defaultdict(dict)
    for actual in Actual.objects.filter(submission__in=submissions.values()).select_related("entered_by"):
        actuals[actual.submission_id][actual.target_id] = actual
    earlier = _earlier([agency.pk for agency in agencies], period)
    own_deadlines = deadlines.read([period], [agency.pk for agency in agencies])
    pending: dict[int, dict[int, str]] = defaultdict(dict)
    returned = ReturnedFigure.objects.pending().filter(submission__in=submissions.values())
    for report, returned_target, code, explanation in returned.values_list(
        "submission", "target", "code", "explanation"
    ):
        pending[report][returned_target] = locks.ReasonForReturn(ReturnReason(code), explanation).text
    # Where only other parts were returned, no figure is open.
    others = ReturnedPart.objects.pending().filter(submission__in=submissions.values())
    only_others = set(others.values_list("submission", flat=True)) - pending.keys()
    sheets = []
    for agency in agencies:
        if agency.pk not in assigned:
            continue
        days, submission = own_deadlines.of(agency.pk, agency.level, period), submissions.get(agency.pk)
        figures: dict[int, Actual] = {}
        opened: Mapping[int, str] | None = None
        if submission is not None:
            submission.agency, submission.period, submission.own_deadlines = agency, period, days
            figures = actuals[submission.pk]
            if submission.state == State.RETURNED:
                opened = {} if submission.pk in only_others else pending.get(submission.pk)
        sheet = SubmissionDetail(agency, period, submission, [], own_deadlines=days)
        cells = locks.open_cells(submission or sheet.blank)
        sheet.rows.extend(
            TargetEntry(
                target,
                True,
                figures.get(target.pk),
                earlier[agency.pk, target.pk],
                period.number,
                _locked(target, opened, cells),
                (opened or {}).get(target.pk, ""),
            )
            for target in assigned[agency.pk]
        )
        sheets.append(replace(sheet, communes=_communes(period, sheet.rows)).checked())
    return sheets


def read_reported(submissions: Iterable[Submission], period: ReportingPeriod) -> list[SubmissionDetail]:
    """Read several reports of a period with the figures that they carry and no others. Two queries."""
    submissions = list(submissions)
    by_submission: dict[int, list[Actual]] = defaultdict(list)
    figures = (
        Actual.objects.filter(submission__in=submissions)
        .select_related("target")
        .annotate(
            registered=DenominatorValue.objects.registered(
                target=OuterRef("target"), agency=OuterRef("submission__agency"), window_last=period.window_last
            )
        )
    )
    for actual in figures:
        actual.target.registered = registered_from(actual.registered)
        by_submission[actual.submission_id].append(actual)
    earlier = _earlier([submission.agency_id for submission in submissions], period)
    sheets = []
    for submission in submissions:
        rows = [
            TargetEntry(actual.target, True, actual, earlier[submission.agency_id, actual.target_id], period.number)
            for actual in by_submission[submission.pk]
        ]
        communes = _communes(period, rows)
        sheets.append(SubmissionDetail(submission.agency, period, submission, rows, communes=communes).checked())
    return sheets


def _earlier(agencies: Collection[int], period: ReportingPeriod) -> dict[tuple[int, int], list[Earlier]]:
    """Read the provisional figures of the plan's periods before this one, by agency and target, oldest first."""
    rows = (
        Actual.objects.on(Basis.PROVISIONAL)
        .filter(
            submission__agency__in=agencies,
            submission__period__plan=period.plan_id,
            submission__period__number__lt=period.number,
        )
        .order_by("submission__period__number")
        .values_list(
            "submission__agency",
            "target",
            "submission__period__number",
            "numerator",
            "denominator",
            "value",
            "nothing_arose",
        )
    )
    figures: dict[tuple[int, int], list[Earlier]] = defaultdict(list)
    for agency, target, month, numerator, denominator, value, nothing_arose in rows:
        label = period.plan.month_label(month)
        figures[agency, target].append(Earlier(month, numerator, denominator, value, nothing_arose, label))
    return figures


def expected_counts(period: ReportingPeriod) -> dict[int, int]:
    """Count the targets that each agency must report in a period; agencies without any are left out. One query."""
    return dict(Assignment.objects.due_in(period).values_list("agency").annotate(Count("pk")))


def reviewing_agency(agency: Agency) -> str:
    """Return the short name of the agency that reviews an agency's reports: its district, or the standing agency."""
    if agency.parent is not None and agency.parent.parent_id is not None:
        return agency.parent.short_name
    standing = Agency.objects.filter(users__user_roles__role=Role.STANDING, users__is_active=True).first()
    return standing.short_name if standing is not None else "Cơ quan thường trực"
