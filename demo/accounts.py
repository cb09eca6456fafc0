"""Accounts of the illustrative year: three for the province, one focal point for every agency, named by its code.

They share one password (and one hash: 270 of them would take minutes) and cannot exist in production.
"""

import datetime as dt
import os
import secrets
from collections.abc import Collection
from random import Random

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import PROTECT

from agencies.models import Agency, Level, User, UserRole
from agencies.roles import Role
from core import clock
from core.jobs.models import Job

PASSWORD_FILE = settings.BASE_DIR / "var" / "demo_password"
SYLLABLES = "bac cau dong gio hai hoa lua mai mua nam nui que rung sen song sao suoi tre thu xanh xuan vai"

# username, full name, position, agency, roles
OFFICES = (
    ("quantri", "Nguyễn Đức Anh", "Quản trị hệ thống", "stttt", (Role.ADMIN,)),
    (
        "sotttt",
        "Vũ Thị Thanh Hà",
        "Phó Trưởng phòng Công nghệ thông tin",
        "stttt",
        (Role.STANDING, Role.LEAD, Role.FOCAL),
    ),
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
    """DEMO_PASSWORD; else the one that this machine made up before, or makes up now and keeps for its owner alone."""
    if settings.DEMO_PASSWORD:
        return settings.DEMO_PASSWORD
    if not PASSWORD_FILE.exists():
        made = "-".join([*(secrets.choice(SYLLABLES.split()) for _ in range(4)), f"{secrets.randbelow(10_000):04}"])
        PASSWORD_FILE.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(PASSWORD_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(made)
    return PASSWORD_FILE.read_text().strip()


def taken_usernames() -> list[str]:
    """Names of demo accounts that real people already have."""
    names = {row[0] for row in OFFICES} | set(Agency.objects.values_list("code", flat=True))
    return sorted(User.objects.filter(username__in=names, is_demo=False).values_list("username", flat=True))


def make_accounts(*, seed: int, leads: Collection[str]) -> int:
    """Make the accounts that are missing; returns how many. `leads`: codes of agencies that lead an indicator."""
    present = set(User.objects.filter(is_demo=True).values_list("username", flat=True))
    agencies = {agency.code: agency for agency in Agency.objects.in_order()}
    wanted = [row for row in OFFICES if row[0] not in present]
    for code, agency in agencies.items():
        if agency.level == Level.PROVINCE or code in present:
            continue
        roles = [Role.FOCAL]
        if agency.level == Level.DISTRICT:
            roles.append(Role.REVIEWER)
        if code in leads:
            roles.append(Role.LEAD)
        rng = Random(f"{seed}|tài khoản|{code}")
        wanted.append((code, _full_name(rng), rng.choice(POSITIONS[agency.level]), code, roles))
    if not wanted:
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
        for username, name, position, code, roles in wanted
    )
    UserRole.objects.bulk_create(
        UserRole(user=user, role=role) for user, row in zip(users, wanted, strict=True) for role in row[4]
    )
    return len(users)


def follow_password() -> bool:
    """Give all demo accounts the password of now, where `quantri` has another one; returns whether it changed."""
    administrator = User.objects.filter(is_demo=True, username="quantri").first()
    if administrator is None or check_password(password(), administrator.password):
        return False
    User.objects.filter(is_demo=True).update(password=make_password(password()))
    return True


def remove_accounts() -> int:
    """Remove all demo accounts with what they asked to be made; their lines in the log keep account and name. Returns how many
    accounts went.

    One that somebody tried out in another, real year is named by what is the province's own: it stays, as an account that
    was closed."""
    accounts = User.objects.filter(is_demo=True)
    count = accounts.count()
    Job.objects.filter(owner__in=accounts).delete()
    named = _named(accounts)
    UserRole.objects.filter(user__in=named).delete()
    User.objects.filter(pk__in=named).update(
        is_demo=False, is_active=False, is_staff=False, is_superuser=False, password=make_password(None)
    )
    accounts.delete()
    return count


def _named(accounts):
    """Those of the accounts that something names and needs: it cannot be without them."""
    found = set()
    for relation in User._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and relation.on_delete is PROTECT:
            rows = relation.related_model.objects.filter(**{f"{relation.field.name}__in": accounts})
            found.update(rows.values_list(relation.field.attname, flat=True))
    return found


def _full_name(rng):
    middles, givens = rng.choice((WOMEN, MEN))
    return f"{rng.choice(FAMILY_NAMES.split())} {rng.choice(middles)} {rng.choice(givens.split())}"
