"""Small charts drawn on the server as SVG.

Colours come from classes, so that the CSP, both themes and print work. Numbers in attributes are written with a point
by `at()`, never by a template (which would localise them). The callers pass complete sentences for aria-label;
`indicators/templatetags/figures.py` writes them.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core.formatting import Number

Point = tuple[Decimal, Decimal]

# Position of a bullet bar's threshold in percent of its width, and the value at the bar's end relative to the threshold.
THRESHOLD_AT = 80
SCALE = Decimal(100) / THRESHOLD_AT

SPARK_LEFT, SPARK_RIGHT, SPARK_TOP, SPARK_BOTTOM = 3, 83, 4, 20
WATERFALL_WIDTH = 236
YEAR_WIDTH = 240


def at(value: Number) -> str:
    """Return a coordinate for SVG: at most two decimals, a point, no exponent."""
    return f"{Decimal(value):.2f}".rstrip("0").rstrip(".")


def bullet_position(value: Number, threshold: Number | None = None) -> Decimal:
    """Return the position of a value in percent of the bar's width (0–100): the threshold at 80; without one, the value."""
    full = Decimal(100) if threshold is None or threshold <= 0 else Decimal(threshold) * SCALE
    return min(max(Decimal(value) / full * 100, Decimal(0)), Decimal(100))


def runs_off(value: Number | None, threshold: Number | None = None) -> bool:
    """Return whether a value is beyond the end of its bar (125% of the threshold, or 100)."""
    full = Decimal(100) if threshold is None or threshold <= 0 else Decimal(threshold) * SCALE
    return value is not None and value > full


def bullet(
    value: Number | None,
    threshold: Number | None,
    required: Number | None,
    baseline: Number | None,
    css: str,
    label: str,
) -> SafeString:
    """Return the bar of a list row: value, ▼ required by now, hollow dot baseline, threshold at one position in every row."""
    parts = [mark_safe('<rect class="track" y="5" width="100%" height="10" rx="2"/>')]
    if value is not None:
        parts.append(
            format_html(
                '<rect class="bar" y="6.5" width="{}%" height="7" rx="1.5"/>', at(bullet_position(value, threshold))
            )
        )
    if runs_off(value, threshold):
        parts.append(mark_safe('<svg x="100%"><path class="off" d="m-8 6 4 4-4 4"/></svg>'))
    if required is not None and required != threshold:
        position = at(bullet_position(required, threshold))
        parts.append(format_html('<svg x="{}%"><path class="required" d="M-4 0h8l-4 6z"/></svg>', position))
    if threshold is not None and threshold > 0:
        parts.append(format_html('<line class="threshold" x1="{0}%" x2="{0}%" y1="1" y2="19"/>', THRESHOLD_AT))
    if baseline is not None:
        parts.append(
            format_html('<circle class="baseline" cx="{}%" cy="10" r="3"/>', at(bullet_position(baseline, threshold)))
        )
    return format_html(
        '<svg class="bullet {}" role="img" aria-label="{}">{}</svg>', css, label, mark_safe("".join(parts))
    )


def sparkline_points(values: Sequence[Number | None]) -> list[Point | None]:
    """Return the (x, y) of each value in an 88 × 24 box, None for a gap; the lowest value at the bottom, the highest on top."""
    known = [value for value in values if value is not None]
    if not known:
        return [None] * len(values)
    low, spread = min(known), max(known) - min(known)
    step = Decimal(SPARK_RIGHT - SPARK_LEFT) / (len(values) - 1) if len(values) > 1 else Decimal(0)

    def height(value: Number) -> Decimal:
        if not spread:
            return Decimal(SPARK_TOP + SPARK_BOTTOM) / 2
        return SPARK_BOTTOM - Decimal(value - low) / Decimal(spread) * (SPARK_BOTTOM - SPARK_TOP)

    return [None if value is None else (SPARK_LEFT + step * index, height(value)) for index, value in enumerate(values)]


