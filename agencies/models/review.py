"""The sharing out of reviews among the people who may review the same agencies (docs/decisions/0292)."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from agencies.models.agency import Agency, Level
from agencies.roles import Role


class ReviewShareQuerySet(models.QuerySet["ReviewShare"]):
    """Reads of shares."""

    def in_force(self, day: dt.date) -> Self:
        """Return the shares that hold on a day."""
        return self.filter(Q(last_day__isnull=True) | Q(last_day__gte=day), first_day__lte=day)

    def able(self, day: dt.date) -> Self:
        """Return the shares in force on a day whose person may review the agency by role: only these count, so that an agency is
        never left without a reviewer."""
        standing = Q(agency__parent__level=Level.PROVINCE) | Q(agency__level=Level.PROVINCE)
        roles = Q(person__user_roles__role=Role.REVIEWER, person__agency=F("agency__parent"))
        roles |= Q(standing, person__user_roles__role=Role.STANDING)
        return self.in_force(day).filter(roles, person__is_active=True)


class ReviewShare(models.Model):
    """A person reviews an agency from a day to a day (None: until further notice). Several people of one agency are a group.
    stands_for: the colleague whose share it is otherwise, during their leave."""

    agency = models.ForeignKey(Agency, verbose_name="đơn vị", on_delete=models.CASCADE, related_name="review_shares")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="người duyệt", on_delete=models.CASCADE, related_name="review_shares"
    )
    first_day = models.DateField("từ ngày")
    last_day = models.DateField("đến hết ngày", null=True, blank=True)
    stands_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="thay cho",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )

    objects = ReviewShareQuerySet.as_manager()

    class Meta:
        verbose_name = "phân công duyệt"
        verbose_name_plural = "phân công duyệt"
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "person", "first_day"],
                name="review_share_once",
                violation_error_message="Người này đã được phân công duyệt đơn vị này từ ngày đó.",
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="review_share_days_in_order",
                violation_error_message="Ngày kết thúc phải sau ngày bắt đầu.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.agency}"
