"""One agency and the list of agencies, as the owner, the colleague, the superior and the stranger see them."""

import datetime as dt
import re
from html import unescape

import pytest

from agencies.models import Agency
from core.clock import VIETNAM
from indicators.models import PendingRollup, State, Submission
from tests import factories
from tests.page import words

pytestmark = pytest.mark.once


def test_a_stranger_to_the_system_is_asked_to_log_in(client, province):
    assert client.get("/co-quan/h1/")["Location"].startswith("/dang-nhap/")
    assert client.get("/co-quan/")["Location"].startswith("/dang-nhap/")


@pytest.mark.parametrize(
    ("name", "seen", "hidden"),
    [
        ("lam", ["tinh", "s1", "h1", "h2", "x11", "x21"], []),
        ("khanh", ["tinh", "s1", "h1", "h2", "x11", "x21"], []),
        ("dung", ["h1", "x11", "x12"], ["tinh", "s1", "h2", "x21"]),
        ("an", ["x11"], ["tinh", "s1", "h1", "x12", "x21"]),
        ("binh", ["x11"], ["h1", "x12"]),
        ("cuc", ["x21"], ["h2", "x11"]),
    ],
)
def test_who_opens_which_agency(as_person, name, seen, hidden):
    reader = as_person(name)
    assert {code: reader.get(f"/co-quan/{code}/").status_code for code in seen} == dict.fromkeys(seen, 200)
    assert {code: reader.get(f"/co-quan/{code}/").status_code for code in hidden} == dict.fromkeys(hidden, 404)


def test_what_is_not_his_looks_like_what_is_not_there(as_person):
    his, none = as_person("an").get("/co-quan/x21/"), as_person("an").get("/co-quan/khong-co/")
    assert his.status_code == none.status_code == 404
    assert words(his) == words(none)


def test_its_electronic_code_stands_beside_its_code(as_person, province):
    assert "mã định danh điện tử" not in words(as_person("an").get("/co-quan/x11/"))
    province.tree["x11"].electronic_code = "H23.40.11"
    province.tree["x11"].save()
    assert "Cấp xã, mã x11, mã định danh điện tử H23.40.11" in words(as_person("an").get("/co-quan/x11/"))


def test_it_says_while_its_figures_are_added_up_again(as_person, province):
    assert "đang được tổng hợp lại" not in words(as_person("an").get("/co-quan/x11/"))
    PendingRollup.objects.create(plan=province.plan, created_at=factories.AT)
    assert "Số liệu đang được tổng hợp lại, bản này lúc 09:00 ngày 16/8" in words(as_person("an").get("/co-quan/x11/"))


def test_a_districts_own_figure_beside_its_area(as_person):
    page = as_person("dung").get("/co-quan/h1/?ky=2023-08")
    said = words(page)
    assert "Số của UBND" in said and "Toàn địa bàn" in said
    # Its area 680/900, its own 300/300, the province 940/1300; two of its communes' and its own report approved.
    assert "75,56%" in said and "100,00%" in said and "72,31%" in said
    assert re.search(r"72,31% 3/3", said)
    assert "1 cần chú ý" in said
    assert "2/2 xã, phường, thị trấn đã nộp tháng 8" in said


def test_a_target_that_only_communes_report_has_no_own_figure(as_person, province):
    province.targets["I.1"].assignments.filter(agency=province.tree["h2"]).delete()
    page = as_person("lam").get("/co-quan/h2/?ky=2023-08").content.decode()
    assert "UBND không được giao" in page


def test_a_commune_has_one_figure(as_person):
    said = words(as_person("an").get("/co-quan/x11/?ky=2023-08"))
    assert "63,33%" in said  # (90 + 90 + 10) ÷ 300
    assert "Số của UBND huyện" not in said
    assert "0/1 chỉ tiêu đạt hoặc đúng tiến độ" in said


