"""The audit log: its lines, the head of their chain, and the archives that lines were moved to."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from core import clock


class Result(models.TextChoices):
    """The result of an act."""

    DONE = "done", "Thành công"
    FAILED = "failed", "Không thành công"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Reads of the audit log."""

    def chained(self) -> Self:
        """Return the entries of the chain in order; those of a demonstration year are not in it."""
        return self.filter(number__isnull=False).order_by("number")

    def matching(
        self,
        *,
        first: dt.date | None = None,
        last: dt.date | None = None,
        account: str = "",
        act: str = "",
        label: str = "",
    ) -> Self:
        """Return the entries of some days (both included, Vietnam's), of an account by a part of its name, of an act, about an
        object by a part of its label."""
        entries = self
        if first:
            entries = entries.filter(at__gte=dt.datetime.combine(first, dt.time(), clock.VIETNAM))
        if last:
            after = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), clock.VIETNAM)
            entries = entries.filter(at__lt=after)
        if account:
            entries = entries.filter(Q(account__icontains=account) | Q(actor_name__icontains=account))
        if act:
            entries = entries.filter(act=act)
        if label:
            entries = entries.filter(object_label__icontains=label)
        return entries


class AuditEntry(models.Model):
    """One act that mattered: actor, act, object, time, address, result. Written once by `services.audit`; the database refuses to
    change or delete it (triggers.py), and the chain of hashes reveals changes made around the triggers (hash_chain.py). `account`
    and `actor_name` stay readable after the account is deleted."""

    number = models.PositiveBigIntegerField("số", null=True, unique=True, editable=False)
    at = models.DateTimeField("lúc")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="người thực hiện",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    account = models.CharField("tài khoản", max_length=150, blank=True, default="")
    actor_name = models.CharField("tên người thực hiện", max_length=150)
    address = models.GenericIPAddressField("địa chỉ", null=True)
    act = models.CharField("việc", max_length=64)
    object_label = models.CharField("đối tượng", max_length=300)
    result = models.CharField("kết quả", max_length=16, choices=Result, default=Result.DONE)
    detail = models.JSONField("chi tiết", default=dict)
    previous_hash = models.CharField("mã băm dòng trước", max_length=64, blank=True, default="", editable=False)
    hash = models.CharField("mã băm", max_length=64, blank=True, default="", editable=False)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "nhật ký"
        verbose_name_plural = "nhật ký"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["at"], name="audit_at"),
            # Returned reports are counted by the act.
            models.Index(fields=["act", "at"], name="audit_act"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__isnull=True, hash="") | (Q(number__isnull=False) & ~Q(hash="")),
                name="audit_numbered_is_hashed",
                violation_error_message="Dòng của chuỗi phải có mã băm.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.act}: {self.object_label}"


class AuditChainHead(models.Model):
    """The end of the chain, one row: locked by the writer of an entry until the end of its transaction, so that entries follow one
    another. Also the last entry that changed the content of pages, and the result of the last verification."""

    number = models.PositiveBigIntegerField("số dòng cuối", default=0)
    hash = models.CharField("mã băm dòng cuối", max_length=64)
    changed_hash = models.CharField("mã băm dòng cuối có thay đổi", max_length=64, blank=True, default="")
    verified_at = models.DateTimeField("kiểm tra lúc", null=True)
    verified_number = models.PositiveBigIntegerField("kiểm tra đến dòng", null=True)
    verified_problem = models.TextField("chỗ hỏng đầu tiên", blank=True, default="")

    class Meta:
        verbose_name = "đuôi nhật ký"
        verbose_name_plural = "đuôi nhật ký"

    def __str__(self) -> str:
        return f"Dòng số {self.number}"


class AuditArchive(models.Model):
    """Entries up to a number that were moved to a file (`manage.py archive_audit`): the remaining ones continue from here. Only
    entries covered by a row here may be deleted; a row here is never changed or deleted."""

    last_number = models.PositiveBigIntegerField("đến dòng số", unique=True)
    last_hash = models.CharField("mã băm dòng đó", max_length=64)
    count = models.PositiveBigIntegerField("số dòng")
    file_name = models.CharField("tệp", max_length=255)
    sha256 = models.CharField("SHA-256 của tệp", max_length=64)
    at = models.DateTimeField("lúc")

    class Meta:
        verbose_name = "lưu trữ nhật ký"
        verbose_name_plural = "lưu trữ nhật ký"
        ordering = ["last_number"]

    def __str__(self) -> str:
        return f"{self.file_name}: đến dòng số {self.last_number}"
