"""What a reviewer decided about single figures, and other parts, of a report."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from agencies.models import User
from core.fields import ProseField
from indicators.models.submission import State, Submission
from indicators.models.target import Target


class ReturnReason(models.TextChoices):
    """Why a report or a figure is sent back; a word of explanation goes with it."""

    EVIDENCE = "evidence", "Thiếu minh chứng"
    NUMERATOR = "numerator", "Sai tử số"
    DENOMINATOR = "denominator", "Sai mẫu số"
    VALUE = "value", "Sai giá trị"
    DEVIATION = "deviation", "Lệch so với kỳ trước"
    WINDOW = "window", "Sai kỳ số liệu"
    MISSING = "missing", "Chưa có số"
    OTHER = "other", "Lý do khác"

    def with_words(self, words: str) -> str:
        """The reason and the word as one sentence: `Sai mẫu số. Chưa cộng hồ sơ trực tiếp.`"""
        return words if self == ReturnReason.OTHER else f"{self.label}. {words}"


class SentBackQuerySet(models.QuerySet):
    def pending(self):
        """Those of reports that were not sent again since: what their agencies may change."""
        return self.filter(settled_at=None)

    def counts_provisionally(self, **same):
        """The condition on which something in a report counts provisionally, for a query of figures or of other parts: its
        version does, unless it is sent back by itself; then what is approved of it. same: what tells that one of these rows
        is about it."""
        sent_back = self.pending().filter(
            submission__state=State.RETURNED,
            submission__is_provisional=True,
            submission__agency=OuterRef("submission__agency"),
            submission__period=OuterRef("submission__period"),
            **same,
        )
        return Q(Exists(sent_back), submission__is_official=True) | Q(
            ~Exists(sent_back), submission__is_provisional=True
        )


class SentBackByItself(models.Model):
    """One thing in a report that was sent back with a reason of the list and a word. While the report waits to be sent again
    only such things are open; the row stays when the report goes, settled."""

    code = models.CharField("lý do", max_length=16, choices=ReturnReason)
    words = ProseField("nói rõ", validators=[MaxLengthValidator(2000)])
    at = models.DateTimeField("trả lại lúc")
    by = models.ForeignKey(User, verbose_name="người trả lại", on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField("nộp lại lúc", null=True, blank=True)

    objects = SentBackQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def text(self):
        return ReturnReason(self.code).with_words(self.words)


class ReturnedFigure(SentBackByItself):
    """A figure that was sent back by itself."""

    submission = models.ForeignKey(
        Submission, verbose_name="phiếu", on_delete=models.CASCADE, related_name="returned_figures"
    )
    target = models.ForeignKey(Target, verbose_name="mục tiêu", on_delete=models.PROTECT, related_name="+")

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
                condition=~Q(words=""), name="returned_with_a_word", violation_error_message="Ghi rõ cần sửa gì."
            ),
        ]

    def __str__(self):
        return f"{self.target.code} bị trả lại, {self.submission}"


class ReturnedPart(SentBackByItself):
    """A part of what a report holds beside its figures (`indicators.submissions.parts`), sent back by itself."""

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
                condition=~Q(words=""), name="part_returned_with_a_word", violation_error_message="Ghi rõ cần sửa gì."
            ),
        ]

    def __str__(self):
        return f"{self.part} bị trả lại, {self.submission}"
