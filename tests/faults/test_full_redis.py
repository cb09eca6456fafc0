"""Redis is full: the worker stays, and works again by itself when there is room (promises F-26)."""

import os
import signal
import time

import pytest

from tests.servers import wait_until

ASK = "from core.jobs.tasks import watch_jobs; [watch_jobs.delay() for _ in range(3)]"


@pytest.mark.slow(20)
@pytest.mark.redis
def test_a_worker_outlives_a_full_redis(live_stack, redis_server):
    stack = live_stack("sqlite", REDIS_URL=redis_server.url, WEB_WORKERS="1")
    worker = stack.processes["worker"]
    os.killpg(worker.pid, signal.SIGSTOP)
    stack.manage("shell", "-v0", "-c", ASK)
    redis_server.fill()
    try:
        os.killpg(worker.pid, signal.SIGCONT)
        wait_until(lambda: "OutOfMemory" in stack.log("worker") or worker.poll() is not None, 20, "Redis từ chối")
        time.sleep(1)
        assert worker.poll() is None
    finally:
        redis_server.unfill()
    stack.manage("shell", "-v0", "-c", ASK)
    wait_until(lambda: "watch_jobs" in stack.log("worker").split("ready.")[-1], 60, "việc được làm")
    wait_until(lambda: stack.log("worker").rstrip().count("succeeded"), 60, "việc xong")
    assert worker.poll() is None
