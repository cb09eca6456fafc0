"""Beat's schedule."""

import datetime as dt
import time
from typing import Any

from celery.beat import PersistentScheduler
from celery.utils.log import get_logger

from core.jobs import pulse

logger = get_logger(__name__)
# A last run this far ahead is no inaccuracy between two readings of a clock.
TOLERANCE = dt.timedelta(minutes=1)
# How often beat gives a sign of life.
PULSE_SECONDS = 30.0


class ClockSafeScheduler(PersistentScheduler):
    """Celery's schedule in a file, which goes on when the machine's clock is set back.

    Celery stores when each task ran last and waits until its interval has passed since: after the clock was set back by an
    hour it would ring no bell for an hour, after a restart too.
    """

    _noted = float("-inf")

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Ring the tasks that are due; return the seconds until the next one."""
        latest = self.app.now() + TOLERANCE
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at and entry.last_run_at > latest]
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        if ahead:
            logger.warning("Đồng hồ máy lùi lại; %s việc định kỳ được tính lại từ bây giờ.", len(ahead))
            # Has the heap of due times built anew.
            self._heap = None
        if time.monotonic() - self._noted > PULSE_SECONDS:
            self._noted = time.monotonic()
            pulse.note(pulse.Part.BEAT)
        seconds: float = super().tick(*args, **kwargs)
        return seconds
