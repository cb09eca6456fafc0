"""The one rule by which a plan's state refuses writes. Every service that writes something of a plan asks here
(tests/indicators/periods/test_plan_guard.py holds them to it); roll-ups, which are derived, do not."""

from django.db import connection

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
    """Raise ActionNotAllowed where the plan's state refuses the write (`refusal`).

    The state is read again, and held until the transaction ends: closing the plan waits for the write, and a write that
    comes after the closing is refused, whatever plan it was begun with. Writes do not wait for each other. One query.
    """
    plan.state = _held_state(plan)
    reason = refusal(plan, reports=reports)
    if reason:
        raise ActionNotAllowed(f"{reason} Không có gì thay đổi.")


def _held_state(plan: Plan) -> str:
    """Return the state of a plan as stored. PostgreSQL holds it by a shared lock; SQLite has one writer at a time."""
    lock = " FOR SHARE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT state FROM {Plan._meta.db_table} WHERE id = %s{lock}", [plan.pk])
        stored = cursor.fetchone()
    if stored is None:
        raise ActionNotAllowed(f"{plan.name} không còn nữa. Không có gì thay đổi.")
    return str(stored[0])
