"""Incidents of the system: told once when they begin and once when they end. 09:00 on 16 August 2023."""

import datetime as dt

import pytest
import time_machine

from agencies.roles import Role
from chuyendoiso import incidents, system_state
from chuyendoiso.system_state import StateLine
from core.audit.models import AuditEntry
from core.notifications.models import Notification
from indicators.models import PendingRollup, Plan
from tests import factories, worlds
from tests.page import words

WELL = StateLine("Chỗ chứa tệp", "Còn trống 50 GB.")
ILL = StateLine("Chỗ chứa tệp", "Còn trống 1 GB.", "Thêm đĩa.", "df -h")


@worlds.shared(at=factories.AT, stays=True)
def world():
    """An administrator with an address."""
    factories.make_plan()
    admin = factories.person("quantri", None, Role.ADMIN)
    admin.email = "quantri@example.gov.vn"
    admin.save()
    return {"admin": admin}


@pytest.fixture
def seen(monkeypatch):
    """`seen(minutes, line…)`: what the state is after so many minutes, followed; returns the titles told since the start."""

    def follow(minutes, *lines):
        monkeypatch.setattr(system_state, "lines", lambda: list(lines))
        with time_machine.travel(factories.AT + dt.timedelta(minutes=minutes), tick=False):
            incidents.follow_incidents()
        return list(Notification.objects.filter(event="incident").order_by("pk").values_list("title", flat=True))

    return follow


BEGAN, ENDED = "Sự cố: Chỗ chứa tệp", "Đã hết sự cố: Chỗ chứa tệp"


def test_one_notice_when_it_begins_and_one_when_it_ends(world, seen):
    assert seen(0, WELL) == []
    assert seen(2, ILL) == seen(4, ILL) == seen(600, ILL) == [BEGAN]
    notice = Notification.objects.get()
    assert notice.text == "Còn trống 1 GB.\nThêm đĩa.\ndf -h" and notice.url == "/tinh-trang/"
    assert notice.mail == Notification.Mail.WAITING and notice.mail_after == notice.at  # by mail, at once
    assert seen(602, WELL) == seen(604, WELL) == [BEGAN, ENDED]


def test_what_comes_and_goes_is_no_flood(world, seen):
    told = [seen(minute, ILL if minute % 4 else WELL) for minute in range(2, 122, 2)][-1]
    # Begins at 2, ends at 4; the next begins an hour after that and ends at 68; the one after at 128.
    assert told == [BEGAN, ENDED, BEGAN, ENDED]
    assert seen(123, ILL) == told


def test_a_part_that_is_gone_has_ended(world, seen):
    seen(0, ILL)
    assert seen(2) == [BEGAN, ENDED]
    assert [entry.object_label for entry in AuditEntry.objects.filter(act__contains="sự cố")] == [ILL.title] * 2


def test_a_plan_with_the_longest_title_is_told_of_once(world, monkeypatch):
    """The log keeps 300 characters of a title; a part is known by it."""
    plan = Plan.objects.get()
    plan.title = "Kế hoạch " + "x" * 291
    plan.save()
    PendingRollup.objects.create(plan=plan, created_at=factories.AT)
    for minute in (20, 22):
        with time_machine.travel(factories.AT + dt.timedelta(minutes=minute), tick=False):
            incidents.follow_incidents()
    told = Notification.objects.filter(event="incident", title__startswith="Sự cố: Số tổng hợp")
    assert told.count() == 1 and not Notification.objects.filter(title__startswith="Đã hết sự cố").exists()


def test_nothing_begins_before_there_is_somebody_to_be_told(world, seen):
    world["admin"].__class__.objects.update(is_active=False)
    assert seen(0, ILL) == [] and incidents.open_since() == {}


def test_a_second_worker_notes_nothing_twice(world, seen, monkeypatch):
    """Both saw that something changed; the second one asks again behind the first one's lock."""
    seen(0, ILL)
    real, answers = incidents._changes, iter([[(ILL, incidents.LogAct.INCIDENT_BEGAN)]])
    monkeypatch.setattr(incidents, "_changes", lambda lines, now: next(answers, None) or real(lines, now))
    assert seen(2, ILL) == [BEGAN]


def test_the_page_says_since_when(world, seen, client):
    seen(0, ILL)
    client.force_login(world["admin"])
    assert "Còn trống 1 GB. Thêm đĩa. Sự cố từ 09:00 ngày 16/08/2023." in words(client.get("/tinh-trang/"))
