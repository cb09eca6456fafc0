"""One figure of a report: its value, its comments, its history; and the lead agency's list of questions."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.as_of import AsOf
from agencies.http import SignedInRequest
from agencies.models import User
from agencies.roles import Role
from indicators import errors
from indicators.models import Comment, CommentKind, Plan, Submission, Target
from indicators.review import comments, follow_up, threads
from indicators.submissions import attachments, history, locks
from indicators.submissions.detail import read_detail
from indicators.submissions.forms import clean_text
from indicators.submissions.permissions import may_see
from indicators.targets.target_rules import text as target_rules_text

DONE = {
    CommentKind.COMMENT: "Đã ghi ý kiến.",
    CommentKind.QUESTION: "Đã gửi câu hỏi đến cơ quan chủ trì.",
    CommentKind.VERIFIED: "Đã ghi: số liệu đã thẩm định.",
    CommentKind.DOUBT: "Đã nêu nghi vấn; người duyệt thấy ngay trên phiếu.",
}
PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def figure(request: SignedInRequest, pk: int, code: str) -> HttpResponse:
    """Show a figure with its comments and its history; POST adds a comment.

    For users who may open the report or lead its target; a draft only for its own agency.
    """
    submission, target = find_figure(request.user, pk, code)
    if request.method == "POST":
        kind = request.POST.get("kind", "")
        if kind not in CommentKind.values:
            raise Http404("Không có việc này.")
        text = clean_text(request.POST.get("text", ""))
        try:
            comments.add_comment(
                submission=submission,
                target=target,
                kind=CommentKind(kind),
                text=text,
                by=request.user,
                address=request.META.get("REMOTE_ADDR"),
            )
        except errors.ActionNotAllowed as refused:
            return render_figure(request, submission, target, refusal=str(refused), typed=(kind, text), status=409)
        messages.success(request, DONE[CommentKind(kind)])
        return redirect(f"{reverse('figure', args=[submission.pk, target.code])}#trao-doi")
    return render_figure(request, submission, target)


def find_figure(user: User, pk: int, code: str) -> tuple[Submission, Target]:
    """Return the report and the target of an address; 404 where there is none, or the user may not see it."""
    related = ("agency__parent", "period__plan", "submitted_by", "reviewed_by")
    submission = Submission.objects.select_related(*related).filter(pk=pk).first()
    target = None
    if submission is not None and "\x00" not in code:
        target = submission.period.plan.targets.with_parties().filter(code=code).first()
    if submission is None or target is None or not may_see(user, submission, target):
        raise Http404("Không có số liệu này.")
    return submission, target


def render_figure(
    request: SignedInRequest,
    submission: Submission,
    target: Target,
    *,
    refusal: str = "",
    typed: tuple[str, str] = ("", ""),
    status: int = 200,
) -> HttpResponse:
    AsOf(submission.period.window_last).apply_to([submission.agency])
    sheet = read_detail(submission.agency, submission.period, submission)
    row = next((row for row in sheet.rows if row.target.pk == target.pk), None)
    if row is None:
        raise Http404("Phiếu không có chỉ tiêu này.")
    may = comments.may_comment(request.user, submission, target)
    is_own = submission.agency_id == request.user.agency_id
    actuals = [] if row.actual is None else [row.actual]
    thread = threads.threads([submission], actuals).get((submission.pk, target.pk), threads.Thread())
    changes = [change for change in history.changes(submission, target) if is_own or not change.is_draft]
    context = {
        "sheet": sheet,
        "submission": submission,
        "target": target,
        "row": row,
        "thread": thread,
        "changes": changes,
        "rules": target_rules_text.of_target(submission.period.plan, target.code),
        "is_own": is_own,
        "can_attach": is_own and attachments.evidence_lock_reason(submission, target) is None,
        "reviews": Submission.objects.visible_to(request.user).filter(pk=submission.pk).exists(),
        "can_comment": CommentKind.COMMENT in may and locks.lock_reason(submission, "comment") is None,
        "can_ask": CommentKind.QUESTION in may and row.actual and locks.lock_reason(submission, "ask") is None,
        "can_judge": CommentKind.VERIFIED in may and row.actual and locks.lock_reason(submission, "judge") is None,
        "can_follow": may_follow(request.user, submission, may),
        "refusal": refusal,
        "typed_kind": typed[0],
        "typed": typed[1],
    }
    return render(request, "indicators/review/figure.html", context, status=status)


def may_follow(user: User, submission: Submission, may: set[CommentKind]) -> bool:
    """Return whether a user reviews the report and so may mark the figure. Who asks the lead agency reviews it, or is the standing
    agency, for which alone a query is made."""
    return CommentKind.QUESTION in may and (not user.holds(Role.STANDING) or follow_up.may_mark(user, submission))


@require_safe
@never_cache
def questions(request: SignedInRequest) -> HttpResponse:
    """Show the questions to the user's agency as a lead of targets: unanswered ones first."""
    user = request.user
    plan = Plan.objects.in_view()
    if not user.holds(Role.LEAD) or user.agency is None or plan is None:
        raise Http404("Tài khoản không thuộc cơ quan chủ trì.")
    listed = Comment.objects.questions().filter(target__in=Target.objects.led_by(user.agency))
    related = ("target", "by", "agency__parent", "submission__agency__parent", "submission__period__plan")
    # `questions` adds `answered`, which the types do not carry.
    listed = listed.select_related(*related).order_by("answered", "-at", "-pk")  # type: ignore[misc]
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("trang"))
    context = {
        "plan": plan,
        "page": page,
        "waiting": listed.filter(answered=False).count(),  # type: ignore[misc]
        "led": Target.objects.led_by(user.agency).filter(plan=plan).in_order(),
    }
    return render(request, "indicators/review/questions.html", context)
