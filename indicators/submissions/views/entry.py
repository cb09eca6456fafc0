"""Entry of an agency's figures of a period: a plain form that saves all valid rows and keeps the others as typed."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.as_of import AsOf, ending_of
from agencies.http import SignedInRequest
from agencies.models import Agency, User
from agencies.roles import Role
from core import clock, formatting
from indicators import errors
from indicators.models import Extension, Plan, ReportingPeriod, State, Submission
from indicators.periods import deadlines, working_days
from indicators.rules.calendar import PeriodState
from indicators.submissions import editing, workflow
from indicators.submissions import parts as submissions_parts
from indicators.submissions.detail import SubmissionDetail, read_detail, reviewing_agency
from indicators.submissions.forms import EntryForm, EntryRow
from indicators.submissions.receipts import checksum, figures_text
from indicators.submissions.views.offline import allow_copy


@require_safe
def current(request: SignedInRequest) -> HttpResponse:
    """Redirect to the newest open period; where none is open, show when the next one opens."""
    agency = own_agency(request.user)
    plans = Plan.objects.at_work_for(agency)
    if not plans:
        return redirect("setup")
    periods = list(ReportingPeriod.objects.filter(plan__in=plans).select_related("plan").by_time())
    calendar, today = deadlines.read(periods, [agency.pk]), clock.today()
    own_deadlines = {period: calendar.of(agency.pk, agency.level, period) for period in periods}
    opened = [period for period in periods if own_deadlines[period].state(today) == PeriodState.OPEN]
    if opened:
        return redirect("entry", newest_of(opened).code)
    upcoming = [period for period in periods if own_deadlines[period].state(today) == PeriodState.UPCOMING]
    past = [period for period in periods if own_deadlines[period].state(today) == PeriodState.CLOSED]
    context = {
        "ending": ending_of(agency),
        "upcoming": upcoming[0] if upcoming else None,
        "due_on": own_deadlines[upcoming[0]].due_on if upcoming else None,
        "past": past[-1] if past else None,
    }
    return render(request, "indicators/submissions/nothing_to_enter.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def entry(request: SignedInRequest, period: str) -> HttpResponse:
    """Show the form of the user's agency. POST saves all valid rows and, with `act=submit`, leads on to the summary."""
    agency, reporting_period = own_agency(request.user), find_period(period)
    if request.method != "POST":
        sheet = latest_sheet(agency, reporting_period)
        response = render_entry(request, EntryForm(sheet))
        return response if sheet.locked else allow_copy(response, request.user)
    form, saved, refusal = save(request, agency, reporting_period)
    sheet = form.sheet
    if sheet.locked:
        return answer_locked(request, form, sending=request.POST.get("act") == "submit")
    submitting = request.POST.get("act") == "submit"
    if form.unsaved or refusal:
        return render_entry(request, form, saved=saved, refusal=refusal, submitting=submitting)
    if not submitting:
        messages.success(request, saved_words(saved, sheet.submission))
        return redirect("entry", reporting_period.code)
    if not (sheet.reported or submissions_parts.holds_any(sheet.submission)):
        return render_entry(request, form, saved=saved, refusal="Phiếu chưa có số nào nên chưa nộp được.")
    return redirect("entry_summary", reporting_period.code)


