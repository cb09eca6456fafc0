"""Geometry of the small charts, by numbers that can be drawn on paper."""

import datetime as dt
import re
from decimal import Decimal

import pytest

from core.charts import microcharts


@pytest.mark.parametrize(
    ("value", "threshold", "position"),
    [
        (60, 60, 80),  # the threshold is at 80% of the width in every row
        (100, 100, 80),
        (45, 60, 60),
        (0, 60, 0),
        (75, 60, 100),  # 125% of the threshold is the end of the scale
        (90, 60, 100),
        (-5, 60, 0),
        (Decimal("62.35"), None, Decimal("62.35")),  # no threshold: a plain 0–100 bar
        (120, None, 100),
        (30, 0, 30),  # a threshold of nothing gives no scale
    ],
)
def test_bullet_positions(value, threshold, position):
    assert microcharts.bullet_position(value, threshold) == position


def test_bullet_marks():
    drawn = microcharts.bullet(Decimal("45"), Decimal(60), Decimal(30), Decimal(15), "mark-behind", "Giá trị 45")
    assert '<svg class="bullet mark-behind" role="img" aria-label="Giá trị 45">' in drawn
    assert '<rect class="bar" y="6.5" width="60%"' in drawn
    assert '<svg x="40%"><path class="required"' in drawn
    assert '<line class="threshold" x1="80%" x2="80%"' in drawn
    assert '<circle class="baseline" cx="20%"' in drawn
    assert 'class="off"' not in drawn


def test_bullet_leaves_out_what_is_not_there():
    silent = microcharts.bullet(None, Decimal(25), Decimal("15.45"), None, "mark-no_data", "")
    assert 'class="bar"' not in silent and 'class="baseline"' not in silent
    assert '<svg x="49.44%"><path class="required"' in silent
    # The required value of a target that must hold throughout is its threshold: one mark is enough.
    assert 'class="required"' not in microcharts.bullet(50, Decimal(60), Decimal(60), None, "", "")
    assert 'class="threshold"' not in microcharts.bullet(50, None, None, None, "", "")
    assert 'width="0%"' in microcharts.bullet(0, Decimal(60), None, None, "", "")  # zero is a result


def test_bullet_runs_off_beyond_125_percent():
    assert 'class="off"' not in microcharts.bullet(Decimal("62.5"), Decimal(50), None, None, "", "")
    assert 'class="off"' in microcharts.bullet(Decimal("62.6"), Decimal(50), None, None, "", "")


def test_sparkline_spans_its_box():
    assert microcharts.sparkline_points([10, 30, 20]) == [(3, 20), (43, 4), (83, 12)]
    assert microcharts.sparkline_points([5, 5]) == [(3, 12), (83, 12)]
    assert microcharts.sparkline_points([7]) == [(3, 12)]
    assert microcharts.sparkline_points([None, 0, None, 8, None]) == [None, (23, 20), None, (63, 4), None]
    assert microcharts.sparkline_points([None, None]) == [None, None]


def test_sparkline_breaks_at_a_gap():
    drawn = microcharts.sparkline([10, 20, None, 30, None, 10, 20], "mark-behind", "")
    assert re.findall(r'd="([^"]*)"', drawn) == ["M3 20 L16.33 12M69.67 20 L83 12"]
    assert '<circle class="one" cx="43" cy="4" r="1.5"/>' in drawn  # a value alone between two gaps
    assert '<circle cx="83" cy="12" r="3.5"/>' in drawn
    lone = microcharts.sparkline([None, 5], "", "")
    assert "<path" not in lone and lone.count("<circle") == 1
    assert microcharts.sparkline([None, None], "", "") == ""


def test_dots_in_order():
    drawn = microcharts.dots(["on_time", "late", "missing", "on_time", "waiting"], "x")
    places = {css: re.findall(r"M(\d+) 6", d) for css, d in re.findall(r'<path class="([\w-]+)" d="([^"]+)"', drawn)}
    assert places == {"on-time": ["0", "42"], "late": ["14"], "late-half": ["14"], "missing": ["28"], "waiting": ["56"]}
    assert 'viewBox="0 0 68 12"' in drawn
    assert 'aria-hidden="true"' in microcharts.dots(["late"]) and "role" not in microcharts.dots(["late"])


