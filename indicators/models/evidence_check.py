"""The yearly check of a sample of reported figures against their evidence (*kiểm tra mẫu với minh chứng*)."""

from django.db import models
from django.db.models import F, Q

from agencies.models import Level, User
from core.fields import LineField, ProseField
from indicators.models.plan import Plan
from indicators.models.submission import Actual


class EvidenceCheck(models.Model):
    """A random sample of a plan's official figures, drawn once and never changed.

    seed: with which it was drawn, so that anybody can draw it again (`indicators.rules.sampling`). first_number,
    last_number: of the periods whose figures it was drawn from.
    """

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="evidence_checks")
    number = models.PositiveSmallIntegerField("lần")
    seed = models.CharField("mã rút mẫu", max_length=32)
    first_number = models.PositiveSmallIntegerField("từ kỳ tháng")
    last_number = models.PositiveSmallIntegerField("đến kỳ tháng")
    reason = ProseField("lý do")
    drawn_at = models.DateTimeField("rút lúc")
    drawn_by = models.ForeignKey(User, verbose_name="người rút", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "lần kiểm tra mẫu"
        verbose_name_plural = "lần kiểm tra mẫu"
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"],
                name="evidence_check_once",
                violation_error_message="Lần kiểm tra này đã có.",
            ),
            models.CheckConstraint(
                condition=Q(last_number__gte=F("first_number")),
                name="evidence_check_periods_in_order",
                violation_error_message="Kỳ cuối không được trước kỳ đầu.",
            ),
        ]

    def __str__(self) -> str:
        return f"Kiểm tra mẫu lần {self.number} {self.plan.short_name}"


class SampledLevel(models.Model):
    """A level of an evidence check: how many figures it had when the sample was drawn, and how many were drawn."""

    check_of = models.ForeignKey(
        EvidenceCheck, verbose_name="lần kiểm tra", on_delete=models.CASCADE, related_name="levels"
    )
    level = models.CharField("cấp", max_length=16, choices=Level)
    population = models.PositiveIntegerField("số liệu của cấp")
    size = models.PositiveIntegerField("số liệu được rút")

    class Meta:
        verbose_name = "cấp của lần kiểm tra"
        verbose_name_plural = "cấp của lần kiểm tra"
        constraints = [
            models.UniqueConstraint(
                fields=["check_of", "level"], name="sampled_level_once", violation_error_message="Cấp này đã có."
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}, {self.check_of}"


class Verdict(models.TextChoices):
    """The finding about a sampled figure."""

    AGREES = "agrees", "Khớp minh chứng"
    DISAGREES = "disagrees", "Không khớp"
    NO_EVIDENCE = "no_evidence", "Không có minh chứng"


class SampledFigure(models.Model):
    """A figure of an evidence check, and what was found. verdict: empty until it is checked; value_found: what the
    evidence says, in words or numbers, where it disagrees."""

    check_of = models.ForeignKey(
        EvidenceCheck, verbose_name="lần kiểm tra", on_delete=models.CASCADE, related_name="figures"
    )
    number = models.PositiveSmallIntegerField("số thứ tự")
    level = models.CharField("cấp", max_length=16, choices=Level)
    actual = models.ForeignKey(Actual, verbose_name="số liệu", on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField("kết luận", max_length=12, choices=Verdict, blank=True)
    value_found = LineField("giá trị theo minh chứng", max_length=200, blank=True)
    note = ProseField("ghi chú", blank=True)
    checked_at = models.DateTimeField("kiểm lúc", null=True, blank=True)
    checked_by = models.ForeignKey(
        User, verbose_name="người kiểm", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "số liệu được rút"
        verbose_name_plural = "số liệu được rút"
        ordering = ["check_of", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["check_of", "number"], name="sampled_number_once", violation_error_message="Số này đã có."
            ),
            models.UniqueConstraint(
                fields=["check_of", "actual"],
                name="sampled_figure_once",
                violation_error_message="Số liệu này đã được rút.",
            ),
            models.CheckConstraint(
                condition=Q(verdict="", checked_at__isnull=True) | (~Q(verdict="") & Q(checked_at__isnull=False)),
                name="sampled_checked_or_not",
                violation_error_message="Kết luận phải có giờ.",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="disagrees") | ~Q(value_found=""),
                name="sampled_disagreement_has_value",
                violation_error_message="Không khớp thì ghi giá trị theo minh chứng.",
            ),
        ]

    def __str__(self) -> str:
        return f"Số {self.number}, {self.check_of}"
