"""Accounts of the demonstration year: four for the province, and one focal point for every agency, named by its code.

They share one password (and one hash, because hashing 270 of them would take minutes) and cannot exist in production.
"""

import datetime as dt
import os
import secrets
from collections.abc import Collection
from random import Random

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import PROTECT, QuerySet
from django.db.models.fields.reverse_related import ForeignObjectRel

from agencies.models import Agency, Level, User, UserRole
from agencies.roles import Role
from core import clock
from core.jobs.models import Job

PASSWORD_FILE = settings.BASE_DIR / "var" / "demo_password"
SYLLABLES = "bac cau dong gio hai hoa lua mai mua nam nui que rung sen song sao suoi tre thu xanh xuan vai"

# The usernames, for the operator of a demonstration.
DESCRIPTION = "quantri, sotttt, sotttt2, lanhdao; đầu mối của mỗi cơ quan theo mã (h290, x10543…)"

# username, full name, position, agency, roles
OFFICES: tuple[tuple[str, str, str, str, tuple[Role, ...]], ...] = (
    ("quantri", "Nguyễn Đức Anh", "Quản trị hệ thống", "stttt", (Role.ADMIN,)),
    (
        "sotttt",
        "Vũ Thị Thanh Hà",
        "Phó Trưởng phòng Công nghệ thông tin",
        "stttt",
        (Role.STANDING, Role.LEAD, Role.FOCAL),
    ),
    # Approves what the standing agency reports itself: nobody approves a report of their own (decision 0210).
    ("sotttt2", "Phạm Minh Tuấn", "Trưởng phòng Công nghệ thông tin", "stttt", (Role.STANDING,)),
    ("lanhdao", "Đoàn Xuân Lâm", "Phó Chủ tịch UBND tỉnh", "ubnd-tinh", (Role.LEADER,)),
)
POSITIONS = {
    Level.DEPARTMENT: ("Phó Chánh Văn phòng", "Chuyên viên Văn phòng", "Chuyên viên phòng Kế hoạch - Tổng hợp"),
    Level.OTHER: ("Chuyên viên phòng Tổng hợp",),
    Level.DISTRICT: ("Phó Trưởng phòng Văn hóa và Thông tin", "Chuyên viên phòng Văn hóa và Thông tin"),
    Level.COMMUNE: ("Công chức Văn phòng - Thống kê", "Công chức Văn hóa - Xã hội"),
}
FAMILY_NAMES = "Nguyễn Nguyễn Nguyễn Nguyễn Trần Trần Lê Phạm Phạm Vũ Vũ Hoàng Bùi Đỗ Đặng Đoàn Lương Phùng Mạc Đào Cao"
WOMEN = (
    ("Thị", "Thị Thu", "Thị Thanh", "Thị Hồng", "Thị Minh", "Ngọc"),
    "Hoa Lan Hương Hạnh Hằng Thảo Trang Linh Nga Yến Dung Thủy Phương Mai Loan Huệ Nhung Oanh Thơm Bích",
)
MEN = (
    ("Văn", "Đức", "Quang", "Hữu", "Xuân", "Minh", "Đình", "Công"),
    "Hùng Dũng Tuấn Cường Hải Long Sơn Thắng Thành Trung Kiên Mạnh Quân Huy Nam Phong Toàn Tùng Vinh Khánh",
)
JOINED = dt.datetime(2023, 1, 9, 8, 0, tzinfo=clock.VIETNAM)


def password() -> str:
    """Return DEMO_PASSWORD; without it the password in this machine's file, which is made at the first call."""
    if settings.DEMO_PASSWORD:
        return settings.DEMO_PASSWORD
    if not PASSWORD_FILE.exists():
        new = "-".join([*(secrets.choice(SYLLABLES.split()) for _ in range(4)), f"{secrets.randbelow(10_000):04}"])
        PASSWORD_FILE.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(PASSWORD_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new)
    return PASSWORD_FILE.read_text().strip()


def taken_usernames() -> list[str]:
    """Return the names of demonstration accounts that real accounts already have."""
    names = {row[0] for row in OFFICES} | set(Agency.objects.values_list("code", flat=True))
    return sorted(User.objects.filter(username__in=names, is_demo=False).values_list("username", flat=True))


def make_accounts(*, seed: int, leads: Collection[str]) -> int:
    """Create the missing accounts; return how many. `leads`: codes of agencies that lead an indicator."""
    present = set(User.objects.filter(is_demo=True).values_list("username", flat=True))
    agencies = {agency.code: agency for agency in Agency.objects.in_order()}
    missing = [row for row in OFFICES if row[0] not in present]
    for code, agency in agencies.items():
        if agency.level == Level.PROVINCE or code in present:
            continue
        roles = [Role.FOCAL]
        if agency.level == Level.DISTRICT:
            roles.append(Role.REVIEWER)
        if code in leads:
            roles.append(Role.LEAD)
        rng = Random(f"{seed}|tài khoản|{code}")
        position = rng.choice(POSITIONS[Level(agency.level)])
        missing.append((code, _full_name(rng), position, code, tuple(roles)))
    if not missing:
        return 0
    hashed = make_password(password())
    users = User.objects.bulk_create(
        User(
            username=username,
            full_name=name,
            position=position,
            agency=agencies[code],
            password=hashed,
            is_demo=True,
            is_staff=Role.ADMIN in roles,
            is_superuser=Role.ADMIN in roles,
            date_joined=JOINED,
        )
        for username, name, position, code, roles in missing
    )
    UserRole.objects.bulk_create(
        UserRole(user=user, role=role) for user, row in zip(users, missing, strict=True) for role in row[4]
    )
    return len(users)


def follow_password() -> bool:
    """Give all demonstration accounts the current password, where `quantri` has another one; return whether it changed."""
    administrator = User.objects.filter(is_demo=True, username="quantri").first()
    if administrator is None or check_password(password(), administrator.password):
        return False
    User.objects.filter(is_demo=True).update(password=make_password(password()))
    return True


def remove_accounts() -> int:
    """Remove all demonstration accounts with their jobs; their lines in the log keep account and name. Returns how many were
    removed.

    An account that was used in a real year too is referred to by rows of the province's own: it stays, as a closed account."""
    accounts = User.objects.filter(is_demo=True)
    count = accounts.count()
    Job.objects.filter(owner__in=accounts).delete()
    referred_to = _referred_to(accounts)
    UserRole.objects.filter(user__in=referred_to).delete()
    User.objects.filter(pk__in=referred_to).update(
        is_demo=False, is_active=False, is_staff=False, is_superuser=False, password=make_password(None)
    )
    accounts.delete()
    return count


def _referred_to(accounts: QuerySet[User]) -> set[int]:
    """Return the ids of the accounts that protected rows refer to, so that they cannot be deleted."""
    referred_to: set[int] = set()
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.on_delete is PROTECT:
            model, field = relation.related_model, relation.field
            rows = model._default_manager.filter(**{f"{field.name}__in": accounts})
            referred_to.update(rows.values_list(field.attname, flat=True))
    return referred_to


def _full_name(rng: Random) -> str:
    middles, givens = rng.choice((WOMEN, MEN))
    return f"{rng.choice(FAMILY_NAMES.split())} {rng.choice(middles)} {rng.choice(givens.split())}"
