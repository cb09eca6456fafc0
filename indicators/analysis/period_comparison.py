"""The change of a value between two moments, by cause: two snapshots in, frozen dataclasses out (domain.md, *What
changed*).

The snapshots may be of two periods, as known now, or frozen with two published reports
(`indicators.analysis.snapshot`). Nothing is read from the database here.
"""

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from agencies.models import GROUP_WORDS, GROUPS, Level
from indicators.analysis.contributions import decimal
from indicators.analysis.nodes import OWN_PREFIX
from indicators.rules.calendar import year_and_month
from indicators.rules.causes import Cause, CauseFigure, CauseStanding, Number, Share, split, totals
from indicators.rules.kinds import Kind, rules_of
from indicators.rules.nothing import Nothing, nothing_of

# Beyond this many reporters the change is shown by district.
MOST_LINES = 40
# The reasons why a reporter came into a figure or left it.
MOVED, ASSIGNED = "moved", "assigned"


class _Shown:
    """The exact parts as Decimals, for display."""

    if TYPE_CHECKING:

        @property
        def n(self) -> Number: ...

        @property
        def d(self) -> Number: ...

    @property
    def n_shown(self) -> Decimal:
        return decimal(self.n)

    @property
    def d_shown(self) -> Decimal:
        return decimal(self.d)


@dataclass(frozen=True)
class Side:
    """One of the two moments. value: exact, in the target's unit; numerator and denominator: of a ratio; required: of the
    province, at this period's end, by the definition of then; nothing: what stands in the place of a value; starts: the year
    and month of the first period of a plan of several years."""

    plan: int | str
    month: int
    day: dt.date
    basis: str
    known_at: dt.datetime
    value: Fraction | None
    numerator: Number | None
    denominator: Number | None
    definition: dict
    definition_number: int
    required: Decimal | None
    nothing: Nothing | None
    starts: tuple[int, int] | None = None

    def label_of(self, number: int) -> str:
        """Return a period of its plan as it follows *tháng* and *T*."""
        if self.starts is None:
            return str(number)
        year, month = year_and_month(*self.starts, number)
        return f"{month}/{year}"

    @property
    def label(self) -> str:
        """Its period as it follows *tháng*."""
        return self.label_of(self.month)

    @property
    def value_shown(self) -> Decimal | None:
        return None if self.value is None else decimal(self.value)


@dataclass(frozen=True)
class ComparedRow(_Shown):
    """One reporter's part of the change, or several reporters' together. code: as in `?node=`, empty for those that the
    reader may not see one by one; area: the district that it belongs to, empty without one; n, d: the movement of its
    numerator (or value) and denominator; moved: why it came or went."""

    code: str
    name: str
    level: str
    area: str
    area_name: str
    agencies: int
    change: Number
    n: Number
    d: Number
    shares: Sequence[Share]
    moved: str = ""
    reason: str = ""

    @property
    def shown(self) -> Decimal:
        return decimal(self.change)

    @property
    def is_group(self) -> bool:
        return self.agencies > 1 or not self.code


@dataclass(frozen=True)
class CauseLine(_Shown):
    """The effect of one cause on the whole, and the number of agencies that it came through."""

    cause: Cause
    agencies: int
    change: Number
    n: Number
    d: Number

    @property
    def shown(self) -> Decimal:
        return decimal(self.change)


@dataclass(frozen=True)
class Comparison(_Shown):
    """A target at a node, before and after. change is None where one side has no value; else the sum of the lines, and of
    the causes, to the last digit."""

    code: str
    label: str
    kind: str
    unit: str
    is_flow: bool
    is_province: bool
    node: str
    node_name: str
    before: Side
    after: Side
    change: Fraction | None
    causes: Sequence[CauseLine]
    lines: Sequence[ComparedRow]
    still: int

    @property
    def change_shown(self) -> Decimal | None:
        return None if self.change is None else decimal(self.change)

    @property
    def n(self) -> Number:
        """The movement of the whole's numerator (or value)."""
        return sum(line.n for line in self.lines)

    @property
    def d(self) -> Number:
        return sum(line.d for line in self.lines)

    def label_of(self, number: int) -> str:
        """Return a period of the plan of the later side as it follows *tháng* and *T*."""
        return self.after.label_of(number)

    @property
    def is_same_period(self) -> bool:
        """True where it is the same figure, as known at two moments."""
        return (self.before.plan, self.before.month) == (self.after.plan, self.after.month)

    @property
    def has_weights(self) -> bool:
        """True where figures of this kind have denominators that were reported."""
        return rules_of(self.kind).has_parts

    @property
    def has_points(self) -> bool:
        """True where the change is counted in another unit than the figures themselves."""
        return rules_of(self.kind).scale is not None

    @property
    def is_redefined(self) -> bool:
        """True where the target's definition differs between the two sides."""
        return self.before.definition != self.after.definition

    @cached_property
    def changes(self) -> list[Decimal]:
        """The lines as the waterfall draws them."""
        return [line.shown for line in self.lines]


