"""All accounts with their state, and those whose owners sleep: never signed in, no figure entered, left."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from agencies.models import User
from agencies.roles import Role
from agencies.services.account_changes import role_words, stored_accounts
from agencies.services.accounts import locked_names
from core import clock, formatting
from indicators.models import Actual, Assignment, ReportingPeriod

# The closed periods without any figure after which the owner of an account sleeps.
SILENT_PERIODS = 2
# Closed periods that are looked back on: those of two years.
MOST_PERIODS = 24


class Sleep(StrEnum):
    """Reasons for which an account needs a look, by their codes in the page's address."""

    NEVER = "chua-dang-nhap"
    SILENT = "khong-nhap"
    LEFT = "da-ket-thuc"

    @property
    def reason(self) -> str:
        """The reason in words."""
        return {
            Sleep.NEVER: "Chưa đăng nhập lần nào",
            Sleep.SILENT: f"Không có số liệu nào trong {SILENT_PERIODS} kỳ đã đóng gần nhất phải báo cáo",
            Sleep.LEFT: "Đơn vị đã kết thúc",
        }[self]


@dataclass(frozen=True)
class AccountRow:
    """An account. sleep: the reason for which it needs a look; None where it needs none. is_locked: nobody can sign in with it
    now, after failed logins."""

    user: User
    sleep: Sleep | None
    is_locked: bool

    @property
    def agency_name(self) -> str:
        """The name of its agency; empty without one."""
        return self.user.agency.full_name if self.user.agency else ""

    @property
    def role_words(self) -> str:
        """Its roles as people read them."""
        return role_words(self.user.roles)

    @property
    def state(self) -> str:
        """Its state in words: usable, waiting with a code, locked, disabled."""
        user, last_day = self.user, self.user.code_last_day
        if not user.is_active:
            return "Đã ngừng"
        if self.is_locked:
            return "Bị khóa vì nhập sai mật khẩu"
        if last_day is not None:
            if user.code_used_at is not None:
                return "Đã dùng mã, chưa đặt mật khẩu"
            ended = last_day < clock.today()
            return f"Mã hết hạn từ {formatting.date(last_day)}" if ended else f"Mã dùng đến {formatting.date(last_day)}"
        if not user.has_usable_password():
            return "Chưa có mật khẩu"
        return "Chưa đổi mật khẩu được cấp" if user.must_change_password else "Đang dùng"

    @property
    def last_seen(self) -> str:
        """The moment of the last sign-in in words."""
        return formatting.datetime(self.user.last_login) if self.user.last_login else "Chưa lần nào"

    @property
    def advice(self) -> str:
        """The thing to do about it; empty where there is none."""
        if self.is_locked and self.sleep is not Sleep.LEFT:
            return "Hỏi có đúng người dùng nhập sai không, rồi mở khóa."
        if self.sleep is Sleep.NEVER:
            last_day = self.user.code_last_day
            if last_day is not None and self.user.code_used_at is None and last_day >= clock.today():
                return "Nhắc đăng nhập bằng mã trên phiếu."
            return "Cấp mã mới, đưa phiếu tận tay."
        if self.sleep is Sleep.SILENT:
            return "Gọi hỏi; quên mật khẩu thì cấp mã mới, nghỉ việc thì ngừng tài khoản."
        if self.sleep is Sleep.LEFT:
            return "Ngừng tài khoản, hoặc chuyển sang đơn vị tiếp nhận."
        return ""


def account_rows() -> list[AccountRow]:
    """Return all accounts, in the plan's order. Five queries, and one for each closed period looked back on, usually two."""
    today, users, locked = clock.today(), stored_accounts(), locked_names()
    ended = {user.pk for user in users if user.agency and user.agency.last_day and user.agency.last_day < today}
    focal = {
        user.agency_id
        for user in users
        if user.is_active and user.last_login and user.pk not in ended and user.holds(Role.FOCAL) and user.agency_id
    }
    silent = _silent_agencies(focal)
    rows = []
    for user in users:
        sleep = None
        if user.is_active and user.pk in ended:
            sleep = Sleep.LEFT
        elif user.is_active and user.last_login is None:
            sleep = Sleep.NEVER
        elif user.is_active and user.holds(Role.FOCAL) and user.agency_id in silent:
            sleep = Sleep.SILENT
        rows.append(AccountRow(user, sleep, user.is_active and user.username in locked))
    return rows


def _silent_agencies(agencies: Collection[int | None]) -> set[int]:
    """Return those of the agencies that entered no figure in any of the last closed periods in which one was due from them, where
    there were enough such periods."""
    if not agencies:
        return set()
    closed = ReportingPeriod.objects.started().filter(closes_on__lt=clock.today()).select_related("plan")
    owed: defaultdict[int, list[int]] = defaultdict(list)
    waiting = set(agencies)
    for period in closed.order_by("-window_last")[:MOST_PERIODS]:
        due = Assignment.objects.due_in(period).filter(agency__in=waiting)
        for agency in due.order_by().values_list("agency", flat=True).distinct():
            owed[agency].append(period.pk)
            if len(owed[agency]) == SILENT_PERIODS:
                waiting.discard(agency)
        if not waiting:
            break
    enough = {agency: periods for agency, periods in owed.items() if len(periods) == SILENT_PERIODS}
    entered = Actual.objects.filter(
        submission__agency__in=enough, submission__period__in={period for each in enough.values() for period in each}
    )
    pairs = set(entered.order_by().values_list("submission__agency", "submission__period").distinct())
    return {agency for agency, periods in enough.items() if pairs.isdisjoint((agency, each) for each in periods)}


def sleeping(rows: Collection[AccountRow]) -> dict[Sleep, list[AccountRow]]:
    """Return the rows that need a look, by reason."""
    return {sleep: [row for row in rows if row.sleep is sleep] for sleep in Sleep}
