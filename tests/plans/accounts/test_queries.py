"""Accounts with their state, and owners that sleep. 09:00 on 16 August 2023: periods to July are closed."""

import datetime as dt

import pytest
import time_machine
from axes.models import AccessAttempt
from django.utils import timezone

from agencies.models import Agency, Level, User
from agencies.roles import Role
from indicators.models import Assignment, Frequency, State, Target
from plans.accounts import queries
from plans.accounts.queries import Sleep
from tests import factories, worlds

pytestmark = pytest.mark.once


@worlds.shared(at=factories.AT, stays=True)
def world():
    """A plan with a monthly target of three communes. x11 reported in July; x12 was signed in with and reports nothing; x13 has a
    new account; x14 has ended; a leader was never signed in with, another account was disabled."""
    tree = factories.make_tree(departments=1, districts=1, communes=3)
    plan = factories.make_plan()
    target = factories.target(plan, "I.1", [tree["x11"], tree["x12"], tree["x13"]])
    factories.report(tree["x11"], factories.period(plan, 7), {target: (1, 2)})
    gone = factories.agency("x14", Level.COMMUNE, tree["h1"])
    Agency.objects.filter(pk=gone.pk).update(last_day=dt.date(2023, 6, 30))
    for code in ("x11", "x12", "x13", "x14"):
        agency = tree.get(code, gone)
        factories.person(code, agency, Role.FOCAL, last_login=None if code == "x13" else factories.AT)
    factories.person("lam", tree["tinh"], Role.LEADER)
    factories.person("nghi", tree["x11"], Role.FOCAL, is_active=False)
    return {"tree": tree, "plan": plan, "target": target}


def names(sleep):
    return [row.user.username for row in queries.sleeping(queries.account_rows())[sleep]]


def row_of(username):
    return next(row for row in queries.account_rows() if row.user.username == username)


def at(day):
    return time_machine.travel(dt.datetime.combine(day, dt.time(9), factories.VIETNAM), tick=False)


def test_owners_that_sleep(world):
    assert {sleep: names(sleep) for sleep in Sleep} == {
        Sleep.NEVER: ["lam", "x13"],
        Sleep.SILENT: ["x12"],
        Sleep.LEFT: ["x14"],
    }


def test_one_silent_period_is_not_two(world):
    # On 20 July only June and May are closed, for which x11 too entered nothing.
    with at(dt.date(2023, 7, 20)):
        assert names(Sleep.SILENT) == ["x11", "x12"]
    # On 1 February only January is closed.
    with at(dt.date(2023, 2, 1)):
        assert names(Sleep.SILENT) == []
    # Who had to report in July alone is silent for one period.
    Assignment.objects.filter(agency__code="x12").update(first_day=dt.date(2023, 7, 1))
    assert names(Sleep.SILENT) == []


def test_a_draft_with_a_figure_is_work_and_one_without_is_not(world):
    july, june = (factories.period(world["plan"], month) for month in (7, 6))
    factories.report(world["tree"]["x12"], july, {}, state=State.DRAFT)
    assert names(Sleep.SILENT) == ["x12"]
    factories.report(world["tree"]["x12"], june, {world["target"]: (1, 2)}, state=State.DRAFT)
    assert names(Sleep.SILENT) == []


def test_who_reports_by_the_quarter_sleeps_after_two_quarters(world):
    Target.objects.update(frequency=Frequency.QUARTER)  # March and June are due, for which nobody entered anything
    assert names(Sleep.SILENT) == ["x11", "x12"]
    with at(dt.date(2023, 6, 1)):
        assert names(Sleep.SILENT) == []


def test_states_and_advice_in_words(world):
    User.objects.filter(username="x11").update(password="md5$x")
    assert (row_of("x11").state, row_of("x11").last_seen) == ("Đang dùng", "09:00 ngày 16/08/2023")
    assert (row_of("nghi").state, row_of("nghi").sleep, row_of("nghi").advice) == ("Đã ngừng", None, "")
    assert (row_of("x13").state, row_of("x13").last_seen) == ("Chưa có mật khẩu", "Chưa lần nào")
    users = User.objects.filter(username="x13")
    users.update(password_expires_at=dt.datetime(2023, 8, 24, tzinfo=factories.VIETNAM))
    assert (row_of("x13").state, row_of("x13").advice) == (
        "Mã dùng đến 23/08/2023",
        "Nhắc đăng nhập bằng mã trên phiếu.",
    )
    with at(dt.date(2023, 8, 23)):
        assert row_of("x13").state == "Mã dùng đến 23/08/2023"
    with at(dt.date(2023, 8, 24)):
        assert row_of("x13").state == "Mã hết hạn từ 23/08/2023"
        assert row_of("x13").advice == "Cấp mã mới, đưa phiếu tận tay."
    users.update(code_used_at=factories.AT)
    assert row_of("x13").state == "Đã dùng mã, chưa đặt mật khẩu"


def test_a_lock_is_told_until_it_ends(world, settings):
    attempt = AccessAttempt.objects.create(
        username="x11", ip_address="10.0.0.1", failures_since_start=settings.AXES_FAILURE_LIMIT - 1
    )
    assert not row_of("x11").is_locked
    AccessAttempt.objects.update(failures_since_start=settings.AXES_FAILURE_LIMIT)
    assert row_of("x11").state == "Bị khóa vì nhập sai mật khẩu" and "mở khóa" in row_of("x11").advice
    # From an address that failed with many names a name is locked at its first failure.
    AccessAttempt.objects.create(username="x12", ip_address="10.0.0.1", failures_since_start=1)
    assert not row_of("x12").is_locked
    AccessAttempt.objects.filter(pk=attempt.pk).update(failures_since_start=settings.ADDRESS_FAILURE_LIMIT - 1)
    assert row_of("x12").is_locked
    AccessAttempt.objects.update(attempt_time=timezone.now() - dt.timedelta(hours=1))
    assert not row_of("x11").is_locked and not row_of("x12").is_locked


def test_as_many_queries_whatever_there_is(world, django_assert_num_queries):
    # accounts, roles, locks, periods, two periods' assignments, figures
    with django_assert_num_queries(7):
        assert len(queries.account_rows()) == 6
