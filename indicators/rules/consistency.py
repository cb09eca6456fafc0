"""Rules between the targets of one report (docs/decisions/0213). Pure: figures in, broken rules out.

They never block: a broken one is a reason to look again, at entry and in review.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from indicators.rules.combining import FigureParts


class Check(StrEnum):
    """The condition of a rule between its targets, all of them ratios."""

    # All rest on one population: their denominators are the same.
    SAME_DENOMINATOR = "same_denominator"
    # What the first counts is part of what the second counts: its numerator is not above the other's.
    NUMERATOR_WITHIN = "numerator_within"
    # The denominator is the number of communes.
    COMMUNES = "communes"


class TargetRule(NamedTuple):
    """One rule: its check, the codes of its targets in order, and the reason in words."""

    check: Check
    targets: tuple[str, ...]
    why: str


class Broken(NamedTuple):
    """A rule that figures break, as told at one target: its own number and the one that it is compared with, of `other`
    (a target's code; empty for the number of communes)."""

    rule: TargetRule
    target: str
    now: Fraction
    other: str
    compared: Fraction


def rule_from(stored: Mapping[str, Any]) -> TargetRule:
    """Return a rule as plain data holds it. Raises ValueError, KeyError for one that is none."""
    check, targets = Check(stored["check"]), tuple(stored["targets"])
    if len(targets) < (1 if check == Check.COMMUNES else 2):
        raise ValueError(f"{check} needs more targets than {targets}")
    return TargetRule(check, targets, stored["why"])


def needs_communes(rules: Iterable[TargetRule], targets: Iterable[str]) -> bool:
    """Return True where one of these targets is compared with the number of communes."""
    codes = set(targets)
    return any(rule.check == Check.COMMUNES and codes & set(rule.targets) for rule in rules)


def broken(
    rules: Iterable[TargetRule], figures: Mapping[str, FigureParts], communes: int | None = None
) -> Iterator[Broken]:
    """Yield the rules that the figures of one report break, each at every target concerned.

    figures: by code, those that were reported and say more than that nothing arose. A target without one is not
    compared. communes: None where no rule needs it.
    """
    for rule in rules:
        ratios = [
            (code, Fraction(figure.numerator), Fraction(figure.denominator))
            for code in rule.targets
            if (figure := figures.get(code)) is not None
            and figure.numerator is not None
            and figure.denominator is not None
        ]
        if rule.check == Check.COMMUNES:
            for code, _, d in ratios:
                if communes is not None and d != communes:
                    yield Broken(rule, code, d, "", Fraction(communes))
        elif rule.check == Check.SAME_DENOMINATOR:
            for code, _, d in ratios:
                unlike = next(((other, d_other) for other, _, d_other in ratios if d_other != d), None)
                if unlike is not None:
                    yield Broken(rule, code, d, *unlike)
        elif len(ratios) == len(rule.targets):
            (inner, n, _), (outer, n_outer, _) = ratios[:2]
            if n > n_outer:
                yield Broken(rule, inner, n, outer, n_outer)
                yield Broken(rule, outer, n_outer, inner, n)
