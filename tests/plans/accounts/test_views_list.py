"""The list of accounts that need a look: who opens it, its file, and what is done about them. 09:00 on 16 August 2023."""

from io import BytesIO

import pytest
from axes.models import AccessAttempt
from openpyxl import load_workbook

from agencies.models import User
from agencies.roles import Role
from core.audit.models import AuditEntry
from tests import factories, worlds
from tests.page import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE, FILE = "/tai-khoan/danh-sach/", "/tai-khoan/danh-sach/tep/"


@worlds.shared(at=factories.AT, stays=True)
def people():
    """People by role; the focal point and the lead were never signed in with."""
    tree = factories.make_tree(departments=1, districts=1, communes=1)
    seen = {"last_login": factories.AT}
    return {
        "admin": factories.person("quantri", tree["s1"], Role.ADMIN, is_staff=True, is_superuser=True, **seen),
        "standing": factories.person("khanh", tree["s1"], Role.STANDING, **seen),
        "focal": factories.person("an", tree["x11"], Role.FOCAL, full_name="=Lê An", phone="0912 345 678"),
        "lead": factories.person("binh", tree["s1"], Role.LEAD),
        "leader": factories.person("lam", tree["tinh"], Role.LEADER, **seen),
    }


@pytest.fixture
def as_person(client, people):
    """`as_person("admin")` gives a client logged in as that person."""

    def go(name):
        client.force_login(people[name])
        User.objects.filter(username__in=["an", "binh"]).update(last_login=None)
        return client

    return go


@pytest.mark.parametrize("name", ["focal", "lead", "leader"])
def test_the_page_does_not_exist_for_others(as_person, name):
    client = as_person(name)
    assert {client.get(PAGE).status_code, client.get(FILE).status_code} == {404}
    assert client.post(PAGE, {"act": "disable", "tai-khoan": ["an"]}).status_code == 404


def test_the_standing_agency_reads_and_changes_nothing(as_person, django_assert_num_queries):
    standing = as_person("standing")
    # four of the request (session, person, roles, setup), three of the frame, three of the list
    with django_assert_num_queries(10):
        page = standing.get(PAGE)
    said = words(page)
    assert "Cần xem 2" in said and "Tất cả 5" in said and "Bị khóa đăng nhập 0" in said
    assert "0912 345 678" in said and "Cấp mã, ngừng tài khoản do quản trị làm." in said
    assert 'type="checkbox"' not in page.content.decode() and "Ngừng tài khoản</button>" not in page.content.decode()
    assert standing.post(PAGE, {"act": "disable", "tai-khoan": ["an"]}).status_code == 404
    assert User.objects.get(username="an").is_active
    assert "khanh" in words(standing.get(PAGE, {"xem": "tat-ca"})) and "khanh" not in said.partition("Chọn")[2]
    assert "Không có tài khoản nào ở đây." in words(standing.get(PAGE, {"xem": "bi-khoa"}))
    assert words(standing.get(PAGE, {"xem": "\0", "trang": "-1"})).count("Cần xem 2")


def test_the_file_has_the_rows_of_the_list(as_person):
    book = load_workbook(BytesIO(as_person("standing").get(FILE, {"xem": "can-xem"}).getvalue()))
    rows = [[cell.value for cell in row] for row in book["Tài khoản"].iter_rows()]
    head = next(place for place, row in enumerate(rows) if row[0] == "Đơn vị")
    assert rows[0][0] == "Tài khoản: Cần xem"
    assert [row[1] for row in rows[head + 1 :]] == ["binh", "an"]
    an = dict(zip(rows[head], rows[-1], strict=True))
    assert (an["Họ và tên"], an["Đăng nhập gần nhất"]) == ("=Lê An", "Chưa lần nào")
    assert (an["Cần xem vì"], an["Nên làm"]) == ("Chưa đăng nhập lần nào", "Cấp mã mới, đưa phiếu tận tay.")
    assert book["Tài khoản"].cell(head + 2, 3).data_type != "f"
    whole = load_workbook(BytesIO(as_person("admin").get(FILE, {"xem": "tat-ca"}).getvalue()))
    assert whole["Tài khoản"].max_row - head - 1 == 5