def compare(before: dict, after: dict, code: str, *, node: str = "") -> Comparison | None:
    """Compare a target between two snapshots of one plan; None where they are of two plans, or one does not hold the
    target.

    node: as in `?node=` (a district, `@communes`, `rieng:h1`, an agency); empty for the whole province. Each reporter
    has its own line: `seen_by` and `by_district` group them.
    """
    old, new = before["targets"].get(code), after["targets"].get(code)
    if old is None or new is None or before["plan"] != after["plan"]:
        return None
    kind, flow = Kind(new["kind"]), new["is_flow"]
    then, now = (_standings(snapshot, code, node) for snapshot in (before, after))
    change_by_cause = split(then, now, flow=flow, scale=rules_of(kind).scale, since=new.get("since", 1))
    if rules_of(kind).is_alone and max(_asked(before, code, node), _asked(after, code, node)) > 1:
        change_by_cause = None
    lines = (
        []
        if change_by_cause is None
        else [_line(before, after, code, node, str(who), change_by_cause.shares[who]) for who in change_by_cause.shares]
    )
    moving = sorted((line for line in lines if line.shares), key=lambda line: -line.change)
    return Comparison(
        code=code,
        label=new["label"],
        kind=kind,
        unit=new["unit"],
        is_flow=flow,
        is_province=_is_province(after, node),
        node=node,
        node_name=_node_name(after, before, node),
        before=_side(before, old, then, flow, _asked(before, code, node)),
        after=_side(after, new, now, flow, _asked(after, code, node)),
        change=None if change_by_cause is None else change_by_cause.total,
        causes=_causes(moving),
        lines=moving,
        still=len(lines) - len(moving),
    )


def seen_by(comparison: Comparison, readable: Collection[str] | None) -> Comparison:
    """Reduce to what a reader may see who may see only these agencies one by one (None: all): the others become one
    line, exactly the rest."""
    if readable is None:
        return comparison
    hidden = [line for line in comparison.lines if line.code not in readable]
    shown = [line for line in comparison.lines if line.code in readable]
    rest = [_together("", "Các đơn vị khác", "", hidden)] if hidden else []
    return replace(comparison, lines=[*shown, *rest])


def by_district(comparison: Comparison, most: int = MOST_LINES) -> Comparison:
    """Group more than `most` lines by district: the communes of a district are one line."""
    if len(comparison.lines) <= most:
        return comparison
    groups: dict[tuple[str, str], list[ComparedRow]] = {}
    for line in comparison.lines:
        if line.area:
            groups.setdefault((line.area, line.area_name), []).append(line)
    if len(groups) < 2:
        return comparison
    lines = [line for line in comparison.lines if not line.area]
    lines += [_together(*area, Level.DISTRICT, lines_inside) for area, lines_inside in groups.items()]
    return replace(comparison, lines=sorted(lines, key=lambda line: (line.code == "", -line.change)))


def _together(code: str, name: str, level: str, lines: Sequence[ComparedRow]) -> ComparedRow:
    shares = [share for line in lines for share in line.shares]
    return ComparedRow(
        code=code,
        name=name,
        level=level,
        area="",
        area_name="",
        agencies=sum(line.agencies for line in lines),
        change=sum(line.change for line in lines),
        n=sum(line.n for line in lines),
        d=sum(line.d for line in lines),
        shares=list(totals(shares).values()),
    )


def _causes(lines: Sequence[ComparedRow]) -> list[CauseLine]:
    by_cause = totals(share for line in lines for share in line.shares)
    touched = {cause: sum(any(s.cause == cause for s in line.shares) for line in lines) for cause in by_cause}
    return [CauseLine(cause, touched[cause], s.change, s.n, s.d) for cause, s in by_cause.items()]


# One side
def _members(snapshot: dict, node: str) -> Callable[[str], bool]:
    """Return a function that tells whether an agency belongs to a node, in a snapshot's tree."""
    agencies = snapshot["agencies"]
    if not node:
        return lambda code: code in agencies
    if node in GROUPS:
        return lambda code: code in agencies and agencies[code][1] == GROUPS[node]
    if node.startswith(OWN_PREFIX):
        return lambda code: code == node.removeprefix(OWN_PREFIX)

    def within(code: str) -> bool:
        while code in agencies:
            if code == node:
                return True
            code = agencies[code][2]
        return False

    return within


def _counts(entry: dict, flow: bool) -> bool:
    """Return whether an agency of the node is part of its figure. A flow keeps the earlier months of an agency that
    need not report any more."""
    return not entry["out"] or (flow and bool(entry["figures"]))


def _standings(snapshot: dict, code: str, node: str) -> dict[Hashable, CauseStanding]:
    target, belongs = snapshot["targets"][code], _members(snapshot, node)
    kind = Kind(target["kind"])
    # An ended agency may go on counting; its successors then count with their earlier figures only.
    standing = target.get("standing", {}).get(node, {"ended": [], "upto": {}, "unborn": []})
    return {
        agency: _standing(entry, kind, standing["upto"].get(agency))
        for agency, entry in target["reporters"].items()
        if agency not in standing["unborn"]
        and (agency in standing["ended"] or (belongs(agency) and _counts(entry, target["is_flow"])))
    }


