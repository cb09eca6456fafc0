"""Taking decisions on reports back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from agencies.http import SignedInRequest
from core import formatting
from indicators import errors
from indicators.models import Submission
from indicators.review import undo_offer
from indicators.review.views.queue import MOST_AT_ONCE, check_reviewer
from indicators.rollups import tasks
from indicators.submissions.undo import undo_decision


@require_POST
def undo(request: SignedInRequest) -> HttpResponse:
    """Take back the decisions on the reports of the tickets; show the taken back ones, and the reasons of the others. One leads
    to its report, several to the queue."""
    check_reviewer(request.user)
    undo_offer.drop(request.session)
    revisions = undo_offer.read_tickets(request.POST.getlist("phieu")[:MOST_AT_ONCE])
    reports = Submission.objects.reviewable_by(request.user).filter(pk__in=revisions)
    reports = reports.select_related("agency__parent", "period__plan").order_by("pk")
    done, refused, decided = [], [], list(reports)
    with tasks.enqueue_once():
        for report in decided:
            name = report.agency.place_name
            try:
                undo_decision(
                    submission=report,
                    by=request.user,
                    revision=revisions[report.pk],
                    address=request.META.get("REMOTE_ADDR"),
                )
            except errors.ActionNotAllowed as refusal:
                refused.append(f"{name}: {refusal}")
            else:
                done.append(name)
    if done:
        count = formatting.number(len(done))
        messages.success(
            request, f"Đã hoàn tác quyết định về {count} phiếu: {'; '.join(done)}. Phiếu lại đang chờ duyệt."
        )
    if refused:
        messages.warning(request, f"{formatting.number(len(refused))} phiếu chưa hoàn tác. {' · '.join(refused)}")
    if len(decided) == 1:
        return redirect("review", decided[0].pk)
    return redirect(f"{reverse('review_queue')}?ky={decided[0].period.code}" if decided else "review_queue")
