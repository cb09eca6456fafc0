"""The frame of every page: content, number of queries, and that its failure never stops a page."""

import datetime as dt
import re
from html import unescape

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.test import RequestFactory
from django.urls import resolve

from agencies.roles import Role
from core import clock
from core.clock import VIETNAM
from demo.models import DemoYear
from indicators import page_cache
from indicators.models import Assignment, Exemption, State, Submission
from reports import navigation
from tests import factories

pytestmark = pytest.mark.once


@pytest.fixture
def frame(province):
    """`frame("an", "/tong-quan/")`: the frame of a page for a person."""

    def build(name=None, path="/tong-quan/", **cookies):
        request = RequestFactory().get(path)
        request.COOKIES.update(cookies)
        request.user = province.people[name] if name else AnonymousUser()
        request.resolver_match = resolve(path)
        return navigation.build(request)

    return build


def labels(built):
    return [item.label for item in built.nav]


def counts(built):
    return {item.label: item.count for item in built.nav if item.count}


READING = [
    "Tổng quan",
    "Chỉ tiêu",
    "Chỉ tiêu thành phần",
    "Ma trận",
    "Cơ quan",
    "Dự án",
    "Báo cáo",
    "Chỉ đạo",
    "Đột xuất",
    "Lịch",
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("an", ["Việc cần làm", "Nhập số liệu", "Kết quả đơn vị", "Tổng quan", "Chỉ tiêu", "Lịch"]),
        ("khanh", ["Duyệt phiếu", "Việc cần làm", *READING[:-1], "Kế hoạch", "Lịch"]),
        ("giang", ["Duyệt phiếu", "Việc cần làm", *READING[:-3], "Lịch"]),
        ("lam", [READING[0], "Việc cần làm", *READING[1:]]),
        ("quan", [READING[0], "Việc cần làm", *READING[1:-1], "Kế hoạch", "Lịch", "Quản trị"]),
        (
            "dung",
            [
                "Việc cần làm",
                "Nhập số liệu",
                "Duyệt phiếu",
                "Kết quả đơn vị",
                "Tổng quan",
                "Chỉ tiêu",
                "Cơ quan",
                "Dự án",
                "Báo cáo",
                "Lịch",
            ],
        ),
    ],
)
def test_pages_by_role(frame, name, expected):
    assert labels(frame(name)) == expected


def test_every_entry_opens(as_person, province):
    for name in province.people:
        reader = as_person(name)
        for item in reader.get("/tong-quan/").context["frame"].nav:
            assert reader.get(item.url.partition("#")[0], follow=True).status_code == 200, (name, item.label)


@pytest.mark.parametrize(
    ("name", "path", "current"),
    [
        ("lam", "/", "Tổng quan"),
        ("lam", "/tong-quan/", "Tổng quan"),
        ("lam", "/muc-tieu/I.1/", "Chỉ tiêu thành phần"),
        ("lam", "/ma-tran/", "Ma trận"),
        ("lam", "/co-quan/h1/", "Cơ quan"),
        ("khanh", "/", "Duyệt phiếu"),
        ("an", "/", "Việc cần làm"),
        ("an", "/co-quan/x11/", "Kết quả đơn vị"),
        ("dung", "/co-quan/h1/", "Kết quả đơn vị"),
        ("dung", "/co-quan/x11/", "Cơ quan"),
        ("dung", "/du-an/", "Dự án"),
        ("an", "/nhap-so-lieu/2023-08/", "Nhập số liệu"),
        ("an", "/ky-bao-cao/", "Lịch"),
        ("khanh", "/ky-bao-cao/gia-han/", "Lịch"),
        ("khanh", "/ke-hoach/2023/sao-chep/", "Kế hoạch"),
    ],
)
def test_the_page_one_is_on(frame, name, path, current):
    assert [item.label for item in frame(name, path).nav if item.current] == [current]


