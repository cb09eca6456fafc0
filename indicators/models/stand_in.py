"""Districts in whose place the standing agency acts for a period (*làm thay*, docs/decisions/0211)."""

from typing import Self

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q

from agencies.models import Agency, User
from agencies.roles import Role
from core.fields import ProseField
from indicators.models.plan import ReportingPeriod


class StandInQuerySet(models.QuerySet["StandIn"]):
    def open_to(self, user: User) -> Self:
        """Those on which a user may act: all, for the standing agency."""
        return self if user.is_active and user.holds(Role.STANDING) else self.none()

    def concerning(self, agency: Agency) -> Self:
        """Those of a district itself, and of the district above a commune."""
        return self.filter(Q(agency=agency) | Q(agency=agency.parent_id))


class StandIn(models.Model):
    """The standing agency acts for a district in one period, with a reason: it enters and sends the district's own report,
    and decides on those of its communes. The district itself may still do so too."""

    agency = models.ForeignKey(Agency, verbose_name="đơn vị", on_delete=models.PROTECT, related_name="stand_ins")
    period = models.ForeignKey(ReportingPeriod, verbose_name="kỳ", on_delete=models.PROTECT, related_name="stand_ins")
    reason = ProseField("lý do", validators=[MaxLengthValidator(500)])
    at = models.DateTimeField("từ lúc")
    by = models.ForeignKey(User, verbose_name="người làm thay", on_delete=models.PROTECT, related_name="+")

    objects = StandInQuerySet.as_manager()

    class Meta:
        verbose_name = "làm thay"
        verbose_name_plural = "làm thay"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "period"],
                name="stand_in_once",
                violation_error_message="Kỳ này đã làm thay đơn vị đó.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="stand_in_has_reason", violation_error_message="Làm thay phải kèm lý do."
            ),
        ]

    def __str__(self) -> str:
        return f"Làm thay {self.agency}, {self.period}"

    @property
    def words(self) -> str:
        """The reason as the audit log and the history of a report tell it."""
        return f"làm thay {self.agency.full_name}: {self.reason}"
