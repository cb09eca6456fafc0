"""A workbook as a download."""

import re
from io import BytesIO

from django.http import FileResponse
from openpyxl import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook_file(book: Workbook, title: str, name: str) -> FileResponse:
    """`Giải thích I.12_tinh_tháng-8-2023.xlsx`: title, and what the name says made safe for every file system."""
    content = BytesIO()
    book.save(content)
    content.seek(0)
    safe = re.sub(r"[^\w.@-]+", "-", name)
    return FileResponse(content, as_attachment=True, filename=f"{title} {safe}.xlsx", content_type=XLSX)
