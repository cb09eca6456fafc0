"""Settings of the cheapest possible page: Django, a session, an account, one query, forty bytes. `floor_page` is served by the
product's own server with these settings, without its middleware and templates."""

from chuyendoiso.settings import *  # noqa: F403

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
]
ROOT_URLCONF = "benchmarks.floor_urls"
WSGI_APPLICATION = None
