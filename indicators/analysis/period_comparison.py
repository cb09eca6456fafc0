"""Why a value changed between two moments: two ledgers in, frozen dataclasses out (domain.md, *What changed*).

The ledgers may be of two periods, as known now, or frozen with two published reports
(`indicators.analysis.snapshot`). Nothing is read from the database here.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from agencies.models import GROUP_WORDS, GROUPS, Level
from indicators.analysis.contributions import decimal
from indicators.analysis.nodes import OWN_PREFIX
from indicators.models import Kind
from indicators.rules.causes import Cause, CauseFigure, CauseStanding, Number, Share, split, totals

SCALES = {Kind.RATIO: 100, Kind.YES_NO: 100, Kind.MILESTONE: 1}
# More reporters than this are shown by district.
MOST_LINES = 40
# Why a reporter came into a figure or left it.
MOVED, ASSIGNED = "moved", "assigned"


class _Shown:
    """The exact parts as Decimals, for display."""

    @property
    def n_shown(self) -> Decimal:
        return decimal(self.n)

    @property
    def d_shown(self) -> Decimal:
        return decimal(self.d)


@dataclass(frozen=True)
class Side:
    """One of the two moments. value: exact, in the target's unit; numerator and denominator: of a ratio; required: of the
    province, at this period's end, by the definition of then."""

    year: int
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

    @property
    def value_shown(self) -> Decimal | None:
        return None if self.value is None else decimal(self.value)


@dataclass(frozen=True)
class ComparedRow(_Shown):
    """One reporter's part of the change, or several reporters' together. code: as in `?node=`, empty for those whom the
    reader may not see one by one; area: the district that it is of; n, d: how its numerator (or value) and denominator
    moved; moved: why it came or went."""

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
    """What one cause did to the whole, and through how many agencies."""

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
        """How the whole's numerator (or value) moved."""
        return sum(line.n for line in self.lines)

    @property
    def d(self) -> Number:
        return sum(line.d for line in self.lines)

    @property
    def is_same_period(self) -> bool:
        """The same figure, as known at two moments?"""
        return (self.before.year, self.before.month) == (self.after.year, self.after.month)

    @property
    def has_weights(self) -> bool:
        """Do figures of this kind have denominators that were reported?"""
        return self.kind == Kind.RATIO

    @property
    def has_points(self) -> bool:
        """Is the change counted in something else than the figures themselves?"""
        return SCALES.get(self.kind) is not None

    @property
    def is_redefined(self) -> bool:
        """Is the target judged otherwise than before?"""
        return self.before.definition != self.after.definition

    @cached_property
    def changes(self) -> list[Decimal]:
        """The lines as the waterfall draws them."""
        return [line.shown for line in self.lines]


def compare(before: dict, after: dict, code: str, *, node: str = "") -> Comparison | None:
    """What changed in a target between two ledgers of one plan; None where they are of two, or one does not hold the target.

    node: as in `?node=` (a district, `@communes`, `rieng:h290`, an agency); empty for the whole province. All reporters
    are lines of their own: `seen_by` and `by_district` put them together.
    """
    old, new = before["targets"].get(code), after["targets"].get(code)
    if old is None or new is None or before["plan"] != after["plan"]:
        return None
    kind, flow = Kind(new["kind"]), new["is_flow"]
    then, now = (_standings(ledger, code, node) for ledger in (before, after))
    found = split(then, now, flow=flow, scale=SCALES.get(kind))
    if kind == Kind.VALUE and max(_asked(before, code, node), _asked(after, code, node)) > 1:
        found = None
    lines = [] if found is None else [_line(before, after, code, node, who, found.shares[who]) for who in found.shares]
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
        before=_side(before, old, then, flow),
        after=_side(after, new, now, flow),
        change=None if found is None else found.total,
        causes=_causes(moving),
        lines=moving,
        still=len(lines) - len(moving),
    )


def seen_by(found: Comparison, readable: Collection[str] | None) -> Comparison:
    """For a reader who may see only these agencies one by one (None: all): the others become one line, exactly the rest."""
    if readable is None:
        return found
    hidden = [line for line in found.lines if line.code not in readable]
    shown = [line for line in found.lines if line.code in readable]
    rest = [_together("", "Các đơn vị khác", "", hidden)] if hidden else []
    return replace(found, lines=[*shown, *rest])


