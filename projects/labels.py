"""The labels of the parts of a project's report, and their values in words: the same on the form, in the workbooks, in
the history and in refusals."""

import datetime as dt
from decimal import Decimal
from typing import Any

from core import formatting
from projects import schedule_rules
from projects.models import Project, Stage

FIELDS = {
    "stage": "Tình trạng",
    "percent": "Đã hoàn thành (%)",
    "work_done": "Việc đã làm trong kỳ",
    "obstacles": "Khó khăn, vướng mắc",
    "proposals": "Kiến nghị",
    "planned_start": "Dự kiến bắt đầu",
    "planned_finish": "Dự kiến hoàn thành",
    "actual_start": "Bắt đầu thực tế",
    "actual_finish": "Hoàn thành thực tế",
    "contract_value": "Giá trị hợp đồng (đồng)",
    "disbursed": "Đã giải ngân lũy kế (đồng)",
}
MARK_FIELDS = {
    "name": "Tên mốc",
    "owner": "Người phụ trách",
    "planned_on": "Hạn",
    "done_on": "Xong ngày",
    "evidence": "Minh chứng (số văn bản)",
}
TEXTS = ("work_done", "obstacles", "proposals")
DAYS = ("planned_start", "planned_finish", "actual_start", "actual_finish")
AMOUNTS = ("contract_value", "disbursed")


def due_words(project: Project) -> str:
    """Return 31/12/2026, Thường xuyên, or that the plan states none."""
    if project.is_ongoing:
        return "Thường xuyên"
    return formatting.date(project.due) if project.due else "Chưa ghi thời hạn"


def time_left_words(project: Project, today: dt.date) -> str:
    """Return *còn 12 ngày* near the due day, *quá hạn 3 ngày* after it, else nothing."""
    if project.due is None:
        return ""
    days = (project.due - today).days
    if days < 0:
        return f"quá hạn {formatting.number(-days)} ngày"
    return f"còn {formatting.number(days)} ngày" if schedule_rules.is_soon(days) else ""


def words_of(key: str, value: Any) -> str:
    """Return a field's value as people read it: Đang thực hiện, 45%, 1.970 đồng, 31/08/2026; a dash for none."""
    if value in (None, ""):
        return formatting.NONE
    if key == "stage":
        return str(Stage(value).label)
    if key == "percent":
        return formatting.with_unit(formatting.number(value), "%")
    if key in AMOUNTS:
        return formatting.with_unit(formatting.number(Decimal(value)), "đồng")
    return formatting.date(value) if isinstance(value, dt.date) else value


def mark_words(mark: Any) -> str:
    """Return a milestone in words: Lựa chọn nhà thầu: hạn 30/06/2026, xong 12/07/2026 (QĐ 12/QĐ-SKHCN); Bà Lan. A dash
    for none."""
    if mark is None:
        return formatting.NONE
    days = [f"hạn {formatting.date(mark.planned_on)}"] if mark.planned_on else []
    days.append(f"xong {formatting.date(mark.done_on)}" if mark.done_on else "chưa xong")
    sentence = f"{mark.name}: {', '.join(days)}" + (f" ({mark.evidence})" if mark.evidence else "")
    return f"{sentence}; {mark.owner}" if mark.owner else sentence
