"""Accounts that nobody uses: their owners are told, then they are disabled; one act enables them again (decision 0346)."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from agencies import notifications
from agencies.audit_acts import AccountAct
from agencies.models import User
from agencies.roles import Role
from core.audit.services import audit

# Days between the notice and the day on which an account is disabled.
NOTICE_DAYS = 7


@dataclass(frozen=True)
class Followed:
    """The numbers of owners that were told, and of accounts that were disabled."""

    told: int
    disabled: int


def in_use() -> QuerySet[Any]:
    """Return the active accounts but those of a demonstration, each with `used_at`: its last sign-in, opening, enabling or
    issued code. The machine's own time counts, as Django notes sign-ins by it."""
    used_at = Greatest(Coalesce("last_login", "date_joined"), Coalesce("enabled_at", "date_joined"), "date_joined")
    return User.objects.filter(is_active=True, is_demo=False).annotate(used_at=used_at)


@transaction.atomic
def follow_unused(*, spared: Collection[int] = ()) -> Followed:
    """Tell the owners of accounts that will have been unused for UNUSED_DAYS within a week, and disable those that were told a week
    ago and still are. spared: accounts (ids) in use in another way. The administrator who signed in last is
    never disabled: one who was only given a code may never use it."""
    if not settings.UNUSED_DAYS:
        return Followed(0, 0)
    now = timezone.now()
    notice = dt.timedelta(days=min(NOTICE_DAYS, settings.UNUSED_DAYS))
    limit = now - dt.timedelta(days=settings.UNUSED_DAYS)
    by_sign_in = F("last_login").desc(nulls_last=True)
    administrators = in_use().filter(user_roles__role=Role.ADMIN).order_by(by_sign_in, "-used_at", "pk")
    last = list(administrators.values_list("pk", flat=True)[:1])
    idle = in_use().exclude(pk__in=[*spared, *last]).order_by("pk")
    told = list(
        idle.filter(Q(unused_told_at__isnull=True) | Q(unused_told_at__lt=F("used_at")), used_at__lt=limit + notice)
    )
    for user in told:
        notifications.unused(user, on=max(user.used_at + dt.timedelta(days=settings.UNUSED_DAYS), now + notice))
    User.objects.filter(pk__in=[user.pk for user in told]).update(unused_told_at=now)
    over = list(idle.filter(used_at__lt=limit, unused_told_at__gte=F("used_at"), unused_told_at__lte=now - notice))
    for user in over:
        reason = f"Không đăng nhập {settings.UNUSED_DAYS} ngày."
        audit(by=None, act=AccountAct.DISABLE_UNUSED, label=user.username, reason=reason)
    User.objects.filter(pk__in=[user.pk for user in over]).update(is_active=False)
    if over:
        notifications.disabled_unused([user.username for user in over])
    return Followed(len(told), len(over))
