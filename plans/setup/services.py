"""Writes of the first day: the province's facts, the tree of agencies, the plan. Each can be taken back until the first
report."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from agencies.models import Agency, AgencyName, Level, Placement, Succession, User
from agencies.services.organisation import set_parent
from core.audit.services import audit
from core.installation.models import Installation
from core.installation.services import save_installation
from indicators.audit_acts import SetupAct
from indicators.calendar.services import create_periods
from indicators.errors import ActionNotAllowed
from indicators.models import PendingRollup, Plan, PlanState, RollupState, Submission
from plans.setup.tree_file import Row

# Children first.
LEVELS_UPWARD = (Level.COMMUNE, Level.DISTRICT, Level.DEPARTMENT, Level.OTHER, Level.PROVINCE)


@transaction.atomic
def name_province(*, installation: Installation, by: User, address: str | None = None) -> None:
    """Store the province's facts."""
    save_installation(installation)
    audit(by=by, act=SetupAct.NAME_PROVINCE, label=installation.province, address=address)


@transaction.atomic
def load_tree(*, rows: list[Row], by: User, address: str | None = None) -> int:
    """Create the agencies of a file that was read without a fault; return how many. Raises ActionNotAllowed where there is a
    tree already."""
    if Agency.objects.exists():
        raise ActionNotAllowed("Đã có cây tổ chức. Bỏ cây đang có rồi nạp lại, hoặc sửa từng đơn vị ở trang Tổ chức.")
    known: dict[str, Agency] = {}
    for position, row in enumerate(rows, 1):
        parent = known[row["parent"]] if row["parent"] else None
        place = {name: int(row[name]) for name in ("map_row", "map_column") if row[name]}
        columns = ("code", "name", "short_name", "level", "gso_code", "electronic_code", "aliases")
        texts = {name: row[name] for name in columns}
        agency = Agency.objects.create(**texts, **place, parent=parent, position=position)
        set_parent(agency=agency, parent=parent)
        known[agency.code] = agency
    count = len(known)
    audit(by=by, act=SetupAct.LOAD_TREE, label=f"{count} cơ quan, đơn vị", address=address)
    return count


def tree_is_fixed() -> str:
    """Return the reason why the tree cannot be removed, as a sentence; empty where it can. Two queries."""
    if Submission.objects.exists():
        return "Đã có đơn vị bắt đầu báo cáo nên không bỏ được cây tổ chức. Thay đổi từng đơn vị ở trang Tổ chức."
    if Plan.objects.exists():
        return "Đang có kế hoạch dùng cây tổ chức này. Bỏ kế hoạch trước."
    return ""


@transaction.atomic
def remove_tree(*, by: User, address: str | None = None) -> int:
    """Remove all agencies, and the accounts of theirs that were never used; return how many agencies. Accounts that were
    used stay, without an agency. Raises ActionNotAllowed where a plan or a report rests on the tree."""
    if reason := tree_is_fixed():
        raise ActionNotAllowed(f"{reason} Không có gì thay đổi.")
    people = User.objects.filter(agency__isnull=False)
    people.filter(last_login__isnull=True, password_expires_at__isnull=False).exclude(pk=by.pk).delete()
    people.update(agency=None)
    for model in (Succession, AgencyName, Placement):
        model.objects.all().delete()
    count = Agency.objects.count()
    try:
        for level in LEVELS_UPWARD:
            Agency.objects.filter(level=level).delete()
    except ProtectedError:
        raise ActionNotAllowed("Có dữ liệu khác đang dùng cây tổ chức này. Không có gì thay đổi.") from None
    audit(by=by, act=SetupAct.REMOVE_TREE, label=f"{count} cơ quan, đơn vị", address=address)
    return count


@transaction.atomic
def open_plan(*, facts: Mapping[str, Any], by: User, address: str | None = None) -> Plan:
    """Create an empty plan with its periods (fields of the plan), as a draft. Raises ActionNotAllowed where
    another plan has the code, which is its years where none is given."""
    unsaved = Plan(**facts)
    if flaw := Plan.objects.code_flaw(unsaved.code or unsaved.years, unsaved.year, unsaved.last_year):
        raise ActionNotAllowed(f"{flaw} Không có gì thay đổi.")
    plan = Plan.objects.create(**facts, state=PlanState.DRAFT)
    create_periods(plan)
    RollupState.objects.get_or_create(plan=plan)
    audit(by=by, act=SetupAct.OPEN_PLAN, label=plan.title, address=address)
    return plan


def plan_is_fixed(plan: Plan) -> str:
    """Return the reason why a plan cannot be removed here, as a sentence; empty where it can. Three queries."""
    if Submission.objects.filter(period__plan=plan).exists():
        return "Đã có đơn vị bắt đầu báo cáo nên không bỏ được kế hoạch."
    if plan.pillars.exists() or plan.targets.exists():
        return "Kế hoạch đã có chỉ tiêu, chỉ tiêu thành phần: bỏ ở trang kế hoạch, khi còn là dự thảo."
    return ""


@transaction.atomic
def remove_plan(*, plan: Plan, by: User, address: str | None = None) -> None:
    """Remove a plan into which nothing was loaded yet, with its periods. Raises ActionNotAllowed for another one."""
    if reason := plan_is_fixed(plan):
        raise ActionNotAllowed(f"{reason} Không có gì thay đổi.")
    title = plan.title
    try:
        PendingRollup.objects.filter(plan=plan).delete()
        RollupState.objects.filter(plan=plan).delete()
        plan.periods.all().delete()
        plan.delete()
    except ProtectedError:
        raise ActionNotAllowed("Có dữ liệu khác của kế hoạch này. Không có gì thay đổi.") from None
    audit(by=by, act=SetupAct.REMOVE_PLAN, label=title, address=address)
