"""WSGI entry point of the floor page."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.floor"
application = get_wsgi_application()
