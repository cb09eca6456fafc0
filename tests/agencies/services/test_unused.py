"""Accounts that nobody uses for 45 days: told first, then disabled, never the last administrator. 1 December 2026."""

import datetime as dt

import pytest
import time_machine

from agencies.models import User
from agencies.roles import Role
from agencies.services import account_changes, accounts, bulk_accounts
from agencies.services.unused import Followed, follow_unused
from core.audit.models import AuditEntry
from core.notifications.models import Notification
from tests import factories, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOW = dt.datetime(2026, 12, 1, 2, 0, tzinfo=dt.UTC)


def days_ago(days):
    return NOW - dt.timedelta(days=days)


def person(name, *roles, used, **fields):
    return factories.person(name, None, *roles, last_login=days_ago(used), date_joined=days_ago(400), **fields)


@worlds.shared()
def people():
    """An administrator and a focal point who came yesterday."""
    return {"anh": person("anh", Role.ADMIN, used=1), "hoa": person("hoa", Role.FOCAL, used=1)}


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def active():
    return set(User.objects.filter(is_active=True).values_list("username", flat=True))


def test_told_a_week_before_and_disabled_after(people, moment):
    person("nam", Role.FOCAL, used=37)
    assert follow_unused() == Followed(0, 0)
    moment.shift(dt.timedelta(days=1, minutes=1))
    assert follow_unused() == Followed(1, 0)
    told = Notification.objects.get(event="account_unused")
    assert told.title == "Tài khoản nam lâu không dùng, sẽ bị ngừng từ ngày 09/12/2026"
    for _ in range(6):
        moment.shift(dt.timedelta(days=1))
        assert follow_unused() == Followed(0, 0)
    moment.shift(dt.timedelta(days=1))
    assert follow_unused() == Followed(0, 1)
    assert active() == {"anh", "hoa"}
    line = AuditEntry.objects.get(act="ngừng tài khoản lâu không dùng")
    assert (line.object_label, line.actor) == ("nam", None)
    assert Notification.objects.get(event="accounts_disabled").person == people["anh"]
    # Enabled again, it has another 45 days.
    assert account_changes.enable(usernames=["nam", "hoa"], by=people["anh"]) == 1
    moment.shift(dt.timedelta(days=30))
    User.objects.filter(username__in=["anh", "hoa"]).update(last_login=dt.datetime.now(dt.UTC))
    assert follow_unused() == Followed(0, 0)
    assert "nam" in active()


def test_an_upgrade_disables_nobody_without_notice(people):
    person("nam", Role.FOCAL, used=300)
    assert follow_unused() == Followed(1, 0)
    assert "nam" in active()


def test_who_signs_in_after_the_notice_stays(people, moment):
    nam = person("nam", Role.FOCAL, used=50)
    follow_unused()
    moment.shift(dt.timedelta(days=3))
    User.objects.filter(pk=nam.pk).update(last_login=dt.datetime.now(dt.UTC))
    moment.shift(dt.timedelta(days=5))
    assert follow_unused() == Followed(0, 0)


def test_an_account_never_used_counts_from_its_opening(people):
    factories.person("moi", None, Role.FOCAL, date_joined=days_ago(10))
    factories.person("cu", None, Role.FOCAL, date_joined=days_ago(60))
    assert follow_unused() == Followed(1, 0)
    assert Notification.objects.get(event="account_unused").person.username == "cu"


def test_the_last_administrator_demonstrations_and_the_spared_stay(people, settings):
    User.objects.filter(username="anh").update(last_login=days_ago(100))
    person("binh", Role.ADMIN, used=200)
    person("minh", Role.FOCAL, used=200, is_demo=True)
    system = person("may", Role.FOCAL, used=200)
    User.objects.update(unused_told_at=days_ago(8))
    assert follow_unused(spared={system.pk}) == Followed(0, 1)
    assert active() == {"anh", "hoa", "minh", "may"}
    settings.UNUSED_DAYS = 0
    assert follow_unused() == Followed(0, 0)


def test_an_issued_code_gives_its_days(people, moment):
    nam = person("nam", Role.FOCAL, used=44, unused_told_at=days_ago(7))
    linh = person("linh", Role.FOCAL, used=44, unused_told_at=days_ago(7))
    bulk_accounts.reset_codes(usernames=["nam"], by=people["anh"])
    accounts.issue_password(user=linh, password="đồng lúa chín vàng", by=people["anh"])
    moment.shift(dt.timedelta(days=2))
    assert follow_unused().disabled == 0
    assert {nam.username, linh.username} <= active()


def test_an_administrator_who_never_came_spares_nobody(people, moment):
    User.objects.filter(username="anh").update(last_login=days_ago(60), unused_told_at=days_ago(8))
    factories.person("moi", None, Role.ADMIN, date_joined=days_ago(50), unused_told_at=days_ago(8))
    assert follow_unused() == Followed(0, 1)
    assert active() == {"anh", "hoa"}
