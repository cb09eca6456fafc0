"""From sums to a value (domain.md, *Kinds of target*). Pure and exact.

Values in rules/ are integers in millionths of the unit ("micro": 78,65 % is 78_650_000), so that sums, comparisons
and Theil–Sen are integer work. A value before rounding is a fraction: (numerator, denominator) in micro.
"""

from indicators.rules.kinds import Comparator, Kind

MICRO = 10**6


def round_half_away(numerator: int, denominator: int) -> int:
    """numerator ÷ denominator to the nearest integer, halves away from zero; denominator > 0."""
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((-2 * numerator + denominator) // (2 * denominator))


def exact_value(
    kind: Kind, *, n: int | None, d: int | None, v: int | None, figures: int, assigned: int
) -> tuple[int, int] | None:
    """The node's value as an exact fraction in micro, or None where it has none.

    n, d: ΣN and ΣD of a ratio in one common scale; v: Σ of the others' values in micro (yes is 1); figures: agencies with
    a figure; assigned: agencies assigned. Zero figures, ΣD = 0 and a `value` of several agencies give None, never 0.
    """
    if figures == 0:
        return None
    if kind == Kind.RATIO:
        return (100 * MICRO * n, d) if d else None
    if kind == Kind.YES_NO:
        return 100 * v, assigned
    if kind == Kind.MILESTONE:
        return v, figures
    if kind == Kind.VALUE and assigned > 1:
        return None
    return v, 1


def holds(value: tuple[int, int], comparator: Comparator, threshold: int) -> bool:
    """Does an exact value satisfy the comparator? By cross-multiplication, never on rounded numbers."""
    numerator, denominator = value
    return comparator.holds(numerator, threshold * denominator)


def year_to_date(figures) -> tuple:
    """(ΣN, ΣD, Σ value) of one reporter's figures of a flow (domain.md, *Timing*); None where its kind has no such part."""
    columns = [[getattr(figure, part) for figure in figures] for part in ("numerator", "denominator", "value")]
    return tuple(None if None in column else sum(column) for column in columns)
