"""The system's clock: the only module that reads the time. Everything else calls `now()` or `today()`.

While the demonstration year is loaded the system runs on a clock of its own, which starts in its midst, so
that deadlines, open periods and late reports mean something. That clock advances while the system serves, pauses while it
does not, and never goes back (`manage.py start_clock` sets its anchor at each start). CLOCK= sets it by hand.
"""

import datetime as dt
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.utils import timezone

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
# How long a process uses the anchor that it has read: loading or clearing the demonstration year reaches every process
# within this many seconds without a query on each call.
ANCHOR_SECONDS = 5

# When the demonstration clock began; None where no demonstration is installed.
demo_start: dt.datetime | None = None

# (clock time, real time, whether it is the demonstration clock) at the moment at which the clock was set.
Anchor = tuple[dt.datetime, dt.datetime, bool]

known_anchor: Anchor | None = None
anchor_read_at: float | None = None
_read_stored: Callable[[], tuple[dt.datetime, dt.datetime] | None] | None = None


def now() -> dt.datetime:
    """Return the system's time, aware, in Vietnam."""
    real = timezone.now()
    anchor = _current_anchor()
    if anchor is None:
        return real.astimezone(VIETNAM)
    clock_at, real_at, _ = anchor
    return (clock_at + (real - real_at)).astimezone(VIETNAM)


def is_demo() -> bool:
    """Return whether the demonstration clock runs. Costs no query beyond those of `now()`."""
    anchor = _current_anchor()
    return anchor is not None and anchor[2]


def today() -> dt.date:
    """Return the current day in Vietnam."""
    return now().date()


def parse(text: str) -> dt.datetime:
    """Return a CLOCK value (`2026-08-16T09:00`, Vietnam's time) as an aware datetime. Raises ImproperlyConfigured."""
    try:
        value = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ImproperlyConfigured(f"CLOCK phải có dạng 2026-08-16T09:00, đang là {text!r}.") from None
    return value if value.tzinfo else value.replace(tzinfo=VIETNAM)


def reload_anchor() -> None:
    """Read the anchor again at the next call: used after this process has changed it."""
    global anchor_read_at
    anchor_read_at = None


def _current_anchor() -> Anchor | None:
    """Return the anchor in force; None where the real time holds. Reads it again every ANCHOR_SECONDS."""
    global known_anchor, anchor_read_at
    if settings.PRODUCTION:
        return None
    if anchor_read_at is None or time.monotonic() - anchor_read_at > ANCHOR_SECONDS:
        try:
            known_anchor = stored_anchor()
        except DatabaseError:
            # Before the first migration there is no table. Later, while the database does not answer, the last known
            # anchor stays in force: otherwise the clock would jump to the real time and back.
            if anchor_read_at is None:
                return _process_anchor()
        anchor_read_at = time.monotonic()
    return known_anchor


def register_demo_clock(reader: Callable[[], tuple[dt.datetime, dt.datetime] | None], *, start: dt.datetime) -> None:
    """Register the demonstration clock. `reader` returns its stored anchor (clock time, real time), None where the real time
    holds, and may raise DatabaseError; `start` is the moment at which that clock began."""
    global _read_stored, demo_start
    _read_stored, demo_start = reader, start


def stored_anchor() -> Anchor | None:
    anchor = _read_stored() if _read_stored is not None else None
    return (anchor[0], anchor[1], True) if anchor is not None else _process_anchor()


# The CLOCK value of this process and the anchor made of it.
started_clock: tuple[str, Anchor] | None = None


def _process_anchor() -> Anchor | None:
    """Return the anchor of CLOCK= without a demonstration year: that clock starts with the process."""
    global started_clock
    if not settings.CLOCK:
        return None
    if started_clock is None or started_clock[0] != settings.CLOCK:
        started_clock = settings.CLOCK, (parse(settings.CLOCK), timezone.now(), False)
    return started_clock[1]
