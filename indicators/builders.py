"""A target as its page shows it: queries in, frozen dataclasses out. No markup; nothing is judged here that a roll-up holds.

Values are Decimals in the target's unit, None where there is none (domain.md, *Roll-up*).
"""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import NamedTuple

from django.db.models import Max, Q
from django.http import Http404

from agencies.history import AsOf
from agencies.models import GROUP_WORDS, GROUPS, Agency, Level
from chuyendoiso import formatting
from chuyendoiso.fields import unscale
from indicators import prospects, rollup
from indicators.absences import Absences
from indicators.absences import read as read_absences
from indicators.charts import Outlook, Spread, TargetLine, Waterfall
from indicators.measurement import forecast
from indicators.measurement.change import count_change, ratio_change
from indicators.measurement.combining import MICRO, round_half_away
from indicators.measurement.judging import Window
from indicators.measurement.nothing import NOTHING_WORDS, Nothing, nothing_of
from indicators.measurement.status import WORDS, Status
from indicators.measurement.trajectory import required as required_on
from indicators.models import (
    Actual,
    Basis,
    Comparator,
    Frequency,
    Kind,
    Rollup,
    RollupDebt,
    RollupState,
    Scope,
    Target,
    Timing,
)
from indicators.spread import LEAST, is_small, spread_of

# An agency's own figure beside its area's: `?node=rieng:h290`.
OWN_PREFIX = "rieng:"
# By need for attention.
ORDER = (
    Status.MISSED,
    Status.AT_RISK,
    Status.BEHIND,
    Status.NO_DATA,
    Status.ON_TRACK,
    Status.ACHIEVED,
    Status.TRACKED,
)
FALLING = (Comparator.LTE, Comparator.LT)
ABOVE_COMMUNES = (Level.PROVINCE, Level.DEPARTMENT, Level.OTHER, Level.DISTRICT)
MICRO_PLACES = 6
# More reporters than this are shown by district in what changed.
MOST_PIECES = 40
# More parts of a node than this are not drawn one by one.
MOST_FEW = 30
# Decimals of a part of a change, where it is not whole.
PART_PLACES = 3
# So many of those who lack most are named.
MOST_SHORT = 6


@dataclass(frozen=True)
class Node:
    """A node of the roll-up as pages name it: `code` as in `?node=`, `agency` None for a level."""

    scope: str
    code: str
    name: str
    agency: Agency | None

    @property
    def is_province(self) -> bool:
        return self.scope == Scope.AREA and self.agency.level == Level.PROVINCE

    @property
    def is_district(self) -> bool:
        return self.scope == Scope.AREA and self.agency.level == Level.DISTRICT

    @property
    def name_inside(self) -> str:
        """Its name where its district is plain: a commune's without the district's."""
        return self.agency.short_name if self.agency and self.agency.level == Level.COMMUNE else self.name


@dataclass(frozen=True)
class NodeRow:
    """One node as of the period. nothing: what stands in the place of a value; counted of expected: coverage on the row's own
    basis; previous: the same node's row as of the period before; is_renewed: the period brought a figure; is_asked: one is due
    in it; is_ahead: it has not ended or not opened, and nothing is judged; last_month: the latest month in which one of its
    agencies has a figure."""

    node: Node
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    previous: Rollup | None
    required: Decimal | None
    status: Status
    nothing: Nothing | None
    forecast: Decimal | None
    counted: int
    expected: int
    reported: int
    approved: int
    stale: bool
    is_renewed: bool
    is_asked: bool
    is_ahead: bool
    low_coverage: bool
    last_month: int | None
    depth: int = 0
    opens: bool = False
    is_open: bool = False

    @property
    def value_before(self) -> Decimal | None:
        """As of the period before."""
        return None if self.previous is None else self.previous.value

    @property
    def change(self) -> Decimal | None:
        """Against the period before; None where either has no value."""
        return None if None in (self.value, self.value_before) else self.value - self.value_before

    @property
    def word(self) -> str:
        """The status, or what stands in the place of a value, in words."""
        return NOTHING_WORDS[self.nothing] if self.nothing else WORDS[self.status]

    @property
    def is_thin(self) -> bool:
        """Does its status rest on too few agencies? (*chưa đủ số liệu*)"""
        return self.low_coverage and self.status not in (Status.NO_DATA, Status.TRACKED)

    @property
    def not_due(self) -> bool:
        """Is nothing asked for yet? (*Chưa đến kỳ*)"""
        return self.expected == 0

    @property
    def gap(self) -> Decimal | None:
        """value − required, in points of a percentage or units; None where there is no comparison."""
        return None if self.value is None or self.required is None else self.value - self.required

    @property
    def is_small(self) -> bool:
        """Is the denominator so small that one case decides?"""
        return is_small(self.denominator)

    @property
    def shortfall(self) -> int | None:
        """By how much the numerator of a ratio falls short of the required value; None where it does not."""
        return missing(self.numerator, self.denominator, self.required)


