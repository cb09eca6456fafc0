"""An invented plan 2026–2028 from its creation over HTTP to a figure approved in its second year and a report of that period,
beside the plan of the year 2027, on 16 August 2027. Commune x11 reports I.1 in both, x12 in the year's plan alone."""

import datetime as dt
from types import SimpleNamespace

import pytest
import time_machine

from agencies.roles import Role
from core.clock import VIETNAM
from core.notifications.models import Notification
from indicators.analysis.nodes import Node, as_row
from indicators.calendar import reminders
from indicators.models import Basis, Plan, ReportingPeriod, Rollup, Submission, TargetDefinition, period_words
from indicators.rollups import engine
from indicators.selection import Selection
from indicators.submissions.views.entry import doubts, latest_sheet
from reports.models import Report
from tests import factories, worlds
from tests.page import fields, words

NOW = dt.datetime(2027, 8, 16, 9, tzinfo=VIETNAM)
LONG = "2026-2028"
JULY, AUGUST = f"{LONG}.2027-07", f"{LONG}.2027-08"
PAGES = (
    "/tong-quan/",
    "/ma-tran/",
    "/chi-tieu/",
    "/co-quan/",
    "/co-quan/x11/",
    "/muc-tieu/I.1/",
    "/muc-tieu/I.1/giai-thich/",
    "/muc-tieu/I.1/thay-doi/",
    "/muc-tieu/I.1/dieu-chinh/",
    "/xep-hang/",
    "/so-sanh/",
    "/du-an/",
    "/bao-cao/",
    "/ky-bao-cao/",
    "/chat-luong/",
    "/tong-quan/?che-do=man-hinh",
)
FORM = {"number": "7/KH", "issued_on": "05/01/2026", "title": "Kế hoạch dữ liệu 2026-2028", "issuer": "UBND tỉnh"}


@pytest.fixture
def moment():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@worlds.shared(at=NOW, uses=["moment"])
def world():
    from django.test import Client

    tree = factories.make_tree(departments=1, districts=1, communes=2)
    x11, x12 = tree["x11"], tree["x12"]
    people = {
        "an": factories.person("an", x11, Role.FOCAL),
        "em": factories.person("em", x12, Role.FOCAL),
        "giang": factories.person("giang", tree["h1"], Role.REVIEWER),
        "khanh": factories.person("khanh", tree["s1"], Role.STANDING),
        "lam": factories.person("lam", tree["tinh"], Role.LEADER),
        "quan": factories.person("quan", tree["s1"], Role.ADMIN),
    }
    year = factories.make_plan(2027)
    ours = factories.target(year, "I.1", [x11, x12], label="Hồ sơ trực tuyến")
    admin = Client()
    admin.force_login(people["quan"])
    typed = fields(admin.get("/thiet-lap/ke-hoach/")) | FORM | {"year": "2026", "last_year": "2028"}
    typed.pop("act", None)
    opened = admin.post("/thiet-lap/ke-hoach/", typed, follow=True)
    plan = Plan.objects.get(code=LONG)
    theirs = factories.target(plan, "I.1", [x11], label="Dữ liệu mở", due=plan.last_day, threshold=90)
    # November 2026: 5 of 10; January to July 2027: 7 of 10 each.
    factories.report(x11, plan.periods.get(number=11), {theirs: (5, 10)})
    for number in range(13, 20):
        factories.report(x11, plan.periods.get(number=number), {theirs: (7, 10)})
    factories.report(x11, factories.period(year, 7), {ours: (30, 100)})
    started = admin.post(f"/ke-hoach/{LONG}/", {"viec": "bat-dau"})
    plan.refresh_from_db()
    for each in (year, plan):
        engine.rebuild(each)
    says, code = words(opened), started.status_code
    return SimpleNamespace(tree=tree, year=year, plan=plan, people=people, opened=says, started=code)


@pytest.fixture
def browse(world, client):
    """`browse("an")` gives a client of its own, signed in as that person."""

    def go(name):
        mine = type(client)()
        mine.force_login(world.people[name])
        return mine

    return go


