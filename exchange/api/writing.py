"""Writing by an agency's own software: the figures, the evidence and the sending of its report, by the services of the
entry form, with the same rules and messages."""

import hashlib
import json
from decimal import Decimal
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import File, Header, Query, Router, Schema, Status
from ninja.files import UploadedFile

from agencies.models import Agency, User
from core import clock
from core.fields import exact_text
from exchange.api.answers import REFUSALS, Fault, Page, Problem, Refusal, page_of
from exchange.api.authentication import SystemRequest, require_report
from exchange.api.reading import figure_of, owner_of
from exchange.api.schemas import (
    AssignmentOut,
    Code,
    EvidenceOut,
    FigureIn,
    FiguresIn,
    OwnSubmissionOut,
    PeriodCode,
    SendIn,
)
from exchange.models import KeptAnswer
from indicators.errors import ActionNotAllowed
from indicators.models import ReportingPeriod, Submission, Target
from indicators.submissions import attachments, editing, workflow
from indicators.submissions.detail import SubmissionDetail, read_detail
from indicators.submissions.forms import clean_text
from indicators.submissions.locks import targets_due
from indicators.submissions.validation import Figures, flaws_in
from indicators.submissions.views.entry import doubts, find_period, last_version, latest_sheet, own_agency

router = Router(tags=["Nộp phiếu"])
# Empty without the header.
IdempotencyKey = Annotated[
    str,
    Header(
        "", alias="Idempotency-Key", pattern=r"^([A-Za-z0-9._:-]{8,100})?$", description="Khóa lặp, 8 đến 100 ký tự"
    ),
]
IfMatch = Annotated[str, Header("", alias="If-Match", max_length=80, description="ETag của phiếu mà bên gửi đã đọc")]
OWN = {200: OwnSubmissionOut, REFUSALS: Problem}


class InPeriod(Schema):
    """A period."""

    period: PeriodCode


class Writing(Schema):
    """Options of a change."""

    dry_run: bool = False


@router.get("/me/assignments", response={200: Page[AssignmentOut], REFUSALS: Problem}, summary="Những gì phải báo cáo")
def assignments(request: SystemRequest, chosen: Query[InPeriod]) -> dict[str, Any]:
    """List the targets that the system's agency has to report in a period."""
    agency, period = _own(request, chosen.period)
    rows = [row for row in latest_sheet(agency, period).rows if row.assigned]
    items = [
        {
            "target": row.target.code,
            "label": row.target.label,
            "kind": row.target.kind,
            "unit": row.target.unit,
            "parts": list(row.target.rules.parts),
            "numerator_label": row.target.numerator_label,
            "denominator_label": row.target.denominator_label,
            "registered_denominator": exact_text(row.registered.value) if row.registered else None,
            "locked": row.locked,
        }
        for row in rows
    ]
    return page_of(request, rows, len(rows) + 1, items, is_illustrative=period.plan.is_demo)


@router.get("/me/submissions/{period}", response=OWN, summary="Phiếu của đơn vị mình")
def own_submission(request: SystemRequest, response: HttpResponse, period: PeriodCode) -> dict[str, Any]:
    """Return the report of the system's own agency as it is stored now. Its ETag is sent back in If-Match."""
    sheet = latest_sheet(*_own(request, period))
    response["ETag"] = mark_of(sheet.submission)
    return _told(sheet)


@router.put("/me/submissions/{period}", response=OWN, summary="Ghi số vào phiếu; dry_run để chỉ kiểm tra")
def put_figures(
    request: SystemRequest,
    response: HttpResponse,
    period: PeriodCode,
    body: FiguresIn,
    options: Query[Writing],
    if_match: IfMatch,
    idempotency_key: IdempotencyKey,
) -> HttpResponse | dict[str, Any]:
    """Store figures of the system's own report, all or none. With dry_run nothing is stored. A repeated request with the same
    Idempotency-Key gets the first answer again."""
    require_report(request)
    agency, at = _own(request, period)

    def act() -> dict[str, Any]:
        sheet = _store(agency, at, body.figures, if_match, request.system.name, owner_of(request))
        response["ETag"] = mark_of(sheet.submission)
        return _told(sheet, is_dry_run=options.dry_run)

    if options.dry_run:
        with transaction.atomic():
            told = act()
            transaction.set_rollback(True)
        del response["ETag"]
        return told
    return _once(request, response, idempotency_key, act)


