"""Who may do heavy work in this process now: a few at once, a few wait for a moment, the rest are told to come back, so that the
process's other threads serve everybody else (promises F-33)."""

import threading
from contextlib import contextmanager


class WorkLimit:
    """`at_once` do the work, `waiting` more wait `seconds` at most.

    with turns.slot() as mine:
        if not mine: …say so…
    """

    def __init__(self, at_once: int, waiting: int, seconds: float):
        self._seats = threading.BoundedSemaphore(at_once + waiting)
        self._places = threading.BoundedSemaphore(at_once)
        self.seconds = seconds

    @contextmanager
    def slot(self):
        """True while the turn is one's own; False where too many want one."""
        if not self._seats.acquire(blocking=False):
            yield False
            return
        try:
            if not self._places.acquire(timeout=self.seconds):
                yield False
                return
            try:
                yield True
            finally:
                self._places.release()
        finally:
            self._seats.release()
