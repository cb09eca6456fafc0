"""The change of the year, through the pages: 2023 is copied and started in December, settled in January, closed in February,
while 2024 runs its first month."""

import datetime as dt
from types import SimpleNamespace

import pytest
import time_machine

from agencies.roles import Role
from core.clock import VIETNAM
from core.notifications.models import Notification
from indicators.calendar import reminders
from indicators.models import Actual, Extension, Plan, PlanState, Rollup, State, Submission
from indicators.rollups import engine
from indicators.submissions.views.entry import doubts, latest_sheet
from plans import services
from plans.copying import copy_plan
from tests import factories, worlds
from tests.indicators.conftest import build_office
from tests.page import fields


def at(month, day, year=2024):
    return dt.datetime(year, month, day, 9, tzinfo=VIETNAM)


CHRISTMAS = at(12, 18, 2023)
MOMENTS = {"18/12": CHRISTMAS, "5/1": at(1, 5), "16/1": at(1, 16), "1/2": at(2, 1)}
PERIODS = ("2023-08", "2023-12", "2024-01")
# A focal point and the standing agency; the queue is a reviewer's too.
EVERYBODY = {"an", "khanh"}
# Address -> who opens it; the others are told that it does not exist.
ADDRESSES = {
    "/tong-quan/": EVERYBODY,
    "/muc-tieu/I.1/": EVERYBODY,
    "/muc-tieu/I.1/giai-thich/": EVERYBODY,
    "/muc-tieu/I.1/thay-doi/": EVERYBODY,
    "/co-quan/x11/": EVERYBODY,
    "/ma-tran/": EVERYBODY,
    "/xep-hang/": EVERYBODY,
    "/so-sanh/": EVERYBODY,
    "/du-an/": EVERYBODY,
    "/ky-bao-cao/": EVERYBODY,
    "/bao-cao/": EVERYBODY,
    "/duyet/": {"khanh"},
}


@pytest.fixture
def moment():
    with time_machine.travel(CHRISTMAS, tick=False) as traveller:
        yield traveller


@worlds.shared(at=CHRISTMAS, uses=["moment"])
def office():
    """The office of the page tests with December open until 20 January; x12's report of December waits. 2024 is started."""
    made = build_office()
    made.people["quan"] = factories.person("quan", made.tree["s1"], Role.ADMIN)
    made.plan.periods.filter(number=12).update(
        due_on=dt.date(2024, 1, 17), review_due_on=dt.date(2024, 1, 20), closes_on=dt.date(2024, 1, 20)
    )
    december = factories.period(made.plan, 12)
    waiting = factories.report(
        made.tree["x12"],
        december,
        {made.targets["I.1"]: (40, 50)},
        state=State.SUBMITTED,
        submitted_by=made.people["an"],
    )
    engine.rebuild(made.plan)
    keeper = made.people["khanh"]
    next_plan = copy_plan(plan=made.plan, year=2024, code="2024", by=keeper)
    services.take_step(plan=next_plan, name="bat-dau", by=keeper)
    engine.rebuild(next_plan)
    return SimpleNamespace(**vars(made), december=december, waiting=waiting, next_plan=next_plan, keeper=keeper)


@pytest.fixture
def browse(office, client):
    """`browse("an")` gives a client of its own, signed in at the moment of the test."""

    def go(name):
        mine = type(client)()
        mine.force_login(office.people[name])
        return mine

    return go


@pytest.mark.slow(20)
@pytest.mark.once
@pytest.mark.parametrize("day", MOMENTS)
def test_every_address_answers_its_roles_in_each_period(browse, moment, day):
    moment.move_to(MOMENTS[day])
    wrong = {}
    for name in sorted(EVERYBODY):
        browser = browse(name)
        for address, readers in ADDRESSES.items():
            for period in PERIODS:
                expected = 200 if name in readers else 404
                answer = browser.get(f"{address}?ky={period}", follow=True)
                if answer.status_code != expected:
                    wrong[name, address, period] = answer.status_code
    assert wrong == {}
    for name, address in (("dung", "/duyet/"), ("lam", "/tong-quan/"), ("quan", "/ma-tran/")):
        statuses = [browse(name).get(f"{address}?ky={period}", follow=True).status_code for period in PERIODS]
        assert statuses == [200] * 3, address


@pytest.mark.once
@pytest.mark.parametrize("day", MOMENTS)
def test_entry_and_workbook_of_each_period_answer_the_focal_point(browse, moment, day):
    moment.move_to(MOMENTS[day])
    an, lam = browse("an"), browse("lam")
    for period in PERIODS:
        for address in (f"/nhap-so-lieu/{period}/", f"/nhap-so-lieu/{period}/tep/"):
            assert (an.get(address).status_code, lam.get(address).status_code) == (200, 404), address


def test_december_is_in_tasks_queue_and_notices_in_january(browse, moment, office):
    moment.move_to(MOMENTS["5/1"])
    assert 'href="/nhap-so-lieu/2023-12/"' in browse("an").get("/").content.decode()
    queue = browse("dung").get("/duyet/", follow=True).content.decode()
    assert f'href="/duyet/{office.waiting.pk}/"' in queue
    moment.move_to(at(1, 15))
    reminders.remind()
    told = Notification.objects.filter(person=office.people["an"]).values_list("title", flat=True)
    assert any("tháng 12 năm 2023" in title for title in told)


