"""Workbooks of a plan, or of its figures, that users sent: their content as read, and the result."""

import datetime as dt
from typing import Self

from django.db import models

from agencies.models import User
from core.fields import ProseField
from indicators.models import DEFINERS, Plan

# Files are deleted after this time; the audit log keeps what they changed.
PLAN_FILE_FOLDER = "plan-workbooks"
PLAN_FILE_KEPT = dt.timedelta(days=60)


class PlanFileQuerySet(models.QuerySet["PlanFile"]):
    def visible_to(self, user: User) -> Self:
        """A user's own files, as long as they may load a plan."""
        return self.filter(owner=user) if user.is_active and user.holds(*DEFINERS) else self.none()

    def outlived(self, now: dt.datetime) -> Self:
        """Files sent longer ago than PLAN_FILE_KEPT."""
        return self.filter(uploaded_at__lt=now - PLAN_FILE_KEPT)


class PlanFile(models.Model):
    """One workbook that a user sent, of a plan or of figures of many agencies, from its reading to its changes. Nothing of it
    counts until it is confirmed.

    sheets: as the bounded reader read them; outcome: what the file would do, or did (`plan_workbook.uploads`).
    """

    class Contents(models.TextChoices):
        PLAN = "plan", "kế hoạch"
        FIGURES = "figures", "số liệu"

    class State(models.TextChoices):
        READING = "reading", "Đang đọc"
        REFUSED = "refused", "Không nhận"
        FAULTY = "faulty", "Có lỗi, chưa ghi"
        READ = "read", "Đã đọc, chưa ghi"
        SAVED = "saved", "Đã ghi"

    owner = models.ForeignKey(User, verbose_name="người gửi", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.CASCADE, related_name="files")
    contents = models.CharField("nội dung", max_length=16, choices=Contents, default=Contents.PLAN)
    state = models.CharField("trạng thái", max_length=16, choices=State, default=State.READING)
    uploaded_at = models.DateTimeField("gửi lúc")
    file = models.FileField("tệp", max_length=200, blank=True)  # empty for one that is refused
    file_name = models.CharField("tên tệp", max_length=200)
    refusal = ProseField("vì sao không nhận", blank=True)
    sheets = models.JSONField("nội dung đã đọc", null=True)
    outcome = models.JSONField("kết quả", null=True)
    marked = models.FileField("tệp đã đánh dấu", max_length=200, blank=True)
    saved_at = models.DateTimeField("ghi lúc", null=True, blank=True)

    objects = PlanFileQuerySet.as_manager()

    class Meta:
        verbose_name = "tệp kế hoạch đã gửi"
        verbose_name_plural = "tệp kế hoạch đã gửi"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def holds_figures(self) -> bool:
        """True where it holds figures of agencies, not the plan itself."""
        return self.contents == self.Contents.FIGURES

    @property
    def has_faults(self) -> bool:
        """True where cells must be mended before it can be written."""
        return self.state == self.State.FAULTY

    @property
    def result_words(self) -> str:
        """Its state in words, for the list of sent files."""
        return self.State(self.state).label

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("plan-workbook-file", args=[self.plan.code, self.pk])
