"""The one page of `floor`."""

from django.http import HttpResponse
from django.urls import path

from indicators.models import Plan


def page(request):
    return HttpResponse(f"{request.user}: {Plan.objects.count()}")


urlpatterns = [path("", page)]
