"""The timeline of projects over the year as a Plotly figure: frozen dataclasses in, a plain dict out."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core import formatting
from core.charts import plotly_theme
from indicators.models import Plan
from projects import schedule_rules
from projects.queries import ProjectRow
from projects.schedule_rules import Lateness
from projects.status import Brief

# Pixels: a row, the smallest drawing, its margins above and below, the thickest bar.
ROW, SMALLEST, MARGINS, THICKEST = 21, 336, 44, 14
# Pixels for the names at the left of a wide drawing, and the letters that fit there; a narrow one has the codes alone.
NAMES, CODES, LONGEST_NAME = 372, 48, 44
# How much of its colour a bar has where nothing is done yet.
PALE = "24%"
COLOURS = {
    Lateness.DONE: "var(--achieved-mark)",
    Lateness.STOPPED: "var(--no-data-mark)",
    Lateness.BLOCKED: "var(--at-risk-mark)",
    Lateness.OVERDUE: "var(--missed-mark)",
    Lateness.SLIPPING: "var(--behind-mark)",
    Lateness.DUE_SOON: "var(--at-risk-mark)",
    Lateness.NO_REPORT: "var(--no-data-mark)",
    Lateness.ONGOING: "var(--tracked-mark)",
    Lateness.NO_DATE: "var(--no-data-mark)",
    Lateness.NOT_STARTED: "var(--no-data-mark)",
    Lateness.ON_SCHEDULE: "var(--on-track-mark)",
}


@dataclass(frozen=True)
class Bar:
    """One project's span in the year. percent: None where there is none; missed: the days of its open milestones."""

    label: str
    name: str
    first: dt.date
    last: dt.date
    percent: Decimal | None
    lateness: Lateness
    reason: str
    missed: tuple[dt.date, ...] = ()


def bars(plan: Plan, rows: Iterable[ProjectRow]) -> list[Bar]:
    """Return the bars of the rows of a list that have a standing, in the plan's order."""
    bars_of_rows = []
    for row in rows:
        if row.standing is None:
            continue
        update = row.standing.only.update if row.standing.only else None
        if isinstance(update, Brief):
            raise TypeError("a chart needs whole updates")
        first = (update.actual_start or update.planned_start) if update else None
        last = (update.actual_finish or row.project.due or update.planned_finish) if update else row.project.due
        marks = update.milestones.all() if update else ()
        bars_of_rows.append(
            Bar(
                label=row.project.label,
                name=row.project.name,
                first=max(first or plan.first_day, plan.first_day),
                last=last or plan.last_day,
                percent=row.standing.percent,
                lateness=row.standing.lateness,
                reason=row.standing.reason,
                missed=tuple(m.planned_on for m in marks if m.planned_on and m.done_on is None),
            )
        )
    return bars_of_rows


def timeline(all_bars: Sequence[Bar], today: dt.date) -> dict:
    """Return {data, layout, narrow, config, locale, walk}: a bar for each project in the colour of its judgement, pale where it
    is not done yet, today as a line, open milestones as diamonds. Rows count from 0, the plan's first on top; arrow keys
    move from bar to bar."""
    rows = list(enumerate(all_bars))
    judged = [[(row, bar) for row, bar in rows if bar.lateness == each] for each in COLOURS]
    marks = [(row, bar, day) for row, bar in rows for day in bar.missed]
    days = [day for bar in all_bars for day in (bar.first, bar.last, *bar.missed)] or [today]
    first, last = min(days), max(*days, min(days) + dt.timedelta(days=30))
    height = max(SMALLEST, MARGINS + ROW * len(all_bars))
    thick = min(0.5, THICKEST * (len(all_bars) + 0.2) / (height - MARGINS))
    months, narrow_months = _months(first, last, 14), _months(first, last, 7)
    return {
        "data": [
            *(_spans(same, thick) for same in judged if same),
            *(_done(begun, thick) for same in judged if (begun := [one for one in same if one[1].percent])),
            {
                "type": "scatter",
                "name": "Mốc chưa xong",
                "mode": "markers",
                "x": [day.isoformat() for _, _, day in marks],
                "y": [row for row, _, _ in marks],
                "customdata": [f"{bar.label}, hạn {formatting.date(day)}" for _, bar, day in marks],
                "marker": {
                    "symbol": "diamond",
                    "size": 8,
                    "color": plotly_theme.SURFACE,
                    "line": {"color": plotly_theme.INK, "width": 1.5},
                },
                "hovertemplate": "Mốc chưa xong: %{customdata}<extra></extra>",
            },
        ],
        "layout": plotly_theme.layout(
            height=height,
            margin={"l": NAMES, "r": 16, "t": 8, "b": 36},
            hovermode="closest",
            barmode="overlay",
            xaxis={
                "type": "date",
                "range": [first.isoformat(), (last + dt.timedelta(days=3)).isoformat()],
                "showgrid": True,
                "gridcolor": plotly_theme.LINE,
                "tickmode": "array",
                **months,
            },
            yaxis={
                "range": [max(len(all_bars), 1) - 0.4, -0.6],
                "showgrid": False,
                "tickmode": "array",
                "tickvals": [row for row, _ in rows],
                "ticktext": [f"{bar.label} {_short(bar.name, LONGEST_NAME)}" for bar in all_bars],
            },
            shapes=[_today(today)] if first <= today <= last else [],
        ),
        "narrow": {
            "margin": {"l": CODES, "r": 8, "t": 8, "b": 36},
            "xaxis": narrow_months,
            "yaxis": {"ticktext": [bar.label for bar in all_bars]},
        },
        "config": plotly_theme.CONFIG,
        "locale": plotly_theme.LOCALE,
        "walk": "bar",
    }


