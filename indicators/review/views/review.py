"""Decision on one report: reasons to check, effects of an approval; approve, return, reopen."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.as_of import AsOf
from agencies.http import SignedInRequest
from agencies.models import User
from core import formatting
from core.audit.models import AuditEntry
from core.numbers import digits
from indicators import errors
from indicators.audit_acts import SubmissionAct
from indicators.models import Extension, StandIn, State, Submission
from indicators.review import impact, threads, undo_offer
from indicators.review.forms import DecisionForm
from indicators.review.views.queue import time_left, waiting_lines
from indicators.submissions import four_eyes, history, locks, workflow
from indicators.submissions.detail import read_detail
from indicators.submissions.parts import label_of

ACTS = {"approve", "return", "reopen"}
# Submitting a district's report in its place.
SEND = "send"


@dataclass(frozen=True)
class ReviewEvent:
    """One event in the history of a report."""

    at: dt.datetime
    act: str
    who: str
    reason: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def review(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one report. Users who may decide on it approve, return or reopen it, who acts in its agency's place submits
    it; others who may see it read it."""
    related = ("agency__parent", "period__plan", "submitted_by", "reviewed_by")
    submission = get_object_or_404(Submission.objects.visible_to(request.user).select_related(*related), pk=pk)
    may_decide = Submission.objects.reviewable_by(request.user).filter(pk=pk).exists()
    if request.method != "POST":
        return render_review(request, submission, may_decide)
    if request.POST.get("act") == SEND and may_decide:
        return send_in_place(request, submission)
    if not may_decide or request.POST.get("act") not in ACTS:
        raise Http404("Không có việc này.")
    form = DecisionForm(read_detail(submission.agency, submission.period, submission), request.POST)
    if not form.is_valid():
        return render_review(request, submission, may_decide, form=form, status=422)
    try:
        decide(request, submission, form)
    except errors.ActionNotAllowed as refused:
        submission.refresh_from_db()
        return render_review(request, submission, may_decide, form=form, refusal=str(refused), status=409)
    return redirect(next_address(request.user, submission))


def send_in_place(request: SignedInRequest, submission: Submission) -> HttpResponse:
    """Submit the report of a district in whose place the user acts."""
    try:
        workflow.submit(
            submission=submission,
            by=request.user,
            revision=seen_revision(request),
            address=request.META.get("REMOTE_ADDR"),
        )
    except errors.ActionNotAllowed as refused:
        submission.refresh_from_db()
        return render_review(request, submission, True, refusal=str(refused), status=409)
    messages.success(request, f"Đã nộp thay phiếu {submission.agency.place_name}. Người khác duyệt phiếu này.")
    return redirect("review", submission.pk)


def seen_revision(request: SignedInRequest) -> int:
    """Return the revision that the page was made with; -1, which is none, for anything else."""
    revision = digits(request.POST.get("revision", ""), 9)
    return -1 if revision is None else revision


def decide(request: SignedInRequest, submission: Submission, form: DecisionForm) -> None:
    """Carry the decision out, and show its result."""
    who: dict[str, Any] = {"submission": submission, "by": request.user, "address": request.META.get("REMOTE_ADDR")}
    name = submission.agency.place_name
    seen = seen_revision(request)
    if form.act == "approve":
        decided = workflow.approve(**who, revision=seen)
        messages.success(request, f"Đã duyệt phiếu {name}. Số chính thức được tổng hợp lại trong ít phút.")
    elif form.act == "return":
        reasons: dict[str, Any] = {
            "code": form.whole_code,
            "reason": form.whole_reason,
            "cells": form.cells,
            "parts": form.parts_back,
        }
        decided = workflow.return_report(**who, **reasons, revision=seen)
        sent_back = [row.row.target.code for row in form.returned] + [label_of(part) for part in form.parts]
        codes = ", ".join(sent_back)
        what = f"{name}: {codes}" if codes else name
        messages.success(request, f"Đã trả lại phiếu {what}. Đơn vị thấy lý do trên trang Việc cần làm.")
    else:
        decided = None
        workflow.reopen(**who, code=form.whole_code, reason=form.reason)
        messages.success(
            request, f"Đã mở lại phiếu {name}. Số đã duyệt vẫn là số chính thức cho đến khi duyệt bản mới."
        )
    if decided is None:
        undo_offer.drop(request.session)
    else:
        undo_offer.keep(request.session, [decided])


def next_address(user: User, submission: Submission) -> str:
    """Return the address of the next report that waits in the period, else of the queue."""
    following = waiting_lines(user, submission.period, AsOf(submission.period.window_last))
    if following:
        return reverse("review", args=[following[0].report.pk])
    return f"{reverse('review_queue')}?ky={submission.period.code}"


