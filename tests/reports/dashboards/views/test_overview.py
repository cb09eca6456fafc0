"""The overview as a leader, a member of the branch and a stranger to it see it."""

import datetime as dt
import re

import pytest

from core.clock import VIETNAM
from demo.models import DemoYear
from indicators.models import IndicatorParty, PendingRollup, State, Submission, Target, Timing
from tests import factories
from tests.page import words
from tests.reports.conftest import roll_up

pytestmark = pytest.mark.once

OVERVIEW = "/tong-quan/"
AUGUST = OVERVIEW + "?ky=2023-08"


def row(response, code):
    """The words of a target's row in the list."""
    (found,) = re.findall(
        rf'<tr><td class="code hide-small">{re.escape(code)}</td>.*?</tr>', response.content.decode(), re.S
    )
    return " ".join(re.sub(r"<[^>]*>", " ", found).replace("\xa0", " ").split())


# Who


def test_a_stranger_to_the_system_is_asked_to_log_in(client, province):
    response = client.get(OVERVIEW)
    assert response.status_code == 302 and response["Location"].startswith("/dang-nhap/")


@pytest.mark.parametrize("name", ["lam", "khanh", "quan", "dung", "an", "binh", "cuc"])
def test_everyone_reads_the_provinces_totals(as_person, name):
    response = as_person(name).get(AUGUST)
    assert response.status_code == 200
    assert "1 trên 3 chỉ tiêu thành phần có ngưỡng đang đạt hoặc đúng tiến độ" in words(response)
    assert row(response, "I.1").startswith("I.1 I.1 Hồ sơ trên mạng")
    assert "72,31%" in row(response, "I.1")


def test_links_lead_only_where_the_reader_may_go(as_person):
    address = 'href="/co-quan/h2/?'
    assert address in as_person("lam").get(AUGUST).content.decode()
    for name in ("an", "binh", "dung"):
        page = as_person(name).get(AUGUST).content.decode()
        assert address not in page
        assert "Chỉ hiện số của địa bàn thuộc phạm vi tài khoản" in page
    page = as_person("cuc").get(AUGUST).content.decode()
    for link in set(re.findall(r'href="(/co-quan/[^/"]+/)', page)):
        assert as_person("cuc").get(link).status_code == 200


def test_a_stranger_reads_no_figure_of_another_district(as_person):
    tile = "<b>0/1</b>"
    assert as_person("lam").get(AUGUST).content.decode().count(tile) == 2
    assert as_person("cuc").get(AUGUST).content.decode().count(tile) == 1


# What


def test_figures_required_and_threshold_of_a_row(as_person):
    page = as_person("lam").get(AUGUST)
    assert "30,00%" in row(page, "I.2") and "41,28%" in row(page, "I.2") and "≥ 50%" in row(page, "I.2")
    # From 10 on 14 June to 50 on 31 August, 78 days: 10 + 40 × 61 ÷ 78 on 14 August.
    assert "Cần chú ý thấp hơn mức cần đạt chưa đủ kỳ" in row(page, "I.2")
    assert "130" in row(page, "II.1") and "Theo dõi" in row(page, "II.1") and "doanh nghiệp" in row(page, "II.1")
    assert "40,00%" in row(page, "III.1") and "Đạt" in row(page, "III.1")
    assert "kỳ này không thu" in row(page, "III.1") and "không đổi" not in row(page, "III.1")


def test_reported_and_approved_stand_beside_each_other(as_person):
    assert row(as_person("lam").get(AUGUST), "I.1").endswith("4/5 duyệt 3")
    assert row(as_person("lam").get(AUGUST), "I.2").endswith("1/1")


def test_a_figure_close_to_its_threshold_is_not_rounded_to_it(as_person, province):
    # June 79996 of 100000 from everyone together: 79,996%, which is not 80%.
    target = factories.target(province.plan, "I.9", [province.tree["s1"]], label="Sát ngưỡng")
    factories.report(
        province.tree["s1"],
        province.periods[5],
        {target: (79996, 100000)},
    )
    roll_up(province.plan)
    assert "79,996%" in row(as_person("lam").get(OVERVIEW + "?ky=2023-05"), "I.9")


