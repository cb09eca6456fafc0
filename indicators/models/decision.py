"""Decisions of a reviewer on single figures, and on other parts, of a report."""

from typing import Self

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import Combinable

from agencies.models import User
from core.fields import ProseField
from indicators.models.submission import State, Submission
from indicators.models.target import Target


class ReturnReason(models.TextChoices):
    """Reason for returning a report or a figure; an explanation goes with it."""

    EVIDENCE = "evidence", "Thiếu minh chứng"
    NUMERATOR = "numerator", "Sai tử số"
    DENOMINATOR = "denominator", "Sai mẫu số"
    VALUE = "value", "Sai giá trị"
    DEVIATION = "deviation", "Lệch so với kỳ trước"
    WINDOW = "window", "Sai kỳ số liệu"
    MISSING = "missing", "Chưa có số"
    OTHER = "other", "Lý do khác"

    def with_explanation(self, explanation: str) -> str:
        """Return the reason and the explanation as one sentence: `Sai mẫu số. Chưa cộng hồ sơ trực tiếp.`"""
        return explanation if self == ReturnReason.OTHER else f"{self.label}. {explanation}"


class ReturnedItemQuerySet(models.QuerySet["ReturnedItem"]):
    def pending(self) -> Self:
        """Items of reports that were not submitted again since: the ones that their agencies may change."""
        return self.filter(settled_at=None)

    def counts_provisionally(self, **same: Combinable) -> Q:
        """Return the condition on which a figure or another part of a report counts provisionally, for a query of
        those.

        Its version counts provisionally, unless the item itself is returned; then the approved one counts in its place,
        where there is one. same: the fields by which a returned item refers to the row of the query.
        """
        returned = self.pending().filter(
            submission__state=State.RETURNED,
            submission__is_provisional=True,
            submission__agency=OuterRef("submission__agency"),
            submission__period=OuterRef("submission__period"),
            **same,
        )
        return Q(Exists(returned), submission__is_official=True) | Q(~Exists(returned), submission__is_provisional=True)


class ReturnedItem(models.Model):
    """An item of a report that was returned by itself, with a reason of the list and an explanation.

    While the report waits to be submitted again only such items can be changed; then the row stays, with `settled_at`.
    """

    code = models.CharField("lý do", max_length=16, choices=ReturnReason)
    explanation = ProseField("nói rõ", validators=[MaxLengthValidator(2000)])
    at = models.DateTimeField("trả lại lúc")
    by = models.ForeignKey(User, verbose_name="người trả lại", on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField("nộp lại lúc", null=True, blank=True)

    objects = ReturnedItemQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def text(self) -> str:
        """The reason and the explanation as one sentence."""
        return ReturnReason(self.code).with_explanation(self.explanation)


class ReturnedFigure(ReturnedItem):
    """A figure that was returned by itself."""

    submission = models.ForeignKey(
        Submission, verbose_name="phiếu", on_delete=models.CASCADE, related_name="returned_figures"
    )
    target = models.ForeignKey(Target, verbose_name="chỉ tiêu thành phần", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "số bị trả lại"
        verbose_name_plural = "số bị trả lại"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "target"],
                condition=Q(settled_at=None),
                name="returned_once_at_a_time",
                violation_error_message="Số này đang bị trả lại.",
            ),
            models.CheckConstraint(
                condition=Q(code__in=ReturnReason.values),
                name="returned_for_a_known_reason",
                violation_error_message="Lý do không có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=~Q(explanation=""), name="returned_with_a_word", violation_error_message="Ghi rõ cần sửa gì."
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target.code} bị trả lại, {self.submission}"


class ReturnedPart(ReturnedItem):
    """A part of a report beside its figures (`indicators.submissions.parts`) that was returned by itself."""

    submission = models.ForeignKey(
        Submission, verbose_name="phiếu", on_delete=models.CASCADE, related_name="returned_parts"
    )
    part = models.CharField("mục", max_length=32)

    class Meta:
        verbose_name = "mục bị trả lại"
        verbose_name_plural = "mục bị trả lại"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "part"],
                condition=Q(settled_at=None),
                name="part_returned_once_at_a_time",
                violation_error_message="Mục này đang bị trả lại.",
            ),
            models.CheckConstraint(
                condition=Q(code__in=ReturnReason.values),
                name="part_returned_for_a_known_reason",
                violation_error_message="Lý do không có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=~Q(explanation=""),
                name="part_returned_with_a_word",
                violation_error_message="Ghi rõ cần sửa gì.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} bị trả lại, {self.submission}"
