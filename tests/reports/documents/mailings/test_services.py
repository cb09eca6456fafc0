"""Mailings: whom they go to, when, each letter once, whatever process dies."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from agencies.roles import Role
from core.audit.models import AuditEntry
from core.notifications import backends
from core.notifications.models import NotificationPreference
from indicators.errors import ActionNotAllowed
from reports.documents import tasks
from reports.documents.mailings import services
from reports.models import MailedReport, Mailing, MailingRefusal, ReportFile
from tests import factories

pytestmark = pytest.mark.once

SETTINGS = {"kind": "tien-do", "period_type": "thang", "subject": "toan-tinh", "letterhead": None, "days": 0}


@pytest.fixture
def mailing(province, moment):
    """The monthly report to a leader and to an address outside; set on 16 August."""
    lam = province.people["lam"]
    lam.email = "lam@tinh.vi.du"
    lam.save()
    fields = SETTINGS | {"people": [lam], "addresses": "khach@vi.du\nLAM@tinh.vi.du"}
    return services.save(mailing=Mailing(plan=province.plan), fields=fields, by=province.people["khanh"])


@pytest.fixture
def august(published):
    """August's report in force, with its PDF."""
    return published("2023-08")


def on(province, days=1):
    """Ten o'clock, so many days after August's close."""
    closes_on = factories.period(province.plan, 8).closes_on
    at = dt.datetime.combine(closes_on, dt.time(10), factories.AT.tzinfo) + dt.timedelta(days=days)
    return time_machine.travel(at, tick=False)


def states():
    return sorted(MailedReport.objects.values_list("address", "state"))


def test_each_reader_has_the_pdf_once(mailing, august, province):
    with on(province):
        assert tasks.mail_reports() == 2 and tasks.mail_reports() == 0
    assert [letter.to for letter in mail.outbox] == [["khach@vi.du"], ["lam@tinh.vi.du"]]
    (letter, _) = mail.outbox
    assert letter.subject == "[Chuyển đổi số] Báo cáo tiến độ thực hiện chỉ tiêu, tháng 8 năm 2023"
    ((name, content, kind),) = letter.attachments
    assert name == "Báo cáo tiến độ thực hiện chỉ tiêu, tháng 8 năm 2023.pdf"
    assert (content, kind) == (b"%PDF-1.7 of a test", "application/pdf")
    assert august.code in letter.body and letter.extra_headers["List-Unsubscribe"].strip("<>") in letter.body
    assert AuditEntry.objects.filter(act="gửi báo cáo qua thư theo lịch").count() == 1
    # A reader who joins later has the next period's.
    mailing.addresses += "\nmoi@vi.du"
    mailing.save()
    with on(province, 2):
        assert tasks.mail_reports() == 0


def test_nothing_goes_before_the_day_nor_as_a_draft(mailing, drafted, publish, province):
    version = drafted("2023-08")
    with on(province):
        assert tasks.mail_reports() == 0
    publish(version)
    Mailing.objects.update(days=3)
    with on(province, 3):
        assert tasks.mail_reports() == 0
    with on(province, 4):
        assert tasks.mail_reports() == 2


def test_a_report_that_is_published_too_late_or_closed_before_is_not_sent(mailing, august, province):
    with on(province, 47):
        assert tasks.mail_reports() == 0
    with on(province, 46):
        Mailing.objects.update(since=factories.period(province.plan, 8).closes_on + dt.timedelta(days=2))
        assert tasks.mail_reports() == 0
        Mailing.objects.update(since=factories.period(province.plan, 8).closes_on + dt.timedelta(days=1))
        assert tasks.mail_reports() == 2


@pytest.mark.parametrize(
    "other", [{"kind": "tom-tat"}, {"period_type": "quy"}, {"subject": "huyen:h1"}, {"is_paused": True}]
)
def test_only_what_was_chosen_is_sent(mailing, august, province, other):
    Mailing.objects.update(**other)
    with on(province):
        assert tasks.mail_reports() == 0


def test_only_reports_under_the_chosen_letterhead(mailing, august, province):
    another = province.plan.letterheads.create(name="Khác", issuer="A", symbol="BC-A", place="B")
    with on(province):
        Mailing.objects.update(letterhead=another)
        assert tasks.mail_reports() == 0
        Mailing.objects.update(letterhead=august.letterhead)
        assert tasks.mail_reports() == 2


class Killed(BaseException):
    """The process ends here."""


