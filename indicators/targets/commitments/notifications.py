"""The notification of an agency to which a commitment of the plan was assigned."""

from collections.abc import Collection

from django.urls import reverse

from agencies.models import User
from core import formatting
from core.notifications.events import Event, Group, register
from core.notifications.services import notify
from indicators.models import Commitment

COMMITMENTS = Group("commitments", "Cam kết của kế hoạch được phân công", 7)
ASSIGNED = register(Event("commitment_assigned", "Được phân công cam kết", COMMITMENTS, icon="pen"))


def assigned(commitment: Commitment, agencies: Collection[int], *, by: User) -> None:
    """Notify the focal points of the agencies that lead a commitment since it was assigned."""
    due = f" Hạn: {formatting.date(commitment.due)}." if commitment.due else ""
    notify(
        people=User.objects.focal_points_of(*agencies).distinct(),
        event=ASSIGNED,
        key=f"commitment:{commitment.pk}:{commitment.revision}",
        title=f"Đơn vị được phân công cam kết {commitment.number} của kế hoạch",
        text=f"{commitment.text}.{due}\nCăn cứ: {commitment.ground}",
        url=f"{reverse('commitments')}#cam-ket-{commitment.number}",
        by=by,
    )
