"""Signing in and out, the person's account, their password (promises F-16, F-18, F-19)."""

import datetime as dt
import re
from ipaddress import ip_network

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings as product
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from agencies.models import User, UserRole
from agencies.roles import Role
from agencies.services import accounts, bulk_accounts
from agencies.services.accounts import follow_roles
from agencies.tasks import end_idle_sessions
from core import clock
from core.audit.models import AuditEntry
from tests import factories, worlds
from tests.page import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PASSWORD = "sông Thái Bình mùa nước nổi"
LOGIN = "/dang-nhap/"


@worlds.shared()
def people():
    """A commune's focal point, a colleague of the district, an administrator."""
    tree = factories.make_tree()
    return {
        "owner": factories.person("hoa", tree["x11"], Role.FOCAL, password=PASSWORD, full_name="Lê Thị Hoa"),
        "colleague": factories.person("nam", tree["h1"], Role.REVIEWER, password=PASSWORD, full_name="Trần Văn Nam"),
        "admin": factories.person("anh", tree["s1"], Role.ADMIN, password=PASSWORD, is_staff=True, is_superuser=True),
    }


def sign_in(username="hoa", password=PASSWORD, *, client=None, address="10.1.1.1", **fields):
    """(client, response) of one attempt by the form."""
    client = client or Client()
    data = {"username": username, "password": password, **fields}
    return client, client.post(LOGIN, data, REMOTE_ADDR=address)


def signed_in(client):
    """Return whether the next page opens for this browser."""
    return client.get("/tai-khoan/").status_code == 200


# --- Coming in -------------------------------------------------------------------------------------------------------


def test_a_stranger_is_asked_to_sign_in_and_comes_back(people):
    client = Client()
    asked = client.get("/tai-khoan/")
    assert (asked.status_code, asked.url) == (302, "/dang-nhap/?next=/tai-khoan/")
    page = client.get(asked.url)
    assert page.status_code == 200
    assert "Tên đăng nhập" in page.content.decode()
    _, entered = sign_in(client=client, next="/tai-khoan/")
    assert entered.url == "/tai-khoan/"
    assert signed_in(client)
    assert AuditEntry.objects.values_list("act", "actor_name", "address").get() == (
        "đăng nhập",
        "Lê Thị Hoa",
        "10.1.1.1",
    )


def test_entering_gives_the_browser_another_session(people):
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["mark"] = "before"
    session.save()
    client.cookies[product.SESSION_COOKIE_NAME] = session.session_key
    sign_in(client=client)
    assert client.session.session_key != session.session_key


def test_who_is_in_does_not_see_the_form_again(people):
    client, _ = sign_in()
    assert client.get(LOGIN).url == reverse("home")
    assert client.get(f"{LOGIN}?next=/tai-khoan/").url == "/tai-khoan/"
    # Neither a loop nor a way straight out.
    assert client.get(f"{LOGIN}?next={LOGIN}").url == reverse("home")
    assert client.get(f"{LOGIN}?next=/dang-xuat/").url == reverse("home")


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\x00",
        "https:///evil.example",
    ],
)
def test_the_way_on_stays_at_home(people, target):
    _, response = sign_in(next=target)
    assert (response.status_code, response.url) == (302, reverse("home"))


@pytest.mark.parametrize("username", ["hoa", "nobody", "gone", "hoa' OR 1=1 --", "<script>alert(1)</script>"])
@time_machine.travel(factories.AT, tick=False)  # the page's foot tells the minute
def test_a_failed_attempt_says_the_same_whoever_it_was(people, username):
    factories.person("gone", password=PASSWORD, is_active=False)
    wrong = PASSWORD if username == "gone" else "sai mật khẩu rồi"
    client, response = sign_in(username, wrong)
    assert response.status_code == 200
    said = response.content.decode()
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng." in said
    assert "Sau 5 lần sai, tên này tạm khóa 15 phút" in said
    assert "<script>alert" not in said
    assert not signed_in(client)
    _, other = sign_in("nobody-either", "sai mật khẩu rồi", address="10.9.9.9")

    def without_names(response):
        text = response.content.decode()
        token = text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        typed = response.context["form"]["username"]
        return text.replace(token, "").replace(str(typed), "")

    assert without_names(response) == without_names(other)


