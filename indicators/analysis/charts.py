"""Charts of targets: frozen dataclasses in, Plotly figures as plain dicts out. The only place where a figure becomes a
float.

The chart grammar of the style sheets: actual = accent line with points, required = dotted grey, forecast = dashed
accent with a faint band from the latest point, threshold = ink; lines are labelled directly.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import ceil
from typing import Any

from core import formatting
from core.charts import label_placement, plotly_theme
from core.charts.label_placement import PlotArea
from indicators.rollups.forecast_words import value_words

# The width of a bar on the axis of days: half a month.
BAR_WIDTH = 15 * plotly_theme.DAY
# Labels closer than this share of the axis would overlap.
NEAR = Decimal("0.09")
# The size in pixels of drawings made on the server: as wide as the boxes that most often hold them.
WIDE, NARROW, HEIGHT = 854, 324, 384
LOW_WIDE, LOW = 626, 288
# The width in pixels of a character on an upright axis, and the space around the text.
CHARACTER, AROUND = 6.6, 14


# A value on a day; None is a gap.
Point = tuple[dt.date, Decimal | None]


@dataclass(frozen=True)
class Outlook:
    """A forecast for the due day with its range, in the target's unit. near_bound: it proves nothing, shown as *gần 100%*;
    is_still: nothing moved in the points that it rests on."""

    day: dt.date
    value: Decimal
    low: Decimal
    high: Decimal
    near_bound: bool = False
    is_still: bool = False

    def range_words(self, unit: str, places: int, between: str) -> str:
        """Return `23,5 – 29,8`; empty for a range without width."""
        return formatting.figure_range(self.low, self.high, unit, places, between)


@dataclass(frozen=True)
class SeriesBreak:
    """A break of a series: number: of the first period after it; month: that period as it follows *tháng*; label: in a few
    words, for the chart; sentences: what changed; is_redefined: the target is judged in another way from then on, and not only
    other agencies report it."""

    number: int
    month: str
    label: str
    sentences: tuple[str, ...]
    is_redefined: bool = True

    @property
    def sentence(self) -> str:
        """All that changed, in one text."""
        return "; ".join(self.sentences)


@dataclass(frozen=True)
class TargetLine:
    """The data of a target's line chart, in the target's unit; None where there is no value.

    days: the last day of each of the plan's windows; values, in_period, fresh: one per window (in_period: None unless a
    flow; fresh: an agency has a figure of this very period, else the value is carried over); needed: the required value
    of each window up to the chosen one; required: the chosen one's; path: (day, required value) corners of the required
    path, empty without a threshold or where it is flat; current: number of the chosen period; thin: the chosen value
    rests on too few agencies; breaks: where the series is not comparable with the months before; labels: of the windows,
    as they follow *T*; 1, 2, 3 … where none are given.
    """

    code: str
    unit: str
    from_zero: bool
    comparator: str
    first_day: dt.date
    last_day: dt.date
    due: dt.date
    days: Sequence[dt.date]
    values: Sequence[Decimal | None]
    in_period: Sequence[Decimal | None]
    fresh: Sequence[bool]
    needed: Sequence[Decimal | None]
    required: Decimal | None
    path: Sequence[tuple[dt.date, Decimal]]
    threshold: Decimal | None
    baseline: Decimal | None
    outlook: Outlook | None
    current: int
    is_flow: bool = False
    thin: bool = False
    breaks: Sequence[SeriesBreak] = ()
    labels: Sequence[str] = ()

    def label(self, number: int) -> str:
        """Return a period as it follows *tháng* and *T*."""
        return self.labels[number - 1] if self.labels else str(number)

    def day_label(self, day: dt.date) -> str:
        """Return a day, with its year where the chart is of several."""
        return formatting.date(day) if self.has_several_years else formatting.short_date(day)

    @property
    def has_several_years(self) -> bool:
        """True where the windows are of more than one calendar year."""
        return self.first_day.year != self.last_day.year

    @property
    def has_hollow(self) -> bool:
        """True where a value of the year is carried over, or the chosen one rests on too few agencies."""
        known = [fresh for fresh, value in zip(self.fresh, self.values, strict=True) if value is not None]
        return not all(known) or bool(known and self.thin)


@dataclass(frozen=True)
class WaterfallStep:
    """Reporters whose value lies from `low` up to, but not at, `high`; the last step of a spread includes its upper
    end. small: how many of `count` have a small denominator; names: of all of them."""

    low: Decimal
    high: Decimal
    count: int
    small: int
    names: Sequence[str]


@dataclass(frozen=True)
class Spread:
    """The distribution of the values of a node's reporters, in the target's unit. lowest, highest: (value, name);
    middle: the median; value: the node's own; threshold: None where it does not apply to each reporter."""

    unit: str
    comparator: str
    steps: Sequence[WaterfallStep]
    lowest: tuple[Decimal, str]
    middle: Decimal
    highest: tuple[Decimal, str]
    value: Decimal | None
    threshold: Decimal | None

    @property
    def count(self) -> int:
        """The number of reporters with a value."""
        return sum(step.count for step in self.steps)

    @property
    def small(self) -> int:
        """The number of them with a small denominator."""
        return sum(step.small for step in self.steps)


