"""Recognition of database errors that only mean that others hold a lock: the same work succeeds a little later."""

from django.db import OperationalError

# lock_not_available, deadlock_detected.
POSTGRESQL = {"55P03", "40P01"}
SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED")


def is_busy(error: BaseException | None) -> bool:
    """Return whether the error means that others held a lock for longer than the timeout. A single statement, or the transaction
    that it begins or belongs to, has then had no effect."""
    cause = getattr(error, "__cause__", None)
    is_locked = str(getattr(cause, "sqlite_errorname", "")).startswith(SQLITE)
    return isinstance(error, OperationalError) and (is_locked or getattr(cause, "pgcode", None) in POSTGRESQL)
