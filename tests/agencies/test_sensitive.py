"""The password again before a sensitive act; what was typed is carried through."""

import datetime as dt
import re
from html import unescape

import pytest
import time_machine
from axes.models import AccessAttempt
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse

from agencies import sensitive
from agencies.models import User
from agencies.roles import Role
from core.audit.models import AuditEntry
from tests import factories, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PASSWORD = "sông Thái Bình mùa nước nổi"
NOW = dt.datetime(2026, 12, 1, 2, 0, tzinfo=dt.UTC)


@worlds.shared()
def people():
    """An administrator with a password, and a focal point."""
    tree = factories.make_tree()
    return {
        "anh": factories.person("anh", tree["s1"], Role.ADMIN, password=PASSWORD, is_staff=True, is_superuser=True),
        "hoa": factories.person("hoa", tree["x11"], Role.FOCAL, password=PASSWORD),
    }


@pytest.fixture
def moment():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def office(people, moment):
    """The administrator's browser, eleven minutes after signing in, never idle."""
    client = Client()
    client.post("/dang-nhap/", {"username": "anh", "password": PASSWORD})
    for _ in range(3):
        moment.shift(220)
        assert client.get("/tai-khoan/").status_code == 200
    return client


def typed(people, **changes):
    """Fields that the form of an account of the administration posts."""
    fields = {
        "username": "hoa",
        "full_name": "Lê Thị <Hoa>",
        "position": "",
        "phone": "",
        "email": "",
        "is_active": "on",
    }
    inline = {"user_roles-TOTAL_FORMS": 0, "user_roles-INITIAL_FORMS": 0}
    return {**fields, **inline, "agency": people["hoa"].agency_id, **changes}


def hidden(page):
    """The fields that a page carries, as a browser would send them."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.content.decode())
    return {unescape(name): unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def test_every_named_address_exists():
    pages = get_resolver().reverse_dict
    for name in sensitive.ACTS:
        assert name in pages or reverse(name, args=[1] if name.startswith("admin:") and "_add" not in name else [])


def test_only_posts_of_the_named_acts():
    ask = RequestFactory()
    assert sensitive.is_sensitive(ask.post("/", {"act": "publish"}), "report_act")
    assert not sensitive.is_sensitive(ask.post("/", {"act": "refresh"}), "report_act")
    assert not sensitive.is_sensitive(ask.get("/"), "bulk_accounts")
    assert sensitive.is_sensitive(ask.post("/"), "bulk_accounts")
    assert not sensitive.is_sensitive(ask.post("/", {"act": "publish"}), "account")


def test_what_was_typed_goes_through_after_the_password(people, office):
    card = f"/quan-tri/agencies/user/{people['hoa'].pk}/change/"
    asked = office.post(card, typed(people))
    assert "Gõ mật khẩu là việc vừa gửi được thực hiện" in asked.content.decode()
    assert User.objects.get(username="hoa").full_name == ""
    carried = hidden(asked)
    assert carried == {name: str(value) for name, value in typed(people).items()}
    wrong = office.post(card, {**carried, "mat-khau-xac-nhan": "sai mật khẩu rồi"})
    assert "Mật khẩu chưa đúng." in wrong.content.decode()
    assert hidden(wrong) == carried
    assert AuditEntry.objects.get(act="xác nhận mật khẩu").result == "failed"
    done = office.post(card, {**carried, "mat-khau-xac-nhan": PASSWORD})
    assert done.status_code == 302
    assert User.objects.get(username="hoa").full_name == "Lê Thị <Hoa>"
    assert PASSWORD not in str(AuditEntry.objects.values_list("detail", flat=True))


def test_then_not_for_ten_minutes(people, office, moment):
    card = f"/quan-tri/agencies/user/{people['hoa'].pk}/change/"
    office.post(card, {**typed(people), "mat-khau-xac-nhan": PASSWORD})
    moment.shift(4 * 60)
    assert office.post(card, typed(people, full_name="Hoa")).status_code == 302
    moment.shift(4 * 60)
    assert office.get(card).status_code == 200
    moment.shift(4 * 60)
    assert office.post(card, typed(people, full_name="Lê")).status_code == 200
    assert User.objects.get(username="hoa").full_name == "Hoa"


def test_wrong_passwords_lock_as_at_sign_in(people, office):
    for _ in range(4):
        assert office.post("/tai-khoan/cap/", {"mat-khau-xac-nhan": "sai mật khẩu rồi"}).status_code == 200
    assert office.post("/tai-khoan/cap/", {"mat-khau-xac-nhan": "sai mật khẩu rồi"}).status_code == 429
    assert office.post("/tai-khoan/cap/", {"mat-khau-xac-nhan": PASSWORD}).status_code == 429


def test_the_count_of_failures_keeps_nothing_of_the_form(people, office):
    issued = {"new_password1": "đồng lúa chín vàng", "new_password2": "đồng lúa chín vàng"}
    office.post(f"/quan-tri/agencies/user/{people['hoa'].pk}/mat-khau/", {**issued, "mat-khau-xac-nhan": "sai rồi"})
    kept = str(list(AccessAttempt.objects.values_list()))
    assert "anh" in kept and "chín vàng" not in kept and "sai rồi" not in kept


def test_strangers_of_the_same_network_lock_nobody_out_of_it(people, office):
    for _ in range(6):
        answer = Client().post("/dang-nhap/", {"username": "anh", "password": "sai mật khẩu rồi"})
    assert answer.status_code == 429
    # Browsers send the mark of a known device with sign-ins alone.
    for name in [each for each in office.cookies if each.startswith("may-quen-")]:
        del office.cookies[name]
    assert office.post("/tai-khoan/cap/", {"mat-khau-xac-nhan": PASSWORD}).status_code == 302


def test_a_session_that_was_taken_elsewhere_ends_after_too_many_tries(people, office, settings):
    settings.NAME_FAILURE_LIMIT = 3
    for last in range(3):
        wrong = {"mat-khau-xac-nhan": "sai mật khẩu rồi"}
        assert office.post("/tai-khoan/cap/", wrong, REMOTE_ADDR=f"10.0.0.{last}").status_code == 200
    over = office.post("/tai-khoan/cap/", {"mat-khau-xac-nhan": PASSWORD}, REMOTE_ADDR="10.0.0.9")
    assert over.url.startswith("/dang-nhap/")
    assert office.get("/tai-khoan/").status_code == 302
    # The account itself is not locked: its owner comes in anew.
    assert Client().post("/dang-nhap/", {"username": "anh", "password": PASSWORD}).status_code == 302