def test_the_plan_is_opened_with_36_periods_of_its_own(world):
    plan = world.plan
    assert "với 36 kỳ báo cáo" in world.opened and world.started == 302
    assert (plan.state, plan.address, plan.query, plan.short_name) == (
        "running",
        LONG,
        "ke-hoach=2026-2028",
        "năm 2026-2028",
    )
    assert (plan.first_day, plan.last_day) == (dt.date(2026, 1, 1), dt.date(2028, 12, 31))
    march = plan.periods.select_related("plan").get(number=15)
    assert (march.year, march.month, march.label, march.code) == (2027, 3, "3/2027", f"{LONG}.2027-03")
    assert (march.window_first, march.window_last) == (dt.date(2027, 2, 15), dt.date(2027, 3, 14))
    assert str(march) == period_words(march.code) == "tháng 3 năm 2027 (kế hoạch 2026-2028)"
    assert ReportingPeriod.objects.of_code(march.code) == march
    assert ReportingPeriod.objects.of_code("2027-03").plan == world.year
    assert ReportingPeriod.objects.of_code(f"{LONG}.2029-01") is None
    assert plan.example_code == f"{LONG}.2028-06" and world.year.example_code == "2027-06"
    assert [plan.number_of(2026, 1), plan.number_of(2028, 12), plan.last_number] == [1, 36, 36]


@pytest.mark.once
def test_bounds_are_told_in_vietnamese(browse):
    admin = browse("quan")
    for typed, says in (
        ({"year": "2026", "last_year": "2036"}, "Kế hoạch dài nhất 10 năm."),
        ({"year": "2026", "last_year": "2025"}, "Kế hoạch dài ít nhất mười hai tháng"),
        ({"year": "2026", "first_month": "7"}, "Kế hoạch dài ít nhất mười hai tháng"),
        ({"year": "2026", "last_year": "hai"}, "Năm là một số, như 2030."),
        ({"year": "2026", "last_year": "2028", "code": "2026"}, "Mã của kế hoạch nhiều năm không chỉ gồm chữ số"),
        ({"year": "2026", "last_year": "2028"}, "Mã 2026-2028 đã có kế hoạch dùng."),
    ):
        answer = admin.post("/thiet-lap/ke-hoach/", FORM | typed)
        assert answer.status_code == 200 and says in words(answer), typed
    assert Plan.objects.count() == 2


def test_a_year_may_run_from_july_to_june(browse):
    answer = browse("quan").post(
        "/thiet-lap/ke-hoach/",
        FORM | {"year": "2027", "first_month": "7", "last_year": "2028", "last_month": "6"},
        follow=True,
    )
    assert "với 12 kỳ báo cáo" in words(answer)
    plan = Plan.objects.get(code="2027-2028")
    assert (plan.first_day, plan.last_day) == (dt.date(2027, 7, 1), dt.date(2028, 6, 30))
    first, *_, last = plan.periods.select_related("plan").in_order()
    assert (first.number, first.code, last.number, last.code) == (
        1,
        "2027-2028.2027-07",
        12,
        "2027-2028.2028-06",
    )
    assert last.window_last == dt.date(2028, 6, 14) and last.is_quarter_end


@pytest.mark.once
def test_each_page_shows_the_plan_of_its_address(browse):
    leader, wrong = browse("lam"), {}
    for address in PAGES:
        join = "&" if "?" in address else "?"
        for query, other in ((f"ky={JULY}", "Hồ sơ trực tuyến"), ("ky=2027-07", "Dữ liệu mở")):
            answer = leader.get(f"{address}{join}{query}")
            if answer.status_code != 200 or other in words(answer):
                wrong[address, query] = answer.status_code
    assert wrong == {}
    # Without a plan in `ky` that of the year 2027; of 2028, which no other plan has, the one over several years.
    assert "Dữ liệu mở" in words(leader.get("/chi-tieu/?nam=2028"))
    assert "Hồ sơ trực tuyến" in words(leader.get("/chi-tieu/"))
    assert leader.get(f"/tong-quan/?ky={LONG}.2028-13").status_code == 404