@pytest.mark.parametrize(("name", "document"), [("an", "dau-moi"), ("khanh", "nguoi-duyet"), ("lam", "lanh-dao")])
def test_the_start_page_leads_to_the_guide_of_what_it_shows(frame, name, document):
    assert frame(name, "/").help.startswith(f"/huong-dan/{document}/#")


def test_a_page_outside_the_navigation_marks_none(frame):
    assert not any(item.current for item in frame("an", "/muc-tieu/I.1/").nav)


# The period and the basis that are being looked at

JULY = "ky=2023-07&so-lieu=tam-tinh"


def test_the_navigation_keeps_what_is_looked_at(as_person, province):
    """Links pass on the chosen period and basis (July, provisional), and never another one without a notice."""
    nav = {item.label: item.url for item in as_person("lam").get(f"/ma-tran/?{JULY}").context["frame"].nav}
    assert nav["Tổng quan"] == f"/tong-quan/?{JULY}" and nav["Chỉ tiêu thành phần"] == f"/tong-quan/?{JULY}#muc-tieu"
    assert nav["Ma trận"] == f"/ma-tran/?{JULY}" and nav["Cơ quan"] == f"/co-quan/?{JULY}"
    assert nav["Dự án"] == f"/du-an/?{JULY}" and nav["Lịch"] == "/ky-bao-cao/" and nav["Báo cáo"] == "/bao-cao/"
    own = as_person("an").get(f"/tong-quan/?{JULY}").context["frame"].nav
    assert f"/co-quan/x11/?{JULY}" in [item.url for item in own]
    opened = {item.label: item.url for item in as_person("lam").get("/ma-tran/").context["frame"].nav}
    assert opened["Tổng quan"] == "/tong-quan/?ky=2023-07&so-lieu=chinh-thuc"  # the newest with enough reports
    plain = as_person("lam").get("/co-quan/").context["frame"].nav
    assert not any("?" in item.url for item in plain)  # the newest, whichever it will be


def test_the_frame_keeps_it_where_the_body_was_kept(as_person, province, settings):
    """The same cached body for two addresses: the parts of the frame that depend on the address are drawn each time."""
    settings.DEBUG = False
    reader = as_person("lam")
    for _ in range(2):
        assert f"/ma-tran/?{JULY.replace('&', '&amp;')}" in reader.get(f"/tong-quan/?{JULY}").content.decode()
        # The front page names the period that it opened on.
        opened = reader.get("/tong-quan/").content.decode()
        assert 'href="/ma-tran/?ky=2023-07&amp;so-lieu=chinh-thuc"' in opened


def test_the_page_one_is_on_with_a_period(as_person, province):
    nav = as_person("lam").get(f"/muc-tieu/I.1/?{JULY}").context["frame"].nav
    assert [item.label for item in nav if item.current] == ["Chỉ tiêu thành phần"]


def test_no_link_of_a_reading_page_loses_it(as_person, province):
    """Every link from a page with figures to another keeps the period and the basis."""
    reader = as_person("lam")
    pages = ("tong-quan/", "ma-tran/", "co-quan/", "co-quan/h1/", "so-sanh/", "xep-hang/", "muc-tieu/I.1/")
    reads = re.compile(r"/(tong-quan|ma-tran|co-quan|muc-tieu|so-sanh|xep-hang|du-an)/")
    for page in pages:
        html = reader.get(f"/{page}?{JULY}").content.decode()
        links = {unescape(link) for link in re.findall(r'href="([^"]+)"', html)}
        lost = {link for link in links if reads.match(link) and not ("ky=2023-0" in link and "tam-tinh" in link)}
        assert not lost, page


# What waits


