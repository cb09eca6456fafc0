"""The type of a request whose person is signed in."""

from django.http import HttpRequest

from agencies.models import User


class SignedInRequest(HttpRequest):
    """A request that LoginRequiredMiddleware has let through: its user is an account. For annotations of views only."""

    user: User