@router.post("/me/submissions/{period}/send", response=OWN, summary="Nộp phiếu")
def send(
    request: SystemRequest,
    response: HttpResponse,
    period: PeriodCode,
    body: SendIn,
    idempotency_key: IdempotencyKey,
) -> HttpResponse | dict[str, Any]:
    """Submit the system's own report. Targets without a figure, or returned and not mended, must be named in `confirm`."""
    require_report(request)
    agency, at = _own(request, period)

    def act() -> dict[str, Any]:
        sheet = latest_sheet(agency, at)
        if sheet.submission is None:
            raise Refusal(409, "not_begun", "Phiếu chưa có số nào nên chưa nộp được.")
        open_codes = [code for code in doubts(sheet).split(",") if code]
        unconfirmed = sorted(set(open_codes) - set(body.confirm))
        if unconfirmed:
            reason = "Chưa có số, hoặc bị trả lại mà chưa sửa. Ghi số, hoặc nêu mã này trong confirm."
            faults = [Fault(field=f"confirm.{code}", code="unconfirmed", message=reason) for code in unconfirmed]
            raise Refusal(409, "unconfirmed", "Phiếu còn chỉ tiêu thành phần chưa có số. Chưa nộp.", faults)
        submission = sheet.submission
        try:
            workflow.submit(
                submission=submission, by=owner_of(request), revision=body.revision, address=_address(request)
            )
        except ActionNotAllowed as refused:
            raise Refusal(409, "not_allowed", str(refused)) from None
        sheet = latest_sheet(agency, at)
        response["ETag"] = mark_of(sheet.submission)
        return _told(sheet)

    return _once(request, response, idempotency_key, act)


@router.post(
    "/me/submissions/{period}/figures/{target}/evidence",
    response={201: EvidenceOut, REFUSALS: Problem},
    summary="Đính kèm minh chứng của một số",
)
def attach(request: SystemRequest, period: PeriodCode, target: Code, file: File[UploadedFile]) -> Status:
    """Attach a file to a figure of the system's own report."""
    require_report(request)
    agency, at = _own(request, period)
    assigned = next((one for one in targets_due(agency, at).values() if one.code == target), None)
    if assigned is None:
        raise Refusal(404, "not_assigned", f"{target} không được giao cho {agency} trong kỳ {at}.")
    submission = last_version(agency, at) or Submission(agency=agency, period=at)
    try:
        evidence = attachments.attach(
            submission=submission, target=assigned, upload=file, by=owner_of(request), address=_address(request)
        )
    except ActionNotAllowed as refused:
        raise Refusal(409, "not_allowed", str(refused)) from None
    told = {"target": target, "name": evidence.name, "sha256": evidence.sha256, "message": evidence.change_message}
    return Status(201, told)


def mark_of(submission: Submission | None) -> str:
    """Return the mark (ETag) of a report as it is stored: its version and revision."""
    return '"not-begun"' if submission is None else f'"{submission.version}-{submission.revision}-{submission.state}"'


def _own(request: SystemRequest, period: str) -> tuple[Agency, ReportingPeriod]:
    """Return the agency whose report the system fills in, and a period. Raises Http404."""
    return own_agency(owner_of(request)), find_period(period)