@pytest.mark.parametrize("path", [LOGIN, "/tai-khoan/", "/khong-co/"])
@pytest.mark.parametrize(
    ("came_from", "policy"),
    [
        (None, "same-origin"),
        ("cross-site", "same-origin"),
        ("same-site", "same-origin"),
        ("same-origin", None),
        ("none", None),
    ],
)
def test_a_window_of_another_site_has_no_hold_on_ours(people, path, came_from, policy):
    said = {"Sec-Fetch-Site": came_from} if came_from else {}
    assert Client().get(path, headers=said).get("Cross-Origin-Opener-Policy") == policy


def test_empty_fields_are_no_attempt(people):
    _, response = sign_in("", "")
    assert "Cần nhập cả tên đăng nhập và mật khẩu." in response.content.decode()
    assert not AccessAttempt.objects.exists()


def test_demo_accounts_do_not_work_in_production(people, settings):
    User.objects.filter(username="hoa").update(is_demo=True)
    client, _ = sign_in()
    assert signed_in(client)
    settings.PRODUCTION = True
    assert not signed_in(client)
    assert "chưa đúng" in sign_in()[1].content.decode()


# --- Guessing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["hoa", "nobody"])
def test_the_fifth_failure_locks_name_and_address_together(people, username):
    for _ in range(4):
        assert sign_in(username, "sai mật khẩu rồi")[1].status_code == 200
    _, fifth = sign_in(username, "sai mật khẩu rồi")
    assert fifth.status_code == 429
    assert "Đã có 5 lần đăng nhập không thành công với tên này từ máy đang dùng." in fifth.content.decode()
    assert "Thử lại sau 15 phút" in fifth.content.decode()
    # The right password does not help from there; another name, and the same name from elsewhere, are not locked out.
    client, locked = sign_in(username)
    assert locked.status_code == 429
    assert not signed_in(client)
    assert signed_in(sign_in("nam")[0])
    assert signed_in(sign_in("hoa", address="10.1.1.2")[0])


def test_a_lock_opens_by_itself_or_by_an_administrator(people):
    for _ in range(5):
        sign_in("hoa", "sai mật khẩu rồi")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=14)):
        assert sign_in()[1].status_code == 429
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=16)):
        assert signed_in(sign_in()[0])
    for _ in range(5):
        sign_in("nam", "sai mật khẩu rồi")
    assert sign_in("nam")[1].status_code == 429
    administrator, _ = sign_in("anh")
    attempt = AccessAttempt.objects.get(username="nam")
    freed = administrator.post(f"/quan-tri/axes/accessattempt/{attempt.pk}/delete/", {"post": "yes"})
    assert freed.status_code == 302
    assert signed_in(sign_in("nam")[0])
    line = AuditEntry.objects.get(act="mở khóa đăng nhập")
    assert (line.account, line.object_label, line.detail["failures"]) == ("anh", "nam", 5)


def test_success_forgets_the_failures_before_it(people):
    for _ in range(4):
        sign_in("hoa", "sai mật khẩu rồi")
    assert signed_in(sign_in()[0])
    for _ in range(4):
        assert sign_in("hoa", "sai mật khẩu rồi")[1].status_code == 200


def test_from_an_address_that_tries_many_names_each_fails_once(people, settings):
    """Colleagues who share it come in all the same (issue: 270 people, twelve who err)."""
    settings.ADDRESS_FAILURE_LIMIT = 8
    for number in range(8):
        assert sign_in(f"x{10000 + number}", "sai mật khẩu rồi")[1].status_code == 200
    assert signed_in(sign_in()[0])
    assert sign_in("nam", "sai mật khẩu rồi")[1].status_code == 200
    _, stopped = sign_in("nam")
    assert stopped.status_code == 429
    said = stopped.content.decode()
    assert "Đã có 8 lần đăng nhập không thành công từ địa chỉ mạng đang dùng, trong đó có tên này." in said
    assert "Người khác cùng địa chỉ mạng vẫn đăng nhập được." in said
    assert sign_in(f"x{10000}", "sai mật khẩu rồi")[1].status_code == 429
    assert signed_in(sign_in("nam", address="10.1.1.2")[0])
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=16)):
        assert signed_in(sign_in("nam")[0])


