"""Descriptive metadata of a target (docs: domain, On screen and on paper)."""

from django.db import models

from agencies.models import User
from core.fields import ProseField
from indicators.models.target import Target


class TargetMetadata(models.Model):
    """The description of a target that a statistician asks for: source system, population, method, known limits, contact.

    An empty text is not declared (*chưa khai*); a target that nobody described has no row. method: what is to be known
    beside the rule of the target's kind, which is derived (`indicators.targets.metadata`). revision counts the saves, so
    that two editors cannot overwrite each other; changed_at None: as loaded with the plan.
    """

    target = models.OneToOneField(
        Target, verbose_name="chỉ tiêu thành phần", on_delete=models.PROTECT, related_name="metadata"
    )
    source_system = ProseField("hệ thống nguồn", blank=True)
    population = ProseField("phạm vi thống kê", blank=True)
    method = ProseField("cách tính", blank=True)
    limits = ProseField("hạn chế đã biết", blank=True)
    contact = ProseField("đầu mối liên hệ", blank=True)
    revision = models.PositiveIntegerField("lần lưu", default=0)
    changed_at = models.DateTimeField("sửa lúc", null=True, blank=True)
    changed_by = models.ForeignKey(
        User, verbose_name="người sửa", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "mô tả của chỉ tiêu thành phần"
        verbose_name_plural = "mô tả của chỉ tiêu thành phần"
        ordering = ["target"]

    def __str__(self) -> str:
        return f"Mô tả của {self.target.code}"
