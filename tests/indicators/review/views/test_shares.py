"""The page on which reviews are shared out: who opens it, what it does, and what follows it. 16 August 2023."""

import pytest

from agencies.models import Level, ReviewShare
from agencies.roles import Role
from core.notifications.models import Notification
from indicators.calendar import reminders
from indicators.models import State
from tests import factories, worlds
from tests.page import words

pytestmark = pytest.mark.once

PAGE = "/duyet/phan-cong/"
SHARE = {"viec": "chia", "nguoi": ["an"], "don-vi": ["k1"], "chia-tu": "16/08/2023", "chia-den": ""}


@worlds.shared(at=factories.AT, stays=True)
def world():
    """Two communes under the province with reports of July and August; July closed on the 20th of July."""
    tree = factories.make_tree(departments=1, districts=1, communes=1)
    plan = factories.make_plan()
    communes = [factories.agency(f"k{number}", Level.COMMUNE, tree["tinh"]) for number in (1, 2)]
    target = factories.target(plan, "I.1", communes)
    people = {
        name: factories.person(name, tree["s1"], Role.STANDING, full_name=name.title()) for name in ("an", "binh")
    }
    people["dau"] = factories.person("dau", communes[0], Role.FOCAL)
    people["quan"] = factories.person("quan", None, Role.ADMIN)
    for commune in communes:
        factories.report(commune, factories.period(plan, 8), {target: (1, 2)}, state=State.SUBMITTED)
    return people | {"plan": plan, "target": target, "communes": communes}


@pytest.fixture
def as_person(client, world):
    """`as_person("an")` gives a client logged in as that person."""

    def go(name):
        client.force_login(world[name])
        return client

    return go


def test_the_page_does_not_exist_for_others(as_person):
    for name in ("dau", "quan"):
        assert as_person(name).get(PAGE).status_code == 404
        assert as_person(name).post(PAGE, SHARE).status_code == 404
    assert not ReviewShare.objects.exists()


def test_the_queue_the_tasks_and_the_right_follow(as_person, django_assert_num_queries):
    binh = as_person("binh")
    assert "Chưa chia" in words(binh.get(PAGE)) and 'href="/duyet/phan-cong/"' in binh.get("/duyet/").content.decode()
    said = words(binh.post(PAGE, SHARE, follow=True))
    assert "Đã phân công duyệt 1 đơn vị từ ngày 16/08/2023." in said
    with django_assert_num_queries(8):
        page = binh.get(PAGE)
    assert "An 16/08/2023 khi phân công lại 1 đơn vị K1" in words(page)
    assert "Chờ duyệt 1" in words(binh.get("/duyet/")) and "Chờ duyệt 2" in words(as_person("an").get("/duyet/"))
    shared = ReviewShare.objects.get().agency.submissions.get()
    assert as_person("binh").post(f"/duyet/{shared.pk}/", {"act": "approve"}).status_code in (403, 404)
    shared.refresh_from_db()
    assert shared.state == State.SUBMITTED


def test_what_was_typed_stays_where_it_is_refused(as_person):
    client = as_person("an")
    answer = client.post(PAGE, SHARE | {"chia-tu": "15/08/2023"})
    assert answer.status_code == 422 and "từ hôm nay, 16/08/2023, trở đi" in words(answer)
    source = answer.content.decode()
    assert 'value="15/08/2023"' in source and source.count("checked") == 2
    assert "Ngày không hợp lệ" in words(client.post(PAGE, SHARE | {"chia-tu": "hôm nào"}))
    assert "Chọn ít nhất một đơn vị." in words(client.post(PAGE, SHARE | {"don-vi": ["\0", "s9"]}))
    for odd in ({"viec": "x"}, {"viec": "ket-thuc", "nhom": "\0"}, {"viec": "thay", "nguoi-nghi": "\0"}, {}):
        assert client.post(PAGE, odd).status_code == 422
    assert not ReviewShare.objects.exists()


def test_leave_and_the_end(as_person):
    client = as_person("an")
    client.post(PAGE, SHARE)
    leave = {
        "viec": "thay",
        "nguoi-nghi": "an",
        "nguoi-thay": "binh",
        "thay-tu": "20/08/2023",
        "thay-den": "24/08/2023",
    }
    page = client.post(PAGE, leave, follow=True)
    said = words(page)
    assert "Đã phân công duyệt thay 1 đơn vị." in said and "Binh duyệt thay An 20/08/2023 24/08/2023" in said
    for group in page.context["groups"]:
        said = words(client.post(PAGE, {"viec": "ket-thuc", "nhom": group.key}, follow=True))
        assert "Đã kết thúc phân công duyệt 1 đơn vị." in said
    assert not ReviewShare.objects.exists() and "Chưa chia" in said


def test_each_is_reminded_of_their_own_alone(world):
    ReviewShare.objects.create(
        agency=world["communes"][0], person=world["an"], first_day=factories.AT.date().replace(day=1)
    )
    reminders._overdue_below(factories.period(world["plan"], 8), world["communes"], factories.AT.date())
    told = dict(Notification.objects.values_list("person__username", "title"))
    assert told == {
        "an": "2 đơn vị chưa nộp phiếu tháng 8 năm 2023",
        "binh": "1 đơn vị chưa nộp phiếu tháng 8 năm 2023",
    }