def test_low_coverage_is_said_before_the_verdict(as_person):
    said = words(as_person("lam").get(AUGUST))
    warning = said.index("Kỳ tháng 8 đang thu số liệu, hạn nộp 17/8")
    assert "Mới 4/6 đơn vị được duyệt, cần ít nhất 80% để kết luận." in said
    assert "Xem tháng 7 năm 2023, kỳ gần nhất đủ số liệu" in said
    assert warning < said.index("chỉ tiêu thành phần có ngưỡng")
    assert "chưa đủ số liệu" in row(as_person("lam").get(AUGUST), "I.1")


@pytest.mark.parametrize("address", [AUGUST, AUGUST + "&che-do=man-hinh"])
def test_few_agencies_are_seen_before_a_colour_on_the_page_and_on_the_wall(as_person, province, address):
    """I.1 of August rests on 3 of 5 agencies, of h1 on 3 of 3, of h2 on none of 2 with a value of July."""
    page = as_person("lam").get(address).content.decode()
    assert "1 chưa đủ số liệu" in page and "ô viền đứt: chưa đủ số liệu" in page  # pillars
    assert re.search(r'<rect class="fill mark-behind thin"', page)  # bars
    assert re.search(r'class="unit status-behind thin"', page)  # the verdict's cells
    (tile,) = re.findall(r'<a class="tile ([^"]*)"[^>]*title="Đơn vị h2:', page)
    assert "thin" in tile.split()
    assert "Thấp nhất" not in page or "(chưa đủ số liệu)" in page


def test_the_last_complete_period_is_one_step_away(as_person):
    page = as_person("lam").get(OVERVIEW + "?ky=2023-08&so-lieu=chinh-thuc").content.decode()
    assert 'href="?ky=2023-07&amp;so-lieu=chinh-thuc"' in page
    july = words(as_person("lam").get(OVERVIEW + "?ky=2023-07"))
    assert "cần ít nhất" not in july
    assert "2 chỉ tiêu" not in july and "2 trên 3 chỉ tiêu thành phần có ngưỡng" in july


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (17, "Kỳ tháng 8 đang thu số liệu, hạn nộp 17/8"),
        (18, "Kỳ tháng 8 đang duyệt, hạn duyệt 20/8"),
        (21, "Kỳ tháng 8 chưa đủ số liệu"),
    ],
)
def test_why_the_coverage_is_low(as_person, moment, day, said):
    moment.move_to(dt.datetime(2023, 8, day, 9, tzinfo=VIETNAM))
    assert said in words(as_person("lam").get(OVERVIEW + "?ky=2023-08"))


@pytest.mark.parametrize(
    "path", ["tong-quan/", "tong-quan/{}&che-do=man-hinh", "muc-tieu/I.2/", "co-quan/h1/", "ma-tran/", "so-sanh/"]
)
def test_a_period_that_has_not_come_is_not_judged(as_person, moment, path):
    """September's window is 15 August to 14 September: I.2, due on 31 August, would be missed in it before its due day."""
    address = "/" + (path if "{}" in path else path + "{}")
    said = "Chưa đến kỳ tháng 9 Dữ liệu của kỳ tính đến hết ngày 14/09/2023, nhập từ ngày 15/09/2023."
    page = as_person("lam").get(address.format("?ky=2023-09"))
    assert said in words(page) and "đang thu" not in words(page)
    judged = (
        'class="(status|unit|bullet) (status|mark)-(missed|at_risk|behind|on_track|achieved)'
        '|class="cell status-(missed|at_risk)[^>]*href'
    )
    assert not re.search(judged, page.content.decode())
    assert "Chưa đến kỳ tháng" not in words(as_person("lam").get(address.format("?ky=2023-08")))
    moment.move_to(dt.datetime(2023, 9, 14, 23, tzinfo=VIETNAM))
    assert said in words(as_person("lam").get(address.format("?ky=2023-09")))
    moment.move_to(dt.datetime(2023, 9, 15, 0, 30, tzinfo=VIETNAM))
    assert "Chưa đến kỳ tháng" not in words(as_person("lam").get(address.format("?ky=2023-09")))


