"""The pages of plans: who opens them, what they say, what their steps do; a draft is nobody else's."""

import re

import pytest

from agencies.roles import Role
from indicators.models import IndicatorParty, Plan, PlanState
from tests import factories, worlds


@worlds.shared(at=factories.AT, uses=["moment"])
def small():
    """2023 with a target of two communes, of which one has an account, and a draft of 2024 with a target of nobody."""
    tree = factories.make_tree(departments=1, districts=1, communes=2)
    plan, draft = factories.make_plan(number="08/KH-UBND"), factories.make_plan(2024, state=PlanState.DRAFT)
    target = factories.target(plan, "I.1", [tree["x11"], tree["x12"]])
    IndicatorParty.objects.create(indicator=target.indicator, part="lead", agency=tree["s1"])
    factories.target(draft, "I.9")
    factories.report(tree["x11"], factories.period(plan, 7), {target: (30, 100)})
    people = {
        "khanh": factories.person("khanh", tree["s1"], Role.STANDING),
        "quan": factories.person("quan", tree["s1"], Role.ADMIN),
        "lam": factories.person("lam", tree["tinh"], Role.LEADER),
        "an": factories.person("an", tree["x11"], Role.FOCAL),
        "la": factories.person("la"),
    }
    return {"tree": tree, "plan": plan, "draft": draft, "people": people}


@pytest.fixture
def browse(small, client):
    """`browse("khanh")` gives a client of its own, signed in."""

    def go(name):
        mine = type(client)()
        mine.force_login(small["people"][name])
        return mine

    return go


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("address", ["/ke-hoach/", "/ke-hoach/2023/", "/ke-hoach/2024/"])
def test_the_pages_are_those_of_the_keepers(browse, client, address):
    assert {name: browse(name).get(address).status_code for name in ("khanh", "quan", "lam", "an", "la")} == {
        "khanh": 200,
        "quan": 200,
        "lam": 404,
        "an": 404,
        "la": 404,
    }
    assert client.get(address).status_code == 302
    assert browse("lam").post(address, {"viec": "bat-dau"}).status_code in (404, 405)


def test_who_opens_plans_finds_the_form_of_a_new_one(browse):
    """The form is the administrators' (`plans.setup.views.plan`): to others no dead link is shown."""
    link = 'href="/thiet-lap/ke-hoach/"'
    assert link in browse("quan").get("/ke-hoach/").content.decode()
    assert browse("quan").get("/thiet-lap/ke-hoach/").status_code == 200
    assert link not in browse("khanh").get("/ke-hoach/").content.decode()


def test_the_list_names_state_year_and_counts(browse):
    page = words(browse("khanh").get("/ke-hoach/"))
    assert "Kế hoạch năm 2024 2024 Dự thảo 1 0 0 0" in page
    assert "Kế hoạch năm 2023 Số 08/KH-UBND 2023 Đang thực hiện 1 0 2 1" in page
    assert 'href="/ke-hoach/"' in browse("khanh").get("/tong-quan/").content.decode()
    assert 'href="/ke-hoach/"' not in browse("lam").get("/tong-quan/").content.decode()


def test_the_checklist_says_what_is_missing_and_where_it_is_mended(browse, small):
    answer = browse("quan").get("/ke-hoach/2023/")
    page, source = words(answer), answer.content.decode()
    assert "Mọi đơn vị báo cáo có tài khoản đầu mối Thiếu 1: X12" in page
    assert 'href="/tai-khoan/cap/"' in source
    assert "Mọi cơ quan chủ trì có người thẩm định Thiếu 1: S1" in page
    assert "Mọi chỉ tiêu thành phần có đơn vị báo cáo Thiếu" not in page
    draft = words(browse("quan").get("/ke-hoach/2024/"))
    assert "Mọi chỉ tiêu thành phần có đơn vị báo cáo Thiếu 1: I.9" in draft
    assert "Mọi chỉ tiêu có cơ quan chủ trì Thiếu 1: I.9" in draft
    assert 'href="/tai-khoan/cap/"' not in browse("khanh").get("/ke-hoach/2023/").content.decode()
    small["plan"].periods.filter(number=6).delete()
    broken = browse("quan").get("/ke-hoach/2023/")
    assert "Khoảng số liệu các kỳ nối liền nhau Thiếu 1: giữa tháng 5 và tháng 7" in words(broken)
    assert 'href="/ky-bao-cao/sua/?nam=2023"' in broken.content.decode()


