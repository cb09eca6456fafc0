"""Notifications, and each person's mail preferences."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.fields import LineField, ProseField


class NotificationPreference(models.Model):
    """A person's choice of events to have by mail; muted: keys of the groups (`events.Group`) that they do not want. Without a
    row: all, the urgent ones at once. The page shows all."""

    class Mode(models.TextChoices):
        AT_ONCE = "at_once", "Việc gấp gửi ngay, các việc khác gộp vào một thư mỗi sáng"
        DAILY = "daily", "Tất cả gộp vào một thư mỗi sáng"
        OFF = "off", "Không gửi thư"

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name="tài khoản", on_delete=models.CASCADE, related_name="mail_preference"
    )
    mode = models.CharField("gửi thư", max_length=16, choices=Mode, default=Mode.AT_ONCE)
    muted = models.JSONField("việc không gửi thư", default=list, blank=True)

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

    def __str__(self) -> str:
        return f"{self.person}: {self.get_mode_display()}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, person: Any) -> Self:
        """Return a person's own notifications, newest first."""
        return self.filter(person=person).order_by("-at", "-pk")

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)

    def to_be_mailed(self, now: dt.datetime) -> Self:
        """Return those that wait for mailing and whose time has come."""
        return self.filter(mail=Notification.Mail.WAITING, mail_after__lte=now)


class Notification(models.Model):
    """One person's notification of one event: a line on their page of notifications, and a letter in the outbox. The key makes it
    unique: written again, by a task that runs twice, it stays one row."""

    class Mail(models.TextChoices):
        """The state of the letter: waiting → sending → sent. A letter that a killed worker left in sending becomes `unknown` and
        stays so: it is never mailed twice (docs/decisions/0100)."""

        OFF = "off", "Không gửi"
        WAITING = "waiting", "Chờ gửi"
        SENDING = "sending", "Đang gửi"
        SENT = "sent", "Đã gửi"
        FAILED = "failed", "Không gửi được"
        UNKNOWN = "unknown", "Không rõ đã gửi chưa"

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="người nhận", on_delete=models.CASCADE, related_name="notices"
    )
    event = models.CharField("việc", max_length=24)
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

    def __str__(self) -> str:
        return self.title