def render_review(
    request: SignedInRequest,
    submission: Submission,
    may_decide: bool,
    *,
    form: DecisionForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render one report with all parts of a decision; agencies by the names of its period."""
    then = AsOf(submission.period.window_last)
    then.apply_to([submission.agency])
    sheet = read_detail(submission.agency, submission.period, submission)
    is_own = submission.agency_id == request.user.agency_id
    same_report = Submission.objects.filter(agency=submission.agency_id, period=submission.period_id)
    versions = list(same_report.select_related("submitted_by", "reviewed_by").order_by("version"))
    can_decide = may_decide and locks.lock_reason(submission, "approve") is None
    effects = impact.impact(submission) if can_decide else []
    form = DecisionForm(sheet) if form is None else form
    actuals = [row.actual for row in sheet.rows if row.actual is not None]
    acting = list(
        StandIn.objects.concerning(submission.agency).filter(period=submission.period).select_related("agency", "by")
    )
    in_place = may_decide and any(one.agency_id == submission.agency_id for one in acting)
    form.recall(
        submission.returned_figures.exclude(settled_at=None).order_by("at"), threads.threads([submission], actuals)
    )
    context = {
        "sheet": sheet,
        "form": form,
        "refusal": refusal,
        # A draft is the agency's own business until it is sent.
        "shows_figures": is_own or in_place or submission.state != State.DRAFT,
        "can_send": in_place and bool(sheet.reported) and locks.lock_reason(submission, "submit") is None,
        "can_decide": can_decide,
        "undo": undo_offer.offer(request.session) if may_decide else None,
        "objection": four_eyes.objection(submission, request.user) if can_decide else "",
        "sections": form.sections(first=can_decide),
        "impact": [one for one in effects if not one.is_still],
        "impact_words": impact.in_short(effects),
        "still": sum(one.is_still for one in effects),
        "can_reopen": may_decide and locks.lock_reason(submission, "reopen") is None,
        "waiting": waiting_lines(request.user, submission.period, then) if may_decide else [],
        "may_decide": may_decide,
        "events": timeline(versions, is_own, acting),
        "versions": versions,
        "left": time_left(submission.period.review_due_on_of(submission.agency.level)),
    }
    return render(request, "indicators/review/review.html", context, status=status)


def timeline(versions: Sequence[Submission], is_own: bool, acting: Iterable[StandIn] = ()) -> list[ReviewEvent]:
    """Return the events of all versions of a report, oldest first. Three queries.

    acting: in whose place somebody acts who may enter, submit or decide on it.

    From the audit log, from the figures' history, from the report itself for a bulk load, and its extensions. The
    filling in of a draft is shown to its own agency only.
    """
    first = versions[0]
    pks = [version.pk for version in versions]
    entries = AuditEntry.objects.filter(at__gte=first.created_at, detail__submission__in=pks)
    events, logged = [ReviewEvent(first.created_at, "Bắt đầu nhập", "")], set()
    for entry in entries.order_by("id"):
        act = " ".join(filter(None, (entry.act.capitalize(), entry.detail.get("target"))))
        events.append(ReviewEvent(entry.at, act, entry.actor_name, entry.detail.get("reason", "")))
        logged.add((entry.detail["submission"], entry.act))
    for version in versions:
        if version.submitted_at and (version.pk, SubmissionAct.SUBMIT) not in logged:
            events.append(ReviewEvent(version.submitted_at, "Nộp phiếu", str(version.submitted_by or "hệ thống")))
        if (
            version.reviewed_at
            and not {(version.pk, SubmissionAct.APPROVE), (version.pk, SubmissionAct.RETURN)} & logged
        ):
            act = "Trả lại phiếu" if version.state == State.RETURNED else "Duyệt phiếu"
            events.append(
                ReviewEvent(version.reviewed_at, act, str(version.reviewed_by or "hệ thống"), version.return_reason)
            )
    seen = [version.pk for version in versions if is_own or version.state != State.DRAFT]
    events += [ReviewEvent(saved.at, f"Lưu {saved.figures} số", saved.who, saved.way) for saved in history.saves(seen)]
    events += _extensions(first)
    events += [
        ReviewEvent(one.at, f"Cơ quan thường trực làm thay {one.agency.full_name}", str(one.by), one.reason)
        for one in acting
    ]
    return sorted(events, key=lambda event: event.at)


def _extensions(report):
    """Read the requests for more time with their decisions, and the openings for catching up. One query."""
    for extension in (
        Extension.objects.concerning(report.agency_id)
        .filter(period=report.period_id)
        .select_related("asked_by", "decided_by")
    ):
        if extension.asked_by is not None:
            title = f"Đề nghị gia hạn đến {formatting.date(extension.wanted_until)}"
            yield ReviewEvent(extension.asked_at, title, str(extension.asked_by), extension.reason)
        if extension.decided_at is not None:
            granted = extension.state == Extension.State.GRANTED
            until = f"{extension.get_kind_display()} đến hết ngày {formatting.date(extension.until)}" if granted else ""
            answer = extension.answer or ("" if extension.asked_by else extension.reason)
            who = str(extension.decided_by or "hệ thống")
            is_withdrawn = extension.state == Extension.State.WITHDRAWN
            act = until or ("Rút đề nghị gia hạn" if is_withdrawn else "Không cho gia hạn")
            yield ReviewEvent(extension.decided_at, act, who, answer)
