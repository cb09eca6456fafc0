"""What can stand for a target (domain.md, *Kinds of target*), said with the column and the reason."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from core import formatting
from indicators.models import Target
from indicators.submissions.kinds import Flaw, format_of

LONGEST_NOTE = 2000


class Figures(NamedTuple):
    """What is reported of one target. Exactly one of (numerator and denominator) and value is given."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None
    nothing_arose: bool = False
    note: str = ""


def problem_with(target: Target, figures: Figures) -> str | None:
    """Why the figures cannot stand for the target, in Vietnamese; None where they can (domain.md, *Kinds of target*)."""
    flaws = flaws_in(target, figures)
    return flaws[0].reason if flaws else None


def flaws_in(target: Target, figures: Figures) -> list[Flaw]:
    """All that keeps the figures from standing for the target, with the columns, for whoever names them: each column once."""
    flaws: dict[str, Flaw] = {}
    for flaw in _flaws(target, figures):
        flaws.setdefault(flaw.column, flaw)
    return list(flaws.values())


def _flaws(target: Target, figures: Figures) -> Iterator[Flaw]:
    n, d, v = figures.numerator, figures.denominator, figures.value
    if len(figures.note) > LONGEST_NOTE:
        yield Flaw("note", f"Giải trình dài quá {formatting.number(LONGEST_NOTE)} ký tự.")
    if figures.nothing_arose and any((n, d, v)):
        yield Flaw("value" if v else "numerator", "Không phát sinh thì số phải bằng 0.")
    yield from format_of(target.kind).flaws(target, n, d, v)
