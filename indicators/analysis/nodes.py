"""Nodes of the tree with their roll-up rows, for the pages of a target."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.db.models import Max, Q, QuerySet
from django.http import Http404

from agencies.as_of import AsOf
from agencies.models import GROUP_WORDS, GROUPS, Agency, Level, User
from agencies.roles import Role
from indicators.models import ReportingPeriod, Rollup, Scope, Target, Timing
from indicators.rollups.absences import Absences
from indicators.rollups.results import RollupResult, points_of
from indicators.rules.calendar import alike
from indicators.rules.nothing import Nothing
from indicators.rules.points import Point
from indicators.rules.status import BY_NEED
from indicators.selection import Selection

# An agency's own figure beside its area's: `?node=rieng:h1`.
OWN_PREFIX = "rieng:"
ABOVE_COMMUNES = (Level.PROVINCE, Level.DEPARTMENT, Level.OTHER, Level.DISTRICT)


@dataclass(frozen=True)
class Node:
    """A node of the roll-up as pages name it. code: as in `?node=`; agency: None for a level."""

    scope: str
    code: str
    name: str
    agency: Agency | None

    @property
    def is_province(self) -> bool:
        return self.scope == Scope.AREA and self.one_agency.level == Level.PROVINCE

    @property
    def is_district(self) -> bool:
        return self.scope == Scope.AREA and self.one_agency.level == Level.DISTRICT

    @property
    def is_area(self) -> bool:
        """True for what lies below the province: the area of a district, a commune's own figure."""
        return self.is_district or (self.scope == Scope.OWN and self.one_agency.level == Level.COMMUNE)

    @property
    def one_agency(self) -> Agency:
        """The agency of an area or of one reporter. Raises ValueError for a level, which has none."""
        if self.agency is None:
            raise ValueError(f"{self.code} is a level")
        return self.agency

    @property
    def name_inside(self) -> str:
        """The name for use inside a district: a commune's without the district's."""
        return self.agency.short_name if self.agency and self.agency.level == Level.COMMUNE else self.name


@dataclass(frozen=True, kw_only=True)
class NodeRow(RollupResult):
    """One node as of the period. previous: the same node's row as of the period before; last_month: the latest month in
    which one of its agencies has a figure, as it follows *tháng*; empty without one."""

    node: Node
    previous: Rollup | None = None
    last_month: str = ""
    depth: int = 0
    opens: bool = False
    is_open: bool = False

    @property
    def not_due(self) -> bool:
        """True where no agency has to report yet (*Chưa đến kỳ*)."""
        return self.expected == 0

    @property
    def gap(self) -> Decimal | None:
        """The value minus the required value, in points of a percentage or units; None where there is no comparison."""
        return None if self.value is None or self.required is None else self.value - self.required

    @property
    def shortfall(self) -> int | None:
        """The number of cases that the numerator of a ratio falls short of the required value; None where it does
        not."""
        return missing(self.numerator, self.denominator, self.required)


def missing(
    numerator: Decimal | None, denominator: Decimal | None, level: Decimal | None, above: bool = False
) -> int | None:
    """Return the number of cases that the numerator of a ratio lacks to reach a level in percent (with `above`: to
    exceed it), given the denominator; None where nothing is missing or nothing is known."""
    if level is None or numerator is None or not denominator:
        return None
    wanted = level * denominator / 100
    lacks = int(wanted.to_integral_value(ROUND_FLOOR)) + 1 if above else int(wanted.to_integral_value(ROUND_CEILING))
    lacks -= int(numerator.to_integral_value(ROUND_FLOOR))
    return lacks if lacks > 0 else None


