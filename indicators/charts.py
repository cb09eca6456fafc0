"""Charts of targets: frozen dataclasses in, plain-dict Plotly figures out. The only place where a figure becomes a float.

The look is the chart grammar of the style sheets: actual = accent line with points, required = dotted grey, forecast =
dashed accent with a faint band from the latest point, threshold = ink; lines are labelled directly.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from chuyendoiso import formatting, plotting

# How far the values of one period run along the axis: a bar covers half of a month.
BAR_WIDTH = 15 * plotting.DAY
# Two labels nearer than this part of the axis would run into each other.
NEAR = Decimal("0.09")


@dataclass(frozen=True)
class Outlook:
    """A forecast for the due day with its range; in the target's unit."""

    day: dt.date
    value: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class TargetLine:
    """What the line chart of a target shows, in the target's unit; None where there is no value.

    days: the last day of each of the plan's windows; values, in_period, fresh: one per window (in_period: None unless a
    flow; fresh: does somebody have a figure of this very period, or is the value carried); required: at the chosen period;
    path: (day, required value) corners of the required path, empty without a threshold or where it is flat; current:
    number of the chosen period.
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
    required: Decimal | None
    path: Sequence[tuple[dt.date, Decimal]]
    threshold: Decimal | None
    baseline: Decimal | None
    outlook: Outlook | None
    current: int


@dataclass(frozen=True)
class Step:
    """Reporters whose value lies from `low` up to, but not at, `high`; the last step of a spread holds its upper end too.
    small: how many of `count` have a small denominator; names: of all of them."""

    low: Decimal
    high: Decimal
    count: int
    small: int
    names: Sequence[str]


@dataclass(frozen=True)
class Spread:
    """How the values of a node's reporters lie, in the target's unit. lowest, middle, highest: (value, name), the middle one
    being the median without a name; value: the node's own; threshold: None where it does not hold for each reporter."""

    unit: str
    comparator: str
    steps: Sequence[Step]
    lowest: tuple[Decimal, str]
    middle: Decimal
    highest: tuple[Decimal, str]
    value: Decimal | None
    threshold: Decimal | None

    @property
    def count(self) -> int:
        """How many reporters have a value."""
        return sum(step.count for step in self.steps)

    @property
    def small(self) -> int:
        """How many of them have a small denominator."""
        return sum(step.small for step in self.steps)


@dataclass(frozen=True)
class Waterfall:
    """From one value to another by the parts of those who had one, in the target's unit; before + Σ parts = after, but for
    the sixth decimal of the two values, which are stored rounded.

    start, end: what the two values are called; parts: (name, part), none of them 0; still: how many had no part.
    """

    unit: str
    start: str
    end: str
    before: Decimal
    after: Decimal
    parts: Sequence[tuple[str, Decimal]]
    still: int = 0


def target_line(line: TargetLine) -> dict:
    """The figure of a target's year: {data, layout, narrow, config, locale}. Missing months are gaps."""
    lowest, highest = _range(line)
    tick_values, tick_words = plotting.ticks(lowest, highest, line.unit)
    top = max(highest, tick_values[-1])
    spread = top - tick_values[0]
    axis = {
        "range": [float(tick_values[0]), float(top + spread * Decimal("0.04"))],
        "tickmode": "array",
        "tickvals": [float(value) for value in tick_values],
        "ticktext": tick_words,
    }
    return {
        "data": [
            *_in_period(line),
            *_required(line),
            *_threshold(line),
            *_outlook(line),
            *_baseline(line),
            _actual(line),
        ],
        "layout": plotting.layout(
            margin={"l": 46, "r": 152, "t": 24, "b": 32},
            xaxis=_months(line, plotting.MONTHS),
            yaxis=axis,
            shapes=[_here(line)],
            annotations=[
                _here_label(line),
                *_latest_label(line),
                *_path_label(line, spread),
                *_right_labels(line, spread),
            ],
        ),
        "narrow": {
            "margin": {"l": 40, "r": 8, "t": 40, "b": 32},
            "xaxis": _months(line, [word if place % 2 == 0 else "" for place, word in enumerate(plotting.MONTHS)]),
            "annotations": [_here_label(line) | {"yshift": 16}, *_latest_label(line), *_inner_labels(line)],
        },
        "config": plotting.CONFIG,
        "locale": plotting.LOCALE,
    }


