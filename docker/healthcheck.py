"""Health check of a container, run inside it: exit status 0 when healthy (docker-compose.yml, `healthcheck`).

web   answers /song/ with 200
beat  has written its schedule within the last ten minutes (it does so every three)
"""

import os
import sys
import time
import urllib.request
from pathlib import Path

SCHEDULE = Path("var/beat")
BEAT_SECONDS = 600
# How far the times of files and the clock may differ.
CLOCK_SECONDS = 5


def web() -> bool:
    """Return whether the web server answers."""
    port = os.environ["BIND"].rpartition(":")[2]
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip().removeprefix(".")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/song/", headers={"Host": host})
    with urllib.request.urlopen(request, timeout=5) as response:
        return bool(response.status == 200)


def beat() -> bool:
    """Return whether beat has written its schedule recently. A time to come, after the clock was set back, says nothing."""
    now = time.time()
    ages = [now - path.stat().st_mtime for path in SCHEDULE.iterdir()]
    return any(-CLOCK_SECONDS < age < BEAT_SECONDS for age in ages)


if __name__ == "__main__":
    sys.exit(0 if {"web": web, "beat": beat}[sys.argv[1]]() else 1)
