"""A row's forecast in words for pages and papers."""

from decimal import Decimal
from typing import Protocol

from core import formatting
from core.fields import unscale
from indicators.rules.combining import VALUE_PLACES
from indicators.rules.kinds import KindRules


class ForecastTarget(Protocol):
    """A target as far as its forecast depends on it."""

    @property
    def unit(self) -> str: ...

    @property
    def threshold(self) -> Decimal | None: ...

    @property
    def is_falling(self) -> bool: ...

    @property
    def is_share(self) -> bool: ...

    @property
    def rules(self) -> KindRules: ...


class ForecastRow(Protocol):
    """A row as far as its forecast is concerned."""

    @property
    def is_judged(self) -> bool: ...

    @property
    def forecast(self) -> Decimal | None: ...

    @property
    def forecast_low(self) -> Decimal | None: ...

    @property
    def forecast_high(self) -> Decimal | None: ...


def bounds_of(target: ForecastTarget) -> tuple[Decimal | None, Decimal | None]:
    """Return the lowest and the highest value to which forecasts are limited; None is no bound."""
    low, high = target.rules.forecast_bounds(target.is_share)
    return None if low is None else unscale(low, VALUE_PLACES), None if high is None else unscale(high, VALUE_PLACES)


def is_near_bound(target: ForecastTarget, row: ForecastRow) -> bool:
    """Return True where the forecast is a bound of the values and the threshold at once, and the end of its range is not: it
    proves nothing, and is shown as *gần 100%* (docs: domain, At the ceiling)."""
    if row.forecast is None or not row.is_judged:
        return False
    if row.forecast != target.threshold or row.forecast not in bounds_of(target):
        return False
    return row.forecast != (row.forecast_high if target.is_falling else row.forecast_low)


def value_words(
    forecast: Decimal,
    unit: str,
    threshold: Decimal | None = None,
    comparator: str | None = None,
    decimals: int = 1,
    *,
    is_near: bool = False,
) -> str:
    """Return a forecast with its unit, on pages and papers alike: with as many decimals as its judgement needs, so that 29,96 is
    never `30,0` beside "at least 30"; `gần 100%` where it proves nothing (is_near: `is_near_bound`). Files keep the number.

    threshold, comparator: None on a row that is not judged.
    """
    if is_near:
        return f"gần {formatting.figure(forecast, unit, decimals=0)}"
    return formatting.figure(forecast, unit, threshold, comparator, decimals)


def range_words(target: ForecastTarget, row: ForecastRow) -> str:
    """Return the forecast's range, `23,5 – 29,8`; empty without one, and where it has no width."""
    if row.forecast is None or row.forecast_low is None or row.forecast_high is None:
        return ""
    return formatting.figure_range(row.forecast_low, row.forecast_high, target.unit, 1)
