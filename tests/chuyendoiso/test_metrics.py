"""Measurements for Prometheus, and where they are answered."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache
from prometheus_client.parser import text_string_to_metric_families

from chuyendoiso import health, metrics, system_state
from core.jobs import task_counts
from indicators.models import PendingRollup
from tests import factories
from tests.stack import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def measured(client, settings):
    """`measured()`: value by (name, labels), as Prometheus reads them."""
    settings.METRICS_PORT = "9117"

    def ask():
        answer = client.get("/metrics", SERVER_PORT="9117")
        assert answer.status_code == 200 and answer["Content-Type"].startswith("text/plain; version=")
        families = text_string_to_metric_families(answer.content.decode())
        return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}

    return ask


def test_requests_are_counted_by_code(client, measured):
    before = measured().get(("chuyendoiso_request_seconds_count", "404"), 0)
    client.get("/khong-co/")
    assert measured()["chuyendoiso_request_seconds_count", "404"] == before + 1


def test_what_is_owed_is_measured(measured):
    plan = factories.make_plan()
    PendingRollup.objects.create(plan=plan, created_at=health.clock.now() - dt.timedelta(seconds=90))
    told = measured()
    assert told["chuyendoiso_pending_rollups",] == 1 and 90 <= told["chuyendoiso_pending_rollup_age_seconds",] < 100
    assert told["chuyendoiso_ready",] == 1 and told["chuyendoiso_disk_size_bytes",] > 0
    assert told["chuyendoiso_letters", "waiting"] == 0


def test_tasks_are_counted_and_the_last_outcome_is_known(measured):
    name = "core.jobs.tasks.watch_jobs"
    cache.delete_many([f"tasks:{name}:{word}" for word in ("done", "failed", "last")])
    task_counts.note(name, task_counts.Outcome.DONE)
    task_counts.note(name, task_counts.Outcome.FAILED)
    told = measured()
    assert [told["chuyendoiso_tasks_total", outcome, name] for outcome in ("done", "failed")] == [1, 1]
    assert task_counts.failing(system_state.task_names()) == [name]
    task_counts.note(name, task_counts.Outcome.DONE)
    assert task_counts.failing(system_state.task_names()) == []


def test_only_the_listener_for_measurements_answers_and_nothing_else_there(client, settings):
    assert client.get("/metrics").status_code == 404
    settings.METRICS_PORT = "9117"
    assert client.get("/metrics").status_code == 404
    assert client.get("/dang-nhap/", SERVER_PORT="9117").content.decode() == "Chỉ có /metrics."


def test_without_a_database_the_rest_is_measured(measured, monkeypatch):
    monkeypatch.setattr(metrics.health.DATABASE, "answers", lambda: False)
    told = measured()
    assert told["chuyendoiso_ready",] == 0 and ("chuyendoiso_pending_rollups",) not in told


def test_the_counts_of_a_server_go_with_it_even_if_it_refused_to_start():
    """A child, as gunicorn's workers are, leaves the folder alone."""
    code = """
import os, runpy, sys
folder = runpy.run_path("gunicorn.conf.py")["counts_folder"]
if not os.fork():
    sys.exit()
os.wait()
print(folder, os.path.isdir(folder))
sys.exit(3)
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    folder, was_there = ended.stdout.split()
    assert ended.returncode == 3 and was_there == "True" and not Path(folder).exists()
