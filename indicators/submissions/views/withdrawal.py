"""Taking back a report that was sent and that nobody has decided on yet."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from indicators import errors
from indicators.submissions import workflow
from indicators.submissions.views.entry import find_period, last_version, own_agency


@require_POST
def withdraw(request, period):
    """One's own agency's newest report of a period becomes a draft again."""
    agency, period = own_agency(request.user), find_period(period)
    submission = last_version(agency, period, is_latest=True)
    if submission is None:
        raise Http404("Chưa có phiếu của kỳ này.")
    try:
        workflow.withdraw(submission=submission, by=request.user, address=request.META.get("REMOTE_ADDR"))
    except errors.ActionNotAllowed as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Đã rút lại phiếu. Các số còn nguyên; sửa xong bấm Gửi phiếu để nộp lại.")
    return redirect("entry", period.code)