@dataclass(frozen=True)
class Waterfall:
    """The steps from one value to another, in the target's unit; before + Σ parts = after, but for the sixth decimal of
    the two values, which are stored rounded.

    start, end: the names of the two values; parts: (name, part), none of them 0; printed: the parts as text shows them,
    which add up to the change as printed; still: the number of reporters without a part; own_changes: the change of each part's
    own value, empty where that is its part (a count).
    """

    unit: str
    start: str
    end: str
    before: Decimal
    after: Decimal
    parts: Sequence[tuple[str, Decimal]]
    printed: Sequence[Decimal]
    still: int = 0
    own_changes: Sequence[Decimal | None] = ()


def target_line(line: TargetLine) -> dict:
    """Return the figure of a target's year: {data, layout, narrow, config, locale}. Missing months are gaps."""
    lowest, highest = _range(line)
    tick_values, tick_words = plotly_theme.ticks(lowest, highest, short_unit(line.unit) or line.unit)
    top = max(highest, tick_values[-1])
    spread = top - tick_values[0]
    axis: dict = {
        "range": [float(tick_values[0]), float(top + spread * Decimal("0.04"))],
        "tickmode": "array",
        "tickvals": [float(value) for value in tick_values],
        "ticktext": tick_words,
    }
    left = round(max(map(len, tick_words)) * CHARACTER + AROUND)
    wide_margin = {"l": max(46, left), "r": 152, "t": 24, "b": 32}
    narrow_margin = {"l": max(40, left), "r": 8, "t": 40, "b": 32}
    here = _here_label(line)
    wide = _board(line, WIDE, wide_margin, axis["range"], [here])
    narrow = _board(line, NARROW, narrow_margin, axis["range"], [here | {"yshift": 16}])
    return {
        "data": [
            *_in_period(line),
            *_required(line),
            *_threshold(line),
            *_outlook(line),
            *_baseline(line),
            *_needed(line),
            _actual(line),
        ],
        "layout": plotly_theme.layout(
            margin=wide_margin,
            xaxis=_months(line, _ticks(line, 1)),
            yaxis=axis,
            shapes=[_here(line), *_break_lines(line)],
            annotations=[
                here,
                *_latest_label(line, wide),
                *_path_label(line, wide),
                *_right_labels(line, spread),
                *_break_labels(line, wide),
            ],
        ),
        "narrow": {
            "margin": narrow_margin,
            "xaxis": _months(line, _ticks(line, 2)),
            "annotations": [here | {"yshift": 16}, *_inner_labels(line, narrow), *_break_labels(line, narrow)],
        },
        "config": plotly_theme.CONFIG,
        "locale": plotly_theme.LOCALE,
    }


def _board(
    line: TargetLine, width: int, margin: dict[str, int], y_range: Sequence[float], labels: Sequence[dict]
) -> PlotArea:
    """Return the plot with its lines, for placing labels."""
    board = label_placement.PlotArea(
        width, HEIGHT, margin, [line.first_day.isoformat(), line.last_day.isoformat()], y_range
    )
    board.taken = [board.box(label) for label in labels]
    start, end = _latest(line), line.outlook
    # The forecast and its range are one line that goes back and forth.
    fan = (
        [point for value in (end.low, end.value, end.high) for point in (start, (end.day, value))]
        if start and end
        else []
    )
    for points in (
        zip(line.days, line.values, strict=True),
        line.path,
        [(day, line.threshold) for day in (line.first_day, line.last_day)],
        fan,
        *([(_break_day(line, each), end) for end in y_range] for each in line.breaks),
    ):
        board.draw((day.isoformat(), value) for day, value in points)
    return board


