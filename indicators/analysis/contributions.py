"""Parts of a change by reporter or district, for waterfalls and tables; they add up as printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from agencies.models import GROUPS, Level
from core import formatting
from indicators.analysis.nodes import Node, NodeRow
from indicators.models import Kind, Scope
from indicators.rules.change import count_change, ratio_change

# More reporters than this are shown by district in what changed.
MOST_PIECES = 40


# Decimals of a part of a change, where it is not whole.
PART_PLACES = 3


@dataclass(frozen=True)
class Contribution:
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
    parts: Sequence[Contribution]

    @property
    def is_still(self) -> bool:
        """Did nothing move?"""
        return all(part.change == 0 and part.moved == 0 for part in self.parts)

    @property
    def changes(self) -> list[Decimal]:
        """The parts as the waterfall draws them."""
        return [part.shown for part in self.parts]


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
