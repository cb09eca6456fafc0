"""Limits on concurrent heavy work in one process: some run, some wait for a moment, further callers are refused, so that the
process's other threads keep serving pages (promises F-33)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class WorkLimit:
    """A limit on one kind of heavy work: `at_once` run together, `waiting` more wait at most `seconds`.

    with limit.slot() as granted:
        if not granted: …refuse…
    """

    def __init__(self, at_once: int, waiting: int, seconds: float) -> None:
        self._admitted = threading.BoundedSemaphore(at_once + waiting)
        self._running = threading.BoundedSemaphore(at_once)
        self.seconds = seconds

    @contextmanager
    def slot(self) -> Iterator[bool]:
        """Occupy a slot for the block. Yields True while it is occupied, False where too many callers want one."""
        if not self._admitted.acquire(blocking=False):
            yield False
            return
        try:
            if not self._running.acquire(timeout=self.seconds):
                yield False
                return
            try:
                yield True
            finally:
                self._running.release()
        finally:
            self._admitted.release()