def test_a_whole_64_counts_as_one_address(people, settings):
    for host in range(5):
        sign_in("hoa", "sai mật khẩu rồi", address=f"2001:db8:0:7:{host:x}::{host:x}")
    assert sign_in(address="2001:db8:0:7:ffff::1")[1].status_code == 429
    assert signed_in(sign_in(address="2001:db8:0:8::1")[0])
    settings.ADDRESS_FAILURE_LIMIT = 5
    sign_in("nam", "sai mật khẩu rồi", address="2001:db8:0:7::99")
    assert sign_in("nam", address="2001:db8:0:7::98")[1].status_code == 429
    # The log keeps the address itself.
    assert AuditEntry.objects.filter(address="2001:db8:0:7:4::4").exists()


def lines():
    return list(AuditEntry.objects.chained().values_list("act", "object_label"))


def test_strangers_do_not_fill_the_log(people, settings):
    """One line a failure until the lock, none for attempts that the lock refuses; none for an empty form."""
    for _ in range(50):
        sign_in("hoa", "sai mật khẩu rồi")
        sign_in("", "")
    assert lines() == [("đăng nhập", "hoa")] * 5
    assert AuditEntry.objects.filter(detail__locked=True).count() == 1
    settings.ADDRESS_FAILURE_LIMIT = 8
    for number in range(50):
        sign_in(f"khong-co-{number}", "sai mật khẩu rồi")
    sign_in("nam", "sai mật khẩu rồi")
    unknown, slowed = ("đăng nhập", "(không có tài khoản này)"), ("hạn chế đăng nhập từ một địa chỉ", "10.1.1.1")
    assert lines()[5:] == [unknown] * 3 + [slowed, ("đăng nhập", "nam")]


# --- Going out, and sessions that die --------------------------------------------------------------------------------


def test_an_address_alone_does_not_sign_out(people):
    client, _ = sign_in()
    page = client.get("/dang-xuat/")
    assert page.status_code == 200
    assert 'method="post" action="/dang-xuat/"' in page.content.decode()
    assert signed_in(client)


def test_an_old_cookie_is_worth_nothing_after_signing_out(people):
    client, _ = sign_in()
    stolen = Client()
    stolen.cookies[product.SESSION_COOKIE_NAME] = client.cookies[product.SESSION_COOKIE_NAME].value
    assert signed_in(stolen)
    out = client.post("/dang-xuat/")
    assert (out.status_code, out.url) == (302, LOGIN)
    assert out["Clear-Site-Data"] == '"storage"'  # whatever pages kept on the machine
    assert not signed_in(client)
    assert not signed_in(stolen)
    assert list(AuditEntry.objects.order_by("pk").values_list("act", flat=True)) == ["đăng nhập", "đăng xuất"]


def test_signing_out_clears_the_machine_also_where_the_session_has_ended(people):
    client, _ = sign_in()
    client.cookies.pop(product.SESSION_COOKIE_NAME)
    assert client.get("/dang-xuat/").url == f"{LOGIN}?next=/dang-xuat/"
    out = client.post("/dang-xuat/")
    assert (out.url, out["Clear-Site-Data"]) == (LOGIN, '"storage"')
    assert not AuditEntry.objects.filter(act="đăng xuất").exists()


def test_signing_out_needs_the_pages_own_token(people):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["owner"])
    refused = client.post("/dang-xuat/")
    assert refused.status_code == 403
    assert "Biểu mẫu đã hết hạn" in refused.content.decode()
    assert signed_in(client)


def test_a_session_ends_with_the_account(people):
    client, _ = sign_in()
    User.objects.filter(username="hoa").update(is_active=False)
    assert not signed_in(client)


def test_a_session_ends_when_the_password_changes(people):
    client, _ = sign_in()
    people["owner"].set_password("một mật khẩu khác hẳn")
    people["owner"].save()
    assert not signed_in(client)


def test_a_role_that_was_cut_is_gone_at_the_next_request(people):
    client, _ = sign_in("anh")
    assert client.get("/quan-tri/").status_code == 200
    UserRole.objects.filter(user=people["admin"]).delete()
    follow_roles(user=people["admin"])
    assert client.get("/quan-tri/").status_code == 404
    assert "Chưa được giao" in client.get("/tai-khoan/").content.decode()


