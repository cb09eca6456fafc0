"""The roll-up engine compared with hand-written minima on the same PostgreSQL (`minimum`), and with `naive`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import cycle
from types import ModuleType
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import F

from benchmarks import minimum, naive
from benchmarks.harness import Lines, Write, processor_with_database, ratio, side_by_side, timed
from benchmarks.year import commune_of
from tests.servers import Postgres

if TYPE_CHECKING:  # models are imported once Django is set up
    from agencies.models import Agency
    from indicators.models import Plan

GROUP = "engine"
# `naive` would take minutes for all 35 targets and 12 months: a few of them, and a row against a row.
SAMPLE = 4
SAMPLE_MONTHS = (3, 8)
MONTHS = {"january": 1, "november": 11}


def run(lines: Lines, server: Postgres, golden: str) -> None:
    """Check the yardsticks, then print the sums, the whole and one submission, each with its minimum."""
    from indicators.models import Plan
    from indicators.rollups import engine

    plan = Plan.objects.get(year=2023)
    engine.rebuild(plan)
    minimum.make_tables()
    judge = minimum.Judge(plan)
    check(plan, engine, judge)
    for part, figures in PARTS:
        if lines.wants(GROUP, figures):
            part(partial(lines.write, GROUP), plan, engine, judge)


def year(write: Write, plan: Plan, rollup: ModuleType, judge: minimum.Judge) -> None:
    """Measure P1, P2, P3, and the number of queries (P6)."""
    with transaction.atomic():
        added = list(rollup.add_up(plan))
    product_judge = rollup.RowJudge(plan, None, 1)
    took = side_by_side(
        {
            "limit_sums": minimum.sums,
            "sums": partial(drain_sums, plan, rollup),
            "limit_whole": partial(minimum.whole, judge),
            "rebuild": partial(rollup.rebuild, plan),
            "limit_judging": lambda: drain(judge(added)),
            "judging": lambda: drain(product_judge(added)),
        },
        clock=processor_with_database(),
    )
    median = {name: sorted(times)[len(times) // 2] for name, times in took.items()}
    rows = 2 * len(added)
    for name in ("limit_sums", "limit_whole"):
        write(name, median[name], "s", rows=rows)
    write("limit_judging", 1e6 * median["limit_judging"] / rows, "µs/dòng")
    with_yardstick(write, "sums", median["sums"], "s", took, "limit_sums", 1.2)
    with_yardstick(write, "rebuild", median["rebuild"], "s", took, "limit_whole", 1.5)
    with_yardstick(write, "judging", 1e6 * median["judging"] / rows, "µs/dòng", took, "limit_judging", 1.6)
    write("queries_rebuild", queries(partial(rollup.rebuild, plan)), "truy vấn", budget=30)


def against_naive(write: Write, plan: Plan, rollup: ModuleType, judge: minimum.Judge) -> None:
    """Measure P2's other half: a row of the product's whole year compared with one of `naive`, whose rows are checked and rolled
    back."""
    from indicators.models import Rollup

    sample = list(plan.targets.in_order())[:: 35 // SAMPLE]
    rows = Rollup.objects.filter(target__in=sample, period__number__in=SAMPLE_MONTHS)
    values = rows.order_by("pk").values_list("pk", "value")
    ours = list(values)
    with transaction.atomic():
        theirs = timed(partial(naive.roll_up, sample, SAMPLE_MONTHS))
        if list(values) != ours:
            raise SystemExit("naive khác với sản phẩm")
        transaction.set_rollback(True)
    whole = timed(partial(rollup.rebuild, plan))
    a_row, our_row = 1e6 * theirs / len(ours), 1e6 * whole / Rollup.objects.count()
    write("naive", a_row, "µs/dòng", rows=len(ours), targets=[target.code for target in sample])
    write("rebuild_row", our_row, "µs/dòng", ratio_to="naive", ratio=our_row / a_row, budget=round(1 / 30, 4))


def submission(write: Write, plan: Plan, rollup: ModuleType, judge: minimum.Judge) -> None:
    """Measure P5: one commune's figures, from January and from November on."""
    commune, targets = commune_of(plan)
    minimum.sums()
    least = minimum.Submission(commune, targets)

    turn = cycle((1, -1))

    def ours(month):
        rollup.rebuild(plan, targets=targets, agencies={commune.pk}, from_period=month)

    jobs = {}
    for word, month in MONTHS.items():
        jobs[f"limit_submission_{word}"] = partial(least.again, month)
        jobs[f"limit_difference_{word}"] = partial(least.by_difference, month)
        jobs[f"submission_{word}"] = partial(ours, month)
    before = {name: lambda name=name: change(commune, MONTHS[name.rsplit("_", 1)[1]], next(turn)) for name in jobs}
    took = side_by_side(jobs, 9, before, clock=processor_with_database())
    median = {name: sorted(times)[len(times) // 2] for name, times in took.items()}
    for word in MONTHS:
        write(f"limit_submission_{word}", median[f"limit_submission_{word}"], "s")
        write(f"limit_difference_{word}", median[f"limit_difference_{word}"], "s")
    for word in MONTHS:
        name = f"submission_{word}"
        whole = round(ratio(took[name], took[f"limit_submission_{word}"]), 2)
        with_yardstick(write, name, median[name], "s", took, f"limit_difference_{word}", 1.5, times_whole=whole)
    write("queries_submission", queries(partial(ours, 1)), "truy vấn", budget=30)


def change(commune: Agency, month: int, by: int) -> None:
    """Change a commune's figures of a month, because a roll-up without changes is no measure."""
    from indicators.models import Actual

    shares = Actual.objects.filter(submission__agency=commune, submission__period__number=month, denominator__gt=0)
    shares.update(denominator=F("denominator") + by)


def with_yardstick(
    write: Write,
    name: str,
    value: float,
    unit: str,
    took: Mapping[str, list[float]],
    yardstick: str,
    budget: float,
    **more: object,
) -> None:
    """Print a figure with its ratio to a yardstick of the same rounds."""
    over = took[name]
    write(name, value, unit, ratio_to=yardstick, ratio=ratio(over, took[yardstick]), budget=round(budget, 4), **more)


def check(plan: Plan, rollup: ModuleType, judge: minimum.Judge) -> None:
    """Stop unless the yardsticks give the product's own rows; otherwise they would measure something else."""
    minimum.sums()
    minimum.whole(judge)
    stored = f"SELECT {minimum.STORED} FROM {{}} ORDER BY 1, 2, 3, 4, 5"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM bench_sums ORDER BY 1, 2, 3, 4")
        same("limit_sums", cursor.fetchall(), [tuple(row) for row in rollup.add_up(plan)])
        cursor.execute(stored.format("bench_rollups"))
        by_hand = cursor.fetchall()
        cursor.execute(stored.format("indicators_rollup"))
        same("limit_whole", by_hand, cursor.fetchall())


def same(name: str, by_hand: list[Any], ours: list[Any]) -> None:
    """Stop unless two lists of rows are equal."""
    if by_hand != ours:
        wrong = next(((a, b) for a, b in zip(by_hand, ours, strict=False) if a != b), None)
        raise SystemExit(f"{name} khác với sản phẩm: {len(by_hand)} và {len(ours)} dòng; ví dụ {wrong}")


def drain_sums(plan: Plan, rollup: ModuleType) -> None:
    """Read all sums of the engine."""
    with transaction.atomic():
        drain(rollup.add_up(plan))


def drain(rows: Iterable[object]) -> None:
    """Read all rows."""
    for _ in rows:
        pass


def queries(job: Callable[[], object]) -> int:
    """Return the number of statements that a job sends."""
    sent = []

    def count(execute, *rest):
        sent.append(rest[0])
        return execute(*rest)

    with connection.execute_wrapper(count):
        job()
    return len(sent)


PARTS = (
    (year, ("limit_sums", "limit_whole", "limit_judging", "sums", "rebuild", "judging", "queries_rebuild")),
    (against_naive, ("naive", "rebuild_row")),
    (
        submission,
        (
            *(f"{what}_{month}" for month in MONTHS for what in ("limit_submission", "limit_difference", "submission")),
            "queries_submission",
        ),
    ),
)
FIGURES = [figure for _, figures in PARTS for figure in figures]
