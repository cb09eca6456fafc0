"""Comments on a figure of a report, questions to the lead agency, and its verdicts."""

from typing import Self

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from agencies.models import Agency, User
from core.fields import ProseField
from indicators.models.submission import Submission
from indicators.models.target import Target


class CommentKind(models.TextChoices):
    """Kind of a comment: of any party concerned, a question to the lead agency (*cơ quan chủ trì*), or its verdict."""

    COMMENT = "comment", "Ý kiến"
    QUESTION = "question", "Hỏi cơ quan chủ trì"
    VERIFIED = "verified", "Đã thẩm định"
    DOUBT = "doubt", "Nghi vấn"


VERDICTS = (CommentKind.VERIFIED, CommentKind.DOUBT)


class CommentQuerySet(models.QuerySet["Comment"]):
    def questions(self) -> Self:
        """Questions to lead agencies, each with `answered`: True where the lead agency has commented on the figure
        since."""
        answers = Comment.objects.filter(
            submission__agency=OuterRef("submission__agency"),
            submission__period=OuterRef("submission__period"),
            target=OuterRef("target"),
            by_lead=True,
            pk__gt=OuterRef("pk"),
        )
        return self.filter(kind=CommentKind.QUESTION).annotate(answered=Exists(answers))


class Comment(models.Model):
    """One comment on a figure. It belongs to the version of the report that was current when it was written, and is
    kept.

    by_lead: written by the agency that leads the target's indicator.
    """

    submission = models.ForeignKey(Submission, verbose_name="phiếu", on_delete=models.CASCADE, related_name="remarks")
    target = models.ForeignKey(
        Target, verbose_name="chỉ tiêu thành phần", on_delete=models.PROTECT, related_name="remarks"
    )
    kind = models.CharField("loại", max_length=12, choices=CommentKind)
    text = ProseField("nội dung", blank=True, validators=[MaxLengthValidator(2000)])
    at = models.DateTimeField("lúc")
    by = models.ForeignKey(User, verbose_name="người viết", on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(
        Agency, verbose_name="cơ quan", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    by_lead = models.BooleanField("của cơ quan chủ trì", default=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = "ý kiến về số liệu"
        verbose_name_plural = "ý kiến về số liệu"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=CommentKind.values),
                name="remark_kind_known",
                violation_error_message="Loại ý kiến không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=~Q(text="") | Q(kind=CommentKind.VERIFIED),
                name="remark_has_text",
                violation_error_message="Ghi nội dung ý kiến.",
            ),
        ]
        indexes = [models.Index(fields=["target", "kind"], name="remark_of_target")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} về {self.target.code}, {self.submission}"

    @property
    def is_verdict(self) -> bool:
        """True for a verdict of the lead agency on the figure."""
        return self.kind in VERDICTS