def test_a_session_that_lies_idle_ends(people):
    now = dt.datetime.now(dt.UTC)
    client, _ = sign_in()
    with time_machine.travel(now + dt.timedelta(minutes=14)):
        assert signed_in(client)
    with time_machine.travel(now + dt.timedelta(minutes=28)):
        assert signed_in(client)  # every request begins the quarter of an hour anew
    with time_machine.travel(now + dt.timedelta(minutes=44)):
        assert not signed_in(client)


def test_what_is_done_is_written_down_twice_a_minute_at_most(people):
    now = dt.datetime.now(dt.UTC)
    client, _ = sign_in()

    def ends_after(**later):
        with time_machine.travel(now + dt.timedelta(**later), tick=False):
            assert signed_in(client)
            return round((Session.objects.get().expire_date - now).total_seconds())

    first = ends_after(seconds=1)
    assert 15 * 60 <= first <= 15 * 60 + 1 and ends_after(seconds=29) == first
    assert ends_after(minutes=4) == 19 * 60
    assert ends_after(minutes=-1) == 14 * 60  # the clock was set back


# --- One's own account -----------------------------------------------------------------------------------------------


def test_everybody_sees_his_own_account_only(people):
    said = {}
    for username in ("hoa", "nam"):
        client, _ = sign_in(username)
        said[username] = client.get("/tai-khoan/").content.decode()
    assert "Lê Thị Hoa" in said["hoa"] and "Đầu mối" in said["hoa"] and "Đơn vị x11" in said["hoa"]
    assert "Trần Văn Nam" in said["nam"] and "Người duyệt" in said["nam"]
    assert "Trần Văn Nam" not in said["hoa"] and "Lê Thị Hoa" not in said["nam"]
    assert Client().get("/tai-khoan/").url.startswith(LOGIN)
    assert sign_in()[0].put("/tai-khoan/").status_code == 405


NEW = "đồng lúa chín vàng tháng sáu"


def change(client, old=PASSWORD, new=NEW, again=None):
    data = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return client.post("/tai-khoan/mat-khau/", data)


def test_changing_ones_password_ends_the_other_sessions(people):
    here, _ = sign_in()
    elsewhere, _ = sign_in()
    done = change(here)
    assert (done.status_code, done.url) == (302, "/tai-khoan/")
    assert "Đã đổi mật khẩu." in here.get("/tai-khoan/").content.decode()
    assert not signed_in(elsewhere)
    assert "chưa đúng" in sign_in()[1].content.decode()
    assert signed_in(sign_in(password=NEW)[0])
    assert AuditEntry.objects.filter(act="đổi mật khẩu", actor=people["owner"]).count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"old": "không phải"}, "Mật khẩu cũ chưa đúng."),
        ({"new": "ngắn quá thôi"}, "14 ký tự"),
        ({"new": "12345678901234567890"}, "phổ biến"),
        ({"again": "gõ nhầm một chữ rồi"}, "Hai lần nhập mật khẩu không giống nhau."),
        ({"new": PASSWORD}, "Mật khẩu mới phải khác mật khẩu cũ."),
    ],
)
def test_a_password_that_will_not_do_is_refused_in_vietnamese(people, fields, said):
    client, _ = sign_in()
    refused = change(client, **fields)
    assert refused.status_code == 200
    errors = " ".join(str(error) for errors in refused.context["form"].errors.values() for error in errors)
    assert said in errors
    assert "Chưa đổi mật khẩu." in refused.content.decode()
    people["owner"].refresh_from_db()
    assert people["owner"].check_password(PASSWORD)


def test_an_issued_password_must_be_changed_first(people):
    User.objects.filter(username="hoa").update(must_change_password=True)
    client, entered = sign_in()
    for address in ("/", "/tai-khoan/", "/quan-tri/", "/khong-co/"):
        assert client.get(address).url == "/tai-khoan/mat-khau/"
    assert "là mật khẩu được cấp" in client.get("/tai-khoan/mat-khau/").content.decode()
    change(client)
    assert signed_in(client)
    assert not User.objects.get(username="hoa").must_change_password


def test_the_first_password_leads_to_the_work(people):
    User.objects.filter(username="hoa").update(must_change_password=True)
    client, _ = sign_in()
    assert change(client).url == "/"


