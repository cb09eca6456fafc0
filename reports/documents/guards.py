"""Remarks on a draft before it is published, acknowledged one by one: each may be meant, and often is an oversight. What is
never meant is refused by `services.publish` itself."""

from dataclasses import dataclass

from core import formatting
from indicators.models import Basis
from reports.models import ReportVersion

# The most names in one remark.
MOST_CODES = 6


@dataclass(frozen=True)
class Guard:
    """One remark on a draft. code: by which it is acknowledged and kept on record; text: in full."""

    code: str
    text: str


def guards_of(version: ReportVersion) -> list[Guard]:
    """Return the remarks on a draft, with the number and day that it has now. Needs its report, plan, letterhead and signer; no
    query."""
    remarks = [
        ("don-vi-thieu", _units_missing(version)),
        ("nguoi-ky", _signer_without_name(version)),
        ("ngay-ky", _signed_before_its_figures(version)),
        ("so-ke-hoach", _plan_without_number(version)),
    ]
    return [Guard(code, text) for code, text in remarks if text]


def _units_missing(version: ReportVersion) -> str:
    facts = version.snapshot["facts"]
    counted = "approved" if facts["basis"] == Basis.OFFICIAL else "reported"
    short = [code for code, line in facts["lines"].items() if line[counted] < line["expected"]]
    if not short:
        return ""
    of = "duyệt" if counted == "approved" else "nộp"
    named = ", ".join(short[:MOST_CODES]) + (
        f" và {len(short) - MOST_CODES} chỉ tiêu khác" if len(short) > MOST_CODES else ""
    )
    return f"Thiếu đơn vị: {len(short)} chỉ tiêu thành phần chưa có số liệu được {of} của đủ đơn vị ({named})."


def _signer_without_name(version: ReportVersion) -> str:
    if version.signer is None or version.signer.name:
        return ""
    return "Người ký chưa có họ tên: bản in để trống chỗ tên. Họ tên ghi ở mẫu ban hành."


def _signed_before_its_figures(version: ReportVersion) -> str:
    taken = formatting.local(version.made_at).date()
    if version.document_day is None or version.document_day >= taken:
        return ""
    return f"Ngày ký {formatting.date(version.document_day)} trước ngày lấy số liệu {formatting.date(taken)}."


def _plan_without_number(version: ReportVersion) -> str:
    plan = version.report.plan
    missing = [name for name, value in (("số", plan.number), ("ngày ban hành", plan.issued_on)) if not value]
    return (
        f"Kế hoạch chưa có {' và '.join(missing)}: báo cáo không viện dẫn đủ. Ghi ở trang kế hoạch." if missing else ""
    )
