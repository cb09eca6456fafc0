"""The notification of the agencies that report a target whose definition was changed."""

from decimal import Decimal

from agencies.models import User
from core import clock, formatting
from core.notifications.events import Event, Group, register
from core.notifications.services import notify
from indicators.models import TargetDefinition

DEFINITIONS = Group("definitions", "Ngưỡng, định nghĩa của chỉ tiêu được đổi", 8)
REDEFINED = register(Event("target_redefined", "Định nghĩa của chỉ tiêu được đổi", DEFINITIONS, icon="pen"))


def redefined(definition: TargetDefinition, *, moves_threshold: bool, by: User) -> None:
    """Notify the focal points of the agencies that report the target today that it has a new definition.

    moves_threshold: whether the threshold or its comparator is another than before. Three queries.
    """
    target, content = definition.target, definition.content
    lines = [f"{target.label}."]
    if moves_threshold:
        reach = content["threshold"]
        threshold = reach and formatting.threshold(Decimal(reach), target.unit, content["comparator"], in_words=True)
        lines.append(f"Ngưỡng mới: {threshold or 'không đặt'}.")
    lines.append(f"Lý do: {definition.reason}")
    lines.append(
        f"Tính từ kỳ tháng {target.plan.month_label(definition.first_period)}. "
        "Số liệu đã nhập giữ nguyên, không phải nhập lại."
    )
    agencies = target.assignments.in_force(clock.today()).values_list("agency", flat=True)
    notify(
        people=User.objects.focal_points_of(*agencies),
        event=REDEFINED,
        key=f"definition:{definition.pk}",
        title=f"{'Ngưỡng' if moves_threshold else 'Định nghĩa'} của chỉ tiêu {target.code} đã đổi",
        text="\n".join(lines),
        url=f"{target.get_absolute_url()}?{target.plan.query}#dinh-nghia",
        by=by,
    )
