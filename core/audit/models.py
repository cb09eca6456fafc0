"""The audit log: its lines, the head of their chain, and the archives that lines were moved to."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from core import clock


class Result(models.TextChoices):
    """How an act ended."""

    DONE = "done", "Thành công"
    FAILED = "failed", "Không thành công"


class AuditEntryQuerySet(models.QuerySet):
    def chained(self):
        """Entries of the chain in order; the made-up ones of an illustrative year are not in it."""
        return self.filter(number__isnull=False).order_by("number")

    def matching(self, *, first=None, last=None, who="", act="", words=""):
        """Entries of some days (both included, Vietnam's), of an account by name or part of it, of an act, about something."""
        entries = self
        if first:
            entries = entries.filter(at__gte=dt.datetime.combine(first, dt.time(), clock.VIETNAM))
        if last:
            after = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), clock.VIETNAM)
            entries = entries.filter(at__lt=after)
        if who:
            entries = entries.filter(Q(account__icontains=who) | Q(actor_name__icontains=who))
        if act:
            entries = entries.filter(act=act)
        if words:
            entries = entries.filter(object_label__icontains=words)
        return entries


class AuditEntry(models.Model):
    """One act that mattered: who did what to which object, when, from where, with what result. Written once by
    `services.audit`; the database refuses to change or delete it (migration 0006), and the chain of hashes shows what
    was done behind its back (agencies.chain). `account` and `actor_name` outlive the account."""

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
            # What became of reports is counted by the act: how often each was sent back.
            models.Index(fields=["act", "at"], name="audit_act"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__isnull=True, hash="") | (Q(number__isnull=False) & ~Q(hash="")),
                name="audit_numbered_is_hashed",
                violation_error_message="Dòng của chuỗi phải có mã băm.",
            )
        ]

    def __str__(self):
        return f"{self.act}: {self.object_label}"


class AuditChainHead(models.Model):
    """The chain's end, one row: whoever writes an entry holds it until his transaction ends, so that entries follow one
    another. Also the last entry that changed what pages show, and what the last verification found."""

    number = models.PositiveBigIntegerField("số dòng cuối", default=0)
    hash = models.CharField("mã băm dòng cuối", max_length=64)
    changed_hash = models.CharField("mã băm dòng cuối có thay đổi", max_length=64, blank=True, default="")
    verified_at = models.DateTimeField("kiểm tra lúc", null=True)
    verified_number = models.PositiveBigIntegerField("kiểm tra đến dòng", null=True)
    verified_problem = models.TextField("chỗ hỏng đầu tiên", blank=True, default="")

    class Meta:
        verbose_name = "đuôi nhật ký"
        verbose_name_plural = "đuôi nhật ký"

    def __str__(self):
        return f"Dòng số {self.number}"


class AuditArchive(models.Model):
    """Entries up to a number that went into a file (`manage.py archive_audit`): what stays continues from here. Only what a
    row here covers may be deleted; a row here is never changed or deleted."""

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

    def __str__(self):
        return f"{self.file_name}: đến dòng số {self.last_number}"
