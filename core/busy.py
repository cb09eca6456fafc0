"""Whether a database error only says that others hold what is wanted: the same works a little later, and nothing is broken."""

from django.db import OperationalError

# A lock that was not to be had, a deadlock that another won.
POSTGRESQL = {"55P03", "40P01"}
SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED")


def is_busy(error: BaseException | None) -> bool:
    """Return whether others were writing for longer than one waits. A single statement, or the transaction that it begins or
    belongs to, has then had no effect."""
    cause = getattr(error, "__cause__", None)
    is_locked = str(getattr(cause, "sqlite_errorname", "")).startswith(SQLITE)
    return isinstance(error, OperationalError) and (is_locked or getattr(cause, "pgcode", None) in POSTGRESQL)
