"""Notifications about the system itself, for its administrators."""

from collections.abc import Iterable

from django.urls import reverse

from agencies.models import User
from chuyendoiso.system_state import StateLine
from core.notifications.events import Event, Group, register
from core.notifications.services import notify

SYSTEM = Group("system", "Sự cố của hệ thống", 12)
INCIDENT = register(Event("incident", "Sự cố bắt đầu, đã hết", SYSTEM, urgent=True, icon="info", tone="at_risk"))


def incident(people: Iterable[User], entry: int, line: StateLine, *, has_ended: bool) -> None:
    """Tell people that a part of the system needs a hand, or that it is well again. entry: id of the line in the audit log."""
    notify(
        people=people,
        event=INCIDENT,
        key=f"incident:{entry}",
        title=f"{'Đã hết sự cố' if has_ended else 'Sự cố'}: {line.title}",
        text="\n".join(part for part in (line.state, line.advice, line.command) if part),
        url=reverse("system_state"),
    )
