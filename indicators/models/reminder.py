"""Reminders to hand a report in, written by who reviews it."""

from django.db import models

from agencies.models import Agency, User
from indicators.models.plan import ReportingPeriod


class ReportReminder(models.Model):
    """An agency was reminded of its report of a period: once a day at most. recipients: the number of accounts notified."""

    agency = models.ForeignKey(Agency, verbose_name="đơn vị được nhắc", on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(ReportingPeriod, verbose_name="kỳ", on_delete=models.PROTECT, related_name="reminders")
    day = models.DateField("ngày nhắc")
    recipients = models.PositiveSmallIntegerField("số tài khoản nhận", default=0)
    at = models.DateTimeField("nhắc lúc")
    by = models.ForeignKey(User, verbose_name="người nhắc", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "lần nhắc nộp phiếu"
        verbose_name_plural = "lần nhắc nộp phiếu"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "period", "day"],
                name="report_reminder_once_a_day",
                violation_error_message="Đơn vị này đã được nhắc hôm nay.",
            )
        ]

    def __str__(self) -> str:
        return f"Nhắc {self.agency}, {self.period}"
