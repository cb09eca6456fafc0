"""Import of the tree of agencies from the fixtures. Only missing agencies are created: later changes by people stay."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from agencies.models import Agency
from agencies.services.organisation import set_parent

# The columns of the place on the tile map.
PLACE = ("map_row", "map_column")


@transaction.atomic
def load_agencies(rows: Iterable[Mapping[str, str]]) -> int:
    """Create the missing agencies of `fixtures/<year>/agencies.csv` (columns code, name, short_name, level, parent, gso_code,
    aliases, and map_row, map_column where it has them; parents before children); return how many were created."""
    known = {agency.code: agency for agency in Agency.objects.all()}
    created = 0
    for position, row in enumerate(rows, start=1):
        place = {name: int(row[name]) for name in PLACE if row.get(name)}
        if row["code"] in known:
            if place and known[row["code"]].map_row is None:  # loaded before the map was part of the tree
                Agency.objects.filter(code=row["code"]).update(**place)
            continue
        parent = known[row["parent"]] if row["parent"] else None
        agency = Agency.objects.create(
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            level=row["level"],
            parent=parent,
            gso_code=row["gso_code"],
            aliases=row["aliases"],
            position=position,
            **place,
        )
        set_parent(agency=agency, parent=parent)
        known[agency.code] = agency
        created += 1
    return created
