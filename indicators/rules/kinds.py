"""The words of the domain that rules switch on (domain.md, *Kinds of target*, *Timing*)."""

from enum import StrEnum


class Kind(StrEnum):
    RATIO = "ratio"
    COUNT = "count"
    VALUE = "value"
    YES_NO = "yes_no"
    MILESTONE = "milestone"


class Timing(StrEnum):
    FLOW = "flow"
    STOCK = "stock"
    RATE = "rate"


class Comparator(StrEnum):
    GTE = "gte"
    GT = "gt"
    LTE = "lte"
    LT = "lt"

    @property
    def falling(self) -> bool:
        """True where smaller is better."""
        return self in (Comparator.LTE, Comparator.LT)

    def holds(self, left, right) -> bool:
        """Does `left` satisfy the comparator against `right`? Exact for integers, Decimals, Fractions."""
        if self == Comparator.GTE:
            return left >= right
        if self == Comparator.GT:
            return left > right
        if self == Comparator.LTE:
            return left <= right
        return left < right
