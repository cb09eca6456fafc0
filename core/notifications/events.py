"""The events that people are told of. Each package registers its own, beside their words, as it is imported; nothing about
them is known here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Events that a person can have by mail or not, together. key: as stored and posted; label: its name on the page of
    preferences; place: where it stands there."""

    key: str
    label: str
    place: int


@dataclass(frozen=True)
class Event:
    """One sort of notification. key: as stored; label: its name; urgent: mailed at once, for somebody waits or time is lost,
    the rest in the morning; icon, tone: its sign on the page
    and the colour of it, as of a status."""

    key: str
    label: str
    group: Group
    urgent: bool = False
    icon: str = "info"
    tone: str = "tracked"


_events: dict[str, Event] = {}


def register(event: Event) -> Event:
    """Make an event known and return it. Raise ValueError for a key that another one has."""
    if _events.setdefault(event.key, event) != event:
        raise ValueError(f"Two events have the key {event.key!r}.")
    return event


def event_of(key: str) -> Event | None:
    """The event of a stored key; None of one that is no longer registered."""
    return _events.get(key)


def groups() -> list[Group]:
    """All groups that an event belongs to, in the order of the page of preferences."""
    return sorted({event.group for event in _events.values()}, key=lambda group: group.place)
