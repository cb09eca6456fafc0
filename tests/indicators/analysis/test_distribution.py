"""The distribution of reporters' values: steps that can be counted by hand, and their charts as data."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.analysis.charts import Waterfall, spread, waterfall
from indicators.analysis.distribution import is_small, spread_of, steps_between


def found(values, denominators=None, **more):
    denominators = denominators or [100] * len(values)
    figures = [
        (f"X{n}", Decimal(value), None if d is None else Decimal(d))
        for n, (value, d) in enumerate(zip(values, denominators, strict=True), 1)
    ]
    options = {"unit": "%", "comparator": "gte", "value": Decimal("57.5"), "threshold": Decimal(50)}
    return spread_of(figures, **{**options, **more})


def counts(it):
    return [(step.low, step.high, step.count) for step in it.steps]


@pytest.mark.parametrize(
    ("lowest", "highest", "edges"),
    [
        (0, 100, range(0, 101, 10)),
        ("34.6", "87.75", range(30, 91, 5)),
        ("99.2", "99.9", [99, 100]),
        (50, 50, [50, 51]),
        (130, 1390, [0, 200, 400, 600, 800, 1000, 1200, 1400]),
    ],
)
def test_edges_are_round(lowest, highest, edges):
    assert steps_between(Decimal(lowest), Decimal(highest)) == list(edges)


@given(st.lists(st.integers(0, 10**12), min_size=5, max_size=20))
def test_every_value_is_counted_once(millionths):
    values = [Decimal(number).scaleb(-6) for number in millionths]
    it = found(values)
    assert it.count == len(values) and len(it.steps) <= 13
    for step in it.steps:
        assert all(step.low <= values[int(name[1:]) - 1] <= step.high for name in step.names)


def test_a_step_holds_its_lower_end_and_the_last_one_both():
    assert counts(found([40, 50, "59.9", 60, 90])) == [
        *[(40, 45, 1), (45, 50, 0), (50, 55, 1), (55, 60, 1), (60, 65, 1)],
        *[(low, low + 5, 0) for low in range(65, 85, 5)],
        (85, 90, 1),
    ]


def test_the_middle_and_the_ends():
    it = found([10, 20, 30, 40])
    assert it is None  # four values are read one by one
    it = found([40, 10, 30, 20, 60, 50])
    assert (it.lowest, it.middle, it.highest) == ((10, "X2"), Decimal(35), (60, "X5"))


def test_small_denominators_are_told_apart():
    it = found([10, 20, 30, 40, 50], [29, 30, 5, 0, None])
    assert it.small == 2 and [step.small for step in it.steps if step.count] == [1, 0, 1, 0, 0]
    assert [is_small(Decimal(d)) for d in (0, 1, 29, 30)] == [False, True, True, False] and not is_small(None)


def test_the_histogram_as_data():
    figure = spread(found([41, 42, 50, 58, 59], [29, 30, 30, 30, 30]))
    big, small = figure["data"]
    assert (big["name"], small["name"]) == ("Mẫu số đủ lớn", "Mẫu số nhỏ")
    assert big["x"][:2] == [41.0, 43.0] and big["y"] == [0, 1, 0, 0, 0, 1, 0, 0, 0, 2]
    assert sum(small["y"]) == 1 and small["y"][0] == 1
    assert small["customdata"][0].replace("\u00a0", " ") == "40 đến 42%: 1 đơn vị, 1 mẫu nhỏ"
    # The pointer is on one bar, and its words are in the label's own colours; none tells of an empty step.
    assert figure["layout"]["hovermode"] == "closest"
    assert {trace["hovertemplate"] for trace in (big, small)} == {"%{customdata}<extra></extra>"}
    said = [note["text"].replace("\u00a0", " ") for note in figure["layout"]["annotations"]]
    assert said == ["Ngưỡng tối thiểu 50%", "Chung 57,50%"]
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [50.0, 57.5]
    json.dumps(figure)


def test_what_lies_outside_of_the_steps_is_not_drawn():
    figure = spread(found([81, 82, 83, 84, 85], value=Decimal(83)))
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [83.0]
    assert len(figure["data"]) == 1 and figure["data"][0]["name"] == "Đơn vị"


PRINTED = [Decimal("2.000"), Decimal("-0.750"), Decimal("0.250")]


def test_the_waterfall_as_data():
    # 20% → 21,5%: +2, −0,75, +0,25; the bars float from where the sum before them ended.
    change = [("Sở A", Decimal(2)), ("H. B", Decimal("-0.75")), ("H. C", Decimal("0.25"))]
    figure = waterfall(Waterfall("%", "Tháng 7", "Tháng 8", Decimal(20), Decimal("21.5"), change, PRINTED))
    rise, fall, ends = figure["data"]
    assert (rise["base"], rise["x"], rise["y"]) == ([20.0, 21.25], [2.0, 0.25], [1, 3])
    assert (fall["base"], fall["x"], fall["y"]) == ([22.0], [-0.75], [2])
    assert (ends["x"], ends["y"]) == ([20.0, 21.5], [0, 4])
    assert figure["layout"]["yaxis"]["ticktext"] == ["Tháng 7", "Sở A", "H. B", "H. C", "Tháng 8"]
    low, high = figure["layout"]["xaxis"]["range"]
    assert low < 20 and high > 22
    labels = [note["text"].replace("\u00a0", " ") for note in figure["layout"]["annotations"]]
    assert labels == ["20,00%", "+2,000", "−0,750", "+0,250", "21,50%"]
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [20.0, 22.0, 21.25, 21.5]
    json.dumps(figure)


def test_a_part_is_told_beside_the_reporters_own_change():
    change = [("Sở A", Decimal(2)), ("H. B", Decimal("-0.75"))]
    own = [None, Decimal("0.5")]
    figure = waterfall(
        Waterfall("%", "Tháng 7", "Tháng 8", Decimal(20), Decimal("21.25"), change, PRINTED[:2], own_changes=own)
    )
    rise, fall, _ = ([words.replace("\u00a0", " ") for words in trace["customdata"]] for trace in figure["data"])
    assert rise == ["Sở A: +2,000 điểm"]
    assert fall == ["H. B: đóng góp −0,750 điểm; tự đổi +0,50 điểm"]


def test_words_of_the_axis_keep_apart_on_a_phone():
    figure = spread(found([31, *range(35, 90, 5)], [100] * 12))
    wide, narrow = figure["layout"]["xaxis"]["ticktext"], figure["narrow"]["xaxis"]["ticktext"]
    assert wide[-2:] == ["80", "85%"]
    assert narrow[-5:] == ["65", "", "75", "", "85%"]


def test_words_across_stay_within_the_drawing():
    # A threshold near the left edge: on a phone its words stand on its right.
    figure = spread(found([31, *range(35, 90, 5)], [100] * 12, threshold=Decimal(45), value=Decimal(66)))
    (words,) = [note for note in figure["narrow"]["annotations"] if note["text"].startswith("Ngưỡng")]
    assert words["xanchor"] == "left"
