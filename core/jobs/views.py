"""Pages of jobs: the list, one job with its progress, its file."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core import clock, files
from core.jobs import services as jobs_services
from core.jobs.models import Job, JobState
from core.spreadsheet import CSV, XLSX

# Types of the files that jobs make.
RESULT_TYPES = {
    "xlsx": XLSX,
    "csv": CSV,
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}
JOBS_ON_A_PAGE = 30


@require_safe
def job_list(request):
    """The long work that one has asked for, newest first."""
    number = request.GET.get("trang", "1")
    page = Paginator(Job.objects.filter(owner=request.user), JOBS_ON_A_PAGE).get_page(number[:9])
    lines = [(each, each.state_at(clock.now())) for each in page]
    return render(request, "core/jobs/job_list.html", {"page": page, "lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
def job(request, pk):
    """How far a piece of long work is, and what came of it. POST with `act=retry` asks for it again after a failure."""
    asked = _job(request, pk)
    if request.method == "POST":
        if asked.owner_id != request.user.pk or request.POST.get("act") != "retry":
            raise Http404("Không có việc này.")
        jobs_services.retry_job(job=asked, by=request.user)
        return redirect(asked)
    return render(request, "core/jobs/job.html", _progress(request, asked))


@require_safe
def job_progress(request, pk):
    """The part of the page that changes, asked for by its script while the work goes on."""
    return render(request, "core/jobs/_job.html", _progress(request, _job(request, pk)))


@require_safe
def job_file(request, pk):
    """What the work made."""
    asked = _job(request, pk)
    if not asked.file:
        raise Http404("Việc này không có tệp kết quả.")
    try:
        content = asked.file.open("rb")
    except FileNotFoundError:
        raise Http404("Tệp kết quả không còn.") from None
    ending = asked.file.name.rpartition(".")[2]
    return files.file_response(content, asked.file_name, RESULT_TYPES.get(ending, "application/octet-stream"))


def _job(request, pk):
    return get_object_or_404(Job.objects.visible_to(request.user).select_related("owner"), pk=pk)


def _progress(request, asked):
    state = asked.state_at(clock.now())
    return {
        "job": asked,
        "state": state,
        "is_over": state not in (JobState.QUEUED, JobState.RUNNING),
        "is_own": asked.owner_id == request.user.pk,
    }
