"""Timing of jobs in turn, and output of one JSON line a figure.

Absolute times vary with the machine's other work; so a figure and its yardstick are measured in turn, round by round, and the
ratio is the median of the rounds' ratios. What can be counted in processor seconds is: they hang less on that other work.
"""

import json
import resource
import statistics
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

# `Lines.write` for one group.
Write = Callable[..., None]

ROUNDS = 5


class Lines:
    """Output of the requested figures (all, where no name was given). A name requests a group, a figure, or every figure that
    begins with it."""

    def __init__(self, names: Collection[str] = ()) -> None:
        self.names = set(names)

    def wants(self, group: str, figures: Collection[str]) -> bool:
        """Return whether any figure of a group is requested."""
        return not self.names or any(self._is_requested(group, figure) for figure in figures)

    def _is_requested(self, group: str, figure: str) -> bool:
        return any(group == name or figure.startswith(name) for name in self.names)

    def write(
        self,
        group: str,
        name: str,
        value: float,
        unit: str,
        *,
        ratio_to: str | None = None,
        ratio: float | None = None,
        budget: float | None = None,
        **more: object,
    ) -> None:
        """Print one figure. ratio_to: the yardstick of the same run; holds: ratio (else value) is within the budget."""
        if self.names and not self._is_requested(group, name):
            return
        line: dict[str, object] = {"name": name, "value": _short(value), "unit": unit}
        if ratio_to is not None:
            line |= {"ratio_to": ratio_to, "ratio": _short(ratio)}
        if budget is not None:
            line |= {"budget": budget, "holds": (value if ratio is None else ratio) <= budget}
        print(json.dumps(line | more, ensure_ascii=False), flush=True)


def side_by_side(
    jobs: Mapping[str, Callable],
    rounds: int = ROUNDS,
    before: Mapping[str, Callable] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Return the seconds of each job in each round, after one warm-up round. before: an untimed call before each run, by job."""
    took: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(rounds + 1):
        for name, job in jobs.items():
            if before:
                before[name]()
            seconds = timed(job, clock)
            if number:
                took[name].append(seconds)
    return took


def timed(job: Callable, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the seconds that a call takes."""
    start = clock()
    job()
    return clock() - start


def processor() -> float:
    """Return the processor seconds of this process and of those that it waited for, which do not depend on the machine's other
    work."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def processor_with_database() -> Callable[[], float]:
    """Return a clock of processor seconds of this process and of its PostgreSQL backend."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    return lambda: time.process_time() + int(backend.read_text().split()[0]) / 1e9


def ratio(over: list[float], under: list[float]) -> float:
    """Return the median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)]


def _short(value: float | None) -> float | None:
    return value if value is None or isinstance(value, int) else float(f"{value:.4g}")
