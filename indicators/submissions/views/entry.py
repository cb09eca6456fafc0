"""Entering an agency's figures of a period: a plain form that saves what it can and loses nothing."""

import datetime as dt
import re
from dataclasses import replace
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.as_of import AsOf, ending_of
from agencies.models import User
from agencies.roles import Role
from core import clock, formatting
from indicators import errors
from indicators.models import Plan, ReportingPeriod, State, Submission
from indicators.periods import deadlines, working_days
from indicators.rules.calendar import PeriodState
from indicators.submissions import editing, workflow
from indicators.submissions import parts as submissions_parts
from indicators.submissions.detail import read_detail, reviewing_agency
from indicators.submissions.forms import EntryForm
from indicators.submissions.receipts import checksum, figures_text


@require_safe
def current(request):
    """To the newest open period; where none is open, when the next one opens."""
    agency = own_agency(request.user)
    plan = Plan.objects.current()
    periods = list(plan.periods.select_related("plan").in_order()) if plan else []
    calendar, today = deadlines.read(periods, [agency.pk]), clock.today()
    own = {period: calendar.of(agency.pk, agency.level, period) for period in periods}
    opened = [period for period in periods if own[period].state(today) == PeriodState.OPEN]
    if opened:
        return redirect("entry", opened[-1].code)
    upcoming = [period for period in periods if own[period].state(today) == PeriodState.UPCOMING]
    past = [period for period in periods if own[period].state(today) == PeriodState.CLOSED]
    context = {
        "ending": ending_of(agency),
        "upcoming": upcoming[0] if upcoming else None,
        "due_on": own[upcoming[0]].due_on if upcoming else None,
        "past": past[-1] if past else None,
    }
    return render(request, "indicators/submissions/nothing_to_enter.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def entry(request, period):
    """The form of one's own agency. POST saves what can be saved and, with `act=submit`, leads on to the summary."""
    agency, period = own_agency(request.user), find_period(period)
    if request.method != "POST":
        return render_entry(request, EntryForm(latest_sheet(agency, period)))
    form, saved, refusal = save(request, agency, period)
    sheet = form.sheet
    if sheet.locked:
        return answer_locked(request, form, sending=request.POST.get("act") == "submit")
    submitting = request.POST.get("act") == "submit"
    if form.unsaved or refusal:
        return render_entry(request, form, saved=saved, refusal=refusal, submitting=submitting)
    if not submitting:
        messages.success(request, saved_words(saved, sheet.submission))
        return redirect("entry", period.code)
    if not (sheet.reported or submissions_parts.holds_any(sheet.submission)):
        return render_entry(request, form, saved=saved, refusal="Phiếu chưa có số nào nên chưa gửi được.")
    return redirect("entry_summary", period.code)


@login_not_required
@require_POST
@never_cache
def cells(request, period):
    """Save the rows that came along, by the form's own rules, for the page that saves each cell by itself
    (static/js/autosave.js). Answers in JSON: each row as it now stands on the page, or why nothing could be saved.

    401: the session has ended. 409 with `other`: somebody else is signed in by now; with `locked`: the report is closed to
    changes. What was typed stays with the page in all of them.
    """
    user = request.user
    if not user.is_authenticated or user.must_change_password:
        back = urlencode({"next": reverse("entry", args=[period])})
        return JsonResponse({"login": f"{reverse('login')}?{back}"}, status=401)
    if request.POST.get("who") != str(user.pk):
        return JsonResponse({"other": str(user)}, status=409)
    agency, period = own_agency(user), find_period(period)
    form, _, refusal = save(request, agency, period)
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
def summary(request, period):
    """All that goes before it is sent: figures, what is different, what is missing or unexplained. POST sends it."""
    agency, period = own_agency(request.user), find_period(period)
    sheet = latest_sheet(agency, period)
    if sheet.locked:
        return answer_locked(request, EntryForm(sheet), sending=True)
    if not (sheet.reported or submissions_parts.holds_any(sheet.submission)):
        return redirect("entry", period.code)
    if request.method != "POST":
        return render_summary(request, sheet)
    if doubts(sheet) and request.POST.get("confirm") != doubts(sheet):
        return render_summary(request, sheet, unconfirmed=True)
    revision = request.POST.get("revision", "")
    if not re.fullmatch(r"[0-9]{1,9}", revision, re.ASCII):
        return render_summary(request, sheet)
    try:
        workflow.submit(
            submission=sheet.submission,
            by=request.user,
            revision=int(revision),
            address=request.META.get("REMOTE_ADDR"),
        )
    except errors.ActionNotAllowed as refused:
        sheet = latest_sheet(agency, period)
        if sheet.locked:
            return answer_locked(request, EntryForm(sheet), sending=True)
        return render_summary(request, sheet, refusal=str(refused))
    return redirect("receipt", period.code)


@require_safe
@never_cache
def receipt(request, period):
    """What was sent: number, time, who, the figures and their checksum; printable."""
    sheet = sent_sheet(request, period)
    proof = None
    if sheet.submission.state in (State.SUBMITTED, State.APPROVED):
        digits = checksum(lines_of(sheet))
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
def receipt_lines(request, period):
    """The lines of figures whose checksum stands on the receipt, byte by byte."""
    sheet = sent_sheet(request, period)
    response = HttpResponse(lines_of(sheet), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="bien-nhan-{sheet.submission.receipt_code}.txt"'
    return response


def sent_sheet(request, period):
    """One's own agency's report of a period as it was sent last; 404 where it was not."""
    agency, period = own_agency(request.user), find_period(period)
    submission = last_version(agency, period, submitted_at__isnull=False)
    if submission is None:
        raise Http404("Chưa gửi phiếu của kỳ này.")
    return read_detail(agency, period, submission)


def lines_of(sheet) -> str:
    return figures_text(sheet.submission, [row.actual for row in sheet.reported])


def own_agency(user):
    """The agency that a focal point enters figures for; 404 for everyone else."""
    if not user.holds(Role.FOCAL) or user.agency is None:
        raise Http404("Tài khoản không nhập số liệu.")
    return user.agency


def find_period(code) -> ReportingPeriod:
    """The period of an address (2023-08); 404 where there is none."""
    parts = re.fullmatch(r"([0-9]{4})-([0-9]{2})", code, re.ASCII)
    if parts is None:
        raise Http404("Không có kỳ báo cáo này.")
    return get_object_or_404(ReportingPeriod.objects.select_related("plan"), plan__year=parts[1], number=parts[2])


def last_version(agency, period, **conditions) -> Submission | None:
    """The newest version of an agency's report of a period for which the conditions hold."""
    versions = Submission.objects.filter(agency=agency, period=period, **conditions).order_by("-version")
    submission = versions.first()
    if submission is not None:
        submission.agency, submission.period = agency, period
    return submission


def latest_sheet(agency, period):
    """The newest version as it stands now."""
    return read_detail(agency, period, last_version(agency, period))


def save(request, agency, period):
    """Save the rows that can be saved; returns the form against what is stored afterwards, how many rows were saved, and
    why none could be, if so. Rows that somebody else changed meanwhile are left to the person. What is typed is judged and
    saved while the report is held: of two people who save at once one comes after the other."""
    try:
        with transaction.atomic():
            form, held = typed(request, agency, period)
            if form.sheet.locked or not form.changes:
                return form, 0, ""
            if held is None:
                held = begin(form, request.user)
                if held.figures:  # somebody began it, and saved, in between
                    form, held = typed(request, agency, period)
            changes = form.changes
            stored = editing.save_locked(held, changes, by=request.user)
    except errors.ActionNotAllowed as refused:
        return EntryForm(latest_sheet(agency, period), request.POST, request.user), 0, str(refused)
    form.keep({target.pk: stored.get(target.pk, held.figures.get(target.pk)) for target in changes})
    return form, len(changes), ""


def typed(request, agency, period):
    """The form as it came, against what is stored; and the report, held, where one was begun."""
    held = editing.lock_for_edit(agency, period, by=request.user)
    return EntryForm(read_detail(agency, period, held and held.submission, held), request.POST, request.user), held


def begin(form: EntryForm, by: User) -> editing.LockedSubmission:
    """Begin the report of a form that stands for none yet, and hold it."""
    agency, period = form.sheet.agency, form.sheet.period
    editing.open_report(agency=agency, period=period, by=by)
    held = editing.lock_for_edit(agency, period, by=by)
    if held is None:
        raise errors.ActionNotAllowed("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    form.sheet = replace(form.sheet, submission=held.submission)
    return held


def answer_locked(request, form, *, sending):
    """The report cannot be changed: say so; what was typed and differs stays in sight. Sent already: to the receipt."""
    submission = form.sheet.submission
    sent = submission is not None and submission.state in (State.SUBMITTED, State.APPROVED)
    if sent and sending and not form.unsaved:
        messages.info(request, f"Phiếu đã được gửi từ lúc {formatting.short_datetime(submission.submitted_at)}.")
        return redirect("receipt", form.sheet.period.code)
    return render_entry(request, form, status=409)


def doubts(sheet) -> str:
    """Codes of the targets about which the sender is asked before a report goes."""
    return ",".join(row.target.code for row in [*sheet.missing, *sheet.returned])


def remaining(form) -> list[tuple[str, str]]:
    """What is left to do: in words, and the code of the first target that it concerns."""
    groups = {"chưa lưu": form.unsaved, "bị trả lại": form.sheet.returned, "chưa có số": form.sheet.missing}
    return [(f"{len(rows)} {word}", rows[0].target.code) for word, rows in groups.items() if rows]


def saved_words(saved, submission) -> str:
    """What a save did, in a sentence."""
    if not saved:
        return "Không có số nào thay đổi. Phiếu chưa gửi."
    return f"Đã lưu {saved} số lúc {formatting.time(clock.now())}. Phiếu chưa gửi."


def entry_words(entry) -> str:
    """What a save did to a row, as it is read out."""
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


def entry_context(form) -> dict:
    """What every part of the form needs to be drawn."""
    sheet = form.sheet
    return {
        "form": form,
        "sheet": sheet,
        "remaining": remaining(form),
        "ready": not (form.unsaved or sheet.missing or sheet.returned),
        "progress": f"{len(sheet.reported)} trên {len(form.rows)} mục tiêu có số",
        "reviewer": reviewing_agency(sheet.agency),
        "now": clock.now(),
    }


def render_entry(request, form, *, saved=0, refusal="", submitting=False, status=200):
    """The form, or the figures with the reason why they cannot be changed."""
    sheet = form.sheet
    period, now = sheet.period, clock.now()
    own = deadlines.of(sheet.agency, period)
    ends = sheet.submission.extended_until if sheet.submission else None
    deadline = max(own.due_on, ends) if ends else own.due_on
    last_moment = dt.datetime.combine(deadline + dt.timedelta(days=1), dt.time(), clock.VIETNAM)
    context = entry_context(form) | {
        "saved": saved,
        "refusal": refusal,
        "submitting": submitting,
        "ending": ending_of(sheet.agency),
        "own": own,
        "deadline": deadline,
        "left": last_moment - now if last_moment > now else None,
        "working_days": 0 if sheet.locked else working_days.left(deadline),
    }
    return render(request, "indicators/submissions/entry.html", context, status=status)


def render_summary(request, sheet, *, unconfirmed=False, refusal=""):
    """The page before sending; `unconfirmed`: what is missing was not confirmed."""
    context = {
        "sheet": sheet,
        "doubts": doubts(sheet),
        "unconfirmed": unconfirmed,
        "refusal": refusal,
        "reviewer": reviewing_agency(sheet.agency),
        "due_on": deadlines.of(sheet.agency, sheet.period).due_on,
        "now": clock.now(),
    }
    return render(request, "indicators/submissions/summary.html", context)
