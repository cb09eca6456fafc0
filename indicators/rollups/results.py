"""A target's roll-up at one node as of a period, as every page, sheet and paper shows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, Self

from indicators.models import ReportingPeriod, Scope
from indicators.rollups.forecast_words import ForecastRow
from indicators.rules.calendar import is_due
from indicators.rules.kinds import Comparator, Timing
from indicators.rules.kinds import Kind as RuleKind
from indicators.rules.nothing import NOTHING_WORDS, Nothing, nothing_of
from indicators.rules.points import Point, PointsHeld, points_held
from indicators.rules.signs import Sign, bad_signs, sign_words
from indicators.rules.status import BAD, GOOD, Status, is_low, is_small_sample, is_thin, word_of


class StoredRow(ForecastRow, Protocol):
    """The columns of a stored roll-up row."""

    @property
    def value(self) -> Decimal | None: ...

    @property
    def numerator(self) -> Decimal | None: ...

    @property
    def denominator(self) -> Decimal | None: ...

    @property
    def required(self) -> Decimal | None: ...

    @property
    def status(self) -> str: ...

    @property
    def due_held(self) -> bool | None: ...

    @property
    def fresh(self) -> Decimal | None: ...

    @property
    def pace(self) -> Decimal | None: ...

    @property
    def expected(self) -> int: ...

    @property
    def reported(self) -> int: ...

    @property
    def approved(self) -> int: ...

    @property
    def stale(self) -> bool: ...

    @property
    def is_point(self) -> bool: ...

    @property
    def scope(self) -> str: ...


class RateTarget(Protocol):
    """A target as far as the points of a rate depend on it."""

    @property
    def timing(self) -> str: ...

    @property
    def comparator(self) -> str: ...

    @property
    def threshold(self) -> Decimal | None: ...


def points_of(target: RateTarget, points: Iterable[Point]) -> PointsHeld | None:
    """Return the points of a rate with a threshold at which its comparator held; None of other targets.

    points: the figures of a node's rows with a value, up to the period, of periods that brought it one.
    """
    if target.timing != Timing.RATE or target.threshold is None:
        return None
    return points_held(points, Comparator(target.comparator), target.threshold)


def points_in(rows: Iterable[StoredRow | None]) -> list[Point]:
    """Return the points among a node's rows."""
    return [
        Point(row.numerator, row.denominator, row.value)
        for row in rows
        if row is not None and row.is_point and row.value is not None
    ]


@dataclass(frozen=True, kw_only=True)
class RollupResult:
    """A target's roll-up at one node as of a period on a basis; who shows it adds what is its own.

    is_judged: a threshold applies to this row, with or without figures; forecast_low, forecast_high: the forecast's range;
    due_held, fresh, pace: as in `Rollup`. numerator, denominator: of a value that is made of two; value_before: the
    previous period's; nothing: the reason why there is no value; counted of expected: coverage on the row's own basis;
    low_coverage: it is under the plan's minimum, by agencies or by weight; is_renewed: the period brought a figure to the
    row; is_falling: smaller is better; is_asked: a figure is due in it; is_ahead: the period has not ended or not opened,
    and nothing is judged as of it; states_nothing: a single agency's count, zero because it stated that nothing arose;
    is_small: an agency's own ratio on so small a denominator that one case decides; points_held: of a judged rate, the points
    up to the period at which its comparator held.
    """

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value_before: Decimal | None = None
    is_judged: bool = False
    required: Decimal | None = None
    status: Status = Status.NO_DATA
    nothing: Nothing | None = None
    forecast: Decimal | None = None
    forecast_low: Decimal | None = None
    forecast_high: Decimal | None = None
    due_held: bool | None = None
    fresh: Decimal | None = None
    pace: Decimal | None = None
    is_falling: bool = False
    counted: int = 0
    expected: int = 0
    reported: int = 0
    approved: int = 0
    stale: bool = False
    low_coverage: bool = False
    is_renewed: bool = False
    is_asked: bool = True
    is_ahead: bool = False
    states_nothing: bool = False
    is_small: bool = False
    points_held: PointsHeld | None = None

    @classmethod
    def of(
        cls,
        row: StoredRow,
        *,
        kind: str,
        period: ReportingPeriod,
        counted: int,
        min_coverage: int,
        cycle: int,
        before: StoredRow | None = None,
        is_returned: bool = False,
        points: PointsHeld | None = None,
        **extra: Any,
    ) -> Self:
        """Return a stored row as of a period. cycle: the months between two figures of the target; before: the same node's
        row as of the period that it is compared with; is_returned: the node is one agency, whose figure was sent back;
        points: those of a rate (`points_of`); extra: further fields of the class."""
        nothing = nothing_of(
            RuleKind(kind),
            value=row.value,
            numerator=row.numerator,
            expected=row.expected,
            reported=row.reported,
            is_ahead=period.is_ahead,
            is_returned=is_returned,
        )
        fields: dict[str, Any] = {
            "value": row.value,
            "numerator": row.numerator,
            "denominator": row.denominator,
            "value_before": None if before is None else before.value,
            "is_judged": row.is_judged,
            "required": row.required,
            "status": Status.NO_DATA if nothing else Status(row.status),
            "nothing": nothing,
            "forecast": row.forecast,
            "forecast_low": row.forecast_low,
            "forecast_high": row.forecast_high,
            "due_held": row.due_held,
            "fresh": row.fresh,
            "pace": row.pace,
            "counted": counted,
            "expected": row.expected,
            "reported": row.reported,
            "approved": row.approved,
            "stale": row.stale,
            "low_coverage": is_low(counted, row.expected, min_coverage, row.fresh),
            "is_renewed": row.is_point,
            "is_asked": is_due(period.month, cycle),
            "is_ahead": period.is_ahead,
            "is_small": row.scope == Scope.OWN and is_small_sample(kind, row.denominator),
            "points_held": points if row.is_judged and row.value is not None and not period.is_ahead else None,
        }
        return cls(**fields | extra)

    @property
    def word(self) -> str:
        """The status with what held when the target fell due, or the reason why there is no value, in words."""
        return NOTHING_WORDS[self.nothing] if self.nothing else word_of(self.status, self.due_held)

    @property
    def signs(self) -> tuple[Sign, ...]:
        """The bad signs behind the status; none where it does not rest on them."""
        return bad_signs(self.status, value=self.value, required=self.required, is_falling=self.is_falling)

    @property
    def reason(self) -> str:
        """The bad signs in words: `thấp hơn mức cần đạt`; empty without one."""
        return sign_words(self.signs, self.is_falling)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remarks on the figure that stand wherever it does: `mẫu nhỏ`, `đạt 3/5 kỳ`."""
        small = ("mẫu nhỏ",) if self.is_small and self.value is not None else ()
        return small + ((self.points_held.words,) if self.points_held else ())

    @property
    def stale_since(self) -> str:
        """The month that the figure dates from, where it should be newer and the page says so."""
        return ""

    @property
    def change(self) -> Decimal | None:
        """The value minus the one before; None where either is missing."""
        return None if self.value is None or self.value_before is None else self.value - self.value_before

    @property
    def is_good(self) -> bool:
        """True where the target is achieved or on track."""
        return self.is_judged and self.status in GOOD

    @property
    def is_bad(self) -> bool:
        """True where the target is missed, at risk or behind."""
        return self.status in BAD

    @property
    def is_thin(self) -> bool:
        """True where the status rests on too few agencies (*chưa đủ số liệu*)."""
        return is_thin(self.status, self.low_coverage)
