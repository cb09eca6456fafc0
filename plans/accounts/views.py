"""Pages of accounts: all in one workbook, which is downloaded, sent, looked at and confirmed; the slips as a PDF; the list with
the accounts that need a look."""

import hashlib
import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.http import SignedInRequest
from agencies.models import User
from agencies.roles import Role
from agencies.services import account_changes, accounts, bulk_accounts
from agencies.services.account_changes import AccountChange
from agencies.services.bulk_accounts import Slip
from agencies.views.bulk_accounts import sheets, slips_page
from core import formatting, texts
from core.spreadsheet import workbook_response
from indicators.errors import ActionNotAllowed
from indicators.models import DEFINERS
from plans.accounts import exports, queries, sheet
from plans.accounts import slips as slips_pdf
from plans.accounts.queries import AccountRow
from reports.documents.concurrency import FILES
from reports.documents.renderers.errors import RenderingFailed

# Faults of a file that the page lists.
MOST_FAULTS = 200
# Accounts of one page of the list.
PAGE_ROWS = 100
# What the list shows, by its code in the address (`xem`).
TO_LOOK_AT, ALL, LOCKED, DISABLED = "can-xem", "tat-ca", "bi-khoa", "da-ngung"
LISTS = {TO_LOOK_AT: "Cần xem", ALL: "Tất cả", LOCKED: "Bị khóa đăng nhập", DISABLED: "Đã ngừng"}


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


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def account_list(request: SignedInRequest) -> HttpResponse:
    """Show the accounts that need a look, by reason, or all, with state and last sign-in, for the administration and the standing
    agency. POST (`act`: reset, disable, enable, unlock) acts on the chosen ones (`tai-khoan`); administration alone."""
    _require_keeper(request)
    if request.method == "POST":
        _require_administrator(request)
        return _act_on(request, request.POST.getlist("tai-khoan")[: sheet.MOST_ROWS])
    view, lists = _lists(request)
    page = Paginator(lists[view], PAGE_ROWS).get_page(request.GET.get("trang"))
    if view == TO_LOOK_AT:
        groups = [(sleep.reason, rows) for sleep, rows in queries.sleeping(lists[view]).items()]
    else:
        groups = [(LISTS[view], list(page))]
    context = {
        "view": view,
        "views": [(code, label, len(lists[code])) for code, label in LISTS.items()],
        "groups": groups,
        "count": len(lists[view]),
        "page": None if view == TO_LOOK_AT else page,
        "may_administer": request.user.holds(Role.ADMIN),
    }
    return render(request, "plans/accounts/list.html", context)


@require_safe
@never_cache
def account_list_file(request: SignedInRequest) -> HttpResponseBase:
    """Send a list of accounts as a workbook."""
    _require_keeper(request)
    view, lists = _lists(request)
    return workbook_response(exports.book(lists[view], LISTS[view]), f"Tài khoản, {LISTS[view].lower()}.xlsx")


def _lists(request: SignedInRequest) -> tuple[str, dict[str, list[AccountRow]]]:
    """Return the list that the address names, and the rows of all lists."""
    rows = queries.account_rows()
    view = request.GET.get("xem", "")
    return view if view in LISTS else TO_LOOK_AT, {
        TO_LOOK_AT: [row for row in rows if row.sleep],
        ALL: rows,
        LOCKED: [row for row in rows if row.is_locked],
        DISABLED: [row for row in rows if not row.user.is_active],
    }


def _act_on(request: SignedInRequest, usernames: list[str]) -> HttpResponse:
    """Issue codes to the chosen accounts, disable or enable them, or end their locks; say what was done."""
    who = {"by": request.user, "address": request.META["REMOTE_ADDR"]}
    act, done = request.POST.get("act"), 0
    if act == "reset":
        made = bulk_accounts.reset_codes(usernames=usernames, **who)
        if made:
            return slips_page(request, made)
    elif act == "disable":
        done = account_changes.disable(usernames=usernames, **who)
        message = "Đã ngừng {} tài khoản. Mở lại ở mục Đã ngừng."
    elif act == "enable":
        done = account_changes.enable(usernames=usernames, **who)
        message = "Đã mở lại {} tài khoản; dùng mật khẩu cũ. Quên mật khẩu thì cấp mã mới."
    elif act == "unlock":
        locked = accounts.locked_names().intersection(usernames)
        done = sum(bool(accounts.unlock(username=name, **who)) for name in sorted(locked))
        message = "Đã mở khóa đăng nhập của {} tài khoản."
    if done:
        messages.success(request, message.format(formatting.number(done)))
    else:
        messages.warning(request, "Không có gì thay đổi: chưa chọn tài khoản nào, hoặc việc đó đã được làm.")
    return redirect(request.get_full_path())


def _require_keeper(request: SignedInRequest) -> None:
    """Raise 404 for everybody but the administration and the standing agency."""
    if not request.user.holds(*DEFINERS):
        raise Http404("Không có trang này.")


def _require_administrator(request: SignedInRequest) -> None:
    """Raise 404 for everybody but an administrator."""
    if not request.user.holds(Role.ADMIN):
        raise Http404("Không có trang này.")
