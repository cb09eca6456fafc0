"""Writes on accounts: roles, passwords, sessions. Each is one transaction with its line in the audit log."""

from collections import Counter
from collections.abc import Collection
from datetime import timedelta

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from agencies.attempts import DEVICE, account_of
from agencies.audit_acts import AccountAct
from agencies.models import User, UserRole
from agencies.roles import Role
from core import clock
from core.audit.services import audit

# Days for which a code, or a password that another person chose, can be used.
CODE_DAYS = 7
PASSWORD_FIELDS = ["password", "must_change_password", "password_expires_at", "code_used_at"]
# Who gets a code or a password is expected to sign in: the account counts as used from then on.
ISSUED_FIELDS = [*PASSWORD_FIELDS, "enabled_at", "unused_told_at"]


@transaction.atomic
def set_roles(*, user: User, roles: Collection[Role | str]) -> None:
    """Give a person exactly these roles."""
    UserRole.objects.filter(user=user).exclude(role__in=roles).delete()
    for role in roles:
        UserRole.objects.get_or_create(user=user, role=role)
    follow_roles(user=user)


def follow_roles(*, user: User) -> None:
    """Set Django's own flags from the role of administration, which alone opens /quan-tri/."""
    user.is_staff = user.is_superuser = UserRole.objects.filter(user=user, role=Role.ADMIN).exists()
    user.save(update_fields=["is_staff", "is_superuser"])


def spend_code(*, user: User) -> bool:
    """Mark the one-time code of an account as used; False where it already was, also by a sign-in at the same moment."""
    unused = User.objects.filter(pk=user.pk, code_used_at__isnull=True, password=user.password)
    return bool(unused.update(code_used_at=clock.now()))


@transaction.atomic
def change_own_password(*, user: User, password: str, address: str | None = None) -> None:
    """Store a person's new password, already validated, in place of the old or issued one. Other sessions end."""
    user.set_password(password)
    user.must_change_password, user.password_expires_at, user.code_used_at = False, None, None
    user.save(update_fields=PASSWORD_FIELDS)
    audit(by=user, act=AccountAct.CHANGE_PASSWORD, label=user.username, address=address)


@transaction.atomic
def issue_password(*, user: User, password: str, by: User, address: str | None = None) -> None:
    """Store a password that another person has chosen: it opens once within CODE_DAYS, as codes of slips do, and must be changed
    before anything else is done. All sessions end."""
    user.set_password(password)
    user.hold_code(clock.today() + timedelta(days=CODE_DAYS))
    user.save(update_fields=ISSUED_FIELDS)
    audit(by=by, act=AccountAct.ISSUE_PASSWORD, label=user.username, address=address)


def locked_names() -> frozenset[str]:
    """Return the names with which nobody can sign in now: those that failed too often from one address
    or from all together, and those that failed from an address that
    failed with many names (decision 0181). One query."""
    since = timezone.now() - (get_cool_off() or timedelta(0))
    attempts = list(AccessAttempt.objects.filter(attempt_time__gte=since))
    of_address: Counter[str | None] = Counter()
    of_name: Counter[str | None] = Counter()
    for attempt in attempts:
        of_address[attempt.ip_address] += attempt.failures_since_start
        of_name[attempt.username] += attempt.failures_since_start
    return frozenset(
        account_of(attempt.username)
        for attempt in attempts
        if attempt.failures_since_start >= settings.AXES_FAILURE_LIMIT
        or of_address[attempt.ip_address] >= settings.ADDRESS_FAILURE_LIMIT
        or of_name[attempt.username] >= settings.NAME_FAILURE_LIMIT
    )


@transaction.atomic
def unlock(*, username: str, by: User, address: str | None = None) -> int:
    """Forget the failed logins with a name, so that its lock ends at once; return how many addresses they came from."""
    named = Q(username=username) | Q(username__startswith=f"{username}{DEVICE}")
    attempts = list(AccessAttempt.objects.filter(named))
    for attempt in attempts:
        forget_failures(attempt=attempt, by=by, address=address)
    return len(attempts)


@transaction.atomic
def unlock_addresses(*, addresses: Collection[str], by: User, address: str | None = None) -> int:
    """Forget the failed logins from these addresses, with any names; return how many names they were."""
    attempts = list(AccessAttempt.objects.filter(ip_address__in=addresses))
    for attempt in attempts:
        forget_failures(attempt=attempt, by=by, address=address)
    return len(attempts)


@transaction.atomic
def forget_failures(*, attempt: AccessAttempt, by: User, address: str | None = None) -> None:
    """Forget the failed logins with a name from an address; a name without an account, which may be a password typed into the
    wrong field, is not logged."""
    known = User.objects.filter(username=account_of(attempt.username)).first()
    audit(
        by=by,
        act=AccountAct.UNLOCK,
        label=known.username if known else "(không có tài khoản này)",
        address=address,
        locked_address=str(attempt.ip_address or ""),
        failures=attempt.failures_since_start,
    )
    attempt.delete()


@transaction.atomic
def end_idle_sessions(*, most: int = 200) -> int:
    """Delete the sessions whose idle limit has passed, with a line in the log for each signed-in one. At most `most` at once,
    because the log is locked meanwhile. Returns how many were deleted."""
    over = Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")[:most]
    # A session that a request extends at this moment has another expiry date by now.
    ended = [one for one in over if Session.objects.filter(pk=one.pk, expire_date=one.expire_date).delete()[0]]
    for session in ended:
        content = session.get_decoded()
        key, seconds = content.get(SESSION_KEY, ""), content.get("_session_expiry", settings.SESSION_COOKIE_AGE)
        person = User.objects.filter(pk=key).first() if str(key).isdecimal() else None
        if person is not None:
            idle = f"Không thao tác {seconds // 60} phút."
            audit(by=None, act=AccountAct.SESSION_EXPIRED, label=person.username, reason=idle)
    return len(ended)
