"""Entries that people make in the calendar (days off, days worked instead, extensions), and the events of its days."""

import datetime as dt
from typing import Self

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q

from agencies.models import Agency, User
from agencies.roles import Role
from core.fields import LineField, ProseField
from indicators.models.plan import ReportingPeriod
from indicators.models.target import Target


class DayOff(models.Model):
    """A day that differs from the public holidays known beforehand.

    A day off (*nghỉ bù*, *hoán đổi*), or a Saturday, a Sunday or a holiday that is worked (*làm bù*), as the Government
    announces them each year.
    """

    day = models.DateField("ngày", unique=True, error_messages={"unique": "Ngày này đã được ghi."})
    is_worked = models.BooleanField("là ngày làm việc", default=False)
    name = LineField("nội dung", max_length=120)

    class Meta:
        verbose_name = "ngày nghỉ, ngày làm bù"
        verbose_name_plural = "ngày nghỉ, ngày làm bù"
        ordering = ["day"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""), name="day_off_has_name", violation_error_message="Ghi rõ nội dung."
            )
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}: {self.name}"


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def concerning(self, agency: Agency) -> Self:
        """Extensions of an agency, and those of all agencies."""
        return self.filter(Q(agency=agency) | Q(agency__isnull=True))

    def granted(self) -> Self:
        """Extensions that were granted, also those that are over."""
        return self.filter(state=Extension.State.GRANTED)

    def waiting(self) -> Self:
        """Extensions that were requested and not decided, oldest first."""
        return self.filter(state=Extension.State.ASKED).order_by("asked_at", "pk")

    def withdrawable_by(self, user: User) -> Self:
        """Undecided extensions that a user may withdraw: those of their own agency, as its focal point."""
        if not (user.is_active and user.holds(Role.FOCAL) and user.agency_id):
            return self.none()
        return self.waiting().filter(agency=user.agency_id)

    def decidable_by(self, user: User) -> Self:
        """Extensions that a user may grant or refuse: those of the agencies that they review; all, for the standing
        agency."""
        if user.is_active and user.holds(Role.STANDING):
            return self
        return self.filter(agency__in=Agency.objects.reviewed_by(user))

    def visible_to(self, user: User) -> Self:
        """Extensions of the agencies that a user may open, and those of all agencies."""
        return self.filter(Q(agency__isnull=True) | Q(agency__in=Agency.objects.visible_to(user)))


class Extension(models.Model):
    """More time for an agency's whole report of a period, or for single targets of it.

    Requested by the agency's focal point and decided by its reviewer, or granted without a request. Entry opened for
    catching up (*mở để nhập bù*) can be for all agencies (agency None). It ends by itself: `is_open` compares the days.
    """

    class Kind(models.TextChoices):
        EXTENSION = "extension", "Gia hạn"
        CATCH_UP = "catch_up", "Mở để nhập bù"

    class State(models.TextChoices):
        ASKED = "asked", "Chờ quyết định"
        GRANTED = "granted", "Đã cho"
        REFUSED = "refused", "Không cho"
        WITHDRAWN = "withdrawn", "Đã rút"

    period = models.ForeignKey(ReportingPeriod, verbose_name="kỳ", on_delete=models.PROTECT, related_name="extensions")
    agency = models.ForeignKey(
        Agency, verbose_name="đơn vị", null=True, blank=True, on_delete=models.PROTECT, related_name="extensions"
    )
    kind = models.CharField("loại", max_length=16, choices=Kind, default=Kind.EXTENSION)
    state = models.CharField("trạng thái", max_length=16, choices=State, default=State.ASKED)
    targets = models.ManyToManyField(Target, verbose_name="chỉ tiêu thành phần", blank=True, related_name="extensions")
    reason = ProseField("lý do", validators=[MaxLengthValidator(500)])
    wanted_until = models.DateField("đề nghị đến hết ngày")
    asked_at = models.DateTimeField("đề nghị lúc")
    asked_by = models.ForeignKey(
        User, verbose_name="người đề nghị", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    until = models.DateField("đến hết ngày", null=True, blank=True)
    moves_due = models.BooleanField("lùi hạn nộp", default=False)
    answer = ProseField("ý kiến", blank=True, validators=[MaxLengthValidator(500)])
    decided_at = models.DateTimeField("quyết định lúc", null=True, blank=True)
    decided_by = models.ForeignKey(
        User, verbose_name="người quyết định", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = "gia hạn"
        verbose_name_plural = "gia hạn"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["period", "agency"],
                condition=Q(state="asked"),
                name="extension_asked_once",
                violation_error_message="Đơn vị đã có một đề nghị của kỳ này đang chờ quyết định.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "granted", "refused", "withdrawn"], kind__in=["extension", "catch_up"]),
                name="extension_state_known",
                violation_error_message="Trạng thái gia hạn không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=Q(state="granted", until__isnull=False) | (~Q(state="granted") & Q(until__isnull=True)),
                name="extension_granted_until",
                violation_error_message="Gia hạn phải có ngày kết thúc.",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at__isnull=True) | (~Q(state="asked") & Q(decided_at__isnull=False)),
                name="extension_decided_or_asked",
                violation_error_message="Quyết định phải có giờ.",
            ),
            models.CheckConstraint(
                condition=Q(agency__isnull=False) | Q(kind="catch_up"),
                name="extension_has_agency",
                violation_error_message="Gia hạn là của một đơn vị.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="extension_has_reason", violation_error_message="Ghi rõ lý do."
            ),
        ]
        indexes = [models.Index(fields=["state", "until"], name="extension_open")]

    def __str__(self) -> str:
        agency = self.agency or "tất cả đơn vị"
        return f"{self.get_kind_display()} {self.period} cho {agency}"

    def is_open(self, day: dt.date) -> bool:
        """Return True where it was granted and is not over on this day."""
        return self.state == self.State.GRANTED and self.until is not None and day <= self.until


class PeriodEvent(models.Model):
    """The opening, the deadline or the closing of a period, stored once by the task of the minute in which the day
    came.

    The state of a period does not depend on it (docs/decisions/0012); the notifications of that moment do.
    """

    class Kind(models.TextChoices):
        OPENED = "opened", "mở kỳ"
        DUE = "due", "hết hạn nộp"
        CLOSED = "closed", "đóng kỳ"

    period = models.ForeignKey(ReportingPeriod, verbose_name="kỳ", on_delete=models.CASCADE, related_name="events")
    kind = models.CharField("việc", max_length=16, choices=Kind)
    day = models.DateField("ngày")
    at = models.DateTimeField("ghi lúc")

    class Meta:
        verbose_name = "mốc của kỳ"
        verbose_name_plural = "mốc của kỳ"
        constraints = [
            models.UniqueConstraint(
                fields=["period", "kind", "day"], name="period_event_once", violation_error_message="Mốc này đã ghi."
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.period}"
