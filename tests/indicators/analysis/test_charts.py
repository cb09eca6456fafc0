"""The target's line chart as data: exact numbers, Vietnamese words, nothing that the page's policy refuses."""

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import pytest

from core.charts import plotly_theme
from core.charts.label_placement import PlotArea, crosses
from core.charts.plotly_svg import draw
from indicators.analysis.charts import HEIGHT, NARROW, WIDE, Outlook, TargetLine, target_line
from indicators.rules.calendar import month_window

DAYS = [month_window(2023, month)[1] for month in range(1, 13)]
YEAR = (dt.date(2023, 1, 1), dt.date(2023, 12, 31))


def some(*values):
    """Twelve months: the given values, then none."""
    given = [None if value is None else Decimal(value) for value in values]
    return given + [None] * (12 - len(given))


def line(**parts):
    """III.7 as of August: more than 30% by 31 December, 18.196571% now."""
    base = TargetLine(
        code="III.7",
        unit="%",
        from_zero=True,
        comparator="gt",
        first_day=YEAR[0],
        last_day=YEAR[1],
        due=YEAR[1],
        days=DAYS,
        values=some("4.63", "6.68", None, "10.7", "11.24", "14.75", "15.15", "18.196571"),
        in_period=some(),
        fresh=[True] * 8 + [False] * 4,
        needed=some("1.07", "3.63", "5.93", "8.49", "10.96", "13.52", "15.99", "18.543956"),
        required=Decimal("18.543956"),
        path=[(YEAR[0], Decimal(0)), (YEAR[1], Decimal(30))],
        threshold=Decimal(30),
        baseline=None,
        outlook=Outlook(YEAR[1], Decimal("26.7"), Decimal("23.5"), Decimal("29.8")),
        current=8,
    )
    return replace(base, **parts)


def traces(figure):
    return {trace["name"]: trace for trace in figure["data"]}


def labels(figure, where="layout"):
    return [note["text"] for note in figure[where]["annotations"]]


