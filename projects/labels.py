"""What the parts of a project's report are called and how each is said: the same on the form, in the workbooks, in its history
and in what is refused."""

import datetime as dt
from decimal import Decimal

from core import formatting
from projects.models import Stage

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


def words_of(key: str, value) -> str:
    """A field's value as people read it: Đang thực hiện, 45 %, 1.970 đồng, 31/08/2023; a dash for none."""
    if value in (None, ""):
        return formatting.NONE
    if key == "stage":
        return str(Stage(value).label)
    if key == "percent":
        return formatting.with_unit(formatting.number(value), "%")
    if key in AMOUNTS:
        return formatting.with_unit(formatting.number(Decimal(value)), "đồng")
    return formatting.date(value) if isinstance(value, dt.date) else value


def mark_words(mark) -> str:
    """Lựa chọn nhà thầu: hạn 30/06/2023, xong 12/07/2023 (QĐ 12/QĐ-STTTT); Bà Lan. A dash for none."""
    if mark is None:
        return formatting.NONE
    days = [f"hạn {formatting.date(mark.planned_on)}"] if mark.planned_on else []
    days.append(f"xong {formatting.date(mark.done_on)}" if mark.done_on else "chưa xong")
    said = f"{mark.name}: {', '.join(days)}" + (f" ({mark.evidence})" if mark.evidence else "")
    return f"{said}; {mark.owner}" if mark.owner else said
