"""A chart drawn on the server: the figure that Plotly would draw (`core.charts.plotly_theme`) in, SVG out.

One figure, two hands: the page shows this drawing at once, without script and on paper; the library redraws the same numbers
where somebody explores them. Colours stay names of CSS tokens, so that the drawing follows the theme. Only what our figures use is
known here: lines, points, bars, shapes, labels, ticks.
"""

import datetime as dt
from itertools import zip_longest

from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from core.charts import plotly_theme

# About the width of a character of the labels, in pixels.
CHARACTER = 6.4
ANCHORS = {"left": "start", "center": "middle", "right": "end"}
# How far below its point a label's baseline lies.
BASELINES = {"top": 11, "middle": 4, "bottom": -3}
DASHES = {"dot": "2 3", "dash": "6 4"}


def draw(figure: dict, key: str, width: int, height: int, *, narrow: bool = False):
    """The figure as SVG of so many pixels, in the layout for narrow screens or the other; `key` names it in its document."""
    return _Drawing(figure, key, width, height, narrow).svg()


def _merged(layout, override):
    """As static/js/chart.js lays the narrow layout over the other."""
    return {
        **layout,
        **{
            name: part if isinstance(part, list) else {**layout.get(name, {}), **part}
            for name, part in override.items()
        },
    }


def _number(value):
    """A position on an axis: days are counted."""
    if isinstance(value, str):
        return float(dt.date.fromisoformat(value[:10]).toordinal())
    return float(value)


def _of(part, place):
    """What all points have alike, or the one at a place."""
    return part[place] if isinstance(part, list) else part


def _at(value):
    return f"{value:.1f}".removesuffix(".0")


def _ink(name, color):
    """The attributes of a colour: `var(--accent) 16%` is a colour and how opaque it is."""
    if not color or color == "rgba(0,0,0,0)":
        return {name: "none"}
    paint, _, share = color.partition(" ")
    return {name: paint} | ({f"{name}-opacity": f"{float(share.rstrip('%')) / 100:.2f}"} if share else {})


def _attributes(given):
    return format_html_join("", ' {}="{}"', ((name, value) for name, value in given.items() if value is not None))


def _tag(name, inside="", **given):
    return format_html("<{}{}>{}</{}>", name, _attributes(given), inside, name)


