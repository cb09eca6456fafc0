"""Registry of the events of notifications. Each package registers its own, next to their texts, when it is imported; this module
knows none of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """A group of events that a person can have by mail or not. key: as stored and posted; label: its name on the page of
    preferences; place: its position there."""

    key: str
    label: str
    place: int


@dataclass(frozen=True)
class Event:
    """One kind of notification. key: as stored; label: its name; urgent: mailed at once, because a person waits for an answer or
    loses time, the others in the morning; icon, tone: its icon on the page and the icon's colour, that of a status."""

    key: str
    label: str
    group: Group
    urgent: bool = False
    icon: str = "info"
    tone: str = "tracked"


_events: dict[str, Event] = {}


def register(event: Event) -> Event:
    """Register an event and return it. Raises ValueError for a key that another one has."""
    if _events.setdefault(event.key, event) != event:
        raise ValueError(f"Two events have the key {event.key!r}.")
    return event


def event_of(key: str) -> Event | None:
    """Return the event of a stored key; None for one that is no longer registered."""
    return _events.get(key)


def groups() -> list[Group]:
    """Return all groups with events, in the order of the page of preferences."""
    return sorted({event.group for event in _events.values()}, key=lambda group: group.place)