@login_not_required
@require_POST
@never_cache
def cells(request: HttpRequest, period: str) -> JsonResponse:
    """Save the posted rows by the form's own rules, for the page that saves each cell by itself
    (static/js/lib/autosave.js).

    Answers in JSON: each row as the page shows it now, or the reason why nothing could be saved. 401: the session has
    ended. 409 with `other`: another user is signed in by now; with `locked`: the report is closed to changes. In all of
    them the page keeps the typed contents.
    """
    user = request.user
    if not user.is_authenticated or user.must_change_password:
        back = urlencode({"next": reverse("entry", args=[period])})
        return JsonResponse({"login": f"{reverse('login')}?{back}"}, status=401)
    if request.POST.get("who") != str(user.pk):
        return JsonResponse({"other": str(user)}, status=409)
    agency, reporting_period = own_agency(user), find_period(period)
    form, _, refusal = save(cast(SignedInRequest, request), agency, reporting_period)
    came = [entry for entry in form.rows if f"seen-{entry.target.code}" in request.POST]
    locked = form.sheet.locked or next((entry.row.locked for entry in came if entry.row.locked), "")
    if locked:
        return JsonResponse({"locked": locked}, status=409)
    context = entry_context(form)
    rows = {
        entry.target.code: {
            "html": render_to_string("indicators/submissions/_entry_row.html", context | {"entry": entry}, request),
            "saved": not entry.is_unsaved,
            "words": entry_words(entry),
        }
        for entry in came
    }
    progress = render_to_string("indicators/submissions/_entry_progress.html", context, request)
    return JsonResponse({"at": formatting.time(clock.now()), "rows": rows, "progress": progress, "refusal": refusal})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def summary(request: SignedInRequest, period: str) -> HttpResponse:
    """Show the figures to be submitted, with those that differ, are missing or unexplained. POST submits the report."""
    agency, reporting_period = own_agency(request.user), find_period(period)
    sheet = latest_sheet(agency, reporting_period)
    if sheet.locked:
        return answer_locked(request, EntryForm(sheet), sending=True)
    submission = sheet.submission
    if submission is None or not (sheet.reported or submissions_parts.holds_any(submission)):
        return redirect("entry", reporting_period.code)
    if request.method != "POST":
        return render_summary(request, sheet)
    doubtful = doubts(sheet, submissions_parts.to_fill(agency, reporting_period, submission))
    if doubtful and request.POST.get("confirm") != doubtful:
        return render_summary(request, sheet, unconfirmed=True)
    revision = request.POST.get("revision", "")
    if not re.fullmatch(r"[0-9]{1,9}", revision, re.ASCII):
        return render_summary(request, sheet)
    try:
        workflow.submit(
            submission=submission,
            by=request.user,
            revision=int(revision),
            address=request.META.get("REMOTE_ADDR"),
        )
    except errors.ActionNotAllowed as refused:
        sheet = latest_sheet(agency, reporting_period)
        if sheet.locked:
            return answer_locked(request, EntryForm(sheet), sending=True)
        return render_summary(request, sheet, refusal=str(refused))
    return redirect("receipt", reporting_period.code)


@require_safe
@never_cache
def receipt(request: SignedInRequest, period: str) -> HttpResponse:
    """Show the receipt of a submitted report: number, time, user, the figures and their checksum; printable."""
    sheet, submission = sent_sheet(request, period)
    proof = None
    if submission.state in (State.SUBMITTED, State.APPROVED):
        digits = checksum(lines_of(sheet, submission))
        proof = [digits[start : start + 8] for start in range(0, len(digits), 8)]
    return render(
        request,
        "indicators/submissions/receipt.html",
        {
            "sheet": sheet,
            "agency": AsOf(sheet.period.window_last).of(sheet.agency),
            "reviewer": reviewing_agency(sheet.agency),
            "due_on": deadlines.of(sheet.agency, sheet.period).due_on,
            "proof": proof,
        },
    )


