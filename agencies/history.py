"""What happened to agencies: begun, ended, renamed, moved, each on its day."""

import datetime as dt
from dataclasses import dataclass

from agencies.models import Agency, AgencyName, Placement

# Rows that hold from ever on are where an agency began, no change.
BEGINNING = dt.date(1900, 1, 1)


@dataclass(frozen=True)
class Change:
    """One change of an agency: the first day on which it holds (of an end: the last day), and what it is in Vietnamese."""

    agency: Agency
    day: dt.date
    words: str


def changes_of(agencies) -> list[Change]:
    """All changes of some agencies (a queryset), newest first. Three queries."""
    found = []
    for agency in agencies.select_related("parent"):
        if agency.first_day:
            found.append(Change(agency, agency.first_day, "Bắt đầu hoạt động"))
        if agency.last_day:
            found.append(Change(agency, agency.last_day, "Ngày hoạt động cuối cùng"))
    chosen = agencies.values("pk")
    named = {}
    for row in AgencyName.objects.filter(agency__in=chosen).select_related("agency__parent").order_by("first_day"):
        before = named.get(row.agency_id)
        if before is not None and row.first_day > BEGINNING:
            found.append(Change(row.agency, row.first_day, f"Đổi tên: {before.name} thành {row.name}"))
        named[row.agency_id] = row
    placed = {}
    places = Placement.objects.filter(agency__in=chosen).select_related("agency__parent", "parent")
    for row in places.order_by("first_day"):
        before = placed.get(row.agency_id)
        if before is not None and row.parent is not None:
            words = f"Chuyển từ {before.parent.name if before.parent else 'chưa trực thuộc'} về {row.parent.name}"
            found.append(Change(row.agency, row.first_day, words))
        placed[row.agency_id] = row
    return sorted(found, key=lambda change: (change.day, change.agency.position), reverse=True)


def recent_changes(most: int) -> list[Change]:
    """The latest changes of all agencies, those to come first."""
    return changes_of(Agency.objects.all())[:most]
