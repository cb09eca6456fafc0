"""Whether the product lives, and whether it is ready: two addresses for the proxy, the containers and monitoring.

They need no login and tell no figure and no secret. In production the caller sends a Host of ALLOWED_HOSTS.
"""

from functools import cache

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseFailure
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Min
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from core import clock, formatting
from core.audit.archive import is_protected
from core.audit.hash_chain import GENESIS
from core.audit.models import AuditChainHead
from indicators.models import PendingRollup, RollupState

BROKER_SECONDS = 1


@login_not_required
@never_cache
def live(request):
    """200 as soon as requests are answered; asks nothing else."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@login_not_required
@never_cache
def ready(request):
    """200 when database, schema and broker are there, else 503 with what is not; what is owed, and what the
    self-audit found, is shown either way."""
    problems = []
    answer = {}
    try:
        pending = pending_migrations()
        if pending:
            problems.append(f"cơ sở dữ liệu còn {pending} bước nâng cấp chưa chạy")
        else:
            answer["tong_hop_con_no"] = owed()
            answer["doi_chieu"] = verified()
            answer["nhat_ky"] = logged()
    except DatabaseFailure:
        problems.append("không kết nối được cơ sở dữ liệu")
    if settings.REDIS_URL and not broker_answers():
        problems.append("không kết nối được hàng đợi Redis; số liệu vẫn lưu được và sẽ được tổng hợp sau")
    answer["san_sang"] = not problems
    answer["thong_bao"] = f"Hệ thống chưa sẵn sàng: {'; '.join(problems)}." if problems else "Hệ thống sẵn sàng."
    return JsonResponse(answer, status=503 if problems else 200, json_dumps_params={"ensure_ascii": False})


@cache
def known_migrations():
    """(application, name) of every migration that this version brings; read from disk once a process."""
    return frozenset(MigrationLoader(None).disk_migrations)


def pending_migrations():
    """Number of migrations that this version brings and the database does not have."""
    return len(known_migrations() - set(MigrationRecorder(connection).applied_migrations()))


def owed():
    """Number of owed roll-ups and the age of the oldest in whole seconds (None when nothing is owed)."""
    debts = PendingRollup.objects.aggregate(count=Count("id"), oldest=Min("created_at"))
    age = None if debts["oldest"] is None else max(0, int((clock.now() - debts["oldest"]).total_seconds()))
    return {"so_luong": debts["count"], "cu_nhat_giay": age}


def verified():
    """What the last self-audit of each plan's roll-ups found: when (ISO, Vietnam's time; None: never), rows, differences."""
    return [
        {
            "nam": state.plan.year,
            "luc": state.verified_at and formatting.local(state.verified_at).isoformat(timespec="seconds"),
            "da_tinh_lai": state.verified_rows,
            "lech": state.verified_differences,
        }
        for state in RollupState.objects.select_related("plan").order_by("-plan__year")
    ]


def logged():
    """The log's chain: its end (number, hash; to be kept elsewhere as an anchor), what the last verification found."""
    head = AuditChainHead.objects.first() or AuditChainHead(hash=GENESIS)
    return {
        "dong_cuoi": head.number,
        "ma_bam": head.hash,
        "kiem_tra_luc": head.verified_at and formatting.local(head.verified_at).isoformat(timespec="seconds"),
        "hong": head.verified_problem,
        "co_chot": is_protected(),
    }


def broker_answers():
    """Whether Redis answers within a second."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS, retry=None
    )
    try:
        return client.ping()
    except redis.exceptions.RedisError:
        return False
    finally:
        client.close()