def _address(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR")


def _store(
    agency: Agency, period: ReportingPeriod, figures: list[FigureIn], if_match: str, via: str, by: User
) -> SubmissionDetail:
    """Store figures under the report's lock, all or none, and return the report. Raises Refusal."""
    try:
        with transaction.atomic():
            locked = editing.lock_for_edit(agency, period, by=by)
            _check_mark(None if locked is None else locked.submission, if_match)
            due = targets_due(agency, period) if locked is None else locked.targets
            wanted = _wanted(figures, {target.code: target for target in due.values()}, agency, period)
            if wanted and locked is None:
                editing.open_report(agency=agency, period=period, by=by)
                locked = editing.lock_for_edit(agency, period, by=by)
            if wanted and locked is not None:
                editing.save_locked(locked, wanted, by=by, via=f"API: {via}")
            submission = last_version(agency, period)
            return read_detail(agency, period, submission)
    except ActionNotAllowed as refused:
        raise Refusal(409, "not_allowed", str(refused)) from None


def _check_mark(submission: Submission | None, if_match: str) -> None:
    """Raise Refusal (412) where the report is no more the one that a program has read."""
    if if_match and if_match.strip() not in ("*", mark_of(submission)):
        raise Refusal(412, "changed", "Phiếu đã được sửa từ khi hệ thống đọc. Đọc lại phiếu rồi ghi.")


def _wanted(
    figures: list[FigureIn], due: dict[str, Target], agency: Agency, period: ReportingPeriod
) -> dict[Target, Figures | None]:
    """Return the figures to store by target, None for one to be removed. Raises Refusal (422) with every fault."""
    wanted: dict[Target, Figures | None] = {}
    faults: list[Fault] = []
    for row in figures:
        target = due.get(row.target)
        if target is None:
            faults.append(_fault(row.target, "target", f"{row.target} không được giao cho {agency} trong kỳ {period}."))
            continue
        if target in wanted:
            faults.append(_fault(row.target, "target", "Chỉ tiêu thành phần này có hai lần trong yêu cầu."))
            continue
        note = clean_text(row.note)
        entered = Figures(row.numerator, row.denominator, row.value, row.nothing_arose, note)
        is_empty = row.numerator is None and row.denominator is None and row.value is None
        if is_empty and row.nothing_arose:
            zeros: dict[str, Any] = dict.fromkeys(target.rules.parts, Decimal(0))
            entered = entered._replace(**zeros)
        elif is_empty:
            wanted[target] = None
            if note:
                faults.append(_fault(row.target, "note", "Giải trình được lưu cùng số, mà chỉ tiêu chưa có số."))
            continue
        wanted[target] = entered
        faults += [_fault(row.target, flaw.column, flaw.reason) for flaw in flaws_in(target, entered)]
    if faults:
        raise Refusal(422, "invalid_figures", "Có số chưa hợp lệ. Chưa lưu số nào.", faults)
    return wanted


def _fault(target: str, column: str, reason: str) -> Fault:
    return Fault(field=f"figures.{target}.{column}", code=f"invalid_{column}", message=reason)


def _told(sheet: SubmissionDetail, *, is_dry_run: bool = False) -> dict[str, Any]:
    """Return a report of one's own as it is sent."""
    submission = sheet.submission
    return {
        "agency": sheet.agency.code,
        "period": sheet.period.code,
        "state": submission.state if submission else "not_begun",
        "state_label": submission.get_state_display() if submission else "Chưa bắt đầu",
        "revision": submission.revision if submission else 0,
        "locked": sheet.locked or "",
        "missing": [row.target.code for row in sheet.missing],
        "returned": [row.target.code for row in sheet.returned],
        "figures": [
            figure_of(row.actual) | {"warnings": row.flags, "needs_note": row.needs_words}
            for row in sheet.rows
            if row.actual is not None
        ],
        "receipt": submission.receipt_code if submission and submission.submitted_at else "",
        "is_dry_run": is_dry_run,
    }


def _once(request: SystemRequest, response: HttpResponse, key: str, act: Any) -> HttpResponse | dict[str, Any]:
    """Act, or send the answer that the same key got before. The act and its kept answer are one transaction; a refused request
    keeps nothing, so that it can be sent again with the same key."""
    if not key:
        told: dict[str, Any] = act()
        return told
    request_hash = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
    with transaction.atomic():
        # Others with the same key wait here until this one is done.
        KeptAnswer.objects.bulk_create(
            [KeptAnswer(system=request.system, key=key, request_hash=request_hash, at=clock.now())],
            ignore_conflicts=True,
        )
        earlier = KeptAnswer.objects.select_for_update().get(system=request.system, key=key)
        if earlier.request_hash != request_hash:
            raise Refusal(422, "key_reused", "Khóa lặp này đã dùng cho một yêu cầu khác. Dùng khóa mới.")
        if earlier.status == 0:
            earlier.status, earlier.body = (
                200,
                json.dumps(OwnSubmissionOut(**act()).model_dump(mode="json"), ensure_ascii=False),
            )
            earlier.etag = response.get("ETag", "")
            earlier.save(update_fields=["status", "body", "etag"])
    answer = HttpResponse(earlier.body, status=earlier.status, content_type="application/json; charset=utf-8")
    answer["ETag"] = earlier.etag
    return answer
