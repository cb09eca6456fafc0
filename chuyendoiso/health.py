"""Two addresses for the proxy, the containers and monitoring: the product is alive, the product is ready.

They need no login and contain no figure and no secret. In production the caller sends a Host of ALLOWED_HOSTS.
"""

from functools import cache
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
from indicators.models import PendingRollup, RollupState

BROKER_SECONDS = 1


@login_not_required
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Answer 200 as soon as requests are answered; checks nothing else."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@login_not_required
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, schema and broker work, else 503 with the problems; pending roll-ups and the results of
    verifications are included either way."""
    problems = []
    answer: dict[str, Any] = {}
    try:
        pending = pending_migrations()
        if pending:
            problems.append(f"cơ sở dữ liệu còn {pending} bước nâng cấp chưa chạy")
        else:
            answer["tong_hop_con_no"] = pending_rollups()
            answer["doi_chieu"] = last_reconciliations()
            answer["nhat_ky"] = audit_chain()
    except DatabaseFailure:
        problems.append("không kết nối được cơ sở dữ liệu")
    if settings.REDIS_URL and not broker_answers():
        problems.append("không kết nối được hàng đợi Redis; số liệu vẫn lưu được và sẽ được tổng hợp sau")
    answer["san_sang"] = not problems
    answer["thong_bao"] = f"Hệ thống chưa sẵn sàng: {'; '.join(problems)}." if problems else "Hệ thống sẵn sàng."
    return JsonResponse(answer, status=503 if problems else 200, json_dumps_params={"ensure_ascii": False})


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


def broker_answers() -> bool:
    """Return whether Redis answers within a second."""
    import redis  # takes a tenth of a second, which no process without a broker should pay at its start

    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS, retry=None
    )
    try:
        return bool(client.ping())
    except redis.exceptions.RedisError:
        return False
    finally:
        client.close()
