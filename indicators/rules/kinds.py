"""Kind, timing and comparator of a target, on which the rules depend (docs: domain, Kinds of target, Timing)."""

import operator
from collections.abc import Callable, Hashable, Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from indicators.rules.change import Change, Pair, count_change, ratio_change
from indicators.rules.combining import MICRO

Number = int | Fraction | Decimal


class Kind(StrEnum):
    """Kind of a target: the parts that an agency enters and the way in which several agencies are combined."""

    RATIO = "ratio"
    COUNT = "count"
    VALUE = "value"
    YES_NO = "yes_no"
    MILESTONE = "milestone"


class Timing(StrEnum):
    """Meaning of a month's figure: its own window added to the year (flow), a state (stock), or its own window alone
    (rate)."""

    FLOW = "flow"
    STOCK = "stock"
    RATE = "rate"


class Comparator(StrEnum):
    """Comparison of a value with the threshold.

    holds(left, right): True where `left` satisfies the comparator against `right`; exact for integers, Decimals and
    Fractions. falling: True where smaller is better.
    """

    GTE = "gte"
    GT = "gt"
    LTE = "lte"
    LT = "lt"

    holds: Callable[[Number, Number], bool]
    falling: bool

    def __init__(self, word: str) -> None:
        # Plain attributes: every row of a roll-up asks for both.
        self.holds = {"gte": operator.ge, "gt": operator.gt, "lte": operator.le, "lt": operator.lt}[word]
        self.falling = word in ("lte", "lt")


class KindRules:
    """The rules of one kind of target: what its figures are made of and how they combine (docs: domain, Kinds of target).

    How they are read, worded and exported is said by its counterpart, `indicators.submissions.kinds.KindFormat`. A condition
    on the kind stands in one of the two and in SQL, nowhere else.
    """

    # Parts that an agency enters.
    parts: ClassVar[tuple[str, ...]] = ("value",)
    # True where a figure is a numerator and a denominator.
    has_parts: ClassVar[bool] = False
    # True where a roll-up row has N and D.
    row_has_parts: ClassVar[bool] = False
    # True where a figure is a yes (1) or a no (0).
    is_answer: ClassVar[bool] = False
    # True where a figure is a number of things.
    is_whole: ClassVar[bool] = False
    # True where the value is a percentage whatever the unit, within 0 to 100.
    is_percentage: ClassVar[bool] = False
    # True where the value is an amount, not a share: with several agencies, the threshold is that of the whole only.
    is_amount: ClassVar[bool] = False
    # True where the figures of several agencies do not combine; such a one may be negative, and go up and down.
    is_alone: ClassVar[bool] = False
    # True where the change of the whole is the sum of exact parts of its agencies.
    has_contributions: ClassVar[bool] = False
    # By what ΣN ÷ ΣD of the causes of a change is multiplied; None where they are counted as they are.
    scale: ClassVar[int | None] = None
    # The denominator of one reporter among the causes of a change, where none was entered: of a figure, and without one.
    weight_of_figure: ClassVar[int] = 0
    weight_of_reporter: ClassVar[int] = 0

    def value_of_sums(
        self, n: int | None, d: int | None, v: int | None, figures: int, assigned: int
    ) -> tuple[int, int] | None:
        """Return the value of sums as an exact fraction in micro; figures: at least one. See `exact_value`."""
        raise NotImplementedError

    def exact_value(
        self, *, n: int | None, d: int | None, v: int | None, figures: int, assigned: int
    ) -> tuple[int, int] | None:
        """Return the node's value as an exact fraction in micro, or None where it has none.

        n, d: ΣN and ΣD of a ratio in one common scale; v: Σ of the others' values in micro (yes is 1); figures: agencies
        with a figure; assigned: agencies assigned. Zero figures, ΣD = 0 and a `value` of several agencies give None,
        never 0.
        """
        return self.value_of_sums(n, d, v, figures, assigned) if figures else None

    def stored_parts(self, n: int | None, d: int | None, v: int | None, assigned: int) -> tuple[int | None, int | None]:
        """Return N and D of a roll-up row in thousandths; None where the kind has none. v: Σ of values in micro."""
        return None, None

    def forecast_bounds(self, is_share: bool) -> tuple[int | None, int | None]:
        """Return the lowest and the highest possible forecast, in micro; None where there is no bound."""
        return 0, 100 * MICRO if self.is_percentage else None

    def pair(
        self, numerator: Decimal | None, denominator: Decimal | None, value: Decimal | None
    ) -> tuple[Fraction, Fraction]:
        """Return a figure as (N, D) of a change; D is 0 of what is no ratio, and nothing counts as 0."""
        return Fraction(value or 0), Fraction(0)

    def change(self, before: Mapping[Hashable, Pair], after: Mapping[Hashable, Pair]) -> Change | None:
        """Return the change of the whole with each reporter's exact part; only where the kind `has_contributions`."""
        return count_change({who: n for who, (n, _) in before.items()}, {who: n for who, (n, _) in after.items()})


