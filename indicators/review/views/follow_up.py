"""Pages of the figures that a reviewing office looks at again."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.http import SignedInRequest
from agencies.roles import Role
from core import formatting
from indicators import errors
from indicators.models import FindingRule, Plan
from indicators.review import follow_up
from indicators.review.views.figure import find_figure
from indicators.selection import no_plan


@require_safe
@never_cache
def follow_ups(request: SignedInRequest) -> HttpResponse:
    """Show the marks of the reviewer's office, and what the rules found in past months last night."""
    if not request.user.holds(Role.STANDING, Role.REVIEWER):
        raise Http404("Tài khoản không duyệt phiếu.")
    groups = follow_up.grouped(request.user)
    marks = follow_up.marks_of_office(request.user)
    if not (marks or groups) and Plan.objects.in_view() is None:
        raise no_plan()
    context = {"marks": marks, "groups": groups, "count": sum(group.count for group in groups)}
    return render(request, "indicators/review/follow_ups.html", context)


@require_POST
def see(request: SignedInRequest) -> HttpResponse:
    """Note that the reviewer's office has seen the findings of a rule (`quy-tac`), of one agency (`don-vi`) or of all."""
    if not request.user.holds(Role.STANDING, Role.REVIEWER):
        raise Http404("Tài khoản không duyệt phiếu.")
    rule = request.POST.get("quy-tac", "")
    if rule not in FindingRule.values:
        raise Http404("Không có nhóm này.")
    agency = request.POST.get("don-vi", "").replace("\0", "")
    count = follow_up.see(rule=rule, agency=agency, by=request.user, address=request.META.get("REMOTE_ADDR"))
    if count:
        messages.success(request, f"Đã xem {formatting.number(count)} số liệu; danh sách không nêu lại.")
    else:
        messages.info(request, "Nhóm này đã được xem trước đó.")
    return redirect("follow_ups")


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
