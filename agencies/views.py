"""Pages about who: signing in, one's account, one agency."""

from django.shortcuts import render


def csrf_failure(request, reason=""):
    """The form was too old or came from elsewhere; nothing was saved."""
    return render(request, "agencies/csrf.html", status=403)
