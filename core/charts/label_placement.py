"""Where the labels of a chart stand: each at that of its places where it covers no other label and the fewest lines. Pure
geometry in pixels, y downwards; labels are those of `plotting.label`."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

# About the size of a label's character, a bold one's too, and its height.
CHARACTER, HEIGHT = 6.7, 14
# What it costs to be a later place than another, to stand near a line, to cover one, another label, to stand beyond the edge.
LATER, CLOSE, LINE, LABEL, EDGE = 0.25, 1, 10, 40, 100
# How far a label keeps from another and from the edge, and what is near.
GAP, NEAR = 2, 8
SIDES = {"left": 0, "center": 0.5, "right": 1}
RISES = {"top": 0, "middle": 0.5, "bottom": 1}

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass
class PlotArea:
    """A plot of so many pixels and its axes' ranges (days as text, or numbers). `lines`: in pixels; `taken`: boxes of the labels
    that stand already."""

    width: int
    height: int
    margin: dict
    x_range: Sequence
    y_range: Sequence
    lines: list[list[tuple[Point, Point]]] = field(default_factory=list)
    taken: list[Box] = field(default_factory=list)

    def draw(self, points: Iterable) -> None:
        """Add a line through (x, y) points of the plot; None is a gap."""
        found = [None if y is None else (self._x(x), self._y(y)) for x, y in points]
        self.lines.append([pair for pair in pairwise(found) if None not in pair])

    def choose(self, places: Sequence[dict]) -> dict:
        """The best of a label's places, given from the nearest on; it is taken from now on."""
        _, best = min(enumerate(places), key=lambda each: LATER * each[0] + self._cost(each[1]))
        self.taken.append(self.box(best))
        return best

    def box(self, label: dict) -> Box:
        """The (left, top, right, bottom) of a label."""
        x = self._paper_x(label["x"]) if label.get("xref") == "paper" else self._x(label["x"])
        y = self._paper_y(label["y"]) if label.get("yref") == "paper" else self._y(label["y"])
        width = CHARACTER * len(label["text"])
        left = x + label.get("xshift", 0) - SIDES[label.get("xanchor", "center")] * width
        top = y - label.get("yshift", 0) - RISES[label.get("yanchor", "middle")] * HEIGHT
        return left, top, left + width, top + HEIGHT

    def _cost(self, label):
        left, top, right, bottom = box = self.box(label)
        around = (left - NEAR, top - NEAR, right + NEAR, bottom + NEAR)
        inside = left >= GAP and top >= GAP and right <= self.width - GAP and bottom <= self.height - self.margin["b"]
        return (
            EDGE * (not inside)
            + LABEL * sum(_meet(box, other) for other in self.taken)
            + LINE * sum(any(crosses(part, box) for part in line) for line in self.lines)
            + CLOSE * sum(any(crosses(part, around) for part in line) for line in self.lines)
        )

    def _x(self, value):
        low, high = map(_number, self.x_range)
        return self._paper_x((_number(value) - low) / (high - low))

    def _y(self, value):
        low, high = map(float, self.y_range)
        return self._paper_y((float(value) - low) / (high - low))

    def _paper_x(self, share):
        return self.margin["l"] + share * (self.width - self.margin["l"] - self.margin["r"])

    def _paper_y(self, share):
        bottom = self.height - self.margin["b"]
        return bottom - share * (bottom - self.margin["t"])


def _number(value):
    """A position on an axis: days are counted."""
    return dt.date.fromisoformat(value[:10]).toordinal() if isinstance(value, str) else float(value)


def _meet(one, other):
    return one[0] < other[2] + GAP and other[0] < one[2] + GAP and one[1] < other[3] + GAP and other[1] < one[3] + GAP


def crosses(line: tuple[Point, Point], box: Box) -> bool:
    """Does a part of a line lie inside a box? (Liang and Barsky: cut at each side what lies outside.)"""
    (x, y), (x2, y2) = line
    start, end = 0.0, 1.0
    for step, room in ((x - x2, x - box[0]), (x2 - x, box[2] - x), (y - y2, y - box[1]), (y2 - y, box[3] - y)):
        if step == 0:
            if room <= 0:
                return False
        elif step < 0:
            start = max(start, room / step)
        else:
            end = min(end, room / step)
    return start < end
