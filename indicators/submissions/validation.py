"""Validity of figures for a target (docs: domain, Kinds of target), with the column and the reason of each fault."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from core import formatting
from indicators.models import Target
from indicators.submissions.kinds import Flaw, format_of

LONGEST_NOTE = 2000


class Figures(NamedTuple):
    """The figures reported of one target: either numerator and denominator, or the value."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None
    nothing_arose: bool = False
    note: str = ""


def problem_with(target: Target, figures: Figures) -> str | None:
    """Return the first reason why the figures are not valid for the target, in Vietnamese; None where they are."""
    flaws = flaws_in(target, figures)
    return flaws[0].reason if flaws else None


def flaws_in(target: Target, figures: Figures) -> list[Flaw]:
    """Return all faults of the figures, at most one for each column."""
    flaws: dict[str, Flaw] = {}
    for flaw in _flaws(target, figures):
        flaws.setdefault(flaw.column, flaw)
    return list(flaws.values())


def _flaws(target: Target, figures: Figures) -> Iterator[Flaw]:
    """Yield the faults of the figures."""
    n, d, v = figures.numerator, figures.denominator, figures.value
    if len(figures.note) > LONGEST_NOTE:
        yield Flaw("note", f"Giải trình dài quá {formatting.number(LONGEST_NOTE)} ký tự.")
    if figures.nothing_arose and any((n, d, v)):
        yield Flaw("value" if v else "numerator", "Không phát sinh thì số phải bằng 0.")
    yield from format_of(target.kind).flaws(target, n, d, v)
