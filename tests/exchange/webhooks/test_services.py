"""Deliveries: what is told to whom, in which order, how often; a receiver that fails, a process that dies, strangers."""

import datetime as dt
import json
import time

import pytest

from core import clock
from core.audit.models import AuditEntry
from core.notifications.models import Notification
from exchange import services as connections
from exchange.models import Delivery, DeliveryState, Event, Webhook
from exchange.webhooks import sending, services, signing
from indicators.errors import ActionNotAllowed
from indicators.models import ReturnReason, State
from indicators.submissions import workflow
from tests import factories
from tests.exchange.webhooks.test_signing import check

pytestmark = pytest.mark.django_db


def send_and_approve(connected, code="x11"):
    figures = {connected.targets["I.1"]: (1, 2)}
    sent = factories.report(connected.tree[code], connected.august, figures, state=State.DRAFT)
    workflow.submit(submission=sent, by=connected.people[{"x11": "an", "x21": "cuc"}[code]])
    workflow.approve(submission=sent, by=connected.people[{"x11": "dung", "x21": "hanh"}[code]])


def told(receiver):
    """(event, agency, period) of what came, and whether each signature holds is asked by the caller."""
    bodies = [json.loads(body) for _, body in receiver.requests]
    return [(body["event"], body["agency"], body["period"]) for body in bodies]


def states():
    return list(Delivery.objects.order_by("number").values_list("event", "state", "attempts", "status"))


def test_what_happens_is_told_once_and_signed(connected, webhook, receiver):
    send_and_approve(connected)
    assert services.deliver_all() == 2
    assert told(receiver) == [("submitted", "x11", "2023-08"), ("approved", "x11", "2023-08")]
    secret = signing.secret_of(webhook)
    for headers, body in receiver.requests:
        assert check(secret, headers, body)
        assert json.loads(body)["id"] == headers["webhook-id"]
    numbers = list(AuditEntry.objects.filter(act__in=["nộp phiếu", "duyệt phiếu"]).values_list("number", flat=True))
    assert receiver.accepted == [str(number) for number in sorted(numbers)]
    assert services.deliver_all() == 0
    assert len(receiver.requests) == 2


def test_what_happened_before_is_not_told(connected, receiver):
    send_and_approve(connected)
    khanh = connected.people["khanh"]
    services.set_webhook(system=connected.systems["khanh"], by=khanh, url=receiver.url, events=list(Event))
    assert services.deliver_all() == 0
    assert not Delivery.objects.exists()


def test_lines_of_a_demonstration_have_no_number_and_begin_nothing_anew(connected, receiver):
    """PostgreSQL sorts them before all numbers where the newest comes first."""
    send_and_approve(connected)
    AuditEntry.objects.create(at=clock.now(), actor_name="minh họa", act="nộp phiếu", object_label="minh họa")
    khanh = connected.people["khanh"]
    made = services.set_webhook(system=connected.systems["khanh"], by=khanh, url=receiver.url, events=list(Event))
    assert made.cursor == AuditEntry.objects.get(act="duyệt phiếu").number
    assert services.deliver_all() == 0


def test_who_was_told_of_a_submission_is_told_of_its_withdrawal(connected, webhook, receiver):
    sent = factories.report(
        connected.tree["x11"], connected.august, {connected.targets["I.1"]: (1, 2)}, state=State.DRAFT
    )
    workflow.submit(submission=sent, by=connected.people["an"])
    services.deliver_all()
    workflow.withdraw(submission=sent, by=connected.people["an"])
    services.deliver_all()
    assert told(receiver) == [("submitted", "x11", "2023-08"), ("withdrawn", "x11", "2023-08")]


def test_a_webhook_that_is_removed_while_it_is_sent_leaves_nothing(connected, webhook, receiver, monkeypatch):
    send_and_approve(connected)

    def remove(*arguments):
        Webhook.objects.all().delete()
        return 200

    monkeypatch.setattr(sending, "post", remove)
    services.deliver_all()
    assert not Delivery.objects.exists() and not Webhook.objects.exists()
    assert services.make_deliveries(webhook) == 0