def sparkline(values: Sequence[Number | None], css: str, label: str) -> SafeString | str:
    """Return the year's line of a list row; a gap where a value is missing, a dot on the latest. Empty without values."""
    points = sparkline_points(values)
    known = [point for point in points if point is not None]
    if not known:
        return ""
    runs: list[list[Point]] = []
    run: list[Point] = []
    for point in [*points, None]:
        if point is not None:
            run.append(point)
        elif run:
            runs.append(run)
            run = []
    lines = "".join(f"M{' L'.join(f'{at(x)} {at(y)}' for x, y in run)}" for run in runs if len(run) > 1)
    alone = [run[0] for run in runs if len(run) == 1 and run[0] != known[-1]]
    return format_html(
        '<svg class="sparkline {}" viewBox="0 0 88 24" role="img" aria-label="{}">{}{}'
        '<circle cx="{}" cy="{}" r="3.5"/></svg>',
        css,
        label,
        format_html('<path d="{}"/>', lines) if lines else "",
        format_html_join("", '<circle class="one" cx="{}" cy="{}" r="1.5"/>', ((at(x), at(y)) for x, y in alone)),
        at(known[-1][0]),
        at(known[-1][1]),
    )


# The number of values of a year, for which the small charts are made.
YEAR = 12


def small_multiple(
    values: Sequence[Number | None], low: Number, high: Number, threshold: Number | None, css: str, label: str
) -> SafeString:
    """Return one of several small charts on a common scale: a year's values in a 240 × 72 box, `low` at the bottom, `high` on top,
    the threshold dashed; `values` from January on, a gap for None. More than twelve share the width, without a dot each."""
    spread, last_place = Decimal(high - low), max(len(values), YEAR) - 1

    def height(value: Number) -> Decimal:
        return Decimal(36) if not spread else 66 - Decimal(value - low) / spread * 60

    points = [
        None if value is None else (6 + Decimal(228) / last_place * index, height(value))
        for index, value in enumerate(values)
    ]
    path, joined = "", False
    for point in points:
        if point is not None:
            path += f"{'L' if joined else 'M'}{at(point[0])} {at(point[1])}"
        joined = point is not None
    known = [point for point in points if point is not None]
    line: SafeString | str = ""
    if threshold is not None:
        line = format_html('<line class="threshold" x1="0" x2="240" y1="{0}" y2="{0}"/>', at(height(threshold)))
    marks = format_html_join(
        "", '<circle cx="{}" cy="{}" r="2"/>', ((at(x), at(y)) for x, y in known[:-1] if len(values) <= YEAR)
    )
    last = (
        format_html('<circle class="last" cx="{}" cy="{}" r="4"/>', at(known[-1][0]), at(known[-1][1])) if known else ""
    )
    return format_html(
        '<svg class="small-multiple {}" viewBox="0 0 240 72" role="img" aria-label="{}">'
        '<path class="axis-line" d="M0 71h240"/>{}{}{}{}</svg>',
        css,
        label,
        line,
        format_html('<path class="line" d="{}"/>', path) if path else "",
        marks,
        last,
    )


# State → its marks, each a class and a path from the left edge of a box of 12 × 12, at half its height.
_RING = "m1.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z"
_DOTS = {
    "on_time": [("on-time", "m1 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z")],
    "late": [("late", _RING), ("late-half", "m6-4.5a4.5 4.5 0 0 1 0 9z")],
    "missing": [("missing", f"{_RING}m2.5-2l4 4m0-4l-4 4")],
    "waiting": [("waiting", _RING)],
}
# From one box to the next.
_DOT_STEP = 14


def dots(states: Sequence[str], label: str = "") -> SafeString:
    """Return punctuality by period: full on_time, half late, crossed missing, dashed waiting (not due yet). One path draws all
    marks of a kind, because a league table has thousands of them. Without a label it is hidden from screen readers."""
    paths: dict[str, list[str]] = {}
    for index, state in enumerate(states):
        for css, mark in _DOTS[state]:
            paths.setdefault(css, []).append(f"M{index * _DOT_STEP} 6{mark}")
    marks = format_html_join("", '<path class="{}" d="{}"/>', ((css, "".join(d)) for css, d in paths.items()))
    width = max(len(states) * _DOT_STEP - 2, 0)
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="dots" viewBox="0 0 {} 12" {}>{}</svg>', width, role, marks)


