"""The choice of the agencies that a call asks: by level, by district, by hand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from agencies.models import Agency, Level, User
from agencies.models.agency import AgencyQuerySet
from core import clock

# The province itself asks; it is never asked.
LEVELS = (Level.DEPARTMENT, Level.OTHER, Level.DISTRICT, Level.COMMUNE)


@dataclass(frozen=True)
class Audience:
    """The choice of agencies. levels: all of these levels; districts: all communes of these (codes); agencies: single ones
    (codes)."""

    levels: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Audience":
        """Read the choice as a call stores it."""
        return cls(*(tuple(stored.get(name, ())) for name in ("levels", "districts", "agencies")))

    @property
    def stored(self) -> dict[str, list[str]]:
        """The choice as a call stores it."""
        return {
            "levels": list(self.levels),
            "districts": list(self.districts),
            "agencies": list(self.agencies),
        }

    def members(self) -> list[Agency]:
        """Return the agencies that are in force today and asked, in the order of the tree. One query."""
        chosen = Q(level__in=self.levels) | Q(code__in=self.agencies)
        chosen |= Q(parent__code__in=self.districts, level=Level.COMMUNE)
        return list(choices().filter(chosen).select_related("parent"))


def choices() -> AgencyQuerySet:
    """The agencies that may be asked today."""
    agencies: AgencyQuerySet = Agency.objects.in_force(clock.today()).exclude(level=Level.PROVINCE).in_order()
    return agencies


def without_people(agencies: Iterable[Agency]) -> list[Agency]:
    """Return those of these agencies that have no focal point, to whom a call would reach nobody. One query."""
    listed = list(agencies)
    staffed = set(User.objects.focal_points_of(*listed).values_list("agency", flat=True))
    return [agency for agency in listed if agency.pk not in staffed]