def test_meter():
    drawn = microcharts.meter(187, 235, 212, "mark-achieved", "mark-on_track dim", "duyệt 187")
    assert re.findall(r'class="fill ([^"]*)" width="([^"]*)"', drawn) == [
        ("mark-on_track dim", "90.21"),
        ("mark-achieved", "79.57"),
    ]
    assert 'width="0"' in microcharts.meter(0, 0, None, "", "", "")
    assert 'width="100"' in microcharts.meter(3, 2, None, "mark-x", "", "").split("mark-x")[1]


def test_stackbar_one_cell_a_target():
    assert microcharts.stackbar_cells([("a", 1), ("b", 0), ("c", 2)]) == [("a", 0, 98), ("c", 100, 98), ("c", 200, 98)]
    assert microcharts.stackbar_cells([("a", 75), ("b", 25)]) == [("a", 0, 223), ("b", 225, 73)]
    assert microcharts.stackbar_cells([]) == []


def test_waterfall_joins_where_the_sum_stands():
    changes = [Decimal(1), Decimal(1), Decimal("-0.5")]  # sums 1, 2, 1.5 on a scale of 118 a unit
    assert microcharts.waterfall_steps(changes) == [(0, 118, 118, True), (118, 118, 236, True), (177, 59, 177, False)]
    assert microcharts.waterfall_total(changes) == (0, 177)
    assert microcharts.waterfall_steps([Decimal(-1), None]) == [(0, 236, 0, False), (0, 0, 0, True)]
    assert microcharts.waterfall_steps([Decimal(0)]) == [(0, 0, 0, True)]
    falling = microcharts.waterfall_bar(changes, 2, "Đóng góp −0,500")
    assert '<rect class="fall" x="177" y="4" width="59"' in falling and 'x1="177" x2="177"' in falling


def test_year_of_a_project():
    assert microcharts.day_position(dt.date(2023, 1, 1), 2023) == 0
    assert microcharts.day_position(dt.date(2023, 7, 2), 2023) == 120  # day 182 of 364 after 1 January
    assert microcharts.day_position(dt.date(2023, 12, 31), 2023) == 240
    assert microcharts.day_position(dt.date(2024, 3, 1), 2023) == 240
    drawn = microcharts.gantt(2023, None, dt.date(2023, 12, 31), 50, dt.date(2023, 7, 2), False, "Hoàn thành 50%")
    assert '<rect class="planned" x="0" y="7" width="240"' in drawn
    assert '<rect class="done" x="0" y="8.5" width="120"' in drawn
    assert 'd="M120 -2v26"' in drawn
    assert 'class="now"' not in microcharts.gantt(2023, None, None, None, dt.date(2024, 1, 5), True, "")


EVERY_CHART = [
    microcharts.bullet(Decimal("56.215"), Decimal(60), Decimal("55.4"), Decimal("12.345"), "k", "nhãn <b> 1,5"),
    microcharts.sparkline([Decimal("1.5"), Decimal("2.25"), None, Decimal("3.1")], "k", "nhãn <b> 1,5"),
    microcharts.dots(["on_time", "late", "missing", "waiting"], "nhãn <b> 1,5"),
    microcharts.meter(Decimal("1.5"), 7, 3, "k", "k", "nhãn <b> 1,5"),
    microcharts.stackbar([("k", 3), ("l", 4)], "nhãn <b> 1,5"),
    microcharts.waterfall_bar([Decimal("0.304"), Decimal("-0.2")], 1, "nhãn <b> 1,5"),
    microcharts.waterfall_total_bar([Decimal("0.304")], "nhãn <b> 1,5"),
    microcharts.bar(Decimal("1.5"), 7, "k", "nhãn <b> 1,5"),
    microcharts.gantt(2023, None, dt.date(2023, 5, 5), 33, dt.date(2023, 8, 16), False, "nhãn <b> 1,5"),
]


@pytest.mark.parametrize("drawn", EVERY_CHART)
def test_every_chart_speaks_and_needs_no_inline_style(drawn):
    assert drawn.count('role="img"') == 1
    assert 'aria-label="nhãn &lt;b&gt; 1,5"' in drawn  # escaped, and the only decimal comma
    assert "style=" not in drawn and "var(" not in drawn
    assert not re.search(r"\d,\d", drawn.replace("nhãn &lt;b&gt; 1,5", ""))