@require_safe
@never_cache
def receipt_lines(request: SignedInRequest, period: str) -> HttpResponse:
    """Send the lines of figures whose checksum is on the receipt, byte by byte."""
    sheet, submission = sent_sheet(request, period)
    response = HttpResponse(lines_of(sheet, submission), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="bien-nhan-{submission.receipt_code}.txt"'
    return response


def sent_sheet(request: SignedInRequest, period: str) -> tuple[SubmissionDetail, Submission]:
    """Return the report of the user's agency as it was submitted last; 404 where it was not."""
    agency, reporting_period = own_agency(request.user), find_period(period)
    submission = last_version(agency, reporting_period, submitted_at__isnull=False)
    if submission is None:
        raise Http404("Chưa nộp phiếu của kỳ này.")
    return read_detail(agency, reporting_period, submission), submission


def lines_of(sheet: SubmissionDetail, submission: Submission) -> str:
    """Return the lines of figures of a submitted report."""
    return figures_text(submission, [row.actual for row in sheet.rows if row.actual is not None])


def own_agency(user: User) -> Agency:
    """Return the agency for which a focal point enters figures; 404 for other users."""
    if not user.holds(Role.FOCAL) or user.agency is None:
        raise Http404("Tài khoản không nhập số liệu.")
    return user.agency


def newest_of(periods: Sequence[ReportingPeriod]) -> ReportingPeriod:
    """Return the newest of periods in order; of several plans of one year that of the first."""
    newest = periods[-1].year, periods[-1].month
    return next(period for period in periods if (period.year, period.month) == newest)


def find_period(code: str) -> ReportingPeriod:
    """Return the period of an address (2026-08, ai-2026.2026-08); 404 where there is none."""
    period = ReportingPeriod.objects.started().of_code(code)
    if period is None:
        raise Http404("Không có kỳ báo cáo này.")
    return period


def last_version(agency: Agency, period: ReportingPeriod, **conditions: object) -> Submission | None:
    """Return the newest version of an agency's report of a period for which the conditions hold; None where there is
    none."""
    versions = Submission.objects.filter(agency=agency, period=period, **conditions).order_by("-version")
    submission = versions.first()
    if submission is not None:
        submission.agency, submission.period = agency, period
    return submission


def latest_sheet(agency: Agency, period: ReportingPeriod) -> SubmissionDetail:
    """Return the newest version as stored now."""
    return read_detail(agency, period, last_version(agency, period))


def save(request: SignedInRequest, agency: Agency, period: ReportingPeriod) -> tuple[EntryForm, int, str]:
    """Save the valid rows; return the form compared with the stored figures, the number of saved rows, and the reason
    of a refusal.

    Rows that another user changed meanwhile are not saved. Typed rows are checked and saved while the report is locked,
    so that concurrent saves come one after the other.
    """
    try:
        with transaction.atomic():
            form, locked = typed(request, agency, period)
            if form.sheet.locked or not form.changes:
                return form, 0, ""
            if locked is None:
                locked = begin(form, request.user)
                if locked.figures:  # another user began it, and saved, in between
                    form, locked = typed(request, agency, period)
            changes = form.changes
            if locked is None:
                raise errors.ActionNotAllowed("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
            stored = editing.save_locked(locked, changes, by=request.user)
    except errors.ActionNotAllowed as refused:
        return EntryForm(latest_sheet(agency, period), request.POST, request.user), 0, str(refused)
    form.keep({target.pk: stored.get(target.pk, locked.figures.get(target.pk)) for target in changes})
    return form, len(changes), ""


def typed(
    request: SignedInRequest, agency: Agency, period: ReportingPeriod
) -> tuple[EntryForm, editing.LockedSubmission | None]:
    """Return the posted form compared with the stored figures, and the locked report; None where none was begun."""
    locked = editing.lock_for_edit(agency, period, by=request.user)
    sheet = read_detail(agency, period, None if locked is None else locked.submission, locked)
    return EntryForm(sheet, request.POST, request.user), locked


def begin(form: EntryForm, by: User) -> editing.LockedSubmission:
    """Begin the report of a form that has none yet, and lock it."""
    agency, period = form.sheet.agency, form.sheet.period
    editing.open_report(agency=agency, period=period, by=by)
    locked = editing.lock_for_edit(agency, period, by=by)
    if locked is None:
        raise errors.ActionNotAllowed("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    form.sheet = replace(form.sheet, submission=locked.submission)
    return locked


def answer_locked(request: SignedInRequest, form: EntryForm, *, sending: bool) -> HttpResponse:
    """Show why the report cannot be changed, with the typed contents that differ. Redirect to the receipt where it was
    submitted."""
    submission = form.sheet.submission
    sent = submission is not None and submission.state in (State.SUBMITTED, State.APPROVED)
    if submission is not None and sent and sending and not form.unsaved:
        messages.info(request, f"Phiếu đã được nộp từ lúc {formatting.short_datetime(submission.submitted_at)}.")
        return redirect("receipt", form.sheet.period.code)
    return render_entry(request, form, status=409)


def doubts(sheet: SubmissionDetail, enclosed_parts: Sequence[submissions_parts.PartContents] = ()) -> str:
    """Return the codes of the targets, and of the items beside them, that the sender has to confirm before the report is
    submitted."""
    targets = [row.target.code for row in [*sheet.missing, *sheet.returned]]
    return ",".join(targets + [item.label for one in enclosed_parts for item in one.missing])


def remaining(form: EntryForm) -> list[tuple[str, str]]:
    """Return the remaining work: in words, and the code of the first target concerned."""
    groups = {
        "chưa lưu": [row.target for row in form.unsaved],
        "bị trả lại": [row.target for row in form.sheet.returned],
        "chưa có số": [row.target for row in form.sheet.missing],
    }
    return [(f"{len(targets)} {word}", targets[0].code) for word, targets in groups.items() if targets]


def saved_words(saved: int, submission: Submission | None) -> str:
    """Return the result of a save as a sentence."""
    if not saved:
        return "Không có số nào thay đổi. Phiếu chưa nộp."
    return f"Đã lưu {saved} số lúc {formatting.time(clock.now())}. Phiếu chưa nộp."


def entry_words(entry: EntryRow) -> str:
    """Return the result of saving a row, for screen readers."""
    code = entry.target.code
    if entry.errors:
        return f"{code} chưa lưu: {entry.error}"
    if entry.questions:
        return f"{code} chưa lưu: số có hai cách đọc, chọn một."
    if entry.is_conflict:
        return f"{code} chưa lưu: có người vừa lưu số khác, chọn số đúng."
    if entry.is_unsaved:
        return f"{code} chưa lưu."
    if entry.needs_words:
        return f"{code} đã lưu, cần giải trình: {'. '.join(entry.row.flags)}."
    return ""


def entry_context(form: EntryForm) -> dict[str, Any]:
    """Return the context of every part of the form."""
    sheet = form.sheet
    return {
        "form": form,
        "sheet": sheet,
        "remaining": remaining(form),
        "ready": not (form.unsaved or sheet.missing or sheet.returned),
        "progress": f"{len(sheet.reported)} trên {len(form.rows)} chỉ tiêu có số",
        "reviewer": reviewing_agency(sheet.agency),
        "now": clock.now(),
    }


def _alike(sheet: SubmissionDetail) -> list[ReportingPeriod]:
    """Return the periods of the same month in the other plans of the year in which the agency reports. One query, none
    where the year has one plan."""
    period = sheet.period
    if not getattr(period, "has_siblings", False):
        return []
    plans = Plan.objects.started().overlapping(period.plan).filter(targets__assignments__agency=sheet.agency)
    others = ReportingPeriod.objects.filter(plan__in=plans.exclude(pk=period.plan_id))
    return list(others.of_month(period.year, period.month).select_related("plan").order_by("plan"))


def render_entry(
    request: HttpRequest,
    form: EntryForm,
    *,
    saved: int = 0,
    refusal: str = "",
    submitting: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Render the form, or the figures with the reason why they cannot be changed."""
    sheet = form.sheet
    period, now = sheet.period, clock.now()
    own_deadlines = deadlines.of(sheet.agency, period)
    ends = sheet.submission.extended_until if sheet.submission else None
    deadline = max(own_deadlines.due_on, ends) if ends else own_deadlines.due_on
    last_moment = dt.datetime.combine(deadline + dt.timedelta(days=1), dt.time(), clock.VIETNAM)
    context = entry_context(form) | {
        "saved": saved,
        "refusal": refusal,
        "submitting": submitting,
        "ending": ending_of(sheet.agency),
        "alike": _alike(sheet),
        "own_deadlines": own_deadlines,
        "deadline": deadline,
        "left": last_moment - now if last_moment > now else None,
        "requested": Extension.objects.waiting().filter(agency=sheet.agency, period=period).first(),
        "enclosed_parts": submissions_parts.to_fill(sheet.agency, period, sheet.submission),
        "working_days": 0 if sheet.locked else working_days.left(deadline),
    }
    return render(request, "indicators/submissions/entry.html", context, status=status)


def render_summary(
    request: HttpRequest, sheet: SubmissionDetail, *, unconfirmed: bool = False, refusal: str = ""
) -> HttpResponse:
    """Render the page before submitting; unconfirmed: missing figures were not confirmed."""
    enclosed_parts = submissions_parts.to_fill(sheet.agency, sheet.period, sheet.submission)
    context = {
        "sheet": sheet,
        "enclosed_parts": enclosed_parts,
        "doubts": doubts(sheet, enclosed_parts),
        "unconfirmed": unconfirmed,
        "refusal": refusal,
        "reviewer": reviewing_agency(sheet.agency),
        "due_on": deadlines.of(sheet.agency, sheet.period).due_on,
        "now": clock.now(),
    }
    return render(request, "indicators/submissions/summary.html", context)
