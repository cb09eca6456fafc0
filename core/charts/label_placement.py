"""Placement of chart labels: each label takes the position where it covers no other label and the fewest lines. Pure geometry
in pixels, y downwards; labels are those of `plotly_theme.label`."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

# Approximate width of a label's character, bold or not, and its height, in pixels.
CHARACTER, HEIGHT = 6.7, 14
# Cost of being a later position in the list, being near a line, covering a line, covering a label, crossing the plot's edge.
LATER, CLOSE, LINE, LABEL, EDGE = 0.25, 1, 10, 40, 100
# Minimum distance of a label from another and from the edge; distance from a line that counts as near.
GAP, NEAR = 2, 8
SIDES = {"left": 0, "center": 0.5, "right": 1}
RISES = {"top": 0, "middle": 0.5, "bottom": 1}

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass
class PlotArea:
    """A plot of so many pixels and its axes' ranges (days as text, or numbers). `lines`: in pixels; `taken`: boxes of the labels
    placed so far."""

    width: int
    height: int
    margin: dict[str, int]
    x_range: Sequence[Any]
    y_range: Sequence[Any]
    lines: list[list[tuple[Point, Point]]] = field(default_factory=list)
    taken: list[Box] = field(default_factory=list)

    def draw(self, points: Iterable[tuple[Any, Any]]) -> None:
        """Add a line through (x, y) points of the plot; None is a gap."""
        pixels = [None if y is None else (self._x(x), self._y(y)) for x, y in points]
        self.lines.append([(one, two) for one, two in pairwise(pixels) if one is not None and two is not None])

    def choose(self, positions: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return the best of a label's positions, given from the nearest on, and mark it as taken."""
        _, best = min(enumerate(positions), key=lambda each: LATER * each[0] + self._cost(each[1]))
        self.taken.append(self.box(best))
        return best

    def box(self, label: dict[str, Any]) -> Box:
        """Return the (left, top, right, bottom) of a label."""
        x = self._paper_x(label["x"]) if label.get("xref") == "paper" else self._x(label["x"])
        y = self._paper_y(label["y"]) if label.get("yref") == "paper" else self._y(label["y"])
        width = CHARACTER * len(label["text"])
        left = x + label.get("xshift", 0) - SIDES[label.get("xanchor", "center")] * width
        top = y - label.get("yshift", 0) - RISES[label.get("yanchor", "middle")] * HEIGHT
        return left, top, left + width, top + HEIGHT

    def _cost(self, label: dict[str, Any]) -> float:
        left, top, right, bottom = box = self.box(label)
        around = (left - NEAR, top - NEAR, right + NEAR, bottom + NEAR)
        inside = left >= GAP and top >= GAP and right <= self.width - GAP and bottom <= self.height - self.margin["b"]
        return (
            EDGE * (not inside)
            + LABEL * sum(_meet(box, other) for other in self.taken)
            + LINE * sum(any(crosses(part, box) for part in line) for line in self.lines)
            + CLOSE * sum(any(crosses(part, around) for part in line) for line in self.lines)
        )

    def _x(self, value: Any) -> float:
        low, high = map(_number, self.x_range)
        return self._paper_x((_number(value) - low) / (high - low))

    def _y(self, value: Any) -> float:
        low, high = map(float, self.y_range)
        return self._paper_y((float(value) - low) / (high - low))

    def _paper_x(self, share: float) -> float:
        return self.margin["l"] + share * (self.width - self.margin["l"] - self.margin["r"])

    def _paper_y(self, share: float) -> float:
        bottom = self.height - self.margin["b"]
        return bottom - share * (bottom - self.margin["t"])


def _number(value: Any) -> float:
    """Return a position on an axis as a number: days are counted."""
    return dt.date.fromisoformat(value[:10]).toordinal() if isinstance(value, str) else float(value)


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] + GAP and other[0] < one[2] + GAP and one[1] < other[3] + GAP and other[1] < one[3] + GAP


def crosses(line: tuple[Point, Point], box: Box) -> bool:
    """Return whether a part of a line is inside a box (Liang and Barsky: at each side, cut off the part outside)."""
    (x, y), (x2, y2) = line
    start, end = 0.0, 1.0
    for step, distance in ((x - x2, x - box[0]), (x2 - x, box[2] - x), (y - y2, y - box[1]), (y2 - y, box[3] - y)):
        if step == 0:
            if distance <= 0:
                return False
        elif step < 0:
            start = max(start, distance / step)
        else:
            end = min(end, distance / step)
    return start < end
