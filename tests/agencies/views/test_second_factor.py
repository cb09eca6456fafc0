"""Signing in with a second factor; turning it on and off; who must have one."""

import datetime as dt
import re

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import TOTP

from agencies.models import SecondFactor, User
from agencies.roles import Role
from agencies.services import second_factor
from core.audit.models import AuditEntry
from tests import factories, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PASSWORD = "sông Thái Bình mùa nước nổi"
PAGE, CODE = "/tai-khoan/ma-xac-thuc/", "/dang-nhap/ma/"
MARK = "ab" * 16


@worlds.shared()
def people():
    """An administrator and a focal point with passwords; a second administrator."""
    tree = factories.make_tree()
    return {
        "anh": factories.person("anh", tree["s1"], Role.ADMIN, password=PASSWORD, is_staff=True, is_superuser=True),
        "binh": factories.person("binh", tree["s1"], Role.ADMIN, password=PASSWORD, is_staff=True, is_superuser=True),
        "hoa": factories.person("hoa", tree["x11"], Role.FOCAL, password=PASSWORD),
    }


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(dt.datetime(2026, 12, 1, 2, 0, 15, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


def code_of(user, mark=MARK):
    return f"{TOTP(second_factor._key(user, mark)).token():06}"


def turn_on(user, moment):
    codes = second_factor.enrol(user=user, mark=MARK, code=code_of(user))
    moment.shift(30)
    return codes


def sign_in(username, address="10.1.1.1", **fields):
    client = Client(REMOTE_ADDR=address)
    return client, client.post("/dang-nhap/", {"username": username, "password": PASSWORD, **fields})


def is_in(client):
    return client.get("/tai-khoan/").status_code == 200


def test_the_password_alone_opens_nothing(people, moment):
    turn_on(people["anh"], moment)
    client, answer = sign_in("anh", next="/thong-bao/")
    assert answer.url == CODE
    assert not is_in(client)
    asked = client.get(CODE).content.decode()
    assert 'autocomplete="one-time-code"' in asked and 'inputmode="numeric"' in asked
    assert AuditEntry.objects.filter(act="đăng nhập").count() == 0
    for odd in ("12 34", "", "\0", "١٢٣٤٥٦", "9" * 41):
        assert client.post(CODE, {"code": odd}).status_code == 200
    assert SecondFactor.objects.get().failures == 0  # what can be no code is no attempt
    entered = client.post(CODE, {"code": code_of(people["anh"])})
    assert entered.url == "/thong-bao/"
    assert is_in(client)
    assert AuditEntry.objects.filter(act="đăng nhập", account="anh").count() == 1
    assert client.get(CODE).url == "/"
    # Who has none is asked for none; nobody comes to the code without a password.
    assert sign_in("hoa")[1].url == "/"
    assert Client().get(CODE).url == "/dang-nhap/"


def test_wrong_codes_are_logged_and_lock_in_vietnamese(people, moment):
    turn_on(people["anh"], moment)
    client, _ = sign_in("anh")
    wrong = f"{(int(code_of(people['anh'])) + 1) % 10**6:06}"
    assert "Mã chưa đúng hoặc đã được dùng." in client.post(CODE, {"code": wrong}).content.decode()
    for _ in range(3):
        client.post(CODE, {"code": wrong})
    assert client.post(CODE, {"code": wrong}).status_code == 429
    failed = AuditEntry.objects.filter(act="đăng nhập", result="failed", object_label="anh")
    assert failed.count() == 5 and failed.last().detail["step"] == "mã xác thực"
    # The name is locked from there, the codes of the account from everywhere.
    assert sign_in("anh")[1].status_code == 429
    elsewhere, _ = sign_in("anh", address="10.9.9.9")
    assert elsewhere.post(CODE, {"code": code_of(people["anh"])}).status_code == 429
    assert not is_in(elsewhere)


def test_the_code_must_follow_within_five_minutes_and_the_same_password(people, moment):
    turn_on(people["anh"], moment)
    client, _ = sign_in("anh")
    moment.shift(301)
    assert client.post(CODE, {"code": code_of(people["anh"])}).url == "/dang-nhap/"
    client, _ = sign_in("anh")
    user = User.objects.get(username="anh")
    user.set_password("một mật khẩu khác hẳn")
    user.save()
    assert client.post(CODE, {"code": code_of(user)}).url == "/dang-nhap/"
    assert not is_in(client)


def test_a_recovery_code_opens_where_the_phone_is_lost(people, moment):
    codes = turn_on(people["anh"], moment)
    client, _ = sign_in("anh")
    assert client.post(CODE, {"code": codes[0].replace(" ", "-")}).url == "/"
    assert is_in(client)


def test_turning_it_on(people):
    client, _ = sign_in("hoa")
    page = client.get(PAGE).content.decode()
    assert "<svg" in page and "style=" not in page.partition("<svg")[2].partition("</svg>")[0]
    assert client.get(PAGE).content.decode().partition("<code>")[2][:39] == page.partition("<code>")[2][:39]
    mark = client.session["second_factor_mark"]
    assert "Mã chưa đúng." in client.post(PAGE, {"act": "enrol", "code": "000000"}).content.decode()
    shown = client.post(PAGE, {"act": "enrol", "code": code_of(people["hoa"], mark)}).content.decode()
    assert len(re.findall(r"<code>\d{4} \d{4} \d{4} \d{4}</code>", shown)) == 10
    assert "Còn 10 mã dự phòng" in client.get(PAGE).content.decode()
    assert len(re.findall(r"<code>\d{4} ", client.post(PAGE, {"act": "codes"}).content.decode())) == 10
    assert client.post(PAGE, {"act": "off"}).url == PAGE
    assert not SecondFactor.objects.exists()
    assert Client().get(PAGE).url.startswith("/dang-nhap/")


def test_who_must_have_one_is_led_to_it_after_the_days_of_grace(people, settings, moment):
    settings.SECOND_FACTOR = "required"
    client, _ = sign_in("anh")
    assert "phải bật mã xác thực trước 09:00 ngày 15/12/2026" in client.get("/tai-khoan/").content.decode()
    moment.shift(dt.timedelta(days=14))
    client, _ = sign_in("anh")
    assert client.get("/tai-khoan/").url == PAGE
    assert client.get("/quan-tri/").url == PAGE
    assert client.get("/huong-dan/").status_code == 200
    assert "phải dùng mã xác thực" in client.get(PAGE).content.decode()
    code = code_of(people["anh"], client.session["second_factor_mark"])
    assert client.post(PAGE, {"act": "enrol", "code": code}).status_code == 200
    assert is_in(client)
    assert "Tắt mã xác thực" not in client.get(PAGE).content.decode()
    assert is_in(sign_in("hoa")[0])


def test_an_administrator_resets_that_of_another(people, moment):
    turn_on(people["anh"], moment)
    lost, _ = sign_in("anh")
    lost.post(CODE, {"code": code_of(people["anh"])})
    assert is_in(lost)
    client, _ = sign_in("binh")
    card = f"/quan-tri/agencies/user/{people['anh'].pk}/"
    assert "Bỏ mã xác thực" in client.get(f"{card}change/").content.decode()
    assert client.post(f"{card}bo-ma-xac-thuc/").status_code == 302
    assert not is_in(lost)
    assert sign_in("anh")[1].url == "/"
    assert client.post(f"/quan-tri/agencies/user/{people['binh'].pk}/bo-ma-xac-thuc/").status_code == 403
    stranger, _ = sign_in("hoa")
    assert stranger.post(f"{card}bo-ma-xac-thuc/").status_code == 404


def test_the_terminal_resets_that_of_the_only_administrator(people, moment, capsys):
    turn_on(people["anh"], moment)
    call_command("reset_second_factor", "anh")
    assert "Đã bỏ mã xác thực của anh." in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("reset_second_factor", "anh")