def share(part: Number, whole: Number) -> Decimal:
    """Return the percentage (0–100) of a whole; 0 where the whole is 0."""
    return min(max(Decimal(part) / Decimal(whole) * 100, Decimal(0)), Decimal(100)) if whole else Decimal(0)


def meter(value: Number, total: Number, under: Number | None, css: str, under_css: str, label: str) -> SafeString:
    """Return a progress bar: `value` of `total`, over a longer `under` (submitted under approved, late under on time) if given."""
    below = (
        ""
        if under is None
        else format_html('<rect class="fill {}" width="{}" height="8"/>', under_css, at(share(under, total)))
    )
    return format_html(
        '<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="track" width="100" height="8"/>{}<rect class="fill {}" width="{}" height="8"/></svg>',
        label,
        below,
        css,
        at(share(value, total)),
    )


def stackbar_cells(counts: Sequence[tuple[str, int]]) -> list[tuple[str, Decimal, Decimal]]:
    """Return the (class, x, width) of each cell in a width of 300, of (class, number): one cell a piece, 2 between them; over 60,
    one cell a class."""
    total = sum(count for _, count in counts)
    if not total:
        return []
    unit = Decimal(300) / total
    cells, x = [], Decimal(0)
    for css, count in counts:
        for size in [1] * count if total <= 60 else [count] if count else []:
            cells.append((css, x, max(unit * size - 2, unit * size / 2)))
            x += unit * size
    return cells


def stackbar(counts: Sequence[tuple[str, int]], label: str) -> SafeString:
    """Return a row of cells coloured by class; `counts` is a list of (class, number)."""
    return format_html(
        '<svg class="meter" viewBox="0 0 300 10" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        label,
        format_html_join(
            "",
            '<rect class="fill {}" x="{}" width="{}" height="10" rx="1.5"/>',
            ((css, at(x), at(width)) for css, x, width in stackbar_cells(counts)),
        ),
    )


def waterfall_steps(changes: Sequence[Number | None]) -> list[tuple[Decimal, Decimal, Decimal, bool]]:
    """Return the (x, width, end, rising) of each contribution on a common scale of 236; `end`: position of the running sum.

    The scale runs from the lowest to the highest running sum, zero included. None counts as no change.
    """
    low, scale = _waterfall_scale(changes)
    steps = []
    total = Decimal(0)
    for change in changes:
        before, total = total, total + (change or 0)
        start, end = (before - low) * scale, (total - low) * scale
        steps.append((min(start, end), abs(end - start), end, total >= before))
    return steps


def waterfall_total(changes: Sequence[Number | None]) -> tuple[Decimal, Decimal]:
    """Return the (x, width) of the bar of the whole change, from zero, on the scale of `waterfall_steps`."""
    low, scale = _waterfall_scale(changes)
    total = sum((change or 0 for change in changes), Decimal(0))
    ends = sorted([-low * scale, (total - low) * scale])
    return ends[0], ends[1] - ends[0]


def _waterfall_scale(changes: Sequence[Number | None]) -> tuple[Decimal, Decimal]:
    total, sums = Decimal(0), [Decimal(0)]
    for change in changes:
        total += change or 0
        sums.append(total)
    low, high = min(sums), max(sums)
    return low, WATERFALL_WIDTH / (high - low) if high > low else Decimal(0)


def waterfall_bar(changes: Sequence[Number | None], place: int, label: str) -> SafeString:
    """Return the bar of one contribution (`place`: its index), joined to the next row by a line at the running sum."""
    x, width, end, rising = waterfall_steps(changes)[place]
    return format_html(
        '<svg class="waterfall" viewBox="0 0 240 20" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="{}" x="{}" y="4" width="{}" height="12"/>'
        '<line x1="{}" x2="{}" y1="16" y2="26" vector-effect="non-scaling-stroke"/></svg>',
        label,
        "rise" if rising else "fall",
        at(x),
        at(width),
        at(end),
        at(end),
    )