def test_all_that_a_password_lacks_is_said_at_once(people):
    short = User.objects.get(username="hoa")
    short.set_password("hoahoahoa")
    short.save()
    client, _ = sign_in(password="hoahoahoa")
    rules = client.get("/tai-khoan/mat-khau/").context["form"].fields["new_password1"].help_text
    assert "14 ký tự" in rules and "phổ biến" in rules and "khác mật khẩu cũ" in rules
    form = change(client, old="hoahoahoa", new="hoahoahoa", again="hoahoaho").context["form"]
    assert len(form.errors["new_password1"]) == 3  # too short, too easy, and the old one
    assert form.errors["new_password2"] == ["Hai lần nhập mật khẩu không giống nhau."]


def test_tab_leads_from_the_name_to_the_password(client, db):
    page = client.get("/dang-nhap/").content.decode()
    between = page[page.index('name="username"') : page.index('name="password"')]
    assert not {"button", "a", "select", "textarea"} & set(re.findall(r"<(\w+)", between))


def test_the_idle_end_of_a_session_is_logged_once_and_the_row_goes(people):
    client, _ = sign_in()
    other, _ = sign_in("nam")
    assert end_idle_sessions() == 0
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)):
        assert signed_in(other)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=16)):
        assert end_idle_sessions() == 1
        assert end_idle_sessions() == 0
        assert not signed_in(client) and signed_in(other)
    line = AuditEntry.objects.get(act="hết phiên")
    assert (line.object_label, line.actor_name, line.detail) == (
        "hoa",
        "hệ thống",
        {"reason": "Không thao tác 15 phút."},
    )


def test_a_session_of_nobody_goes_without_a_line(people):
    Client().get("/dang-nhap/")
    session = SessionStore()
    session["x"] = 1
    session.save()
    Session.objects.update(expire_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert end_idle_sessions() == 1
    assert not AuditEntry.objects.filter(act="hết phiên").exists()


def test_many_sessions_go_a_part_at_a_time(people):
    for _ in range(3):
        sign_in()
    Session.objects.update(expire_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert accounts.end_idle_sessions(most=2) == 2
    assert accounts.end_idle_sessions(most=2) == 1
    assert AuditEntry.objects.filter(act="hết phiên").count() == 3


# --- Sessions --------------------------------------------------------------------------------------------------------


def test_other_sessions_are_listed_and_ended(people):
    here, _ = sign_in()
    elsewhere, _ = sign_in(address="10.1.1.2")
    colleague, _ = sign_in("nam")
    told = words(here.get("/tai-khoan/"))
    assert (
        told.index("phiên này") < told.index("phiên khác") and "từ 10.1.1.2" in told and told.count("phiên khác") == 2
    )
    assert "Tài khoản không đăng nhập ở máy nào khác." in words(colleague.get("/tai-khoan/"))
    assert here.get("/tai-khoan/phien/").status_code == 405
    done = here.post("/tai-khoan/phien/", follow=True)
    assert "Đã kết thúc 1 phiên khác." in words(done)
    assert signed_in(here) and signed_in(colleague) and not signed_in(elsewhere)
    line = AuditEntry.objects.get(act="kết thúc các phiên khác")
    assert (line.account, line.detail["sessions"]) == ("hoa", 1)
    assert "Không có phiên nào khác." in words(here.post("/tai-khoan/phien/", follow=True))
    assert Client().post("/tai-khoan/phien/").url.startswith(LOGIN)


def test_a_session_ends_after_its_hours_however_busy(people, settings):
    settings.SESSION_COOKIE_AGE = 60 * 60
    client, _ = sign_in()
    began = dt.datetime.now(dt.UTC)
    for hour in range(1, 25):
        with time_machine.travel(began + dt.timedelta(minutes=30 * hour - 1)):
            assert signed_in(client), hour
    with time_machine.travel(began + dt.timedelta(hours=12, minutes=1)):
        assert client.get("/tai-khoan/").url.startswith(LOGIN)
    line = AuditEntry.objects.get(act="hết phiên")
    assert (line.object_label, line.actor_name, line.detail["reason"]) == ("hoa", "hệ thống", "Đã đăng nhập 12 giờ.")


def test_administrators_are_signed_out_sooner(people):
    clients = {name: sign_in(name)[0] for name in ("anh", "hoa")}
    began = dt.datetime.now(dt.UTC)
    for client in clients.values():
        client.get("/tai-khoan/")
    with time_machine.travel(began + dt.timedelta(minutes=6)):
        assert not signed_in(clients["anh"]) and signed_in(clients["hoa"])


def test_administrators_are_never_signed_out_later_than_others(people, settings):
    settings.SESSION_COOKIE_AGE = 2 * 60
    clients = [sign_in(name)[0] for name in ("anh", "hoa")]
    for client in clients:
        client.get("/tai-khoan/")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=3)):
        assert not any(map(signed_in, clients))


