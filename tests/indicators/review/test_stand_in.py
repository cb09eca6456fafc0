"""Acting in the place of a district that sleeps: when it may begin, what it allows, who is told, what is written down."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from agencies.roles import Role
from core.audit.models import AuditEntry
from core.clock import VIETNAM
from core.notifications.models import Notification
from indicators.errors import ActionNotAllowed
from indicators.models import StandIn, State, Submission
from indicators.review import stand_in
from indicators.submissions import editing, workflow
from indicators.submissions.validation import Figures
from tests import factories as make
from tests import worlds

pytestmark = pytest.mark.django_db


def at(day):
    return dt.datetime(2023, 8, day, 9, tzinfo=VIETNAM)


class World:
    """District h1 with communes x11, x12; x11 sent its August report. Due on the 17th, reviewed by the 20th; h1 reports too,
    and more time until the 31st was given to all."""

    def __init__(self):
        tree = make.make_tree()
        self.plan = make.make_plan()
        self.district, self.commune = tree["h1"], tree["x11"]
        self.target = make.target(self.plan, "I.1", [self.district, self.commune])
        self.plan.periods.filter(number=8).update(closes_on=dt.date(2023, 8, 31))
        self.period = make.period(self.plan, 8)
        figures = {self.target: (30, 100)}
        self.report = make.report(self.commune, self.period, figures, state=State.SUBMITTED, submitted_at=make.AT)
        self.ha = make.person("ha", tree["s1"], Role.STANDING)
        self.an = make.person("an", tree["s1"], Role.STANDING)
        self.district_reviewer = make.person("duyet", self.district, Role.REVIEWER)
        self.district_focal = make.person("dau-moi", self.district, Role.FOCAL)
        self.others = {
            "reviewer": self.district_reviewer,
            "focal": self.district_focal,
            "other reviewer": make.person("duyet-h2", tree["h2"], Role.REVIEWER),
            "leader": make.person("lanh-dao", tree["tinh"], Role.LEADER),
        }

    def begin(self, by=None, reason="Huyện nghỉ lễ hội"):
        return stand_in.begin(district=self.district, period=self.period, reason=reason, by=by or self.ha)


@worlds.shared(at=make.AT)
def world():
    return World()


@pytest.fixture(autouse=True)
def on_23_august():
    """Three days after the day for reviewing: the first day on which it may begin."""
    with time_machine.travel(at(23), tick=False):
        yield


def test_it_may_begin_when_a_duty_is_overdue_by_more_than_the_plans_days(world):
    def row():
        return next(row for row in stand_in.duties(world.period) if row.district == world.district)

    with time_machine.travel(at(17), tick=False):
        assert not row().owes
    with time_machine.travel(at(19), tick=False):  # its own report, due on the 17th, is two days late
        assert (row().unsent_since, row().waiting, row().can_begin) == (dt.date(2023, 8, 17), 0, False)
        with pytest.raises(ActionNotAllowed, match="chưa để việc nào quá hạn hơn 2 ngày"):
            world.begin()
    make.report(world.district, world.period, {world.target: (1, 2)}, state=State.APPROVED)
    with time_machine.travel(at(22), tick=False):  # the communes' review, due on the 20th
        assert (row().unsent_since, row().waiting, row().can_begin) == (None, 1, False)
    assert (row().waiting_since, row().can_begin) == (dt.date(2023, 8, 20), True)


def test_only_the_standing_agency_begins_with_a_reason_and_once(world):
    for person in world.others.values():
        with pytest.raises(ActionNotAllowed, match="Chỉ cơ quan thường trực"):
            world.begin(by=person)
    with pytest.raises(ActionNotAllowed, match="kèm lý do"):
        world.begin(reason="  ")
    assert not StandIn.objects.exists()
    world.begin()
    told = Notification.objects.filter(event="stood_in")
    assert {notification.person for notification in told} == {world.district_reviewer, world.district_focal}
    entry = AuditEntry.objects.latest("id")
    assert (entry.act, entry.detail["agency"], entry.detail["reason"]) == (
        "làm thay cấp huyện",
        "h1",
        "Huyện nghỉ lễ hội",
    )
    with pytest.raises(ActionNotAllowed, match="ha đã làm thay"):
        world.begin(by=world.an)


def test_its_communes_reports_are_decided_in_its_place_in_that_period_only(world):
    with pytest.raises(ActionNotAllowed, match="không thuộc phạm vi duyệt"):
        workflow.approve(submission=world.report, by=world.ha)
    july = make.report(world.commune, make.period(world.plan, 7), {world.target: (3, 10)}, state=State.SUBMITTED)
    world.begin()
    reviewable = Submission.objects.reviewable_by
    assert list(reviewable(world.ha).filter(agency=world.commune)) == [world.report]
    assert set(reviewable(world.district_reviewer)) == {world.report, july}
    assert not reviewable(world.others["leader"]).exists()
    workflow.approve(submission=world.report, by=world.ha)
    entry = AuditEntry.objects.latest("id")
    assert (entry.act, entry.detail["instead_of"]) == ("duyệt phiếu", "h1")
    assert entry.detail["reason"] == f"làm thay {world.district.full_name}: Huyện nghỉ lễ hội"


def test_its_own_report_is_filled_in_and_sent_in_its_place_and_approved_by_another(world):
    figures = {world.target: Figures(Decimal(1), Decimal(2))}
    with pytest.raises(ActionNotAllowed, match="thuộc đơn vị khác"):
        editing.open_report(agency=world.district, period=world.period, by=world.ha, on_behalf=True)
    world.begin()
    report = editing.open_report(agency=world.district, period=world.period, by=world.ha, on_behalf=True)
    editing.save_figures(submission=report, figures=figures, by=world.ha, on_behalf=True, via="tệp Excel")
    workflow.submit(submission=report, by=world.ha)
    titles = set(Notification.objects.filter(person=world.district_focal).values_list("event", flat=True))
    assert titles == {"stood_in", "filled_in"}
    assert Notification.objects.filter(person=world.district_focal, event="stood_in").count() == 2
    with pytest.raises(ActionNotAllowed, match="phải do người khác duyệt"):
        workflow.approve(submission=report, by=world.ha)
    assert workflow.approve(submission=report, by=world.an).state == State.APPROVED


def test_pages(world, client):
    page = f"{reverse('stand_ins')}?ky=2023-08"
    for person in world.others.values():
        client.force_login(person)
        assert client.get(page).status_code == 404
    client.force_login(world.ha)
    text = client.get(page).content.decode()
    assert "Phiếu của huyện chưa nộp, hạn 17/08/2023" in text and "1 phiếu cấp xã chờ duyệt" in text
    assert client.post(page, {"huyen": "h1", "reason": " "}).status_code == 409
    assert client.post(page, {"huyen": "x11", "reason": "Lý do"}).status_code == 404
    text = client.post(page, {"huyen": "h1", "reason": "Huyện nghỉ"}, follow=True).content.decode()
    assert "Đang làm thay" in text and "Nhập bằng tệp Excel" in text
    assert (
        f'value="{world.report.pk}-{world.report.revision}"'
        in client.get(reverse("review_queue"), {"ky": "2023-08"}).content.decode()
    )
    review = client.get(reverse("review", args=[world.report.pk])).content.decode()
    assert "Cơ quan thường trực làm thay" in review and "Huyện nghỉ" in review and ">Duyệt phiếu</button>" in review
    assert "của các đơn vị được làm thay" in client.get(reverse("workbooks", args=["2023-08"])).content.decode()
    assert client.get(reverse("workbook_template", args=["2023-08", "lam-thay"])).status_code == 200
    draft = make.report(world.district, world.period, {world.target: (1, 2)}, state=State.DRAFT)
    address = reverse("review", args=[draft.pk])
    assert "Nộp thay phiếu này" in client.get(address).content.decode()
    assert (
        "Đã nộp thay phiếu"
        in client.post(address, {"act": "send", "revision": draft.revision}, follow=True).content.decode()
    )
    client.force_login(world.others["other reviewer"])
    assert client.get(reverse("review", args=[world.report.pk])).status_code == 404


def test_the_page_asks_a_constant_number_of_queries(world, client, django_assert_num_queries):
    client.force_login(world.ha)
    client.get(f"{reverse('stand_ins')}?ky=2023-08")
    with django_assert_num_queries(13):
        client.get(f"{reverse('stand_ins')}?ky=2023-08")
