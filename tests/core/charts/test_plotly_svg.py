"""Charts drawn on the server: positions of their parts that can be checked on paper."""

import re
from xml.etree import ElementTree

from core.charts import plotly_theme
from core.charts.plotly_svg import draw

SVG = "{http://www.w3.org/2000/svg}"


def figure(data, narrow=None, **layout):
    """A chart of 0…100 by 0…10 in a plot of 200 × 100 that begins 50 from the left and 20 from the top."""
    base = {
        "margin": {"l": 50, "r": 50, "t": 20, "b": 30},
        "xaxis": {"range": [0, 100], "tickvals": [0, 50], "ticktext": ["0", "50"]},
        "yaxis": {"range": [0, 10], "tickvals": [0, 10], "ticktext": ["0", "10%"]},
    }
    return {"data": data, "layout": plotly_theme.layout(**(base | layout)), "narrow": narrow or {}}


def drawn(it, **options):
    markup = draw(it, "k", 300, 150, **options)
    assert "style=" not in markup and "<script" not in markup
    return ElementTree.fromstring(markup.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))


def parts(root, tag):
    return [{**part.attrib, "words": "".join(part.itertext())} for part in root.iter(SVG + tag)]


def line(x, y, **more):
    look = {"color": plotly_theme.ACCENT, "width": 2.5} | more.pop("line", {})
    return {
        "type": "scatter",
        "name": "Thực hiện",
        "x": x,
        "y": y,
        "mode": "lines",
        "customdata": [],
        "line": look,
        **more,
    }


def test_a_line_stands_where_its_values_are_and_has_gaps():
    (path,) = parts(drawn(figure([line([0, 50, 75, 100], [0, 5, None, 10])])), "path")
    # x: 50 + value × 2; y: 120 − value × 10.
    assert path["d"] == "M50 120L150 70M250 20"
    assert (path["stroke"], path["fill"], path["stroke-width"]) == ("var(--accent)", "none", "2.5")


def test_dashes_and_how_opaque_a_band_is():
    band = line([0, 100], [0, 10], fill="toself", fillcolor="var(--accent) 16%", line={"width": 0, "dash": "6px,4px"})
    (path,) = parts(drawn(figure([band])), "path")
    assert (path["fill"], path["fill-opacity"], path["stroke"]) == ("var(--accent)", "0.16", "none")
    assert path["stroke-dasharray"] == "6 4"


def test_points_have_their_words_and_sizes():
    marker = {"color": plotly_theme.ACCENT, "size": [8, 11], "line": {"color": plotly_theme.SURFACE, "width": [0, 2]}}
    it = line([0, 100], [10, 5], mode="markers", marker=marker, customdata=["10,00%", "5,00%"])
    first, second = parts(drawn(figure([it])), "circle")
    assert (first["cx"], first["cy"], first["r"], first["words"]) == ("50", "20", "4", "Thực hiện: 10,00%")
    assert (second["cx"], second["cy"], second["stroke-width"]) == ("250", "70", "2")


def bars(**more):
    return {
        "type": "bar",
        "name": "Đơn vị",
        "width": 20,
        "customdata": ["a", "b"],
        "marker": {"color": plotly_theme.ACCENT},
    } | more


def test_bars_stand_on_the_axis_and_on_each_other():
    low, high = bars(x=[10, 50], y=[4, 2]), bars(x=[10, 50], y=[1, 0])
    found = parts(drawn(figure([low, high], barmode="stack")), "rect")
    assert [(bar["x"], bar["y"], bar["width"], bar["height"]) for bar in found] == [
        ("50", "80", "40", "40"),
        ("130", "100", "40", "20"),
        ("50", "70", "40", "10"),
        ("130", "100", "40", "0"),
    ]
    assert found[0]["words"] == "Đơn vị: a"


def test_floating_bars_lie_across():
    it = bars(orientation="h", x=[20, -10], y=[2, 4], base=[30, 50], width=1)
    left, right = parts(drawn(figure([it])), "rect")
    assert (left["x"], left["width"], left["y"], left["height"]) == ("110", "40", "95", "10")
    assert (right["x"], right["width"]) == ("130", "20")


def test_a_bar_of_a_month_is_as_wide_as_its_days():
    dates = {"range": ["2023-01-01", "2023-04-11"], "tickvals": [], "ticktext": []}  # 100 days on 200 pixels
    it = bars(x=["2023-01-11"], y=[10], width=10 * 24 * 3600 * 1000, customdata=["a"])
    (bar,) = parts(drawn(figure([it], xaxis=dates)), "rect")
    assert (bar["x"], bar["width"]) == ("60", "20")


def test_hatched_bars_share_one_pattern_of_their_own_drawing():
    hatch = {"shape": "/", "fgcolor": plotly_theme.ACCENT, "bgcolor": plotly_theme.SURFACE, "size": 5}
    it = bars(x=[10, 50], y=[4, 2], marker={"color": plotly_theme.SURFACE, "pattern": hatch})
    root = drawn(figure([it]))
    (pattern,) = parts(root, "pattern")
    assert {bar["fill"] for bar in parts(root, "rect") if "words" in bar and bar["words"]} == {f"url(#{pattern['id']})"}
    assert parts(drawn(figure([it]) | {"narrow": {}}, narrow=True), "pattern")[0]["id"] == pattern["id"]


def test_labels_shapes_and_ticks():
    labels = [
        plotly_theme.label("Ngưỡng < 50%", 1, 10, bold=True, xref="paper", xanchor="left", xshift=8),
        plotly_theme.label(
            "kỳ 8", 50, 1, yref="paper", yanchor="bottom", xanchor="center", bgcolor=plotly_theme.SURFACE
        ),
    ]
    here = {
        "type": "line",
        "x0": 50,
        "x1": 50,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": "var(--edge)", "width": 1},
    }
    root = drawn(figure([], annotations=labels, shapes=[here]))
    texts = {text["words"]: text for text in parts(root, "text")}
    assert set(texts) == {"0", "50", "10%", "Ngưỡng < 50%", "kỳ 8"}
    bold, inside = texts["Ngưỡng < 50%"], texts["kỳ 8"]
    assert (bold["x"], bold["y"], bold["text-anchor"], bold["font-weight"]) == ("258", "24", "start", "600")
    assert (inside["x"], inside["y"], inside["text-anchor"], inside["class"]) == ("150", "17", "middle", "halo")
    assert (texts["50"]["x"], texts["50"]["y"]) == ("150", "138") and texts["10%"]["text-anchor"] == "end"
    across = [(part["x1"], part["y1"], part["y2"]) for part in parts(root, "line")]
    assert ("150", "120", "20") in across and across.count(
        ("50", "120", "120")
    ) == 2  # the lowest grid line is the axis


def test_the_layout_of_narrow_screens():
    it = figure([line([0, 100], [0, 10])], narrow={"margin": {"l": 30, "r": 10, "t": 20, "b": 30}, "annotations": []})
    (path,) = parts(drawn(it, narrow=True), "path")
    assert path["d"] == "M30 120L290 20"


def test_names_on_the_left_have_room():
    y = {
        "range": [1.5, -0.5],
        "tickvals": [0, 1],
        "ticktext": ["Các sở, ban, ngành", "H. A"],
        "automargin": True,
        "showgrid": False,
    }
    root = drawn(figure([], yaxis=y))
    (axis,) = parts(root, "line")
    assert float(axis["x1"]) > 18 * 6 and not re.search("var", axis["x1"])