def missing(numerator, denominator, level, above=False) -> int | None:
    """How many the numerator of a ratio lacks to reach a level in percent (with `above`: to exceed it), the denominator as
    it is; None where nothing is missing or nothing is known."""
    if level is None or numerator is None or not denominator:
        return None
    wanted = level * denominator / 100
    lacks = int(wanted.to_integral_value(ROUND_FLOOR)) + 1 if above else int(wanted.to_integral_value(ROUND_CEILING))
    lacks -= int(numerator.to_integral_value(ROUND_FLOOR))
    return lacks if lacks > 0 else None


@dataclass(frozen=True)
class Short:
    """A reporter under its required value: `lacks` is by how much its numerator falls short of it. code: as in `?node=`."""

    code: str
    agency: Agency
    value: Decimal
    required: Decimal
    status: Status
    lacks: int

    @property
    def name(self) -> str:
        """Its name, a commune's without its district's."""
        return self.agency.short_name if self.agency.level == Level.COMMUNE else self.agency.reporter_name

    @property
    def district(self) -> str:
        """The name of a commune's district, empty for others."""
        return self.agency.parent.short_name if self.agency.level == Level.COMMUNE and self.agency.parent else ""


@dataclass(frozen=True)
class Shortfalls:
    """Where most is missing among a node's reporters that the reader may see: those who lack most, the most first; `count` and
    `total` of all who lack something. exact: the total where no reporter's is rounded up to a whole case, as *what if* has
    it; silent: how many have no value."""

    rows: Sequence[Short]
    count: int
    total: int
    exact: Fraction
    silent: int

    @property
    def exact_shown(self) -> Decimal:
        return decimal(self.exact)

    @property
    def is_rounded(self) -> bool:
        """Does the total differ from the exact one as figures are shown, in whole cases?"""
        return self.total != math.floor(self.exact + Fraction(1, 2))


@dataclass(frozen=True)
class Section:
    """Rows of one kind in the table of nodes; the first section, the province alone, has no title."""

    title: str
    rows: Sequence[NodeRow]


@dataclass(frozen=True)
class Part:
    """One reporter's part of the change: points of a ratio (or units of a count), and how its numerator moved. printed: the
    part as it is shown; the parts so shown add up to the total as shown. own: how a ratio's value of its own changed, by its
    two values as shown, None where it had none before or has none now; its part may have the other sign, for it depends on
    the reporter's weight too. node is None for what the reader may not see one by one."""

    node: Node | None
    name: str
    change: Fraction
    printed: Decimal
    moved: Decimal
    own: Decimal | None = None

    @property
    def shown(self) -> Decimal:
        return decimal(self.change)


@dataclass(frozen=True)
class Contributions:
    """Why the value changed between two periods: parts whose sum is the whole change, exactly. total_printed: the change as
    the table of parts shows it; by_values: as reckoned from the two values as shown, which is what pages say of it."""

    total: Fraction
    total_printed: Decimal
    by_values: Decimal
    moved: Decimal
    parts: Sequence[Part]

    @property
    def is_still(self) -> bool:
        """Did nothing move?"""
        return all(part.change == 0 and part.moved == 0 for part in self.parts)

    @property
    def changes(self) -> list[Decimal]:
        """The parts as the waterfall draws them."""
        return [part.shown for part in self.parts]


@dataclass(frozen=True)
class Month:
    """One period of the year: as-of value beside the period's own (flows only), and what was required. fresh: does one of
    the node's agencies have a figure of this very period? nothing, nothing_in_period: what stands in the place of the values;
    thin: the chosen period's value rests on too few agencies."""

    number: int
    fresh: bool
    thin: bool
    value: Decimal | None
    nothing: Nothing | None
    in_period: Decimal | None
    nothing_in_period: Nothing | None
    required: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None

    @property
    def is_carried(self) -> bool:
        """Is its value one of the months before?"""
        return self.value is not None and not self.fresh


class FewMonth(NamedTuple):
    """A month of a part of a node: its value, what stands in its place, whether it is one of the months before."""

    value: Decimal | None
    nothing: Nothing | None
    is_carried: bool


@dataclass(frozen=True)
class Few:
    """A part of a node with its months of January to the period."""

    row: NodeRow
    months: tuple[FewMonth, ...]

    @property
    def history(self) -> list[Decimal | None]:
        """The values of the months."""
        return [month.value for month in self.months]


@dataclass(frozen=True)
class Fews:
    """A node's parts side by side on one scale, from `low` to `high`: the lowest to the highest value or threshold shown."""

    parts: tuple[Few, ...]
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Sources:
    """How many agencies stand behind the figure: with a figure of this very period, with an earlier one, with none."""

    current: int
    earlier: int
    silent: int