# The node that a page is about
def node_history(
    selection: Selection, target: Target, user: User, node_code: str, then: AsOf
) -> tuple[Node, list[Rollup]]:
    """Return the node with this code, as it was at the period's end, and all its rows of the year on both bases, in
    order. Raises Http404 where there is none that the reader may see. One query, two for the province."""
    if "\x00" in node_code:
        raise Http404("Không có đơn vị này.")
    province = Agency.objects.get(level=Level.PROVINCE)
    code = node_code or province.code
    scopes = [Scope.OWN] if code.startswith(OWN_PREFIX) else [Scope.AREA, Scope.OWN, Scope.LEVEL]
    rows = list(
        Rollup.objects.filter(target=target, node=code.removeprefix(OWN_PREFIX), scope__in=scopes)
        .filter(period__plan=selection.plan)
        .visible_to(user)
        .select_related("period__plan", "agency__parent")
        .order_by("period__number")
    )
    then.apply_to(row.agency for row in rows if row.agency)
    areas = [row for row in rows if row.scope == Scope.AREA]
    if areas:
        return node_of(areas[0]), areas
    if rows:
        return node_of(rows[0]), rows
    if code != province.code:
        raise Http404("Không có đơn vị này.")
    return Node(Scope.AREA, province.code, "Toàn tỉnh", province), []


def node_of(row: Rollup) -> Node:
    """Return the node of a roll-up row that was loaded with its agency and the agency's parent."""
    if row.scope == Scope.LEVEL:
        return Node(row.scope, row.node, GROUP_WORDS[row.node], None)
    agency = row.agency
    if agency is None:
        raise ValueError(f"{row.node} is no level and has no agency")
    if row.scope == Scope.AREA:
        return Node(row.scope, row.node, "Toàn tỉnh" if agency.level == Level.PROVINCE else agency.short_name, agency)
    if agency.level == Level.DISTRICT:
        return Node(row.scope, OWN_PREFIX + row.node, f"UBND {agency.short_name}", agency)
    return Node(row.scope, row.node, agency.place_name, agency)


def is_one_answer(target: Target, node: Node) -> bool:
    """Return whether the figure is a single agency's yes or no. Its forecast is stored, but means nothing to a
    reader."""
    return target.rules.is_answer and node.scope == Scope.OWN


# Rows of nodes
def _rows(
    selection: Selection, target: Target, user: User, node: Node, then: AsOf, absences: Absences
) -> list[NodeRow]:
    """Return the rows as of the period for every node that the table or the change needs, with the values of the period
    before. Two queries. Communes only of the node's district as it was at the period's end, of the reader's own, those that
    hang under the province, or all of them where their level is the node."""
    wanted = ~Q(scope=Scope.OWN) | Q(agency__level__in=ABOVE_COMMUNES)
    if node.code == "@communes":
        wanted |= Q(scope=Scope.OWN)
    else:
        tree = Agency.objects.placed(selection.period.window_last)
        inside = tree.filter(_listed_below(node, user))
        wanted |= Q(scope=Scope.OWN, agency__in=inside.values("pk"))
    visible = Rollup.objects.filter(wanted, target=target, basis=selection.basis).visible_to(user)
    numbers = [selection.period.number - 1, selection.period.number]
    both_periods = visible.filter(period__plan=selection.plan, period__number__in=numbers)
    stored = list(both_periods.select_related("agency__parent", "period").order_by("agency__position", "node"))
    then.apply_to(row.agency for row in stored if row.agency)
    last_months, points = _points(selection, target, visible)
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
            points.get((row.scope, row.node), ()),
        )
        for row in stored
        if row.period_id == selection.period.pk
    ]


def _points(
    selection: Selection, target: Target, visible: QuerySet[Rollup]
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], list[Point]]]:
    """Return by (scope, node) the latest month that brought a figure, and, of a rate, all points. One query."""
    points = visible.filter(period__plan=selection.plan, period__number__lte=selection.period.number, is_point=True)
    if target.timing != Timing.RATE:
        latest = points.order_by().values_list("scope", "node").annotate(Max("period__number"))
        return {(scope, code): month for scope, code, month in latest}, {}
    last_months: dict[tuple[str, str], int] = {}
    by_node: dict[tuple[str, str], list[Point]] = defaultdict(list)
    figures = points.order_by("period__number").values_list(
        "scope", "node", "period__number", "numerator", "denominator", "value"
    )
    for scope, code, month, numerator, denominator, value in figures:
        last_months[scope, code] = month
        if value is not None:
            by_node[scope, code].append(Point(numerator, denominator, value))
    return last_months, by_node


