"""The page of notifications, the bell icon, and the choice of mails."""

import datetime as dt

import pytest

from agencies.roles import Role
from core.notifications.models import Notification, NotificationPreference
from core.notifications.services import notify
from indicators.submissions.notifications import APPROVED, COMMENT, RETURNED
from tests import factories
from tests.page import fields, words

pytestmark = pytest.mark.once

LIST = "/thong-bao/"


@pytest.fixture
def people(db):
    """Two colleagues of one commune, a stranger of another, each with one unread notice."""
    tree = factories.make_tree(districts=1)
    made = {
        "an": factories.person("an", tree["x11"], Role.FOCAL),
        "binh": factories.person("binh", tree["x11"], Role.FOCAL),
        "cuc": factories.person("cuc", tree["x12"], Role.FOCAL),
    }
    for name, person in made.items():
        notify(
            people=[person],
            event=RETURNED,
            key="returned:1",
            title=f"Phiếu của {name} bị trả lại",
            text="Lý do: <b>sai</b>",
            url="/tai-khoan/",
        )
    return made


@pytest.fixture
def as_person(client, people):
    def go(name):
        mine = type(client)()
        mine.force_login(people[name])
        return mine

    return go


def bell(response):
    return response.content.decode().partition("icon-btn bell")[2].partition("</a>")[0]


@pytest.mark.parametrize("name", ["an", "binh", "cuc"])
def test_one_sees_ones_own(as_person, name):
    response = as_person(name).get(LIST)
    page = words(response)
    assert "1 thông báo chưa đọc." in page and f"Phiếu của {name} bị trả lại" in page and "Lý do: <b>sai</b>" in page
    assert page.count("bị trả lại") == 3  # its title, and for the ears in both buttons


def test_the_bell_counts_on_every_page(as_person):
    reader = as_person("an")
    assert "1 chưa đọc" in bell(reader.get("/tai-khoan/"))
    reader.post("/thong-bao/da-doc/")
    assert "chưa đọc" not in bell(reader.get("/tai-khoan/"))
    assert "1 chưa đọc" in bell(as_person("binh").get("/tai-khoan/"))


def test_the_bell_has_room_for_two_digits(as_person, people):
    for number in range(99):
        notify(people=[people["an"]], event=COMMENT, key=str(number), title="x", url="/")
    assert "99+" in bell(as_person("an").get(LIST)) and "100 chưa đọc" in bell(as_person("an").get(LIST))


def test_opening_one_marks_it_read_and_goes_there(as_person):
    reader, told = as_person("an"), Notification.objects.get(person__username="an")
    response = reader.post(f"{LIST}{told.pk}/", {"act": "open"})
    assert (response.status_code, response.url) == (302, "/tai-khoan/")
    told.refresh_from_db()
    assert told.read_at is not None
    page = words(reader.get(LIST))
    assert "Không có thông báo nào chưa đọc." in page and "Phiếu của an bị trả lại" in page
    assert "Không có thông báo nào chưa đọc." in words(reader.get(LIST + "?loc=chua-doc"))


def test_marking_one_read_stays(as_person):
    told = Notification.objects.get(person__username="an")
    assert as_person("an").post(f"{LIST}{told.pk}/", {"act": "stay"}).url == LIST
    assert Notification.objects.unread().count() == 2


@pytest.mark.parametrize("name", ["binh", "cuc"])
def test_anothers_notice_does_not_exist(as_person, name):
    told = Notification.objects.get(person__username="an")
    assert as_person(name).post(f"{LIST}{told.pk}/").status_code == 404
    assert as_person(name).post("/thong-bao/99999/").status_code == 404
    as_person(name).post("/thong-bao/da-doc/")
    told.refresh_from_db()
    assert told.read_at is None


def test_looking_changes_nothing(as_person):
    reader, told = as_person("an"), Notification.objects.get(person__username="an")
    for address in (LIST, f"{LIST}{told.pk}/", "/thong-bao/da-doc/", LIST + "?trang=abc&loc=x"):
        assert reader.get(address, follow=True).status_code == 200
    assert Notification.objects.unread().count() == 3


def test_nobody_without_an_account(client, people):
    assert client.get(LIST).url.startswith("/dang-nhap/")


def test_before_there_is_any(client, db):
    client.force_login(factories.person("moi"))
    assert "Chưa có thông báo nào." in words(client.get(LIST))


def test_queries_do_not_grow(as_person, people, django_assert_num_queries):
    reader = as_person("an")
    reader.get(LIST)
    # Session; account with agency and unread; roles; count; the page; the plan.
    with django_assert_num_queries(6):
        reader.get(LIST)
    for number in range(60):
        notify(people=[people["an"]], event=COMMENT, key=str(number), title="x", url="/")
    with django_assert_num_queries(6):
        response = reader.get(LIST)
    assert "1 – 40 trên 61" in words(response)
    assert words(reader.get(LIST + "?trang=2")).count("Mở trang") == 21


# Which mail


def test_choosing_mail(as_person, people):
    reader = as_person("an")
    shown = fields(reader.get("/tai-khoan/"))
    assert {name: shown.get(name) for name in ("mode", "deadlines", "talk")} == {
        "mode": "at_once",
        "deadlines": "on",
        "talk": "on",
    }
    assert not NotificationPreference.objects.exists()  # looking chose nothing
    response = reader.post("/tai-khoan/", {"mode": "daily", "decisions": "on", "person": people["cuc"].pk}, follow=True)
    assert "Đã lưu cách nhận thông báo." in words(response)
    wish = NotificationPreference.objects.get()
    assert (wish.person, wish.mode) == (people["an"], "daily")
    assert wish.muted == [
        "deadlines",
        "extensions",
        "talk",
        "reports",
        "charges",
        "commitments",
        "definitions",
        "connections",
        "conclusions",
        "data_calls",
        "system",
        "account",
    ]
    reader.post("/tai-khoan/", {"mode": "off"})
    assert NotificationPreference.objects.get().mode == "off"


def test_a_choice_that_does_not_exist(as_person):
    response = as_person("an").post("/tai-khoan/", {"mode": "hourly"})
    assert response.status_code == 200 and not NotificationPreference.objects.exists()
    assert "không nằm trong các lựa chọn" in words(response)


def test_why_no_mail_comes(as_person, people, settings):
    assert "Tài khoản chưa có địa chỉ nhận thư" in words(as_person("an").get("/tai-khoan/"))
    people["an"].email = "an@xa.example"
    people["an"].save()
    assert "Tài khoản chưa có địa chỉ" not in words(as_person("an").get("/tai-khoan/"))
    settings.NOTICE_SENDER = ""
    assert "Hệ thống chưa được cấu hình để gửi thư" in words(as_person("an").get("/tai-khoan/"))


def test_newest_first(as_person, people):
    notify(people=[people["an"]], event=APPROVED, key="later", title="Phiếu được duyệt", url="/")
    Notification.objects.filter(key="later").update(
        at=Notification.objects.get(person=people["an"], key="returned:1").at + dt.timedelta(1)
    )
    page = words(as_person("an").get(LIST))
    assert page.index("Phiếu được duyệt") < page.index("Phiếu của an bị trả lại")
