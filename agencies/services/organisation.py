"""Writes on agencies and accounts that matter, and the line that each act leaves in the log."""

import datetime as dt

from django.db import transaction

from agencies.audit_acts import OrganisationAct
from agencies.models import EVER, Agency, AgencyName, Placement
from core import clock
from core.audit.services import audit


@transaction.atomic
def set_parent(*, agency: Agency, parent: Agency | None, from_day: dt.date | None = None) -> Placement:
    """Hang an agency in the tree from a day on (from ever, by default), until its next placement. Its parent follows when
    the day has come (`follow_placements`)."""
    day = from_day or EVER
    placement, _ = Placement.objects.update_or_create(agency=agency, first_day=day, defaults={"parent": parent})
    _hang(agency)
    return placement


@transaction.atomic
def remove_parent(placement: Placement) -> None:
    """Let an agency hang where it hung before, as if it had not been placed that day."""
    placement.delete()
    _hang(placement.agency)


def _hang(agency):
    """Its parent is that of today."""
    then = Agency.objects.placed(clock.today()).get(pk=agency.pk).parent_as_of
    if then is not None:
        # An agency that is yet to be placed keeps what it was made with.
        agency.parent_id = then
        agency.save(update_fields=["parent"])


@transaction.atomic
def rename(*, agency: Agency, name: str, short_name: str, from_day: dt.date) -> AgencyName:
    """Give an agency another name from a day on; what it was called before stays for earlier days. The name that pages of
    today show follows when the day has come (`follow_placements`). The old one is found by search."""
    AgencyName.objects.get_or_create(
        agency=agency, first_day=EVER, defaults={"name": agency.name, "short_name": agency.short_name}
    )
    row, _ = AgencyName.objects.update_or_create(
        agency=agency, first_day=from_day, defaults={"name": name, "short_name": short_name}
    )
    known = agency.aliases.split("|") if agency.aliases else []
    agency.aliases = "|".join([*known, *(old for old in [agency.name, agency.short_name] if old not in known)])
    now = Agency.objects.named(clock.today()).get(pk=agency.pk)
    agency.name, agency.short_name = now.name_as_of, now.short_name_as_of
    agency.save(update_fields=["name", "short_name", "aliases"])
    return row


@transaction.atomic
def follow_placements() -> int:
    """An agency that hangs elsewhere, or is called otherwise, from today on is read and reviewed so. Roll-ups read the dated
    tree and need no such step. Returns how many changed; that they did stands in the log."""
    changed = []
    for agency in Agency.objects.placed(clock.today()).named(clock.today()):
        now = (agency.parent_as_of or agency.parent_id, agency.name_as_of, agency.short_name_as_of)
        if now != (agency.parent_id, agency.name, agency.short_name):
            agency.parent_id, agency.name, agency.short_name = now
            agency.save(update_fields=["parent", "name", "short_name"])
            changed.append(agency.code)
    if changed:
        audit(by=None, act=OrganisationAct.APPLY_CHANGES, label=f"{len(changed)} đơn vị", agencies=changed)
    return len(changed)
