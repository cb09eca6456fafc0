"""Writes on the tree of agencies: parents, names, and their taking effect on the day."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from agencies.audit_acts import OrganisationAct
from agencies.matching import spelled
from agencies.models import EVER, MAP_COLUMNS, MAP_ROWS, Agency, AgencyName, Placement, RememberedName, User
from core import clock, texts
from core.audit.services import audit
from core.installation.changes import apply_due

# A place on the tile map: row and column, from 1.
Cell = tuple[int, int]


@transaction.atomic
def set_parent(*, agency: Agency, parent: Agency | None, from_day: dt.date | None = None) -> Placement:
    """Set an agency's parent from a day on (None: from always), until its next placement. `Agency.parent` follows on that day
    (`follow_placements`)."""
    day = from_day or EVER
    placement, _ = Placement.objects.update_or_create(agency=agency, first_day=day, defaults={"parent": parent})
    _set_todays_parent(agency)
    return placement


@transaction.atomic
def remove_parent(placement: Placement) -> None:
    """Remove a placement: the agency has its earlier parent again."""
    placement.delete()
    _set_todays_parent(placement.agency)


def _set_todays_parent(agency: Agency) -> None:
    """Store the parent of today in `Agency.parent`."""
    then = Agency.objects.placed(clock.today()).get(pk=agency.pk).parent_as_of
    if then is not None:
        # An agency without a placement yet keeps the parent that it was created with.
        agency.parent_id = then
        agency.save(update_fields=["parent"])


@transaction.atomic
def rename(*, agency: Agency, name: str, short_name: str, from_day: dt.date) -> AgencyName:
    """Give an agency another name from a day on; earlier days keep the earlier name. `Agency.name` follows on that day
    (`follow_placements`). Search still finds the old name."""
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
    """Store parents and names that take effect today in the agencies' own rows, and the province's own, with a line in the log.
    Roll-ups read the dated tree and need no such step. Returns how many agencies changed."""
    for province in apply_due(clock.today()):
        audit(by=None, act=OrganisationAct.APPLY_CHANGES, label=province)
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


@transaction.atomic
def enter_agency(agency: Agency) -> Agency:
    """Store a new agency, with its parent from always, or corrected facts of one that has no past yet."""
    is_new = agency.pk is None
    agency.save()
    if is_new:
        Placement.objects.create(agency=agency, parent=agency.parent, first_day=EVER)
    else:
        set_parent(agency=agency, parent=agency.parent)
    return agency


class BadMap(Exception):
    """Refusal of places on the map. problems: what is wrong, by the code of the agency."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("Bản đồ chưa lưu được.")
        self.problems = dict(problems)


def map_problems(places: Mapping[str, Cell | None]) -> dict[str, str]:
    """Return what is wrong with places on the map, by code: outside it, or on another one's cell."""
    taken: dict[Cell, str] = {}
    problems = {}
    for code, cell in places.items():
        if cell is None:
            continue
        if not (1 <= cell[0] <= MAP_ROWS and 1 <= cell[1] <= MAP_COLUMNS):
            problems[code] = f"Hàng từ 1 đến {MAP_ROWS}, cột từ 1 đến {MAP_COLUMNS}."
        elif cell in taken:
            problems[code] = f"Ô hàng {cell[0]}, cột {cell[1]} đã có nơi khác."
        else:
            taken[cell] = code
    return problems


@transaction.atomic
def place_on_map(*, places: Mapping[str, Cell | None], by: User, address: str | None = None) -> int:
    """Store the cells (row, column) of agencies on the tile map, by code; None for no place of its own. Return how many changed.
    Raises BadMap."""
    problems = map_problems(places)
    if problems:
        raise BadMap(problems)
    changes = {}
    for agency in Agency.objects.select_for_update(of=("self",)).filter(code__in=list(places)).order_by("pk"):
        before, after = (agency.map_row, agency.map_column), places[agency.code] or (None, None)
        if before != after:
            agency.map_row, agency.map_column = after
            agency.save(update_fields=["map_row", "map_column"])
            changes[agency.code] = [before, after]
    if changes:
        label = f"{len(changes)} nơi trên bản đồ"
        audit(by=by, act=OrganisationAct.PLACE_ON_MAP, label=label, address=address, places=changes)
    return len(changes)


@transaction.atomic
def remember_name(*, name: str, agency: Agency, by: User, address: str | None = None) -> RememberedName:
    """Let a name mean an agency in every file from now on, whatever it meant before."""
    name = texts.line(name)[:200]
    remembered, _ = RememberedName.objects.update_or_create(
        spelling=spelled(name), defaults={"name": name, "agency": agency, "remembered_at": clock.now()}
    )
    audit(by=by, act=OrganisationAct.REMEMBER_NAME, label=name, address=address, agency=agency.code)
    return remembered


@transaction.atomic
def forget_name(*, remembered: RememberedName, by: User, address: str | None = None) -> None:
    """Let a name mean nothing any more beside the names that agencies bear."""
    audit(by=by, act=OrganisationAct.FORGET_NAME, label=remembered.name, address=address, agency=remembered.agency.code)
    remembered.delete()
