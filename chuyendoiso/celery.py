"""The Celery application. Tasks live in the tasks.py of each app or package; what is owed lives in the database."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chuyendoiso.settings")

app = Celery("chuyendoiso")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Packages inside the apps that hold tasks of their own.
app.autodiscover_tasks(
    [
        "indicators.calendar",
        "indicators.rollups",
        "indicators.submissions",
        "indicators.workbooks",
        "reports.documents",
    ]
)


@worker_init.connect
@beat_init.connect
def refuse_to_start(**_):
    """Worker and beat refuse what the web server refuses. Celery logs and forgets any exception but SystemExit."""
    from chuyendoiso.checks import refuse_unsafe_production

    try:
        refuse_unsafe_production()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error