def _range(line):
    """Lowest and highest value that must fit: from 0 for shares, else from a little under the lowest."""
    known = [value for value in (*line.values, *line.in_period, line.threshold, line.baseline) if value is not None]
    if line.outlook:
        known += [line.outlook.value, line.outlook.low, line.outlook.high]
    lowest, highest = min(known, default=Decimal(0)), max(known, default=Decimal(100))
    if line.from_zero or lowest < highest / 2:
        return min(lowest, Decimal(0)), highest
    return lowest - (highest - lowest) / 4, highest


def _months(line, words):
    return {
        "type": "date",
        "range": [line.first_day.isoformat(), line.last_day.isoformat()],
        "tickmode": "array",
        "tickvals": [day.isoformat() for day in line.days],
        "ticktext": list(words)[: len(line.days)],
        "hoverformat": "%d/%m/%Y",
    }


def _trace(name, points, words, **look):
    """A line through (day, value) points; `words` is what the pointer says of each."""
    return {
        "type": "scatter",
        "name": name,
        "x": [day.isoformat() for day, _ in points],
        "y": [None if value is None else float(value) for _, value in points],
        "customdata": words,
        "hovertemplate": "%{customdata}<extra>" + name + "</extra>",
        **look,
    }


def _words(line, values):
    return [formatting.figure(value, line.unit, line.threshold, line.comparator or None) for value in values]


def _actual(line):
    latest = max((place for place, value in enumerate(line.values) if value is not None), default=None)
    return _trace(
        "Thực hiện",
        list(zip(line.days, line.values, strict=True)),
        _words(line, line.values),
        mode="lines+markers",
        connectgaps=False,
        line={"color": plotting.ACCENT, "width": 2.5},
        marker={
            "color": plotting.ACCENT,
            # A carried value is no new evidence: a small point.
            "size": [11 if place == latest else 8 if fresh else 4 for place, fresh in enumerate(line.fresh)],
            "line": {"color": plotting.SURFACE, "width": [2 if fresh else 0 for fresh in line.fresh]},
        },
    )


def _in_period(line):
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
            "hovertemplate": "%{customdata}<extra>Trong kỳ</extra>",
            "marker": {"color": "var(--sunken)", "line": {"color": plotting.EDGE, "width": 1}},
        }
    ]


def _required(line):
    if not line.path:
        return []
    return [
        _trace(
            "Cần đạt",
            line.path,
            _words(line, [value for _, value in line.path]),
            mode="lines",
            line={"color": plotting.INK2, "width": 1.5, "dash": "2px,4px"},
        )
    ]


def _threshold(line):
    if line.threshold is None:
        return []
    points = [(line.first_day, line.threshold), (line.last_day, line.threshold)]
    return [
        _trace("Ngưỡng", points, _words(line, []), mode="lines", line={"color": plotting.INK, "width": 1.75}) | QUIET
    ]


def _baseline(line):
    if line.baseline is None:
        return []
    return [
        _trace(
            "Xuất phát",
            [(line.first_day, line.baseline)],
            _words(line, [line.baseline]),
            mode="markers",
            cliponaxis=False,
            marker={"color": plotting.SURFACE, "size": 9, "line": {"color": plotting.INK2, "width": 1.5}},
        )
    ]


def _outlook(line):
    start = _latest(line)
    if line.outlook is None or start is None:
        return []
    end = line.outlook
    band = [start, (end.day, end.low), (end.day, end.high), start]
    return [
        _trace("Khoảng dự báo", band, [], mode="lines", fill="toself", line={"width": 0, "color": plotting.CLEAR})
        | QUIET
        | {"fillcolor": "var(--accent) 16%"},
        _trace(
            "Dự báo",
            [start, (end.day, end.value)],
            [],
            mode="lines",
            line={"color": plotting.ACCENT, "width": 2, "dash": "6px,4px"},
        )
        | QUIET,
    ]


# Lines that say nothing under the pointer: their one value stands beside them.
QUIET = {"hoverinfo": "skip", "hovertemplate": None}


def _latest(line):
    """(day, value) of the chosen period, None without a value."""
    value = line.values[line.current - 1]
    return None if value is None else (line.days[line.current - 1], value)


def _here(line):
    day = line.days[line.current - 1].isoformat()
    return {
        "type": "line",
        "x0": day,
        "x1": day,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": plotting.EDGE, "width": 1, "dash": "2px,3px"},
    }


