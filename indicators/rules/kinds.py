"""Kind, timing and comparator of a target, on which the rules depend (docs: domain, Kinds of target, Timing)."""

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

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
    """Comparison of a value with the threshold."""

    GTE = "gte"
    GT = "gt"
    LTE = "lte"
    LT = "lt"

    @property
    def falling(self) -> bool:
        """True where smaller is better."""
        return self in (Comparator.LTE, Comparator.LT)

    def holds(self, left: Number, right: Number) -> bool:
        """Return True where `left` satisfies the comparator against `right`. Exact for integers, Decimals and
        Fractions."""
        if self == Comparator.GTE:
            return left >= right
        if self == Comparator.GT:
            return left > right
        if self == Comparator.LTE:
            return left <= right
        return left < right
