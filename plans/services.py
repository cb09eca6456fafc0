"""The life of a plan: started, settled, closed, reopened; a draft is removed. No other module writes a plan's state."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import ProtectedError

from agencies.models import User
from core import clock, formatting
from core.audit.services import audit
from indicators.audit_acts import PlanAct
from indicators.errors import ActionNotAllowed
from indicators.models import (
    DEFINERS,
    Assignment,
    Exemption,
    Extension,
    Indicator,
    Plan,
    PlanState,
    Rollup,
    RollupState,
    State,
    Submission,
    Target,
    TargetDefinition,
    TargetMetadata,
)
from indicators.rollups.pending import request_rollup
from projects.models import Project, ProjectGroup
from reports.models import Letterhead


@dataclass(frozen=True)
class Step:
    """A step of a plan's life: the states from which it leads, the state that it leads to, its act in the audit log, and
    whether it needs a reason."""

    label: str
    from_states: tuple[str, ...]
    to_state: str
    act: PlanAct
    needs_reason: bool = False


STEPS = {
    "bat-dau": Step("Bắt đầu thực hiện", (PlanState.DRAFT,), PlanState.RUNNING, PlanAct.START),
    "ve-du-thao": Step("Đưa về dự thảo", (PlanState.RUNNING,), PlanState.DRAFT, PlanAct.BACK_TO_DRAFT, True),
    "khoa-so": Step("Bắt đầu khóa sổ", (PlanState.RUNNING,), PlanState.CLOSING, PlanAct.BEGIN_CLOSING),
    "khoa": Step("Khóa kế hoạch", (PlanState.CLOSING,), PlanState.CLOSED, PlanAct.CLOSE),
    "mo-lai": Step("Mở lại", (PlanState.CLOSING, PlanState.CLOSED), PlanState.RUNNING, PlanAct.REOPEN, True),
}


def may_keep(user: User) -> bool:
    """Return True where the user may open the pages of plans and change their state: the standing agency and
    administrators."""
    return user.is_active and user.holds(*DEFINERS)


def was_reported(plan: Plan) -> bool:
    """Return True where a report of the plan was sent. One query."""
    return Submission.objects.filter(period__plan=plan, first_submitted_at__isnull=False).exists()


def unsettled(plan: Plan) -> list[str]:
    """Return what is still open before a plan can be closed, in words. Five queries."""
    today = clock.today()
    periods = list(plan.periods.filter(closes_on__gte=today).in_order())
    reports = Submission.objects.filter(period__plan=plan, is_latest=True)
    extensions = Extension.objects.filter(period__plan=plan)
    counts = {
        "phiếu đang chờ duyệt": reports.filter(state=State.SUBMITTED).count(),
        "phiếu bị trả lại còn sửa được": reports.filter(state=State.RETURNED, extended_until__gte=today).count(),
        "đề nghị gia hạn đang chờ hoặc còn hiệu lực": (
            extensions.waiting().count() + extensions.granted().filter(until__gte=today).count()
        ),
    }
    left = [f"kỳ {period} đóng sau ngày {formatting.date(period.closes_on)}" for period in periods]
    return left + [f"{formatting.number(count)} {what}" for what, count in counts.items() if count]


def why_not(plan: Plan, name: str) -> str:
    """Return the reason why a step is not possible now, apart from its starting state; empty where it is."""
    if name == "bat-dau":
        lacking = [
            what
            for what, rows in (("chỉ tiêu thành phần", plan.targets), ("kỳ báo cáo", plan.periods))
            if not rows.exists()
        ]
        return f"Kế hoạch chưa có {' và '.join(lacking)} nên chưa bắt đầu được." if lacking else ""
    if name == "ve-du-thao" and was_reported(plan):
        return (
            "Đã có phiếu được nộp nên kế hoạch không về dự thảo được nữa. Sửa chỉ tiêu bằng định nghĩa mới, kèm lý do."
        )
    if name == "khoa-so":
        last = plan.periods.in_order().last()
        if last is not None and last.window_last >= clock.today():
            return f"Số liệu của kỳ {last} tính đến ngày {formatting.date(last.window_last)}: khóa sổ được từ hôm sau."
    if name == "khoa":
        left = unsettled(plan)
        return f"Chưa khóa được, còn: {'; '.join(left)}." if left else ""
    return ""


@transaction.atomic
def take_step(*, plan: Plan, name: str, by: User, reason: str = "", address: str | None = None) -> Plan:
    """Take a step of a plan's life (a key of `STEPS`). Raises ActionNotAllowed from another state, without the right or a
    needed reason, and where something stands in the way (`why_not`)."""
    if not may_keep(by):
        raise ActionNotAllowed("Tài khoản không đổi được trạng thái kế hoạch. Không có gì thay đổi.")
    step, reason = STEPS[name], reason.strip()
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if plan.state not in step.from_states:
        raise ActionNotAllowed(f"{plan.name} {plan.get_state_display().lower()}, không {step.label.lower()} được.")
    if step.needs_reason and not reason:
        raise ActionNotAllowed(f"{step.label} phải kèm lý do.")
    obstacle = why_not(plan, name)
    if obstacle:
        raise ActionNotAllowed(f"{obstacle} Không có gì thay đổi.")
    before = plan.get_state_display()
    plan.state = step.to_state
    plan.save(update_fields=["state"])
    changes = {"trạng thái": [before, plan.get_state_display()]}
    audit(by=by, act=step.act, label=str(plan), address=address, plan=plan.code, reason=reason, changes=changes)
    if step.to_state == PlanState.RUNNING:
        RollupState.objects.get_or_create(plan=plan)
        request_rollup(plan=plan)
    return plan


@transaction.atomic
def remove_draft(*, plan: Plan, by: User, address: str | None = None) -> None:
    """Remove a draft with everything in it. Raises ActionNotAllowed for another state, and where somebody began a report
    before the plan went back to draft."""
    if not may_keep(by):
        raise ActionNotAllowed("Tài khoản không xóa được kế hoạch. Không có gì thay đổi.")
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if not plan.is_draft:
        raise ActionNotAllowed(f"{plan.name} không còn là dự thảo nên không xóa được. Không có gì thay đổi.")
    audit(by=by, act=PlanAct.REMOVE, label=str(plan), address=address, plan=plan.code)
    targets = Target.objects.filter(plan=plan)
    try:
        with transaction.atomic():
            plan.pending_rollups.all().delete()
            Rollup.objects.filter(period__plan=plan).delete()
            Project.objects.filter(section__plan=plan).delete()
            ProjectGroup.objects.filter(plan=plan).delete()
            Letterhead.objects.filter(plan=plan).delete()
            plan.charges.all().delete()
            plan.commitments.all().delete()
            Exemption.objects.filter(assignment__target__in=targets).delete()
            Assignment.objects.filter(target__in=targets).delete()
            TargetDefinition.objects.filter(target__in=targets).delete()
            TargetMetadata.objects.filter(target__in=targets).delete()
            targets.delete()
            Indicator.objects.filter(pillar__plan=plan).delete()
            plan.pillars.all().delete()
            plan.periods.all().delete()
            plan.delete()
    except ProtectedError:
        raise ActionNotAllowed(
            f"{plan.name} đã có phiếu hoặc số liệu được ghi nên không xóa được. Không có gì thay đổi."
        ) from None
