"""A workbook as a download."""

import re

from openpyxl import Workbook

from core import spreadsheet


def workbook_file(book: Workbook, title: str, name: str):
    """`Giải thích I.12_tinh_tháng-8-2023.xlsx`: title, and what the name says made safe for every file system."""
    safe = re.sub(r"[^\w.@-]+", "-", name)
    return spreadsheet.workbook_response(book, f"{title} {safe}.xlsx")
