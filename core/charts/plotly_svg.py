"""Drawing of a Plotly figure (`core.charts.plotly_theme`) as SVG on the server.

The page shows this drawing at once, without script and on paper; Plotly redraws the same figure where a reader interacts with
it. Colours stay names of CSS tokens, so that the drawing follows the theme. Only the parts that our figures use are supported:
lines, points, bars, shapes, labels, ticks.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core.charts import plotly_theme
from core.charts.label_placement import Point
from core.charts.plotly_theme import Figure, Part

# About the width of a character of the labels, in pixels.
CHARACTER = 6.4
ANCHORS = {"left": "start", "center": "middle", "right": "end"}
# Distance of a label's baseline below its point.
BASELINES = {"top": 11, "middle": 4, "bottom": -3}
DASHES = {"dot": "2 3", "dash": "6 4"}


def draw(figure: Figure, key: str, width: int, height: int, *, narrow: bool = False) -> SafeString:
    """Return the figure as SVG of so many pixels, in the layout for narrow screens or the other; `key` names it in its page."""
    return _Drawing(figure, key, width, height, narrow).svg()


def _merged(layout: Part, override: Part) -> Part:
    """Return the layout with the overrides for narrow screens, merged as static/js/charts/explore.js does."""
    return {
        **layout,
        **{
            name: part if isinstance(part, list) else {**layout.get(name, {}), **part}
            for name, part in override.items()
        },
    }


def _number(value: Any) -> float:
    """Return a position on an axis as a number: days are counted."""
    if isinstance(value, str):
        return float(dt.date.fromisoformat(value[:10]).toordinal())
    return float(value)


def _of(part: Any, index: int) -> Any:
    """Return the value that all points share, or the one of the point at `index`."""
    return part[index] if isinstance(part, list) else part


def _at(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _ink(name: str, color: str | None) -> Part:
    """Return the attributes of a colour: `var(--accent) 16%` is a colour and its opacity."""
    if not color or color == "rgba(0,0,0,0)":
        return {name: "none"}
    paint, _, share = color.partition(" ")
    return {name: paint} | ({f"{name}-opacity": f"{float(share.rstrip('%')) / 100:.2f}"} if share else {})


def _attributes(values: Part) -> SafeString:
    return format_html_join("", ' {}="{}"', ((name, value) for name, value in values.items() if value is not None))


def _tag(name: str, inside: str = "", **attributes: Any) -> SafeString:
    return format_html("<{}{}>{}</{}>", name, _attributes(attributes), inside, name)


class _Drawing:
    """A figure being drawn: scales of its axes, and a method for each part."""

    def __init__(self, figure: Figure, key: str, width: int, height: int, narrow: bool) -> None:
        self.data, self.key, self.width, self.height = figure["data"], key, width, height
        self.layout = _merged(figure["layout"], figure["narrow"]) if narrow else figure["layout"]
        margin: dict[str, int] = self.layout["margin"]
        self.left: float
        self.right: float
        self.left, self.right = margin["l"], width - margin["r"]
        y = self.layout["yaxis"]
        if y.get("automargin"):
            self.left = max(self.left, max(map(len, y["ticktext"])) * CHARACTER + 12)
        self.top, self.bottom = margin["t"], height - margin["b"]
        self.x_range: list[float] = [_number(end) for end in self.layout["xaxis"]["range"]]
        self.y_range = [_number(end) for end in y["range"]]
        self.hatched: set[str] = set()  # names of the patterns that the drawing defines already

    def x(self, value: Any) -> float:
        low, high = self.x_range
        return self.left + (_number(value) - low) / (high - low) * (self.right - self.left)

    def y(self, value: Any) -> float:
        low, high = self.y_range
        return self.bottom - (_number(value) - low) / (high - low) * (self.bottom - self.top)

    def svg(self) -> SafeString:
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

    def grid(self) -> Iterator[SafeString]:
        x, y = self.layout["xaxis"], self.layout["yaxis"]
        if y.get("showgrid", True):
            for value in y["tickvals"]:
                yield self.stroke(self.left, self.y(value), self.right, self.y(value), y["gridcolor"])
        if x.get("showgrid"):
            for value in x["tickvals"]:
                yield self.stroke(self.x(value), self.top, self.x(value), self.bottom, x["gridcolor"])
        yield self.stroke(self.left, self.bottom, self.right, self.bottom, x["linecolor"])

    def ticks(self) -> Iterator[SafeString]:
        x, y = self.layout["xaxis"], self.layout["yaxis"]
        ink = self.layout["font"]["color"]
        for value, text in zip(x["tickvals"], x["ticktext"], strict=True):
            if text:
                yield self.text(text, self.x(value), self.bottom + 18, ink, "middle")
        for value, text in zip(y["tickvals"], y["ticktext"], strict=True):
            yield self.text(text, self.left - 8, self.y(value) + 4, ink, "end")

    # Bars, lines, shapes

    def bars(self) -> Iterator[SafeString]:
        stacked: dict[Any, float] = {}
        for trace in self.data:
            if trace["type"] != "bar":
                continue
            across = trace.get("orientation") == "h"
            values, positions = (trace["x"], trace["y"]) if across else (trace["y"], trace["x"])
            counts_days = positions and isinstance(positions[0], str)
            wide = trace["width"] / plotly_theme.DAY if counts_days else trace["width"]
            for value, position, base, text in zip_longest(
                values, positions, trace.get("base", []), trace["customdata"]
            ):
                if value is None:
                    continue
                start = base or 0
                if isinstance(start, str):  # a span of days
                    start, value = _number(start), value / plotly_theme.DAY
                if self.layout.get("barmode") == "stack":
                    start = stacked.get(position, 0)
                    stacked[position] = start + value
                middle = _number(position)
                box = (start, middle - wide / 2, start + value, middle + wide / 2)
                yield self.bar(trace, (box if across else (box[1], box[0], box[3], box[2])), text)

    def bar(self, trace: Part, box: tuple[float, float, float, float], text: str) -> SafeString:
        marker = trace["marker"]
        (x1, x2), (y1, y2) = sorted(map(self.x, box[::2])), sorted(map(self.y, box[1::2]))
        ink, edge = _ink("fill", marker["color"]), marker.get("line")
        hatch: SafeString = SafeString("")
        if "pattern" in marker:
            name = f"{self.key}-{_at(self.width)}-gach"
            ink, hatch = {"fill": f"url(#{name})"}, self.hatch(name, marker["pattern"])
        return hatch + _tag(
            "rect",
            _tag("title", f"{trace['name']}: {text}"),
            x=_at(x1),
            y=_at(y1),
            width=_at(x2 - x1),
            height=_at(y2 - y1),
            **ink,
            **(_ink("stroke", edge["color"]) if edge else {}),
        )

    def hatch(self, name: str, pattern: Part) -> SafeString:
        """Return the pattern of hatched bars where the drawing does not define it yet."""
        if name in self.hatched:
            return SafeString("")
        self.hatched.add(name)
        size = pattern["size"]
        lines = _tag("rect", width=size, height=size, fill=pattern["bgcolor"])
        lines += _tag("path", d=f"M0 {size}L{size} 0", stroke=pattern["fgcolor"])
        return _tag("pattern", lines, id=name, width=size, height=size, patternUnits="userSpaceOnUse")

    def line(self, trace: Part) -> Iterator[SafeString]:
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
            for index, point in enumerate(points):
                if point is None:
                    continue
                size, edge, fill = (_of(part, index) for part in (sizes, edges.get("width", 0), look["color"]))
                text = trace["customdata"][index] if index < len(trace["customdata"]) else ""
                yield self.point(
                    point,
                    size,
                    _tag("title", f"{trace['name']}: {text}"),
                    look.get("symbol"),
                    _ink("fill", fill)
                    | (_ink("stroke", _of(edges["color"], index)) | {"stroke-width": edge} if edge else {}),
                )

    def point(self, at: Point, size: float, title: str, symbol: str | None, look: Part) -> SafeString:
        x, y, half = *at, size / 2
        if symbol == "diamond":
            return _tag(
                "path",
                title,
                d=f"M{_at(x - half)} {_at(y)}L{_at(x)} {_at(y - half)}L{_at(x + half)} {_at(y)}L{_at(x)} {_at(y + half)}z",
                **look,
            )
        return _tag("circle", title, cx=_at(x), cy=_at(y), r=_at(half), **look)

    def shape(self, shape: Part) -> SafeString:
        is_full_height = shape.get("yref") == "paper"
        y0, y1 = (self.bottom, self.top) if is_full_height else (self.y(shape["y0"]), self.y(shape["y1"]))
        look = shape["line"]
        return self.stroke(
            self.x(shape["x0"]), y0, self.x(shape["x1"]), y1, look["color"], look["width"], look.get("dash")
        )

    def stroke(
        self, x1: float, y1: float, x2: float, y2: float, color: str, width: float = 1, dash: str | None = None
    ) -> SafeString:
        look: Part = {"stroke-width": width, "stroke-dasharray": self.dash(dash)}
        return _tag(
            "line",
            x1=_at(x1),
            y1=_at(y1),
            x2=_at(x2),
            y2=_at(y2),
            **_ink("stroke", color),
            **look,
        )

    @staticmethod
    def dash(name: str | None) -> str | None:
        """Return Plotly's name of a dash, or its lengths, as stroke-dasharray; None for a solid line."""
        if not name or name == "solid":
            return None
        return DASHES.get(name) or name.replace("px", "").replace(",", " ")

    def label(self, note: Part) -> SafeString:
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
    def text(
        text: str, x: float, y: float, color: str, anchor: str, weight: int | None = None, halo: str | None = None
    ) -> SafeString:
        look: Part = {"text-anchor": anchor, "font-weight": weight if weight != 400 else None}
        # The class draws the stroke behind the letters.
        behind = _ink("stroke", halo) | {"stroke-width": 5, "class": "halo"} if halo else {}
        return _tag(
            "text",
            text,
            x=_at(x),
            y=_at(y),
            **_ink("fill", color),
            **behind,
            **look,
        )
