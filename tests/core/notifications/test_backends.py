"""Letters through a real SMTP server on this machine, by the settings that MAIL_URL makes: what arrives, and that it arrives
once."""

import datetime as dt
import socket
from email import message_from_bytes, policy

import pytest
import time_machine
from aiosmtpd.controller import Controller

from agencies.roles import Role
from chuyendoiso.settings import mail_server
from core.clock import VIETNAM
from core.notifications import outbox, tasks
from core.notifications.models import Notification, NotificationPreference
from core.notifications.services import notify
from indicators.calendar.reminders import DUE_SOON
from indicators.submissions.notifications import RETURNED
from tests import factories

pytestmark = pytest.mark.django_db
MORNING = dt.datetime(2023, 8, 17, 7, 30, tzinfo=VIETNAM)


class Postbox:
    """A mail server. `answers`: its replies to the next letters, after which it accepts them; None: it breaks the connection."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.taken, self.answers, self.running = [], [], None

    def open(self):
        self.running = Controller(self, hostname="127.0.0.1", port=self.port)
        self.running.start()

    def close(self):
        if self.running:
            self.running.stop()
            self.running = None

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer is None or answer.startswith("2"):
            self.taken.append(envelope)
        if answer is None:
            server.transport.close()
        return answer or "250 OK"

    @property
    def letters(self):
        return [message_from_bytes(envelope.content, policy=policy.default) for envelope in self.taken]


@pytest.fixture
def postbox():
    box = Postbox()
    box.open()
    yield box
    box.close()


@pytest.fixture
def by_smtp(postbox, settings):
    """The product's settings for `MAIL_URL=smtp://127.0.0.1:…`."""
    for name, value in mail_server(f"smtp://127.0.0.1:{postbox.port}").items():
        setattr(settings, name, value)
    settings.NOTICE_SENDER = "core.notifications.backends.MailSender"
    settings.DEFAULT_FROM_EMAIL = "Chuyển đổi số Hải Dương <thongbao@cds.example.vn>"
    settings.SITE_URL, settings.SITE_HOST = "https://cds.example.vn", "cds.example.vn"
    return postbox


@pytest.fixture
def moment(postbox):
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def an(by_smtp, moment):
    """A focal point who was told of two things the day before: they wait for the morning's letter."""
    moment.move_to(factories.AT)
    commune = factories.make_tree(districts=1)["x11"]
    person = factories.person("an", commune, Role.FOCAL, email="an@xa.example.vn", full_name="Nguyễn Thị Ẩn")
    NotificationPreference.objects.create(person=person, mode=NotificationPreference.Mode.DAILY)
    told = {"people": [person], "url": "/nhap-so-lieu/2023-08/"}
    title, text = "Phiếu tháng 8 năm 2023 bị trả lại", "Lý do: Sai mẫu số. Chưa cộng hồ sơ trực tiếp."
    notify(event=RETURNED, key="returned:1:1", title=title, text=text, **told)
    notify(event=DUE_SOON, key="due:8", title="Còn 1 ngày làm việc để nộp phiếu tháng 8 năm 2023", **told)
    moment.move_to(MORNING)
    return person


def states():
    return list(Notification.objects.order_by("pk").values_list("mail", flat=True))


def test_the_digest_arrives_whole_in_vietnamese(an, by_smtp):
    tasks.send_letters()
    (envelope,), (letter,) = by_smtp.taken, by_smtp.letters
    assert (envelope.mail_from, envelope.rcpt_tos) == ("thongbao@cds.example.vn", ["an@xa.example.vn"])
    assert letter["Subject"].strip() == "[Chuyển đổi số] 2 thông báo ngày 17/08/2023"
    assert letter["From"].addresses[0].display_name == "Chuyển đổi số Hải Dương"
    assert letter["To"] == "an@xa.example.vn"
    assert letter["Auto-Submitted"] == "auto-generated"
    first, last = Notification.objects.order_by("pk").values_list("pk", flat=True)
    assert letter["Message-ID"] == f"<thong-bao.{first}.{last}.0@cds.example.vn>"
    # On the way every byte is ASCII: any server lets it through.
    assert envelope.content.isascii()
    assert b"=?utf-8?" in envelope.content.partition(b"\r\n\r\n")[0].lower()
    assert letter.get_content_type() == "multipart/alternative"
    text, page = (part.get_content() for part in letter.iter_parts())
    assert [part.get_content_charset() for part in letter.iter_parts()] == ["utf-8", "utf-8"]
    for said in (
        "Kính gửi Nguyễn Thị Ẩn,",
        "Phiếu tháng 8 năm 2023 bị trả lại",
        "Lý do: Sai mẫu số. Chưa cộng hồ sơ trực tiếp.",
        "Còn 1 ngày làm việc để nộp phiếu tháng 8 năm 2023",
        "https://cds.example.vn/nhap-so-lieu/2023-08/",
        "https://cds.example.vn/tai-khoan/",
    ):
        assert said in text and said in page
    assert states() == ["sent", "sent"]


def test_the_task_run_again_sends_nothing_more(an, by_smtp, moment):
    for _ in range(3):
        tasks.send_letters()
        tasks.send_letter(an.pk)
    moment.shift(dt.timedelta(days=1))
    tasks.send_letters()
    assert len(by_smtp.taken) == 1


def test_a_server_that_was_down_gets_it_once(an, by_smtp, moment):
    by_smtp.close()
    tasks.send_letters()
    assert states() == ["waiting", "waiting"] and by_smtp.taken == []
    by_smtp.open()
    tasks.send_letters()  # too early: a quarter of an hour is waited
    assert by_smtp.taken == []
    moment.shift(dt.timedelta(minutes=outbox.MINUTES_BETWEEN))
    for _ in range(3):
        tasks.send_letters()
    assert len(by_smtp.taken) == 1 and states() == ["sent", "sent"]


@pytest.mark.parametrize("answer", ["451 Try again later", "552 Mailbox full"])
def test_a_letter_that_was_refused_comes_once_when_tried_again(an, by_smtp, moment, answer):
    by_smtp.answers = [answer]
    tasks.send_letters()
    assert states() == ["waiting", "waiting"] and by_smtp.taken == []
    for _ in range(3):
        moment.shift(dt.timedelta(minutes=outbox.MINUTES_BETWEEN))
        tasks.send_letters()
    assert len(by_smtp.taken) == 1 and states() == ["sent", "sent"]


def test_a_server_that_took_it_and_hung_up_is_not_given_it_again(an, by_smtp, moment):
    by_smtp.answers = [None]
    tasks.send_letters()
    assert states() == ["unknown", "unknown"] and len(by_smtp.taken) == 1
    for _ in range(3):
        moment.shift(dt.timedelta(hours=1))
        tasks.send_letters()
    assert len(by_smtp.taken) == 1


def test_an_address_that_the_server_does_not_know(an, by_smtp, moment):
    async def refuse(server, session, envelope, address, options):
        return "550 No such mailbox"

    by_smtp.handle_RCPT = refuse
    for _ in range(outbox.ATTEMPTS):
        tasks.send_letters()
        moment.shift(dt.timedelta(minutes=outbox.MINUTES_BETWEEN))
    assert states() == ["failed", "failed"] and by_smtp.taken == []
