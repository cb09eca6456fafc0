"""The button that takes the last decision back, beside the page that follows it."""

import datetime as dt

import pytest

from indicators.models import State, Submission
from tests import factories
from tests.page import fields, words

pytestmark = pytest.mark.once

UNDO = "/duyet/hoan-tac/"


@pytest.fixture
def waiting(office):
    """August's reports of x11 and x12 wait; neither has a warning."""
    targets = [
        factories.target(office.plan, code, [office.tree["x11"], office.tree["x12"]]) for code in ("III.1", "III.2")
    ]
    return [
        factories.report(
            office.tree[code],
            office.august,
            {targets[0]: (10, 30), targets[1]: (11, 37)},
            state=State.SUBMITTED,
            submitted_by=office.people["an"],
        )
        for code in ("x11", "x12")
    ]


def states(reports):
    return [Submission.objects.get(pk=report.pk).state for report in reports]


def approve(client, report):
    address = f"/duyet/{report.pk}/"
    return client.post(address, {**fields(client.get(address)), "act": "approve"}, follow=True)


def test_one_decision_is_taken_back_from_the_next_page(office, as_person, waiting):
    client = as_person("dung")
    page = approve(client, waiting[0])
    assert "Bấm nhầm? Hoàn tác được trong 10 giây" in words(page)
    ticket = page.context["undo"].tickets
    answer = client.post(UNDO, {"phieu": ticket}, follow=True)
    assert answer.redirect_chain == [(f"/duyet/{waiting[0].pk}/", 302)]
    assert "Đã hoàn tác quyết định về 1 phiếu: X11, H1. Phiếu lại đang chờ duyệt." in words(answer)
    assert "Bấm nhầm?" not in words(answer) and states(waiting) == ["submitted", "submitted"]
    again = client.post(UNDO, {"phieu": ticket}, follow=True)
    assert "1 phiếu chưa hoàn tác. X11, H1:" in words(again)


def test_many_at_once_are_taken_back_at_once(office, as_person, waiting):
    client = as_person("dung")
    tickets = [f"{report.pk}-{report.revision}" for report in waiting]
    page = client.post("/duyet/nhieu/?ky=2023-08", {"phieu": tickets}, follow=True)
    assert "Hoàn tác được trong 10 giây, cả 2 phiếu vừa duyệt." in words(page)
    assert states(waiting) == ["approved", "approved"]
    answer = client.post(UNDO, {"phieu": page.context["undo"].tickets}, follow=True)
    assert answer.redirect_chain == [("/duyet/?ky=2023-08", 302)]
    assert "Đã hoàn tác quyết định về 2 phiếu: X11, H1; X12, H1." in words(answer)
    assert states(waiting) == ["submitted", "submitted"]


def test_it_is_offered_for_ten_seconds(office, as_person, waiting, moment):
    client = as_person("dung")
    approve(client, waiting[0])
    moment.shift(dt.timedelta(seconds=4))
    assert "Hoàn tác được trong 6 giây" in words(client.get("/duyet/"))
    moment.shift(dt.timedelta(seconds=6))
    assert "Bấm nhầm?" not in words(client.get("/duyet/"))


@pytest.mark.parametrize(("name", "status"), [("giang", 302), ("hanh", 302), ("an", 404), ("lam", 404)])
def test_by_others(office, as_person, waiting, name, status):
    """A colleague, a stranger, the agency itself, a reader."""
    ticket = approve(as_person("dung"), waiting[0]).context["undo"].tickets
    assert as_person(name).post(UNDO, {"phieu": ticket}).status_code == status
    assert states(waiting) == ["approved", "submitted"]


def test_what_is_no_ticket(office, as_person):
    answer = as_person("dung").post(UNDO, {"phieu": ["x", "99-1", "1-1-1"]}, follow=True)
    assert answer.redirect_chain == [("/duyet/", 302)]
    assert as_person("dung").get(UNDO).status_code == 405
