"""The Celery application. Tasks live in each app's tasks.py; what is owed lives in the database."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chuyendoiso.settings")

app = Celery("chuyendoiso")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_to_start(**_):
    """Worker and beat refuse what the web server refuses. Celery logs and forgets any exception but SystemExit."""
    from .checks import refuse_unsafe_production

    try:
        refuse_unsafe_production()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error