def test_what_is_missing_is_a_link_and_told_by_the_state_of_the_plan(browse):
    """x12 has no account in the running plan, I.9 of the draft nobody to report it."""
    running, draft = browse("khanh").get("/ke-hoach/2023/"), browse("khanh").get("/ke-hoach/2024/")
    assert '<a class="inherit" href="/co-quan/x12/">X12' in running.content.decode()
    assert 'href="/muc-tieu/I.9/?nam=2024"' in draft.content.decode()
    assert "Kiểm trước khi bắt đầu" in words(draft) and "vẫn thực hiện bình thường" not in words(draft)
    assert "Kế hoạch đang thực hiện: kiểm các điều cần có" in words(running)
    assert "Kế hoạch vẫn thực hiện bình thường; các điều còn thiếu nên bổ sung." in words(running)


def test_a_step_is_taken_and_one_that_is_refused_keeps_its_reason(browse, small):
    khanh = browse("khanh")
    assert khanh.post("/ke-hoach/2024/", {"viec": "bat-dau"}).url == "/ke-hoach/2024/"
    assert Plan.objects.get(year=2024).state == PlanState.RUNNING
    refused = khanh.post("/ke-hoach/2023/", {"viec": "ve-du-thao", "ly-do": "Sửa chữ"})
    assert refused.status_code == 409 and "Đã có phiếu được nộp" in refused.content.decode()
    assert khanh.post("/ke-hoach/2023/", {"viec": "khac"}).status_code == 404
    Plan.objects.filter(year=2023).update(state=PlanState.CLOSED)
    assert khanh.post("/ke-hoach/2023/", {"viec": "mo-lai", "ly-do": ""}).status_code == 409
    assert khanh.post("/ke-hoach/2023/", {"viec": "mo-lai", "ly-do": "Sửa tháng 7"}).status_code == 302


def test_a_draft_is_removed(browse):
    khanh = browse("khanh")
    assert khanh.post("/ke-hoach/2024/", {"viec": "xoa"}).url == "/ke-hoach/"
    assert list(Plan.objects.values_list("year", flat=True)) == [2023]


def test_a_draft_does_not_exist_for_others(browse, small, moment):
    """In January of its year too, when its first period would be open."""
    import datetime as dt

    from core.clock import VIETNAM

    keepers, others = ("khanh", "quan"), ("lam", "an")
    addresses = ("/tong-quan/?nam=2024", "/tong-quan/?ky=2024-01", "/ky-bao-cao/?nam=2024", "/du-an/?nam=2024")
    moment.move_to(dt.datetime(2024, 1, 16, 9, tzinfo=VIETNAM))
    for name in keepers:
        assert [browse(name).get(address).status_code for address in addresses] == [200] * 4, name
    for name in others:
        assert [browse(name).get(address).status_code for address in addresses] == [404] * 4, name
        assert "2024" not in words(browse(name).get("/tong-quan/?nam=2030")).split("Không có kế hoạch")[1][:60]
    assert browse("an").get("/nhap-so-lieu/2024-01/").status_code == 404
    assert browse("lam").get("/muc-tieu/I.9/").status_code == 404
    assert "2024-01" not in browse("an").get("/").content.decode()


def test_the_pages_ask_little(browse, django_assert_num_queries):
    khanh = browse("khanh")
    khanh.get("/ke-hoach/")
    with django_assert_num_queries(10):
        khanh.get("/ke-hoach/")
    with django_assert_num_queries(18):
        khanh.get("/ke-hoach/2023/")