def _here_label(line):
    day = line.days[line.current - 1].isoformat()
    return plotting.label(
        f"kỳ tháng {line.current}", day, 1, color=plotting.INK3, yref="paper", yanchor="bottom", xanchor="center"
    )


def _latest_label(line):
    latest = _latest(line)
    if latest is None:
        return []
    words = formatting.figure(latest[1], short_unit(line.unit), line.threshold, line.comparator or None)
    before = line.values[line.current - 2] if line.current > 1 else None
    rising = before is None or latest[1] >= before
    above = line.required is not None and latest[1] >= line.required
    # On the side of the line where the required path is not, and off the line itself.
    left = line.current > 9 or (above and rising)
    place = {
        "xanchor": "right" if left else "left",
        "xshift": -8 if left else 8,
        "yanchor": "bottom" if above else "top",
        "yshift": 6 if above else -6,
        # A line that passes behind the label is cut, so that the figure stays legible.
        "bgcolor": plotting.SURFACE,
        "borderpad": 1,
    }
    return [plotting.label(words, latest[0].isoformat(), float(latest[1]), color=plotting.ACCENT, bold=True, **place)]


def _path_label(line, spread):
    """On the way from now to the due day, on the side of the path where the forecast is not."""
    if not line.path:
        return []
    now, due = line.days[line.current - 1], line.due
    day = now + (due - now) / 2 if now < due else line.first_day + (due - line.first_day) / 2
    (first, low), (last, high) = next((a, b) for a, b in pairwise(line.path) if b[0] >= day)
    value = low + (high - low) * (day - first).days / (last - first).days
    reached = line.outlook.value if line.outlook else line.values[line.current - 1]
    goal = line.path[-1][1] if line.outlook else value
    room = line.threshold - value >= NEAR * spread
    above = room and (reached is None or reached < goal)
    place = {"xanchor": "right", "yanchor": "bottom"} if above else {"xanchor": "left", "yanchor": "top"}
    return [plotting.label("Mức cần đạt", day.isoformat(), float(value), color=plotting.INK2, **place)]


def _right_labels(line, spread):
    """Threshold and forecast in the right margin, pushed apart where they would meet."""
    labels, push = [], 0
    if line.threshold is not None and line.outlook is not None:
        distance = line.outlook.value - line.threshold
        if abs(distance) < NEAR * spread:
            push = 18 if distance >= 0 else -18
    if line.threshold is not None:
        words = formatting.threshold(line.threshold, short_unit(line.unit), line.comparator, words=True)
        due = f"hạn {formatting.date(line.due)}"
        labels += _two_lines(f"Ngưỡng {words}", due, line.threshold, plotting.INK, -push)
    if line.outlook is not None:
        words = f"Dự báo {_outlook_words(line)}"
        labels += _two_lines(words, _range_words(line), line.outlook.value, plotting.ACCENT, push)
    return labels


def _two_lines(first, second, value, color, push):
    """A label of two lines in the right margin, the first one bold, about the height of a value."""
    place = {"xref": "paper", "xanchor": "left", "xshift": 8}
    return [
        plotting.label(first, 1, float(value), color=color, bold=True, yshift=push + 8, **place),
        plotting.label(second, 1, float(value), color=plotting.INK3, yshift=push - 8, **place),
    ]


def _inner_labels(line):
    """On a phone the same labels stand inside the plot."""
    labels = []
    if line.threshold is not None:
        words = formatting.threshold(line.threshold, short_unit(line.unit), line.comparator, words=True)
        text = f"Ngưỡng {words}, hạn {formatting.short_date(line.due)}"
        place = {"xref": "paper", "xanchor": "left", "xshift": 4, "yanchor": "bottom"}
        labels.append(plotting.label(text, 0, float(line.threshold), bold=True, **place))
    if line.outlook is not None:
        # Under the line and its latest label, at the right edge.
        lowest = min(line.outlook.low, line.outlook.value, _latest(line)[1])
        place = {"xref": "paper", "xanchor": "right", "yanchor": "top", "yshift": -22}
        words = f"Dự báo {_outlook_words(line)}"
        labels.append(plotting.label(words, 1, float(lowest), color=plotting.ACCENT, bold=True, **place))
    return labels