def test_a_period_that_has_ended_but_not_opened_is_not_judged_either(as_person, moment, province):
    moment.move_to(dt.datetime(2023, 9, 15, 9, tzinfo=VIETNAM))
    judged = as_person("lam").get(OVERVIEW + "?ky=2023-09")
    assert "Không đạt" in row(judged, "I.2")
    september = province.periods[9]
    type(september).objects.filter(pk=september.pk).update(opens_on=dt.date(2023, 9, 16))
    page = as_person("lam").get(OVERVIEW + "?ky=2023-09")
    assert "Chưa đến kỳ" in row(page, "I.2") and "30,00%" in row(page, "I.2")
    assert "Chưa đến kỳ tháng 9: chưa chỉ tiêu nào được đánh giá." in words(page)
    assert page.content.decode().count("<b>0/1</b>") == 0  # no district is counted


def test_the_front_page_opens_on_the_newest_period_with_enough_figures(as_person):
    page = as_person("lam").get("/")
    said = words(page)
    assert "Chuyển đổi số tỉnh Hải Dương, tháng 7 năm 2023" in said
    assert "Đang xem số chính thức của tháng 7 năm 2023: chỉ tính phiếu đã duyệt." in said
    assert "Trang mở ở kỳ gần nhất đủ số liệu: kỳ tháng 8 mới có 4/6 đơn vị được duyệt. Xem kỳ tháng 8" in said
    html = page.content.decode()
    assert 'href="?ky=2023-08"' in html and 'href="/ma-tran/?ky=2023-07&amp;so-lieu=chinh-thuc"' in html
    # Who asks for July by name is told of July alone; the wall opens as the front page does.
    assert "gần nhất đủ số liệu" not in words(as_person("lam").get(OVERVIEW + "?ky=2023-07"))
    assert "kỳ tháng 8 mới có 4/6" in words(as_person("lam").get(OVERVIEW + "?che-do=man-hinh"))
    # On the provisional basis 5 of 6 are enough.
    assert "tháng 8 năm 2023" in words(as_person("lam").get(OVERVIEW + "?so-lieu=tam-tinh"))


def test_who_is_late_with_the_days(as_person, moment):
    moment.move_to(dt.datetime(2023, 8, 19, 9, tzinfo=VIETNAM))
    said = words(as_person("lam").get(AUGUST))
    assert "1 đơn vị chưa nộp phiếu tháng 8 Trong đó 1 đơn vị cấp xã. quá 2 ngày" in said
    assert "Xã chưa nộp nhiều nhất: H2 (1)." in said
    assert "Xã chưa nộp nhiều nhất" not in words(as_person("cuc").get(AUGUST))  # who sees one commune cannot compare


def test_what_needs_attention_says_what_why_and_by_when(as_person, province):
    factories.report(province.tree["s1"], province.periods[5], {province.targets["I.2"]: (0, 100)})
    roll_up(province.plan)
    page = as_person("lam").get(AUGUST)
    said = words(page)
    # 20 points in the 17 days after 14 August, that is 0,5589 months.
    assert (
        "I.2 Chỉ tiêu I.2 30,00%, cần ≥ 50%. Nếu giữ đà, khi đến hạn 35,6% (35,4 – 35,8). Cần thêm 20,00 điểm trước hạn 31/8."
        in said
    )
    assert "còn 15 ngày" in said
    assert "1 chỉ tiêu đến hạn ngày 31/8 (I.2)" in said
    assert "Nguy cơ không đạt thấp hơn mức cần đạt, dự báo chưa tới ngưỡng" in row(page, "I.2")
    assert "không đủ ngưỡng" in page.content.decode()