def test_the_record_says_when_and_what_became_of_it(as_person, province):
    Submission.objects.filter(agency__code="x12", period=province.periods[7]).update(
        first_submitted_at=factories.AT.replace(month=7, day=20, hour=15)
    )
    said = words(as_person("dung").get("/co-quan/x12/?ky=2023-08"))
    assert "Tháng 7 20/7, 15:00 Muộn 3 ngày" in said
    assert "Tháng 5 — Không nộp —" in said  # its period has closed
    waiting = words(as_person("lam").get("/co-quan/x21/?ky=2023-08"))
    assert "Tháng 8 16/8, 09:00 Đúng hạn chờ duyệt" in waiting
    coming = words(as_person("lam").get("/co-quan/x22/?ky=2023-08"))
    assert "Tháng 8 — Chưa nộp, hạn 17/8 —" in coming


@pytest.mark.parametrize(
    ("state", "fields", "said"),
    [
        (State.RETURNED, {"return_reason": "Sai."}, "bị trả lại"),
        (State.DRAFT, {}, "đang sửa lại"),
        (State.DRAFT, {"first_submitted_at": None}, "bản nháp"),
    ],
)
def test_what_became_of_a_report(as_person, province, state, fields, said):
    Submission.objects.filter(agency__code="x21", period=province.periods[8]).update(
        state=state, is_provisional=False, **fields
    )
    assert said in words(as_person("cuc").get("/co-quan/x21/?ky=2023-08"))


def test_communes_of_a_district_with_their_reports(as_person):
    said = words(as_person("lam").get("/co-quan/h2/?ky=2023-08"))
    assert said.index("X22") < said.index("X21")  # who has sent nothing comes first
    assert "Xã, phường, thị trấn chưa nộp tháng 8: X22." in said


def test_the_province_leads_to_the_overview(as_person):
    page = as_person("lam").get("/co-quan/tinh/?ky=2023-08")
    assert 'href="/tong-quan/?ky=2023-08&amp;so-lieu=chinh-thuc"' in page.content.decode()
    assert "Xem các chỉ tiêu ở trang Tổng quan" in words(page)


def test_an_agency_without_targets(as_person, province):
    factories.agency("khac", "other", province.tree["tinh"])
    said = words(as_person("lam").get("/co-quan/khac/?ky=2023-08"))
    assert "Không được giao chỉ tiêu thành phần nào trong tháng 8 năm 2023" in said


def test_period_and_basis(as_person):
    said = words(as_person("lam").get("/co-quan/x21/?ky=2023-08&so-lieu=tam-tinh"))
    assert "76,00%" in said  # (70 + 70 + 50) ÷ 250
    assert "70,00%" in words(as_person("lam").get("/co-quan/x21/?ky=2023-08"))  # 140 ÷ 200
    page = as_person("lam").get("/co-quan/h1/?ky=2023-07&so-lieu=tam-tinh").content.decode()
    links = re.findall(r'<a[^>]* href="(/muc-tieu/[^"]*|/co-quan/[^"]*|/tong-quan/[^"]*)"', page.split("<main")[1])
    assert links and all("?ky=2023-07&amp;so-lieu=tam-tinh" in link for link in links)
    assert as_person("lam").get("/co-quan/h1/?ky=2023-12").status_code == 404