def _outlook_words(line):
    """The forecast, as exact as its judgement needs: 29,96 never stands as 30,0 beside "more than 30"."""
    value = line.outlook.value
    return formatting.figure(
        value, short_unit(line.unit), line.threshold, line.comparator or None, forecast_decimals(line.unit)
    )


def _range_words(line):
    low, high = (formatting.number(end, forecast_decimals(line.unit)) for end in (line.outlook.low, line.outlook.high))
    return f"{low} đến {high}"


def forecast_decimals(unit) -> int:
    """A forecast is shown with one decimal; one of a count with none."""
    return 1 if "%" in unit or "/" in unit else 0


def short_unit(unit) -> str:
    """A long unit has no room beside a line: `%` of `% GRDP`, nothing of `doanh nghiệp`."""
    return "%" if unit.startswith("%") else ""


# How the reporters' values lie


def spread(found: Spread) -> dict:
    """The histogram of a spread: a bar a step, those with a small denominator hatched on top of the others; the threshold and
    the node's value stand across."""
    low, high = found.steps[0].low, found.steps[-1].high
    tallest = max(step.count for step in found.steps)
    edges = [step.low for step in found.steps] + [high]
    words = [formatting.number(edge) for edge in edges]
    width = float(high - low) / len(found.steps) * 0.94
    counts, count_words = plotting.ticks(Decimal(0), Decimal(tallest), "")
    lines, labels = [], []
    for value, text, color, dash, height in _across(found, low, high):
        lines.append(_upright(value, color, dash))
        left = _stands_left(value, found, low, high)
        place = {"xanchor": "right" if left else "left", "xshift": -5 if left else 5, "yref": "paper", "yanchor": "top"}
        labels.append(
            plotting.label(text, float(value), height, color=color, bold=True, bgcolor=plotting.SURFACE, **place)
        )
    return {
        "data": [
            _step_bars("Mẫu số đủ lớn" if found.small else "Đơn vị", found, width, small=False),
            *([_step_bars("Mẫu số nhỏ", found, width, small=True)] if found.small else []),
        ],
        "layout": plotting.layout(
            margin={"l": 40, "r": 28, "t": 12, "b": 40},
            barmode="stack",
            hovermode="x",
            xaxis={
                "range": [float(low), float(high)],
                "tickmode": "array",
                "tickvals": [float(edge) for edge in edges],
                "ticktext": words[:-1] + [formatting.with_unit(words[-1], short_unit(found.unit))],
            },
            yaxis={
                "range": [0, float(max(counts)) * 1.22],
                "tickmode": "array",
                "tickvals": [float(count) for count in counts],
                "ticktext": count_words,
            },
            shapes=lines,
            annotations=labels,
        ),
        "narrow": {"margin": {"l": 32, "r": 26, "t": 12, "b": 40}},
        "config": plotting.CONFIG,
        "locale": plotting.LOCALE,
    }


def _across(found, low, high):
    """(value, words, colour, dash, height of the words) of the lines across a histogram; none outside of it."""
    unit = short_unit(found.unit)
    if found.threshold is not None and low <= found.threshold <= high:
        words = formatting.threshold(found.threshold, unit, found.comparator, words=True)
        yield found.threshold, f"Ngưỡng {words}", plotting.INK, "solid", 1
    if found.value is not None and low <= found.value <= high:
        words = formatting.figure(found.value, unit, found.threshold, found.comparator or None)
        yield found.value, f"Chung {words}", plotting.ACCENT, "4px,3px", 0.92


def _stands_left(value, found, low, high):
    """Whether a line's words stand on its left: away from the other line, where there is room for them."""
    share = (value - low) / (high - low)
    other = found.value if value == found.threshold else found.threshold
    if other is None or other == value:
        return share > Decimal("0.5")
    return share > Decimal("0.3") if value < other else share > Decimal("0.7")


def _upright(value, color, dash):
    return {
        "type": "line",
        "x0": float(value),
        "x1": float(value),
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": color, "width": 1.75, "dash": dash},
    }