def _range(line: TargetLine) -> tuple[Decimal, Decimal]:
    """Return the lowest and highest value that must fit: from 0 for shares, else from a little under the lowest."""
    known = [value for value in (*line.values, *line.in_period, line.threshold, line.baseline) if value is not None]
    if line.outlook:
        known += [line.outlook.value, line.outlook.low, line.outlook.high]
    lowest, highest = min(known, default=Decimal(0)), max(known, default=Decimal(100))
    if line.from_zero or lowest < highest / 2:
        return min(lowest, Decimal(0)), highest
    return lowest - (highest - lowest) / 4, highest


def _ticks(line: TargetLine, every: int) -> list[str]:
    """Return the names of the windows under the axis, every so many of them; of several years, whose names are long, at most
    eight times `every` are named."""
    if line.has_several_years:
        every *= max(1, -(-len(line.days) // 8))
    return [f"T{line.label(index + 1)}" if index % every == 0 else "" for index in range(len(line.days))]


def _months(line: TargetLine, names: Sequence[str]) -> dict:
    return {
        "type": "date",
        "range": [line.first_day.isoformat(), line.last_day.isoformat()],
        "tickmode": "array",
        "tickvals": [day.isoformat() for day in line.days],
        "ticktext": list(names),
        "hoverformat": "%d/%m/%Y",
        "unifiedhovertitle": {"text": "Tháng %{x|%-m/%Y}" if line.has_several_years else "Tháng %{x|%-m}"},
        # The vertical line at the pointer.
        "spikecolor": plotly_theme.EDGE,
        "spikethickness": 1,
        "spikedash": "solid",
    }


def _trace(name: str, points: Sequence[Point], hover_texts: Sequence[str], **look: Any) -> dict:
    """Return a line through (day, value) points; `hover_texts`: one for each point."""
    return {
        "type": "scatter",
        "name": name,
        "x": [day.isoformat() for day, _ in points],
        "y": [None if value is None else float(value) for _, value in points],
        "customdata": hover_texts,
        "hovertemplate": f"{name}: %{{customdata}}<extra></extra>",
        **look,
    }


def _words(line: TargetLine, values: Sequence[Decimal | None]) -> list[str]:
    return [formatting.figure(value, line.unit, line.threshold, line.comparator or None) for value in values]


def _actual(line: TargetLine) -> dict:
    latest = max((index for index, value in enumerate(line.values) if value is not None), default=None)
    # A hollow point: a value that is carried over, or that rests on too few agencies.
    full = [fresh and not (line.thin and index == latest) for index, fresh in enumerate(line.fresh)]
    return _trace(
        "Lũy kế" if line.is_flow else "Thực hiện",
        list(zip(line.days, line.values, strict=True)),
        _words(line, line.values),
        mode="lines+markers",
        connectgaps=False,
        line={"color": plotly_theme.ACCENT, "width": 2.5},
        marker={
            "color": [plotly_theme.ACCENT if each else plotly_theme.SURFACE for each in full],
            "size": [(11 if each else 9) if index == latest else 8 if each else 5 for index, each in enumerate(full)],
            "line": {
                "color": [plotly_theme.SURFACE if each else plotly_theme.ACCENT for each in full],
                "width": [2 if each else 1.75 for each in full],
            },
        },
    )


def _needed(line: TargetLine) -> list[dict]:
    """Return the hover text of the required value: nothing is drawn, because the path is drawn already."""
    if not any(value is not None for value in line.needed):
        return []
    hover_texts = [
        formatting.required_figure(needed, value, line.unit, line.comparator, None, line.threshold)
        for needed, value in zip(line.needed, line.values, strict=True)
    ]
    return [_trace("Cần đạt đến kỳ", list(zip(line.days, line.needed, strict=True)), hover_texts, mode="none")]


def _in_period(line: TargetLine) -> list[dict]:
    if not any(value is not None for value in line.in_period):
        return []
    return [
        {
            "type": "bar",
            "name": "Trong kỳ",
            "x": [day.isoformat() for day in line.days],
            "y": [None if value is None else float(value) for value in line.in_period],
            "width": BAR_WIDTH,
            "customdata": _words(line, line.in_period),
            "hovertemplate": "Trong kỳ: %{customdata}<extra></extra>",
            "marker": {"color": "var(--sunken)", "line": {"color": plotly_theme.EDGE, "width": 1}},
        }
    ]


def _required(line: TargetLine) -> list[dict]:
    if not line.path:
        return []
    return [
        _trace(
            "Cần đạt",
            line.path,
            [],
            mode="lines",
            line={"color": plotly_theme.INK2, "width": 1.5, "dash": "2px,4px"},
        )
        | QUIET
    ]


def _threshold(line: TargetLine) -> list[dict]:
    if line.threshold is None:
        return []
    points = [(line.first_day, line.threshold), (line.last_day, line.threshold)]
    return [
        _trace("Ngưỡng", points, _words(line, []), mode="lines", line={"color": plotly_theme.INK, "width": 1.75})
        | QUIET
    ]


def _baseline(line: TargetLine) -> list[dict]:
    if line.baseline is None:
        return []
    return [
        _trace(
            "Xuất phát",
            [(line.first_day, line.baseline)],
            _words(line, [line.baseline]),
            mode="markers",
            cliponaxis=False,
            marker={"color": plotly_theme.SURFACE, "size": 9, "line": {"color": plotly_theme.INK2, "width": 1.5}},
        )
        | QUIET
    ]


def _outlook(line: TargetLine) -> list[dict]:
    start = _latest(line)
    if line.outlook is None or start is None:
        return []
    end = line.outlook
    band = [start, (end.day, end.low), (end.day, end.high), start]
    return [
        _trace("Khoảng dự báo", band, [], mode="lines", fill="toself", line={"width": 0, "color": plotly_theme.CLEAR})
        | QUIET
        | {"fillcolor": "var(--accent) 16%"},
        _trace(
            "Dự báo",
            [start, (end.day, end.value)],
            [],
            mode="lines",
            line={"color": plotly_theme.ACCENT, "width": 2, "dash": "6px,4px"},
        )
        | QUIET,
    ]


# For traces without hover text: their one value is labelled, or stated under the chart.
QUIET = {"hoverinfo": "skip", "hovertemplate": None}


def _latest(line: TargetLine) -> tuple[dt.date, Decimal] | None:
    """Return (day, value) of the chosen period, None without a value."""
    value = line.values[line.current - 1]
    return None if value is None else (line.days[line.current - 1], value)


def _here(line: TargetLine) -> dict:
    day = line.days[line.current - 1].isoformat()
    return {
        "type": "line",
        "x0": day,
        "x1": day,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": plotly_theme.EDGE, "width": 1, "dash": "2px,3px"},
    }


def _here_label(line: TargetLine) -> dict:
    day = line.days[line.current - 1].isoformat()
    return plotly_theme.label(
        f"kỳ tháng {line.label(line.current)}",
        day,
        1,
        color=plotly_theme.INK3,
        yref="paper",
        yanchor="bottom",
        xanchor="center",
    )


def _break_day(line: TargetLine, series_break: SeriesBreak) -> dt.date:
    """Return the day halfway between the last point before a break and the first after it."""
    before, after = line.days[series_break.number - 2], line.days[series_break.number - 1]
    return before + (after - before) / 2


def _break_lines(line: TargetLine) -> list[dict]:
    """Return an upright line at each break."""
    return [
        {
            "type": "line",
            "x0": day,
            "x1": day,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": plotly_theme.INK2, "width": 1.25},
        }
        for day in (_break_day(line, each).isoformat() for each in line.breaks)
    ]


def _break_labels(line: TargetLine, board: PlotArea) -> list[dict]:
    """Return the words of each break, along its line where there is room."""
    return [
        board.choose(
            [
                plotly_theme.label(
                    each.label,
                    _break_day(line, each).isoformat(),
                    height,
                    color=plotly_theme.INK2,
                    yref="paper",
                    yanchor=rise,
                    xanchor=side,
                    xshift=3 if side == "left" else -3,
                    bgcolor=plotly_theme.SURFACE,
                    borderpad=1,
                )
                for height, rise in ((0, "bottom"), (1, "top"), (0.5, "middle"))
                for side in ("left", "right")
            ]
        )
        for each in line.breaks
    ]


# The four positions of a label around a point: above or under it, right or left.
CORNERS = tuple((rise, side) for rise in ("bottom", "top") for side in ("right", "left"))


def _beside(
    text: str,
    day: dt.date,
    value: Decimal,
    corners: Iterable[tuple[str, str]],
    shifts: Iterable[tuple[int, int]],
    **look: Any,
) -> list[dict]:
    """Return the candidate positions of a label around a point: at its corners, with these offsets in pixels. A
    background cuts the lines behind the label, so that it stays legible."""
    return [
        plotly_theme.label(
            text,
            day.isoformat(),
            float(value),
            xanchor=side,
            xshift=-across if side == "right" else across,
            yanchor=rise,
            yshift=up if rise == "bottom" else -up,
            bgcolor=plotly_theme.SURFACE,
            borderpad=1,
            **look,
        )
        for across, up in shifts
        for rise, side in corners
    ]


def _latest_label(line: TargetLine, board: PlotArea) -> list[dict]:
    latest = _latest(line)
    if latest is None:
        return []
    text = formatting.figure(latest[1], short_unit(line.unit), line.threshold, line.comparator or None)
    before = line.values[line.current - 2] if line.current > 1 else None
    rising = before is None or latest[1] >= before
    above = line.required is not None and latest[1] >= line.required
    # Preferred: the side of the line away from the required path.
    first = ("bottom" if above else "top", "right" if line.current > 9 or (above and rising) else "left")
    corners = sorted(CORNERS, key=lambda corner: (corner != first, corner[0] != first[0]))
    shifts = ((8, 6), (-20, 12), (8, 20), (-20, 30), (12, 40))
    return [board.choose(_beside(text, *latest, corners, shifts, color=plotly_theme.ACCENT, bold=True))]


def _path_label(line: TargetLine, board: PlotArea) -> list[dict]:
    """Place the label preferably halfway from now to the due day, else where there is room along the path."""
    if not line.path:
        return []
    now, due = line.days[line.current - 1], line.due
    year = due - line.first_day
    days = [now + (due - now) / 2 if now < due else line.first_day + year / 2]
    days += [line.first_day + year * share / 20 for share in (10, 12, 8, 14, 6, 16, 4, 18, 3)]
    places = []
    for day in days:
        (first, low), (last, high) = next((a, b) for a, b in pairwise(line.path) if b[0] >= day)
        value = low + (high - low) * (day - first).days / (last - first).days
        corners = CORNERS if high >= low else CORNERS[::-1]
        places += _beside("Mức cần đạt", day, value, corners, ((3, 1),), color=plotly_theme.INK2)
    return [board.choose(places)]


def _right_labels(line: TargetLine, spread: Decimal) -> list[dict]:
    """Return threshold and forecast in the right margin, pushed apart where they would overlap."""
    labels, push = [], 0
    if line.threshold is not None and line.outlook is not None:
        distance = line.outlook.value - line.threshold
        if abs(distance) < NEAR * spread:
            push = 18 if distance >= 0 else -18
    if line.threshold is not None:
        text = formatting.threshold(line.threshold, short_unit(line.unit), line.comparator, in_words=True)
        due = f"hạn {formatting.date(line.due)}"
        labels += _two_lines(f"Ngưỡng {text}", due, line.threshold, plotly_theme.INK, -push)
    if line.outlook is not None:
        text = f"Dự báo {_outlook_words(line, line.outlook)}"
        range_text = line.outlook.range_words(line.unit, forecast_decimals(line.unit), "đến")
        labels += _two_lines(text, range_text, line.outlook.value, plotly_theme.ACCENT, push)
    return labels


def _two_lines(first: str, second: str, value: Decimal, color: str, push: int) -> list[dict]:
    """Return a label of two lines in the right margin, the first one bold, at the height of a value."""
    position: dict = {"xref": "paper", "xanchor": "left", "xshift": 8}
    labels = [plotly_theme.label(first, 1, float(value), color=color, bold=True, yshift=push + 8, **position)]
    if second:
        labels.append(plotly_theme.label(second, 1, float(value), color=plotly_theme.INK3, yshift=push - 8, **position))
    return labels


def _inner_labels(line: TargetLine, board: PlotArea) -> list[dict]:
    """Return the labels for a narrow screen, inside the plot; without the required path's, which the text below
    names."""
    labels = []
    if line.threshold is not None:
        threshold_words = formatting.threshold(line.threshold, short_unit(line.unit), line.comparator, in_words=True)
        text = f"Ngưỡng {threshold_words}, hạn {line.day_label(line.due)}"
        labels.append(board.choose(_along(text, line.threshold, ("left", "right"), (3, 16), bold=True)))
    labels = [*_latest_label(line, board), *labels]
    if line.outlook is not None:
        look: dict = {"color": plotly_theme.ACCENT, "bold": True}
        text = f"Dự báo {_outlook_words(line, line.outlook)}"
        end = line.outlook.day, line.outlook.value
        places = _beside(text, *end, CORNERS[::-1], ((6, 6), (-40, 10), (6, 20)), **look)
        places += _along(text, line.outlook.value, ("right",), (6, 22, 38, 54, 70), **look)
        labels.append(board.choose(places))
    return labels


def _along(text: str, value: Decimal, sides: Iterable[str], shifts: Iterable[int], **look: Any) -> list[dict]:
    """Return the candidate positions of a label at an end of a horizontal line: above it and under it, with these
    offsets in pixels."""
    return [
        plotly_theme.label(
            text,
            label_placement.SIDES[side],
            float(value),
            xref="paper",
            xanchor=side,
            xshift=4 if side == "left" else -2,
            yanchor=rise,
            yshift=shift if rise == "bottom" else -shift,
            bgcolor=plotly_theme.SURFACE,
            borderpad=1,
            **look,
        )
        for shift in shifts
        for rise in ("bottom", "top")
        for side in sides
    ]


def _outlook_words(line: TargetLine, outlook: Outlook) -> str:
    unit, decimals = short_unit(line.unit), forecast_decimals(line.unit)
    return value_words(
        outlook.value, unit, line.threshold, line.comparator or None, decimals, is_near=outlook.near_bound
    )


def forecast_decimals(unit: str) -> int:
    """Return the decimals of a forecast: one, or none for a count."""
    return 1 if "%" in unit or "/" in unit else 0


def short_unit(unit: str) -> str:
    """Return the unit as a label has room for it: `%` of `% GRDP`, nothing of `doanh nghiệp`."""
    return "%" if unit.startswith("%") else ""


# The distribution of the reporters' values
def spread(histogram: Spread) -> dict:
    """Return the histogram of a spread: one bar per step, reporters with a small denominator hatched on top of the
    others; the threshold and the node's value are lines across."""
    low, high = histogram.steps[0].low, histogram.steps[-1].high
    tallest = max(step.count for step in histogram.steps)
    edges = [step.low for step in histogram.steps] + [high]
    tick_labels = [formatting.number(edge) for edge in edges[:-1]]
    tick_labels.append(formatting.with_unit(formatting.number(high), short_unit(histogram.unit)))
    width = float(high - low) / len(histogram.steps) * 0.94
    counts, count_words = plotly_theme.ticks(Decimal(0), Decimal(tallest), "")
    count_top = float(max(counts)) * 1.22
    margin, narrow_margin = {"l": 40, "r": 28, "t": 12, "b": 40}, {"l": 32, "r": 26, "t": 12, "b": 40}
    sizes = ((LOW_WIDE, margin), (NARROW, narrow_margin))
    labels, narrow_labels = (
        _across_labels(histogram, label_placement.PlotArea(width, LOW, edge, [low, high], [0, count_top]))
        for width, edge in sizes
    )
    return {
        "data": [
            _step_bars("Mẫu số đủ lớn" if histogram.small else "Đơn vị", histogram, width, small=False),
            *([_step_bars("Mẫu số nhỏ", histogram, width, small=True)] if histogram.small else []),
        ],
        "layout": plotly_theme.layout(
            margin=margin,
            barmode="stack",
            hovermode="closest",
            xaxis={
                "range": [float(low), float(high)],
                "tickmode": "array",
                "tickvals": [float(edge) for edge in edges],
                "ticktext": _thinned(tick_labels, LOW_WIDE - 68),
            },
            yaxis={
                "range": [0, count_top],
                "tickmode": "array",
                "tickvals": [float(count) for count in counts],
                "ticktext": count_words,
            },
            shapes=[_upright(value, color, dash) for value, _, color, dash, _ in _across(histogram)],
            annotations=labels,
        ),
        "narrow": {
            "margin": narrow_margin,
            "xaxis": {"ticktext": _thinned(tick_labels, NARROW - 58)},
            "annotations": narrow_labels,
        },
        "config": plotly_theme.CONFIG,
        "locale": plotly_theme.LOCALE,
    }


def _thinned(labels: Sequence[str], width: int) -> list[str]:
    """Thin out the labels of ticks over a width in pixels, so that none overlaps the next; the last one stays."""
    room = max(map(len, labels)) * CHARACTER + AROUND / 2
    each = ceil(room * (len(labels) - 1) / width)
    return [label if (len(labels) - 1 - index) % each == 0 else "" for index, label in enumerate(labels)]


def _across(histogram: Spread) -> Iterator[tuple[Decimal, str, str, str, float]]:
    """Yield (value, text, colour, dash, height of the text) of the lines across a histogram; none outside of it."""
    low, high = histogram.steps[0].low, histogram.steps[-1].high
    unit = short_unit(histogram.unit)
    if histogram.threshold is not None and low <= histogram.threshold <= high:
        text = formatting.threshold(histogram.threshold, unit, histogram.comparator, in_words=True)
        yield histogram.threshold, f"Ngưỡng {text}", plotly_theme.INK, "solid", 1
    if histogram.value is not None and low <= histogram.value <= high:
        text = formatting.figure(histogram.value, unit, histogram.threshold, histogram.comparator or None)
        yield histogram.value, f"Chung {text}", plotly_theme.ACCENT, "4px,3px", 0.92


def _across_labels(histogram: Spread, board: PlotArea) -> list[dict]:
    """Place the labels of the lines across, preferably away from the other line."""
    lines = list(_across(histogram))
    for value, *_ in lines:
        board.draw((value, height) for height in board.y_range)
    labels = []
    for value, text, color, _, height in lines:
        sides = ("left", "right") if any(value > other for other, *_ in lines) else ("right", "left")
        places = [
            plotly_theme.label(
                text,
                float(value),
                height,
                color=color,
                bold=True,
                bgcolor=plotly_theme.SURFACE,
                xanchor=side,
                xshift=-5 if side == "right" else 5,
                yref="paper",
                yanchor="top",
            )
            for side in sides
        ]
        labels.append(board.choose(places))
    return labels


def _upright(value: Decimal, color: str, dash: str) -> dict:
    return {
        "type": "line",
        "x0": float(value),
        "x1": float(value),
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": color, "width": 1.75, "dash": dash},
    }


def _step_bars(name: str, histogram: Spread, width: float, *, small: bool) -> dict:
    counts = [step.small if small else step.count - step.small for step in histogram.steps]
    unit = short_unit(histogram.unit)
    hover_texts = [
        f"{step_words(step, unit)}: {formatting.number(step.count)} đơn vị"
        + (f", {formatting.number(step.small)} mẫu nhỏ" if step.small else "")
        for step in histogram.steps
    ]
    look: dict = {"color": plotly_theme.ACCENT}
    if small:
        look = {
            "color": plotly_theme.SURFACE,
            "line": {"color": plotly_theme.ACCENT, "width": 1},
            "pattern": {"shape": "/", "fgcolor": plotly_theme.ACCENT, "bgcolor": plotly_theme.SURFACE, "size": 5},
        }
    return {
        "type": "bar",
        "name": name,
        "x": [float(step.low + step.high) / 2 for step in histogram.steps],
        "y": counts,
        "width": width,
        "customdata": hover_texts,
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": look,
    }


def step_words(step: WaterfallStep, unit: str) -> str:
    """Return `60 đến 70%`."""
    return f"{formatting.number(step.low)} đến {formatting.with_unit(formatting.number(step.high), unit)}"


# The change between two periods
def waterfall(change: Waterfall) -> dict:
    """Return the chart from the first value down to the last, a floating bar for each part. The axis covers the sums
    only, because next to the whole the parts would be hairlines; so the two values are points, not bars from zero."""
    sums = [change.before]
    for _, part in change.parts:
        sums.append(sums[-1] + part)
    lowest, highest = min(*sums, change.after), max(*sums, change.after)
    room = (highest - lowest) / 8 or Decimal(1)
    ticks = plotly_theme.round_values(lowest - room, highest + room, 5)
    names = [change.start, *(name for name, _ in change.parts), change.end]
    rows = list(range(len(names)))
    unit = short_unit(change.unit)
    return {
        "data": [
            _floating("Tăng", change, sums, plotly_theme.RISE, rising=True),
            _floating("Giảm", change, sums, plotly_theme.FALL, rising=False),
            {
                "type": "scatter",
                "name": "Giá trị",
                "x": [float(change.before), float(change.after)],
                "y": [rows[0], rows[-1]],
                "mode": "markers",
                "cliponaxis": False,
                "customdata": [
                    f"{name}: {formatting.figure(value, change.unit)}"
                    for name, value in ((change.start, change.before), (change.end, change.after))
                ],
                "hovertemplate": "%{customdata}<extra></extra>",
                "marker": {"color": plotly_theme.INK, "size": 11, "symbol": "diamond"},
            },
        ],
        "layout": plotly_theme.layout(
            margin={"l": 48, "r": 64, "t": 8, "b": 32},
            hovermode="closest",
            barmode="overlay",
            xaxis={
                "range": [float(lowest - room), float(highest + room)],
                "showgrid": True,
                "gridcolor": plotly_theme.LINE,
                "tickmode": "array",
                "tickvals": [float(value) for value in ticks],
                "ticktext": [formatting.with_unit(formatting.number(value), unit) for value in ticks],
            },
            yaxis={
                "range": [len(names) - 0.4, -0.6],
                "tickmode": "array",
                "tickvals": rows,
                "ticktext": names,
                "automargin": True,
                "showgrid": False,
            },
            shapes=[_joint(sums[index], index) for index in range(len(sums))],
            annotations=[
                _row_label(formatting.figure(change.before, unit), change.before, rows[0]),
                *(
                    _row_label(formatting.part(part), max(sums[n], sums[n + 1]), n + 1)
                    for n, part in enumerate(change.printed)
                ),
                _row_label(formatting.figure(change.after, unit), change.after, rows[-1]),
            ],
        ),
        "narrow": {
            "margin": {"l": 48, "r": 52, "t": 8, "b": 32},
            "xaxis": {
                "tickvals": [float(value) for value in ticks[::2]],
                "ticktext": [formatting.with_unit(formatting.number(value), unit) for value in ticks[::2]],
            },
        },
        "config": plotly_theme.CONFIG,
        "locale": plotly_theme.LOCALE,
    }


def _floating(name: str, change: Waterfall, sums: Sequence[Decimal], color: str, *, rising: bool) -> dict:
    """Return the bars of the parts that rise, or fall, each from where the sum before it ended."""
    places = [n for n, (_, part) in enumerate(change.parts) if (part > 0) is rising]
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "x": [float(change.parts[n][1]) for n in places],
        "base": [float(sums[n]) for n in places],
        "y": [n + 1 for n in places],
        "width": 0.62,
        "customdata": [_part_words(change, n) for n in places],
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {"color": color},
    }


def _part_words(change: Waterfall, index: int) -> str:
    """Return `H. Yên Phú: phần −0,029 điểm; tự đổi +0,28 điểm`."""
    (name, _), part = change.parts[index], change.printed[index]
    own_change = change.own_changes[index] if change.own_changes else None
    text = formatting.with_unit(formatting.part(part), "điểm" if change.unit.startswith("%") else change.unit)
    if own_change is None:
        return f"{name}: {text}"
    return f"{name}: đóng góp {text}; tự đổi {formatting.difference(own_change, change.unit)}"


def _joint(value: Decimal, row: int) -> dict:
    """Return the line from one row to the next, at the sum where one bar ends and the next begins."""
    return {
        "type": "line",
        "x0": float(value),
        "x1": float(value),
        "y0": row,
        "y1": row + 1,
        "layer": "below",
        "line": {"color": plotly_theme.EDGE, "width": 1},
    }


def _row_label(text: str, value: Decimal, row: int) -> dict:
    return plotly_theme.label(text, float(value), row, xanchor="left", xshift=7, yanchor="middle")
