"""How gunicorn serves: in `make run`, in the containers and in the tests alike (read from the working directory).

BIND         address and port, default 127.0.0.1:8000
WEB_WORKERS  processes, default 2 (each with 4 threads)
"""

import gc
import os
import signal

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = 4
# The application is loaded once, in the master: an unsafe production configuration stops the start instead of
# looping over dying workers, a worker reborn while the database is down still serves, and memory is shared.
preload_app = True
timeout = 60
graceful_timeout = 20
keepalive = 5
loglevel = "warning"
control_socket_disable = True
if os.path.isdir("/dev/shm"):
    worker_tmp_dir = "/dev/shm"


def when_ready(server):
    """One line once requests are answered."""
    for listener in server.LISTENERS:
        print(f"Đang phục vụ tại {listener}/ (Ctrl+C để dừng)", flush=True)


def post_worker_init(worker):
    """Ctrl+C reaches every process of the terminal: the master passes it on in order, a worker that heard it twice could
    hang for twenty seconds (two signals inside one lock)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def pre_fork(server, worker):
    """What was loaded so far is garbage never: the collector of a worker, which would write into every object that it looks
    at, leaves it alone, and its memory stays shared."""
    gc.freeze()
