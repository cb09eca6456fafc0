"""Notifications about a person's own account; each is sent by the service of the act, in its transaction."""

import secrets

from django.urls import reverse

from agencies.models import User
from core.notifications.events import Event, Group, register
from core.notifications.services import notify

OWN_ACCOUNT = Group("account", "Tài khoản của mình", 13)
SECOND_FACTOR = register(
    Event("second_factor", "Mã xác thực của tài khoản thay đổi", OWN_ACCOUNT, urgent=True, icon="lock")
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
