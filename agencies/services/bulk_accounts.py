"""Accounts for many agencies at once, each with a one-time code to sign in with."""

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Exists, OuterRef

from agencies.audit_acts import AccountAct
from agencies.hashers import OneTimeCodeHasher
from agencies.models import Agency, Level, User, UserRole
from agencies.roles import Role
from agencies.services.accounts import CODE_DAYS, ISSUED_FIELDS, follow_roles, set_roles
from core import clock
from core.audit.services import audit

# Neither 0 and o nor 1, i and l, which are read for each other on paper: 31 signs.
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
# The roles with which the account of an agency begins, by its level. Others are given one by one.
FIRST_ROLES = {
    Level.DEPARTMENT: (Role.FOCAL, Role.LEAD),
    Level.OTHER: (Role.FOCAL, Role.LEAD),
    Level.DISTRICT: (Role.FOCAL, Role.REVIEWER),
    Level.COMMUNE: (Role.FOCAL,),
}


@dataclass(frozen=True)
class Proposal:
    """An account to be opened."""

    agency: Agency
    username: str
    roles: tuple[Role, ...]

    @property
    def role_words(self) -> str:
        """The roles as people read them: `Đầu mối, Người duyệt`."""
        return ", ".join(role.label for role in self.roles)


@dataclass(frozen=True)
class Slip:
    """The piece of paper handed to a person. expires_on: the last day on which the code can be used, in Vietnam."""

    user: User
    code: str
    expires_on: dt.date

    @property
    def agency(self) -> Agency | None:
        """The agency whose account it is."""
        return self.user.agency


def new_code() -> str:
    """Return a random code of twelve signs, as `k7qm-3xpa-9trb`."""
    return "-".join("".join(secrets.choice(SIGNS) for _ in range(4)) for _ in range(3))


def proposals(day: dt.date) -> list[Proposal]:
    """Return an account for each agency that exists on a day and has no active focal point, in the plan's order.

    The username is the agency's code, followed by a number where an account of that name exists. Two queries.
    """
    staffed = User.objects.filter(agency=OuterRef("pk"), is_active=True, user_roles__role=Role.FOCAL)
    agencies = Agency.objects.in_force(day).filter(~Exists(staffed), level__in=FIRST_ROLES)
    taken = set(User.objects.values_list("username", flat=True))
    made = []
    for agency in agencies.select_related("parent").in_order():
        username = _free_name(agency.code, taken)
        taken.add(username)
        made.append(Proposal(agency, username, FIRST_ROLES[Level(agency.level)]))
    return made


def _free_name(code: str, taken: Collection[str]) -> str:
    names = (code, *(f"{code}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def without_password() -> Sequence[User]:
    """Return the active accounts that hold a code, used or not, in the plan's order: a new code can be issued."""
    users = User.objects.filter(is_active=True, password_expires_at__isnull=False)
    return list(users.select_related("agency__parent").order_by("agency__position", "username"))


@transaction.atomic
def open_accounts(*, codes: Collection[str], by: User, address: str | None = None) -> list[Slip]:
    """Open an account for each of these agencies that still has none; return their slips, in the plan's order."""
    slips = []
    for proposal in proposals(clock.today()):
        if proposal.agency.code not in codes:
            continue
        user = User(username=proposal.username, agency=proposal.agency)
        slips.append(open_account(user=user, roles=proposal.roles, by=by, address=address))
    return slips


@transaction.atomic
def open_account(*, user: User, roles: Sequence[Role], by: User, address: str | None = None) -> Slip:
    """Store a new account with its roles and a one-time code; return its slip."""
    slip = _with_code(user)
    user.save()
    UserRole.objects.bulk_create(UserRole(user=user, role=role) for role in roles)
    if Role.ADMIN in roles:
        follow_roles(user=user)
    audit(
        by=by,
        act=AccountAct.OPEN,
        label=user.username,
        address=address,
        agency=user.agency.code if user.agency else "",
        roles=", ".join(role.label for role in roles),
    )
    return slip


def holds_unused(user: User, code: str) -> bool:
    """Return whether a code is the one that an active account still waits with."""
    return user.is_active and user.holds_code and user.code_used_at is None and check_password(code, user.password)


def opens(username: str, code: str) -> bool:
    """Return whether a code is the one that the account of a name still waits with: a random one, no password that was chosen."""
    user = User.objects.filter(username=username, password__startswith=f"{OneTimeCodeHasher.algorithm}$").first()
    return user is not None and holds_unused(user, code)


@transaction.atomic
def renew_codes(*, usernames: Collection[str], by: User, address: str | None = None) -> list[Slip]:
    """Issue a new code to each of these accounts that has no password of its own; the one before is void. Return their slips."""
    return _issue_codes([user for user in without_password() if user.username in usernames], by, address)


@transaction.atomic
def reset_codes(*, usernames: Collection[str], by: User, address: str | None = None) -> list[Slip]:
    """Issue a code to each of these active accounts but one's own, in place of what it had; their sessions end. Return their
    slips, in the plan's order."""
    users = User.objects.filter(is_active=True).exclude(pk=by.pk).select_related("agency__parent")
    chosen = [user for user in users.order_by("agency__position", "username") if user.username in usernames]
    return _issue_codes(chosen, by, address)


@transaction.atomic
def issue_code(*, user: User) -> Slip:
    """Issue a code to an active account from the terminal, in place of what it had; its sessions end. Return its slip."""
    return _issue_codes([user], None, None)[0]


def _issue_codes(users: Sequence[User], by: User | None, address: str | None) -> list[Slip]:
    """Store a new code for each account; return their slips."""
    slips = []
    for user in users:
        slips.append(_with_code(user))
        user.save(update_fields=ISSUED_FIELDS)
        audit(by=by, act=AccountAct.ISSUE_PASSWORD, label=user.username, address=address)
    return slips


@transaction.atomic
def open_first_administrator() -> Slip | None:
    """Open the account with which a new installation begins, or issue it another code; the one before is void. None once an
    active administrator has chosen a password."""
    administrators = User.objects.filter(is_active=True, user_roles__role=Role.ADMIN)
    waiting = administrators.filter(password_expires_at__isnull=False)
    if administrators.exclude(pk__in=waiting).exists():
        return None
    user, act = waiting.order_by("pk").first(), AccountAct.ISSUE_PASSWORD
    if user is None:
        user, act = (
            User(username=_free_name("quan-tri", set(User.objects.values_list("username", flat=True)))),
            AccountAct.OPEN,
        )
    slip = _with_code(user)
    user.save()
    set_roles(user=user, roles=[Role.ADMIN])
    audit(by=None, act=act, label=user.username, roles=str(Role.ADMIN.label))
    return slip


def _with_code(user: User) -> Slip:
    """Set a new code on the account, unsaved."""
    code = new_code()
    last_day = clock.today() + dt.timedelta(days=CODE_DAYS)
    user.password = make_password(code, hasher=OneTimeCodeHasher())
    user.hold_code(last_day)
    return Slip(user, code, last_day)
