"""Rows that are kept for some time only."""

import datetime as dt

import pytest

from core import clock
from exchange.models import KeptAnswer, SystemAccess
from exchange.tasks import ACCESS_DAYS, ANSWER_DAYS, clear_old_exchange

pytestmark = pytest.mark.django_db


def test_old_rows_are_cleared_and_others_stay(connected):
    system, now = connected.systems["an"], clock.now()
    for days in (ANSWER_DAYS - 1, ANSWER_DAYS + 1):
        KeptAnswer.objects.create(system=system, key=f"ngay-{days}", at=now - dt.timedelta(days=days))
    for days in (ACCESS_DAYS - 1, ACCESS_DAYS + 1):
        SystemAccess.objects.create(system=system, method="GET", path="/", status=200, at=now - dt.timedelta(days=days))
    assert clear_old_exchange() == 2
    assert KeptAnswer.objects.get().key == f"ngay-{ANSWER_DAYS - 1}"
    assert SystemAccess.objects.count() == 1
    assert clear_old_exchange() == 0