@dataclass(frozen=True)
class TargetPage:
    """A target at a node as of a period on a basis; `row` is None where it was never rolled up. reporters: (N, D) of the
    agencies with D > 0, for *what if*; empty where that is not for this target or this reader. spread: how the values of its
    reporters lie, of those that the reader may see (`hidden_reporters` are left out); fews: its parts' years; waterfall: what
    changed, where several had a part.
    """

    target: Target
    node: Node
    row: NodeRow | None
    other_basis_value: Decimal | None
    months: Sequence[Month]
    is_flow: bool
    line: TargetLine
    outlook: Outlook | None
    contributions: Contributions | None
    shortfalls: Shortfalls | None
    sections: Sequence[Section]
    sources: Sources | None
    prospect: prospects.Prospect | None
    reporters: Sequence[tuple[Fraction, Fraction]]
    spread: Spread | None
    hidden_reporters: int
    fews: Fews | None
    waterfall: Waterfall | None
    made_at: dt.datetime | None
    is_pending: bool

    @property
    def month(self) -> Month | None:
        """The chosen period's."""
        return self.months[-1] if self.months else None

    @property
    def is_one_answer(self) -> bool:
        return is_one_answer(self.target, self.node)

    @property
    def has_districts(self) -> bool:
        """Does a district that the reader may see take part?"""
        return any(row.node.is_district for section in self.sections for row in section.rows)

    @property
    def has_communes(self) -> bool:
        """Is there a row of all communes?"""
        return any(row.node.code == "@communes" for section in self.sections for row in section.rows)

    @property
    def why(self) -> Contributions | None:
        """The change where several had a part in it."""
        return self.contributions if self.contributions and len(self.contributions.parts) > 1 else None


def target_page(selection, target, user, asked: str) -> TargetPage:
    """The page of a target (loaded with its parties) for a reader; Http404 for a node he may not see or that is not there.

    asked: the node's code, empty for the province. A fixed number of queries, whatever the number of agencies.
    """
    then = AsOf(selection.period.window_last)
    then.show(party.agency for party in target.indicator.parties.all() if party.agency)
    node, history = node_history(selection, target, user, asked, then)
    absences = read_absences(selection.period, targets=[target.pk])
    rows = _rows(selection, target, user, node, then, absences)
    windows = [Window(*row) for row in selection.plan.periods.in_order().values_list("number", "window_last")]
    rule = rollup.rule_of(target, selection.plan, windows)
    own_basis = {row.period.number: row for row in history if row.basis == selection.basis}
    other = next((r for r in history if r.basis != selection.basis and r.period_id == selection.period.pk), None)
    stored = own_basis.get(selection.period.number)
    before = own_basis.get(selection.period.number - 1)
    row = as_row(selection, target, stored, before, node, absences=absences) if stored else None
    if row is None and node.scope == Scope.OWN and (node.agency.pk, target.pk) in absences.exempt:
        row = _exempt_row(node)
    outlook = None if is_one_answer(target, node) else _outlook(rule, target, own_basis, selection.period.number)
    months = _months(selection, target, node, own_basis, row)
    state = RollupState.objects.filter(plan=selection.plan).first()
    own = _own_figures(selection, target, node, row)
    seen = _seen(selection, target, user, own)
    below = _below(rows, node)
    contributions = _contributions(target, stored, before, _parts(rows, node))
    return TargetPage(
        target=target,
        node=node,
        row=row,
        other_basis_value=other.value if other else None,
        months=months,
        is_flow=target.timing == Timing.FLOW,
        line=_line(selection, target, rule, row, months, outlook),
        outlook=outlook,
        contributions=contributions,
        shortfalls=_shortfalls(target, node, [one for one in own if one.agency in seen], then),
        sections=_sections([*rows, *_exempt(selection, target, user, node, then, absences)], node, user),
        sources=_sources(row, own),
        prospect=prospects.prospect(target, row, _missing(selection, target, own)),
        reporters=_reporters(target, row, own, seen),
        spread=_spread(target, row, [one for one in own if one.agency in seen], then),
        hidden_reporters=len(own) - len(seen),
        fews=_fews(selection, target, user, below),
        waterfall=_waterfall(selection, target, stored, before, contributions),
        made_at=state.made_at if state else None,
        is_pending=RollupDebt.objects.filter(plan=selection.plan).exists(),
    )


# Which node


def node_history(selection, target, user, asked, then: AsOf):
    """The node asked for, as it was at the period's end, and all its rows of the year on both bases, in order. One query, two
    for the province."""
    if "\x00" in asked:
        raise Http404("Không có đơn vị này.")
    province = Agency.objects.get(level=Level.PROVINCE)
    code = asked or province.code
    scopes = [Scope.OWN] if code.startswith(OWN_PREFIX) else [Scope.AREA, Scope.OWN, Scope.LEVEL]
    found = list(
        Rollup.objects.filter(target=target, node=code.removeprefix(OWN_PREFIX), scope__in=scopes)
        .filter(period__plan=selection.plan)
        .visible_to(user)
        .select_related("period", "agency__parent")
        .order_by("period__number")
    )
    then.show(row.agency for row in found if row.agency)
    areas = [row for row in found if row.scope == Scope.AREA]
    if areas:
        return node_of(areas[0]), areas
    if found:
        return node_of(found[0]), found
    if code != province.code:
        raise Http404("Không có đơn vị này.")
    return Node(Scope.AREA, province.code, "Toàn tỉnh", province), []


def node_of(row) -> Node:
    """The node of a roll-up row that was loaded with its agency and its parent."""
    if row.scope == Scope.LEVEL:
        return Node(row.scope, row.node, GROUP_WORDS[row.node], None)
    agency = row.agency
    if row.scope == Scope.AREA:
        return Node(row.scope, row.node, "Toàn tỉnh" if agency.level == Level.PROVINCE else agency.short_name, agency)
    if agency.level == Level.DISTRICT:
        return Node(row.scope, OWN_PREFIX + row.node, f"UBND {agency.short_name}", agency)
    return Node(row.scope, row.node, agency.place_name, agency)


