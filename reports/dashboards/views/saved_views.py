"""The reader's own saved pages: list, save, rename, remove."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from agencies.http import SignedInRequest
from indicators.errors import ActionNotAllowed
from reports.dashboards import saved_views
from reports.models import SavedView

FIELD = "trang-nay"


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SignedInRequest) -> HttpResponse:
    """List the saved pages, and save one. `trang-nay`: the address of the page that the reader came from."""
    given = request.POST if request.method == "POST" else request.GET
    names = saved_views.names_for(request.user)
    address = saved_views.address_of(given.get(FIELD, ""), names)
    name, refused = request.POST.get("ten", ""), ""
    if request.method == "POST":
        try:
            if address is None:
                raise ActionNotAllowed("Trang này không lưu được. Mở lại trang cần lưu rồi thử lại.")
            view = saved_views.keep(name=name, address=address, newest="moi-nhat" in request.POST, by=request.user)
        except ActionNotAllowed as refusal:
            refused = str(refusal)
        else:
            messages.success(request, f"Đã lưu trang “{view.name}”.")
            return redirect("saved")
    saved = [
        (view, saved_views.address_of(view.address, names)) for view in SavedView.objects.filter(user=request.user)
    ]
    unfit = address is None and bool(request.GET.get(FIELD)) and not request.GET[FIELD].startswith(request.path)
    context = {
        "saved": saved,
        "address": address,
        "name": name,
        "refused": refused,
        "field": FIELD,
        "unfit": unfit,
    }
    return render(request, "reports/dashboards/saved_views.html", context, status=400 if refused else 200)


@require_POST
def act(request: SignedInRequest, pk: int) -> HttpResponse:
    """Rename or remove a saved page. `viec`: doi-ten with `ten`, or xoa. Raises Http404 for another person's."""
    view = get_object_or_404(SavedView, pk=pk, user=request.user)
    if request.POST.get("viec") == "xoa":
        view.delete()
        messages.success(request, f"Đã xóa “{view.name}” khỏi các trang đã lưu.")
        return redirect("saved")
    was = view.name
    try:
        saved_views.rename(view, name=request.POST.get("ten", ""))
    except ActionNotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Đã đổi tên “{was}” thành “{view.name}”.")
    return redirect("saved")