def _today(day: dt.date) -> dict:
    return {
        "type": "line",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "x0": day.isoformat(),
        "x1": day.isoformat(),
        "line": {"color": "var(--at-risk-mark)", "width": 1.5},
    }


def _spans(same: Sequence[tuple[int, Bar]], thick: float) -> dict:
    """Return the bars of one judgement from start to deadline, pale inside an edge. thick: in rows."""
    colour, word = COLOURS[same[0][1].lateness], schedule_rules.WORDS[same[0][1].lateness]
    return {
        **_bars(same, thick),
        "name": word,
        "x": [_length(bar) * plotly_theme.DAY for _, bar in same],
        "marker": {"color": f"{colour} {PALE}", "line": {"color": colour, "width": 1}},
        "hovertemplate": f"{word}: %{{customdata}}<extra></extra>",
    }


def _done(same: Sequence[tuple[int, Bar]], thick: float) -> dict:
    """Return the share of the bars of one judgement that is done. thick: in rows."""
    lateness = same[0][1].lateness
    return {
        **_bars(same, thick),
        "name": f"{schedule_rules.WORDS[lateness]}, phần đã làm",
        "x": [_length(bar) * float(bar.percent or 0) / 100 * plotly_theme.DAY for _, bar in same],
        "marker": {"color": COLOURS[lateness]},
        # The pointer and the arrow keys tell of the whole bar beneath.
        "hoverinfo": "skip",
    }


def _bars(same: Sequence[tuple[int, Bar]], thick: float) -> dict:
    return {
        "type": "bar",
        "orientation": "h",
        "y": [row for row, _ in same],
        "base": [bar.first.isoformat() for _, bar in same],
        "width": thick,
        "customdata": [f"{bar.label} {_short(bar.name)}{_percent(bar.percent)}. {bar.reason}" for _, bar in same],
    }


def _length(bar: Bar) -> int:
    """Return the days of a bar, at least one."""
    return max((bar.last - bar.first).days, 1)


def _months(first: dt.date, last: dt.date, most: int) -> dict:
    """Return ticks at the beginnings of months, at most `most` or one more; those of later years include the year."""
    count = 12 * (last.year - first.year) + last.month - first.month + 1
    starts = [
        dt.date(first.year + (first.month - 1 + ahead) // 12, (first.month - 1 + ahead) % 12 + 1, 1)
        for ahead in range(0, count, -(-count // most))
    ]
    return {
        "tickvals": [max(start, first).isoformat() for start in starts],
        "ticktext": [f"T{start.month}" + ("" if start.year == first.year else f"/{start:%y}") for start in starts],
    }


def _short(name: str, most: int = 80) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def _percent(percent: Decimal | None) -> str:
    return "" if percent is None else f", đã làm {formatting.with_unit(formatting.number(percent), '%')}"