def test_no_days_are_counted_down_in_a_period_that_is_over(as_person, moment):
    """In July I.2 was due in six weeks, not in the fifteen days left today; and June is closed: no report is expected."""
    july = words(as_person("lam").get(OVERVIEW + "?ky=2023-07"))
    assert "I.2 Chỉ tiêu I.2 20,00%, đến nay cần" in july
    assert "hạn 31/8" in july and "còn 15 ngày" not in july
    moment.move_to(dt.datetime(2023, 9, 16, 9, tzinfo=VIETNAM))
    august = words(as_person("lam").get(OVERVIEW + "?ky=2023-08"))
    assert "1 đơn vị không nộp phiếu tháng 8 Trong đó 1 đơn vị cấp xã. đã đóng 20/8" in august
    assert "quá " not in august and "Nếu giữ đà, khi đến hạn 35,6%. Chủ trì" not in august


def test_above_its_line_but_by_its_forecast_short_of_the_threshold(as_person, province):
    """58, 60, 62, 64 of 100 from a baseline of 0 by 31/12: 61,8 are required by 14/8, and two a month lead to 73,1."""
    target = factories.target(
        province.plan, "I.3", [province.tree["h2"]], timing=Timing.STOCK, threshold=100, baseline=0
    )
    for month, numerator in ((5, 58), (6, 60), (7, 62), (8, 64)):
        factories.report(province.tree["h2"], province.periods[month], {target: (numerator, 100)})
    roll_up(province.plan)
    assert "Cần chú ý dự báo chưa tới ngưỡng 73,1%" in row(as_person("lam").get(OVERVIEW + "?ky=2023-08"), "I.3")


def test_a_report_sent_again_is_not_counted_twice_without_a_word(as_person, province):
    again = Submission.objects.get(agency__code="x11", period=province.periods[8])
    before = words(as_person("lam").get(OVERVIEW + "?ky=2023-08"))
    assert "4/6 đơn vị đã được duyệt, 1 phiếu chờ duyệt. Đã nộp 5/6" in before
    Submission.objects.filter(pk=again.pk).update(is_provisional=False, is_latest=False)
    factories.report(again.agency, again.period, {province.targets["I.1"]: (20, 100)}, state=State.SUBMITTED, version=2)
    said = words(as_person("lam").get(OVERVIEW + "?ky=2023-08"))
    assert (
        "4/6 đơn vị đã được duyệt, 2 phiếu chờ duyệt (trong đó 1 phiếu nộp lại, bản đã duyệt trước vẫn tính). Đã nộp 5/6"
        in said
    )


def test_provisional_figures_are_marked(as_person):
    page = as_person("lam").get(OVERVIEW + "?ky=2023-08&so-lieu=tam-tinh")
    said = words(page)
    assert "Đang xem số tạm tính" in said and "73,33%" in row(page, "I.1")
    # 4 of 5 agencies, but by weight 350 of 450.
    assert "chưa đủ số liệu" in row(page, "I.1")
    assert "So với tháng 7: I.1 chuyển sang cần chú ý." in said


def test_period_and_basis_stay_in_the_links(as_person):
    page = as_person("lam").get(OVERVIEW + "?ky=2023-07&so-lieu=tam-tinh").content.decode()
    kept = "?ky=2023-07&amp;so-lieu=tam-tinh"
    assert f'href="/muc-tieu/I.1/{kept}"' in page
    assert f'href="/co-quan/h1/{kept}"' in page
    links = re.findall(r'<a[^>]* href="(/muc-tieu/[^"]*|/co-quan/[^"]*)"', page.split("<main")[1])
    assert links and all(link.endswith(kept.removeprefix("?")) for link in links)