def test_codes_are_issued_for_those_chosen_but_oneself(as_person):
    admin = as_person("admin")
    User.objects.filter(username="an").update(password="md5$own")
    page = admin.post(PAGE, {"act": "reset", "tai-khoan": ["an", "quantri", "khong-co"]})
    (slip,) = (slip for _, slips in page.context["sheets"] for slip in slips)
    assert slip.user.username == "an" and "Đã cấp 1 tài khoản" in words(page)
    person = User.objects.get(username="an")
    assert person.check_password(slip.code) and person.must_change_password
    assert not User.objects.get(username="quantri").must_change_password
    assert AuditEntry.objects.filter(act="cấp mật khẩu").count() == 1
    assert "Mã dùng đến 23/08/2023" in words(admin.get(PAGE))


def test_accounts_are_disabled_but_not_ones_own(as_person):
    admin = as_person("admin")
    answer = admin.post(f"{PAGE}?xem=tat-ca", {"act": "disable", "tai-khoan": ["an", "quantri"]}, follow=True)
    assert "Đã ngừng 1 tài khoản." in words(answer) and answer.redirect_chain[0][0].endswith("?xem=tat-ca")
    assert list(User.objects.filter(is_active=False).values_list("username", flat=True)) == ["an"]
    line = AuditEntry.objects.get(object_label="an", act="sửa tài khoản")
    assert line.detail["changes"] == {"Đang dùng": ["Có", "Không"]}
    assert "an" in words(admin.get(PAGE, {"xem": "da-ngung"}))
    again = admin.post(f"{PAGE}?xem=da-ngung", {"act": "enable", "tai-khoan": ["an", "binh"]}, follow=True)
    assert "Đã mở lại 1 tài khoản" in words(again)
    assert User.objects.get(username="an").enabled_at is not None
    User.objects.filter(username="an").update(is_active=False)
    for act in ("disable", "reset", "unlock", "x", ""):
        assert "Không có gì thay đổi" in words(admin.post(PAGE, {"act": act, "tai-khoan": ["an"]}, follow=True))
    assert User.objects.get(username="an").must_change_password is False


def test_a_lock_ends_from_the_list_and_from_the_account(as_person, people, settings):
    admin = as_person("admin")
    account = f"/quan-tri/agencies/user/{people['focal'].pk}"
    assert "Mở khóa đăng nhập" not in words(admin.get(f"{account}/change/"))

    def lock():
        AccessAttempt.objects.create(
            username="an", ip_address="10.0.0.1", failures_since_start=settings.AXES_FAILURE_LIMIT
        )

    lock()
    assert "Bị khóa vì nhập sai mật khẩu" in words(admin.get(PAGE, {"xem": "bi-khoa"}))
    answer = admin.post(f"{PAGE}?xem=bi-khoa", {"act": "unlock", "tai-khoan": ["an", "binh"]}, follow=True)
    assert "Đã mở khóa đăng nhập của 1 tài khoản." in words(answer) and not AccessAttempt.objects.exists()
    lock()
    assert "Mở khóa đăng nhập" in words(admin.get(f"{account}/change/"))
    assert admin.get(f"{account}/mo-khoa/").status_code == 405
    assert "Đã mở khóa đăng nhập cho an." in words(admin.post(f"{account}/mo-khoa/", follow=True))
    assert not AccessAttempt.objects.exists()
    assert AuditEntry.objects.filter(act="mở khóa đăng nhập", object_label="an").count() == 2
    lock()
    assert as_person("standing").post(f"{account}/mo-khoa/").status_code in (302, 403, 404)
    assert AccessAttempt.objects.exists()
