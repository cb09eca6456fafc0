"""Pages of accounts by one workbook: download, send, look at every change, confirm; and the slips as a PDF."""

import hashlib
import json
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.http import SignedInRequest
from agencies.models import User
from agencies.roles import Role
from agencies.services import account_changes, bulk_accounts
from agencies.services.account_changes import AccountChange
from agencies.services.bulk_accounts import Slip
from agencies.views.bulk_accounts import sheets, slips_page
from core import formatting, texts
from core.spreadsheet import workbook_response
from indicators.errors import ActionNotAllowed
from plans.accounts import sheet
from plans.accounts import slips as slips_pdf
from reports.documents.concurrency import FILES
from reports.documents.renderers.errors import RenderingFailed

# Faults of a file that the page lists.
MOST_FAULTS = 200


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: SignedInRequest) -> HttpResponse:
    """Show the download and the form to send the workbook. POST shows what a sent one would change; with `act=write` it is done,
    as it was shown, and answered with the slips of the new accounts."""
    _require_administrator(request)
    context: dict[str, Any] = {"refusal": "", "faults": [], "fault_count": 0, "changes": None}
    status = 200
    if request.method == "POST":
        try:
            rows = _rows_of(request)
            stored = {user.username: user for user in account_changes.stored_accounts()}
            wanted, faults = sheet.parse(rows, stored, by=request.user)
            changes = account_changes.changes(wanted, stored)
            seen = _digest(changes)
            if faults:
                status, context["faults"], context["fault_count"] = 422, faults[:MOST_FAULTS], len(faults)
            elif request.POST.get("act") == "write" and changes:
                if request.POST.get("seen") == seen:
                    return _write(request, changes)
                status, context["refusal"] = 409, "Tài khoản vừa được sửa ở nơi khác. Xem lại các thay đổi rồi ghi."
            if not faults:
                opened = sum(change.user is None for change in changes)
                context |= {"changes": changes, "opened": opened, "unchanged": len(wanted) - len(changes), "seen": seen}
                context["rows"] = json.dumps(rows, ensure_ascii=False)
        except ActionNotAllowed as refused:
            status, context["refusal"] = 422, str(refused)
    return render(request, "plans/accounts/page.html", context, status=status)


def _rows_of(request: SignedInRequest) -> list[sheet.Row]:
    """Return the rows of the sent workbook, or those that a preview sends back. Raises ActionNotAllowed."""
    if request.POST.get("act") == "write":
        try:
            sent = json.loads(request.POST.get("rows", ""))
            rows = [(int(line), {field: texts.line(str(row[field])) for field in sheet.TITLES}) for line, row in sent]
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            raise ActionNotAllowed("Biểu gửi không đọc được. Gửi lại tệp.") from None
        return sheet.bounded(rows)
    upload = request.FILES.get("tep")
    if upload is None:
        raise ActionNotAllowed("Chưa chọn tệp nào.")
    return sheet.read(upload.read(sheet.MOST_BYTES + 1))


def _digest(changes: list[AccountChange]) -> str:
    """Return a mark of all changes, by which a preview is known again."""
    told = [(change.facts.username, change.kind, change.cells) for change in changes]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def _write(request: SignedInRequest, changes: list[AccountChange]) -> HttpResponse:
    try:
        opened = account_changes.apply(changed=changes, by=request.user, address=request.META["REMOTE_ADDR"])
    except IntegrityError:
        raise ActionNotAllowed(
            "Có tài khoản vừa được mở ở nơi khác nên chưa ghi gì. Gửi lại tệp để xem các thay đổi còn lại."
        ) from None
    others = len(changes) - len(opened)
    if others:
        messages.success(request, f"Đã ghi thay đổi của {formatting.number(others)} tài khoản.")
    return slips_page(request, opened) if opened else redirect("accounts_sheet")


@require_safe
@never_cache
def template(request: SignedInRequest) -> HttpResponseBase:
    """Send the workbook of all accounts."""
    _require_administrator(request)
    return workbook_response(sheet.book(), "Tài khoản.xlsx")


@require_POST
@never_cache
def slips(request: SignedInRequest) -> HttpResponse:
    """Send the slips of codes that were just issued as a PDF; `phieu`: username and code, as the page of slips has them. What is no
    unused code of an account is left out."""
    _require_administrator(request)
    pairs = [texts.line(pair) for pair in request.POST.getlist("phieu")[: sheet.MOST_ROWS]]
    codes = dict(pair.partition(" ")[::2] for pair in pairs)
    users = User.objects.filter(username__in=codes).select_related("agency__parent")
    made = [
        Slip(user, codes[user.username], user.code_last_day)
        for user in users.order_by("agency__position", "username")
        if user.code_last_day is not None and bulk_accounts.holds_unused(user, codes[user.username])
    ]
    if not made:
        messages.warning(request, "Các mã này đã được dùng hoặc đã được thay. Cấp mã mới rồi tải phiếu.")
        return redirect("bulk_accounts")
    with FILES.slot() as mine:
        try:
            content = slips_pdf.make(sheets(made)) if mine else None
        except RenderingFailed:
            content = None
    if content is None:
        messages.warning(request, "Chưa tạo được tệp PDF. Dùng nút In phiếu, hoặc cấp mã mới rồi thử lại.")
        return redirect("bulk_accounts")
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="phieu-tai-khoan.pdf"'
    return response


def _require_administrator(request: SignedInRequest) -> None:
    """Raise 404 for everybody but an administrator."""
    if not request.user.holds(Role.ADMIN):
        raise Http404("Không có trang này.")
