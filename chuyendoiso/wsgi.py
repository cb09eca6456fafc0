"""WSGI entry point (gunicorn). In production it refuses to start with an unsafe configuration."""

import os
from importlib import import_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chuyendoiso.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

from django.conf import settings  # noqa: E402

# Loaded here and not at the first request: once for all workers, which share it.
import_module(settings.ROOT_URLCONF)

from chuyendoiso.checks import refuse_unsafe_production  # noqa: E402

refuse_unsafe_production()
