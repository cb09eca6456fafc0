"""Many accounts changed at once: compared with the stored ones, then written in one transaction. Leavers are disabled, never
deleted; nobody changes their own roles or disables themselves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from agencies.audit_acts import RowAct
from agencies.models import Agency, User
from agencies.roles import Role
from agencies.services.accounts import set_roles
from agencies.services.bulk_accounts import Slip, open_account
from core.audit.services import audit

# What is compared, in words: field of `AccountFacts` → its name.
TITLES = {
    "agency": "Đơn vị",
    "full_name": "Họ và tên",
    "position": "Chức vụ",
    "phone": "Điện thoại",
    "email": "Thư điện tử",
    "roles": "Vai trò",
    "is_active": "Đang dùng",
}
TEXTS = ("full_name", "position", "phone", "email")


@dataclass(frozen=True)
class AccountFacts:
    """An account as it should be."""

    username: str
    agency: Agency | None
    full_name: str = ""
    position: str = ""
    phone: str = ""
    email: str = ""
    roles: frozenset[str] = frozenset()
    is_active: bool = True

    def words(self, name: str) -> str:
        """Return a field in words."""
        value = getattr(self, name)
        if name == "agency":
            return self.agency.full_name if self.agency else ""
        if name == "roles":
            return role_words(self.roles)
        if name == "is_active":
            return "Có" if self.is_active else "Không"
        return str(value)


@dataclass(frozen=True)
class AccountChange:
    """An account that is opened, changed or disabled; cells: (name, before, after) of what differs. user: None for a new one."""

    facts: AccountFacts
    user: User | None
    cells: tuple[tuple[str, str, str], ...]

    @property
    def kind(self) -> str:
        """The word for the change: opened, changed, disabled, enabled."""
        if self.user is None:
            return "mở"
        if self.user.is_active != self.facts.is_active:
            return "mở lại" if self.facts.is_active else "khóa"
        return "sửa"


def role_words(roles: Collection[str]) -> str:
    """Return roles as people read them, in their usual order."""
    return ", ".join(str(role.label) for role in Role if role.value in roles)


def facts_of(user: User) -> AccountFacts:
    """Return a stored account."""
    texts = {name: getattr(user, name) for name in TEXTS}
    return AccountFacts(user.username, user.agency, roles=user.roles, is_active=user.is_active, **texts)


def stored_accounts() -> list[User]:
    """Return all accounts with their agencies and roles, in the plan's order. Two queries."""
    users = User.objects.select_related("agency__parent").prefetch_related("user_roles")
    return list(users.order_by("agency__position", "username"))


def changes(wanted: Sequence[AccountFacts], users: Mapping[str, User]) -> list[AccountChange]:
    """Return what differs from the stored accounts (by username), in the order of the wanted ones. An account that nobody
    wants stays as it is."""
    changed = []
    for facts in wanted:
        user = users.get(facts.username)
        before = facts_of(user) if user else AccountFacts(facts.username, None)
        cells = tuple(
            (title, before.words(name) if user else "", facts.words(name))
            for name, title in TITLES.items()
            if getattr(before, name) != getattr(facts, name) or (user is None and facts.words(name))
        )
        if user is None or cells:
            changed.append(AccountChange(facts, user, cells))
    return changed


@transaction.atomic
def apply(*, changed: Sequence[AccountChange], by: User, address: str | None = None) -> list[Slip]:
    """Write the changes, each with its line in the log; return the slips of the accounts that were opened. Raises IntegrityError
    where one of them was opened elsewhere meanwhile; nothing is written then."""
    return [slip for change in changed if (slip := _write(change, by, address))]


@transaction.atomic
def disable(*, usernames: Collection[str], by: User, address: str | None = None) -> int:
    """Disable these active accounts but one's own; return how many were."""
    stored = {
        user.username: user
        for user in stored_accounts()
        if user.username in usernames and user.is_active and user.pk != by.pk
    }
    changed = changes([replace(facts_of(user), is_active=False) for user in stored.values()], stored)
    apply(changed=changed, by=by, address=address)
    return len(changed)


@transaction.atomic
def enable(*, usernames: Collection[str], by: User, address: str | None = None) -> int:
    """Make these disabled accounts usable again; return how many were. They count as used from now on."""
    stored = {user.username: user for user in stored_accounts() if user.username in usernames and not user.is_active}
    changed = changes([replace(facts_of(user), is_active=True) for user in stored.values()], stored)
    apply(changed=changed, by=by, address=address)
    return len(changed)


def _write(change: AccountChange, by: User, address: str | None) -> Slip | None:
    """Write one change; return the slip of an account that was opened."""
    facts = change.facts
    fields = {name: getattr(facts, name) for name in ("agency", *TEXTS)}
    if change.user is None:
        user = User(username=facts.username, **fields)
        return open_account(user=user, roles=[Role(role) for role in sorted(facts.roles)], by=by, address=address)
    user = change.user
    for name, value in fields.items():
        setattr(user, name, value)
    if facts.is_active and not user.is_active:
        user.enable()
    user.is_active = facts.is_active
    user.save(update_fields=[*fields, "is_active", "enabled_at", "unused_told_at"])
    if user.roles != facts.roles:
        set_roles(user=user, roles=sorted(facts.roles))
    audit(
        by=by,
        act=RowAct.CHANGE,
        object_type=str(User._meta.verbose_name),
        label=user.username,
        address=address,
        changes={title: [before, after] for title, before, after in change.cells},
    )
    return None
