"""Recognition of database errors by their cause: others hold a lock, the embedded file is damaged."""

from django.db import DatabaseError, OperationalError

# lock_not_available, deadlock_detected.
POSTGRESQL = {"55P03", "40P01"}
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED")


def is_busy(error: BaseException | None) -> bool:
    """Return whether the error means that others held a lock for longer than the timeout. A single statement, or the transaction
    that it begins or belongs to, has then had no effect."""
    cause = getattr(error, "__cause__", None)
    is_locked = str(getattr(cause, "sqlite_errorname", "")).startswith(SQLITE)
    return isinstance(error, OperationalError) and (is_locked or getattr(cause, "pgcode", None) in POSTGRESQL)


def is_damaged(error: BaseException | None) -> bool:
    """Return whether the error means that the file of the embedded database is none, or is damaged."""
    cause = getattr(error, "__cause__", None)
    return isinstance(error, DatabaseError) and str(getattr(cause, "sqlite_errorname", "")).startswith(DAMAGED)
