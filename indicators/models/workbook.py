"""Workbooks that users sent: their content as read, and the result."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q

from agencies.models import Agency, User
from agencies.roles import Role
from core.fields import LineField, ProseField
from indicators.models.plan import ReportingPeriod

# Files are deleted after this time; the audit log and the history of the figures keep their changes.
WORKBOOK_FOLDER = "workbooks"
WORKBOOK_KEPT = dt.timedelta(days=60)


class WorkbookFileQuerySet(models.QuerySet["WorkbookFile"]):
    def visible_to(self, user: User) -> Self:
        """A user's own workbooks, as long as they may still fill in the reports that these are for."""
        if not (user.is_active and user.agency_id):
            return self.none()
        scopes: set[str] = set()
        if user.holds(Role.FOCAL):
            scopes |= {WorkbookFile.Scope.OWN, WorkbookFile.Scope.BELOW}
        if user.holds(Role.REVIEWER):
            scopes.add(WorkbookFile.Scope.BELOW)
        if user.holds(Role.STANDING):
            scopes.add(WorkbookFile.Scope.IN_PLACE)
        return self.filter(owner=user, agency=user.agency_id, scope__in=scopes)

    def outlived(self, now: dt.datetime) -> Self:
        """Workbooks sent longer ago than WORKBOOK_KEPT."""
        return self.filter(uploaded_at__lt=now - WORKBOOK_KEPT)


class WorkbookFile(models.Model):
    """One workbook that a user sent, from its reading to its changes. Nothing of it counts until it is confirmed."""

    class Scope(models.TextChoices):
        """The agencies whose figures it holds: the user's own, those below it, or those in whose place they act."""

        OWN = "don-vi", "Đơn vị mình"
        BELOW = "truc-thuoc", "Các đơn vị trực thuộc"
        IN_PLACE = "lam-thay", "Các đơn vị được làm thay"

    class State(models.TextChoices):
        READING = "reading", "Đang đọc"
        REFUSED = "refused", "Không nhận"
        READ = "read", "Đã đọc, chưa ghi"
        SAVED = "saved", "Đã ghi"

    owner = models.ForeignKey(User, verbose_name="người gửi", on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, verbose_name="cơ quan", on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(ReportingPeriod, verbose_name="kỳ", on_delete=models.PROTECT, related_name="+")
    scope = models.CharField("phạm vi", max_length=16, choices=Scope)
    state = models.CharField("trạng thái", max_length=16, choices=State, default=State.READING)
    uploaded_at = models.DateTimeField("gửi lúc")
    file = models.FileField("tệp", max_length=200, blank=True)  # empty for one that is refused
    file_name = models.CharField("tên tệp", max_length=200)
    sha256 = models.CharField("mã băm", max_length=64)
    refusal = ProseField("vì sao không nhận", blank=True)
    table = models.JSONField("nội dung đã đọc", null=True)
    marked = models.FileField("tệp đã đánh dấu", max_length=200, blank=True)
    saved_at = models.DateTimeField("ghi lúc", null=True, blank=True)
    saved_changes = models.PositiveIntegerField("số thay đổi đã ghi", default=0)
    saved_parts = LineField("phần khác đã ghi", max_length=200, blank=True)
    saved_agencies = models.PositiveIntegerField("số đơn vị có thay đổi", default=0)

    objects = WorkbookFileQuerySet.as_manager()

    class Meta:
        verbose_name = "tệp biểu nhập"
        verbose_name_plural = "tệp biểu nhập"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(saved_at__isnull=True) | Q(state="saved"),
                name="workbook_saved_at_says_saved",
                violation_error_message="Tệp có giờ ghi là tệp đã ghi.",
            ),
        ]
        indexes = [models.Index(fields=["owner", "period"], name="workbook_of_owner")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_of_many(self) -> bool:
        """True where it is about other agencies than the user's own."""
        return self.scope != self.Scope.OWN

    @property
    def saved_words(self) -> str:
        """The changes that it wrote, in words: 6 số; 6 số và 2 dự án."""
        figures = f"{self.saved_changes} số" if self.saved_changes or not self.saved_parts else ""
        return " và ".join(filter(None, (figures, self.saved_parts)))

    @property
    def has_faults(self) -> bool:
        """True where cells must be mended before it can be written."""
        return bool(self.marked) and self.state == self.State.READ

    @property
    def result_words(self) -> str:
        """Its state in words, for the list of sent files."""
        if self.state == self.State.SAVED:
            return f"Đã ghi {self.saved_words}"
        return "Có lỗi, chưa ghi" if self.has_faults else str(self.State(self.state).label)

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("workbook_file", args=[self.period.code, self.pk])