@pytest.mark.once
def test_the_chooser_groups_periods_by_year(browse):
    page = browse("lam").get(f"/muc-tieu/I.1/?ky={JULY}").content.decode()
    assert page.index('<optgroup label="Năm 2027">') < page.index(f'value="{JULY}" selected')
    assert page.index(f'value="{JULY}" selected') < page.index('<optgroup label="Năm 2026">')
    assert "T7/2027" in page and "Kế hoạch năm 2027" in page
    assert "<optgroup" not in browse("lam").get("/muc-tieu/I.1/?ky=2027-07").content.decode()


def test_a_figure_of_the_second_year_is_entered_and_approved(browse, world):
    an = browse("an")
    home = an.get("/")
    assert f'href="/nhap-so-lieu/{AUGUST}/"' in home.content.decode() and 'href="/nhap-so-lieu/2027-08/"' in (
        home.content.decode()
    )
    assert "phiếu tháng 8/2027 (kế hoạch 2026-2028)" in words(home)
    assert "Phiếu của kế hoạch năm 2027" in words(an.get(f"/nhap-so-lieu/{AUGUST}/"))
    assert "2026-2028" not in words(browse("em").get("/"))
    opened = fields(an.get(f"/nhap-so-lieu/{AUGUST}/"))
    typed = opened | {"who": str(world.people["an"].pk), "numerator-I.1": "9", "denominator-I.1": "10"}
    assert an.post(f"/nhap-so-lieu/{AUGUST}/o/", typed).json()["rows"]["I.1"]["saved"]
    summary = fields(an.get(f"/nhap-so-lieu/{AUGUST}/gui/"))
    summary |= fields(an.post(f"/nhap-so-lieu/{AUGUST}/gui/", summary))
    summary["confirm"] = doubts(latest_sheet(world.tree["x11"], world.plan.periods.get(number=20)))
    assert an.post(f"/nhap-so-lieu/{AUGUST}/gui/", summary).status_code == 302
    report = Submission.objects.get(period__plan=world.plan, period__number=20)
    assert report.receipt_code == "2026-2028-2027-08-x11-01"
    giang = browse("giang")
    assert "Tháng 8/2027 (kế hoạch 2026-2028): 1 phiếu" in words(giang.get("/viec-can-lam/"))
    assert f'href="/duyet/{report.pk}/"' in giang.get(f"/duyet/?ky={AUGUST}").content.decode()
    form = fields(giang.get(f"/duyet/{report.pk}/"))
    assert giang.post(f"/duyet/{report.pk}/", form | {"act": "approve"}).status_code == 302
    told = Notification.objects.filter(person=world.people["an"]).values_list("title", "url")
    assert any("kế hoạch 2026-2028" in title and AUGUST in url for title, url in told)
    engine.rebuild(world.plan)
    whole = {"basis": "official", "scope": "area", "node": "tinh", "target__plan": world.plan}
    sums = dict(Rollup.objects.filter(**whole).values_list("period__number", "numerator"))
    # The sum begins again in January 2027: 7 × 7 + 9 of 80, without November's 5.
    assert (sums[12], sums[13], sums[20]) == (5, 7, 58)
    page = words(browse("lam").get(f"/muc-tieu/I.1/?ky={AUGUST}"))
    assert "72,5%" in page and "Lũy kế từ tháng 1/2027 đến 14/08/2027" in page


def test_words_of_time_are_the_plans(browse, world):
    khanh = browse("khanh")
    assert "Ngày nghỉ từ nay đến hết kế hoạch" in words(khanh.get(f"/ky-bao-cao/?ky={AUGUST}"))
    assert "Ngày nghỉ từ nay đến hết năm" in words(khanh.get("/ky-bao-cao/?ky=2027-08"))
    assert "Sao chép sang kế hoạch sau" in words(khanh.get(f"/ke-hoach/{LONG}/"))
    assert "Năm đầu của kế hoạch mới" in words(khanh.get(f"/ke-hoach/{LONG}/sao-chep/"))
    periods = list(world.plan.periods.select_related("plan"))
    selection = Selection(world.plan, periods[19], Basis.OFFICIAL, periods)
    target = world.plan.targets.get()
    row = Rollup(
        target=target,
        period=periods[19],
        scope="area",
        node="tinh",
        status="no_data",
        expected=0,
        reported=0,
        approved=0,
    )
    assert as_row(selection, target, row, None, Node("area", "tinh", "Tỉnh", None), 13).last_month == "1/2027"
    assert (world.plan.span_word, world.plan.time_before) == ("kế hoạch", "trước kế hoạch")