def test_what_was_typed_without_an_account_is_kept_nowhere(people):
    """People type their password into the field of the name."""
    sign_in("mật khẩu của tôi 2023", "x")
    sign_in("mật khẩu của tôi 2023", "x")
    sign_in("hoa", "sai mật khẩu rồi")
    kept = {attempt.username: attempt for attempt in AccessAttempt.objects.all()}
    assert "hoa" in kept and len(kept) == 2
    unknown = next(attempt for name, attempt in kept.items() if name.startswith("?"))
    assert unknown.failures_since_start == 2
    assert "mật khẩu" not in str([attempt.__dict__ for attempt in kept.values()])


@pytest.mark.parametrize("path", ["/quan-tri/", "/quan-tri/agencies/user/"])
def test_the_administration_may_be_limited_to_networks(people, settings, path):
    client, _ = sign_in("anh")
    settings.ADMIN_NETWORKS = [ip_network("10.9.0.0/16")]
    assert client.get(path).status_code == 404 and Client().get(path).status_code == 302
    assert client.get(path, REMOTE_ADDR="10.9.1.1").status_code == 200


def test_no_list_tells_a_hash_letter_by_letter(people):
    client, _ = sign_in("anh")
    for path in (
        "/quan-tri/agencies/user/?password__startswith=md5",
        "/quan-tri/core_jobs/job/?owner__password__startswith=m",
        "/quan-tri/jobs/job/?owner__password__startswith=m",
    ):
        assert client.get(path).status_code in (400, 404), path
    assert client.get("/quan-tri/agencies/user/?is_active__exact=1").status_code == 200


# --- Over many addresses ---------------------------------------------------------------------------------------------


def fail_everywhere(username="hoa", times=20):
    for number in range(times):
        sign_in(username, "sai mật khẩu rồi", address=f"10.2.{number}.1")


def known_browser(username="hoa"):
    """A browser in which an account was signed in with, and out."""
    client, _ = sign_in(username)
    client.post("/dang-xuat/")
    return client


def test_a_name_that_fails_everywhere_is_locked_but_for_known_devices(people):
    mine = known_browser()
    fail_everywhere()
    client, stopped = sign_in(address="10.3.3.3")
    assert stopped.status_code == 429 and not signed_in(client)
    assert "Trình duyệt đã từng đăng nhập bằng tên này vẫn đăng nhập được." in stopped.content.decode()
    assert sign_in("hoa", "sai mật khẩu rồi", client=mine)[1].status_code == 200
    assert signed_in(sign_in(client=mine, address="10.3.3.3")[0])
    assert signed_in(sign_in("nam", address="10.3.3.3")[0])
    # One line tells of it, and an administrator releases the name by one act.
    assert AuditEntry.objects.filter(act="hạn chế đăng nhập với một tên", object_label="hoa").count() == 1
    assert "hoa" in accounts.locked_names()
    assert accounts.unlock(username="hoa", by=people["admin"]) >= 20
    assert signed_in(sign_in(address="10.3.3.3")[0])


def test_an_issued_password_opens_once_within_seven_days(people):
    issued = "cấp lại cho chị Hoa"
    accounts.issue_password(user=people["owner"], password=issued, by=people["admin"])
    last_day = clock.today() + dt.timedelta(days=7)
    assert User.objects.get(username="hoa").code_last_day == last_day
    with time_machine.travel(dt.datetime.combine(last_day, dt.time(23, 59), clock.VIETNAM), tick=False) as moment:
        client, opened = sign_in("hoa", issued)
        assert opened.status_code == 302
        said = client.get("/tai-khoan/mat-khau/").content.decode()
        assert "chỉ mở được một lần" in said and "Mật khẩu được cấp cũng vậy." in said
        assert "đã được dùng" in sign_in("hoa", issued)[1].content.decode()
        accounts.issue_password(user=people["owner"], password=issued, by=people["admin"])
        moment.shift(dt.timedelta(days=7, minutes=1))
        assert "đã hết hạn" in sign_in("hoa", issued)[1].content.decode()
        # It is no random code: while strangers try the name it opens nothing.
        accounts.issue_password(user=people["owner"], password=issued, by=people["admin"])
        fail_everywhere()
        assert sign_in("hoa", issued, address="10.3.3.3")[1].status_code == 429