def is_one_answer(target, node) -> bool:
    """Is the figure a single agency's yes or no? A forecast of it is stored, and says nothing to a reader."""
    return target.kind == Kind.YES_NO and node.scope == Scope.OWN


# Rows of nodes


def _rows(selection, target, user, node, then, absences) -> list[NodeRow]:
    """Rows as of the period for every node that the table or the change needs, with the values of the period before. Two
    queries. Communes only of the node's district as it was at the period's end, of the reader's own, or all of them where
    their level is the node."""
    wanted = ~Q(scope=Scope.OWN) | Q(agency__level__in=ABOVE_COMMUNES)
    if node.code == "@communes":
        wanted |= Q(scope=Scope.OWN)
    else:
        inside = Agency.objects.placed(selection.period.window_last).filter(parent_then__in=_opened(node, user))
        wanted |= Q(scope=Scope.OWN, agency__in=inside.values("pk"))
    visible = Rollup.objects.filter(wanted, target=target, basis=selection.basis).visible_to(user)
    numbers = [selection.period.number - 1, selection.period.number]
    found = visible.filter(period__plan=selection.plan, period__number__in=numbers)
    stored = list(found.select_related("agency__parent", "period").order_by("agency__position", "node"))
    then.show(row.agency for row in stored if row.agency)
    points = visible.filter(period__plan=selection.plan, period__number__lte=selection.period.number, is_point=True)
    last_months = {
        (scope, code): month
        for scope, code, month in points.values_list("scope", "node").annotate(Max("period__number"))
    }
    before = {(row.scope, row.node): row for row in stored if row.period.number == selection.period.number - 1}
    return [
        as_row(
            selection,
            target,
            row,
            before.get((row.scope, row.node)),
            node_of(row),
            last_months.get((row.scope, row.node)),
            absences,
        )
        for row in stored
        if row.period_id == selection.period.pk
    ]


def _exempt(selection, target, user, node, then, absences) -> list[NodeRow]:
    """A row without figures for each agency that is exempt and would else be in the table. Two queries where there are any."""
    agencies = [agency for agency, _ in absences.exempt]
    if not agencies:
        return []
    listed = Agency.objects.filter(pk__in=agencies).visible_to(user)
    if leads(user, target):
        listed = Agency.objects.filter(pk__in=agencies)
    listed = listed.placed(selection.period.window_last)
    listed = listed.filter(~Q(level=Level.COMMUNE) | Q(parent_then__in=_opened(node, user)))
    found = list(listed.select_related("parent").in_order())
    then.show(found)
    nodes = [node_of(Rollup(scope=Scope.OWN, node=agency.code, agency=agency)) for agency in found]
    return [_exempt_row(each) for each in nodes]


def _exempt_row(node):
    return NodeRow(
        node=node,
        numerator=None,
        denominator=None,
        value=None,
        previous=None,
        required=None,
        status=Status.NO_DATA,
        nothing=Nothing.EXEMPT,
        forecast=None,
        counted=0,
        expected=0,
        reported=0,
        approved=0,
        stale=False,
        is_renewed=False,
        is_asked=False,
        is_ahead=False,
        low_coverage=False,
        last_month=None,
    )


def leads(user, target) -> bool:
    """Is the reader of a lead agency of the target, which sees all its figures? One query at most."""
    return (
        user.agency is not None
        and user.holds("lead")
        and Target.objects.led_by(user.agency).filter(pk=target.pk).exists()
    )


def _opened(node, user) -> set[int]:
    """Districts whose communes are listed: the node's, and the reader's own."""
    opened = set()
    if node.is_district:
        opened.add(node.agency.pk)
    elif node.agency is not None and node.agency.level == Level.COMMUNE:
        opened.add(node.agency.parent_id)
    elif node.scope == Scope.OWN and node.agency.level == Level.DISTRICT:
        opened.add(node.agency.pk)
    return opened | _own_districts(user)


def _own_districts(user) -> set[int]:
    """The district that a reader belongs to, for those who do not read everything."""
    if user.reads_everything or user.agency_id is None:
        return set()
    return {user.agency_id, user.agency.parent_id} - {None}


def as_row(selection, target, row, before, node, last_month=None, absences: Absences | None = None) -> NodeRow:
    """A stored row as pages show it; absences: what was sent back, where the node may be an agency alone."""
    counted, expected = row.coverage
    is_ahead = selection.period.is_ahead
    nothing = nothing_of(
        target.kind,
        value=row.value,
        numerator=row.numerator,
        expected=expected,
        reported=row.reported,
        is_ahead=is_ahead,
        is_returned=bool(absences) and row.scope == Scope.OWN and (row.agency_id, target.pk) in absences.returned,
    )
    return NodeRow(
        node=node,
        numerator=row.numerator,
        denominator=row.denominator,
        value=row.value,
        previous=before,
        required=row.required,
        status=Status.NO_DATA if nothing else Status(row.status),
        nothing=nothing,
        forecast=row.forecast,
        counted=counted,
        expected=expected,
        reported=row.reported,
        approved=row.approved,
        stale=row.stale,
        is_renewed=row.is_point,
        is_asked=selection.period.is_quarter_end or target.frequency != Frequency.QUARTER,
        is_ahead=is_ahead,
        low_coverage=100 * counted < selection.plan.min_coverage * expected,
        last_month=last_month,
    )


