"""Configuration of gunicorn, the same in `make run`, in the containers and in the tests (read from the working directory).

BIND         address and port, default 127.0.0.1:8000
METRICS_BIND address and port of a second listener, for measurements alone (chuyendoiso.metrics); empty: none
WEB_WORKERS  processes, default 2 (each with 4 threads)
"""

import atexit
import gc
import os
import shutil
import signal
import tempfile
from typing import Any

bind = [os.environ.get("BIND") or "127.0.0.1:8000"]
if os.environ.get("METRICS_BIND"):
    bind.append(os.environ["METRICS_BIND"])
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "chuyendoiso.web_worker.WebWorker"
threads = 4
# The application is loaded once, in the master: an unsafe production configuration stops the start instead of
# restarting failing workers forever, a worker restarted while the database is down still serves, and memory is shared.
preload_app = True
timeout = 60
graceful_timeout = 20
keepalive = 5
loglevel = "warning"
control_socket_disable = True
if os.path.isdir("/dev/shm"):
    worker_tmp_dir = "/dev/shm"
# The processes count their requests in files of this folder, which whoever is asked for measurements adds up.
counts_folder = tempfile.mkdtemp(prefix="chuyendoiso-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts_folder


def delete_counts(master: int = os.getpid(), folder: str = counts_folder) -> None:
    """Delete the counts of requests when the master ends, also one that refuses its configuration, which gunicorn's own `on_exit`
    is not told of."""
    if os.getpid() == master:
        shutil.rmtree(folder, ignore_errors=True)


atexit.register(delete_counts)


def when_ready(server: Any) -> None:
    """Print one line once requests are answered."""
    for listener in server.LISTENERS[:1]:
        print(f"Đang phục vụ tại {listener}/ (Ctrl+C để dừng)", flush=True)


def post_worker_init(worker: Any) -> None:
    """Ignore Ctrl+C in workers. It reaches every process of the terminal, and the master passes it on in order; a worker that gets
    it twice can hang for twenty seconds (two signals inside one lock)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def pre_fork(server: Any, worker: Any) -> None:
    """Exclude the loaded objects from a worker's garbage collection, which would write into each of them, so that their memory
    stays shared."""
    gc.freeze()