def _standing(entry: dict, kind: Kind, upto: int | None = None) -> CauseStanding:
    """Return a reporter as it counts; upto: the last month whose figure counts, None for all."""
    share = rules_of(kind).weight_of_figure
    figures = tuple(
        CauseFigure(month, version, _number(n), share if d is None else _number(d))
        for month, version, n, d in entry["figures"]
        if upto is None or month <= upto
    )
    return CauseStanding(figures, frozenset(entry["returned"]), weight=rules_of(kind).weight_of_reporter)


def _number(text: str) -> Number:
    """Read exactly; a whole number as an int, which adds up faster."""
    return Fraction(text) if "." in text else int(text)


def _asked(snapshot: dict, code: str, node: str) -> int:
    belongs = _members(snapshot, node)
    return sum(belongs(agency) and not entry["out"] for agency, entry in snapshot["targets"][code]["reporters"].items())


def _side(snapshot: dict, target: dict, standings: Mapping[Hashable, CauseStanding], flow: bool, expected: int) -> Side:
    rules = rules_of(target["kind"])
    sums = [standing.sums(flow) for standing in standings.values()]
    n, d = sum(n for n, _ in sums), sum(d for _, d in sums)
    reported = sum(bool(standing.figures) for standing in standings.values())
    scale, value = rules.scale, None
    if reported and scale is None:
        value = Fraction(n) if not rules.is_alone or len(standings) == 1 else None
    elif reported and d and scale is not None:
        value = scale * Fraction(n) / d
    ratio = reported and rules.row_has_parts
    return Side(
        plan=snapshot["plan"],
        month=snapshot["month"],
        day=dt.date.fromisoformat(snapshot["day"]),
        basis=snapshot["basis"],
        known_at=dt.datetime.fromisoformat(snapshot["known_at"]),
        value=value,
        numerator=n if ratio else None,
        denominator=d if ratio else None,
        definition=target["definition"],
        definition_number=target["definition_number"],
        required=None if target["required"] is None else Decimal(target["required"]),
        nothing=nothing_of(
            Kind(target["kind"]), value=value, numerator=n if ratio else None, expected=expected, reported=reported
        ),
        starts=tuple(snapshot["starts"]) if "starts" in snapshot else None,
    )


# One reporter
def _line(before: dict, after: dict, code: str, node: str, agency: str, shares: Sequence[Share]) -> ComparedRow:
    agencies = before["agencies"] | after["agencies"]
    name, level, parent = agencies[agency]
    above = _district_above(agencies, parent)
    parent = parent if above else ""
    area, area_name = {Level.COMMUNE: (parent, above), Level.DISTRICT: (agency, name)}.get(level, ("", ""))
    moved, reason = _moved(before, after, code, node, agency, {share.cause for share in shares})
    return ComparedRow(
        code=agency,
        name=_name(name, level, above),
        level=level,
        area=area,
        area_name=area_name,
        agencies=1,
        change=sum(share.change for share in shares),
        n=sum(share.n for share in shares),
        d=sum(share.d for share in shares),
        shares=shares,
        moved=moved,
        reason=reason,
    )


def _district_above(agencies: dict, parent: str) -> str:
    """Return the short name of the district with this code; empty where it is none."""
    name, level = agencies[parent][:2] if parent in agencies else ("", "")
    return name if level == Level.DISTRICT else ""


def _name(name: str, level: str, above: str) -> str:
    """Return a reporter's name as lists show it (`Agency.reporter_name`)."""
    if level == Level.COMMUNE:
        return f"{name}, {above}" if above else name
    return f"UBND {name}" if level == Level.DISTRICT else name


def _moved(before: dict, after: dict, code: str, node: str, agency: str, causes: Collection[Cause]) -> tuple[str, str]:
    """Return (why a reporter came or went, the reason given for an exemption)."""
    if Cause.IN not in causes and Cause.OUT not in causes:
        return "", ""
    elsewhere = before if Cause.IN in causes else after
    entry = elsewhere["targets"][code]["reporters"].get(agency)
    if entry is None:
        return ASSIGNED, ""
    if entry["out"] and _members(elsewhere, node)(agency):
        return entry["out"], entry["why"]
    return MOVED, ""


def _is_province(snapshot: dict, node: str) -> bool:
    return not node or snapshot["agencies"].get(node, ("", ""))[1] == Level.PROVINCE


def _node_name(after: dict, before: dict, node: str) -> str:
    if not node:
        return "Toàn tỉnh"
    if node in GROUP_WORDS:
        return GROUP_WORDS[node]
    agencies = before["agencies"] | after["agencies"]
    code = node.removeprefix(OWN_PREFIX)
    if code not in agencies:
        return code
    name, level, parent = agencies[code]
    if level == Level.PROVINCE:
        return "Toàn tỉnh"
    if level == Level.COMMUNE:
        return _name(name, level, _district_above(agencies, parent))
    return f"UBND {name}" if node != code else name