def _sections(rows, node, user) -> list[Section]:
    """The table: the province, levels, agencies that report for themselves, districts with the opened one's communes."""
    province = [row for row in rows if row.node.is_province]
    levels = [row for row in rows if row.node.scope == Scope.LEVEL]
    districts = [row for row in rows if row.node.is_district]
    own = [row for row in rows if row.node.scope == Scope.OWN]
    bodies = [row for row in own if row.node.agency.level not in (Level.DISTRICT, Level.COMMUNE)]
    opened = _opened(node, user)
    under = []
    for row in sorted(districts, key=_need):
        district = row.node.agency.pk
        below = [r for r in own if district in (r.node.agency.pk, r.node.agency.parent_id)]
        is_open = district in opened and (row.expected > 1 or any(r.node.agency.pk != district for r in below))
        # The reader's own district stands open by itself.
        under.append(replace(row, opens=row.expected > 1 and district not in _own_districts(user), is_open=is_open))
        if is_open:
            # The district's own figure first, then its communes by need.
            under += [
                replace(r, depth=1) for r in sorted(below, key=lambda r: (r.node.agency.pk != district, _need(r)))
            ]
    listed = {row.node.agency.pk for row in districts}
    alone = [
        r
        for r in own
        if (r.node.agency.level == Level.COMMUNE and r.node.agency.parent_id not in listed)
        or (r.node.agency.level == Level.DISTRICT and r.node.agency.pk not in listed)
    ]
    under += sorted(alone, key=_need)
    # On a district's or a commune's page only the areas matter.
    inside = node.agency is not None and node.agency.level in (Level.DISTRICT, Level.COMMUNE)
    sections = [
        Section("", province),
        Section("Theo cấp", levels if len(levels) > 1 and not inside else []),
        Section("Sở, ban, ngành" if len(bodies) > 1 else "Đơn vị báo cáo", [] if inside else sorted(bodies, key=_need)),
        Section("Theo địa bàn", under),
    ]
    return [section for section in sections if section.rows]


def _need(row):
    """What needs attention first, then the lowest value; who is exempt last."""
    return row.nothing == Nothing.EXEMPT, ORDER.index(row.status), row.value is None, row.value


def _below(rows, node) -> list[NodeRow]:
    """The rows next below a node, each of other agencies, as far as the reader may see them."""
    own = [row for row in rows if row.node.scope == Scope.OWN]
    if node.is_province:
        inside = [row for row in rows if row.node.is_district]
        return inside + [row for row in own if row.node.agency.level not in (Level.DISTRICT, Level.COMMUNE)]
    if node.is_district:
        return [row for row in own if node.agency.pk in (row.node.agency.pk, row.node.agency.parent_id)]
    if node.scope == Scope.LEVEL:
        return [row for row in own if row.node.agency.level == GROUPS[node.code]]
    return []


def _parts(rows, node) -> list[NodeRow]:
    """The rows that explain a change: those next below, the departments together beside the districts."""
    below = _below(rows, node)
    departments = [row for row in rows if row.node.code == "@departments"]
    if not (node.is_province and departments and any(row.node.is_district for row in below)):
        return below
    return [row for row in below if row.node.agency.level != Level.DEPARTMENT] + departments


def _shortfalls(target, node, own, then) -> Shortfalls | None:
    """Where most is missing to the required value of a rising ratio, reporter by reporter: an area above it hides those of
    its reporters that are below. None where nothing is missing, and of a single agency."""
    if target.kind != Kind.RATIO or target.comparator in FALLING or node.scope == Scope.OWN:
        return None
    short = [(missing(one.numerator, one.denominator, one.required), one) for one in own]
    short = sorted((pair for pair in short if pair[0]), key=lambda pair: (-pair[0], pair[1].code))
    if not short:
        return None
    first = short[:MOST_SHORT]
    agencies = _agencies([one for _, one in first], then)
    return Shortfalls(
        rows=[
            Short(one.node, agency, one.value, one.required, Status(one.status), lacks)
            for agency, (lacks, one) in zip(agencies, first, strict=True)
        ],
        count=len(short),
        total=sum(lacks for lacks, _ in short),
        exact=sum(
            Fraction(one.required) * Fraction(one.denominator) / 100 - Fraction(one.numerator) for _, one in short
        ),
        silent=sum(one.value is None for one in own),
    )


# What changed


class _Piece(NamedTuple):
    """A reporter's, or a district's communes', figures now and as of the period before: (N, D) of a ratio, (value, 0) of a
    count."""

    code: str
    node: Node | None
    now: tuple[Fraction, Fraction]
    then: tuple[Fraction, Fraction]


OTHERS = "Các đơn vị khác"
NOTHING = (Fraction(0), Fraction(0))


