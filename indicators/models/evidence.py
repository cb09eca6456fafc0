"""Evidence files of a figure (*minh chứng*). The file itself is in the private storage (`core.files`)."""

from django.db import models

from core.attachments import AttachedFile
from indicators.models.submission import Submission
from indicators.models.target import Target

EVIDENCE_FOLDER = "evidence"


class Evidence(AttachedFile):
    """A file attached to one figure of one version of a report; the next version of a reopened report refers to the
    same file."""

    submission = models.ForeignKey(Submission, verbose_name="phiếu", on_delete=models.CASCADE, related_name="evidence")
    target = models.ForeignKey(Target, verbose_name="chỉ tiêu thành phần", on_delete=models.PROTECT, related_name="+")

    class Meta(AttachedFile.Meta):
        verbose_name = "minh chứng"
        verbose_name_plural = "minh chứng"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "target", "sha256"],
                name="evidence_once",
                violation_error_message="Tệp này đã được đính kèm.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.target.code}, {self.submission})"