class _Drawing:
    def __init__(self, figure, key, width, height, narrow):
        self.data, self.key, self.width, self.height = figure["data"], key, width, height
        self.layout = _merged(figure["layout"], figure["narrow"]) if narrow else figure["layout"]
        margin = self.layout["margin"]
        self.left, self.right = margin["l"], width - margin["r"]
        y = self.layout["yaxis"]
        if y.get("automargin"):
            self.left = max(self.left, max(map(len, y["ticktext"])) * CHARACTER + 12)
        self.top, self.bottom = margin["t"], height - margin["b"]
        self.x_range = [_number(end) for end in self.layout["xaxis"]["range"]]
        self.y_range = [_number(end) for end in y["range"]]
        self.hatched = set()  # names of the patterns that stand in the drawing already

    def x(self, value):
        low, high = self.x_range
        return self.left + (_number(value) - low) / (high - low) * (self.right - self.left)

    def y(self, value):
        low, high = self.y_range
        return self.bottom - (_number(value) - low) / (high - low) * (self.bottom - self.top)

    def svg(self):
        shapes = self.layout.get("shapes", [])
        parts = [
            *self.grid(),
            *(self.shape(shape) for shape in shapes if shape.get("layer") == "below"),
            *self.bars(),
            *(self.shape(shape) for shape in shapes if shape.get("layer") != "below"),
            *(part for trace in self.data if trace["type"] == "scatter" for part in self.line(trace)),
            *self.ticks(),
            *(self.label(note) for note in self.layout.get("annotations", [])),
        ]
        return format_html(
            '<svg viewBox="0 0 {} {}" aria-hidden="true" focusable="false">{}</svg>',
            self.width,
            self.height,
            mark_safe("".join(parts)),
        )

    # Axes

    def grid(self):
        x, y = self.layout["xaxis"], self.layout["yaxis"]
        if y.get("showgrid", True):
            for value in y["tickvals"]:
                yield self.stroke(self.left, self.y(value), self.right, self.y(value), y["gridcolor"])
        if x.get("showgrid"):
            for value in x["tickvals"]:
                yield self.stroke(self.x(value), self.top, self.x(value), self.bottom, x["gridcolor"])
        yield self.stroke(self.left, self.bottom, self.right, self.bottom, x["linecolor"])

    def ticks(self):
        x, y = self.layout["xaxis"], self.layout["yaxis"]
        ink = self.layout["font"]["color"]
        for value, words in zip(x["tickvals"], x["ticktext"], strict=True):
            if words:
                yield self.text(words, self.x(value), self.bottom + 18, ink, "middle")
        for value, words in zip(y["tickvals"], y["ticktext"], strict=True):
            yield self.text(words, self.left - 8, self.y(value) + 4, ink, "end")

    # What is drawn

    def bars(self):
        stacked = {}
        for trace in self.data:
            if trace["type"] != "bar":
                continue
            across = trace.get("orientation") == "h"
            values, places = (trace["x"], trace["y"]) if across else (trace["y"], trace["x"])
            wide = trace["width"] / plotly_theme.DAY if places and isinstance(places[0], str) else trace["width"]
            for value, place, base, words in zip_longest(values, places, trace.get("base", []), trace["customdata"]):
                if value is None:
                    continue
                start = base or 0
                if isinstance(start, str):  # a span of days
                    start, value = _number(start), value / plotly_theme.DAY
                if self.layout.get("barmode") == "stack":
                    start = stacked.get(place, 0)
                    stacked[place] = start + value
                middle = _number(place)
                box = (start, middle - wide / 2, start + value, middle + wide / 2)
                yield self.bar(trace, (box if across else (box[1], box[0], box[3], box[2])), words)

    def bar(self, trace, box, words):
        marker = trace["marker"]
        (x1, x2), (y1, y2) = sorted(map(self.x, box[::2])), sorted(map(self.y, box[1::2]))
        ink, edge = _ink("fill", marker["color"]), marker.get("line")
        hatch = ""
        if "pattern" in marker:
            name = f"{self.key}-{_at(self.width)}-gach"
            ink, hatch = {"fill": f"url(#{name})"}, self.hatch(name, marker["pattern"])
        return hatch + _tag(
            "rect",
            _tag("title", f"{trace['name']}: {words}"),
            x=_at(x1),
            y=_at(y1),
            width=_at(x2 - x1),
            height=_at(y2 - y1),
            **ink,
            **(_ink("stroke", edge["color"]) if edge else {}),
        )

    def hatch(self, name, pattern):
        if name in self.hatched:
            return ""
        self.hatched.add(name)
        size = pattern["size"]
        lines = _tag("rect", width=size, height=size, fill=pattern["bgcolor"])
        lines += _tag("path", d=f"M0 {size}L{size} 0", stroke=pattern["fgcolor"])
        return _tag("pattern", lines, id=name, width=size, height=size, patternUnits="userSpaceOnUse")

    def line(self, trace):
        points = [None if y is None else (self.x(x), self.y(y)) for x, y in zip(trace["x"], trace["y"], strict=True)]
        if "lines" in trace["mode"]:
            path, joined = "", False
            for point in points:
                if point is not None:
                    path += f"{'L' if joined else 'M'}{_at(point[0])} {_at(point[1])}"
                joined = point is not None
            look = trace["line"]
            yield _tag(
                "path",
                d=path,
                **_ink("fill", trace["fillcolor"] if trace.get("fill") else None),
                **_ink("stroke", look["color"] if look["width"] else None),
                **{"stroke-width": look["width"], "stroke-dasharray": self.dash(look.get("dash"))},
            )
        if "markers" in trace["mode"]:
            look = trace["marker"]
            sizes, edges = look["size"], look.get("line", {})
            for place, point in enumerate(points):
                if point is None:
                    continue
                size, edge, fill = (_of(part, place) for part in (sizes, edges.get("width", 0), look["color"]))
                words = trace["customdata"][place] if place < len(trace["customdata"]) else ""
                yield self.point(
                    point,
                    size,
                    _tag("title", f"{trace['name']}: {words}"),
                    look.get("symbol"),
                    _ink("fill", fill)
                    | (_ink("stroke", _of(edges["color"], place)) | {"stroke-width": edge} if edge else {}),
                )

    def point(self, at, size, title, symbol, look):
        x, y, half = *at, size / 2
        if symbol == "diamond":
            return _tag(
                "path",
                title,
                d=f"M{_at(x - half)} {_at(y)}L{_at(x)} {_at(y - half)}L{_at(x + half)} {_at(y)}L{_at(x)} {_at(y + half)}z",
                **look,
            )
        return _tag("circle", title, cx=_at(x), cy=_at(y), r=_at(half), **look)

    def shape(self, shape):
        whole = shape.get("yref") == "paper"
        y0, y1 = (self.bottom, self.top) if whole else (self.y(shape["y0"]), self.y(shape["y1"]))
        look = shape["line"]
        return self.stroke(
            self.x(shape["x0"]), y0, self.x(shape["x1"]), y1, look["color"], look["width"], look.get("dash")
        )

    def stroke(self, x1, y1, x2, y2, color, width=1, dash=None):
        return _tag(
            "line",
            x1=_at(x1),
            y1=_at(y1),
            x2=_at(x2),
            y2=_at(y2),
            **_ink("stroke", color),
            **{"stroke-width": width, "stroke-dasharray": self.dash(dash)},
        )

    @staticmethod
    def dash(given):
        if not given or given == "solid":
            return None
        return DASHES.get(given) or given.replace("px", "").replace(",", " ")

    def label(self, note):
        x = self.left + note["x"] * (self.right - self.left) if note.get("xref") == "paper" else self.x(note["x"])
        y = self.bottom - note["y"] * (self.bottom - self.top) if note.get("yref") == "paper" else self.y(note["y"])
        x, y = x + note.get("xshift", 0), y - note.get("yshift", 0)
        halo = "bgcolor" in note
        return self.text(
            note["text"],
            x,
            y + BASELINES[note.get("yanchor", "middle")],
            note["font"]["color"],
            ANCHORS[note.get("xanchor", "center")],
            note["font"]["weight"],
            note["bgcolor"] if halo else None,
        )

    @staticmethod
    def text(words, x, y, color, anchor, weight=None, halo=None):
        # The class lays the stroke behind the letters.
        behind = _ink("stroke", halo) | {"stroke-width": 5, "class": "halo"} if halo else {}
        return _tag(
            "text",
            words,
            x=_at(x),
            y=_at(y),
            **_ink("fill", color),
            **behind,
            **{"text-anchor": anchor, "font-weight": weight if weight != 400 else None},
        )