def _exempt(
    selection: Selection, target: Target, user: User, node: Node, then: AsOf, absences: Absences
) -> list[NodeRow]:
    """Return a row without figures for each agency that is exempt and would else be in the table. Two queries where
    there are any."""
    agencies = [agency for agency, _ in absences.exempt]
    if not agencies:
        return []
    listed = Agency.objects.filter(pk__in=agencies).visible_to(user)
    if leads(user, target):
        listed = Agency.objects.filter(pk__in=agencies)
    listed = listed.placed(selection.period.window_last)
    listed = listed.filter(~Q(level=Level.COMMUNE) | _listed_below(node, user))
    exempt_agencies = list(listed.select_related("parent").in_order())
    then.apply_to(exempt_agencies)
    nodes = [node_of(Rollup(scope=Scope.OWN, node=agency.code, agency=agency)) for agency in exempt_agencies]
    return [_exempt_row(each) for each in nodes]


def _exempt_row(node: Node) -> NodeRow:
    return NodeRow(node=node, nothing=Nothing.EXEMPT, is_asked=False)


def leads(user: User, target: Target) -> bool:
    """Return whether the reader belongs to a lead agency of the target, which sees all its figures. One query at
    most."""
    return (
        user.agency is not None
        and user.holds(Role.LEAD)
        and Target.objects.led_by(user.agency).filter(pk=target.pk).exists()
    )


def _listed_below(node: Node, user: User) -> Q:
    """Return the condition of agencies, `placed` on a day, that hang under the province or an opened district."""
    province = Agency.objects.filter(level=Level.PROVINCE).values("pk")
    return Q(parent_as_of__in=province) | Q(parent_as_of__in=_opened(node, user))


def _opened(node: Node, user: User) -> set[int]:
    """Return the districts whose communes are listed: the node's, and the reader's own."""
    agency, opened = node.agency, _own_districts(user)
    if agency is not None and agency.level == Level.DISTRICT:
        opened.add(agency.pk)
    elif agency is not None and agency.level == Level.COMMUNE and agency.parent_id is not None:
        opened.add(agency.parent_id)
    return opened


def _own_districts(user: User) -> set[int]:
    """Return the district of a reader who does not read everything."""
    if user.reads_everything or user.agency is None:
        return set()
    return {pk for pk in (user.agency.pk, user.agency.parent_id) if pk is not None}


def as_row(
    selection: Selection,
    target: Target,
    row: Rollup,
    before: Rollup | None,
    node: Node,
    last_month: int | None = None,
    absences: Absences | None = None,
    points: Iterable[Point] = (),
) -> NodeRow:
    """Return a stored row as pages show it. absences: what was sent back, where the node may be an agency alone; points: the
    node's, of a rate."""
    return NodeRow.of(
        row,
        kind=target.kind,
        period=selection.period,
        counted=row.coverage[0],
        min_coverage=selection.plan.min_coverage,
        cycle=target.cycle,
        before=before if alike(selection.period.number - 1, selection.period.number, target) else None,
        is_returned=(
            absences is not None and row.scope == Scope.OWN and (row.agency_id, target.pk) in absences.returned
        ),
        points=points_of(target, points),
        is_falling=target.is_falling,
        node=node,
        previous=before,
        last_month=selection.plan.month_label(last_month) if last_month else "",
        states_nothing=absences is not None
        and row.scope == Scope.OWN
        and absences.states_nothing(row.agency_id, target.pk, row.value),
    )


def _need(row: NodeRow) -> tuple:
    """Return the sort key: what needs attention first, then the lowest value; exempt agencies last."""
    return row.nothing == Nothing.EXEMPT, BY_NEED.index(row.status), row.value is None, row.value


def agencies_of(node: Node, period: ReportingPeriod) -> QuerySet:
    """Return the agencies that belonged to the node at the period's end."""
    agencies = Agency.objects.all()
    if node.scope == Scope.LEVEL:
        return agencies.filter(level=GROUPS[node.code])
    if node.scope == Scope.OWN:
        return agencies.filter(pk=node.one_agency.pk)
    return agencies.placed_within(node.one_agency, period.window_last).values("pk")
