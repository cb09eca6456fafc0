"""Models of accounts and their roles."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from agencies.models.agency import Agency, Level
from agencies.models.review import ReviewShare
from agencies.roles import Role
from core import clock, formatting
from core.fields import LineField
from core.notifications.models import Notification


class AccountManager(UserManager["User"]):
    """Reads of accounts."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the account with its agency and that agency's parent, in one query."""
        return self.select_related("agency__parent").get(username=username)

    def create_superuser(self, *args: Any, **kwargs: Any) -> User:
        """Create the first administrator of a production (`createsuperuser`), with the role of administration."""
        user: User = super().create_superuser(*args, **kwargs)
        user.user_roles.create(role=Role.ADMIN)
        return user

    def with_unread(self) -> QuerySet[User]:
        """Annotate each with `unread`, the number of unread notifications that the header shows, without a query of its own."""
        unread = Notification.objects.unread().filter(person=models.OuterRef("pk")).order_by().values("person")
        count = unread.annotate(count=models.Count("pk")).values("count")
        return self.annotate(unread=Coalesce(models.Subquery(count), 0))

    def focal_points_of(self, *agencies: Agency | int | None) -> QuerySet[User]:
        """Return the accounts that enter the figures of these agencies."""
        return self.filter(is_active=True, agency__in=agencies, user_roles__role=Role.FOCAL)

    def reviewers_of(self, agency: Agency) -> QuerySet[User]:
        """Return the accounts that approve or return an agency's reports: the inverse of `AgencyQuerySet.reviewed_by`."""
        able = ReviewShare.objects.able(clock.today()).filter(agency=agency.pk)
        people = self.reviewers_by_role_of(agency)
        return people.filter(~models.Exists(able) | models.Exists(able.filter(person=models.OuterRef("pk"))))

    def reviewers_by_role_of(self, agency: Agency) -> QuerySet[User]:
        """Return the accounts that may review an agency by role: the inverse of `AgencyQuerySet.reviewed_by_role`."""
        reviewing = Q(user_roles__role=Role.REVIEWER, agency__isnull=False, agency=agency.parent_id)
        if agency.level == Level.PROVINCE or (agency.parent is not None and agency.parent.level == Level.PROVINCE):
            reviewing |= Q(user_roles__role=Role.STANDING)
        return self.filter(reviewing, is_active=True).distinct()

    def leads_of(self, *agencies: Agency | int | None) -> QuerySet[User]:
        """Return the accounts of lead agencies that judge figures."""
        return self.filter(is_active=True, agency__in=agencies, user_roles__role=Role.LEAD)


class User(AbstractUser):
    """An account, which belongs to one person."""

    first_name = None  # type: ignore[assignment]  # Django's way to remove a field of the base model
    last_name = None  # type: ignore[assignment]
    full_name = LineField("họ và tên", max_length=120, blank=True)
    position = LineField("chức vụ", max_length=120, blank=True)
    phone = LineField("điện thoại", max_length=32, blank=True)
    agency = models.ForeignKey(
        Agency, verbose_name="cơ quan", null=True, blank=True, on_delete=models.PROTECT, related_name="users"
    )
    must_change_password = models.BooleanField("phải đổi mật khẩu", default=False)
    # The last moment at which an issued one-time code can be used; None for a password.
    password_expires_at = models.DateTimeField("mã đăng nhập dùng đến", null=True, blank=True, editable=False)
    # The moment at which the code began a session, after which it opens none (decision 0261).
    code_used_at = models.DateTimeField("mã đăng nhập đã dùng lúc", null=True, blank=True, editable=False)
    # The first sign-in at which a second factor was asked for: the days of grace begin then.
    second_factor_asked_at = models.DateTimeField(
        "được yêu cầu bật mã xác thực từ", null=True, blank=True, editable=False
    )
    # The machine's time at which the account was enabled again or given a code; that at which its owner was told that nobody uses
    # it.
    enabled_at = models.DateTimeField("mở lại lúc", null=True, blank=True, editable=False)
    unused_told_at = models.DateTimeField("được báo lâu không dùng lúc", null=True, blank=True, editable=False)
    is_demo = models.BooleanField("tài khoản minh họa", default=False, editable=False)

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        verbose_name = "tài khoản"
        verbose_name_plural = "tài khoản"

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name or self.username

    def get_short_name(self) -> str:
        return self.get_full_name()

    def enable(self) -> None:
        """Make the account usable again, unsaved: it counts as used from now on."""
        self.is_active = True
        self.count_as_used()

    def count_as_used(self) -> None:
        """Give the account its days without a sign-in from now on, unsaved."""
        self.enabled_at, self.unused_told_at = timezone.now(), None

    def hold_code(self, last_day: dt.date) -> None:
        """Note that the password is a code, unsaved: it opens once, until the end of a day in Vietnam, and must be replaced."""
        self.must_change_password, self.code_used_at = True, None
        self.password_expires_at = dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), clock.VIETNAM)
        self.count_as_used()

    @property
    def code_last_day(self) -> dt.date | None:
        """Return the last day, in Vietnam, on which the issued one-time code can be used; None for a password."""
        expires_at = self.password_expires_at
        return formatting.local(expires_at - dt.timedelta(seconds=1)).date() if expires_at else None

    @property
    def holds_code(self) -> bool:
        """Return whether the account has a one-time code, used or not, in place of a password of its own."""
        return self.password_expires_at is not None

    @property
    def roles(self) -> frozenset[str]:
        """Return the roles held; read once per object."""
        if not hasattr(self, "_roles"):
            self._roles = frozenset(row.role for row in self.user_roles.all())
        return self._roles

    def holds(self, *roles: Role) -> bool:
        """Return whether the person holds any of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def reads_everything(self) -> bool:
        """Return whether the person reads the whole province: administration, standing agency, leaders (ui.md, *Roles*)."""
        return self.is_active and (self.is_superuser or self.holds(Role.ADMIN, Role.STANDING, Role.LEADER))

    @property
    def may_read_audit(self) -> bool:
        """Return whether the person may read the audit log: administration and the standing agency."""
        return self.holds(Role.ADMIN, Role.STANDING)

    @property
    def may_see_all_jobs(self) -> bool:
        """Return whether the person sees everyone's jobs: the administration; others see their own."""
        return self.holds(Role.ADMIN)


class UserRole(models.Model):
    """A role that a person holds."""

    user = models.ForeignKey(User, verbose_name="tài khoản", on_delete=models.CASCADE, related_name="user_roles")
    role = models.CharField("vai trò", max_length=16, choices=Role)

    class Meta:
        verbose_name = "vai trò"
        verbose_name_plural = "vai trò"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"], name="role_granted_once", violation_error_message="Người này đã có vai trò đó."
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="role_known", violation_error_message="Vai trò không hợp lệ."
            ),
        ]

    def __str__(self) -> str:
        return self.get_role_display()
