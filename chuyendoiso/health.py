"""Two addresses for the proxy, the containers and monitoring: the product is alive, the product is ready.

They need no login and contain no figure and no secret; strangers read only whether it is ready (MONITORS, in the settings). In
production the caller sends a Host of ALLOWED_HOSTS. However often strangers ask, the system is asked once in STRANGERS_SECONDS.
"""

import datetime as dt
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseFailure
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from core import clock, formatting
from core.audit.archive import is_protected
from core.audit.hash_chain import GENESIS
from core.audit.models import AuditChainHead
from core.jobs import pulse
from core.proxy import is_within
from indicators.models import PendingRollup, RollupState

BROKER_SECONDS = 1
# What does not answer within this time counts as out of order.
PROBE_SECONDS = 3
# Beat and a worker give a sign every minute; a sign older than this means that they stand still.
LONGEST_WITHOUT_PULSE = dt.timedelta(minutes=5)
# What a probe writes: a disk that takes this takes the next evidence too.
PROBE_BYTES = 65536
LEAST_FREE_BYTES = 100 * 2**20
PROBE_KEY = "san-sang"
# What strangers are told holds for so long.
STRANGERS_SECONDS = 5


@login_not_required
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Answer 200 as soon as requests are answered; checks nothing else."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@login_not_required
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, schema, broker, background processes and disk work, else 503, within some seconds whatever stands
    still. Monitors also read the problems, the pending roll-ups and the results of verifications."""
    if not is_within(request, settings.MONITORS):
        is_ready = LAST.is_ready()
        return _answer({}, is_ready, "Hệ thống sẵn sàng." if is_ready else "Hệ thống chưa sẵn sàng.")
    problems, answer = state()
    told = f"Hệ thống chưa sẵn sàng: {'; '.join(problems)}." if problems else "Hệ thống sẵn sàng."
    return _answer(answer, not problems, told)


def _answer(figures: dict[str, Any], is_ready: bool, told: str) -> JsonResponse:
    return JsonResponse(
        figures | {"san_sang": is_ready, "thong_bao": told},
        status=200 if is_ready else 503,
        json_dumps_params={"ensure_ascii": False},
    )


def state() -> tuple[list[str], dict[str, Any]]:
    """Return what is out of order, as parts of a Vietnamese sentence, and the figures for monitors."""
    problems: list[str] = []
    answer: dict[str, Any] = {}
    try:
        if not DATABASE.answers():
            problems.append("cơ sở dữ liệu không trả lời")
        elif pending := pending_migrations():
            problems.append(f"cơ sở dữ liệu còn {pending} bước nâng cấp chưa chạy")
        else:
            answer["tong_hop_con_no"] = pending_rollups()
            answer["doi_chieu"] = last_reconciliations()
            answer["nhat_ky"] = audit_chain()
    except DatabaseFailure:
        problems.append("không kết nối được cơ sở dữ liệu")
    if settings.REDIS_URL:
        refusal = broker_refusal()
        if refusal:
            problems.append(f"{refusal}; số liệu vẫn lưu được và sẽ được tổng hợp sau")
        else:
            problems += silent_processes()
    if not DISK.answers():
        problems.append("chỗ chứa tệp đầy, chỉ cho đọc hoặc không trả lời")
    return problems, answer


class LastState:
    """The answer to strangers: was the system ready when that was last asked? One of them at a time asks anew; all others are told
    what is known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[bool, float] | None = None

    def is_ready(self) -> bool:
        """Return what is known, asked anew where that is older than STRANGERS_SECONDS."""
        before = self._known
        if before is not None and (
            time.monotonic() - before[1] < STRANGERS_SECONDS or not self._lock.acquire(blocking=False)
        ):
            return before[0]
        if before is None:
            self._lock.acquire()
        try:
            if self._known is None or self._known is before:
                problems, _ = state()
                self._known = not problems, time.monotonic()
            return self._known[0]
        finally:
            self._lock.release()