def test_tasks_of_a_focal_point(frame, province, moment):
    assert counts(frame("cuc")) == {}  # x21 has sent August's
    on_august = Submission.objects.filter(agency__code="x11", period=province.periods[8])
    on_august.update(state=State.RETURNED, is_official=False, is_provisional=False, return_reason="Xem lại.")
    assert counts(frame("an")) == {"Việc cần làm": 1}  # sent back, to be mended
    on_august.update(state=State.DRAFT, return_reason="")
    assert counts(frame("an")) == {"Việc cần làm": 1}  # begun, not sent
    moment.move_to(dt.datetime(2023, 8, 21, 9, tzinfo=VIETNAM))
    assert counts(frame("an")) == {}  # August closed on the 20th
    on_august.update(extended_until=dt.date(2023, 8, 21))
    assert counts(frame("an")) == {"Việc cần làm": 1}
    moment.move_to(dt.datetime(2023, 8, 22, 9, tzinfo=VIETNAM))
    assert counts(frame("an")) == {}
    on_august.update(state=State.RETURNED, return_reason="Xem lại.")
    assert counts(frame("an")) == {"Việc cần làm": 1}  # more time is to be asked for


def test_nothing_is_due_of_an_agency_without_targets(frame, province):
    province.people["an"].agency = province.tree["h2"]
    assert counts(frame("an")) == {}


def test_a_quarterly_target_is_a_task_only_at_the_quarters_end(frame, province, moment):
    s2 = factories.agency("s2", "department", province.tree["tinh"])
    factories.Assignment.objects.create(target=province.targets["III.1"], agency=s2)
    province.people["an"].agency = s2
    assert counts(frame("an")) == {}
    moment.move_to(dt.datetime(2023, 9, 16, 9, tzinfo=VIETNAM))
    assert counts(frame("an")) == {"Việc cần làm": 1}


@pytest.mark.parametrize("how", ["agency", "assignment", "exemption"])
def test_the_badge_counts_by_the_windows_end_as_the_page_does(as_person, province, how):
    """August's window ended on the 14th, and its report is due on the 17th: who was there on the 14th owes it, although he is
    there no more today, the 16th; who came on the 15th owes nothing yet."""
    cuc, an = province.people["cuc"].agency, province.people["an"].agency
    Submission.objects.filter(agency__in=[an, cuc], period=province.periods[8]).update(
        state=State.DRAFT, is_official=False, is_provisional=False
    )
    last, next_day = dt.date(2023, 8, 14), dt.date(2023, 8, 15)
    for agency, gone in ((cuc, True), (an, False)):
        assignment = Assignment.objects.get(agency=agency)
        if how == "exemption":
            first = next_day if gone else dt.date(2023, 8, 1)
            Exemption.objects.create(
                assignment=assignment, first_day=first, last_day=None if gone else last, reason="Công văn 1."
            )
        else:
            thing = agency if how == "agency" else assignment
            setattr(thing, "last_day" if gone else "first_day", last if gone else next_day)
            thing.save()
    for name, count in (("cuc", 1), ("an", None)):
        response = as_person(name).get("/viec-can-lam/")
        assert len(response.context["tasks"]) == (count or 0)
        shown = next(item.count for item in response.context["frame"].nav if item.label == "Việc cần làm")
        assert (shown or None) == count, name


def test_reports_that_wait_for_a_decision(frame, province):
    assert counts(frame("dung")) == {}  # of its communes x11 and x12 are approved
    Submission.objects.filter(agency__code="x12", period=province.periods[8]).update(
        state=State.SUBMITTED, is_official=False
    )
    assert counts(frame("dung")) == {"Việc cần làm": 1, "Duyệt phiếu": 1}
    assert counts(frame("giang")) == {"Duyệt phiếu": 1}
    assert counts(frame("khanh")) == {}  # the standing agency reviews departments and districts
    assert counts(frame("lam")) == {}


def test_as_many_tasks_as_the_page_lists(as_person, province):
    Submission.objects.filter(agency__code="x12", period=province.periods[8]).update(
        state=State.SUBMITTED, is_official=False
    )
    for name in ("an", "cuc", "dung"):
        response = as_person(name).get("/")
        shown = next((item.count for item in response.context["frame"].nav if item.label == "Việc cần làm"), None)
        assert shown == len(response.context["tasks"]), name


