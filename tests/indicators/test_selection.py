"""The plan and the period of an address, around the turn of the year: 2023 ends while December is open until 20 January.

x11 owes December 2023; x12 sent it on 4 January. January's report of 2024 opens on 15 January. Target I.1 stands in both
plans, II.9 in that of 2023 alone. Windows run from the 15th to the 14th: on 5 January no window of 2024 is complete.
"""

import datetime as dt
from types import SimpleNamespace

import pytest
import time_machine

from agencies.roles import Role
from core import clock
from indicators.models import Plan, State
from indicators.rollups import engine
from tests import factories, worlds
from tests.page import words

BEFORE = dt.datetime(2023, 12, 18, 9, tzinfo=clock.VIETNAM)
OPEN = dt.datetime(2024, 1, 5, 9, tzinfo=clock.VIETNAM)
AFTER = dt.datetime(2024, 1, 16, 9, tzinfo=clock.VIETNAM)
LATER = dt.datetime(2024, 2, 1, 9, tzinfo=clock.VIETNAM)


@pytest.fixture
def moment():
    """09:00 on 5 January 2024; `moment.move_to(…)` changes it."""
    with time_machine.travel(OPEN, tick=False) as traveller:
        yield traveller


@worlds.shared(at=OPEN, uses=["moment"])
def years():
    """The plans of 2023 and 2024, December still open, one report of it waiting."""
    tree = factories.make_tree(departments=1, districts=1, communes=2)
    communes = [tree["x11"], tree["x12"]]
    old, new = factories.make_plan(2023), factories.make_plan(2024)
    targets = {plan.year: factories.target(plan, "I.1", communes, label=f"Hồ sơ {plan.year}") for plan in (old, new)}
    factories.target(old, "II.9", communes, label="Chỉ có năm 2023")
    december = factories.period(old, 12)
    december.closes_on = dt.date(2024, 1, 20)
    december.save()
    people = {
        "an": factories.person("an", tree["x11"], Role.FOCAL),
        "giang": factories.person("giang", tree["h1"], Role.REVIEWER),
        "khanh": factories.person("khanh", tree["s1"], Role.STANDING),
        "lam": factories.person("lam", tree["tinh"], Role.LEADER),
    }
    sent = factories.report(tree["x12"], december, {targets[2023]: (30, 100)}, state=State.SUBMITTED)
    for plan in (old, new):
        engine.rebuild(plan)
    return SimpleNamespace(tree=tree, old=old, new=new, december=december, people=people, sent=sent)


@pytest.fixture
def as_person(client, years):
    """`as_person("an")` gives a client of its own, logged in as that person."""

    def go(name):
        mine = type(client)()
        mine.force_login(years.people[name])
        return mine

    return go


@pytest.mark.parametrize(
    ("now", "in_view", "at_work"),
    [(BEFORE, 2023, [2023]), (OPEN, 2023, [2023]), (AFTER, 2024, [2023, 2024]), (LATER, 2024, [2023, 2024])],
)
def test_plans_in_view_and_at_work(years, moment, now, in_view, at_work):
    moment.move_to(now)
    assert Plan.objects.in_view().year == in_view
    # December waits for its decision until somebody decides, however late.
    assert [plan.year for plan in Plan.objects.at_work()] == at_work


def test_a_plan_without_work_is_not_at_work(years, moment):
    moment.move_to(LATER)
    years.sent.actuals.all().delete()
    years.sent.delete()
    assert [plan.year for plan in Plan.objects.at_work()] == [2024]


def test_a_plan_alone_is_in_view_before_it_begins(years, moment):
    moment.move_to(dt.datetime(2022, 11, 1, 9, tzinfo=clock.VIETNAM))
    assert Plan.objects.in_view().year == 2023
    assert [plan.year for plan in Plan.objects.at_work()] == [2023]


