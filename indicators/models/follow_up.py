"""Figures to look at again: marks of the offices that review them, and what the rules find in past months."""

from django.core.validators import MaxLengthValidator
from django.db import models

from agencies.models import Agency, User
from core.fields import ProseField
from indicators.models.plan import ReportingPeriod
from indicators.models.submission import Submission
from indicators.models.target import Target


class FollowUp(models.Model):
    """A figure that a reviewing office marked, with its note. It is the office's own: the reporting agency never reads it.

    office: the agency of the reviewer who marked it; its reviewers share it.
    """

    office = models.ForeignKey(Agency, verbose_name="cơ quan duyệt", on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, verbose_name="đơn vị", on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(ReportingPeriod, verbose_name="kỳ", on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(
        Target, verbose_name="chỉ tiêu thành phần", on_delete=models.CASCADE, related_name="follow_ups"
    )
    note = ProseField("ghi chú", blank=True, validators=[MaxLengthValidator(2000)])
    at = models.DateTimeField("đánh dấu lúc")
    by = models.ForeignKey(User, verbose_name="người đánh dấu", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "số liệu theo dõi tiếp"
        verbose_name_plural = "số liệu theo dõi tiếp"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["office", "agency", "period", "target"],
                name="follow_up_once_an_office",
                violation_error_message="Cơ quan đã đánh dấu số liệu này.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.target.code}, {self.agency}, {self.period}"


class FindingRule(models.TextChoices):
    """The rules by which findings of closed periods are listed, worst first; all but the first are flags (`rules.flags.Flag`)."""

    CHECK = "check", "Trái quy tắc giữa các số, khác danh mục mẫu số"
    FELL = "fell", "Ít hơn kỳ trước trên 5%, mà chỉ có thể tăng"
    DENOMINATOR = "denominator", "Mẫu số gấp hơn 3 lần, hoặc chưa bằng một phần ba mức thường thấy"
    FAR = "far", "Kết quả lệch từ 25 điểm phần trăm, hoặc gấp hơn 2 lần mức của các kỳ trước"
    FULL = "full", "Lên đúng 100% từ mức thấp hơn 25 điểm phần trăm trở lên"
    SAME = "same", "Giống hệt kỳ trước"
    ROUND = "round", "Số tròn trăm"


class PastFinding(models.Model):
    """A figure of a closed period that the rules of plausibility flag and nobody explained. Derived: written anew each night.

    rule: the worst of its flags."""

    submission = models.ForeignKey(Submission, verbose_name="phiếu", on_delete=models.CASCADE, related_name="findings")
    target = models.ForeignKey(Target, verbose_name="chỉ tiêu thành phần", on_delete=models.CASCADE, related_name="+")
    flags = ProseField("cảnh báo")
    rule = models.CharField("quy tắc", max_length=16, choices=FindingRule.choices, default=FindingRule.CHECK)
    day = models.DateField("ngày soát")

    class Meta:
        verbose_name = "cảnh báo của kỳ đã qua"
        verbose_name_plural = "cảnh báo của kỳ đã qua"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "target"],
                name="past_finding_once",
                violation_error_message="Số liệu này đã có trong danh sách.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.target.code}: {self.flags}"


class SeenFinding(models.Model):
    """A finding of a closed period that a reviewing office has looked at and does not want listed again; its own, as its marks are.

    A report that is sent anew is another version, and its findings are listed again.
    """

    office = models.ForeignKey(Agency, verbose_name="cơ quan duyệt", on_delete=models.PROTECT, related_name="+")
    submission = models.ForeignKey(Submission, verbose_name="phiếu", on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(Target, verbose_name="chỉ tiêu thành phần", on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, verbose_name="người xem", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("xem lúc")

    class Meta:
        verbose_name = "cảnh báo đã xem"
        verbose_name_plural = "cảnh báo đã xem"
        constraints = [
            models.UniqueConstraint(
                fields=["office", "submission", "target"],
                name="finding_seen_once_an_office",
                violation_error_message="Cơ quan đã xem cảnh báo này.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.target.code}, {self.submission}"
