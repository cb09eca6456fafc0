"""The Celery application. Tasks are in the tasks.py of each app or package; pending work is stored in the database."""

import os

from celery import Celery, Task, states
from celery.signals import beat_init, task_postrun, worker_init
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chuyendoiso.settings")

app = Celery("chuyendoiso")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Packages inside the apps that have a tasks.py.
app.autodiscover_tasks(
    [
        "exchange.webhooks",
        "indicators.calendar",
        "indicators.review",
        "indicators.rollups",
        "indicators.submissions",
        "indicators.workbooks",
        "reports.documents",
    ]
)


@worker_init.connect
@beat_init.connect
def refuse_to_start(**_: object) -> None:
    """Stop the worker or beat for the same reasons as the web server. Celery logs any exception but SystemExit and goes on."""
    from chuyendoiso.checks import refuse_unsafe_production

    try:
        refuse_unsafe_production()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error


@task_postrun.connect
def count_task(task: Task, state: str, **_: object) -> None:
    """Count a task that ended well or badly, for measurements and the state of the system."""
    from core.jobs import task_counts

    outcomes = {states.SUCCESS: task_counts.Outcome.DONE, states.FAILURE: task_counts.Outcome.FAILED}
    if state in outcomes:
        task_counts.note(task.name, outcomes[state])
