"""The page of the names that files use for agencies and that a person has confirmed."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.http import SignedInRequest
from agencies.models import RememberedName
from agencies.roles import Role
from agencies.services import organisation


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: SignedInRequest) -> HttpResponse:
    """Show the remembered names, for those who load files; POST forgets one (`ten`)."""
    if not request.user.holds(Role.STANDING, Role.ADMIN):
        raise Http404("Không có trang này.")
    names = RememberedName.objects.select_related("agency__parent")
    if request.method == "POST":
        pk = request.POST.get("ten", "")
        remembered = get_object_or_404(names, pk=int(pk) if pk.isascii() and pk.isdecimal() and len(pk) < 18 else 0)
        organisation.forget_name(remembered=remembered, by=request.user, address=request.META["REMOTE_ADDR"])
        messages.success(request, f"Đã bỏ tên “{remembered.name}”. Lần sau gặp tên này, tệp sẽ hỏi lại.")
        return redirect("remembered_names")
    return render(request, "agencies/names.html", {"names": names})
