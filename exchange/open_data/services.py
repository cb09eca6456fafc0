"""Opening the published figures of a plan to everybody, and closing them."""

from django.db import transaction

from agencies.models import User
from core import clock
from core.audit.services import audit
from exchange.audit_acts import OpenDataAct
from exchange.models import OpenPlan
from indicators.errors import ActionNotAllowed
from indicators.models import DEFINERS, Plan


def may_open(user: User) -> bool:
    """Return whether a user may open figures to everybody: the standing agency and administrators."""
    return user.is_active and user.holds(*DEFINERS)


@transaction.atomic
def open_plan(*, plan: Plan, by: User, address: str | None = None) -> None:
    """Open the published figures of a plan to everybody. Raises ActionNotAllowed without a right and for a draft."""
    _check(by)
    if plan.is_draft:
        raise ActionNotAllowed("Kế hoạch còn là dự thảo nên chưa công khai được.")
    _, is_new = OpenPlan.objects.get_or_create(plan=plan, defaults={"opened_at": clock.now(), "opened_by": by})
    if is_new:
        audit(by=by, act=OpenDataAct.OPEN, label=plan.title, address=address, plan=plan.pk)


@transaction.atomic
def close_plan(*, plan: Plan, by: User, address: str | None = None) -> None:
    """Close the figures of a plan again; what was taken meanwhile stays with those who took it. Raises ActionNotAllowed."""
    _check(by)
    closed, _ = OpenPlan.objects.filter(plan=plan).delete()
    if closed:
        audit(by=by, act=OpenDataAct.CLOSE, label=plan.title, address=address, plan=plan.pk)


def _check(by: User) -> None:
    if not may_open(by):
        raise ActionNotAllowed("Chỉ cơ quan thường trực và quản trị công khai số liệu. Không có gì thay đổi.")