def test_only_chosen_events_are_told(connected, webhook, receiver):
    khanh = connected.people["khanh"]
    services.set_webhook(system=webhook.system, by=khanh, url=receiver.url, events=["approved", "no_such"])
    send_and_approve(connected)
    services.deliver_all()
    assert [event for event, *_ in told(receiver)] == ["approved"]
    assert Webhook.objects.get().events == ["approved"]


def test_another_agency_is_told_nothing_of_it(connected, receiver):
    """Cúc, of another branch, may not see the report of x11, so her system hears nothing of it; the look goes on all the same."""
    cuc = services.set_webhook(
        system=connected.systems["cuc"], by=connected.people["cuc"], url=receiver.url, events=list(Event)
    )
    send_and_approve(connected)
    assert services.deliver_all() == 0
    assert receiver.requests == []
    assert Webhook.objects.get(pk=cuc.pk).cursor == AuditEntry.objects.filter(act="duyệt phiếu").get().number


def test_a_receiver_that_fails_thrice_gets_each_event_once_in_order(connected, webhook, receiver, moment):
    """Minutes 0, 1, 6 fail (500, 500, 503), minute 21 succeeds; the later event of the same report waits for it."""
    receiver.answers = [500, 500, 503]
    send_and_approve(connected)
    begun = clock.now()
    for minutes, received in ((0, 0), (0.5, 0), (1, 0), (5, 0), (6, 0), (20, 0), (21, 2)):
        moment.move_to(begun + dt.timedelta(minutes=minutes))
        assert services.deliver_all() == received, minutes
    assert [event for event, *_ in told(receiver)] == ["submitted"] * 4 + ["approved"]
    assert len(receiver.accepted) == len(set(receiver.accepted)) == 2
    assert states() == [("submitted", "delivered", 4, 200), ("approved", "delivered", 1, 200)]


def test_another_report_does_not_wait_for_it(connected, webhook, receiver):
    send_and_approve(connected)
    send_and_approve(connected, "x21")
    receiver.answers = [500]
    assert services.deliver_all() == 2
    assert told(receiver) == [
        ("submitted", "x11", "2023-08"),
        ("submitted", "x21", "2023-08"),
        ("approved", "x21", "2023-08"),
    ]


def test_without_an_answer_the_run_ends(connected, webhook, receiver, monkeypatch):
    """A receiver that is not there is asked once a run, whatever waits for it."""
    send_and_approve(connected)
    send_and_approve(connected, "x21")
    asked = []

    def refuse(*arguments):
        asked.append(1)
        raise sending.NotSent("Không kết nối được tới máy chủ nhận.")

    monkeypatch.setattr(sending, "post", refuse)
    assert services.deliver_all() == 0
    assert len(asked) == 1
    row = Delivery.objects.order_by("number").first()
    assert (row.state, row.attempts, row.status) == (DeliveryState.WAITING, 1, None)
    assert row.error == "Không kết nối được tới máy chủ nhận."


def test_given_up_after_days_its_owner_is_told_once_and_tries_again(connected, webhook, receiver, moment):
    send_and_approve(connected)
    receiver.answers = [404] * (len(services.WAITS) + 1)
    for minutes in (0, *services.WAITS):
        moment.shift(dt.timedelta(minutes=minutes))
        Delivery.objects.filter(event="approved").update(next_at=clock.now() + dt.timedelta(days=9))
        assert services.deliver_all() == 0
    assert states()[0] == ("submitted", "given_up", len(services.WAITS) + 1, 404)
    notice = Notification.objects.get(event="delivery_given_up")
    assert notice.person == connected.people["khanh"]
    assert notice.text.startswith("Máy chủ nhận trả lời 404.")
    receiver.answers = []
    assert services.retry(webhook=webhook, by=connected.people["khanh"]) == 2
    assert services.deliver_all() == 2
    assert [row[1] for row in states()] == ["delivered", "delivered"]


def test_a_process_that_dies_before_it_notes_the_answer_sends_the_same_number_again(
    connected, webhook, receiver, moment, monkeypatch
):
    send_and_approve(connected)
    real = sending.post

    def die(*arguments):
        real(*arguments)
        raise SystemExit

    monkeypatch.setattr(sending, "post", die)
    with pytest.raises(SystemExit):
        services.deliver_all()
    monkeypatch.setattr(sending, "post", real)
    moment.shift(services.CLAIM + dt.timedelta(seconds=1))
    assert services.deliver_all() == 2
    assert receiver.accepted[0] == receiver.accepted[1]
    assert len(set(receiver.accepted)) == 2


