"""Charges: duties of an agency to guide, follow, urge and inspect others on some targets of a plan (*nhiệm vụ theo dõi,
đôn đốc*), each with its legal ground."""

from typing import Self

from django.db import models
from django.db.models import Q

from agencies.models import Agency, User
from agencies.roles import Role
from core.fields import LineField, ProseField
from indicators.models.plan import Plan, ReportingPeriod
from indicators.models.target import Target, TargetQuerySet


class ChargeQuerySet(models.QuerySet["Charge"]):
    def read_in_full_by(self, user: User) -> Self:
        """Charges of which a user reads every agency that is behind, and the report: all for readers of the whole province,
        for others those of their own agency."""
        if user.reads_everything:
            return self
        return self.filter(agency=user.agency_id) if user.is_active and user.agency_id else self.none()

    def carried_out_by(self, user: User) -> Self:
        """Charges in whose name a user may remind: all for the standing agency, for a lead agency's people their own
        agency's."""
        if not user.is_active:
            return self.none()
        allowed = Q(pk__in=[]) if not user.holds(Role.LEAD) or not user.agency_id else Q(agency=user.agency_id)
        return self if user.holds(Role.STANDING) else self.filter(allowed)


class Charge(models.Model):
    """A duty of an agency over some targets of a plan, or all of them. code: the plan's own number of the sentence that lays
    it down; sentence: that sentence, verbatim; duties: what the agency has to do, in the sentence's own words; covers_plan: it
    is over every target of the plan, and none is named; report_to: the person or body that receives the agency's report."""

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="charges")
    code = LineField("mục trong kế hoạch", max_length=16)
    title = LineField("nhiệm vụ", max_length=200)
    agency = models.ForeignKey(
        Agency, verbose_name="cơ quan được giao", on_delete=models.PROTECT, related_name="charges"
    )
    sentence = ProseField("nguyên văn")
    duties = LineField("việc được giao", max_length=200, default="hướng dẫn, theo dõi, đôn đốc, kiểm tra")
    covers_plan = models.BooleanField("cả kế hoạch", default=False)
    legal_ground = LineField("căn cứ", max_length=400)
    report_to = LineField("báo cáo", max_length=200)
    targets = models.ManyToManyField(
        Target, verbose_name="chỉ tiêu thành phần", through="ChargeTarget", related_name="charges"
    )

    objects = ChargeQuerySet.as_manager()

    class Meta:
        verbose_name = "nhiệm vụ theo dõi, đôn đốc"
        verbose_name_plural = "nhiệm vụ theo dõi, đôn đốc"
        ordering = ["plan", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "code"],
                name="charge_code_once",
                violation_error_message="Mục này của kế hoạch đã được ghi.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def covered(self) -> TargetQuerySet:
        """The targets that it is over."""
        targets = Target.objects.filter(plan=self.plan_id)
        return targets if self.covers_plan else targets.filter(charges=self)

    def is_read_in_full_by(self, user: User) -> bool:
        """Return whether a user reads all of it, by the rule of `read_in_full_by`. No query."""
        return user.reads_everything or (user.is_active and user.agency_id == self.agency_id)

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("charge", args=[self.code])


class ChargeTarget(models.Model):
    """A target in a charge. part: the part of the charge that it belongs to, in the words of its page."""

    charge = models.ForeignKey(Charge, verbose_name="nhiệm vụ", on_delete=models.CASCADE, related_name="links")
    target = models.ForeignKey(
        Target, verbose_name="chỉ tiêu thành phần", on_delete=models.PROTECT, related_name="charge_links"
    )
    part = LineField("phần của nhiệm vụ", max_length=200, blank=True)

    class Meta:
        verbose_name = "chỉ tiêu thành phần của nhiệm vụ theo dõi"
        verbose_name_plural = "chỉ tiêu thành phần của nhiệm vụ theo dõi"
        ordering = ["charge", "target__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["charge", "target"],
                name="charge_target_once",
                violation_error_message="Chỉ tiêu thành phần này đã thuộc nhiệm vụ.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.charge_id}: {self.target_id}"


class ChargeReminder(models.Model):
    """A reminder of an agency in the name of a charge: once in a period. targets: their codes; recipients: the number
    of accounts that were notified."""

    charge = models.ForeignKey(Charge, verbose_name="nhiệm vụ", on_delete=models.PROTECT, related_name="reminders")
    period = models.ForeignKey(ReportingPeriod, verbose_name="kỳ", on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, verbose_name="đơn vị được nhắc", on_delete=models.PROTECT, related_name="+")
    targets = LineField("chỉ tiêu thành phần", max_length=400)
    recipients = models.PositiveSmallIntegerField("số tài khoản nhận", default=0)
    at = models.DateTimeField("nhắc lúc")
    by = models.ForeignKey(User, verbose_name="người nhắc", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "lần nhắc đơn vị"
        verbose_name_plural = "lần nhắc đơn vị"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["charge", "period", "agency"],
                name="charge_reminder_once",
                violation_error_message="Đơn vị này đã được nhắc trong kỳ.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.charge_id}: {self.agency_id}, kỳ {self.period_id}"
