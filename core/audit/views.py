"""The audit log's page (*Nhật ký*) and its file, for the administration and the standing agency."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from core import clock, formatting, spreadsheet, texts
from core.audit import archive
from core.audit.models import AuditChainHead, AuditEntry, AuditEntryQuerySet, Result
from core.fields import TextField
from core.forms import example_day
from core.tables import Column, Table

A_PAGE = 50
# The most lines in one file, for the limits of spreadsheets and requests.
MOST_ROWS = 100_000


class FilterForm(forms.Form):
    """Filter of the log: days, an account, an act, a part of the object's label."""

    tu = forms.DateField(label="Từ ngày", required=False)
    den = forms.DateField(label="Đến ngày", required=False)
    ai = TextField(label="Tài khoản hoặc tên", max_length=100, required=False)
    viec = TextField(label="Việc", max_length=64, required=False)
    tim = TextField(label="Đối tượng có chữ", max_length=100, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("tu", "den"):
            self.fields[name].widget.attrs |= {"placeholder": example_day(), "maxlength": 10}
            self.fields[name].error_messages["invalid"] = example_day("Ngày không hợp lệ: viết như {}.")
        acts = AuditEntry.objects.order_by("act").values_list("act", flat=True).distinct()
        self.fields["viec"].widget = forms.Select(choices=[("", "Tất cả"), *((act, act) for act in acts)])

    def entries(self) -> AuditEntryQuerySet:
        """Return the entries that match the filter, newest first."""
        chosen = self.cleaned_data
        return AuditEntry.objects.matching(
            first=chosen.get("tu"),
            last=chosen.get("den"),
            account=chosen.get("ai", ""),
            act=chosen.get("viec", ""),
            label=chosen.get("tim", ""),
        )


@require_safe
def journal_page(request: HttpRequest) -> HttpResponse:
    """Show the log, newest first, filtered; with the result of the last verification of its chain."""
    _check_reader(request.user)
    form = FilterForm(request.GET)
    entries = form.entries() if form.is_valid() else AuditEntry.objects.none()
    page = Paginator(entries, A_PAGE).get_page(request.GET.get("trang"))
    query = request.GET.copy()
    query.pop("trang", None)
    query.pop("dang", None)
    context = {
        "form": form,
        "page": page,
        "entries": [_shown(entry) for entry in page],
        "query": query.urlencode(),
        "head": AuditChainHead.objects.first(),
        "protected": archive.is_protected(),
        "too_many": page.paginator.count > MOST_ROWS,
        "most": MOST_ROWS,
    }
    return render(request, "core/audit/audit_log.html", context)


@require_safe
def journal_file(request: HttpRequest) -> HttpResponseBase:
    """Return the same lines as a file: `dang=csv` or `xlsx`."""
    _check_reader(request.user)
    file_format, form = request.GET.get("dang"), FilterForm(request.GET)
    if file_format not in ("csv", "xlsx") or not form.is_valid():
        raise Http404("Không có tệp này.")
    entries = form.entries()
    if entries.count() > MOST_ROWS:
        messages.error(
            request, f"Quá {formatting.number(MOST_ROWS)} dòng: chọn khoảng ngày ngắn hơn rồi tải từng phần."
        )
        return redirect(f"{reverse('journal')}?{request.GET.urlencode()}")
    lines = map(_shown, entries.order_by("at", "pk").iterator(2000))
    name = f"nhat-ky-{clock.now():%Y%m%d-%H%M}.{file_format}"
    return LINES.csv(name, lines) if file_format == "csv" else spreadsheet.workbook_response(_book(lines), name)


def _check_reader(user: Any) -> None:
    """Raise Http404 unless the user may read the log."""
    if not user.may_read_audit:
        raise Http404("Tài khoản không xem nhật ký.")


def _shown(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry as the page shows it: each value on one line, without hidden characters."""
    details = {key: value for key, value in entry.detail.items() if key != "minh_hoa"}
    return {
        "number": entry.number,
        "at": entry.at,
        "account": formatting.one_line(entry.account),
        "name": formatting.one_line(entry.actor_name),
        "address": entry.address or "",
        "act": formatting.one_line(entry.act),
        "label": formatting.one_line(entry.object_label),
        "failed": entry.result == Result.FAILED,
        "result": entry.get_result_display(),
        "detail": formatting.one_line(json.dumps(details, ensure_ascii=False, sort_keys=True)) if details else "",
        "hash": entry.hash,
    }


def _column(title: str, width: int, key: str) -> Column[dict[str, Any]]:
    return Column(title, width, lambda entry: entry[key])


LINES: Table[dict[str, Any]] = Table(
    (
        _column("Số", 8, "number"),
        Column("Lúc", 27, lambda entry: formatting.local(entry["at"]).isoformat(timespec="seconds")),
        _column("Tài khoản", 16, "account"),
        _column("Họ tên", 26, "name"),
        _column("Địa chỉ", 16, "address"),
        _column("Việc", 26, "act"),
        _column("Đối tượng", 52, "label"),
        _column("Kết quả", 16, "result"),
        _column("Chi tiết", 60, "detail"),
        _column("Mã băm", 68, "hash"),
    )
)


def _book(lines: Iterable[dict[str, Any]]) -> Workbook:
    """Return a workbook written row by row: `spreadsheet.write_table` keeps its table in memory, which is too much here."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Nhật ký")
    for index, column in enumerate(LINES.columns, 1):
        sheet.column_dimensions[get_column_letter(index)].width = column.width
    sheet.freeze_panes = "A2"
    sheet.append([column.title for column in LINES.columns])
    for line in lines:
        sheet.append([_text_cell(sheet, cell) if isinstance(cell, str) else cell for cell in LINES.line(line)])
    return book


def _text_cell(sheet: WriteOnlyWorksheet, text: str) -> Cell:
    """Return a cell of text, also where it begins like a formula; at most as long as a cell may be."""
    cell = WriteOnlyCell(sheet, texts.prose(text)[:32_000])
    cell.data_type = "s"
    return cell