def test_while_one_process_sends_no_other_does(connected, webhook, receiver, moment):
    send_and_approve(connected)
    Webhook.objects.update(claimed_until=clock.now() + services.CLAIM)
    assert services.deliver_all() == 0
    assert receiver.requests == []
    moment.shift(services.CLAIM + dt.timedelta(seconds=1))
    assert services.deliver_all() == 2


def test_a_run_ends_in_time(connected, webhook, receiver):
    send_and_approve(connected)
    services.make_deliveries(webhook)
    assert services.send_due(webhook, clock.now(), end=time.monotonic()) == 0
    assert receiver.requests == []


@pytest.mark.parametrize("stop", ["end", "expire", "leave", "no key"])
def test_a_connection_that_works_no_more_is_told_nothing(connected, webhook, receiver, moment, stop):
    send_and_approve(connected)
    system, khanh = webhook.system, connected.people["khanh"]
    if stop == "end":
        connections.end(system=system, by=khanh)
    elif stop == "expire":
        moment.move_to(dt.datetime(2024, 6, 17, tzinfo=dt.UTC))
    elif stop == "leave":
        type(khanh).objects.filter(pk=khanh.pk).update(is_active=False)
    else:
        type(system).objects.filter(pk=system.pk).update(key_hash="")
    assert services.deliver_all() == 0
    assert receiver.requests == []


def test_a_return_is_told_and_nothing_of_its_reason(connected, webhook, receiver):
    sent = factories.report(
        connected.tree["x11"], connected.august, {connected.targets["I.1"]: (1, 2)}, state=State.DRAFT
    )
    workflow.submit(submission=sent, by=connected.people["an"])
    workflow.return_report(submission=sent, by=connected.people["dung"], reason="Chuyện riêng", code=ReturnReason.OTHER)
    services.deliver_all()
    assert [event for event, *_ in told(receiver)] == ["submitted", "returned"]
    assert "Chuyện riêng".encode() not in b"".join(body for _, body in receiver.requests)


@pytest.mark.parametrize("name", ["lam", "an"])
def test_only_its_owner_sets_it(connected, webhook, receiver, name):
    stranger = connected.people[name]
    for act in (
        lambda: services.set_webhook(system=webhook.system, by=stranger, url=receiver.url, events=list(Event)),
        lambda: services.renew_secret(webhook=webhook, by=stranger),
        lambda: services.remove_webhook(webhook=webhook, by=stranger),
        lambda: services.retry(webhook=webhook, by=stranger),
    ):
        with pytest.raises(ActionNotAllowed, match="Chỉ người chịu trách nhiệm"):
            act()


def test_what_is_refused_is_not_stored(connected):
    khanh, system = connected.people["khanh"], connected.systems["khanh"]
    with pytest.raises(ActionNotAllowed, match="ít nhất một sự kiện"):
        services.set_webhook(system=system, by=khanh, url="https://example.org/", events=[])
    with pytest.raises(ActionNotAllowed, match="https://"):
        services.set_webhook(system=system, by=khanh, url="http://example.org/", events=list(Event))
    connections.end(system=system, by=khanh)
    system.refresh_from_db()
    with pytest.raises(ActionNotAllowed, match="chưa được cho phép"):
        services.set_webhook(system=system, by=khanh, url="https://example.org/", events=list(Event))
    assert not Webhook.objects.exists()


def test_a_new_secret_and_the_removal_are_logged(connected, webhook):
    khanh = connected.people["khanh"]
    before = signing.secret_of(webhook)
    assert services.renew_secret(webhook=webhook, by=khanh) != before
    services.remove_webhook(webhook=Webhook.objects.get(), by=khanh)
    acts = list(AuditEntry.objects.order_by("-number").values_list("act", flat=True)[:3])
    assert acts == ["bỏ nơi nhận sự kiện", "tạo khóa ký sự kiện", "đặt nơi nhận sự kiện"]
