"""The one rule by which a plan's state refuses writes. Every service that writes something of a plan asks here
(tests/indicators/test_plan_guard.py holds them to it); roll-ups, which are derived, do not."""

from indicators.errors import ActionNotAllowed
from indicators.models import Plan


def refusal(plan: Plan, *, reports: bool = False) -> str | None:
    """Return the reason why nothing of a plan is written now, in Vietnamese; None where it may be.

    reports: for submissions, extensions and what else begins with the plan: a draft refuses them too.
    """
    if plan.is_closed:
        return f"{plan.name} đã khóa nên không ghi gì nữa. Cần sửa: đề nghị quản trị mở lại kế hoạch kèm lý do."
    if reports and plan.is_draft:
        return f"{plan.name} còn là dự thảo nên chưa nhận báo cáo."
    return None


def require_open(plan: Plan, *, reports: bool = False) -> None:
    """Raise ActionNotAllowed where the plan's state refuses the write (`refusal`)."""
    reason = refusal(plan, reports=reports)
    if reason:
        raise ActionNotAllowed(f"{reason} Không có gì thay đổi.")
