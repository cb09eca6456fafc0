"""Beat goes on when the machine's clock is set back."""

import datetime as dt

import pytest
import time_machine
from celery import Celery
from celery.beat import PersistentScheduler

from chuyendoiso.scheduler import ClockSafeScheduler

NOON = dt.datetime(2023, 8, 16, 12, tzinfo=dt.UTC)


def runs_after_a_step_back(scheduler_class, folder):
    """Return how often a task of every minute runs in the three minutes after the clock went back by an hour."""
    app = Celery("thu", broker="memory://")
    app.conf.beat_schedule = {"bell": {"task": "bell", "schedule": 60.0}}
    runs = []

    def scheduler():
        made = scheduler_class(app=app, schedule_filename=str(folder / "schedule"))
        made.apply_entry = lambda entry, producer=None: runs.append(entry.name)
        return made

    with time_machine.travel(NOON, tick=False) as clock:
        running = scheduler()
        clock.shift(61)
        running.tick()
        assert runs == ["bell"]
        running.close()
        runs.clear()
        clock.shift(-3600)
        # A restart does not help: the time of the last run is stored.
        running = scheduler()
        for _ in range(4):
            running.tick()
            clock.shift(61)
        running.close()
    return len(runs)


@pytest.mark.parametrize(("scheduler_class", "runs"), [(ClockSafeScheduler, 3), (PersistentScheduler, 0)])
def test_a_clock_set_back_silences_nothing(scheduler_class, runs, tmp_path):
    assert runs_after_a_step_back(scheduler_class, tmp_path) == runs
