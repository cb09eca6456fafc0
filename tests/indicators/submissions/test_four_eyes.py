"""Four eyes: a report that the standing agency sends itself is approved by another of its people."""

from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from agencies.roles import Role
from indicators.errors import ActionNotAllowed
from indicators.models import State
from indicators.submissions import editing, four_eyes, workflow
from indicators.submissions.validation import Figures
from tests import factories as make
from tests import worlds

pytestmark = pytest.mark.django_db

APPROVE = ">Duyệt phiếu</button>"


class World:
    """The standing agency s1 with three people, and a commune x11 of district h1 whose reviewer also helps to fill in."""

    def __init__(self):
        tree = make.make_tree()
        plan = make.make_plan()
        self.agency, self.commune = tree["s1"], tree["x11"]
        self.target = make.target(plan, "I.1", [self.agency, self.commune])
        self.period = make.period(plan, 8)
        both = (Role.STANDING, Role.FOCAL)
        self.hoa, self.an, self.binh = (make.person(name, self.agency, *both) for name in ("hoa", "an", "binh"))
        self.focal = make.person("xa", self.commune, Role.FOCAL)
        self.reviewer = make.person("huyen", tree["h1"], Role.REVIEWER)


@worlds.shared(at=make.AT)
def world():
    return World()


@pytest.fixture(autouse=True)
def at_nine_on_16_august():
    with time_machine.travel(make.AT, tick=False):
        yield


def entered_and_sent(world, agency, *, editor, sender, on_behalf=False):
    report = editing.open_report(agency=agency, period=world.period, by=editor, on_behalf=on_behalf)
    figures = {world.target: Figures(Decimal(30), Decimal(100))}
    editing.save_figures(submission=report, figures=figures, by=editor, on_behalf=on_behalf)
    return workflow.submit(submission=report, by=sender)


def test_the_sender_and_the_last_editor_of_one_agency_do_not_approve_and_the_third_does(world):
    report = entered_and_sent(world, world.agency, editor=world.an, sender=world.hoa)
    with pytest.raises(ActionNotAllowed, match="đã nộp phiếu.*Duyệt được: binh"):
        workflow.approve(submission=report, by=world.hoa)
    with pytest.raises(ActionNotAllowed, match="sửa số sau cùng.*Duyệt được: binh"):
        workflow.approve(submission=report, by=world.an)
    report.refresh_from_db()
    assert report.state == State.SUBMITTED
    assert workflow.approve(submission=report, by=world.binh).state == State.APPROVED


def test_where_nobody_else_may_the_reason_says_what_to_do(world):
    type(world.hoa).objects.filter(pk__in=[world.an.pk, world.binh.pk]).update(is_active=False)
    report = entered_and_sent(world, world.agency, editor=world.hoa, sender=world.hoa)
    assert four_eyes.NOBODY_ELSE in four_eyes.objection(report, world.hoa)


def test_a_district_that_helped_to_fill_in_still_reviews_what_the_commune_sent(world):
    report = entered_and_sent(world, world.commune, editor=world.reviewer, sender=world.focal, on_behalf=True)
    assert four_eyes.objection(report, world.reviewer) == ""
    assert workflow.approve(submission=report, by=world.reviewer).state == State.APPROVED


def test_pages_offer_no_approval_and_say_who_may(world, client):
    report = entered_and_sent(world, world.agency, editor=world.hoa, sender=world.hoa)
    client.force_login(world.hoa)
    page = client.get(reverse("review", args=[report.pk])).content.decode()
    assert "Tài khoản này đã nộp phiếu" in page and "Duyệt được: an; binh." in page
    assert APPROVE not in page and "Trả lại đơn vị" in page
    queue = client.get(reverse("review_queue"), {"ky": "2023-08"}).content.decode()
    assert "người khác duyệt" in queue and 'name="phieu"' not in queue
    ticket = f"{report.pk}-{report.revision}"
    answer = client.post(f"{reverse('review_many')}?ky=2023-08", {"phieu": [ticket]}, follow=True).content.decode()
    assert "1 phiếu chưa duyệt" in answer and "Duyệt được: an; binh." in answer
    client.force_login(world.binh)
    assert APPROVE in client.get(reverse("review", args=[report.pk])).content.decode()
    assert 'name="phieu"' in client.get(reverse("review_queue"), {"ky": "2023-08"}).content.decode()
