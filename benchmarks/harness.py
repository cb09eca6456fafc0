"""Jobs timed side by side, and one JSON line a figure.

Absolute times drift with whatever else the machine does; so a figure and its yardstick are taken in turn, round by round, and
the ratio is the median of the rounds' own ratios.
"""

import json
import resource
import statistics
import time
from collections.abc import Callable, Collection, Mapping

ROUNDS = 5


class Lines:
    """Prints the figures that were asked for (all, where no name was given). A name asks for a group, for a figure, or for
    every figure that begins with it."""

    def __init__(self, names: Collection[str] = ()):
        self.names = set(names)

    def wants(self, group: str, figures: Collection[str]) -> bool:
        """Is anything of a group asked for?"""
        return not self.names or any(self._asked(group, figure) for figure in figures)

    def _asked(self, group, figure):
        return any(group == name or figure.startswith(name) for name in self.names)

    def write(self, group, name, value, unit, *, ratio_to=None, ratio=None, budget=None, **more):
        """One figure. ratio_to: the yardstick of the same run; holds: ratio (else value) is within the budget."""
        if self.names and not self._asked(group, name):
            return
        line = {"name": name, "value": _short(value), "unit": unit}
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
    """Seconds of each job in each round, after one round that does not count. before: what comes first, untimed, by job."""
    took = {name: [] for name in jobs}
    for number in range(rounds + 1):
        for name, job in jobs.items():
            if before:
                before[name]()
            seconds = timed(job, clock)
            if number:
                took[name].append(seconds)
    return took


def timed(job: Callable, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds that a call takes."""
    start = clock()
    job()
    return clock() - start


def processor() -> float:
    """Processor seconds of this process and of those that it waited for, which do not depend on what else the machine does."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def ratio(over: list[float], under: list[float]) -> float:
    """Median of the rounds' own ratios."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def percentile(values, share):
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)]


def _short(value):
    return value if isinstance(value, int) else float(f"{value:.4g}")