@pytest.mark.parametrize(
    "query", ["?ky=2023-13", "?ky=2023-12", "?ky=2022-08", "?ky=", "?ky=x", "?so-lieu=khac", "?ky=2023-08%00"]
)
def test_a_period_or_basis_that_is_not_there(as_person, query):
    assert as_person("lam").get(OVERVIEW + query).status_code == 404


def test_time_of_the_roll_up_and_what_is_owed(as_person, province):
    said = as_person("lam").get(AUGUST).content.decode()
    assert "Số chính thức, tổng hợp lúc 09:00 ngày 16/08/2023" in said
    assert "Số chính thức, tổng hợp lúc 09:00 ngày 16/8: 4/6 đơn vị đã được duyệt, 1 phiếu chờ duyệt." in words(
        as_person("lam").get(AUGUST)
    )
    assert "đang được tổng hợp lại" not in said
    PendingRollup.objects.create(plan=province.plan, created_at=factories.AT)
    assert "Số liệu đang được tổng hợp lại, bản này lúc 09:00 ngày 16/8" in words(as_person("lam").get(AUGUST))


def test_illustrative_figures_are_marked(as_person, province):
    assert "minh họa" not in as_person("lam").get(AUGUST).content.decode()
    DemoYear.objects.create(
        plan=province.plan, seed=1, loaded_at=factories.AT, clock_at=factories.AT, real_at=factories.AT
    )
    assert as_person("lam").get(AUGUST).content.decode().count("Số liệu minh họa</span>") == 2


def test_an_empty_plan_says_so(as_person, province):
    factories.make_plan(2024)
    type(province.plan).objects.filter(pk=province.plan.pk).update(year=2022)
    page = as_person("lam").get(f"{OVERVIEW}?nam=2024")
    assert page.status_code == 200 and "Kế hoạch chưa có chỉ tiêu thành phần" in words(page)


def test_no_plan_at_all(client, db, moment):
    client.force_login(factories.person("mot"))
    assert "Hệ thống đang được thiết lập" in words(client.get(OVERVIEW, follow=True))


def test_a_plan_without_periods(as_person, province):
    factories.make_plan(2024).periods.all().delete()
    type(province.plan).objects.filter(pk=province.plan.pk).update(year=2022)
    assert as_person("lam").get(f"{OVERVIEW}?nam=2024").status_code == 404


def test_targets_without_a_figure_are_not_called_zero(as_person):
    page = as_person("lam").get(OVERVIEW + "?ky=2023-01")
    assert "0 trên 3 chỉ tiêu thành phần có ngưỡng" in words(page)
    assert " 0,00" not in row(page, "I.1") and "Chưa có số liệu" in row(page, "I.1")
    assert "80,00% ≥ 80%" in row(page, "I.1")  # what must hold throughout is needed from the first month on
    assert "Chưa đến kỳ" in row(page, "III.1")
    assert "3 chỉ tiêu chưa có số liệu I.1, I.2, II.1." in words(page)


def test_names_are_only_text(as_person, province):
    evil = '"><script>alert(1)</script>'
    Target.objects.filter(code="I.1").update(label=evil)
    type(province.tree["h1"]).objects.filter(code="h1").update(short_name=evil, name=evil)
    province.plan.pillars.update(title=evil)
    type(province.plan).objects.update(issuer=evil, number=evil)
    page = as_person("lam").get(AUGUST).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