def _step_bars(name, found, width, *, small):
    counts = [step.small if small else step.count - step.small for step in found.steps]
    unit = short_unit(found.unit)
    words = [
        f"{step_words(step, unit)}: {formatting.number(count)} đơn vị"
        for step, count in zip(found.steps, counts, strict=True)
    ]
    look = {"color": plotting.ACCENT}
    if small:
        look = {
            "color": plotting.SURFACE,
            "line": {"color": plotting.ACCENT, "width": 1},
            "pattern": {"shape": "/", "fgcolor": plotting.ACCENT, "bgcolor": plotting.SURFACE, "size": 5},
        }
    return {
        "type": "bar",
        "name": name,
        "x": [float(step.low + step.high) / 2 for step in found.steps],
        "y": counts,
        "width": width,
        "customdata": words,
        "hovertemplate": "%{customdata}<extra>" + name + "</extra>",
        "marker": look,
    }


def step_words(step: Step, unit: str) -> str:
    """`60 đến 70 %`."""
    return f"{formatting.number(step.low)} đến {formatting.with_unit(formatting.number(step.high), unit)}"


# What changed


def waterfall(found: Waterfall) -> dict:
    """From the first value down to the last, a floating bar a part. The axis covers the sums only: next to a whole of
    percents its parts would be hairlines; so the two values are points, not bars that begin at nought."""
    sums = [found.before]
    for _, part in found.parts:
        sums.append(sums[-1] + part)
    lowest, highest = min(*sums, found.after), max(*sums, found.after)
    room = (highest - lowest) / 8 or Decimal(1)
    ticks = plotting.round_values(lowest - room, highest + room, 5)
    names = [found.start, *(name for name, _ in found.parts), found.end]
    rows = list(range(len(names)))
    unit = short_unit(found.unit)
    return {
        "data": [
            _floating("Tăng", found, sums, plotting.RISE, rising=True),
            _floating("Giảm", found, sums, plotting.FALL, rising=False),
            {
                "type": "scatter",
                "name": "Giá trị",
                "x": [float(found.before), float(found.after)],
                "y": [rows[0], rows[-1]],
                "mode": "markers",
                "cliponaxis": False,
                "customdata": [
                    f"{name}: {formatting.figure(value, found.unit)}"
                    for name, value in ((found.start, found.before), (found.end, found.after))
                ],
                "hovertemplate": "%{customdata}<extra></extra>",
                "marker": {"color": plotting.INK, "size": 11, "symbol": "diamond"},
            },
        ],
        "layout": plotting.layout(
            margin={"l": 48, "r": 64, "t": 8, "b": 32},
            hovermode="closest",
            barmode="overlay",
            xaxis={
                "range": [float(lowest - room), float(highest + room)],
                "showgrid": True,
                "gridcolor": plotting.LINE,
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
            shapes=[_joint(sums[place], place) for place in range(len(sums))],
            annotations=[
                _row_label(formatting.figure(found.before, unit), found.before, rows[0]),
                *(
                    _row_label(
                        formatting.signed(part, 3 if "%" in found.unit else None), max(sums[n], sums[n + 1]), n + 1
                    )
                    for n, (_, part) in enumerate(found.parts)
                ),
                _row_label(formatting.figure(found.after, unit), found.after, rows[-1]),
            ],
        ),
        "narrow": {
            "margin": {"l": 48, "r": 52, "t": 8, "b": 32},
            "xaxis": {
                "tickvals": [float(value) for value in ticks[::2]],
                "ticktext": [formatting.with_unit(formatting.number(value), unit) for value in ticks[::2]],
            },
        },
        "config": plotting.CONFIG,
        "locale": plotting.LOCALE,
    }


def _floating(name, found, sums, color, *, rising):
    """Bars of the parts that rise, or fall, each from where the sum before it ended."""
    places = [n for n, (_, part) in enumerate(found.parts) if (part > 0) is rising]
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "x": [float(found.parts[n][1]) for n in places],
        "base": [float(sums[n]) for n in places],
        "y": [n + 1 for n in places],
        "width": 0.62,
        "customdata": [
            f"{found.parts[n][0]}: {formatting.difference(found.parts[n][1], found.unit, 3)}" for n in places
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {"color": color},
    }


def _joint(value, row):
    """The line from one row to the next at the sum where the one ends and the other begins."""
    return {
        "type": "line",
        "x0": float(value),
        "x1": float(value),
        "y0": row,
        "y1": row + 1,
        "layer": "below",
        "line": {"color": plotting.EDGE, "width": 1},
    }


def _row_label(words, value, row):
    return plotting.label(words, float(value), row, xanchor="left", xshift=7, yanchor="middle")
