"""Pages of the figures that a reviewing office looks at again."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from agencies.roles import Role
from indicators import errors
from indicators.models import Plan
from indicators.review import follow_up
from indicators.review.views.figure import find_figure
from indicators.selection import no_plan

PER_PAGE = 50


@require_safe
@never_cache
def follow_ups(request: SignedInRequest) -> HttpResponse:
    """Show the marks of the reviewer's office, and what the rules found in past months last night."""
    if not request.user.holds(Role.STANDING, Role.REVIEWER):
        raise Http404("Tài khoản không duyệt phiếu.")
    page = Paginator(follow_up.findings_for(request.user), PER_PAGE).get_page(request.GET.get("trang"))
    marks = follow_up.marks_of_office(request.user)
    if not (marks or page.object_list) and Plan.objects.in_view() is None:
        raise no_plan()
    context = {"marks": marks, "page": page}
    return render(request, "indicators/review/follow_ups.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def mark(request: SignedInRequest, pk: int, code: str) -> HttpResponse:
    """Show the office's mark on a figure. POST stores its note; with `act=remove` it takes the mark away. 404 for those who do
    not review the report."""
    submission, target = find_figure(request.user, pk, code)
    if not follow_up.may_mark(request.user, submission):
        raise Http404("Không có số liệu này.")
    note, refusal = request.POST.get("note", ""), ""
    if request.method == "POST":
        address = request.META.get("REMOTE_ADDR")
        try:
            if request.POST.get("act") == "remove":
                follow_up.unmark(submission=submission, target=target, by=request.user, address=address)
                messages.success(request, f"Đã thôi theo dõi {target.code}.")
            else:
                follow_up.mark(submission=submission, target=target, note=note, by=request.user, address=address)
                messages.success(request, f"Đã đánh dấu {target.code} để theo dõi tiếp.")
            return redirect("follow_ups")
        except errors.ActionNotAllowed as refused:
            refusal = str(refused)
    present = follow_up.mark_of(request.user, submission, target)
    context = {
        "submission": submission,
        "target": target,
        "present": present,
        "typed": note if refusal else (present.note if present else ""),
        "refusal": refusal,
    }
    return render(request, "indicators/review/follow_up.html", context, status=409 if refusal else 200)
