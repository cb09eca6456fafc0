"""The pulse of the background processes: beat asks every minute, a worker answers. Kept in the cache that they share."""

import datetime as dt
import logging
from enum import StrEnum

from django.core.cache import cache

from core import clock

log = logging.getLogger(__name__)

KEPT_SECONDS = 7 * 24 * 60 * 60


class Part(StrEnum):
    """A background process; the value is the key of its pulse."""

    WORKER = "background-pulse"
    BEAT = "beat-pulse"


def note(part: Part) -> None:
    """Note that a process does its work."""
    try:
        cache.set(part.value, clock.now().isoformat(), KEPT_SECONDS)
    except Exception as error:  # any fault of a cache: the work itself goes on
        log.warning("Không ghi được nhịp của tiến trình nền: %s", error)


def last(part: Part = Part.WORKER) -> dt.datetime | None:
    """Return when a process last noted that it works; None where it is not known. That of the worker tells of beat too, which asks
    for it."""
    try:
        noted = cache.get(part.value)
    except Exception as error:  # any fault of a cache: the page says that it is not known
        log.warning("Không đọc được nhịp của tiến trình nền: %s", error)
        return None
    return dt.datetime.fromisoformat(noted) if noted else None
