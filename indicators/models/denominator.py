"""Shared denominators: numbers of a unit (adults, households) on which several targets rest, stored once
(docs/decisions/0213)."""

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple, Self

from django.db import models
from django.db.models import F, Q, Subquery
from django.db.models.functions import JSONObject

from agencies.models import Agency, Level, Succession, User
from core.fields import ExactDecimalField, LineField
from indicators.models.plan import ReportingPeriod
from indicators.models.target import Target
from indicators.rules.combining import PART_PLACES


class SharedDenominator(models.Model):
    """A number that every unit has and that several targets rest on: *Dân số trưởng thành*."""

    code = models.SlugField("mã", max_length=40, unique=True)
    label = LineField("tên", max_length=120)
    position = models.PositiveSmallIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "mẫu số dùng chung"
        verbose_name_plural = "mẫu số dùng chung"
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.label


class DenominatorUse(models.Model):
    """The shared denominator of a target. of_province: who reports it does so for the whole province, so that the
    province's number counts; else the reporter's own."""

    target = models.OneToOneField(
        Target,
        verbose_name="chỉ tiêu thành phần",
        on_delete=models.CASCADE,
        related_name="denominator_use",
        primary_key=True,
    )
    denominator = models.ForeignKey(
        SharedDenominator, verbose_name="mẫu số", on_delete=models.PROTECT, related_name="uses"
    )
    of_province = models.BooleanField("của toàn tỉnh", default=False)

    class Meta:
        verbose_name = "mẫu số của chỉ tiêu thành phần"
        verbose_name_plural = "mẫu số của chỉ tiêu thành phần"

    def __str__(self) -> str:
        return f"{self.target.code}: {self.denominator.label}"


class DenominatorValueQuerySet(models.QuerySet["DenominatorValue"]):
    def valid_in(self, window_last: dt.date | models.OuterRef) -> Self:
        """Versions that are valid in the period whose window ends on a day, the newest first."""
        return self.filter(from_period__window_last__lte=window_last).order_by("-from_period__window_last", "-number")

    def registered(
        self, *, target: models.OuterRef, agency: models.OuterRef, window_last: dt.date | models.OuterRef
    ) -> Subquery:
        """Return the denominator of a target, a reporter and a period as a column of a query (`registered_from`)."""
        reporters = Q(denominator__uses__of_province=False, agency=agency)
        whole = Q(denominator__uses__of_province=True, agency__level=Level.PROVINCE)
        valid = self.valid_in(window_last).filter(reporters | whole, denominator__uses__target=target)
        columns = JSONObject(value=F("value"), label=F("denominator__label"), source=F("source"), as_of=F("as_of"))
        return Subquery(valid.values(columns=columns)[:1], output_field=models.JSONField())


class RegisteredDenominator(NamedTuple):
    """A denominator as the registry has it, with its source and the day for which it holds."""

    value: Decimal
    label: str
    source: str
    as_of: dt.date


def registered_from(column: dict[str, Any] | None) -> RegisteredDenominator | None:
    """Return what `DenominatorValueQuerySet.registered` read; None where the registry has no number."""
    if column is None:
        return None
    value = Decimal(column["value"]).scaleb(-PART_PLACES)
    return RegisteredDenominator(value, column["label"], column["source"], dt.date.fromisoformat(column["as_of"]))


class DenominatorValue(models.Model):
    """One version of a unit's number, never changed: another version is valid from a later period, or corrects this one
    (the higher number counts). Figures that were reported before keep their own denominators.

    moved_by: the succession for which it was reckoned from the numbers before; undone together with it."""

    denominator = models.ForeignKey(
        SharedDenominator, verbose_name="mẫu số", on_delete=models.PROTECT, related_name="values"
    )
    agency = models.ForeignKey(Agency, verbose_name="đơn vị", on_delete=models.PROTECT, related_name="denominators")
    number = models.PositiveSmallIntegerField("lần")
    from_period = models.ForeignKey(ReportingPeriod, verbose_name="từ kỳ", on_delete=models.PROTECT, related_name="+")
    value = ExactDecimalField("giá trị", places=PART_PLACES)
    as_of = models.DateField("số liệu tính đến ngày")
    source = LineField("nguồn", max_length=200)
    stored_at = models.DateTimeField("ghi lúc")
    stored_by = models.ForeignKey(
        User, verbose_name="người ghi", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    moved_by = models.ForeignKey(
        Succession,
        verbose_name="theo việc tiếp nhận",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )

    objects = DenominatorValueQuerySet.as_manager()

    class Meta:
        verbose_name = "số trong danh mục mẫu số"
        verbose_name_plural = "số trong danh mục mẫu số"
        ordering = ["denominator", "agency", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["denominator", "agency", "number"],
                name="denominator_version_once",
                violation_error_message="Lần này đã có.",
            ),
            models.CheckConstraint(
                condition=Q(value__gt=0), name="denominator_positive", violation_error_message="Số phải lớn hơn 0."
            ),
            models.CheckConstraint(
                condition=~Q(source=""), name="denominator_has_source", violation_error_message="Ghi rõ nguồn."
            ),
        ]
        indexes = [models.Index(fields=["agency", "denominator"], name="denominator_of_agency")]

    def __str__(self) -> str:
        return f"{self.denominator.label}, {self.agency.short_name}, lần {self.number}"
