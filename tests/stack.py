"""The product itself as processes (gunicorn, worker, beat), for tests that must meet the real thing."""

import contextlib
import errno
import os
import secrets
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.servers import wait_until

ROOT = Path(__file__).resolve().parent.parent
# What a developer's own shell may hold must not reach the processes that a test starts.
OWN_SETTINGS = {
    "DJANGO_ALLOW_ASYNC_UNSAFE",  # of this process, once it has driven a browser
    "ALLOWED_HOSTS",
    "BIND",
    "CLOCK",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DEBUG",
    "DEMO_PASSWORD",
    "DEPLOYMENT",
    "FILES_ROOT",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "LONGEST_WAIT",
    "MAIL_FROM",
    "MAIL_URL",
    "MONITORS",
    "NOTICE_SENDER",
    "PYTHONDONTWRITEBYTECODE",  # each process would compile the whole product anew, which takes twice as long as its start
    "REDIS_URL",
    "SECRET_KEY",
    "SECURITY_CONTACT",
    "SESSION_MINUTES",
    "SITE_URL",
    "SSL_REDIRECT",
    "WEB_WORKERS",
}
CELERY = ("celery", "-A", "chuyendoiso")


def clean_environment():
    """This process's environment without the product's own variables, and with its programs on PATH."""
    kept = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
    kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    kept["DJANGO_SETTINGS_MODULE"] = "chuyendoiso.settings"
    return kept


def end(process, seconds=10):
    """Asks a process to stop; when it does not, kills it and its children."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def bound(port, *, listen=False):
    """A socket at a loopback port (0: one that nobody uses), which a listening one may share with one that does not listen."""
    opened = socket.socket()
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(("127.0.0.1", port))
        if listen:
            opened.listen()
    except BaseException:
        opened.close()
        raise
    return opened


class Stack:
    """The real product as processes: gunicorn on a free loopback port and, with a broker, a worker and beat.

    environment: the product's variables (settings.py), or other settings than `tests/stack_settings.py`. `manage()` runs a
    command; `start()` serves; `close()` ends everything. `logs()` is what the processes said.
    """

    def __init__(self, folder, **environment):
        self.folder = Path(folder)
        self.environment = clean_environment() | {
            "DJANGO_SETTINGS_MODULE": "tests.stack_settings",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "FILES_ROOT": str(self.folder / "files"),
            **environment,
        }
        self.processes = {}
        self.port = None
        self.place = None

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments, stdin=None):
        """Output of a management command; RuntimeError with everything it said when it fails."""
        result = subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
        )
        if result.returncode:
            raise RuntimeError(f"manage.py {' '.join(map(str, arguments))}\n{result.stdout}\n{result.stderr}")
        return result.stdout

    def start(self):
        """Serves, and returns when requests are answered and, with a broker, the worker listens."""
        # The socket is opened here and handed down: no other process can take the port in between. Nor between a kill and the
        # next start: a socket that does not listen keeps the port, and who connects meanwhile is refused.
        if self.place is None:
            self.place = bound(self.port or 0)
            self.port = self.place.getsockname()[1]
        with self._listener() as listener:
            descriptor = listener.fileno()
            self.run("web", "gunicorn", "chuyendoiso.wsgi", pass_fds=[descriptor], BIND=f"fd://{descriptor}")
        if self.environment.get("REDIS_URL"):
            self.run("worker", *CELERY, "worker", "--concurrency", "1", "--loglevel", "INFO")
            self.run("beat", *CELERY, "beat", "--loglevel", "INFO", "-s", str(self.folder / "beat"))
            self.wait_for("worker", lambda: " ready." in self.log("worker"))
        self.wait_for("web", self.answers)

    def _listener(self):
        """A socket that listens on the port, as soon as no process of a killed server does any more: they end after its master."""
        made = []

        def listens():
            try:
                made.append(bound(self.port, listen=True))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            return made

        wait_until(listens, 30, f"cổng {self.port} trống")
        return made[0]

    def run(self, name, *command, pass_fds=(), **environment):
        """Starts a process of the product under a name; its output is kept in the folder."""
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=pass_fds,
                start_new_session=True,
            )
        return self.processes[name]

    def wait_for(self, name, holds, seconds=60):
        """Waits until `holds()`; RuntimeError with the logs when the named process ends or the time runs out."""

        def alive_and_holds():
            if self.processes[name].poll() is not None:
                raise RuntimeError(f"{name} đã dừng.\n{self.logs()}")
            return holds()

        try:
            wait_until(alive_and_holds, seconds, name)
        except TimeoutError as error:
            raise RuntimeError(f"{error}\n{self.logs()}") from error

    def answers(self):
        """Tell whether the liveness address answers 200."""
        try:
            with urllib.request.urlopen(f"{self.base_url}/song/", timeout=5) as response:
                return response.status == 200
        except OSError:
            return False

    def kill(self, name):
        """Kills a process and its children at once (kill -9)."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes.pop(name).wait()

    def log(self, name):
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def logs(self):
        """Return the output of every process, one after another."""
        return "\n".join(
            f"--- {path.stem}\n{path.read_text(errors='replace')}" for path in sorted(self.folder.glob("*.log"))
        )

    def close(self):
        for process in self.processes.values():
            end(process)
        self.processes = {}
        if self.place is not None:
            self.place.close()
            self.place = None