def texts(part):
    """Every text in a figure."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for value in part.values():
            yield from texts(value)
    elif isinstance(part, (list, tuple)):
        for value in part:
            yield from texts(value)


def test_values_stand_where_the_windows_end_and_a_silent_month_is_a_gap():
    actual = traces(target_line(line()))["Thực hiện"]
    assert actual["x"][:3] == ["2023-01-14", "2023-02-14", "2023-03-14"]
    assert actual["y"][:8] == [4.63, 6.68, None, 10.7, 11.24, 14.75, 15.15, 18.196571]
    assert actual["y"][8:] == [None] * 4
    assert actual["connectgaps"] is False


def test_one_value_alone_has_an_axis():
    figure = target_line(
        line(unit="doanh nghiệp", from_zero=False, values=some("120"), threshold=None, path=[], outlook=None, current=1)
    )
    low, high = figure["layout"]["yaxis"]["range"]
    assert (low, figure["layout"]["yaxis"]["tickvals"]) == (120, [120, 121, 122, 123, 124, 125]) and high > 125
    assert "<circle" in draw(figure, "k", 820, 384)


def test_zero_is_a_point():
    assert traces(target_line(line(values=some("0"), current=1)))["Thực hiện"]["y"][0] == 0.0


def test_a_figure_is_plain_numbers_and_text():
    figure = json.loads(json.dumps(target_line(line())))  # a Decimal or a date would fail here
    assert figure["data"][-1]["y"][7] == 18.196571


def test_numbers_and_months_in_vietnamese():
    figure = target_line(line())
    assert figure["layout"]["separators"] == ",."
    assert figure["layout"]["xaxis"]["ticktext"] == [
        "T1",
        "T2",
        "T3",
        "T4",
        "T5",
        "T6",
        "T7",
        "T8",
        "T9",
        "T10",
        "T11",
        "T12",
    ]
    assert figure["locale"]["name"] == figure["config"]["locale"] == "vi"
    assert figure["locale"]["format"]["months"][7] == "tháng 8"
    assert traces(figure)["Thực hiện"]["customdata"][:3] == ["4,63%", "6,68%", "—"]


def test_required_threshold_and_forecast_with_its_range():
    found = traces(target_line(line()))
    assert (found["Cần đạt"]["x"], found["Cần đạt"]["y"]) == (["2023-01-01", "2023-12-31"], [0.0, 30.0])
    assert found["Ngưỡng"]["y"] == [30.0, 30.0]
    assert (found["Dự báo"]["x"], found["Dự báo"]["y"]) == (["2023-08-14", "2023-12-31"], [18.196571, 26.7])
    assert found["Khoảng dự báo"]["y"] == [18.196571, 23.5, 29.8, 18.196571]
    assert found["Khoảng dự báo"]["fillcolor"] == "var(--accent) 16%"


def test_lines_are_labelled_directly():
    figure = target_line(line())
    assert figure["layout"]["showlegend"] is False
    assert labels(figure) == [
        "kỳ tháng 8",
        "18,20%",
        "Mức cần đạt",
        "Ngưỡng trên\u00a030%",
        "hạn 31/12/2023",
        "Dự báo 26,7%",
        "23,5 đến 29,8",
    ]
    assert labels(figure, "narrow") == [
        "kỳ tháng 8",
        "18,20%",
        "Ngưỡng trên\u00a030%, hạn 31/12",
        "Dự báo 26,7%",
    ]
    assert figure["narrow"]["margin"]["r"] < figure["layout"]["margin"]["r"]


def test_a_forecast_just_under_the_threshold_is_not_rounded_to_it():
    outlook = Outlook(YEAR[1], Decimal("29.96"), Decimal("29"), Decimal("31"))
    assert "Dự báo 29,96%" in labels(target_line(line(outlook=outlook, comparator="gte")))
    # More than 30 is asked for: 30,0 would not be enough either.
    assert "Dự báo 30,0%" in labels(target_line(line(outlook=outlook, comparator="gt")))


def test_labels_of_threshold_and_forecast_are_pushed_apart():
    def heights(value):
        figure = target_line(line(outlook=Outlook(YEAR[1], Decimal(value), Decimal(value), Decimal(value))))
        notes = {note["text"].split(" ")[0]: note["yshift"] for note in figure["layout"]["annotations"][-4:]}
        return notes["Ngưỡng"], notes["Dự"]

    assert heights("20") == (8, 8)
    assert heights("29") == (26, -10)
    assert heights("31") == (-10, 26)


def test_no_threshold_no_forecast_no_baseline_no_line():
    bare = line(threshold=None, comparator="", path=[], outlook=None, required=None, needed=some())
    assert set(traces(target_line(bare))) == {"Thực hiện"}
    assert labels(target_line(bare)) == ["kỳ tháng 8", "18,20%"]


def test_a_year_without_a_figure_is_still_a_picture():
    empty = line(values=some(), fresh=[False] * 12, outlook=None, current=2)
    figure = target_line(empty)
    assert traces(figure)["Thực hiện"]["y"] == [None] * 12
    assert labels(figure)[0] == "kỳ tháng 2"
    assert figure["layout"]["yaxis"]["ticktext"][-1] == "30%"


def test_a_flow_shows_its_months_as_bars_beside_the_year_to_date():
    found = traces(target_line(line(in_period=some("4.63", None, "0", "30"))))
    assert found["Trong kỳ"]["type"] == "bar"
    assert found["Trong kỳ"]["y"][:5] == [4.63, None, 0.0, 30.0, None]
    assert "Trong kỳ" not in traces(target_line(line()))


def test_a_carried_value_is_a_small_hollow_point():
    figure = target_line(line(fresh=[True, False, False, True, False, False, True, False] + [False] * 4))
    marker = traces(figure)["Thực hiện"]["marker"]
    assert marker["size"][:8] == [8, 5, 5, 8, 5, 5, 8, 9]
    assert [colour == plotly_theme.ACCENT for colour in marker["color"][:8]] == [True, False, False] * 2 + [True, False]
    assert marker["line"]["color"][0] == plotly_theme.SURFACE and marker["line"]["color"][1] == plotly_theme.ACCENT


@pytest.mark.parametrize("parts", [{"fresh": [True] * 7 + [False] * 5}, {"thin": True}])
def test_the_latest_point_is_hollow_where_it_is_carried_or_stands_on_too_few(parts):
    marker = traces(target_line(line(**parts)))["Thực hiện"]["marker"]
    assert (marker["size"][7], marker["color"][7], marker["color"][6]) == (9, plotly_theme.SURFACE, plotly_theme.ACCENT)
    assert line(**parts).has_hollow and not line().has_hollow
    drawing = draw(target_line(line(**parts)), "k", 854, 384)
    assert '<circle cx="' in drawing and 'r="4.5" fill="var(--surface)" stroke="var(--accent)"' in drawing


def test_under_the_pointer_stand_the_month_the_value_and_what_was_needed():
    figure = target_line(line(is_flow=True, in_period=some("4.63", "8")))
    found = traces(figure)
    said = {name: found[name]["hovertemplate"] for name in ("Trong kỳ", "Lũy kế", "Cần đạt đến kỳ")}
    assert said == {name: f"{name}: %{{customdata}}<extra></extra>" for name in said}
    assert found["Cần đạt đến kỳ"]["customdata"][:2] == ["1,07%", "3,63%"]
    assert figure["layout"]["xaxis"]["unifiedhovertitle"]["text"] == "Tháng %{x|%-m}"
    quiet = {name for name, trace in found.items() if trace.get("hoverinfo") == "skip"}
    assert quiet == {"Cần đạt", "Ngưỡng", "Khoảng dự báo", "Dự báo"}


def test_a_range_without_width_is_not_told():
    def said(low, high, **more):
        return Outlook(YEAR[1], Decimal(high), Decimal(low), Decimal(high), **more).range_words("%", 1, "–")

    assert said("23.5", "29.8") == "23,5 – 29,8"
    assert said("33.1", "33.1") == ""
    assert said("100", "100") == ""
    assert said("97", "100", near_bound=True) == "97,0 – 100,0"
    assert said("97", "99.97") == "97,0 – 99,97"  # 100,0 would be a full hundred
    certain = line(outlook=Outlook(YEAR[1], Decimal("33.1"), Decimal("33.1"), Decimal("33.1")))
    assert labels(target_line(certain))[-1] == "Dự báo 33,1%"


def test_a_forecast_at_the_ceiling_is_labelled_as_near_it():
    near = line(outlook=Outlook(YEAR[1], Decimal(100), Decimal("98.8"), Decimal(100), near_bound=True))
    for where in ("layout", "narrow"):
        assert "Dự báo gần 100%" in labels(target_line(near), where)


def boxes(figure, where):
    """The labels of a figure as boxes on its plot, and the plot."""
    layout = figure["layout"] if where == "layout" else {**figure["layout"], **figure["narrow"]}
    width = WIDE if where == "layout" else NARROW
    board = PlotArea(width, HEIGHT, layout["margin"], [day.isoformat() for day in YEAR], layout["yaxis"]["range"])
    return {note["text"]: board.box(note) for note in layout["annotations"]}, board


# (values, path's end, threshold, forecast): I.2.b, I.2.a, I.10, I.13, III.4 as of July.
YEARS = {
    "under the threshold, due in August": ("71 73 76.3 79.3 82.4 85.6 88.3", 100, dt.date(2023, 8, 31), "93.5"),
    "just under it": ("58 61 64 68 71 73.7 76.93", 80, dt.date(2023, 8, 31), "82.2"),
    "above the path": ("34 37.6 41.7 45.6 49.5 53.2 57.73", 60, dt.date(2023, 8, 31), "64"),
    "through the threshold": ("4 5 9 13.3 17.8 21.7 26.98", 30, YEAR[1], "50.7"),
    "beside the path": ("13 14.2 16.6 19 21.4 23.7 26.05", 30, YEAR[1], "39.4"),
}


@pytest.mark.parametrize("year", YEARS.values(), ids=YEARS)
@pytest.mark.parametrize("where", ["layout", "narrow"])
def test_labels_cover_neither_each_other_nor_the_values(year, where):
    values, threshold, due, end = year
    end = Decimal(end)
    figure = target_line(
        line(
            values=some(*values.split()),
            fresh=[True] * 7 + [False] * 5,
            required=Decimal(threshold) * 194 / (due - YEAR[0]).days,
            path=[(YEAR[0], Decimal(0)), (due, Decimal(threshold))],
            threshold=Decimal(threshold),
            comparator="gte",
            due=due,
            outlook=Outlook(due, end, end - 1, end + 1),
            current=7,
        )
    )
    found, board = boxes(figure, where)
    for (one, box), (other, beside) in combinations(found.items(), 2):
        apart = box[0] >= beside[2] or beside[0] >= box[2] or box[1] >= beside[3] or beside[1] >= box[3]
        assert apart, (one, other)
    assert where == "layout" or all(box[0] >= 0 and box[2] <= board.width for box in found.values())
    actual, path = (traces(figure)[name] for name in ("Thực hiện", "Cần đạt"))
    board.draw(zip(actual["x"], actual["y"], strict=True))
    board.draw(zip(path["x"], path["y"], strict=True))
    covered = [text for text, box in found.items() if any(crosses(part, box) for run in board.lines for part in run)]
    assert covered == []


def test_the_longest_word_of_the_axis_has_room():
    figure = target_line(line(threshold=Decimal(100)))
    assert figure["layout"]["yaxis"]["ticktext"][-1] == "100%"
    assert figure["narrow"]["margin"]["l"] >= 40
    assert target_line(line(unit="% GRDP"))["layout"]["yaxis"]["ticktext"][-1] == "30%"


def test_the_baseline_is_a_hollow_point_at_the_plans_first_day():
    found = traces(target_line(line(baseline=Decimal("3.5"))))["Xuất phát"]
    assert (found["x"], found["y"]) == (["2023-01-01"], [3.5])


@pytest.mark.parametrize(
    ("lowest", "highest", "unit", "values", "words"),
    [
        ("0", "56.6", "%", ["0", "10", "20", "30", "40", "50", "60"], ["0", "10", "20", "30", "40", "50", "60%"]),
        ("0", "30", "%", ["0", "5", "10", "15", "20", "25", "30"], ["0", "5", "10", "15", "20", "25", "30%"]),
        ("0", "100", "%", ["0", "20", "40", "60", "80", "100"], ["0", "20", "40", "60", "80", "100%"]),
        ("8.1", "10", "% GRDP", ["8", "8.5", "9", "9.5", "10"], ["8", "8,5", "9", "9,5", "10"]),
        (
            "0",
            "1500",
            "",
            ["0", "250", "500", "750", "1000", "1250", "1500"],
            ["0", "250", "500", "750", "1.000", "1.250", "1.500"],
        ),
        ("-3", "5", "%", ["-4", "-2", "0", "2", "4", "6"], ["−4", "−2", "0", "2", "4", "6%"]),
        ("0", "0", "%", ["0", "1", "2", "3", "4", "5"], ["0", "1", "2", "3", "4", "5%"]),
    ],
)
def test_ticks_are_round_cover_everything_and_name_the_unit_once(lowest, highest, unit, values, words):
    found, said = plotly_theme.ticks(Decimal(lowest), Decimal(highest), unit)
    assert [Decimal(value) for value in values] == found
    assert [word.removesuffix("\u00a0") for word in said] == words


def test_shares_start_at_zero_and_counts_near_their_lowest():
    share = target_line(line(values=some("78", "79"), outlook=None, current=2))["layout"]["yaxis"]
    assert share["tickvals"][0] == 0.0
    count = line(
        from_zero=False, unit="doanh nghiệp", threshold=Decimal(150), path=[], outlook=None, baseline=Decimal(114)
    )
    count = replace(count, values=some("118", "122"), required=Decimal(150), current=2)
    axis = target_line(count)["layout"]["yaxis"]
    assert axis["tickvals"][0] == 100.0 and axis["ticktext"][-1] == "150"


def test_colours_are_tokens_and_nothing_carries_markup():
    figure = target_line(line(in_period=some("1"), baseline=Decimal(1)))
    colours = [trace["line"]["color"] for trace in figure["data"] if "line" in trace]
    assert colours and all(colour.startswith("var(--") or colour == plotly_theme.CLEAR for colour in colours)
    # Plotly sets <b>, <i> and <span> as style attributes, which the content security policy refuses.
    tags = {text for text in texts(figure) if "<" in text.replace("<extra>", "").replace("</extra>", "")}
    assert tags == set()


def test_the_template_merges_axes_key_by_key():
    layout = plotly_theme.layout(xaxis={"type": "date"}, margin={"l": 1})
    assert layout["xaxis"] == {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "linecolor": "var(--line)",
        "type": "date",
    }
    assert layout["margin"] == {"l": 1}
    assert plotly_theme.layout()["xaxis"].get("type") is None