def by_district(found: Comparison, most: int = MOST_LINES) -> Comparison:
    """Large sets by district, each to be opened by itself: the communes of a district are one line."""
    if len(found.lines) <= most:
        return found
    groups = {}
    for line in found.lines:
        if line.area:
            groups.setdefault((line.area, line.area_name), []).append(line)
    if len(groups) < 2:
        return found
    lines = [line for line in found.lines if not line.area]
    lines += [_together(*area, Level.DISTRICT, own) for area, own in groups.items()]
    return replace(found, lines=sorted(lines, key=lambda line: (line.code == "", -line.change)))


def _together(code, name, level, lines):
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


def _causes(lines):
    by_cause = totals(share for line in lines for share in line.shares)
    touched = {cause: sum(any(s.cause == cause for s in line.shares) for line in lines) for cause in by_cause}
    return [CauseLine(cause, touched[cause], s.change, s.n, s.d) for cause, s in by_cause.items()]


# One side
def _members(ledger, node):
    """Does an agency belong to a node, in a ledger's tree?"""
    agencies = ledger["agencies"]
    if not node:
        return lambda code: code in agencies
    if node in GROUPS:
        return lambda code: code in agencies and agencies[code][1] == GROUPS[node]
    if node.startswith(OWN_PREFIX):
        return lambda code: code == node.removeprefix(OWN_PREFIX)

    def within(code):
        while code in agencies:
            if code == node:
                return True
            code = agencies[code][2]
        return False

    return within


def _counts(entry, flow):
    """Is an agency of the node part of its figure? A flow keeps the earlier months of one that is not asked any more."""
    return not entry["out"] or (flow and bool(entry["figures"]))


def _standings(ledger, code, node):
    target, belongs = ledger["targets"][code], _members(ledger, node)
    kind = Kind(target["kind"])
    return {
        agency: _standing(entry, kind)
        for agency, entry in target["reporters"].items()
        if belongs(agency) and _counts(entry, target["is_flow"])
    }


def _standing(entry, kind):
    share = 1 if kind == Kind.MILESTONE else 0
    figures = tuple(
        CauseFigure(month, version, _number(n), share if d is None else _number(d))
        for month, version, n, d in entry["figures"]
    )
    return CauseStanding(figures, frozenset(entry["returned"]), weight=1 if kind == Kind.YES_NO else 0)


def _number(text):
    """Exact; a whole number as an int, which adds up faster."""
    return Fraction(text) if "." in text else int(text)


def _asked(ledger, code, node):
    belongs = _members(ledger, node)
    return sum(belongs(agency) and not entry["out"] for agency, entry in ledger["targets"][code]["reporters"].items())


def _side(ledger, target, standings, flow):
    kind = Kind(target["kind"])
    sums = [standing.sums(flow) for standing in standings.values()]
    n, d = sum(n for n, _ in sums), sum(d for _, d in sums)
    reported = any(standing.figures for standing in standings.values())
    scale, value = SCALES.get(kind), None
    if reported and scale is None:
        value = Fraction(n) if kind == Kind.COUNT or len(standings) == 1 else None
    elif reported and d:
        value = scale * Fraction(n) / d
    ratio = reported and kind in (Kind.RATIO, Kind.YES_NO)
    return Side(
        year=ledger["plan"],
        month=ledger["month"],
        day=dt.date.fromisoformat(ledger["day"]),
        basis=ledger["basis"],
        known_at=dt.datetime.fromisoformat(ledger["known_at"]),
        value=value,
        numerator=n if ratio else None,
        denominator=d if ratio else None,
        definition=target["definition"],
        definition_number=target["definition_number"],
        required=None if target["required"] is None else Decimal(target["required"]),
    )


# One reporter
def _line(before, after, code, node, agency, shares):
    agencies = before["agencies"] | after["agencies"]
    name, level, parent = agencies[agency]
    above = agencies[parent][0] if parent else ""
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


def _name(name, level, above):
    """As lists name a reporter (`Agency.reporter_name`)."""
    if level == Level.COMMUNE:
        return f"{name}, {above}"
    return f"UBND {name}" if level == Level.DISTRICT else name


def _moved(before, after, code, node, agency, causes):
    """(why a reporter came or went, the reason given for an exemption)."""
    if Cause.IN not in causes and Cause.OUT not in causes:
        return "", ""
    elsewhere = before if Cause.IN in causes else after
    entry = elsewhere["targets"][code]["reporters"].get(agency)
    if entry is None:
        return ASSIGNED, ""
    if entry["out"] and _members(elsewhere, node)(agency):
        return entry["out"], entry["why"]
    return MOVED, ""


def _is_province(ledger, node):
    return not node or ledger["agencies"].get(node, ("", ""))[1] == Level.PROVINCE


def _node_name(after, before, node):
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
        return f"{name}, {agencies[parent][0]}"
    return f"UBND {name}" if node != code else name