class RatioRules(KindRules):
    """N of D: the whole is 100 × ΣN ÷ ΣD, never a mean of percentages."""

    parts = ("numerator", "denominator")
    has_parts = True
    row_has_parts = True
    has_contributions = True
    scale = 100

    def value_of_sums(
        self, n: int | None, d: int | None, v: int | None, figures: int, assigned: int
    ) -> tuple[int, int] | None:
        return (100 * MICRO * n, d) if d and n is not None else None

    def stored_parts(self, n: int | None, d: int | None, v: int | None, assigned: int) -> tuple[int | None, int | None]:
        return n, d

    def forecast_bounds(self, is_share: bool) -> tuple[int | None, int | None]:
        return 0, 100 * MICRO if is_share else None

    def pair(
        self, numerator: Decimal | None, denominator: Decimal | None, value: Decimal | None
    ) -> tuple[Fraction, Fraction]:
        return Fraction(numerator or 0), Fraction(denominator or 0)

    def change(self, before: Mapping[Hashable, Pair], after: Mapping[Hashable, Pair]) -> Change | None:
        return ratio_change(before, after)


class CountRules(KindRules):
    """A number of things: the whole is the sum."""

    is_whole = True
    is_amount = True
    has_contributions = True

    def value_of_sums(
        self, n: int | None, d: int | None, v: int | None, figures: int, assigned: int
    ) -> tuple[int, int] | None:
        return None if v is None else (v, 1)


class ValueRules(KindRules):
    """A number of one agency, computed elsewhere: several do not combine."""

    is_amount = True
    is_alone = True

    def value_of_sums(
        self, n: int | None, d: int | None, v: int | None, figures: int, assigned: int
    ) -> tuple[int, int] | None:
        return None if v is None or assigned > 1 else (v, 1)

    def forecast_bounds(self, is_share: bool) -> tuple[int | None, int | None]:
        return None, None


class YesNoRules(KindRules):
    """Yes or no: the whole is the share of agencies assigned that say yes."""

    is_answer = True
    row_has_parts = True
    is_percentage = True
    scale = 100
    weight_of_reporter = 1

    def value_of_sums(
        self, n: int | None, d: int | None, v: int | None, figures: int, assigned: int
    ) -> tuple[int, int] | None:
        return None if v is None else (100 * v, assigned)

    def stored_parts(self, n: int | None, d: int | None, v: int | None, assigned: int) -> tuple[int | None, int | None]:
        return (None, None) if v is None else (v // 1000, assigned * 1000)


class MilestoneRules(KindRules):
    """Percent complete: the whole is the mean of those who have a figure."""

    is_percentage = True
    scale = 1
    weight_of_figure = 1

    def value_of_sums(
        self, n: int | None, d: int | None, v: int | None, figures: int, assigned: int
    ) -> tuple[int, int] | None:
        return None if v is None else (v, figures)


RULES: dict[str, KindRules] = {
    Kind.RATIO: RatioRules(),
    Kind.COUNT: CountRules(),
    Kind.VALUE: ValueRules(),
    Kind.YES_NO: YesNoRules(),
    Kind.MILESTONE: MilestoneRules(),
}


def rules_of(kind: str) -> KindRules:
    """Return the rules of a kind, by its stored word."""
    return RULES[kind]
