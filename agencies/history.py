"""What happened to agencies: begun, ended, renamed, moved, each on its day; and what they were on a day."""

import datetime as dt
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass

from agencies.models import EVER, Agency, AgencyName, Placement


class AsOf:
    """Names and places of agencies as they were on a day. One query, one more where some hung elsewhere then."""

    def __init__(self, day: dt.date):
        changed = Agency.objects.ever_changed().placed(day).named(day)
        self._then = {agency.pk: agency for agency in changed}
        self._moved = {
            agency.pk: agency.parent_then
            for agency in self._then.values()
            if agency.parent_then not in (None, agency.parent_id)
        }
        self._above = Agency.objects.in_bulk(set(self._moved.values())) if self._moved else {}

    def show(self, agencies: Iterable[Agency]) -> None:
        """Give agencies that were read to be shown, never to be saved, their names and places of then, and the same to
        the parents that came along."""
        for agency in agencies:
            self._name(agency)
            if agency.pk in self._moved:
                agency.parent = copy(self._above[self._moved[agency.pk]])
            if Agency.parent.is_cached(agency) and agency.parent is not None:
                self._name(agency.parent)

    def of(self, agency: Agency) -> Agency:
        """A copy of one as it was then; the agency itself stays what it is."""
        found = copy(agency)
        if Agency.parent.is_cached(agency) and agency.parent is not None:
            found.parent = copy(agency.parent)
        self.show([found])
        return found

    def _name(self, agency):
        then = self._then.get(agency.pk)
        if then is not None:
            agency.name, agency.short_name = then.name_then, then.short_name_then


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
        if before is not None and row.first_day > EVER:
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
