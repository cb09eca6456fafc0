"""Notifications about a person's own account; each is sent by the service of the act, in its transaction."""

import datetime as dt
import secrets
from collections.abc import Sequence

from django.urls import reverse

from agencies.models import User
from agencies.roles import Role
from core import clock, formatting
from core.notifications.events import Event, Group, register
from core.notifications.services import notify

OWN_ACCOUNT = Group("account", "Tài khoản của mình", 13)
SECOND_FACTOR = register(
    Event("second_factor", "Mã xác thực của tài khoản thay đổi", OWN_ACCOUNT, urgent=True, icon="lock")
)
UNUSED = register(
    Event("account_unused", "Tài khoản lâu không dùng sắp bị ngừng", OWN_ACCOUNT, urgent=True, icon="clock")
)
DISABLED_UNUSED = register(
    Event("accounts_disabled", "Tài khoản lâu không dùng đã bị ngừng", OWN_ACCOUNT, icon="clock")
)


def unused(user: User, *, on: dt.datetime) -> None:
    """Tell the owner of an account that nobody has used it for long, and the day on which it is disabled."""
    day = formatting.date(on.astimezone(clock.VIETNAM).date())
    notify(
        people=[user],
        event=UNUSED,
        key=f"account_unused:{user.pk}:{on:%Y-%m-%d}",
        title=f"Tài khoản {user.username} lâu không dùng, sẽ bị ngừng từ ngày {day}",
        text="Còn dùng thì đăng nhập một lần trước ngày đó. Ngừng rồi thì quản trị mở lại được, không mất gì.",
        url=reverse("account"),
    )


def disabled_unused(usernames: Sequence[str]) -> None:
    """Tell the administration which accounts were disabled because nobody uses them."""
    notify(
        people=User.objects.filter(is_active=True, user_roles__role=Role.ADMIN),
        event=DISABLED_UNUSED,
        key=f"accounts_disabled:{secrets.token_hex(8)}",
        title=f"Đã ngừng {formatting.number(len(usernames))} tài khoản lâu không dùng",
        text=f"{', '.join(usernames)}. Mở lại ở danh sách tài khoản, mục Đã ngừng.",
        url="/tai-khoan/danh-sach/?xem=da-ngung",
    )


def second_factor_changed(user: User, title: str) -> None:
    """Tell the owner of an account that its second factor was changed or a recovery code used, whoever did it."""
    notify(
        people=[user],
        event=SECOND_FACTOR,
        key=f"second_factor:{user.pk}:{secrets.token_hex(8)}",
        title=title,
        text="Nếu không phải mình làm: đổi mật khẩu ngay và báo quản trị hệ thống.",
        url=reverse("second_factor"),
    )