@pytest.mark.parametrize("now", [BEFORE, OPEN, AFTER, LATER])
def test_each_page_answers_for_each_year(as_person, years, moment, now):
    """`ky` selects its own plan whatever the day; `nam` the newest period of a plan."""
    moment.move_to(now)
    leader = as_person("lam")
    for address in (
        "/tong-quan/",
        "/ma-tran/",
        "/chi-tieu/",
        "/co-quan/",
        "/co-quan/x11/",
        "/muc-tieu/I.1/",
        "/muc-tieu/I.1/giai-thich/",
        "/muc-tieu/I.1/thay-doi/",
        "/xep-hang/",
        "/so-sanh/",
        "/du-an/",
        "/bao-cao/",
        "/ky-bao-cao/",
        "/tim/?q=ho+so",
    ):
        join = "&" if "?" in address else "?"
        for query in ("ky=2023-12", "nam=2024" if now < AFTER else "ky=2024-01"):
            answer = leader.get(f"{address}{join}{query}")
            assert answer.status_code == 200, (address, query, now)
    assert "Hồ sơ 2023" in words(leader.get("/muc-tieu/I.1/?ky=2023-08"))
    assert "Hồ sơ 2024" in words(leader.get("/muc-tieu/I.1/?nam=2024"))


def test_the_frame_leads_from_one_year_to_the_other(as_person, years, moment):
    page = as_person("lam").get("/muc-tieu/I.1/?ky=2023-08").content.decode()
    assert 'href="/muc-tieu/I.1/?nam=2024"' in page and "nam=2022" not in page
    assert (
        'href="/ma-tran/?nhom=xa&amp;nam=2023"' in as_person("lam").get("/ma-tran/?nhom=xa&nam=2024").content.decode()
    )


def test_an_unknown_year_names_the_known_ones(as_person, years):
    answer = as_person("lam").get("/tong-quan/?nam=2019")
    assert answer.status_code == 404 and "Có kế hoạch năm 2023, 2024." in words(answer)
    assert as_person("lam").get("/tong-quan/?nam=<script>").status_code == 404
    assert "Không có kỳ này" in words(as_person("lam").get("/tong-quan/?ky=2019-08"))


def test_a_code_of_another_year(as_person, years, moment):
    moment.move_to(AFTER)
    leader = as_person("lam")
    assert leader.get("/muc-tieu/II.9/").url == "/muc-tieu/II.9/?nam=2023"
    assert leader.get("/muc-tieu/II.9/", follow=True).status_code == 200
    named = leader.get("/muc-tieu/II.9/?nam=2024")
    assert named.status_code == 404
    assert "Kế hoạch năm 2024 không có chỉ tiêu này; có trong kế hoạch năm 2023." in words(named)


def test_december_is_worked_on_in_january(as_person, years, moment):
    for now in (OPEN, AFTER):
        moment.move_to(now)
        page = as_person("an").get("/")
        assert "phiếu tháng 12" in words(page) and "hiện không có việc nào" not in words(page).lower()
        assert ">Việc cần làm<span" in page.content.decode().replace("\n", "")
    assert as_person("an").get("/nhap-so-lieu/2023-12/").status_code == 200
    # The newest open period is entered first: January's from the 15th on.
    assert as_person("an").get("/nhap-so-lieu/").url == "/nhap-so-lieu/2024-01/"
    moment.move_to(OPEN)
    assert as_person("an").get("/nhap-so-lieu/").url == "/nhap-so-lieu/2023-12/"


def test_december_is_decided_in_january(as_person, years, moment):
    moment.move_to(AFTER)
    reviewer = as_person("giang")
    queue = reviewer.get("/duyet/")
    assert "Tháng 12 năm 2023" in words(queue) and "ky=2023-12" in queue.content.decode()
    assert years.tree["x12"].short_name in words(reviewer.get("/duyet/?ky=2023-12"))
    assert "Duyệt 1 phiếu đang chờ Tháng 12" in words(reviewer.get("/viec-can-lam/"))
    assert reviewer.get(f"/duyet/{years.sent.pk}/").status_code == 200
    back = {"act": "return", "code": "other", "reason": "Xem lại số liệu tháng 12."}
    assert reviewer.post(f"/duyet/{years.sent.pk}/", back).status_code < 500


def test_more_time_for_december_in_january(as_person, years, moment):
    moment.move_to(AFTER)
    asked = as_person("an").post(
        "/nhap-so-lieu/2023-12/gia-han/", {"until": "25/01/2024", "reason": "Chờ số liệu của ngành."}, follow=True
    )
    assert "Đã gửi đề nghị gia hạn" in words(asked)
    page = as_person("khanh").get("/ky-bao-cao/gia-han/")
    assert "tháng 12 năm 2023" in words(page) and "1 đề nghị chờ quyết định" in words(page)
