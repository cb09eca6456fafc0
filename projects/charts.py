"""The projects' year as a Plotly figure: frozen dataclasses in, a plain dict out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from chuyendoiso import formatting, plotting
from projects import lateness
from projects.lateness import Lateness

DAY = 24 * 3600 * 1000  # milliseconds, as Plotly counts on a date axis
ROW = 26  # pixels
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
    """{data, layout, narrow, config, locale}: a bar a project, its colour the judgement's, today as a line, open milestones
    as diamonds."""
    labels = [bar.label for bar in found]
    bar_trace = {
        "type": "bar",
        "orientation": "h",
        "y": labels,
        "base": [bar.first.isoformat() for bar in found],
        "x": [max((bar.last - bar.first).days, 1) * DAY for bar in found],
        "width": 0.5,
        "marker": {"color": [COLOURS[bar.lateness] for bar in found]},
        "customdata": [
            [_short(bar.name), lateness.WORDS[bar.lateness], bar.reason, _percent(bar.percent)] for bar in found
        ],
        "hovertemplate": "%{y} %{customdata[0]}<br>%{customdata[1]}%{customdata[3]}<br>%{customdata[2]}<extra></extra>",
    }
    marks = [(bar.label, day) for bar in found for day in bar.missed]
    mark_trace = {
        "type": "scatter",
        "mode": "markers",
        "y": [label for label, _ in marks],
        "x": [day.isoformat() for _, day in marks],
        "marker": {
            "symbol": "diamond",
            "size": 8,
            "color": plotting.SURFACE,
            "line": {"color": plotting.INK, "width": 1.5},
        },
        "hovertemplate": "Mốc chưa xong, hạn %{x|%d/%m/%Y}<extra></extra>",
    }
    height = 90 + ROW * max(len(found), 1)
    layout = plotting.layout(
        height=height,
        margin={"l": 56, "r": 16, "t": 8, "b": 36},
        hovermode="closest",
        bargap=0.4,
        xaxis={"type": "date", "tickformat": "T%-m", "dtick": "M1", "showgrid": True, "gridcolor": plotting.LINE},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False},
        shapes=[
            {
                "type": "line",
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "x0": today.isoformat(),
                "x1": today.isoformat(),
                "line": {"color": "var(--risk-m)", "width": 1.5},
            }
        ],
    )
    return {
        "data": [bar_trace, mark_trace],
        "layout": layout,
        "narrow": {"margin": {"l": 48, "r": 8, "t": 8, "b": 36}},
        "config": plotting.CONFIG,
        "locale": plotting.LOCALE,
    }


def _short(name):
    return name if len(name) <= 80 else name[:79].rstrip() + "…"


def _percent(percent):
    return "" if percent is None else f", {formatting.with_unit(formatting.number(percent), '%')}"