def test_a_slip_opens_while_strangers_try_the_name(people):
    (slip,) = bulk_accounts.reset_codes(usernames=["hoa"], by=people["admin"])
    fail_everywhere()
    assert sign_in("hoa", "sai mật khẩu rồi", address="10.3.3.3")[1].status_code == 429
    client, opened = sign_in("hoa", slip.code, address="10.3.3.3")
    assert opened.status_code == 302 and "_auth_user_id" in client.session
    client.post("/dang-xuat/")
    # Used, it opens nothing more.
    assert sign_in("hoa", slip.code, address="10.3.3.3")[1].status_code == 429


def test_a_known_device_is_locked_by_its_own_failures(people):
    mine = known_browser()
    for _ in range(5):
        _, last = sign_in("hoa", "sai mật khẩu rồi", client=mine)
    assert last.status_code == 429
    assert sign_in(client=mine)[1].status_code == 429
    assert signed_in(sign_in()[0])  # a stolen cookie locks nobody else out
    assert "hoa" in accounts.locked_names()
    assert accounts.unlock(username="hoa", by=people["admin"]) == 1
    assert signed_in(sign_in(client=mine)[0])


def test_a_device_is_known_for_one_account_and_not_by_invention(people):
    mine = known_browser("nam")
    (name,) = (each for each in mine.cookies if each.startswith("may-quen-"))
    cookie = mine.cookies[name]
    assert cookie["httponly"] and cookie["path"] == LOGIN and "nam" not in name
    fail_everywhere()
    assert sign_in(client=mine)[1].status_code == 429
    # The value of another account, and an invented one, under this account's name.
    own = next(each for each in known_browser("anh").cookies if each.startswith("may-quen-"))
    fail_everywhere("anh")
    for value in (cookie.value, "x:y:z", ""):
        other = Client()
        other.cookies[own] = value
        assert sign_in("anh", client=other, address="10.3.3.3")[1].status_code == 429


def test_a_known_device_gets_in_from_an_address_that_tries_many_names(people, settings):
    mine = known_browser()
    settings.ADDRESS_FAILURE_LIMIT = 8
    for number in range(8):
        sign_in(f"x{10000 + number}", "sai mật khẩu rồi")
    sign_in("hoa", "sai mật khẩu rồi")
    assert sign_in()[1].status_code == 429
    assert sign_in("hoa", "sai mật khẩu rồi", client=mine)[1].status_code == 200
    assert signed_in(sign_in(client=mine)[0])


def test_a_browser_is_known_for_eight_accounts(people):
    client = Client()
    for number in range(9):
        client.cookies[f"may-quen-{number}"] = "x"
    sign_in(client=client)
    kept = [name for name, cookie in client.cookies.items() if name.startswith("may-quen-") and cookie.value]
    assert len(kept) == 8


def test_an_address_is_released_by_one_act(people):
    for name in ("hoa", "nam", "khong-co"):
        for _ in range(5):
            sign_in(name, "sai mật khẩu rồi")
    administrator, _ = sign_in("anh", address="10.8.8.8")
    row = AccessAttempt.objects.first()
    page = "/quan-tri/axes/accessattempt/"
    assert "delete_selected" not in administrator.get(page).content.decode()
    done = administrator.post(page, {"action": "release_addresses", "_selected_action": [row.pk]}, follow=True)
    assert "Đã mở khóa 3 tên từ 1 địa chỉ." in done.content.decode()
    assert signed_in(sign_in("nam")[0])
    assert AuditEntry.objects.filter(act="mở khóa đăng nhập").count() == 3


def test_the_count_of_failures_keeps_nothing_that_was_typed(people):
    sign_in("một mật khẩu gõ nhầm ô", "sai mật khẩu rồi", next="/tai-khoan/")
    sign_in("hoa", "sai mật khẩu rồi")
    kept = str(list(AccessAttempt.objects.values_list()))
    assert "gõ nhầm" not in kept and "sai mật khẩu" not in kept