def _contributions(target, now, then, parts) -> Contributions | None:
    """The exact parts of the change since the period before (domain.md, *What changed*), the largest rise first; None for
    other kinds, and where either side has no value. What the reader may not see one by one is one part of its own."""
    if target.kind not in (Kind.RATIO, Kind.COUNT) or now is None or then is None:
        return None
    if now.value is None or then.value is None:
        return None
    pieces = _pieces(target, now, then, parts)
    before = {piece.code: piece.then for piece in pieces}
    after = {piece.code: piece.now for piece in pieces}
    if target.kind == Kind.RATIO:
        change = ratio_change(before, after)
    else:
        change = count_change({code: n for code, (n, _) in before.items()}, {code: n for code, (n, _) in after.items()})
    pieces.sort(key=lambda piece: (piece.node is None, -change.parts[piece.code]))
    total, printed = printed_parts([change.parts[piece.code] for piece in pieces])
    found = [
        Part(
            piece.node,
            piece.node.name_inside if piece.node else OTHERS,
            change.parts[piece.code],
            shown,
            _moved(piece.now, piece.then),
            _own_change(target, piece),
        )
        for piece, shown in zip(pieces, printed, strict=True)
    ]
    by_values = formatting.change(now.value, then.value, target.unit)
    return Contributions(change.total, total, by_values, sum(part.moved for part in found), found)


def printed_parts(changes: Sequence[Fraction], total: Decimal | None = None) -> tuple[Decimal, list[Decimal]]:
    """(the whole change, its parts) as tables print them: whole where all are, else to PART_PLACES, so that the parts add up
    to the whole. total: the whole as printed already, where these are the parts of a part."""
    places = 0 if all(Fraction(change).denominator == 1 for change in changes) else PART_PLACES
    if total is None:
        total = formatting.rounded(decimal(sum(changes, Fraction(0))), places)
    places = max(places, -total.as_tuple().exponent)
    return total, formatting.parts(changes, total, places)


def _pieces(target, now, then, parts):
    pieces = [
        _Piece(
            row.node.code, row.node, _figures(target, row), _figures(target, row.previous) if row.previous else NOTHING
        )
        for row in parts
    ]
    if len(pieces) > MOST_PIECES:
        pieces = _by_district(pieces)
    seen_now, seen_then = (_total([getattr(piece, side) for piece in pieces]) for side in ("now", "then"))
    rest_now = tuple(whole - seen for whole, seen in zip(_figures(target, now), seen_now, strict=True))
    rest_then = tuple(whole - seen for whole, seen in zip(_figures(target, then), seen_then, strict=True))
    if (rest_now, rest_then) != (NOTHING, NOTHING):
        pieces.append(_Piece("", None, rest_now, rest_then))
    return pieces


def _by_district(pieces):
    """The communes of each district together."""
    groups = {}
    for piece in pieces:
        groups.setdefault(piece.node.agency.parent, []).append(piece)
    return [
        _Piece(
            district.code,
            Node(Scope.AREA, district.code, district.short_name, district),
            _total([piece.now for piece in group]),
            _total([piece.then for piece in group]),
        )
        for district, group in groups.items()
    ]


def _figures(target, row):
    if target.kind == Kind.RATIO:
        return Fraction(row.numerator or 0), Fraction(row.denominator or 0)
    return Fraction(row.value or 0), Fraction(0)


def _total(pairs):
    return sum((n for n, _ in pairs), Fraction(0)), sum((d for _, d in pairs), Fraction(0))


def _own_change(target, piece) -> Decimal | None:
    """How a piece's own value changed, in points; None without one on either side, and for what may not be seen."""
    (now, of_now), (then, of_then) = piece.now, piece.then
    if piece.node is None or not of_now or not of_then:
        return None
    return formatting.change(decimal(100 * now / of_now), decimal(100 * then / of_then), target.unit)


def _moved(now, then):
    """How the numerator of a ratio, or a count, moved."""
    return decimal(now[0] - then[0])


def decimal(fraction: Fraction) -> Decimal:
    """A fraction as a Decimal of 28 digits, for display; sums are made before."""
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


# The year


def _months(selection, target, node, stored, current) -> list[Month]:
    """January to the chosen period. A flow's own months are added up from what was entered for each (one query)."""
    entered = _entered(selection, target, node) if target.timing == Timing.FLOW else {}
    months = []
    for number in range(1, selection.period.number + 1):
        row, own = stored.get(number), _in_period(target, entered.get(number))
        months.append(
            Month(
                number=number,
                fresh=bool(row and row.is_point),
                thin=bool(current and current.is_thin) and number == selection.period.number,
                value=row.value if row else None,
                nothing=_nothing_then(target, row),
                in_period=own,
                nothing_in_period=_nothing_in_period(target, row, number in entered, own),
                required=row.required if row else None,
                numerator=row.numerator if row else None,
                denominator=row.denominator if row else None,
            )
        )
    return months


def _nothing_then(target, row) -> Nothing | None:
    """What stands in the place of a month's value; of a month before there was anything to add up, silence."""
    if row is None:
        return Nothing.SILENT
    return nothing_of(
        target.kind, value=row.value, numerator=row.numerator, expected=row.expected, reported=row.reported
    )


def _nothing_in_period(target, row, has_figures, value) -> Nothing | None:
    """What stands in the place of what one window's own figures give."""
    if value is not None:
        return None
    if has_figures:
        return Nothing.NOT_ARISEN
    return Nothing.NOT_DUE if row is not None and row.expected == 0 else Nothing.SILENT


