"""Days that the apps above announced from the deadlines: kept as announced when the deadlines change.

An app registers one object when it starts (AppConfig.ready). The calendar's services call it before they change anything,
inside their own transaction.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Protocol

from agencies.models import User
from indicators.models import Plan


class Announcement(Protocol):
    """The interface of an app that announces days that follow from the deadlines."""

    def keep(self, plan: Plan, by: User) -> None:
        """Store the announced days of a plan that follow from its calendar as it is now."""


_registered: list[Announcement] = []


def register(announcement: Announcement) -> None:
    """Register an announcement, once per process."""
    if announcement not in _registered:
        _registered.append(announcement)


def keep(plan: Plan, by: User) -> None:
    """Keep what was announced of a plan, before its deadlines change."""
    for announcement in _registered:
        announcement.keep(plan, by)


def keep_around(days: Iterable[dt.date], by: User) -> None:
    """Keep what was announced of the plans on which these days bear, before they become days off or working days."""
    years = {year for day in days for year in (day.year - 1, day.year)}
    for plan in Plan.objects.filter(year__in=years):
        keep(plan, by)