def test_december_is_approved_in_january(browse, moment, office):
    moment.move_to(MOMENTS["5/1"])
    dung = browse("dung")
    form = fields(dung.get(f"/duyet/{office.waiting.pk}/"))
    answer = dung.post(f"/duyet/{office.waiting.pk}/", form | {"act": "approve"})
    assert answer.status_code == 302
    assert Submission.objects.get(pk=office.waiting.pk).state == State.APPROVED


def test_december_is_returned_and_extended_in_january(browse, moment, office):
    from indicators.calendar import services as calendar
    from indicators.submissions import workflow

    moment.move_to(MOMENTS["5/1"])
    workflow.return_report(submission=office.waiting, by=office.people["dung"], reason="Xem lại mẫu số")
    assert Submission.objects.get(pk=office.waiting.pk).extended_until == dt.date(2024, 1, 20)
    asked = calendar.ask_extension(
        agency=office.tree["x11"],
        period=office.december,
        by=office.people["an"],
        reason="Chưa đủ hồ sơ",
        until=dt.date(2024, 1, 25),
    )
    page = browse("dung").get("/ky-bao-cao/gia-han/").content.decode()
    assert "Chưa đủ hồ sơ" in page
    calendar.grant_extension(extension=asked, by=office.people["dung"])
    moment.move_to(at(1, 24))
    assert 'href="/nhap-so-lieu/2023-12/"' in browse("an").get("/").content.decode()


def test_after_closing_every_write_is_refused_and_all_is_read(browse, moment, office):
    moment.move_to(MOMENTS["1/2"])
    keeper = office.keeper
    Submission.objects.filter(pk=office.waiting.pk).update(
        state=State.APPROVED, is_official=True, reviewed_at=MOMENTS["5/1"], reviewed_by=office.people["dung"]
    )
    for name in ("khoa-so", "khoa"):
        services.take_step(plan=office.plan, name=name, by=keeper)
    an, khanh, dung = browse("an"), browse("khanh"), browse("dung")
    before = Actual.objects.count(), Extension.objects.count(), Submission.objects.count()
    closed = "đã khóa nên không ghi gì nữa"
    data = {"who": str(office.people["an"].pk), "numerator-I.1": "1", "denominator-I.1": "2", "seen-I.1": ""}
    assert closed in an.post("/nhap-so-lieu/2023-12/o/", data).json()["locked"]
    assert (
        dung.post(f"/duyet/{office.waiting.pk}/", {"act": "reopen", "reason": "thử", "code": "other"}).status_code < 500
    )
    khanh.post(
        "/ky-bao-cao/gia-han/cho/", {"period": office.december.pk, "agency": office.tree["x11"].pk, "reason": "a"}
    )
    assert (Actual.objects.count(), Extension.objects.count(), Submission.objects.count()) == before
    assert Plan.objects.get(pk=office.plan.pk).state == PlanState.CLOSED
    for address in ("/tong-quan/?ky=2023-12", "/muc-tieu/I.1/?ky=2023-12", f"/duyet/{office.waiting.pk}/"):
        assert khanh.get(address).status_code == 200


def test_2024_runs_a_month(browse, moment, office):
    """x11 enters 30 of 40, its district approves: 75% in the overview of January, which 2023 does not change."""
    december = list(Rollup.objects.filter(period__plan=office.plan).order_by("pk").values_list())
    moment.move_to(MOMENTS["16/1"])
    an = browse("an")
    opened = fields(an.get("/nhap-so-lieu/2024-01/"))
    typed = opened | {"who": str(office.people["an"].pk), "numerator-I.1": "30", "denominator-I.1": "40"}
    assert an.post("/nhap-so-lieu/2024-01/o/", typed).json()["rows"]["I.1"]["saved"]
    summary = fields(an.get("/nhap-so-lieu/2024-01/gui/"))
    # Not everything is in: what is missing is confirmed as the page asks.
    summary |= fields(an.post("/nhap-so-lieu/2024-01/gui/", summary))
    summary["confirm"] = doubts(latest_sheet(office.tree["x11"], factories.period(office.next_plan, 1)))
    assert an.post("/nhap-so-lieu/2024-01/gui/", summary).status_code == 302
    report = Submission.objects.get(period__plan=office.next_plan)
    dung = browse("dung")
    assert f'href="/duyet/{report.pk}/"' in dung.get("/duyet/", follow=True).content.decode()
    form = fields(dung.get(f"/duyet/{report.pk}/"))
    assert dung.post(f"/duyet/{report.pk}/", form | {"act": "approve"}).status_code == 302
    engine.rebuild(office.next_plan)
    row = Rollup.objects.get(
        target__plan=office.next_plan, target__code="I.1", period__number=1, basis="official", scope="area", node="tinh"
    )
    assert (row.numerator, row.denominator, row.value) == (30, 40, 75)
    moment.move_to(MOMENTS["1/2"])
    page = browse("lam").get("/muc-tieu/I.1/?ky=2024-01").content.decode().replace("\u00a0", " ")
    assert "75%" in page
    assert list(Rollup.objects.filter(period__plan=office.plan).order_by("pk").values_list()) == december
