"""Notifications about connections of other systems; each is sent by the service of the act, in its transaction."""

from django.urls import reverse

from agencies.models import User
from core import clock, formatting
from core.notifications.events import Event, Group, register
from core.notifications.services import notify
from exchange.models import DECIDERS, ConnectedSystem, Delivery, SystemState

CONNECTIONS = Group("connections", "Kết nối hệ thống khác", 9)
ASKED = register(Event("system_asked", "Đề nghị kết nối hệ thống", CONNECTIONS, urgent=True, icon="pen"))
DECIDED = register(Event("system_decided", "Trả lời đề nghị kết nối", CONNECTIONS, urgent=True, icon="check"))

GIVEN_UP = register(Event("delivery_given_up", "Thôi gửi sự kiện", CONNECTIONS, icon="x"))


def asked(system: ConnectedSystem, *, by: User) -> None:
    """Tell those who decide that somebody asks to connect a system."""
    notify(
        people=User.objects.filter(is_active=True, user_roles__role__in=DECIDERS).distinct(),
        event=ASKED,
        key=f"system_asked:{system.pk}",
        title=f"Đề nghị kết nối hệ thống “{system.name}”"[:200],
        text=f"{by} đề nghị: {system.get_right_display().lower()}. Mục đích: {system.purpose}",
        url=reverse("connected_system", args=[system.pk]),
        by=by,
    )


def decided(system: ConnectedSystem, *, by: User) -> None:
    """Tell the owner of a connection that it was granted or refused."""
    granted = system.state == SystemState.GRANTED
    until = f" đến hết ngày {formatting.date(system.expires_on)}" if granted else ""
    answer = "được cho phép" if granted else "bị từ chối"
    notify(
        people=User.objects.filter(pk=system.owner_id),
        event=DECIDED,
        key=f"system_decided:{system.pk}",
        title=f"Kết nối hệ thống “{system.name}” {answer}{until}"[:200],
        text=system.reason or "Mở trang kết nối để tạo khóa.",
        url=reverse("connected_system", args=[system.pk]),
        by=by,
    )


def given_up(delivery: Delivery) -> None:
    """Tell the owner of a webhook that its receiver took no event for days: once a day, however many."""
    system = delivery.webhook.system
    notify(
        people=User.objects.filter(pk=system.owner_id),
        event=GIVEN_UP,
        key=f"delivery_given_up:{system.pk}:{clock.today():%Y-%m-%d}",
        title=f"Hệ thống “{system.name}” không nhận sự kiện"[:200],
        text=f"{delivery.error} Sau {delivery.attempts} lần gửi, sự kiện này không được gửi nữa.",
        url=reverse("webhook_deliveries", args=[system.pk]),
    )