def test_january_begins_a_sum_of_its_own_and_corrects_nothing(browse, world):
    """December 2026 as of 5 of 10, January 2027 7 of 10 of its own: no change to show, and its cause is the new year."""
    lam, january = browse("lam"), f"ky={LONG}.2027-01"
    page = words(lam.get(f"/muc-tieu/I.1/?{january}"))
    assert "So với tháng 12/2026 — " in page and "20 điểm" not in page
    assert "lũy kế từ đầu mỗi năm của kế hoạch" in page
    assert "Riêng năm đến hạn 31/12/2028, chưa có kỳ nào của năm đó" in words(lam.get(f"/muc-tieu/I.1/?ky={JULY}"))
    target = world.plan.targets.get()
    for number, first in ((1, 1), (2, 13)):
        TargetDefinition.objects.create(
            target=target, number=number, content=target.definition, first_period=first, made_at=NOW, reason="x"
        )
    assert "Vạch đứng trước tháng 1/2027" in words(lam.get(f"/muc-tieu/I.1/?{january}"))
    why = words(lam.get(f"/muc-tieu/I.1/thay-doi/?{january}&so-voi={LONG}.2026-12"))
    assert "Sang năm mới, cộng lại từ đầu" in why
    assert "không còn số" not in why and "Điều chỉnh" not in why


@pytest.mark.once
def test_a_report_of_that_period_is_drafted(browse, world):
    khanh = browse("khanh")
    preview = khanh.get(f"/bao-cao/tien-do/?ky={JULY}")
    assert preview.status_code == 200 and "tháng 7 năm 2027" in words(preview)
    for code, title in (("quy-1", "quý I năm 2027"), ("6-thang", "6 tháng đầu năm 2027")):
        answer = khanh.get(f"/bao-cao/tien-do/?ky={LONG}.2027-{code}")
        assert answer.status_code == 200 and title in words(answer)
    assert khanh.get(f"/bao-cao/tien-do/?ky={LONG}.2026-nam").status_code == 200
    assert khanh.post("/bao-cao/moi/", fields(preview)).status_code == 302
    assert Report.objects.get(plan=world.plan).span == JULY
    assert "được cộng dồn từ đầu mỗi năm của kế hoạch, ghi “lũy kế”" in words(preview)


def test_reminders_of_both_plans_go_out(world, moment):
    moment.move_to(dt.datetime(2027, 8, 17, 9, tzinfo=VIETNAM))
    reminders.remind()
    told = list(Notification.objects.filter(person=world.people["an"]).values_list("title", "url"))
    long, short = ([url for _, url in told if (AUGUST in url) is among] for among in (True, False))
    assert len(long) == len(short) > 0


@pytest.mark.once
def test_definitions_begin_with_a_period_of_any_year(browse):
    page = browse("khanh").get(f"/muc-tieu/I.1/dinh-nghia/?ky={JULY}").content.decode()
    assert '<option value="25">từ kỳ tháng 1/2028</option>' in page


def test_the_years_after_are_copied(browse, world):
    khanh = browse("khanh")
    page = khanh.get(f"/ke-hoach/{LONG}/sao-chep/")
    assert fields(page)["year"] == "2029" and "Tháng 3/2031" in words(page)
    made = khanh.post(f"/ke-hoach/{LONG}/sao-chep/", {"year": "2029", "act": "copy", "muc-tieu": "I.1"})
    assert made.status_code == 302
    copy = Plan.objects.get(code="2029-2031")
    assert (copy.title, copy.first_day, copy.last_day, copy.periods.count()) == (
        "Kế hoạch dữ liệu 2029-2031",
        dt.date(2029, 1, 1),
        dt.date(2031, 12, 31),
        36,
    )
    assert copy.periods.get(number=36).window_last == dt.date(2031, 12, 14)
