"""Accounts and their roles."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from agencies.models.agency import Agency, Level
from agencies.roles import Role
from core.fields import LineField
from core.notifications.models import Notification


class AccountManager(UserManager):
    def get_by_natural_key(self, username):
        """The account with its agency and roles: what nearly every page asks of it, in two queries."""
        return self.select_related("agency__parent").get(username=username)

    def create_superuser(self, *args, **kwargs):
        """The first administrator of a production (`createsuperuser`) holds the role like every other."""
        user = super().create_superuser(*args, **kwargs)
        user.grants.create(role=Role.ADMIN)
        return user

    def with_unread(self):
        """Each with `unread`, the number of his unread notices, for the bell: no query of its own."""
        unread = Notification.objects.unread().filter(person=models.OuterRef("pk")).order_by().values("person")
        count = unread.annotate(count=models.Count("pk")).values("count")
        return self.annotate(unread=Coalesce(models.Subquery(count), 0))

    def focal_points_of(self, *agencies):
        """Return the accounts that enter the figures of these agencies."""
        return self.filter(is_active=True, agency__in=agencies, grants__role=Role.FOCAL)

    def reviewers_of(self, agency):
        """Who approves or returns an agency's reports: the other side of `AgencyQuerySet.reviewed_by`."""
        reviewing = Q(grants__role=Role.REVIEWER, agency__isnull=False, agency=agency.parent_id)
        if agency.level == Level.PROVINCE or agency.parent.level == Level.PROVINCE:
            reviewing |= Q(grants__role=Role.STANDING)
        return self.filter(reviewing, is_active=True).distinct()

    def leads_of(self, *agencies):
        """Who speaks for agencies that lead indicators."""
        return self.filter(is_active=True, agency__in=agencies, grants__role=Role.LEAD)


class User(AbstractUser):
    """One account is one person."""

    first_name = None
    last_name = None
    full_name = LineField("họ và tên", max_length=120, blank=True)
    position = LineField("chức vụ", max_length=120, blank=True)
    phone = LineField("điện thoại", max_length=32, blank=True)
    agency = models.ForeignKey(
        Agency, verbose_name="cơ quan", null=True, blank=True, on_delete=models.PROTECT, related_name="users"
    )
    must_change_password = models.BooleanField("phải đổi mật khẩu", default=False)
    is_demo = models.BooleanField("tài khoản minh họa", default=False, editable=False)

    objects = AccountManager()

    class Meta:
        verbose_name = "tài khoản"
        verbose_name_plural = "tài khoản"

    def __str__(self):
        return self.full_name or self.username

    def get_full_name(self):
        return self.full_name or self.username

    def get_short_name(self):
        return self.get_full_name()

    @property
    def roles(self):
        """The set of roles held; read once per object."""
        if not hasattr(self, "_roles"):
            self._roles = frozenset(grant.role for grant in self.grants.all())
        return self._roles

    def holds(self, *roles):
        """True where the person holds any of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def reads_everything(self):
        """Administration, the standing agency and leaders read the whole province (ui.md, *Roles*)."""
        return self.is_active and (self.is_superuser or self.holds(Role.ADMIN, Role.STANDING, Role.LEADER))

    @property
    def may_read_audit(self) -> bool:
        """Administration and the standing agency read the audit log."""
        return self.holds(Role.ADMIN, Role.STANDING)

    @property
    def may_see_all_jobs(self) -> bool:
        """Administration sees everybody's jobs; others see their own."""
        return self.holds(Role.ADMIN)


class UserRole(models.Model):
    """A role that a person holds."""

    user = models.ForeignKey(User, verbose_name="tài khoản", on_delete=models.CASCADE, related_name="grants")
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

    def __str__(self):
        return self.get_role_display()
