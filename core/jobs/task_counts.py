"""Outcomes of tasks: counts by name and the last one, kept in the cache that all workers share."""

import logging
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.core.cache import cache

log = logging.getLogger(__name__)

# A task that has not run for so long begins anew.
KEPT_SECONDS = 400 * 24 * 60 * 60


class Outcome(StrEnum):
    """End of a task."""

    DONE = "done"
    FAILED = "failed"


def note(name: str, outcome: Outcome) -> None:
    """Count a task that ended. A count that cannot be stored is missing, nothing else."""
    try:
        cache.add(_count_key(name, outcome), 0, KEPT_SECONDS)
        cache.incr(_count_key(name, outcome))
        cache.set(_last_key(name), outcome.value, KEPT_SECONDS)
    except Exception as error:  # any fault of a cache: the task itself is done
        log.warning("Không đếm được việc nền: %s", error)


def counts(names: Iterable[str]) -> dict[tuple[str, Outcome], Any]:
    """Return how often tasks ended in each way, those that ever did; empty where the cache does not answer."""
    keys = {_count_key(name, outcome): (name, outcome) for name in names for outcome in Outcome}
    return {keys[key]: count for key, count in sorted(_known(keys).items())}


def failing(names: Iterable[str]) -> list[str]:
    """Return the tasks that failed when they ran last; empty where the cache does not answer."""
    keys = {_last_key(name): name for name in names}
    return sorted(keys[key] for key, outcome in _known(keys).items() if outcome == Outcome.FAILED)


def _known(keys: Iterable[str]) -> dict[str, Any]:
    try:
        known: dict[str, Any] = cache.get_many(list(keys))
    except Exception as error:  # any fault of a cache: what it holds is not known
        log.warning("Không đọc được kết quả việc nền: %s", error)
        return {}
    return known


def _count_key(name: str, outcome: Outcome) -> str:
    return f"tasks:{name}:{outcome}"


def _last_key(name: str) -> str:
    return f"tasks:{name}:last"
