"""One target: how is it going, and why?"""

from django.shortcuts import get_object_or_404, render

from indicators.models import Target
from indicators.views.selection import select


def target(request, code):
    selection = select(request)
    found = get_object_or_404(Target.objects.with_parties(), plan=selection.plan, code=code)
    return render(request, "indicators/target.html", {"selection": selection, "target": found})
