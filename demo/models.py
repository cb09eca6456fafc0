"""Model of the demonstration year of a plan, and of the clock on which the system then runs."""

from typing import Any

from django.db import models

from indicators.models import Plan


class DemoYear(models.Model):
    """A plan with demonstration figures (`Plan.is_demo`), and the anchor of the clock: at the real time `real_at` it showed
    `clock_at`."""

    plan = models.OneToOneField(Plan, verbose_name="kế hoạch", on_delete=models.CASCADE, related_name="demo_year")
    seed = models.PositiveIntegerField("hạt giống")
    loaded_at = models.DateTimeField("nạp lúc")
    clock_at = models.DateTimeField("đồng hồ hệ thống")
    real_at = models.DateTimeField("giờ thật")

    class Meta:
        verbose_name = "số liệu minh họa"
        verbose_name_plural = "số liệu minh họa"

    def __str__(self) -> str:
        return f"Số liệu minh họa của {self.plan}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the year and mark its plan."""
        super().save(*args, **kwargs)
        Plan.objects.filter(pk=self.plan_id).update(is_demo=True)
        self.plan.is_demo = True

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Remove the year and unmark its plan."""
        Plan.objects.filter(pk=self.plan_id).update(is_demo=False)
        self.plan.is_demo = False
        return super().delete(*args, **kwargs)
