"""Notifications: one row a person and event, one letter at most, and none outside this machine of demonstration figures."""

import datetime as dt
import smtplib
import threading
from dataclasses import replace

import pytest
import time_machine
from django.core import mail
from django.db import connection

from agencies.forms import MailPreferenceForm
from agencies.roles import Role
from core import clock
from core.clock import VIETNAM
from core.notifications import events, outbox, services, tasks
from core.notifications.backends import Letter, MailSender, NotSent
from core.notifications.models import Notification, NotificationPreference
from core.notifications.services import mark_read, notify
from indicators.calendar.reminders import OPENED
from indicators.submissions.notifications import (
    APPROVED,
    COMMENT,
    EXTENSION_ASKED,
    EXTENSION_GRANTED,
    QUESTION,
    RETURNED,
)
from tests import factories, senders

NINE = factories.AT  # 09:00 on 16 August 2023
MORNING = dt.datetime(2023, 8, 17, 7, 30, tzinfo=VIETNAM)


@pytest.fixture
def moment():
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def an(db, moment):
    """A focal point with a telephone and a mail address."""
    commune = factories.make_tree(districts=1)["x11"]
    return factories.person("an", commune, Role.FOCAL, phone="0900", email="an@xa.example", full_name="Nguyễn Văn An")


@pytest.fixture
def by_file(settings, monkeypatch, tmp_path):
    """Letters go into a file."""
    monkeypatch.setenv("LETTER_FILE", str(tmp_path / "letters"))

    def choose(name="FileSender"):
        settings.NOTICE_SENDER = f"tests.senders.{name}"

    choose()
    return choose


def told(*people, event=RETURNED, key="returned:1:1", **fields):
    said = {"title": "Phiếu tháng 8 năm 2023 bị trả lại", "url": "/nhap-so-lieu/2023-08/", **fields}
    notify(people=people, event=event, key=key, **said)


def states():
    return list(Notification.objects.order_by("pk").values_list("mail", flat=True))


# Telling


def test_told_once_however_often(an, by_file, django_assert_num_queries):
    with django_assert_num_queries(2):  # people with their preference, the rows
        told(an)
    told(an)
    row = Notification.objects.get()
    assert (row.person, row.event, row.at, row.mail, row.mail_after) == (an, "returned", NINE, "waiting", NINE)
    told(an, key="returned:1:2")
    assert Notification.objects.count() == 2


def test_who_did_it_and_who_left_is_not_told(an, by_file):
    gone = factories.person("cu", an.agency, Role.FOCAL, is_active=False)
    binh = factories.person("binh", an.agency, Role.FOCAL)
    told(an, gone, binh, by=an)
    assert [notice.person for notice in Notification.objects.all()] == [binh]


def test_a_title_is_one_line_and_no_longer_than_its_column(an, by_file):
    told(an, title="Một\r\nBcc: x@example.vn\n" + "a" * 300)
    assert (
        Notification.objects.get().title.startswith("Một Bcc: x@example.vn aaa")
        and len(Notification.objects.get().title) == 200
    )


@pytest.mark.parametrize(
    ("event", "wish", "expected"),
    [
        (RETURNED, {}, NINE),
        (APPROVED, {}, MORNING),
        (RETURNED, {"mode": "daily"}, MORNING),
        (RETURNED, {"mode": "off"}, None),
        (RETURNED, {"muted": ["decisions"]}, None),
        (OPENED, {"muted": ["decisions"]}, MORNING),
        (EXTENSION_ASKED, {}, NINE),
        (EXTENSION_GRANTED, {"muted": ["extensions"]}, None),
        (COMMENT, {}, MORNING),
        (QUESTION, {}, NINE),
    ],
)
def test_when_it_is_mailed(an, by_file, event, wish, expected):
    if wish:
        NotificationPreference.objects.create(person=an, **wish)
    told(an, event=event)
    assert Notification.objects.get().mail_after == expected


def test_nobody_without_an_address(an, by_file):
    an.phone = ""
    an.save()
    told(an)
    assert states() == ["off"]


