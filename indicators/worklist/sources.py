"""Tasks that packages above this one add to the work list of a user: each registers a function that returns them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agencies.models import User
    from indicators.models import Plan
    from indicators.worklist.tasks_by_role import Task

TaskSource = Callable[["User", Sequence["Plan"]], "list[Task]"]

_sources: list[TaskSource] = []


def register(source: TaskSource) -> None:
    """Register a source of tasks, once. user, plans: as of `duties_of`."""
    if source not in _sources:
        _sources.append(source)


def tasks_from_sources(user: User, plans: Sequence[Plan]) -> list[Task]:
    """Return the tasks of all sources, in the order in which they were registered."""
    return [task for source in _sources for task in source(user, plans)]
