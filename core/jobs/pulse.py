"""The pulse of the background processes: beat asks every minute, a worker answers. Kept in the cache that they share."""

import datetime as dt
import logging

from django.core.cache import cache

from core import clock

log = logging.getLogger(__name__)

KEY = "background-pulse"
KEPT_SECONDS = 7 * 24 * 60 * 60


def beat() -> None:
    """Note that a worker does what beat asked for."""
    try:
        cache.set(KEY, clock.now().isoformat(), KEPT_SECONDS)
    except Exception:  # any fault of a cache: the work itself goes on
        log.warning("Không ghi được nhịp của tiến trình nền.", exc_info=True)


def last() -> dt.datetime | None:
    """Return when a worker last did what beat asked for; None where it is not known."""
    try:
        noted = cache.get(KEY)
    except Exception:  # any fault of a cache: the page says that it is not known
        log.warning("Không đọc được nhịp của tiến trình nền.", exc_info=True)
        return None
    return dt.datetime.fromisoformat(noted) if noted else None
