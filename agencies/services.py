"""Writes on agencies and accounts that matter, and the line that each act leaves in the log."""

import datetime as dt

from django.db import transaction

from agencies.models import Agency, AuditEntry, Placement, RoleGrant
from chuyendoiso import clock

# Before every plan: a placement with no known beginning holds from here on.
EVER = dt.date(1900, 1, 1)


def audit(*, by, act: str, label: str, address: str | None = None, **detail) -> AuditEntry:
    """Write one line of the log, in the caller's transaction: an act that cannot be logged does not happen."""
    return AuditEntry.objects.create(
        at=clock.now(),
        actor=by,
        actor_name=str(by) if by is not None else "hệ thống",
        address=address,
        act=act,
        object_label=label[:300],
        detail=detail,
    )


@transaction.atomic
def place(*, agency: Agency, parent: Agency | None, from_day: dt.date | None = None) -> Placement:
    """Hang an agency in the tree from a day on (from ever, by default). Its parent follows when the day has come."""
    day = from_day or EVER
    placement, _ = Placement.objects.update_or_create(agency=agency, first_day=day, defaults={"parent": parent})
    if day <= clock.today() and agency.parent_id != (parent.pk if parent else None):
        agency.parent = parent
        agency.save(update_fields=["parent"])
    return placement


@transaction.atomic
def grant(*, user, roles) -> None:
    """Give a person exactly these roles."""
    RoleGrant.objects.filter(user=user).exclude(role__in=roles).delete()
    for role in roles:
        RoleGrant.objects.get_or_create(user=user, role=role)
