"""Small charts drawn on the server: plain geometry in, markup out.

Colours come from classes, so that the CSP, both themes and print work. Numbers in attributes are written with a point
by `at()`, never by a template (which would localise them). The sentences in aria-label come in ready made;
`indicators/templatetags/figures.py` writes them.
"""

import datetime as dt
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

# Where a bullet bar's threshold stands, in percent of its width, and how far the scale runs beyond it.
THRESHOLD_AT = 80
SCALE = Decimal(100) / THRESHOLD_AT

SPARK_LEFT, SPARK_RIGHT, SPARK_TOP, SPARK_BOTTOM = 3, 83, 4, 20
WATERFALL_WIDTH = 236
YEAR_WIDTH = 240


def at(value):
    """A coordinate as SVG reads it: at most two decimals, a point, no exponent."""
    return f"{Decimal(value):.2f}".rstrip("0").rstrip(".")


def bullet_position(value, threshold=None):
    """Percent of the bar's width (0–100) at which a value stands: the threshold at 80; without one, 0–100."""
    full = Decimal(100) if threshold is None or threshold <= 0 else Decimal(threshold) * SCALE
    return min(max(Decimal(value) / full * 100, Decimal(0)), Decimal(100))


def runs_off(value, threshold=None):
    """Whether a value lies beyond the end of its bar (125 % of the threshold, or 100)."""
    full = Decimal(100) if threshold is None or threshold <= 0 else Decimal(threshold) * SCALE
    return value is not None and value > full


def bullet(value, threshold, required, baseline, css, label):
    """The bar of a list row: value, ▼ required by now, hollow dot baseline, threshold at one place in every row."""
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


def sparkline_points(values):
    """(x, y) of each value in an 88 × 24 box, None for a gap; the lowest value at the bottom, the highest on top."""
    known = [value for value in values if value is not None]
    if not known:
        return [None] * len(values)
    low, spread = min(known), max(known) - min(known)
    step = Decimal(SPARK_RIGHT - SPARK_LEFT) / (len(values) - 1) if len(values) > 1 else Decimal(0)

    def height(value):
        if not spread:
            return Decimal(SPARK_TOP + SPARK_BOTTOM) / 2
        return SPARK_BOTTOM - Decimal(value - low) / Decimal(spread) * (SPARK_BOTTOM - SPARK_TOP)

    return [None if value is None else (SPARK_LEFT + step * place, height(value)) for place, value in enumerate(values)]


def sparkline(values, css, label):
    """The year's line of a list row; a gap where a value is missing, a dot on the latest. Empty without values."""
    points = sparkline_points(values)
    known = [point for point in points if point is not None]
    if not known:
        return ""
    runs, run = [], []
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


def small_multiple(values, low, high, threshold, css, label):
    """One of several small charts on a common scale: a year's values in a 240 × 72 box, `low` at the bottom, `high` on top, the
    threshold dashed; `values` from January on, a gap for None."""
    spread = Decimal(high - low)

    def height(value):
        return Decimal(36) if not spread else 66 - Decimal(value - low) / spread * 60

    points = [
        None if value is None else (6 + Decimal(228) / 11 * place, height(value)) for place, value in enumerate(values)
    ]
    path, joined = "", False
    for point in points:
        if point is not None:
            path += f"{'L' if joined else 'M'}{at(point[0])} {at(point[1])}"
        joined = point is not None
    known = [point for point in points if point is not None]
    line = ""
    if threshold is not None:
        line = format_html('<line class="threshold" x1="0" x2="240" y1="{0}" y2="{0}"/>', at(height(threshold)))
    marks = format_html_join("", '<circle cx="{}" cy="{}" r="2"/>', ((at(x), at(y)) for x, y in known[:-1]))
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


def dots(states, label=""):
    """Punctuality by period: full on_time, half late, crossed missing, dashed waiting (not due yet). One drawing with a path for
    all marks of a kind: a league has thousands of them. Without a label it is for the eye only."""
    paths = {}
    for place, state in enumerate(states):
        for css, mark in _DOTS[state]:
            paths.setdefault(css, []).append(f"M{place * _DOT_STEP} 6{mark}")
    marks = format_html_join("", '<path class="{}" d="{}"/>', ((css, "".join(d)) for css, d in paths.items()))
    width = max(len(states) * _DOT_STEP - 2, 0)
    told = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="dots" viewBox="0 0 {} 12" {}>{}</svg>', width, told, marks)


