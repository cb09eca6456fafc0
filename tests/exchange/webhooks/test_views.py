"""The page of a webhook: owner, those who decide, stranger; the secret is shown once; what was typed stays."""

import re

import pytest

from exchange.models import Delivery, Event, Webhook
from exchange.webhooks import services
from tests.exchange.webhooks.test_services import send_and_approve
from tests.page import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def page(connected):
    return f"/ket-noi/{connected.systems['an'].pk}/su-kien/"


def test_set_shown_once_changed_and_removed(as_person, page):
    an = as_person("an")
    assert "Chưa đặt nơi nhận" in words(an.get(page.removesuffix("su-kien/")))
    first = an.post(f"{page}viec/", {"act": "set", "url": "https://example.org/nhan", "events": ["approved"]})
    assert "whsec_" in words(first)
    assert "whsec_" not in words(an.get(page))
    assert "Đến https://example.org/nhan" in words(an.get(page.removesuffix("su-kien/")))
    again = an.post(f"{page}viec/", {"act": "set", "url": "https://example.org/b", "events": ["returned"]}, follow=True)
    assert "whsec_" not in words(again)
    assert "Phiếu bị trả lại" in words(again)
    assert "whsec_" in words(an.post(f"{page}viec/", {"act": "secret"}))
    removed = an.post(f"{page}viec/", {"act": "remove"}, follow=True)
    assert "Đã bỏ nơi nhận" in words(removed)
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"url": "", "events": ["approved"]}, "Ghi địa chỉ nhận."),
        ({"url": "https://example.org/", "events": []}, "Chọn ít nhất một sự kiện."),
        ({"url": "https://example.org/", "events": ["x"]}, "Không có sự kiện này."),
        ({"url": "https://example.org/" + "a" * 500, "events": ["approved"]}, "500"),
    ],
)
def test_what_was_typed_wrongly_stays(as_person, page, typed, said):
    answer = as_person("an").post(f"{page}viec/", {"act": "set", **typed})
    assert answer.status_code == 422
    assert said in words(answer)
    assert typed["url"][:30] in answer.content.decode()
    assert not Webhook.objects.exists()


def test_an_inner_scheme_is_refused_in_words(as_person, page):
    answer = as_person("an").post(
        f"{page}viec/", {"act": "set", "url": "http://a.vn/", "events": ["approved"]}, follow=True
    )
    assert "Địa chỉ phải bắt đầu bằng https:// và có tên máy chủ. Chưa lưu." in words(answer)


@pytest.mark.parametrize("act", ["retry", "secret", "remove", "else", ""])
def test_without_a_webhook_nothing_happens(as_person, page, act):
    answer = as_person("an").post(f"{page}viec/", {"act": act}, follow=True)
    assert "Chưa có gì thay đổi." in words(answer)


def test_owner_decider_stranger(client, as_person, page, connected):
    services.set_webhook(
        system=connected.systems["an"], by=connected.people["an"], url="https://example.org/", events=list(Event)
    )
    assert "Lưu nơi nhận" in words(as_person("an").get(page))
    decider = words(as_person("khanh").get(page))
    assert "https://example.org/" in decider
    assert "Lưu nơi nhận" not in decider
    assert as_person("khanh").post(f"{page}viec/", {"act": "remove"}).status_code == 404
    for name in ("cuc", "lam", "binh"):
        assert as_person(name).get(page).status_code == 404
        assert as_person(name).post(f"{page}viec/", {"act": "remove"}).status_code == 404
    assert client.get(page).status_code == 302
    assert Webhook.objects.count() == 1


def test_deliveries_by_the_names_of_agencies_in_so_many_queries(
    as_person, connected, webhook, django_assert_num_queries
):
    send_and_approve(connected)
    send_and_approve(connected, "x21")
    services.make_deliveries(webhook)
    Delivery.objects.filter(event="approved").update(attempts=2, error="Máy chủ nhận trả lời 500.")
    khanh, page = as_person("khanh"), f"/ket-noi/{webhook.system_id}/su-kien/"
    khanh.get(page)
    with django_assert_num_queries(QUERIES):
        shown = words(khanh.get(page))
    for text in (connected.tree["x11"].name, connected.tree["x21"].name, "Chờ gửi", "Máy chủ nhận trả lời 500."):
        assert text in shown
    assert "Sẽ gửi lại 4 sự kiện" in words(khanh.post(f"{page}viec/", {"act": "retry"}, follow=True))
    assert re.search(r"Phiếu được duyệt", shown)


QUERIES = 11
