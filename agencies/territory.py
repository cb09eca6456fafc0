"""The territory: the areas directly below a node of the tree on a day, and the words for them.

Communes hang under a district, or under the province itself where there are no districts (since 1 July 2025). Every page asks
here for what is below a node, and none names a level that its tree has not.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from agencies.models import Level

# The levels of areas below the province.
AREAS = (Level.DISTRICT, Level.COMMUNE)
# The kinds of areas in the order in which the words name them; an area's name begins with its own.
KINDS = ("huyện", "quận", "thị xã", "thành phố", "xã", "phường", "thị trấn", "đặc khu")
# The words for areas whose names tell no kind.
USUAL_KINDS = {Level.DISTRICT: ("huyện", "thị xã", "thành phố"), Level.COMMUNE: ("xã", "phường", "thị trấn")}


class Named(Protocol):
    """An agency with its name and level."""

    @property
    def name(self) -> str: ...
    @property
    def level(self) -> str: ...


class Placed(Named, Protocol):
    """An agency as it was placed on a day: its parent's key, and whether it existed then."""

    @property
    def pk(self) -> int: ...
    @property
    def parent_id(self) -> int | None: ...
    @property
    def in_force(self) -> bool: ...


P = TypeVar("P", bound=Placed)


def children(agencies: Iterable[P], node: int | None) -> list[P]:
    """Return the areas directly below a node (its key), of agencies that were read as of a day: its districts, and the communes
    that hang under it without a district. None has none."""
    if node is None:
        return []
    return [agency for agency in agencies if agency.parent_id == node and agency.level in AREAS and agency.in_force]


def has_districts(agencies: Iterable[Placed]) -> bool:
    """Return whether a tree has districts on the day that it was read of."""
    return any(agency.level == Level.DISTRICT and agency.in_force for agency in agencies)


def kind_of(name: str) -> str:
    """Return the kind that an area's name begins with: `thị xã` of `UBND thị xã Kim Sơn`; empty where it tells none."""
    bare = name.removeprefix("UBND ").lower()
    return next((kind for kind in KINDS if bare.startswith(f"{kind} ")), "")


def words(areas: Iterable[Named]) -> str:
    """Return the words for some areas, each kind that is among them: `huyện, thị xã, thành phố`, `xã, phường`."""
    kinds: set[str] = set()
    for area in areas:
        kind = kind_of(area.name)
        kinds.update([kind] if kind else USUAL_KINDS[Level(area.level)])
    return ", ".join(kind for kind in KINDS if kind in kinds)


def place_name(short_name: str, level: str, above: str | None, level_above: str | None) -> str:
    """Return the short name, a commune's with its district's (`Agency.place_name`)."""
    return f"{short_name}, {above}" if level == Level.COMMUNE and level_above == Level.DISTRICT else short_name
