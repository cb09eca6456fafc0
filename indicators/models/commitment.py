"""Commitments of a plan's body that its annex of indicators assigns to nobody; the standing agency assigns them."""

from typing import Self

from django.db import models
from django.db.models import Q

from agencies.models import Agency, Party, User
from core.fields import LineField, ProseField
from indicators.models.plan import Plan


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    def with_parties(self) -> Self:
        """Commitments with their leads."""
        return self.prefetch_related(
            models.Prefetch("parties", CommitmentParty.objects.select_related("agency__parent"))
        )

    def unassigned(self) -> Self:
        """Commitments without a lead (*chưa phân công*)."""
        return self.filter(parties__isnull=True)


class Commitment(models.Model):
    """One commitment of the plan's body. text: its own words; sentence: the whole sentence of the plan that it stands
    in, verbatim; source: the part of the plan; ground: the document or the reason by which it was assigned; revision:
    counts the assignments, so that two people cannot overwrite each other."""

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="commitments")
    number = models.PositiveSmallIntegerField("số thứ tự")
    text = ProseField("nội dung cam kết")
    source = LineField("mục trong kế hoạch", max_length=120)
    sentence = ProseField("nguyên văn cả câu")
    due = models.DateField("hạn hoàn thành", null=True, blank=True)
    ground = LineField("căn cứ phân công", max_length=500, blank=True)
    assigned_by = models.ForeignKey(
        User, verbose_name="người phân công", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revision = models.PositiveIntegerField("lần phân công", default=0)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = "cam kết của kế hoạch"
        verbose_name_plural = "cam kết của kế hoạch"
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"], name="commitment_number_once", violation_error_message="Số này đã có."
            )
        ]

    def __str__(self) -> str:
        return f"Cam kết {self.number}"

    @property
    def lead(self) -> "CommitmentParty | None":
        """The party that leads; None where nobody was assigned."""
        return next(iter(self.parties.all()), None)

    @property
    def co_leads(self) -> list["CommitmentParty"]:
        """The parties that lead together with the first one."""
        return list(self.parties.all())[1:]


class CommitmentParty(Party):
    """An agency or a group of agencies that leads a commitment: the first one leads, the others with it."""

    commitment = models.ForeignKey(Commitment, verbose_name="cam kết", on_delete=models.CASCADE, related_name="parties")
    agency = models.ForeignKey(
        Agency, verbose_name="cơ quan", null=True, blank=True, on_delete=models.PROTECT, related_name="commitment_parts"
    )

    class Meta(Party.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "agency"],
                name="commitment_agency_once",
                violation_error_message="Cơ quan này đã được ghi.",
            ),
            models.UniqueConstraint(
                fields=["commitment", "group"],
                condition=~Q(group=""),
                name="commitment_group_once",
                violation_error_message="Nhóm này đã được ghi.",
            ),
            models.CheckConstraint(
                condition=Q(agency__isnull=False, group="") | (Q(agency__isnull=True) & ~Q(group="")),
                name="commitment_is_agency_or_group",
                violation_error_message="Chọn một cơ quan hoặc một nhóm.",
            ),
        ]
