"""The only page of `floor`."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from indicators.models import Plan


def page(request: HttpRequest) -> HttpResponse:
    """Show the account and the number of plans."""
    return HttpResponse(f"{request.user}: {Plan.objects.count()}")


urlpatterns = [path("", page)]