def _entered(selection, target, node):
    """What was entered for each month of the year in a node. Each month is by its own tree (domain.md, *Roll-up*): an area
    keeps there the figures of an agency that has moved away since."""
    figures = Actual.objects.on(selection.basis).of(target).up_to(selection.period)
    if node.scope == Scope.AREA:
        return figures.within_then(node.agency).summed_by_period()
    return figures.by(agencies_of(node, selection.period)).summed_by_period()


def agencies_of(node, period):
    """The agencies that are the node's at the period's end."""
    agencies = Agency.objects.all()
    if node.scope == Scope.LEVEL:
        return agencies.filter(level=GROUPS[node.code])
    if node.scope == Scope.OWN:
        return agencies.filter(pk=node.agency.pk)
    return agencies.placed_within(node.agency, period.window_last).values("pk")


def _in_period(target, sums) -> Decimal | None:
    """What one window's own figures give: 100 × ΣN ÷ ΣD of a ratio, to six decimals; Σ of a count; None without any."""
    if sums is None:
        return None
    numerator, denominator, value = sums
    if target.kind == Kind.COUNT:
        return value
    if not denominator:
        return None
    exact = Fraction(numerator) / Fraction(denominator) * 100 * MICRO
    return unscale(round_half_away(exact.numerator, exact.denominator), MICRO_PLACES)


def _outlook(rule, target, stored, number) -> Outlook | None:
    """The stored forecast with its range: the same points, the first and third quartile of the slopes, within the same
    bounds (domain.md, *Is it on track?*)."""
    row = stored.get(number)
    if row is None or row.forecast is None:
        return None
    micro = Rollup._meta.get_field("value").stored
    points = [(rule.days[n], micro(r.value)) for n, r in sorted(stored.items()) if _is_point(r, n, number)]
    ends = forecast.band(tuple(day for day, _ in points), [value for _, value in points])
    low, high = (unscale(forecast.clip(end, *rule.bounds), MICRO_PLACES) for end in ends)
    return Outlook(target.due, row.forecast, low, high, ceiling=rule.bounds[1] == micro(row.forecast))


def _is_point(row, number, until):
    return number <= until and row.is_point and row.value is not None


def _line(selection, target, rule, row, months, outlook) -> TargetLine:
    """What the chart shows: months after the chosen period are empty."""
    empty = [None] * (len(rule.windows) - len(months))
    judged = row is None or row.required is not None
    return TargetLine(
        code=target.code,
        unit=target.unit,
        from_zero=target.kind not in (Kind.COUNT, Kind.VALUE),
        comparator=target.comparator if judged else "",
        first_day=selection.plan.first_day,
        last_day=selection.plan.last_day,
        due=target.due,
        days=[window.last for window in rule.windows],
        values=[month.value for month in months] + empty,
        in_period=[month.in_period for month in months] + empty,
        fresh=[month.fresh for month in months] + [False] * len(empty),
        needed=[month.required for month in months] + empty,
        required=row.required if row else None,
        path=_path(rule, selection.plan) if judged else [],
        threshold=target.threshold if judged else None,
        baseline=target.baseline,
        outlook=outlook,
        current=selection.period.number,
        is_flow=target.timing == Timing.FLOW,
        thin=bool(row and row.low_coverage),
    )


def _path(rule, plan) -> list[tuple[dt.date, Decimal]]:
    """Corners of the required path, from the plan's first day to the due date; empty where it is the threshold throughout."""
    days = sorted({plan.first_day, *(day for day, _ in rule.milestones if day < rule.due), rule.due})
    values = [
        required_on(
            day=day,
            is_last_period=False,
            plan_first_day=rule.plan_first_day,
            timing=rule.timing,
            comparator=rule.comparator,
            threshold=rule.threshold,
            due=rule.due,
            baseline=rule.baseline,
            milestones=rule.milestones,
        )
        for day in days
    ]
    if set(values) in ({rule.threshold}, {None}):
        return []
    return [(day, unscale(value, MICRO_PLACES)) for day, value in zip(days, values, strict=True)]


class _Own(NamedTuple):
    """A reporting agency's own row; counted: has it a figure of last due?"""

    agency: int
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    required: Decimal | None
    status: str
    counted: int
    code: str
    level: str
    short_name: str
    parent: int | None
    parent_name: str | None

    @property
    def has_figure(self) -> bool:
        return self.numerator is not None or self.value is not None

    @property
    def node(self) -> str:
        """Its own figure's node, as in `?node=`: a district's code alone is its area."""
        return (OWN_PREFIX if self.level == Level.DISTRICT else "") + self.code


def _own_figures(selection, target, node, row) -> list[_Own]:
    """The agencies assigned in a node; nobody while nothing is due. One query."""
    if row is None or row.not_due:
        return []
    own = Rollup.objects.at(selection.period, selection.basis).filter(target=target, scope=Scope.OWN)
    own = own.filter(agency__in=agencies_of(node, selection.period))
    counted = "approved" if selection.basis == Basis.OFFICIAL else "reported"
    figures = ("numerator", "denominator", "value", "required", "status", counted)
    names = ("agency__level", "agency__short_name", "agency__parent", "agency__parent__short_name")
    return [_Own(*found) for found in own.values_list("agency", *figures, "node", *names)]


