"""Notifications, their events, and what each person wants by mail."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.fields import LineField, ProseField


class Event(models.TextChoices):
    """What a notice tells of."""

    OPENED = "opened", "Mở kỳ báo cáo"
    DUE_SOON = "due_soon", "Sắp đến hạn nộp"
    OVERDUE = "overdue", "Quá hạn nộp"
    RETURNED = "returned", "Phiếu bị trả lại"
    APPROVED = "approved", "Phiếu được duyệt"
    REOPENED = "reopened", "Phiếu được mở lại"
    FILLED_IN = "filled_in", "Phiếu được nhập thay"
    EXTENSION_ASKED = "extension_asked", "Đề nghị gia hạn"
    EXTENSION_GRANTED = "extension_granted", "Được gia hạn"
    EXTENSION_REFUSED = "extension_refused", "Không được gia hạn"
    QUESTION = "question", "Câu hỏi về số liệu"
    COMMENT = "comment", "Ý kiến về số liệu"
    REPORT_DRAFTED = "report_drafted", "Dự thảo báo cáo đã lập"
    REPORT_PUBLISHED = "report_published", "Báo cáo được phát hành"

    @property
    def group(self):
        """The field of `NotificationPreference` that lets it be mailed."""
        return next(group for group, events in EVENT_GROUPS.items() if self in events)


EVENT_GROUPS = {
    "deadlines": {Event.OPENED, Event.DUE_SOON, Event.OVERDUE},
    "decisions": {Event.RETURNED, Event.APPROVED, Event.REOPENED, Event.FILLED_IN},
    "extensions": {Event.EXTENSION_ASKED, Event.EXTENSION_GRANTED, Event.EXTENSION_REFUSED},
    "talk": {Event.QUESTION, Event.COMMENT},
    "reports": {Event.REPORT_DRAFTED, Event.REPORT_PUBLISHED},
}
# What is mailed at once: somebody waits for an answer, or time is lost. The rest goes into the morning's mail.
URGENT = {Event.RETURNED, Event.REOPENED, *EVENT_GROUPS["extensions"], Event.QUESTION}


class NotificationPreference(models.Model):
    """Which notices a person wants by mail, and when. Without a row: all, the urgent ones at once. The page has all."""

    class Mode(models.TextChoices):
        AT_ONCE = "at_once", "Việc gấp gửi ngay, các việc khác gộp vào một thư mỗi sáng"
        DAILY = "daily", "Tất cả gộp vào một thư mỗi sáng"
        OFF = "off", "Không gửi thư"

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name="tài khoản", on_delete=models.CASCADE, related_name="mail_preference"
    )
    mode = models.CharField("gửi thư", max_length=16, choices=Mode, default=Mode.AT_ONCE)
    deadlines = models.BooleanField("Mở kỳ, sắp đến hạn, quá hạn nộp", default=True)
    decisions = models.BooleanField("Phiếu được duyệt, bị trả lại, mở lại, được nhập thay", default=True)
    extensions = models.BooleanField("Gia hạn", default=True)
    talk = models.BooleanField("Câu hỏi, ý kiến về số liệu", default=True)
    reports = models.BooleanField("Báo cáo được phát hành", default=True)

    class Meta:
        verbose_name = "cách nhận thông báo"
        verbose_name_plural = "cách nhận thông báo"
        constraints = [
            models.CheckConstraint(
                condition=Q(mode__in=["at_once", "daily", "off"]),
                name="mail_mode_known",
                violation_error_message="Cách gửi thư không hợp lệ.",
            ),
        ]

    def __str__(self):
        return f"{self.person}: {self.get_mode_display()}"


class NotificationQuerySet(models.QuerySet):
    def of(self, person):
        """A person's own, newest first."""
        return self.filter(person=person).order_by("-at", "-pk")

    def unread(self):
        return self.filter(read_at__isnull=True)

    def to_be_mailed(self, now):
        """Waiting, and their time has come."""
        return self.filter(mail=Notification.Mail.WAITING, mail_after__lte=now)


class Notification(models.Model):
    """What one person is told of one event: a line on his page of notices, and the outbox of what is mailed. The key makes
    it once: told again, by a task that runs twice or a second beat, it stays the one row."""

    class Mail(models.TextChoices):
        """waiting → sending → sent. What a worker left at sending when it was killed is `unknown` and stays so: it is
        never mailed twice (docs/decisions/0100)."""

        OFF = "off", "Không gửi"
        WAITING = "waiting", "Chờ gửi"
        SENDING = "sending", "Đang gửi"
        SENT = "sent", "Đã gửi"
        FAILED = "failed", "Không gửi được"
        UNKNOWN = "unknown", "Không rõ đã gửi chưa"

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="người nhận", on_delete=models.CASCADE, related_name="notices"
    )
    event = models.CharField("việc", max_length=24, choices=Event)
    key = models.CharField("khóa", max_length=120)
    title = LineField("tiêu đề", max_length=200)
    text = ProseField("nội dung", blank=True)
    url = models.CharField("địa chỉ trang", max_length=300)
    at = models.DateTimeField("lúc")
    read_at = models.DateTimeField("đọc lúc", null=True, blank=True)
    mail = models.CharField("thư", max_length=16, choices=Mail, default=Mail.OFF)
    mail_after = models.DateTimeField("gửi thư từ lúc", null=True, blank=True)
    mail_at = models.DateTimeField("lấy đi gửi lúc", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("số lần gửi không được", default=0)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = "thông báo"
        verbose_name_plural = "thông báo"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "key"], name="notice_once", violation_error_message="Thông báo này đã có."
            ),
            models.CheckConstraint(
                condition=Q(event__in=Event.values),
                name="notice_event_known",
                violation_error_message="Việc không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=Q(mail__in=["off", "waiting", "sending", "sent", "failed", "unknown"]),
                name="notice_mail_known",
                violation_error_message="Trạng thái thư không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=~Q(mail="waiting") | Q(mail_after__isnull=False),
                name="notice_waits_until",
                violation_error_message="Thư chờ gửi phải có giờ gửi.",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-at"], name="notice_of_person"),
            models.Index(fields=["person"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["mail_after"], condition=Q(mail="waiting"), name="notice_outbox"),
        ]

    def __str__(self):
        return self.title