class Probe:
    """A question to something that may never answer, asked by a thread of its own. While a question is under way no further one is
    asked: callers wait for its answer."""

    def __init__(self, question: Callable[[], Any]) -> None:
        self.answer: Any = None
        self._question = question
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    def answers(self) -> bool:
        """Return whether an answer came in time. Raises DatabaseFailure as the question did; any other error is a no."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._ask, daemon=True)
                self._thread.start()
            thread = self._thread
        thread.join(PROBE_SECONDS)
        if thread.is_alive():
            return False
        if isinstance(self._error, DatabaseFailure):
            raise self._error
        return self._error is None

    def _ask(self) -> None:
        try:
            self.answer = self._question()
            self._error = None
        except Exception as error:  # whatever it is, the answer is no
            self._error = error


def _ask_database() -> None:
    """Ask the database for nothing, over this thread's own connection."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _write_file() -> None:
    """Write a file where files are stored, and delete it. Raises OSError where that cannot be done, or hardly any space is left."""
    folder = Path(settings.FILES_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(PROBE_BYTES))
        file.flush()
    if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
        raise OSError("no space left")


def _measure_space() -> Any:
    """Return whole, used and free space of the disk on which files are stored, or will be."""
    folder = Path(settings.FILES_ROOT)
    return shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists()))


# Since when no sign of a background process is known.
MISSED_SINCE: dict[pulse.Part, dt.datetime] = {}
DATABASE, DISK, SPACE = Probe(_ask_database), Probe(_write_file), Probe(_measure_space)
LAST = LastState()


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Return the (application, name) of every migration of this version; read from disk once a process."""
    return frozenset(MigrationLoader(None).disk_migrations)


def pending_migrations() -> int:
    """Return the number of migrations of this version that the database does not have."""
    return len(known_migrations() - set(MigrationRecorder(connection).applied_migrations()))


def pending_rollups() -> dict[str, int | None]:
    """Return the number of pending roll-ups and the age of the oldest in whole seconds (None without any)."""
    pending = PendingRollup.objects.aggregate(count=Count("id"), oldest=Min("created_at"))
    age = None if pending["oldest"] is None else max(0, int((clock.now() - pending["oldest"]).total_seconds()))
    return {"so_luong": pending["count"], "cu_nhat_giay": age}


def last_reconciliations() -> list[dict[str, Any]]:
    """Return the result of the last reconciliation of each plan's roll-ups: time (ISO, Vietnam's; None: never), rows,
    differences."""
    return [
        {
            "nam": state.plan.year,
            "ke_hoach": state.plan.code,
            "luc": state.verified_at and formatting.local(state.verified_at).isoformat(timespec="seconds"),
            "da_tinh_lai": state.verified_rows,
            "lech": state.verified_differences,
        }
        for state in RollupState.objects.select_related("plan").order_by("-plan__year", "plan")
    ]


def audit_chain() -> dict[str, Any]:
    """Return the state of the log's chain: its end (number, hash; to be stored elsewhere as an anchor), the result of the last
    verification."""
    head = AuditChainHead.objects.first() or AuditChainHead(hash=GENESIS)
    return {
        "dong_cuoi": head.number,
        "ma_bam": head.hash,
        "kiem_tra_luc": head.verified_at and formatting.local(head.verified_at).isoformat(timespec="seconds"),
        "hong": head.verified_problem,
        "co_chot": is_protected(),
    }


def broker_refusal() -> str:
    """Return what is wrong with Redis as a part of a sentence, asked within a second; empty where it answers and stores."""
    import redis  # takes a tenth of a second, which no process without a broker should pay at its start

    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS, retry=None
    )
    try:
        client.set(PROBE_KEY, "1", ex=60)
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError):
        return "không kết nối được hàng đợi Redis"
    except redis.exceptions.RedisError:
        return "hàng đợi Redis từ chối ghi (đầy, hoặc chỉ cho đọc)"
    finally:
        client.close()
    return ""


def broker_answers() -> bool:
    """Return whether Redis answers within a second and stores what it is given."""
    return not broker_refusal()


def silent_processes() -> list[str]:
    """Return the background processes that gave no sign for long, as parts of a sentence. Where no sign is known, as after a first
    start or an emptied Redis, the time counts from when that was first seen here."""
    silent = []
    for part, name in ((pulse.Part.BEAT, "beat"), (pulse.Part.WORKER, "worker")):
        noted = pulse.last(part)
        if noted is not None:
            MISSED_SINCE.pop(part, None)
        if is_silent(noted or MISSED_SINCE.setdefault(part, clock.now())):
            silent.append(f"{name} không có dấu hiệu chạy")
    return silent


def is_silent(noted: dt.datetime) -> bool:
    """Return whether a sign of life is old. One from a time to come, after the clock was set back, counts as none."""
    return abs(clock.now() - noted) > LONGEST_WITHOUT_PULSE
