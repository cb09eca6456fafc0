"""Files that stand behind a figure (*minh chứng*). The file itself is in the private storage (`chuyendoiso.files`)."""

from django.db import models

from agencies.models import User

from .submission import Submission
from .target import Target


class Evidence(models.Model):
    """A file attached to one figure of one version of a report; a reopened report's new version refers to the same file.
    `name`: as its owner called it, for display and download; `sha256` tells whether it is still the one that was attached."""

    submission = models.ForeignKey(Submission, verbose_name="phiếu", on_delete=models.CASCADE, related_name="evidence")
    target = models.ForeignKey(Target, verbose_name="mục tiêu", on_delete=models.PROTECT, related_name="+")
    name = models.CharField("tên tệp", max_length=200)
    content_type = models.CharField("loại tệp", max_length=100)
    size = models.PositiveIntegerField("dung lượng")
    sha256 = models.CharField("mã kiểm tra", max_length=64)
    file = models.FileField("tệp", max_length=120)
    added_at = models.DateTimeField("đính kèm lúc")
    added_by = models.ForeignKey(User, verbose_name="người đính kèm", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "minh chứng"
        verbose_name_plural = "minh chứng"
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "target", "sha256"],
                name="evidence_once",
                violation_error_message="Tệp này đã được đính kèm.",
            )
        ]

    def __str__(self):
        return f"{self.name} ({self.target.code}, {self.submission})"
