"""What holds of every page, whatever it shows: who may open it, and who keeps it."""

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers


class PrivateMiddleware:
    """Every answer is its reader's alone: no cache keeps one, nor does a browser for whoever uses it next. Served files,
    which are everybody's, do not come this way."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class AccountMiddleware:
    """A password that was issued must be changed before anything else is done."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated and request.user.must_change_password:
            allowed = {reverse("password_change"), reverse("logout")}
            if request.path not in allowed and not request.path.startswith("/static/"):
                return redirect("password_change")
        return self.get_response(request)
