"""The timeline of projects as a figure, and as the server draws it."""

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal

from core.charts import plotly_svg, plotly_theme
from projects import charts
from projects.charts import NAMES, Bar
from projects.schedule_rules import Lateness

TODAY = dt.date(2023, 8, 16)


def bar(label, first, last, lateness=Lateness.ON_SCHEDULE, percent=None, missed=()):
    return Bar(label, f"Dự án {label}", first, last, percent, lateness, "Vì thế.", missed)


BARS = [
    bar("I-1", dt.date(2023, 1, 1), dt.date(2023, 4, 1), Lateness.OVERDUE, Decimal(45), (dt.date(2023, 3, 2),)),
    bar("I-2", dt.date(2023, 3, 1), dt.date(2023, 12, 31)),
    bar("I-3", dt.date(2023, 1, 1), dt.date(2023, 12, 31), Lateness.OVERDUE),
]


def spans(figure):
    """{word: [(row, first day, days, words)]} of the bars."""
    return {
        trace["name"]: [
            (row, base, length / plotly_theme.DAY, words)
            for row, base, length, words in zip(trace["y"], trace["base"], trace["x"], trace["customdata"], strict=True)
        ]
        for trace in figure["data"]
        if trace["type"] == "bar" and trace.get("hoverinfo") != "skip"
    }


def test_a_bar_a_project_in_the_colour_of_its_judgement():
    figure = charts.timeline(BARS, TODAY)
    assert spans(figure) == {
        "Quá hạn": [
            (0, "2023-01-01", 90, "I-1 Dự án I-1, đã làm 45%. Vì thế."),
            (2, "2023-01-01", 364, "I-3 Dự án I-3. Vì thế."),
        ],
        "Đúng tiến độ": [(1, "2023-03-01", 305, "I-2 Dự án I-2. Vì thế.")],
    }
    assert figure["layout"]["yaxis"]["ticktext"] == ["I-1 Dự án I-1", "I-2 Dự án I-2", "I-3 Dự án I-3"]
    assert figure["narrow"]["yaxis"]["ticktext"] == ["I-1", "I-2", "I-3"]
    long = bar("I-4", dt.date(2023, 1, 1), dt.date(2023, 4, 1))
    (named,) = charts.timeline([replace(long, name="a" * 60)], TODAY)["layout"]["yaxis"]["ticktext"]
    assert named == "I-4 " + "a" * 43 + "…"
    assert figure["layout"]["height"] == 336 and charts.timeline(BARS * 15, TODAY)["layout"]["height"] == 44 + 45 * 21
    assert figure["layout"]["shapes"][0]["x0"] == "2023-08-16"
    marks = figure["data"][-1]
    assert (marks["x"], marks["y"], marks["customdata"]) == (["2023-03-02"], [0], ["I-1, hạn 02/03/2023"])


def test_what_is_done_fills_its_share_of_the_bar():
    """90 days, of which 45% are 40,5; without a percentage and at 0% nothing is filled."""
    figure = charts.timeline([*BARS, bar("I-4", dt.date(2023, 1, 1), dt.date(2023, 4, 1), percent=Decimal(0))], TODAY)
    (done,) = [trace for trace in figure["data"] if trace.get("hoverinfo") == "skip"]
    assert (done["y"], done["base"], done["x"]) == ([0], ["2023-01-01"], [40.5 * plotly_theme.DAY])
    whole = figure["data"][0]
    assert (whole["name"], whole["marker"]["color"]) == ("Quá hạn", "var(--missed-mark) 24%")
    assert (done["name"], done["marker"]["color"]) == ("Quá hạn, phần đã làm", "var(--missed-mark)")


def test_months_along_the_axis():
    axis = charts.timeline(BARS, TODAY)["layout"]["xaxis"]
    assert axis["range"] == ["2023-01-01", "2024-01-03"]
    assert axis["ticktext"] == [f"T{month}" for month in range(1, 13)]
    assert axis["tickvals"][:2] == ["2023-01-01", "2023-02-01"]
    longer = charts.timeline([*BARS, bar("I-4", dt.date(2023, 1, 1), dt.date(2025, 6, 30))], TODAY)
    assert longer["layout"]["xaxis"]["ticktext"] == [
        "T1",
        "T4",
        "T7",
        "T10",
        "T1/24",
        "T4/24",
        "T7/24",
        "T10/24",
        "T1/25",
        "T4/25",
    ]
    assert longer["narrow"]["xaxis"]["ticktext"] == ["T1", "T6", "T11", "T4/24", "T9/24", "T2/25"]


def test_the_server_draws_what_the_library_would():
    drawn = plotly_svg.draw(charts.timeline(BARS, TODAY), "bieu-do", NAMES + 367 + 16, 336)
    # A pixel a day: the axis runs 367 days from 1 January, its margins are those of the names and 16.
    bars = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"[^>]*><title>([^:]+):', drawn)
    assert [(x, width, word) for x, _, width, _, word in bars] == [
        (f"{NAMES}", "90", "Quá hạn"),
        (f"{NAMES}", "364", "Quá hạn"),
        (f"{NAMES + 59}", "305", "Đúng tiến độ"),
        (f"{NAMES}", "40.5", "Quá hạn, phần đã làm"),
    ]
    heights = {y: float(height) for _, y, _, height, _ in bars}
    assert len(heights) == 3 and set(heights.values()) == {14.0}  # few bars are no thicker
    assert f'x1="{NAMES + 227}"' in drawn  # today: 227 days after 1 January
    assert "Mốc chưa xong: I-1, hạn 02/03/2023" in drawn
    # Of many, half a row of 945 pixels for 45,2 rows.
    assert 'height="10.5"' in plotly_svg.draw(charts.timeline(BARS * 15, TODAY), "bieu-do", 1120, 989)


def test_nothing_lies_outside_the_axis():
    later = charts.timeline(BARS, dt.date(2025, 2, 1))
    assert later["layout"]["shapes"] == []  # the year is over
    early = charts.timeline(
        [bar("I-1", dt.date(2023, 3, 1), dt.date(2023, 5, 1), missed=(dt.date(2023, 1, 15),))], TODAY
    )
    assert early["layout"]["xaxis"]["range"] == ["2023-01-15", "2023-05-04"]
    assert early["layout"]["xaxis"]["tickvals"] == [
        "2023-01-15",
        "2023-02-01",
        "2023-03-01",
        "2023-04-01",
        "2023-05-01",
    ]


def test_no_project_is_an_empty_axis():
    figure = charts.timeline([], TODAY)
    assert spans(figure) == {}
    assert plotly_svg.draw(figure, "bieu-do", 1120, 336).startswith("<svg")
