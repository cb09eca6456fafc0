"""Worlds: rows that many tests begin with, written once and shared.

A fixture made by `@shared()` writes its rows inside a transaction that stays open as long as the tests that follow ask for the same
world. Each test works in a savepoint of it and takes back what it did; of what the function gives, each gets a copy of its own.
"""

import copy
import functools
import math
import shutil
import time
from contextlib import ExitStack, contextmanager, nullcontext
from itertools import count
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction

from core import clock

# What writes a world, by the function of its fixture.
_builders = {}
_numbers = count(1)


def begin_by_real_time(monkeypatch):
    """The real time holds, known without a query: nothing of another test's clock, and query counts that do not depend on the
    hour. Loading a demonstration year, or `clock.reload_anchor()`, reads the clock again."""
    monkeypatch.setattr(clock, "known_anchor", None)
    monkeypatch.setattr(clock, "anchor_read_at", time.monotonic())
    monkeypatch.setattr(clock, "ANCHOR_SECONDS", math.inf)
    monkeypatch.setattr(clock, "started_clock", None)


def shared(*, at=None, stays=False, uses=()):
    """Makes a fixture of a function without parameters that writes rows.

    `at`: the moment at which it writes. With `stays` the test stands at this moment too; else its clock is its own or that of a
    fixture that it asks for. `uses`: fixtures that come before, as the one that holds the test's clock.
    """

    def decorate(build):
        @functools.wraps(build)
        def built():
            with _stand_at(at):
                return build()

        # The parameters are the fixture's own: `wraps` would show those of the function.
        def fixture(request, db, shared_worlds):
            for name in uses:
                request.getfixturevalue(name)
            with _stand_at(at if stays else None):
                yield shared_worlds.copy(built)

        fixture.__doc__ = build.__doc__
        _builders[fixture] = built
        return pytest.fixture(name=build.__name__)(fixture)

    return decorate


def commits(item):
    """Tell whether a test commits what it writes, after which all tables are emptied."""
    marker = item.get_closest_marker("django_db")
    return "transactional_db" in item.fixturenames or bool(marker and marker.kwargs.get("transaction"))


def wanted_by(item):
    """Return the function that writes the world of a test; None when the test begins with an empty database."""
    if commits(item):
        return None
    definitions = item._fixtureinfo.name2fixturedefs if hasattr(item, "_fixtureinfo") else {}
    found = (definitions[name][-1].func for name in item.fixturenames if name in definitions)
    return next((_builders[function] for function in found if function in _builders), None)


class Worlds:
    """The one world that stands now."""

    def __init__(self, blocker, folder):
        self.blocker = blocker
        self.folder = Path(folder)
        self.build = None

    def begin(self, item):
        """Writes the rows that a test begins with, unless they stand already; takes back those of another world."""
        build = wanted_by(item)
        if build is self.build:
            return
        self.close()
        if build is None:
            return
        self.files = self.folder / str(next(_numbers))
        with self.blocker.unblock(), ExitStack() as kept:
            kept.enter_context(_taken_back())
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(settings, "FILES_ROOT", str(self.files))
                begin_by_real_time(patch)
                self.value = build()
            # Else each test, at its end, would have the database check again all that the world has written.
            connection.check_constraints()
            self.closing = kept.pop_all()
        self.build = build

    def close(self):
        """Takes the rows back."""
        if self.build is not None:
            self.build = self.value = None
            with self.blocker.unblock():
                self.closing.close()

    def copy(self, build):
        """Give a test its copy of a world. A world that does not stand, as the second of a test that asks for two, is written in
        the test's own transaction."""
        if build is not self.build:
            return build()
        if self.files.exists():
            shutil.copytree(self.files, settings.FILES_ROOT, dirs_exist_ok=True)
        return copy.deepcopy(self.value)


def _stand_at(moment):
    return time_machine.travel(moment, tick=False) if moment else nullcontext()


@contextmanager
def _taken_back():
    """A transaction that is rolled back; what may not begin inside another transaction may begin in it, as in a test."""
    atomic = transaction.atomic()
    atomic._from_testcase = True
    with atomic:
        yield
        transaction.set_rollback(True)
    connection.run_on_commit = []