def _seen(selection, target, user, own) -> set[int]:
    """Those of the reporters whose figures the reader may see one by one. One query for who does not read everything."""
    everyone = {one.agency for one in own}
    if user.reads_everything or not own:
        return everyone
    rows = Rollup.objects.at(selection.period, selection.basis).filter(target=target, scope=Scope.OWN)
    return everyone & set(rows.filter(agency__in=everyone).visible_to(user).values_list("agency", flat=True))


def _sources(row, own) -> Sources | None:
    """Who stands behind the figure."""
    if row is None or row.not_due:
        return None
    figures = sum(1 for one in own if one.has_figure)
    return Sources(current=row.counted, earlier=figures - row.counted, silent=row.expected - figures)


def _missing(selection, target, own) -> list[prospects.Missing]:
    """The last figure of each agency that is missing. One query of a flow."""
    gone = [one for one in own if not one.counted]
    if target.timing == Timing.FLOW:
        last = prospects.last_months(target, selection, [one.agency for one in gone])
        return [last.get(one.agency, prospects.Missing()) for one in gone]
    # A yes is 100 in a roll-up, 1 in a report.
    yes_no = target.kind == Kind.YES_NO
    return [prospects.Missing(one.numerator, one.denominator, one.numerator if yes_no else one.value) for one in gone]


def _reporters(target, row, own, seen) -> list[tuple[Fraction, Fraction]]:
    """(N, D) of the agencies whose catching up can be tried out: of a rising ratio, and only where the reader may see every
    one of them, for from a few trials each figure could be reckoned back."""
    if target.kind != Kind.RATIO or target.comparator in FALLING or row is None or not row.denominator:
        return []
    if len(seen) < len(own):
        return []
    return [(Fraction(one.numerator), Fraction(one.denominator)) for one in own if one.denominator]


# Side by side


def _spread(target, row, own, then) -> Spread | None:
    """How the reporters' values lie; none of a yes or no, which is counted."""
    valued = [one for one in own if one.value is not None]
    if row is None or target.kind == Kind.YES_NO or len(valued) < LEAST:
        return None
    return spread_of(
        [(name, one.value, one.denominator) for name, one in zip(_names(valued, then), valued, strict=True)],
        unit=target.unit,
        comparator=target.comparator,
        # A sum does not lie on the scale of its parts, and the threshold is the whole's.
        value=row.value if target.kind != Kind.COUNT else None,
        threshold=target.threshold if target.kind != Kind.COUNT and row.required is not None else None,
    )


def _names(own, then: AsOf) -> list[str]:
    """Reporters as lists name them, as they were called then: a commune with its district, a district as its People's
    Committee."""
    return [agency.reporter_name for agency in _agencies(own, then)]


def _agencies(own, then: AsOf) -> list[Agency]:
    """The reporters as they were called then, each with what it belonged to."""
    above = {one.parent: Agency(pk=one.parent, short_name=one.parent_name) for one in own if one.parent}
    agencies = [
        Agency(pk=one.agency, level=one.level, short_name=one.short_name, parent=above.get(one.parent)) for one in own
    ]
    then.show(agencies)
    return agencies


def _fews(selection, target, user, below) -> Fews | None:
    """The years of a node's parts, in the order of its table; the departments only where there are no districts. One query."""
    parts = [row for row in below if row.node.is_district] or below
    if not 2 <= len(parts) <= MOST_FEW:
        return None
    parts = sorted(parts, key=_need)
    codes = {row.node.code.removeprefix(OWN_PREFIX) for row in parts}
    rows = Rollup.objects.filter(target=target, basis=selection.basis, scope=parts[0].node.scope, node__in=codes)
    rows = rows.filter(period__plan=selection.plan, period__number__lte=selection.period.number).visible_to(user)
    stored = {(row.node, row.period.number): row for row in rows.select_related("period")}
    numbers = range(1, selection.period.number + 1)
    years = [
        Few(row, tuple(_few(target, stored.get((row.node.code.removeprefix(OWN_PREFIX), n))) for n in numbers))
        for row in parts
    ]
    known = [value for few in years for value in few.history if value is not None]
    if not known:
        return None
    if target.threshold is not None and any(row.required is not None for row in parts):
        known.append(target.threshold)
    return Fews(tuple(years), min(known), max(known))


def _few(target, row):
    carried = row is not None and row.value is not None and not row.is_point
    return FewMonth(row.value if row else None, _nothing_then(target, row), carried)


def _waterfall(selection, target, stored, before, contributions) -> Waterfall | None:
    """The change as a chart, where several had a part in it and somebody moved."""
    if contributions is None or len(contributions.parts) < 2 or not any(part.change for part in contributions.parts):
        return None
    return Waterfall(
        unit=target.unit,
        start=f"Tháng {selection.period.number - 1}",
        end=f"Tháng {selection.period.number}",
        before=before.value,
        after=stored.value,
        parts=[(part.name, part.shown) for part in contributions.parts if part.change],
        printed=[part.printed for part in contributions.parts if part.change],
        own=[part.own for part in contributions.parts if part.change],
        still=sum(not part.change for part in contributions.parts),
    )
