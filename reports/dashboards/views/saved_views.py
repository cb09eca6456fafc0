"""One's own saved pages: found, kept, renamed, dropped."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from indicators.errors import ActionNotAllowed
from reports.dashboards import saved_views
from reports.models import SavedView

FIELD = "trang-nay"


@require_http_methods(["GET", "HEAD", "POST"])
def page(request):
    """`trang-nay`: the address of the page that the reader came from, to be kept under a name."""
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
    kept = [(view, saved_views.address_of(view.address, names)) for view in SavedView.objects.filter(user=request.user)]
    context = {"kept": kept, "address": address, "name": name, "refused": refused, "field": FIELD}
    context["unfit"] = (
        address is None and bool(request.GET.get(FIELD)) and not request.GET[FIELD].startswith(request.path)
    )
    return render(request, "reports/saved.html", context, status=400 if refused else 200)


@require_POST
def act(request, pk):
    """`viec`: doi-ten with `ten`, or xoa. Another's is not there."""
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
