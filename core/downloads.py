"""Workbooks as downloads."""

import re

from django.http import FileResponse
from openpyxl import Workbook

from core import spreadsheet


def workbook_file(book: Workbook, title: str, name: str) -> FileResponse:
    """Return the workbook as `Giải thích I.12_tinh_tháng-8-2026.xlsx`: its title, and a name made safe for every file system."""
    safe = re.sub(r"[^\w.@-]+", "-", name)
    return spreadsheet.workbook_response(book, f"{title} {safe}.xlsx")
