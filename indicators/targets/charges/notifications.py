"""The notification of an agency that is reminded in the name of a charge."""

from django.urls import reverse

from agencies.models import User
from core.notifications.events import Event, Group, register
from core.notifications.services import notify
from indicators.models import Charge, ReportingPeriod
from indicators.rules.calendar import PeriodState
from indicators.targets.charges.queries import BehindAgency

CHARGES = Group("charges", "Đôn đốc của cơ quan theo dõi", 6)
REMINDED = register(Event("charge_reminded", "Được đôn đốc", CHARGES, urgent=True, icon="clock", tone="behind"))


def reminded(charge: Charge, period: ReportingPeriod, behind: BehindAgency, *, by: User) -> int:
    """Notify an agency's focal points that it is behind; return their number."""
    people = User.objects.focal_points_of(behind.agency).distinct()
    lines = [f"Chưa báo cáo: {target.code} {target.label}." for target in behind.unreported]
    for each in behind.under:
        figure = f"{each.value_words}{each.remark}, cần {each.required_words}"
        lines.append(f"Dưới mức cần đạt: {each.target.code} {each.target.label}, {figure}.")
    is_open = period.state() == PeriodState.OPEN and behind.unreported
    notify(
        people=people,
        event=REMINDED,
        key=f"charge:{charge.pk}:{period.pk}:{behind.agency.pk}",
        title=f"{charge.agency.name} đôn đốc {behind.count} chỉ tiêu, {period}",
        text="\n".join([*lines, f"Căn cứ: {charge.legal_ground}."]),
        url=reverse("entry", args=[period.code]) if is_open else f"{behind.agency.get_absolute_url()}?ky={period.code}",
        by=by,
    )
    return people.exclude(pk=by.pk).count()
