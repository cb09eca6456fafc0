"""Withdrawal of a submitted report that was not decided yet."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from agencies.http import SignedInRequest
from indicators import errors
from indicators.submissions import workflow
from indicators.submissions.views.entry import find_period, last_version, own_agency


@require_POST
def withdraw(request: SignedInRequest, period: str) -> HttpResponse:
    """Turn the newest report of the user's own agency back into a draft."""
    agency, reporting_period = own_agency(request.user), find_period(period)
    submission = last_version(agency, reporting_period, is_latest=True)
    if submission is None:
        raise Http404("Chưa có phiếu của kỳ này.")
    try:
        workflow.withdraw(submission=submission, by=request.user, address=request.META.get("REMOTE_ADDR"))
    except errors.ActionNotAllowed as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Đã rút lại phiếu. Các số còn nguyên; sửa xong bấm Nộp phiếu để nộp lại.")
    return redirect("entry", reporting_period.code)
