"""The Plotly theme that all large charts share. Plain dicts; `static/js/charts/explore.js` draws them.

Colours and fonts are names of CSS tokens, `var(--accent)` or `var(--accent) 16%`, which the script resolves when it draws:
one figure serves both themes and paper. Figures have `layout` and, for screens under 600 px, the overrides `narrow`.
"""

from decimal import Decimal
from math import ceil, floor
from typing import Any

from core.formatting import number, with_unit

# A figure and its parts are JSON objects in Plotly's own form.
Part = dict[str, Any]
Figure = dict[str, Any]

# Milliseconds, Plotly's unit on an axis of days.
DAY = 24 * 3600 * 1000
MONTHS = tuple(f"T{month}" for month in range(1, 13))

# Plotly's own texts (dates under the pointer).
LOCALE = {
    "moduleType": "locale",
    "name": "vi",
    "dictionary": {},
    "format": {
        "days": ["Chủ nhật", "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy"],
        "shortDays": ["CN", "T2", "T3", "T4", "T5", "T6", "T7"],
        "months": [f"tháng {month}" for month in range(1, 13)],
        "shortMonths": list(MONTHS),
        "date": "%d/%m/%Y",
        "decimal": ",",
        "thousands": ".",
    },
}
CONFIG = {"displayModeBar": False, "locale": "vi", "doubleClick": False, "scrollZoom": False, "showTips": False}

INK, INK2, INK3 = "var(--ink)", "var(--ink-secondary)", "var(--ink-muted)"
ACCENT, LINE, EDGE, SURFACE = "var(--accent)", "var(--line)", "var(--edge)", "var(--surface)"
RISE, FALL = "var(--on-track-mark)", "var(--at-risk-mark)"
CLEAR = "rgba(0,0,0,0)"


def layout(**parts: Any) -> Part:
    """Return the layout that all charts share; `parts` are merged into it, axes key by key."""
    base: Part = {
        "separators": ",.",
        "font": {"family": "var(--num)", "size": 12, "color": INK3},
        "paper_bgcolor": CLEAR,
        # Not transparent: the library draws the outline of its vertical line with it.
        "plot_bgcolor": SURFACE,
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": SURFACE,
            "bordercolor": EDGE,
            "font": {"family": "var(--num)", "size": 12, "color": INK},
        },
        "dragmode": False,
        "xaxis": {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": "", "linecolor": LINE},
        "yaxis": {"fixedrange": True, "gridcolor": LINE, "zeroline": False, "ticks": "", "ticklabelstandoff": 8},
    }
    for name, part in parts.items():
        base[name] = {**base[name], **part} if isinstance(base.get(name), dict) else part
    return base


def label(text: str, x: Any, y: Any, *, color: str = INK, bold: bool = False, **position: Any) -> Part:
    """Return a line's direct label: text at a point, without an arrow. Plain text: Plotly sets `<b>` as a style attribute, which
    the content security policy refuses."""
    return {
        "text": text,
        "x": x,
        "y": y,
        "showarrow": False,
        "align": "left",
        "font": {"color": color, "size": 12, "weight": 600 if bold else 400},
        **position,
    }


def ticks(lowest: Decimal, highest: Decimal, unit: str) -> tuple[list[Decimal], list[str]]:
    """Return four to seven round ticks that cover lowest…highest, and their texts; the unit only on the top one."""
    if lowest == highest:  # one value alone has an axis too
        highest += 5
    step = round_step(max(highest - lowest, Decimal(1)), 6)
    first, last = floor(lowest / step), ceil(highest / step)
    values = [step * count for count in range(first, last + 1)]
    texts = [number(value) for value in values]
    texts[-1] = with_unit(texts[-1], unit) if len(unit) <= 3 else texts[-1]
    return values, texts


def round_step(spread: Decimal, most: int) -> Decimal:
    """Return the smallest of 1, 2, 2.5, 5 × 10ⁿ that divides the spread (above 0) into at most so many."""
    size = Decimal(1).scaleb((spread / most).adjusted())
    return next(
        size * factor for factor in map(Decimal, ("1", "2", "2.5", "5", "10")) if size * factor * most >= spread
    )


def round_values(lowest: Decimal, highest: Decimal, most: int) -> list[Decimal]:
    """Return round values within lowest…highest (lowest < highest), at most one more than so many."""
    step = round_step(highest - lowest, most)
    return [step * count for count in range(ceil(lowest / step), floor(highest / step) + 1)]
