"""The components: words, classes, and what a screen reader hears."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template import Context, Engine
from django.test import RequestFactory

from indicators.measurement.status import WORDS, Status
from indicators.templatetags import figures

NBSP = "\u00a0"


def target(unit="%", comparator="gte", threshold=Decimal(80), baseline=None):
    return SimpleNamespace(unit=unit, comparator=comparator, threshold=threshold, baseline=baseline)


def rendered(source, path="/", **values):
    engine = Engine.get_default()
    template = engine.from_string("{% load vi figures %}" + source)
    return template.render(Context({"request": RequestFactory().get(path), **values})).strip()


@pytest.mark.parametrize("code", list(Status))
def test_a_badge_has_icon_word_and_class(code):
    drawn = figures.status(code.value)
    assert drawn == (
        f'<span class="st st-{code.value}"><svg class="i" aria-hidden="true"><use href="#{code.value}"/></svg>'
        f"{WORDS[code]}</span>"
    )


def test_low_coverage_takes_the_solid_colour_away():
    drawn = figures.status("achieved", low_coverage=True)
    assert 'class="st st-achieved thin"' in drawn
    assert drawn.endswith('Đạt</span><span class="low">chưa đủ số liệu</span>')
    assert "chưa đủ" not in figures.status("no_data", low_coverage=True)


def test_not_due_and_stale_are_said():
    assert "Chưa đến kỳ" in figures.status("no_data", not_due=True)
    assert "Chưa đến kỳ" not in figures.status("behind", not_due=True)
    assert figures.status("behind", stale="tháng 7").endswith('<span class="low">số cũ: tháng 7</span>')


def test_every_icon_of_the_tags_is_in_the_sprite():
    sprite = rendered('{% include "components/_symbols.html" %}')
    names = {*(code.value for code in Status), *figures.NOTE_ICONS.values(), "prev", "next", "up", "down", "flat"}
    names |= {"back", "clock", "moon", "sun", "out", "info", "print", "lock"}
    assert sorted(name for name in names if f'<symbol id="{name}"' not in sprite) == []


def test_an_icon_with_a_label_speaks():
    assert figures.icon("check", label="đủ <ngưỡng>") == (
        '<svg class="i" role="img" aria-label="đủ &lt;ngưỡng&gt;"><use href="#check"/></svg>'
    )


def test_figures_agree_with_the_status():
    assert figures.figure(Decimal("79.996"), target()) == f"79,996{NBSP}%"
    assert figures.figure(0, target()) == f"0,00{NBSP}%"
    assert figures.figure(None, target()) == "—"
    # On a tracked row the threshold is not the row's: nothing to contradict.
    assert figures.figure(Decimal("79.996"), target(), status="tracked") == f"80,00{NBSP}%"
    assert figures.required(Decimal("56.2049"), Decimal("56.204"), target()) == f"56,205{NBSP}%"
    assert figures.required(Decimal("74.380165"), None, target()) == f"74,38{NBSP}%"
    assert figures.threshold(target()) == f"≥{NBSP}80{NBSP}%"
    count = target("doanh nghiệp", "gt", Decimal(150))
    assert rendered("{% threshold t %}", t=count) == f"&gt;{NBSP}150{NBSP}doanh nghiệp"
    assert figures.figure(138, count, short=True) == "138"
    assert figures.figure(Decimal("8.96"), target("% GRDP", "gte", 10), short=True) == f"8,96{NBSP}%"
    assert figures.threshold(target(threshold=None, comparator="")) == "—"


def test_a_trend_is_coloured_by_what_is_good():
    assert 'nw up">' in figures.trend(Decimal("0.58"), target())
    assert 'nw down">' in figures.trend(Decimal("-0.58"), target())
    falling = figures.trend(Decimal("-0.58"), target(comparator="lte"))
    assert 'nw up">' in falling and "#down" in falling  # the arrow shows direction, the colour good or bad
    assert f"−0,58{NBSP}điểm" in falling
    assert "không đổi" in figures.trend(Decimal(0), target())
    assert "—" in figures.trend(None, target())
    assert f"+4{NBSP}doanh nghiệp" in figures.trend(Decimal(4), target("doanh nghiệp", "gt", 150))


def test_a_bullet_says_what_it_shows():
    drawn = figures.bullet(
        Decimal("66.61"), "at_risk", target(threshold=Decimal(100), baseline=Decimal("48.78")), Decimal("80.44")
    )
    assert f"Giá trị 66,61{NBSP}%, mức cần đạt đến nay 80,44{NBSP}%, ngưỡng tối thiểu{NBSP}100{NBSP}%" in drawn
    assert f"xuất phát 48,78{NBSP}%" in drawn
    assert 'class="bul k-at_risk"' in drawn
    assert "không đặt ngưỡng" in figures.bullet(Decimal("62.35"), "tracked", target(threshold=None, comparator=""))


def test_a_tracked_count_has_no_scale_and_no_bar():
    companies = target("doanh nghiệp", "gt", Decimal(150), Decimal(114))
    assert figures.bullet(Decimal(12), "tracked", companies) == ""
    assert 'class="th"' in figures.bullet(Decimal(138), "on_track", companies)
    share = figures.bullet(Decimal(50), "tracked", target(baseline=Decimal(10)))
    assert 'class="th"' not in share and 'class="bs"' not in share and 'width="50%"' in share


def test_what_the_other_charts_say():
    assert "Diễn biến 3 kỳ: từ 1,00 đến 2,50, 1 kỳ không có số" in figures.sparkline([Decimal(1), None, Decimal("2.5")])
    assert figures.sparkline([None]) == '<span class="mut">—</span>'
    assert "2 kỳ đúng hạn, 1 kỳ muộn, 0 kỳ không nộp" in figures.dots(["on_time", "late", "on_time", "waiting"])
    assert '"1 đạt, 2 chậm tiến độ"' in figures.stackbar({"achieved": 1, "no_data": 0, "behind": 2})
    assert 'aria-label="chưa có mục tiêu nào"' in figures.stackbar([])
    assert "Đóng góp −0,200" in figures.waterfall_bar([Decimal("0.3"), Decimal("-0.2")], 1)
    assert "Thay đổi chung +0,100" in figures.waterfall_total([Decimal("0.3"), Decimal("-0.2"), None])
    year = {"year": 2023, "today": dt.date(2023, 8, 16)}
    assert f"Hạn 31/12/2023, hoàn thành 0{NBSP}%" in figures.gantt(due=dt.date(2023, 12, 31), done=0, **year)
    assert "chưa có số về tiến độ" in figures.gantt(due=dt.date(2023, 12, 31), **year)


def test_notes():
    assert rendered('{% note "err" title "b" %}', title="<i>") == (
        '<div class="note err" role="alert"><svg class="i" aria-hidden="true"><use href="#at_risk"/></svg>'
        "<b>&lt;i&gt;</b><span>b</span></div>"
    )
    assert 'class="note good one"' in figures.note("success", "Đã lưu")  # a Django message
    assert 'class="note one"' in figures.note("", "Thông tin")
    assert 'class="save err"' in figures.save_state("err", "Bị trả lại")


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
