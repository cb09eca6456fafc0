"""The tree of agencies out of the fixtures. Only what is missing is made: what people changed since stays changed."""

from django.db import transaction

from agencies.models import Agency
from agencies.services.organisation import set_parent


@transaction.atomic
def load_agencies(rows) -> int:
    """Make the agencies of `fixtures/<year>/agencies.csv` (columns code, name, short_name, level, parent, gso_code,
    aliases; parents before children) that are not there yet; returns how many were made."""
    known = {agency.code: agency for agency in Agency.objects.all()}
    made = 0
    for position, row in enumerate(rows, start=1):
        if row["code"] in known:
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
        )
        set_parent(agency=agency, parent=parent)
        known[agency.code] = agency
        made += 1
    return made