def test_a_killed_process_sends_nothing_twice(mailing, august, province, monkeypatch):
    def die(self, letter):
        raise Killed

    with on(province):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(backends.MailSender, "send", die)
            tasks.mail_reports()
        assert states() == [("khach@vi.du", "sending"), ("lam@tinh.vi.du", "waiting")]
        assert tasks.mail_reports() == 1
        # Another process that holds the same letter finds it taken.
        assert not services.send(MailedReport.objects.get(address="khach@vi.du").pk, backends.sender())
    with on(province, 2):
        assert tasks.mail_reports() == 0
    assert states() == [("khach@vi.du", "unknown"), ("lam@tinh.vi.du", "sent")]
    assert len(mail.outbox) == 1


def test_what_surely_did_not_arrive_is_tried_five_times(mailing, august, province, monkeypatch):
    def refuse(self, letter):
        raise backends.NotSent("Máy chủ thư không nhận: 550")

    monkeypatch.setattr(backends.MailSender, "send", refuse)
    with on(province) as clock:
        for attempt in range(1, 7):
            tasks.mail_reports()
            row = MailedReport.objects.first()
            assert row.attempts == min(attempt, 5)
            tasks.mail_reports()  # not before a quarter of an hour
            assert MailedReport.objects.first().attempts == min(attempt, 5)
            clock.shift(dt.timedelta(minutes=15))
    assert row.state == "failed" and "550" in row.error


def test_a_lost_file_is_said(mailing, august, province):
    stored = ReportFile.objects.get(version=august, file_format="pdf").file
    stored.storage.delete(stored.name)
    with on(province):
        assert tasks.mail_reports() == 0
    assert {row.error for row in MailedReport.objects.all()} == {"Không tìm thấy tệp PDF của báo cáo trên máy chủ."}
    stored.storage.save(stored.name, ContentFile(b"%PDF-1.7 of a test"))
    with on(province, 2):
        assert tasks.mail_reports() == 2


def test_a_file_that_cannot_be_read_is_tried_again(mailing, august, province, monkeypatch):
    def refuse(self, *args):
        raise PermissionError

    with on(province) as clock:
        with monkeypatch.context() as patch:
            patch.setattr(FileSystemStorage, "_open", refuse)
            assert tasks.mail_reports() == 0
        assert {(row.state, row.error) for row in MailedReport.objects.all()} == {
            ("waiting", "Không đọc được tệp PDF của báo cáo trên máy chủ.")
        }
        clock.shift(dt.timedelta(minutes=15))
        assert tasks.mail_reports() == 2


def test_who_refused_or_wants_no_letters_is_left_out(mailing, august, province):
    services.refuse(mailing=mailing, address="KHACH@vi.du")
    services.refuse(mailing=mailing, address="khach@vi.du")
    assert MailingRefusal.objects.count() == 1
    mailing.addresses = "khach@vi.du"
    mailing.save()
    assert services.addresses_of(mailing, backends.sender()) == ["lam@tinh.vi.du"]
    NotificationPreference.objects.create(person=province.people["lam"], mode="off")
    with on(province):
        assert tasks.mail_reports() == 0


def test_a_refusal_after_the_letters_were_made(mailing, august, province, monkeypatch):
    with on(province):
        services.make_letters(mailing, backends.sender())
        services.refuse(mailing=mailing, address="khach@vi.du")
        assert tasks.mail_reports() == 1
    assert states() == [("lam@tinh.vi.du", "sent")]


def test_demonstration_figures_do_not_leave_the_machine(mailing, august, province, settings):
    settings.EMAIL_BACKEND = backends.SMTP
    with on(province), pytest.MonkeyPatch.context() as patch:
        patch.setattr(services.clock, "is_demo", lambda: True)
        assert tasks.mail_reports() == 0 and not MailedReport.objects.exists()


def test_going_on_begins_with_the_next_period(mailing, august, province):
    khanh = province.people["khanh"]
    services.pause(mailing=mailing, is_paused=True, by=khanh)
    with on(province, 3):
        assert tasks.mail_reports() == 0
        services.pause(mailing=mailing, is_paused=False, by=khanh)
        assert tasks.mail_reports() == 0
    acts = AuditEntry.objects.filter(act__contains="gửi báo cáo").values_list("act", flat=True)
    assert len(acts) >= 2


def test_only_the_standing_agency_sets_mailings(mailing, province):
    for name in ("lam", "an", "quan"):
        with pytest.raises(ActionNotAllowed):
            services.pause(mailing=mailing, is_paused=True, by=province.people[name])
    assert province.people["khanh"].holds(Role.STANDING)
