"""WSGI entry point (gunicorn). In production it refuses to start on a configuration that is not safe."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chuyendoiso.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

from chuyendoiso.checks import refuse_unsafe_production  # noqa: E402

refuse_unsafe_production()