# Whose it is


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lam", "Lãnh đạo · TINH"),
        ("an", "X11, H. Một"),
        ("dung", "H. Một"),
        ("quan", "Quản trị · S1"),
        ("giang", "H. Một"),
    ],
)
def test_who_and_where(frame, province, name, said):
    built = frame(name)
    assert (built.user_name, built.user_role) == (province.people[name].full_name, said)


def test_standing_and_entering_at_once(frame, province):
    both = factories.person("ca", province.tree["s1"], Role.STANDING, Role.FOCAL, full_name="Cả Hai")
    assert navigation.home_of(both) == "todo"
    assert navigation.role_words(both) == "S1"


def test_someone_without_agency_and_role(client, province):
    client.force_login(factories.person("moi"))
    page = client.get("/tong-quan/")
    assert page.status_code == 200
    assert labels(page.context["frame"]) == ["Tổng quan", "Chỉ tiêu", "Lịch"]


@pytest.mark.parametrize(("cookie", "theme"), [("toi", "dark"), ("sang", "light"), ("x<", ""), (None, "")])
def test_theme(frame, cookie, theme):
    assert frame("lam", **({"giao-dien": cookie} if cookie else {})).theme == theme


# Demonstration figures


def illustrate(plan):
    DemoYear.objects.create(plan=plan, seed=1, loaded_at=factories.AT, clock_at=factories.AT, real_at=factories.AT)
    clock.reload_anchor()


def test_illustrative_figures_are_said_everywhere(client, frame, province):
    assert not frame("lam").is_demo and frame("lam").clock_note == ""
    illustrate(province.plan)
    built = frame("lam")
    assert built.is_demo
    assert built.clock_note == (
        "đồng hồ của hệ thống chạy riêng từ 09:00 ngày 16/08/2023, lúc này là 09:00 ngày 16/08/2023"
    )
    assert frame().is_demo
    assert client.get("/dang-nhap/").content.decode().count("Số liệu minh họa") >= 1


# What it costs


def test_at_most_three_queries(frame, django_assert_num_queries):
    with django_assert_num_queries(3):
        frame("dung")
    with django_assert_num_queries(2):
        frame("an")
    with django_assert_num_queries(1):
        frame("lam")


def test_none_for_who_is_not_signed_in(frame, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert frame() == navigation.PageFrame(now=factories.AT, help="/huong-dan/lanh-dao/#tổng-quan")


def test_none_for_an_address_that_does_not_exist(as_person, django_assert_num_queries):
    reader = as_person("lam")
    # Session, account and roles, read before the address is looked up, and the session's new end.
    with django_assert_num_queries(6) as captured:
        response = reader.get("/khong-co-trang-nay/")
    assert response.status_code == 404 and "Không tìm thấy trang này" in response.content.decode()
    assert response.context["frame"].nav == ()
    assert not any("indicators_plan" in query["sql"] for query in captured)


def test_nothing_is_asked_by_a_page_without_the_frame(province, django_assert_num_queries):
    request = RequestFactory().get("/")
    with django_assert_num_queries(0):
        navigation.page_frame(request)


def test_a_database_that_does_not_answer_leaves_the_frame_empty(frame, monkeypatch):
    def fail(*args, **kwargs):
        raise DatabaseError("gone")

    monkeypatch.setattr(page_cache, "plans", fail)
    assert frame("lam", **{"giao-dien": "toi"}) == navigation.PageFrame(theme="dark")


def test_without_a_plan(client, db):
    client.force_login(factories.person("mot", None, Role.LEADER))
    response = client.get("/du-an/x/")
    assert response.status_code == 404
    assert labels(response.context["frame"]) == [READING[0], "Việc cần làm", *READING[2:-1]]  # no plan, no periods