def test_names_are_only_text(as_person, province):
    evil = '"><script>alert(1)</script>'
    Agency.objects.update(name=evil, short_name=evil)
    for address in (
        "/co-quan/h1/",
        "/co-quan/x11/",
        "/co-quan/",
        "/co-quan/?tim=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ):
        page = as_person("lam").get(address).content.decode()
        assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


def test_queries_of_the_page(as_person, province, django_assert_num_queries):
    lam = as_person("lam")
    lam.get("/co-quan/h1/?ky=2023-08")
    # 3 who reads, 2 what is shown, 1 the agency, 13 its page, 1 the frame.
    with django_assert_num_queries(26):
        lam.get("/co-quan/h1/?ky=2023-08")
    for number in range(3, 9):
        factories.agency(f"x1{number}", "commune", province.tree["h1"])
        factories.target(province.plan, f"I.{number}", [province.tree["h1"]])
    with django_assert_num_queries(26):
        lam.get("/co-quan/h1/?ky=2023-08")


# The list


def listed(response):
    return re.findall(r'href="/co-quan/([^/"]+)/\?', response.content.decode().split("<main")[1])


def test_the_list_holds_what_the_reader_may_open(as_person):
    assert sorted(listed(as_person("lam").get("/co-quan/"))) == ["h1", "h2", "s1", "tinh", "x11", "x12", "x21", "x22"]
    assert listed(as_person("dung").get("/co-quan/")) == ["h1", "x11", "x12"]
    assert listed(as_person("an").get("/co-quan/")) == ["x11"]


def test_the_list_says_how_the_periods_reports_stand(as_person):
    said = words(as_person("lam").get("/co-quan/"))
    assert "8 cơ quan, đơn vị" in said
    assert "Đơn vị s1 Đúng hạn 16/8, 09:00 —" in said
    assert "2 xã, phường, thị trấn: 1/2 đã nộp" in said
    assert "Đơn vị h2 không phải báo cáo" in said
    july = words(as_person("lam").get("/co-quan/?ky=2023-07"))
    assert "Đơn vị x12 Muộn" in july


def test_the_list_by_how_the_report_stands(as_person, province, moment):
    """August: x22 has sent nothing, x21 waits for review, x12's is sent back, the others are approved; h2 has none due."""
    on_august = Submission.objects.filter(agency__code="x12", period=province.periods[8])
    on_august.update(state=State.RETURNED, is_official=False, is_provisional=False, return_reason="Xem lại.")
    lam = as_person("lam")
    page = lam.get("/co-quan/?ky=2023-08&phieu=chua-nop")
    assert listed(page) == ["x22"] and "1 đơn vị chưa nộp phiếu tháng 8" in words(page) and "1 cấp xã" in words(page)
    assert "Tất cả 8 Đã nộp 4 Chưa nộp 1 Chờ duyệt 1 Trả lại, đang sửa 1 Đã duyệt 3" in words(page)
    assert "data-copy" in page.content.decode()
    assert listed(lam.get("/co-quan/?phieu=cho-duyet")) == ["x21"]
    assert listed(lam.get("/co-quan/?phieu=tra-lai")) == ["x12"]
    on_august.update(state=State.DRAFT, return_reason="")
    assert listed(lam.get("/co-quan/?phieu=tra-lai")) == ["x12"]  # is being mended
    assert sorted(listed(lam.get("/co-quan/?phieu=da-duyet"))) == ["h1", "s1", "x11"]
    assert listed(lam.get("/co-quan/?phieu=da-duyet&tim=x11")) == ["x11"]
    assert "Chưa nộp 0 " in words(lam.get("/co-quan/?tim=x11"))  # of what was searched for
    assert lam.get("/co-quan/?phieu=khac").status_code == 404
    assert listed(as_person("dung").get("/co-quan/?phieu=chua-nop")) == []  # x22 is not of his district
    # Once the month has closed.
    moment.move_to(dt.datetime(2023, 8, 21, 9, tzinfo=VIETNAM))
    closed = words(as_person("lam").get("/co-quan/?ky=2023-08&phieu=chua-nop"))
    assert "1 đơn vị không nộp phiếu tháng 8" in closed and "Đã nộp 4 Không nộp 1 Chờ duyệt" in closed


def test_each_count_of_reports_leads_to_exactly_those(as_person, province):
    """Six owe it: three are approved, x21 waits, x22 sent nothing. Then x12 is sent back, and x11 has a newer one that waits:
    3 approved, 2 wait, 4 sent, 1 sent back, 1 not sent."""
    on_august = Submission.objects.filter(period=province.periods[8])
    on_august.filter(agency__code="x12").update(
        state=State.RETURNED, is_official=False, is_provisional=False, return_reason="Xem lại."
    )
    on_august.filter(agency__code="x11").update(is_provisional=False, is_latest=False)
    factories.report(
        province.tree["x11"],
        province.periods[8],
        {province.targets["I.1"]: (20, 100)},
        state=State.SUBMITTED,
        version=2,
    )
    lam = as_person("lam")
    overview = lam.get("/tong-quan/?ky=2023-08")
    assert "3/6 đơn vị đã được duyệt, 2 phiếu chờ duyệt (trong đó 1 phiếu nộp lại" in words(overview)
    links = dict(
        re.findall(r'href="/co-quan/\?phieu=([a-z-]+)&amp;ky=2023-08[^"]*"[^>]*>\s*(\d+)', overview.content.decode())
    )
    assert links == {"da-duyet": "3", "cho-duyet": "2", "da-nop": "4", "tra-lai": "1", "chua-nop": "1"}
    for name, count in links.items():
        assert len(listed(lam.get(f"/co-quan/?ky=2023-08&phieu={name}"))) == int(count), name
    assert "2 xã, phường, thị trấn: 1/2 đã nộp, 1 bị trả lại" in words(lam.get("/co-quan/?ky=2023-08"))
    district = words(lam.get("/co-quan/h1/?ky=2023-08"))
    assert "1/2 xã, phường, thị trấn đã nộp tháng 8, 1 bị trả lại" in district
    assert "Bị trả lại, chưa nộp lại: X12." in district or "Bị trả lại, chưa nộp lại: x12." in district
    queue = words(as_person("dung").get("/duyet/?ky=2023-08")).replace(" ,", ",")
    assert "Cấp xã duyệt 1, nộp 1 / 2 1 phiếu nộp lại đang chờ duyệt" in queue


def test_the_missing_ones_lead_a_reviewer_to_reminding_them(as_person):
    link = 'href="/duyet/?ky=2023-08&amp;xem=chua-nop'
    unsent = "/co-quan/?ky=2023-08&phieu=chua-nop"
    assert f'{link}"' in as_person("dung").get(unsent).content.decode()
    assert link not in as_person("lam").get(unsent).content.decode()
    assert link not in as_person("dung").get("/co-quan/?ky=2023-08").content.decode()


def test_the_overviews_unsent_lead_to_them(as_person, province):
    lam = as_person("lam")
    page = lam.get("/tong-quan/?ky=2023-08").content.decode()
    link = re.search(r'href="([^"]+)">(\d+) đơn vị chưa nộp phiếu tháng 8', page)
    assert link[1] == "/co-quan/?phieu=chua-nop&amp;ky=2023-08&amp;so-lieu=chinh-thuc"
    assert len(listed(lam.get(unescape(link[1])))) == int(link[2]) == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("cẩm hoàng", ["x11"]),
        ("CAM HOANG", ["x11"]),
        ("cam", ["x11", "x21"]),
        ("cam, huyen hai", ["x21"]),
        (", huyen hai", ["x21", "x22"]),
        ("x12", ["x12"]),
        ("x\x0012", ["x12"]),  # a NUL cannot be searched for
        ("không có", []),
    ],
)
def test_search_without_accents(as_person, province, query, found):
    for code, name in (("x11", "X. Cẩm Hoàng"), ("x21", "X. Cẩm Đông"), ("h2", "Huyện Hai")):
        agency = Agency.objects.get(code=code)
        agency.name = agency.short_name = name
        agency.save()
    page = as_person("lam").get("/co-quan/", {"tim": query})
    assert listed(page) == found
    assert f"{len(found)} đơn vị khớp với" in words(page)


def test_search_finds_only_what_the_reader_may_open(as_person):
    assert listed(as_person("an").get("/co-quan/", {"tim": "x"})) == ["x11"]


@pytest.mark.parametrize("query", ["%", "_", "'", "a" * 5000, "ạ" * 400])
def test_odd_searches(as_person, query):
    page = as_person("lam").get("/co-quan/", {"tim": query})
    assert page.status_code == 200 and listed(page) == []


def test_an_empty_search_is_no_search(as_person):
    assert len(listed(as_person("lam").get("/co-quan/", {"tim": "  "}))) == 8
