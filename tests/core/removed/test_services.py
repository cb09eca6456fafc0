"""Removed rows are kept for thirty days, to the day, and then let go of."""

import datetime as dt

import pytest
import time_machine

from core.removed import services
from core.removed.models import RemovedItem
from core.removed.tasks import clear_removed
from indicators.models import DayOff
from tests import factories

pytestmark = pytest.mark.django_db


def at(day, hour, minute=0):
    return time_machine.travel(dt.datetime(2023, *day, hour, minute, tzinfo=factories.VIETNAM), tick=False)


def test_kept_to_the_last_day_and_not_one_more():
    by = factories.person("khanh")
    row = DayOff.objects.create(day=dt.date(2023, 9, 1), name="Nghỉ bù")
    with at((8, 16), 9):
        item = services.keep(kind="a", place="1", rows=[row], label="x" * 400, by=by, file="e/1.pdf")
    key = row.pk
    row.delete()
    assert item.last_day == dt.date(2023, 9, 15) and len(item.label) == 300
    with at((9, 15), 23, 59):
        assert clear_removed() == 0
        assert services.take("a", item.pk) is None and services.take("b", item.pk, "1") is None
        assert services.take("a", item.pk, "1") == item and services.kept_files() == {"e/1.pdf"}
        (stored,) = services.rows_of(item)
        assert (stored.pk, stored.day, stored.name) == (key, dt.date(2023, 9, 1), "Nghỉ bù")
    with at((9, 16), 0):
        assert services.take("a", item.pk, "1") is None
        assert clear_removed() == 1 and not RemovedItem.objects.exists() and services.kept_files() == set()
