"""Contributions to a change, by reporter or district, for waterfalls and tables; as printed they add up to the
total."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from agencies.models import GROUPS, Agency, Level
from core import formatting
from indicators.analysis.nodes import Node, NodeRow
from indicators.models import Rollup, Scope, Target

# Beyond this many reporters the parts of a change are shown by district; of those without one the largest are.
MOST_PIECES = 40
# Decimals of a part of a change, where it is not whole.
PART_PLACES = 3
# (N, D) of a ratio, (value, 0) of a count.
Figures = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Contribution:
    """One reporter's part of a change: percentage points of a ratio (or units of a count), and the movement of its
    numerator. printed: the part as it is shown; the parts so shown add up to the total as shown. own_change: the change of a
    ratio's own value, by its two values as shown, None where it has no value on either side; it may have the other sign
    than the part, which also depends on the reporter's weight. node: None for the agencies that the reader may not see
    one by one."""

    node: Node | None
    name: str
    change: Fraction
    printed: Decimal
    moved: Decimal
    own_change: Decimal | None = None

    @property
    def shown(self) -> Decimal:
        return decimal(self.change)


@dataclass(frozen=True)
class Contributions:
    """The change of a value between two periods, in parts whose sum is exactly the whole. total_printed: the change as
    the table of parts shows it; by_values: the difference of the two values as shown, which is what pages say of it."""

    total: Fraction
    total_printed: Decimal
    by_values: Decimal
    moved: Decimal
    parts: Sequence[Contribution]

    @property
    def is_still(self) -> bool:
        """True where neither a part nor a numerator moved."""
        return all(part.change == 0 and part.moved == 0 for part in self.parts)

    @property
    def changes(self) -> list[Decimal]:
        """The parts as the waterfall draws them."""
        return [part.shown for part in self.parts]


def _below(rows: Sequence[NodeRow], node: Node) -> list[NodeRow]:
    """Return the rows next below a node, one per agency, as far as the reader may see them."""
    own_rows = [row for row in rows if row.node.scope == Scope.OWN]
    if node.is_province:
        districts = [row for row in rows if row.node.is_district]
        agencies = [(row.node.one_agency, row) for row in own_rows]
        return districts + [row for one, row in agencies if one.level != Level.DISTRICT and one.district is None]
    if node.is_district:
        return [
            row for row in own_rows if node.one_agency.pk in (row.node.one_agency.pk, row.node.one_agency.parent_id)
        ]
    if node.scope == Scope.LEVEL:
        return [row for row in own_rows if row.node.one_agency.level == GROUPS[node.code]]
    return []


def _parts(rows: Sequence[NodeRow], node: Node) -> list[NodeRow]:
    """Return the rows that explain a change: those next below, the departments together beside the areas."""
    below = _below(rows, node)
    departments = [row for row in rows if row.node.code == "@departments"]
    if not (node.is_province and departments and any(row.node.is_area for row in below)):
        return below
    return [row for row in below if row.node.one_agency.level != Level.DEPARTMENT] + departments


# Parts of a change
class _Piece(NamedTuple):
    """The figures of a reporter, or of a district's communes, now and as of the period before."""

    code: str
    node: Node | None
    now: Figures
    then: Figures


OTHERS = "Các đơn vị khác"
NOTHING = (Fraction(0), Fraction(0))


def _contributions(
    target: Target, now: Rollup | None, then: Rollup | None, parts: Sequence[NodeRow]
) -> Contributions | None:
    """Return the exact parts of the change since the period before (domain.md, *What changed*), the largest rise first;
    None for other kinds, and where either side has no value. The agencies that the reader may not see one by one make
    one part."""
    if not target.rules.has_contributions or now is None or then is None:
        return None
    if now.value is None or then.value is None:
        return None
    pieces = _pieces(target, now, then, parts)
    before: dict[Hashable, Figures] = {piece.code: piece.then for piece in pieces}
    after: dict[Hashable, Figures] = {piece.code: piece.now for piece in pieces}
    change = target.rules.change(before, after)
    if change is None:
        return None
    pieces.sort(key=lambda piece: (piece.node is None, -change.parts[piece.code]))
    total, printed = printed_parts([change.parts[piece.code] for piece in pieces])
    contributions = [
        Contribution(
            piece.node,
            piece.node.name_inside if piece.node else OTHERS,
            change.parts[piece.code],
            shown,
            _moved(piece.now, piece.then),
            _own_change(target, piece),
        )
        for piece, shown in zip(pieces, printed, strict=True)
    ]
    by_values = formatting.change(now.value, then.value, target.unit) or Decimal(0)
    return Contributions(
        change.total, total, by_values, sum((part.moved for part in contributions), Decimal(0)), contributions
    )


