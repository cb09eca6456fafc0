"""Days of the calendar that people set: days off and days worked instead."""

from django.db import models
from django.db.models import Q


class DayOff(models.Model):
    """A day that differs from the public holidays known beforehand: a day off (*nghỉ bù*, *hoán đổi*), or a Saturday, a
    Sunday or a holiday on which one works (*làm bù*), as the Government announces them year by year."""

    day = models.DateField("ngày", unique=True, error_messages={"unique": "Ngày này đã được ghi."})
    is_worked = models.BooleanField("là ngày làm việc", default=False)
    name = models.CharField("nội dung", max_length=120)

    class Meta:
        verbose_name = "ngày nghỉ, ngày làm bù"
        verbose_name_plural = "ngày nghỉ, ngày làm bù"
        ordering = ["day"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""), name="day_off_has_name", violation_error_message="Ghi rõ nội dung."
            )
        ]

    def __str__(self):
        return f"{self.day:%d/%m/%Y}: {self.name}"
