"""Time from an approval to the published figure, inline and through Redis and a real worker; and the processes' memory."""

import statistics
import tempfile
from functools import partial

from benchmarks import child
from benchmarks.harness import Lines, Write, percentile
from tests.servers import Postgres, Redis
from tests.stack import Stack

GROUP = "approval"
FIGURES = ("approval_inline", "approval_worker", "approval_worker_committed", "memory_idle", "memory_rebuild_year")
ROUNDS = 15


def run(lines: Lines, server: Postgres, golden: str) -> None:
    """Run the group. golden: the name of the database with one province's year."""
    write = partial(lines.write, GROUP)
    write("memory_idle", child.run("idle", url=server.url(golden))[0]["peak_mb"], "MB")
    name = server.create(template=golden)
    whole = child.run("rebuild", 2023, 2023, url=server.url(name))[0]
    write("memory_rebuild_year", whole["peak_mb"], "MB", budget=200)
    inline = child.run("approve", ROUNDS, url=server.url(name))
    seconds = [answer["seconds"] for answer in inline]
    write("approval_inline", statistics.median(seconds), "s", p95=round(percentile(seconds, 0.95), 3))
    server.drop(name)
    name = server.create(template=golden)
    through_worker(write, server.url(name))
    server.drop(name)


def through_worker(write: Write, url: str) -> None:
    """Measure with a worker: the reviewer gets the answer when the approval is committed; the figure follows."""
    child.run("rebuild", 2023, 2023, url=url)
    redis = Redis()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(folder, DATABASE_URL=url, REDIS_URL=redis.url)
        try:
            stack.start()
            answers = child.run("approve", ROUNDS, url=url, REDIS_URL=redis.url)
        finally:
            stack.close()
            redis.close()
    seconds = [answer["seconds"] for answer in answers]
    write("approval_worker", statistics.median(seconds), "s", p95=round(percentile(seconds, 0.95), 3))
    write("approval_worker_committed", statistics.median(answer["committed"] for answer in answers), "s")