def share(part, whole):
    """Percent (0–100) of a whole; 0 where there is no whole."""
    return min(max(Decimal(part) / Decimal(whole) * 100, Decimal(0)), Decimal(100)) if whole else Decimal(0)


def meter(value, total, under, css, under_css, label):
    """Progress: `value` of `total`, over a longer `under` (submitted under approved, late under on time) if given."""
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


def stackbar_cells(counts):
    """(class, x, width) of each cell in a width of 300, of (class, number): one cell a piece, 2 between them; over 60, one cell
    a class."""
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


def stackbar(counts, label):
    """A row of cells coloured by class; `counts` is a list of (class, number)."""
    return format_html(
        '<svg class="meter" viewBox="0 0 300 10" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        label,
        format_html_join(
            "",
            '<rect class="fill {}" x="{}" width="{}" height="10" rx="1.5"/>',
            ((css, at(x), at(width)) for css, x, width in stackbar_cells(counts)),
        ),
    )


def waterfall_steps(changes):
    """(x, width, end, rising) of each contribution on a common scale of 236; `end`: where the running sum then stands.

    The scale runs from the lowest to the highest running sum, zero included. None counts as no change.
    """
    low, scale = _waterfall_scale(changes)
    steps, total = [], Decimal(0)
    for change in changes:
        before, total = total, total + (change or 0)
        start, end = (before - low) * scale, (total - low) * scale
        steps.append((min(start, end), abs(end - start), end, total >= before))
    return steps


def waterfall_total(changes):
    """(x, width) of the bar of the whole change, from zero, on the scale of `waterfall_steps`."""
    low, scale = _waterfall_scale(changes)
    total = sum((change or 0 for change in changes), Decimal(0))
    ends = sorted([-low * scale, (total - low) * scale])
    return ends[0], ends[1] - ends[0]


def _waterfall_scale(changes):
    total, sums = Decimal(0), [Decimal(0)]
    for change in changes:
        total += change or 0
        sums.append(total)
    low, high = min(sums), max(sums)
    return low, WATERFALL_WIDTH / (high - low) if high > low else Decimal(0)


def waterfall_bar(changes, place, label):
    """The bar of one contribution, joined to the next row by a line at the running sum."""
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


def waterfall_total_bar(changes, label):
    """The bar of the whole change, under the contributions."""
    x, width = waterfall_total(changes)
    return format_html(
        '<svg class="waterfall" viewBox="0 0 240 20" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="total" x="{}" y="4" width="{}" height="12"/></svg>',
        label,
        at(x),
        at(width),
    )


def bar(value, maximum, css, label):
    """One plain bar of a ranked list; the largest fills the width."""
    return format_html(
        '<svg class="waterfall {}" viewBox="0 0 240 20" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="fill" y="4" width="{}" height="12"/></svg>',
        css,
        label,
        at(share(value, maximum) * WATERFALL_WIDTH / 100),
    )


def day_position(day, year):
    """Where a day stands on a year of width 240: 1 January at 0, 31 December at 240; other years at the ends."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    return Decimal(min(max((day - first).days, 0), (last - first).days)) * YEAR_WIDTH / (last - first).days


def gantt(year, start, due, done, today, ongoing, label):
    """A project's year: its span, how much is done (0–100), today. `ongoing` work has no end."""
    left = day_position(start, year) if start else Decimal(0)
    right = Decimal(YEAR_WIDTH) if due is None else day_position(due, year)
    quarters = "".join(f'<path class="axis-line" d="M{x} 0v22"/>' for x in (0, 60, 120, 180, 240))
    width = max(right - left, Decimal(4))
    if ongoing:
        span = mark_safe(
            '<rect class="planned ring" x="1" y="7" width="232" height="8" rx="4"/><path class="onward" d="m230 6 6 5-6 5"/>'
        )
    else:
        span = format_html('<rect class="planned" x="{}" y="7" width="{}" height="8" rx="2"/>', at(left), at(width))
    bar_done = ""
    if done and not ongoing:
        bar_done = format_html(
            '<rect class="done" x="{}" y="8.5" width="{}" height="5" rx="1"/>',
            at(left),
            at(width * share(done, 100) / 100),
        )
    now = format_html('<path class="now" d="M{} -2v26"/>', at(day_position(today, year))) if today.year == year else ""
    return format_html(
        '<svg class="gantt" viewBox="0 0 240 22" preserveAspectRatio="none" role="img" aria-label="{}">{}{}{}{}</svg>',
        label,
        mark_safe(quarters),
        span,
        bar_done,
        now,
    )