def test_looking_changes_nothing(as_person, province, django_assert_num_queries):
    lam = as_person("lam")
    lam.get(AUGUST)
    # 3 who reads (session, account, roles), 2 what is shown, 9 the figures, 3 the releases, 1 the frame.
    with django_assert_num_queries(20) as captured:
        lam.get(AUGUST)
    written = [query["sql"] for query in captured if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []


def test_queries_do_not_grow_with_the_targets(as_person, province, django_assert_num_queries):
    for number in range(3, 9):
        factories.target(province.plan, f"I.{number}", [province.tree[f"x{number % 2 + 1}1"]])
    roll_up(province.plan)
    lam = as_person("lam")
    lam.get(AUGUST)
    with django_assert_num_queries(20):
        assert lam.get(AUGUST).status_code == 200


@pytest.mark.parametrize("address", ["/", OVERVIEW, "/co-quan/", "/co-quan/h1/"])
def test_reading_pages_take_nothing(as_person, address):
    assert as_person("lam").post(address).status_code == 405


# Home


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("lam", "Chuyển đổi số tỉnh Hải Dương, tháng 7 năm 2023"),
        ("quan", "Chuyển đổi số tỉnh Hải Dương, tháng 7 năm 2023"),
        ("khanh", "Duyệt phiếu"),
        ("giang", "Duyệt phiếu"),
        ("an", "Việc cần làm"),
        ("dung", "Việc cần làm"),
    ],
)
def test_home_by_role(as_person, name, heading):
    response = as_person(name).get("/")
    assert response.status_code == 200
    assert heading in words(response)


# A part of the targets


@pytest.fixture
def led(province):
    IndicatorParty.objects.create(
        indicator=province.targets["I.1"].indicator, part=IndicatorParty.Part.LEAD, agency=province.tree["s1"]
    )
    return province


@pytest.mark.parametrize("name", ["lam", "an", "giang"])
def test_a_filter_narrows_what_is_said_of_targets(as_person, led, name):
    answer = as_person(name).get("/tong-quan/", {"ky": "2023-08", "chu-tri": led.tree["s1"].short_name})
    said = words(answer)
    assert "1/4 chỉ tiêu thành phần. Việc nộp phiếu và dự án là của toàn kế hoạch. Bỏ lọc" in said
    assert (
        "trên 1 chỉ tiêu thành phần có ngưỡng" in said and "I.1 Hồ sơ trên mạng" in said and "Chỉ tiêu I.2" not in said
    )


def test_a_filter_stays_in_the_links_the_order_and_the_files(as_person, led):
    lam = as_person("lam")
    html = lam.get("/tong-quan/?ky=2023-08&tru-cot=I&sap-xep=han").content.decode()
    assert '<input type="hidden" name="tru-cot" value="I">' in html  # of the order and of the period
    assert "/tong-quan/tep/xlsx/?ky=2023-08&amp;tru-cot=I&amp;sap-xep=han" in html
    assert "?ky=2023-08&amp;tru-cot=I&amp;sap-xep=han&amp;so-lieu=tam-tinh" in html
    file = lam.get("/tong-quan/tep/csv/?ky=2023-08&tru-cot=I").getvalue().decode("utf-8-sig").splitlines()
    assert len(file) == 3 and all("toàn tỉnh, I" in line for line in file[1:])


@pytest.mark.parametrize("query", ["tru-cot=IX", "chu-tri=Kh%C3%B4ng+ai", "tru-cot=%00", "chu-tri=%27%22%3E"])
def test_a_filter_that_is_not_there(as_person, led, query):
    assert as_person("lam").get(f"/tong-quan/?{query}").status_code == 404
    assert as_person("lam").get(f"/tong-quan/tep/xlsx/?{query}").status_code == 404


def test_a_filter_without_targets_says_so(as_person, led):
    said = words(as_person("lam").get("/tong-quan/", {"tru-cot": "III", "chu-tri": led.tree["s1"].short_name}))
    assert "Không chỉ tiêu nào hợp với bộ lọc" in said and "Bỏ lọc" in said


def test_what_moved_since_the_period_before(as_person):
    said = words(as_person("lam").get("/tong-quan/?ky=2023-08"))
    assert "So với tháng 7 chỉ tiêu tính bằng % Tiến nhiều nhất I.2" in said and "Lùi nhiều nhất I.1" in said
    assert "So với tháng" not in words(as_person("lam").get("/tong-quan/?ky=2023-01"))