def waterfall_total_bar(changes: Sequence[Number | None], label: str) -> SafeString:
    """Return the bar of the whole change, under the contributions."""
    x, width = waterfall_total(changes)
    return format_html(
        '<svg class="waterfall" viewBox="0 0 240 20" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="total" x="{}" y="4" width="{}" height="12"/></svg>',
        label,
        at(x),
        at(width),
    )


def bar(value: Number, maximum: Number, css: str, label: str) -> SafeString:
    """Return one plain bar of a ranked list; the largest fills the width."""
    return format_html(
        '<svg class="waterfall {}" viewBox="0 0 240 20" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="fill" y="4" width="{}" height="12"/></svg>',
        css,
        label,
        at(share(value, maximum) * WATERFALL_WIDTH / 100),
    )


def day_position(day: dt.date, year: int, last_year: int | None = None) -> Decimal:
    """Return a day's position on a year, or on the years up to `last_year`, of width 240: 1 January at 0, 31 December at
    240; other years at the ends."""
    first, last = dt.date(year, 1, 1), dt.date(last_year or year, 12, 31)
    return Decimal(min(max((day - first).days, 0), (last - first).days)) * YEAR_WIDTH / (last - first).days


def gantt_lines(year: int, last_year: int | None = None) -> list[int]:
    """Return the positions of the upright lines: at the quarters of one year, at the beginnings of several years."""
    parts = 4 if last_year in (None, year) else (last_year or year) - year + 1
    return [YEAR_WIDTH * part // parts for part in range(parts + 1)]


def gantt_axis(year: int, last_year: int) -> list[tuple[int, str]]:
    """Return the labels of the axis with their positions: T1, T4, T7, T10 of one year; several years by their numbers, every
    second one of more than six."""
    names = ["T1", "T4", "T7", "T10"] if year == last_year else [str(each) for each in range(year, last_year + 1)]
    return list(zip(gantt_lines(year, last_year), names, strict=False))[:: 1 if len(names) <= 6 else 2]


def gantt(
    year: int,
    start: dt.date | None,
    due: dt.date | None,
    done: Number | None,
    today: dt.date,
    ongoing: bool,
    label: str,
    last_year: int | None = None,
) -> SafeString:
    """Return a project's bar in the year, or in the years up to `last_year`: from start to due date, the share done (0–100),
    today. `ongoing` work has no end."""
    left = day_position(start, year, last_year) if start else Decimal(0)
    right = Decimal(YEAR_WIDTH) if due is None else day_position(due, year, last_year)
    quarters = "".join(f'<path class="axis-line" d="M{x} 0v22"/>' for x in gantt_lines(year, last_year))
    width = max(right - left, Decimal(4))
    if ongoing:
        span: SafeString = mark_safe(
            '<rect class="planned ring" x="1" y="7" width="232" height="8" rx="4"/><path class="onward" d="m230 6 6 5-6 5"/>'
        )
    else:
        span = format_html('<rect class="planned" x="{}" y="7" width="{}" height="8" rx="2"/>', at(left), at(width))
    bar_done: SafeString | str = ""
    if done and not ongoing:
        bar_done = format_html(
            '<rect class="done" x="{}" y="8.5" width="{}" height="5" rx="1"/>',
            at(left),
            at(width * share(done, 100) / 100),
        )
    now: SafeString | str = ""
    if year <= today.year <= (last_year or year):
        now = format_html('<path class="now" d="M{} -2v26"/>', at(day_position(today, year, last_year)))
    return format_html(
        '<svg class="gantt" viewBox="0 0 240 22" preserveAspectRatio="none" role="img" aria-label="{}">{}{}{}{}</svg>',
        label,
        mark_safe(quarters),
        span,
        bar_done,
        now,
    )