def printed_parts(changes: Sequence[int | Fraction], total: Decimal | None = None) -> tuple[Decimal, list[Decimal]]:
    """Return (the whole change, its parts) as tables print them: whole numbers where all are, else PART_PLACES
    decimals, so that the parts add up to the whole. total: the whole as already printed, where these are the parts of a
    part."""
    places = 0 if all(Fraction(change).denominator == 1 for change in changes) else PART_PLACES
    if total is None:
        total = formatting.rounded(decimal(sum(changes, Fraction(0))), places)
    places = max(places, -int(total.as_tuple().exponent))
    return total, formatting.parts(changes, total, places)


def _pieces(target: Target, now: Rollup, then: Rollup, parts: Sequence[NodeRow]) -> list[_Piece]:
    pieces = [
        _Piece(
            row.node.code, row.node, _figures(target, row), _figures(target, row.previous) if row.previous else NOTHING
        )
        for row in parts
    ]
    if len(pieces) > MOST_PIECES:
        pieces = sorted(_by_district(pieces), key=lambda piece: -abs(_moved(piece.now, piece.then)))[:MOST_PIECES]
    seen_now, seen_then = _total([piece.now for piece in pieces]), _total([piece.then for piece in pieces])
    rest_now, rest_then = _rest(_figures(target, now), seen_now), _rest(_figures(target, then), seen_then)
    if (rest_now, rest_then) != (NOTHING, NOTHING):
        pieces.append(_Piece("", None, rest_now, rest_then))
    return pieces


def _rest(whole: Figures, seen: Figures) -> Figures:
    """Return what of a node's figures none of the parts holds."""
    return whole[0] - seen[0], whole[1] - seen[1]


def _by_district(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Add up the communes of each district; all others stay as they are."""
    groups: dict[Agency, list[_Piece]] = {}
    others = []
    for piece in pieces:
        agency = piece.node.one_agency if piece.node else None
        district = agency and (agency if agency.level == Level.DISTRICT else agency.district)
        if district:
            groups.setdefault(district, []).append(piece)
        else:
            others.append(piece)
    return others + [
        _Piece(
            district.code,
            Node(Scope.AREA, district.code, district.short_name, district),
            _total([piece.now for piece in group]),
            _total([piece.then for piece in group]),
        )
        for district, group in groups.items()
    ]


def _figures(target: Target, row: Rollup | NodeRow) -> Figures:
    return target.rules.pair(row.numerator, row.denominator, row.value)


def _total(pairs: Sequence[Figures]) -> Figures:
    return sum((n for n, _ in pairs), Fraction(0)), sum((d for _, d in pairs), Fraction(0))


def _own_change(target: Target, piece: _Piece) -> Decimal | None:
    """Return the change of a piece's own value, in points; None without a value on either side, and for what may not be
    seen."""
    (now, of_now), (then, of_then) = piece.now, piece.then
    if piece.node is None or not of_now or not of_then:
        return None
    return formatting.change(decimal(100 * now / of_now), decimal(100 * then / of_then), target.unit)


def _moved(now: Figures, then: Figures) -> Decimal:
    """Return the movement of the numerator of a ratio, or of a count."""
    return decimal(now[0] - then[0])


def decimal(fraction: int | Fraction) -> Decimal:
    """Convert to a Decimal of 28 digits, for display only: add up before converting."""
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)
