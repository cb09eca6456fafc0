"""The installation's own facts, which every page shows, without a query for each."""

import time

from django.db import DatabaseError

from core.installation.models import Installation, ProvinceChange

# How long a process uses the row that it has read: a change reaches every process within this many seconds.
SECONDS = 5

_current = Installation()
_read_at: float | None = None


def current() -> Installation:
    """Return the installation without the bytes of its logo; an unsaved empty one before it was set up. Where the database
    does not answer: as last read."""
    global _current, _read_at
    if _read_at is None or time.monotonic() - _read_at > SECONDS:
        try:
            _current = Installation.objects.defer("logo").first() or Installation()
        except DatabaseError:
            return _current
        _read_at = time.monotonic()
    return _current


def first_province() -> str:
    """Return the province's name before any change of it, which no later change alters. One query."""
    replaced = (
        ProvinceChange.objects.filter(replaced__isnull=False).order_by("first_day").values_list("replaced", flat=True)
    )
    first = replaced.first()
    return str(first["facts"]["province"][0]) if first else current().province


def forget() -> None:
    """Read the row again at the next call: used after this process has changed it."""
    global _read_at
    _read_at = None
