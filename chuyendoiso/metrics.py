"""Measurements for Prometheus: requests of all processes of this machine, tasks of all workers, and how the system is.

They are answered by a listener of their own (METRICS_BIND), to which the proxy leads nobody; elsewhere there is no such address.
"""

import logging
import os
import time
from collections.abc import Callable, Iterable

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from chuyendoiso import health, system_state
from core import clock
from core.audit.models import AuditChainHead
from core.jobs import pulse, task_counts
from core.jobs.models import Job, JobState
from core.notifications.models import Notification
from indicators.models import RollupState

log = logging.getLogger(__name__)

PATH = "/metrics"
# Set by gunicorn.conf.py: a folder in which all processes of one server count together.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
OWN = CollectorRegistry()
REQUESTS = Histogram(
    "chuyendoiso_request_seconds",
    "Requests by answer: number and duration.",
    ["code"],
    buckets=(0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 8, 30),
    registry=OWN,
)


class MetricsMiddleware:
    """Measure each request, and answer those of the listener for measurements, which reach nothing else of the product."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.METRICS_PORT and request.META.get("SERVER_PORT") == settings.METRICS_PORT:
            if request.path != PATH:
                return HttpResponse("Chỉ có /metrics.", status=404, content_type="text/plain; charset=utf-8")
            return HttpResponse(text(), content_type=CONTENT_TYPE_LATEST)
        began = time.monotonic()
        response = self.get_response(request)
        REQUESTS.labels(code=str(response.status_code)).observe(time.monotonic() - began)
        return response


def text() -> bytes:
    """Return all measurements in the text format of Prometheus. Nine queries where the database answers."""
    registry = CollectorRegistry()
    if os.environ.get(SHARED_FOLDER):
        MultiProcessCollector(registry)
    else:
        registry.register(OWN)
    registry.register(_State())
    return generate_latest(registry)


class _State:
    """Measurements that are asked for when somebody measures."""

    def collect(self) -> Iterable[Metric]:
        problems, _ = health.state()
        yield GaugeMetricFamily("chuyendoiso_ready", "1 where /san-sang/ answers 200.", value=float(not problems))
        yield from _disk()
        yield from _pulses()
        yield from _tasks()
        try:
            if health.DATABASE.answers():
                yield from _stored()
        except DatabaseFailure as error:
            log.warning("Số đo trong cơ sở dữ liệu không đọc được: %s", error)

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked when this is registered."""
        return ()


def _disk() -> Iterable[Metric]:
    if not health.SPACE.answers():
        return
    usage = health.SPACE.answer
    yield GaugeMetricFamily("chuyendoiso_disk_free_bytes", "Free space where files are stored.", value=usage.free)
    yield GaugeMetricFamily("chuyendoiso_disk_size_bytes", "Whole space where files are stored.", value=usage.total)


def _pulses() -> Iterable[Metric]:
    signs = GaugeMetricFamily("chuyendoiso_pulse_timestamp_seconds", "Last sign of a process.", labels=["process"])
    for part in pulse.Part:
        if (noted := pulse.last(part)) is not None:
            signs.add_metric([part.name.lower()], noted.timestamp())
    yield signs


def _tasks() -> Iterable[Metric]:
    counts = CounterMetricFamily("chuyendoiso_tasks", "Tasks that ended.", labels=["task", "outcome"])
    for (name, outcome), count in task_counts.counts(system_state.task_names()).items():
        counts.add_metric([name, outcome.value], count)
    yield counts


def _stored() -> Iterable[Metric]:
    owed = health.pending_rollups()
    yield GaugeMetricFamily("chuyendoiso_pending_rollups", "Roll-ups that are owed.", value=owed["so_luong"] or 0)
    yield GaugeMetricFamily(
        "chuyendoiso_pending_rollup_age_seconds", "Age of the oldest.", value=owed["cu_nhat_giay"] or 0
    )
    at = GaugeMetricFamily("chuyendoiso_verification_timestamp_seconds", "Last verification.", labels=["what"])
    wrong = GaugeMetricFamily("chuyendoiso_verification_differences", "What it found.", labels=["what"])
    for state in RollupState.objects.select_related("plan").order_by("plan"):
        if state.verified_at is not None:
            at.add_metric([f"plan {state.plan.code}"], state.verified_at.timestamp())
            wrong.add_metric([f"plan {state.plan.code}"], state.verified_differences)
    head = AuditChainHead.objects.first()
    if head is not None and head.verified_at is not None:
        at.add_metric(["log"], head.verified_at.timestamp())
        wrong.add_metric(["log"], float(bool(head.verified_problem)))
    yield from (at, wrong)
    backup = system_state.last_backup()
    if backup is not None:
        yield GaugeMetricFamily("chuyendoiso_backup_timestamp_seconds", "Last backup.", value=backup.at.timestamp())
    jobs = GaugeMetricFamily("chuyendoiso_jobs", "Jobs by state.", labels=["state"])
    for state_of_job, count in Job.objects.order_by("state").values_list("state").annotate(Count("pk")):
        jobs.add_metric([JobState(state_of_job).value], count)
    yield jobs
    mail = Notification.Mail
    letters = Notification.objects.aggregate(
        waiting=Count("pk", filter=Q(mail=mail.WAITING, mail_after__lte=clock.now())),
        failed=Count("pk", filter=Q(mail=mail.FAILED)),
        unknown=Count("pk", filter=Q(mail=mail.UNKNOWN)),
    )
    notices = GaugeMetricFamily("chuyendoiso_letters", "Notices that no letter has brought.", labels=["state"])
    for name, count in letters.items():
        notices.add_metric([name], count)
    yield notices
