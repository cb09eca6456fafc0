"""Writes of accounts: roles, passwords, sessions. Each is one transaction with its line in the audit log."""

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from agencies.audit_acts import AccountAct
from agencies.models import User, UserRole
from agencies.roles import Role
from core.audit.services import audit


@transaction.atomic
def set_roles(*, user, roles) -> None:
    """Give a person exactly these roles."""
    UserRole.objects.filter(user=user).exclude(role__in=roles).delete()
    for role in roles:
        UserRole.objects.get_or_create(user=user, role=role)
    follow_roles(user=user)


def follow_roles(*, user) -> None:
    """The role of administration opens /quan-tri/, and nothing else does: Django's own flags follow it."""
    user.is_staff = user.is_superuser = UserRole.objects.filter(user=user, role=Role.ADMIN).exists()
    user.save(update_fields=["is_staff", "is_superuser"])


@transaction.atomic
def change_own_password(*, user, password: str, address: str | None = None) -> None:
    """A person's new password, already checked; what was issued is changed with it. Other sessions die."""
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    audit(by=user, act=AccountAct.CHANGE_PASSWORD, label=user.username, address=address)


@transaction.atomic
def issue_password(*, user, password: str, by, address: str | None = None) -> None:
    """A password that somebody else knows: it must be changed before anything else is done. All sessions die."""
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    audit(by=by, act=AccountAct.ISSUE_PASSWORD, label=user.username, address=address)


@transaction.atomic
def end_idle_sessions(*, most: int = 200) -> int:
    """Sessions whose idle limit has passed end for good: a line in the log for each that somebody was signed in with, and the
    row goes. At most so many at once, for the log is held meanwhile. Returns how many went."""
    over = Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")[:most]
    # One that a request of this very moment keeps alive is another by now.
    ended = [one for one in over if Session.objects.filter(pk=one.pk, expire_date=one.expire_date).delete()[0]]
    for session in ended:
        key = session.get_decoded().get(SESSION_KEY, "")
        person = User.objects.filter(pk=key).first() if str(key).isdecimal() else None
        if person is not None:
            idle = f"Không thao tác {settings.SESSION_COOKIE_AGE // 60} phút."
            audit(by=None, act=AccountAct.SESSION_EXPIRED, label=person.username, reason=idle)
    return len(ended)
