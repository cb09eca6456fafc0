"""The projects' year as a Plotly figure: frozen dataclasses in, a plain dict out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core import formatting
from core.charts import plotly_theme
from projects import schedule_rules
from projects.schedule_rules import Lateness

# Pixels: a row, the lowest drawing, its margins above and below, the thickest bar.
ROW, SMALLEST, MARGINS, THICKEST = 21, 336, 44, 14
COLOURS = {
    Lateness.DONE: "var(--ok-m)",
    Lateness.STOPPED: "var(--none-m)",
    Lateness.BLOCKED: "var(--risk-m)",
    Lateness.OVERDUE: "var(--miss-m)",
    Lateness.SLIPPING: "var(--lag-m)",
    Lateness.DUE_SOON: "var(--risk-m)",
    Lateness.NO_REPORT: "var(--none-m)",
    Lateness.ONGOING: "var(--watch-m)",
    Lateness.NO_DATE: "var(--none-m)",
    Lateness.NOT_STARTED: "var(--none-m)",
    Lateness.ON_SCHEDULE: "var(--go-m)",
}


@dataclass(frozen=True)
class Bar:
    """One project's span in the year. percent: None where there is none; missed: its overdue milestones' days."""

    label: str
    name: str
    first: dt.date
    last: dt.date
    percent: Decimal | None
    lateness: Lateness
    reason: str
    missed: tuple[dt.date, ...] = ()


def bars(plan, rows) -> list[Bar]:
    """The rows of a list (`builders.ProjectRow`) that have a standing, in the plan's order."""
    found = []
    for row in rows:
        if row.standing is None:
            continue
        update = row.standing.only.update if row.standing.only else None
        first = (update.actual_start or update.planned_start) if update else None
        last = (update.actual_finish or row.project.due or update.planned_finish) if update else row.project.due
        marks = update.milestones.all() if update else ()
        found.append(
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
    return found


def timeline(found: Sequence[Bar], today: dt.date) -> dict:
    """{data, layout, narrow, config, locale, walk}: a bar a project, its colour the judgement's, today as a line, open milestones
    as diamonds. Rows count from 0, the plan's first on top; arrow keys walk from bar to bar."""
    rows = list(enumerate(found))
    judged = [[(row, bar) for row, bar in rows if bar.lateness == each] for each in COLOURS]
    marks = [(row, bar, day) for row, bar in rows for day in bar.missed]
    days = [day for bar in found for day in (bar.first, bar.last, *bar.missed)] or [today]
    first, last = min(days), max(*days, min(days) + dt.timedelta(days=30))
    height = max(SMALLEST, MARGINS + ROW * len(found))
    thick = min(0.5, THICKEST * (len(found) + 0.2) / (height - MARGINS))
    months, narrow_months = _months(first, last, 14), _months(first, last, 7)
    return {
        "data": [
            *(_spans(schedule_rules.WORDS[same[0][1].lateness], same, thick) for same in judged if same),
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
            margin={"l": 56, "r": 16, "t": 8, "b": 36},
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
                "range": [max(len(found), 1) - 0.4, -0.6],
                "showgrid": False,
                "tickmode": "array",
                "tickvals": [row for row, _ in rows],
                "ticktext": [bar.label for bar in found],
            },
            shapes=[_today(today)] if first <= today <= last else [],
        ),
        "narrow": {"margin": {"l": 48, "r": 8, "t": 8, "b": 36}, "xaxis": narrow_months},
        "config": plotly_theme.CONFIG,
        "locale": plotly_theme.LOCALE,
        "walk": "bar",
    }


def _today(day):
    return {
        "type": "line",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "x0": day.isoformat(),
        "x1": day.isoformat(),
        "line": {"color": "var(--risk-m)", "width": 1.5},
    }


def _spans(word, same, thick):
    """The bars of one judgement, so many rows thick."""
    return {
        "type": "bar",
        "name": word,
        "orientation": "h",
        "y": [row for row, _ in same],
        "base": [bar.first.isoformat() for _, bar in same],
        "x": [max((bar.last - bar.first).days, 1) * plotly_theme.DAY for _, bar in same],
        "width": thick,
        "marker": {"color": COLOURS[same[0][1].lateness]},
        "customdata": [f"{bar.label} {_short(bar.name)}{_percent(bar.percent)}. {bar.reason}" for _, bar in same],
        "hovertemplate": f"{word}: %{{customdata}}<extra></extra>",
    }


def _months(first, last, most):
    """Ticks at the beginnings of months, at most so many or one more; those of later years say which."""
    count = 12 * (last.year - first.year) + last.month - first.month + 1
    starts = [
        dt.date(first.year + (first.month - 1 + ahead) // 12, (first.month - 1 + ahead) % 12 + 1, 1)
        for ahead in range(0, count, -(-count // most))
    ]
    return {
        "tickvals": [max(start, first).isoformat() for start in starts],
        "ticktext": [f"T{start.month}" + ("" if start.year == first.year else f"/{start:%y}") for start in starts],
    }


def _short(name):
    return name if len(name) <= 80 else name[:79].rstrip() + "…"


def _percent(percent):
    return "" if percent is None else f", {formatting.with_unit(formatting.number(percent), '%')}"
