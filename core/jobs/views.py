"""Pages of jobs: the list, one job with its progress, its result file."""

from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
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
def job_list(request: HttpRequest) -> HttpResponse:
    """Show the person's own jobs, newest first."""
    number = request.GET.get("trang", "1")
    page = Paginator(Job.objects.filter(owner=request.user.pk), JOBS_ON_A_PAGE).get_page(number[:9])
    lines = [(each, each.state_at(clock.now())) for each in page]
    return render(request, "core/jobs/job_list.html", {"page": page, "lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
def job(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a job's progress and result. POST with `act=retry` starts it again after a failure."""
    shown = _job(request, pk)
    if request.method == "POST":
        if shown.owner_id != request.user.pk or request.POST.get("act") != "retry":
            raise Http404("Không có việc này.")
        jobs_services.retry_job(job=shown, by=shown.owner)
        return redirect(shown)
    return render(request, "core/jobs/job.html", _progress(request, shown))


@require_safe
def job_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the part of the page that changes, which its script loads while the work goes on."""
    return render(request, "core/jobs/_job.html", _progress(request, _job(request, pk)))


@require_safe
def job_file(request: HttpRequest, pk: int) -> FileResponse:
    """Return the result file."""
    shown = _job(request, pk)
    if not shown.file.name:
        raise Http404("Việc này không có tệp kết quả.")
    try:
        content = shown.file.open("rb")
    except FileNotFoundError:
        raise Http404("Tệp kết quả không còn.") from None
    ending = shown.file.name.rpartition(".")[2]
    return files.file_response(content, shown.file_name, RESULT_TYPES.get(ending, "application/octet-stream"))


def _job(request: HttpRequest, pk: int) -> Job:
    return get_object_or_404(Job.objects.visible_to(request.user).select_related("owner"), pk=pk)


def _progress(request: HttpRequest, job: Job) -> dict[str, Any]:
    state = job.state_at(clock.now())
    return {
        "job": job,
        "state": state,
        "is_over": state not in (JobState.QUEUED, JobState.RUNNING),
        "is_own": job.owner_id == request.user.pk,
    }
