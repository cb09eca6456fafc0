"""Accounts for many agencies at once. Two districts with two communes each and two departments; x11 has a focal point."""

import datetime as dt
import io
import re

import pytest
import time_machine
from django.core.management import CommandError, call_command

from agencies.models import User
from agencies.roles import Role
from agencies.services import accounts, bulk_accounts
from core import clock
from core.audit.models import AuditEntry
from tests import factories, worlds

WITHOUT = ["s1", "s2", "h1", "x12", "h2", "x21", "x22"]


@worlds.shared(at=factories.AT, stays=True)
def world():
    """The tree, an administrator without an agency, and the focal point of x11."""
    tree = factories.make_tree(departments=2, districts=2, communes=2)
    return {
        "tree": tree,
        "admin": factories.person("quantri", None, Role.ADMIN),
        "an": factories.person("an", tree["x11"], Role.FOCAL),
    }


def codes_of(proposals):
    return [proposal.agency.code for proposal in proposals]


def test_agencies_without_a_focal_point_are_proposed(world):
    found = bulk_accounts.proposals(clock.today())
    assert sorted(codes_of(found)) == sorted(WITHOUT)
    roles = {proposal.agency.code: proposal.roles for proposal in found}
    assert roles["x12"] == (Role.FOCAL,) and roles["h1"] == (Role.FOCAL, Role.REVIEWER)
    assert roles["s1"] == (Role.FOCAL, Role.LEAD)


def test_one_who_left_is_no_focal_point(world):
    world["an"].is_active = False
    world["an"].save()
    assert "x11" in codes_of(bulk_accounts.proposals(clock.today()))


def test_a_taken_name_gets_a_number(world):
    factories.person("x12", world["tree"]["h1"], Role.REVIEWER)
    names = {proposal.agency.code: proposal.username for proposal in bulk_accounts.proposals(clock.today())}
    assert names["x12"] == "x12-2" and names["x21"] == "x21"


def test_accounts_are_opened_once_with_codes_that_open(world):
    slips = bulk_accounts.open_accounts(codes=["x12", "x21", "khong-co"], by=world["admin"])
    assert [slip.user.username for slip in slips] == ["x12", "x21"]
    assert all(re.fullmatch(r"[a-hj-km-np-z2-9]{4}(-[a-hj-km-np-z2-9]{4}){2}", slip.code) for slip in slips)
    user = User.objects.get(username="x12")
    assert user.check_password(slips[0].code) and user.must_change_password and user.roles == {"focal"}
    assert slips[0].expires_on == dt.date(2023, 8, 23) == user.code_last_day
    assert AuditEntry.objects.filter(act="mở tài khoản").count() == 2
    assert slips[0].code not in str(list(AuditEntry.objects.values_list("detail", "object_label")))
    # Again, nothing changes.
    assert bulk_accounts.open_accounts(codes=["x12", "x21"], by=world["admin"]) == []
    assert User.objects.get(username="x12").password == user.password


def test_a_new_code_voids_the_old_one_until_it_is_used(world):
    (old,) = bulk_accounts.open_accounts(codes=["x12"], by=world["admin"])
    (new,) = bulk_accounts.renew_codes(usernames=["x12", "an"], by=world["admin"])
    user = User.objects.get(username="x12")
    assert user.check_password(new.code) and not user.check_password(old.code)
    assert User.objects.get(username="an").password == world["an"].password  # holds no code
    accounts.change_own_password(user=user, password="sông Kinh Thầy mùa nước cạn")
    assert not User.objects.get(username="x12").check_password(new.code)
    assert bulk_accounts.without_password() == []
    assert bulk_accounts.renew_codes(usernames=["x12"], by=world["admin"]) == []


def test_a_used_code_can_be_renewed_until_a_password_is_chosen(world):
    (slip,) = bulk_accounts.open_accounts(codes=["x12"], by=world["admin"])
    assert accounts.spend_code(user=slip.user)
    assert not accounts.spend_code(user=slip.user)  # another browser at the same moment
    assert [user.username for user in bulk_accounts.without_password()] == ["x12"]
    (new,) = bulk_accounts.renew_codes(usernames=["x12"], by=world["admin"])
    user = User.objects.get(username="x12")
    assert user.check_password(new.code) and user.code_used_at is None


def test_the_first_administrator_gets_codes_until_a_password_is_chosen(world):
    User.objects.filter(username="quantri").delete()
    first = bulk_accounts.open_first_administrator()
    accounts.spend_code(user=first.user)
    second = bulk_accounts.open_first_administrator()
    assert second.user == first.user and second.code != first.code
    accounts.change_own_password(user=second.user, password="sông Kinh Thầy mùa nước cạn")
    assert bulk_accounts.open_first_administrator() is None


def test_a_code_from_the_terminal_opens_where_the_one_before_was_used(world, client):
    (slip,) = bulk_accounts.open_accounts(codes=["x12"], by=world["admin"])
    accounts.spend_code(user=slip.user)
    told = io.StringIO()
    call_command("issue_code", "x12", stdout=told)
    code = re.search(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", told.getvalue())[0]
    assert "(đến hết ngày 23/08/2023)" in told.getvalue()
    assert client.post("/dang-nhap/", {"username": "x12", "password": code}).status_code == 302
    line = AuditEntry.objects.get(act="cấp mật khẩu")
    assert (line.object_label, line.actor) == ("x12", None)
    with pytest.raises(CommandError):
        call_command("issue_code", "khong-co")


@pytest.mark.parametrize(("day", "opens"), [(dt.date(2023, 8, 23), True), (dt.date(2023, 8, 24), False)])
def test_a_code_lasts_seven_days(world, client, day, opens):
    (slip,) = bulk_accounts.open_accounts(codes=["x12"], by=world["admin"])
    with time_machine.travel(dt.datetime.combine(day, dt.time(0, 1), clock.VIETNAM), tick=False):
        answer = client.post("/dang-nhap/", {"username": "x12", "password": slip.code})
    assert (answer.status_code == 302) == opens
    assert ("Mã đăng nhập một lần đã hết hạn" in answer.content.decode()) != opens
