"""The official values with which a copied plan begins."""

from django.db import models

from core.fields import ExactDecimalField
from indicators.models.plan import ReportingPeriod
from indicators.models.target import Target
from indicators.rules.combining import VALUE_PLACES


class CarriedBaseline(models.Model):
    """The source of a copied target's baseline: the official value of the plan before, as it was that day.

    period: of the plan before; approved, expected: its coverage then; declined: the restated value that the standing agency
    decided not to take, None where there is none. The baseline itself is part of the target's
    definition; this says whether the value was restated since (`indicators.targets.baselines`).
    """

    target = models.OneToOneField(
        Target,
        verbose_name="chỉ tiêu thành phần",
        on_delete=models.CASCADE,
        related_name="carried_baseline",
        primary_key=True,
    )
    earlier = models.ForeignKey(
        Target, verbose_name="chỉ tiêu thành phần năm trước", on_delete=models.CASCADE, related_name="+"
    )
    period = models.ForeignKey(ReportingPeriod, verbose_name="kỳ", on_delete=models.CASCADE, related_name="+")
    value = ExactDecimalField("giá trị", places=VALUE_PLACES)
    approved = models.PositiveIntegerField("đã duyệt")
    expected = models.PositiveIntegerField("phải báo cáo")
    declined = ExactDecimalField("giá trị điều chỉnh không lấy", places=VALUE_PLACES, null=True, blank=True)

    class Meta:
        verbose_name = "giá trị xuất phát mang sang"
        verbose_name_plural = "giá trị xuất phát mang sang"

    def __str__(self) -> str:
        return f"{self.target.code} từ kỳ {self.period_id}"
