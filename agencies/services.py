"""Writes on agencies and accounts that matter, and the line that each act leaves in the log."""

import datetime as dt

from django.db import transaction

from agencies.models import Agency, AuditEntry, Placement, Role, RoleGrant
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
    """Hang an agency in the tree from a day on (from ever, by default), until its next placement. Its parent follows when
    the day has come (`agencies.tasks.follow_placements`)."""
    day = from_day or EVER
    placement, _ = Placement.objects.update_or_create(agency=agency, first_day=day, defaults={"parent": parent})
    agency.parent_id = Agency.objects.placed(clock.today()).get(pk=agency.pk).parent_then
    agency.save(update_fields=["parent"])
    return placement


@transaction.atomic
def grant(*, user, roles) -> None:
    """Give a person exactly these roles."""
    RoleGrant.objects.filter(user=user).exclude(role__in=roles).delete()
    for role in roles:
        RoleGrant.objects.get_or_create(user=user, role=role)
    follow_roles(user=user)


def follow_roles(*, user) -> None:
    """The role of administration opens /quan-tri/, and nothing else does: Django's own flags follow it."""
    user.is_staff = user.is_superuser = RoleGrant.objects.filter(user=user, role=Role.ADMIN).exists()
    user.save(update_fields=["is_staff", "is_superuser"])


@transaction.atomic
def change_own_password(*, user, password: str, address: str | None = None) -> None:
    """A person's new password, already checked; what was issued is changed with it. Other sessions die."""
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    audit(by=user, act="đổi mật khẩu", label=user.username, address=address)


@transaction.atomic
def issue_password(*, user, password: str, by, address: str | None = None) -> None:
    """A password that somebody else knows: it must be changed before anything else is done. All sessions die."""
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    audit(by=by, act="cấp mật khẩu", label=user.username, address=address)