def test_every_event_belongs_to_one_group_that_one_can_choose():
    assert [group.key for group in events.groups()] == [
        "deadlines",
        "decisions",
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
    assert [field.name for field in MailPreferenceForm().groups] == [group.key for group in events.groups()]


def test_a_key_is_one_events():
    assert events.register(RETURNED) is RETURNED  # the module read twice
    with pytest.raises(ValueError, match="returned"):
        events.register(replace(RETURNED, label="Khác"))
    assert events.event_of("returned") is RETURNED and events.event_of("nothing") is None


def test_before_and_after_half_past_seven():
    at = dt.datetime(2023, 8, 16, 7, 29, 59, tzinfo=VIETNAM)
    assert services.next_morning(at) == dt.datetime(2023, 8, 16, 7, 30, tzinfo=VIETNAM)
    assert services.next_morning(at + dt.timedelta(seconds=1)) == MORNING
    # 00:30 in London is 07:30 in Vietnam.
    assert services.next_morning(dt.datetime(2023, 8, 16, 0, 29, tzinfo=dt.UTC)).hour == 7


def test_told_with_the_act_or_not_at_all(an, by_file):
    from django.db import transaction

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        told(an)
        raise ZeroDivisionError
    assert not Notification.objects.exists()


# One letter


def test_a_morning_is_one_letter(an, by_file, moment):
    told(an, event=APPROVED, key="a", title="Phiếu tháng 7 đã được duyệt")
    told(an, event=OPENED, key="b", title="Kỳ tháng 8 đã mở", text="Hạn nộp 17/08/2023.")
    tasks.send_letters()
    assert senders.letters() == []  # it is nine
    moment.move_to(MORNING)
    tasks.send_letters()
    (letter,) = senders.letters()
    assert (letter["address"], letter["subject"]) == ("0900", "[Chuyển đổi số] 2 thông báo ngày 17/08/2023")
    assert "Kính gửi Nguyễn Văn An," in letter["text"]
    assert letter["text"].index("Phiếu tháng 7 đã được duyệt") < letter["text"].index("Kỳ tháng 8 đã mở")
    assert "Hạn nộp 17/08/2023." in letter["text"] and "09:00 ngày 16/08/2023" in letter["text"]
    assert "http://127.0.0.1:8000/nhap-so-lieu/2023-08/" in letter["text"]
    assert 'href="http://127.0.0.1:8000/nhap-so-lieu/2023-08/"' in letter["html"]
    assert states() == ["sent", "sent"]


def test_what_is_urgent_goes_when_the_act_is_committed(an, by_file, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        told(an)
        told(an, event=APPROVED, key="b")
    (letter,) = senders.letters()
    assert letter["subject"] == "[Chuyển đổi số] Phiếu tháng 8 năm 2023 bị trả lại"
    assert states() == ["sent", "waiting"]


def test_hostile_words_stay_words(an, by_file):
    told(an, title="<script>alert(1)</script>\r\nBcc: a@b.vn", text="<b>& {{ 7 }}")
    outbox.send_waiting(an.pk)
    (letter,) = senders.letters()
    assert "\n" not in letter["subject"] and "\r" not in letter["subject"]
    assert "<script>" not in letter["html"] and "&lt;b&gt;&amp; {{ 7 }}" in letter["html"]
    assert "<b>& {{ 7 }}" in letter["text"]


def test_what_was_read_meanwhile_is_not_mailed(an, by_file):
    told(an)
    assert mark_read(an) == 1
    tasks.send_letters()
    assert senders.letters() == [] and states() == ["off"]


@pytest.mark.parametrize("change", ["phone", "active", "wish"])
def test_who_no_longer_wants_or_can_have_mail(an, by_file, change):
    told(an)
    if change == "wish":
        NotificationPreference.objects.create(person=an, mode="off")
    else:
        an.phone, an.is_active = ("", True) if change == "phone" else ("0900", False)
        an.save()
    tasks.send_letters()
    assert senders.letters() == [] and states() == ["off"]


# At most once


def test_two_beats_and_a_task_run_twice_send_one(an, by_file):
    told(an)
    tasks.send_letters()
    tasks.send_letters()
    assert tasks.send_letter(an.pk) == 0
    assert len(senders.letters()) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_twenty_workers_at_once_send_one(an, by_file, moment):
    told(an, event=APPROVED)
    moment.move_to(MORNING)
    assert states() == ["waiting"]
    gate = threading.Barrier(20, timeout=60)

    def work():
        gate.wait()
        try:
            outbox.send_waiting(an.pk)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(20)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert not any(worker.is_alive() for worker in workers)
    assert len(senders.letters()) == 1 and states() == ["sent"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_sending_and_marking_does_not_send_again(an, by_file, moment):
    told(an, event=APPROVED)
    moment.move_to(MORNING)
    by_file("KilledSender")
    with pytest.raises(senders.Killed):
        outbox.send_waiting(an.pk)
    assert len(senders.letters()) == 1 and states() == ["sending"]
    by_file()
    tasks.send_letters()
    assert states() == ["sending"]  # perhaps it is still at work
    moment.shift(dt.timedelta(minutes=31))
    tasks.send_letters()
    assert len(senders.letters()) == 1 and states() == ["unknown"]
    assert Notification.objects.of(an).unread().count() == 1  # the page has it


def test_a_connection_that_breaks_leaves_it_open(an, by_file):
    told(an)
    by_file("BreakingSender")
    tasks.send_letters()
    tasks.send_letters()
    assert len(senders.letters()) == 1 and states() == ["unknown"]


def test_a_refused_letter_is_tried_again_five_times(an, by_file, moment):
    told(an)
    by_file("RefusingSender")
    tasks.send_letters()
    assert (states(), Notification.objects.get().attempts) == (["waiting"], 1)
    tasks.send_letters()
    assert Notification.objects.get().attempts == 1  # not before a quarter of an hour
    for attempt in (2, 3, 4):
        moment.shift(dt.timedelta(minutes=15))
        tasks.send_letters()
        assert Notification.objects.get().attempts == attempt
    moment.shift(dt.timedelta(minutes=15))
    tasks.send_letters()
    assert (states(), Notification.objects.get().attempts) == (["failed"], 5)


def test_a_server_that_is_back_gets_it(an, by_file, moment):
    told(an)
    by_file("RefusingSender")
    tasks.send_letters()
    by_file()
    moment.shift(dt.timedelta(minutes=15))
    tasks.send_letters()
    assert len(senders.letters()) == 1 and states() == ["sent"]


# Mail itself


def test_mail_has_text_and_html(an, settings):
    settings.NOTICE_SENDER = "core.notifications.backends.MailSender"
    told(an)
    assert outbox.send_waiting(an.pk) == 1
    (letter,) = mail.outbox
    assert (letter.to, letter.from_email) == (["an@xa.example"], "chuyendoiso@localhost")
    assert letter.alternatives[0].mimetype == "text/html"
    message = letter.message()
    pk = Notification.objects.get().pk
    assert (
        message["Message-ID"] == f"<thong-bao.{pk}.{pk}.0@127.0.0.1>" and message["Auto-Submitted"] == "auto-generated"
    )


class Server:
    """A connection that fails in a chosen way."""

    def __init__(self, at_open=None, at_send=None):
        self.at_open, self.at_send = at_open, at_send

    def open(self):
        if self.at_open:
            raise self.at_open

    def send_messages(self, messages):
        raise self.at_send

    def close(self):
        pass


@pytest.mark.parametrize(
    ("server", "surely_not_sent"),
    [
        (Server(at_open=ConnectionRefusedError()), True),
        (Server(at_open=smtplib.SMTPAuthenticationError(535, b"no")), True),
        (Server(at_send=smtplib.SMTPDataError(451, b"later")), True),
        (Server(at_send=smtplib.SMTPRecipientsRefused({})), True),
        (Server(at_send=smtplib.SMTPServerDisconnected()), False),
        (Server(at_send=TimeoutError()), False),
    ],
)
def test_which_failures_are_sure(monkeypatch, server, surely_not_sent):
    monkeypatch.setattr("core.notifications.backends.get_connection", lambda: server)
    with pytest.raises(Exception) as failure:
        MailSender().send(Letter("a@b.vn", "s", "t", "h", "r"))
    assert isinstance(failure.value, NotSent) is surely_not_sent


# A demonstration year


def test_an_illustrative_year_writes_to_nobody_outside(an, by_file, monkeypatch):
    monkeypatch.setattr(clock, "is_demo", lambda: True)
    by_file("FarSender")
    told(an)
    assert states() == ["off"]
    by_file()
    told(an, key="b")
    outbox.send_waiting(an.pk)
    (letter,) = senders.letters()
    assert letter["subject"].startswith("[Số liệu minh họa] [Chuyển đổi số] ")
    assert "SỐ LIỆU MINH HỌA" in letter["text"] and "số liệu minh họa, không phải số thật" in letter["html"]


@pytest.mark.parametrize(
    ("backend", "leaves"),
    [("django.core.mail.backends.smtp.EmailBackend", True), ("django.core.mail.backends.console.EmailBackend", False)],
)
def test_mail_leaves_by_smtp_only(settings, backend, leaves):
    settings.EMAIL_BACKEND = backend
    assert MailSender().leaves is leaves


def test_nothing_is_sent_where_nothing_is_set(an, settings):
    settings.NOTICE_SENDER = ""
    told(an)
    assert states() == ["off"] and tasks.send_letters() is None
