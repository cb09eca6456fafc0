"""The components: words, classes, and what a screen reader hears."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template import Context, Engine
from django.test import RequestFactory

from core.templatetags import components
from indicators.rules.nothing import NOTHING_WORDS, Nothing
from indicators.rules.status import WORDS, Status
from indicators.templatetags import figures

NBSP = "\u00a0"


def target(unit="%", comparator="gte", threshold=Decimal(80), baseline=None):
    is_falling = comparator in ("lte", "lt")
    return SimpleNamespace(
        unit=unit, comparator=comparator, threshold=threshold, baseline=baseline, is_falling=is_falling
    )


def rendered(source, path="/", **values):
    engine = Engine.get_default()
    template = engine.from_string("{% load vi figures %}" + source)
    return template.render(Context({"request": RequestFactory().get(path), **values})).strip()


@pytest.mark.parametrize(
    ("is_bad", "day", "said"),
    [
        (True, 16, "Sở TTTT, VP UBND tỉnh · hạn 31/08/2023, còn 15 ngày"),
        (True, 31, "Sở TTTT, VP UBND tỉnh · hạn 31/08/2023, hạn hôm nay"),
        (False, 16, "Sở TTTT, VP UBND tỉnh · hạn 31/08/2023"),
        (None, 16, "Sở TTTT, VP UBND tỉnh · hạn 31/08/2023"),
    ],
)
def test_a_line_names_who_leads_it_and_a_bad_one_the_days_left(monkeypatch, is_bad, day, said):
    monkeypatch.setattr(figures.clock, "today", lambda: dt.date(2023, 8, day))
    led = SimpleNamespace(leads=("Sở TTTT", "VP UBND tỉnh"), due=dt.date(2023, 8, 31))
    row = None if is_bad is None else SimpleNamespace(is_bad=is_bad)
    assert figures.responsible(led, row, dt.date(2023, 12, 31)) == said
    assert figures.responsible(led, row, dt.date(2023, 8, 15)) == "Sở TTTT, VP UBND tỉnh · hạn 31/08/2023"  # it is over


@pytest.mark.parametrize("code", list(Status))
def test_a_badge_has_icon_word_and_class(code):
    drawn = figures.status(code.value)
    assert drawn == (
        f'<span class="status status-{code.value}"><svg class="icon" aria-hidden="true"><use href="#{code.value}"/></svg>'
        f"{WORDS[code]}</span>"
    )


def test_low_coverage_takes_the_solid_colour_away():
    drawn = figures.status("achieved", low_coverage=True)
    assert 'class="status status-achieved thin"' in drawn
    assert drawn.endswith('Đạt</span><span class="low">chưa đủ số liệu</span>')
    assert "chưa đủ" not in figures.status("no_data", low_coverage=True)


def test_what_no_data_stands_for_and_stale_are_said():
    said = {kind: figures.status("no_data", nothing=kind).partition("</svg>")[2] for kind in Nothing}
    assert said == {kind: f"{NOTHING_WORDS[kind]}</span>" for kind in Nothing} and len(set(said.values())) == 7
    assert "Chưa đến kỳ" not in figures.status("behind", nothing=Nothing.NOT_DUE)
    assert figures.status("behind", stale="tháng 7").endswith('<span class="low">số cũ: tháng 7</span>')


def test_every_icon_of_the_tags_is_in_the_sprite():
    sprite = rendered('{% include "components/_icons.html" %}')
    names = {*(code.value for code in Status), *components.NOTE_ICONS.values(), "prev", "next", "up", "down", "flat"}
    names |= {"back", "clock", "moon", "sun", "out", "info", "print", "lock"}
    assert sorted(name for name in names if f'<symbol id="{name}"' not in sprite) == []


def test_figures_agree_with_the_status():
    assert figures.figure(Decimal("79.996"), target()) == "79,996%"
    assert figures.figure(0, target()) == "0,00%"
    assert figures.figure(None, target()) == "—"
    # On a tracked row the threshold is not the row's: nothing to contradict.
    assert figures.figure(Decimal("79.996"), target(), status="tracked") == "80,00%"
    assert figures.required(Decimal("56.2049"), Decimal("56.204"), target()) == "56,205%"
    assert figures.required(Decimal("74.380165"), None, target()) == "74,38%"
    assert figures.threshold(target()) == f"≥{NBSP}80%"
    count = target("doanh nghiệp", "gt", Decimal(150))
    assert rendered("{% threshold t %}", t=count) == f"&gt;{NBSP}150{NBSP}doanh nghiệp"
    assert figures.figure(138, count, short=True) == "138"
    assert figures.figure(Decimal("8.96"), target("% GRDP", "gte", 10), short=True) == "8,96%"
    assert figures.threshold(target(threshold=None, comparator="")) == "—"


def moved(value, before, *, is_renewed=True, is_asked=True, required=None):
    return SimpleNamespace(
        value=None if value is None else Decimal(value),
        value_before=None if before is None else Decimal(before),
        status="behind",
        required=required,
        is_renewed=is_renewed,
        states_nothing=False,
        is_asked=is_asked,
        nothing=None,
    )


def test_a_trend_is_coloured_by_what_is_good():
    assert 'nowrap better">' in figures.trend(moved("10.58", 10), target())
    assert 'nowrap worse">' in figures.trend(moved(10, "10.58"), target())
    falling = figures.trend(moved(10, "10.58"), target(comparator="lte"))
    assert 'nowrap better">' in falling and "#down" in falling  # the arrow shows direction, the colour good or bad
    assert f"−0,58{NBSP}điểm" in falling
    assert "không đổi" in figures.trend(moved(10, 10), target())
    assert "—" in figures.trend(moved(10, None), target()) and "—" in figures.trend(None, target())
    companies = figures.trend(moved(154, 150), target("doanh nghiệp", "gt", 150), unit=True)
    assert f"+4{NBSP}doanh nghiệp" in companies and companies.endswith("doanh nghiệp</span>")


def test_a_difference_is_that_of_the_values_as_shown():
    # 44,15 and 24,40 stand on the page: 19,75, though the exact difference is 19,742.
    assert f"+19,75{NBSP}điểm" in figures.trend(moved("44.146", "24.404"), target())
    # What is no difference as shown has neither arrow nor colour, and is not said to be none.
    still = figures.trend(moved("44.146", "44.149"), target())
    assert "gần như không đổi" in still and not any(word in still for word in ("up", "down", "better", "worse"))
    # A value that needs three decimals beside its threshold has them in its difference too.
    assert f"+1,996{NBSP}điểm" in figures.trend(moved("79.996", "78"), target())


def test_silence_is_not_called_unchanged():
    assert "chưa có báo cáo kỳ này" in figures.trend(moved(10, 10, is_renewed=False), target())
    assert "kỳ này không thu" in figures.trend(moved(10, 10, is_renewed=False, is_asked=False), target())
    # An agency that came or left moves a total in which nobody reported.
    assert "0,58" in figures.trend(moved("10.58", 10, is_renewed=False), target())


def test_what_stands_in_the_place_of_a_value():
    row = moved(None, None)
    assert ">—<" in figures.shown(row, target())  # silence
    row.nothing = Nothing.NOT_ARISEN
    assert "không phát sinh" in figures.shown(row, target())
    assert "không được giao" in figures.shown(None, target())
    assert figures.shown(moved(0, None), target()) == "0,00%"  # a zero is a figure


def test_a_bullet_says_what_it_shows():
    drawn = figures.bullet(
        Decimal("66.61"), "at_risk", target(threshold=Decimal(100), baseline=Decimal("48.78")), Decimal("80.44")
    )
    assert f"Giá trị 66,61%, mức cần đạt đến nay 80,44%, ngưỡng tối thiểu{NBSP}100%" in drawn
    assert "xuất phát 48,78%" in drawn
    assert 'class="bullet mark-at_risk"' in drawn
    assert "không đặt ngưỡng" in figures.bullet(Decimal("62.35"), "tracked", target(threshold=None, comparator=""))


def test_a_tracked_count_has_no_scale_and_no_bar():
    companies = target("doanh nghiệp", "gt", Decimal(150), Decimal(114))
    assert figures.bullet(Decimal(12), "tracked", companies) == ""
    assert 'class="threshold"' in figures.bullet(Decimal(138), "on_track", companies)
    share = figures.bullet(Decimal(50), "tracked", target(baseline=Decimal(10)))
    assert 'class="threshold"' not in share and 'class="baseline"' not in share and 'width="50%"' in share


def test_what_the_other_charts_say():
    line = figures.sparkline([Decimal(1), None, Decimal("2.5")], target())
    assert "Diễn biến 3 kỳ: từ 1,00% đến 2,50%, 1 kỳ không có số" in line
    assert "từ 131 doanh nghiệp".replace("131 ", f"131{NBSP}") in figures.sparkline(
        [Decimal(131)], target("doanh nghiệp")
    )
    assert figures.sparkline([None], target()) == '<span class="muted">—</span>'
    assert "2 kỳ đúng hạn, 1 kỳ muộn, 0 kỳ không nộp" in figures.dots(["on_time", "late", "on_time", "waiting"])
    cells = [("achieved", False, 1, "Đạt"), ("achieved", True, 1, "Đạt"), ("behind", False, 2, "Cần chú ý")]
    cells += [("no_data", False, 0, "Chưa có số liệu"), ("no_data", False, 1, "Không phát sinh")]
    drawn = figures.stackbar(cells)
    assert (
        '"1 đạt, 1 đạt chưa đủ số liệu, 2 cần chú ý, 1 không phát sinh"' in drawn
        and 'class="fill mark-achieved thin"' in drawn
    )
    assert 'aria-label="chưa có chỉ tiêu nào"' in figures.stackbar([])
    assert "Đóng góp −0,200" in figures.waterfall_bar([Decimal("0.3"), Decimal("-0.2")], 1, Decimal("-0.200"))
    assert "Thay đổi chung +0,100" in figures.waterfall_total([Decimal("0.3"), Decimal("-0.2"), None], Decimal("0.100"))
    year = {"year": 2023, "today": dt.date(2023, 8, 16)}
    assert "Hạn 31/12/2023, hoàn thành 0%" in figures.gantt(due=dt.date(2023, 12, 31), done=0, **year)
    assert "chưa có số về tiến độ" in figures.gantt(due=dt.date(2023, 12, 31), **year)


def test_tags_of_a_whole_row():
    row = SimpleNamespace(
        value=Decimal("79.996"),
        required=None,
        status="at_risk",
        low_coverage=True,
        nothing=None,
        stale_since="tháng 7",
        due_held=None,
        reason="thấp hơn mức cần đạt",
        remarks=("mẫu nhỏ", "đạt 1/3 kỳ"),
    )
    assert figures.figure_of(row, target()) == "79,996%"
    assert figures.status_of(row) == figures.status(
        "at_risk", low_coverage=True, stale="tháng 7", reason="thấp hơn mức cần đạt", remarks=row.remarks
    )
    assert '<span class="low remark">mẫu nhỏ, đạt 1/3 kỳ</span>' in figures.status_of(row)
    assert "Đạt, muộn" in figures.status("achieved", due_held=False)
    assert figures.on_time_meter(8, 12, 10, "8 đúng hạn") == figures.meter(
        8, 12, "8 đúng hạn", kind="on_track", under=10, under_kind="behind"
    )


class Period:
    def __init__(self, number):
        self.number, self.code = number, f"2023-{number:02}"

    def __str__(self):
        return f"tháng {self.number} năm 2023"


def test_period_switch_keeps_the_rest_of_the_address():
    periods = [Period(6), Period(7), Period(8)]
    drawn = rendered(
        "{% period_switch periods period %}",
        "/tong-quan/?so-lieu=tam-tinh&ky=2023-07&trang=3",
        periods=periods,
        period=Period(7),
    )
    assert 'href="?so-lieu=tam-tinh&amp;ky=2023-06" aria-label="Kỳ trước: tháng 6 năm 2023"' in drawn
    assert 'href="?so-lieu=tam-tinh&amp;ky=2023-08" aria-label="Kỳ sau: tháng 8 năm 2023"' in drawn
    assert '<option value="2023-07" selected>Tháng 7 năm 2023</option>' in drawn
    assert '<input type="hidden" name="so-lieu" value="tam-tinh">' in drawn
    assert 'name="ky"' in drawn and 'name="trang"' not in drawn


def test_period_switch_at_the_ends():
    periods = [Period(7), Period(8)]
    first = rendered("{% period_switch periods period %}", periods=periods, period=periods[0])
    assert "Không có kỳ trước" in first and "Kỳ sau: tháng 8" in first
    last = rendered("{% period_switch periods period %}", periods=periods, period=periods[1])
    assert "Chưa có kỳ sau" in last and "Kỳ trước: tháng 7" in last


def test_basis_switch():
    drawn = rendered('{% basis_switch "provisional" %}', "/?ky=2023-08")
    assert 'href="?ky=2023-08&amp;so-lieu=chinh-thuc">Chính thức' in drawn
    assert 'href="?ky=2023-08&amp;so-lieu=tam-tinh" aria-current="true">Tạm tính' in drawn


def test_query_with_is_safe_against_what_the_reader_sends():
    drawn = rendered('<a href="{% query_with "ky" "2023-08" %}">', '/?x="><script>alert(1)</script>')
    assert "<script" not in drawn
