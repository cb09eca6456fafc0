"""The steps of the first day, and how far each one is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from agencies.models import Agency, Level, User
from core import formatting
from core.installation.models import Installation
from indicators.models import Plan

LEVEL_NAMES = {
    Level.PROVINCE: "cấp tỉnh",
    Level.DEPARTMENT: "sở, ban, ngành",
    Level.OTHER: "cơ quan khác",
    Level.DISTRICT: "cấp huyện",
    Level.COMMUNE: "cấp xã",
}


@dataclass(frozen=True)
class Step:
    """A step. state: what is there, in words; url: the page of the step, empty where an earlier step must come first."""

    title: str
    purpose: str
    is_done: bool
    state: str
    url: str
    label: str


def steps() -> list[Step]:
    """Return the six steps in their order. Five queries."""
    installation = Installation.objects.defer("logo").first()
    levels = dict(Agency.objects.order_by().values_list("level").annotate(Count("pk")))
    plans = list(Plan.objects.annotate(targets_count=Count("targets")).order_by("year", "pk"))
    empty = next((plan for plan in plans if plan.is_draft and not plan.targets_count), None)
    begun = [plan for plan in plans if not plan.is_draft]
    # The plan that is started next; its page says what it lacks.
    prepared = next((plan for plan in plans if plan.is_draft and plan.targets_count), None)
    periods = Plan.objects.filter(periods__isnull=False).exists()
    accounts = User.objects.filter(is_active=True, agency__isnull=False).count()
    named = installation is not None and bool(installation.province)
    tree = ", ".join(
        f"{formatting.number(levels[level])} {name}" for level, name in LEVEL_NAMES.items() if level in levels
    )
    return [
        Step(
            "Tỉnh",
            "Tên tỉnh, tên hệ thống, cơ quan thường trực, điện thoại hỗ trợ, biểu trưng.",
            named,
            f"{installation.system_name}, {installation.province}" if installation else "",
            reverse("setup_province"),
            "Sửa" if named else "Ghi thông tin",
        ),
        Step(
            "Cây tổ chức",
            "Các cơ quan, đơn vị và cơ quan cấp trên của mỗi nơi, nạp từ một tệp.",
            bool(levels),
            tree,
            reverse("setup_tree"),
            "Xem, bỏ và nạp lại" if levels else "Nạp cây tổ chức",
        ),
        Step(
            "Kế hoạch",
            "Số, ngày, năm; rồi chỉ tiêu, chỉ tiêu thành phần, phân công, dự án từ tệp kế hoạch.",
            bool(plans) and empty is None,
            "; ".join(f"{plan.title}: {formatting.number(plan.targets_count)} chỉ tiêu thành phần" for plan in plans),
            _plan_page(empty) if levels else "",
            "Nạp tệp kế hoạch" if empty else "Xem" if plans else "Lập kế hoạch",
        ),
        Step(
            "Lịch",
            "Khoảng số liệu, ngày mở nhập, hạn nộp, hạn duyệt của từng kỳ.",
            periods,
            "Đã có lịch các kỳ; sửa được khi cần." if periods else "",
            reverse("calendar_edit") if periods else "",
            "Xem, sửa lịch",
        ),
        Step(
            "Tài khoản",
            "Mỗi đơn vị một tài khoản với mã đăng nhập một lần, in thành phiếu.",
            accounts > 0,
            f"{formatting.number(accounts)} tài khoản của các đơn vị." if accounts else "",
            reverse("bulk_accounts") if levels else "",
            "Cấp tài khoản",
        ),
        Step(
            "Bắt đầu",
            "Kiểm những gì còn thiếu rồi bắt đầu thực hiện: từ lúc đó mọi người thấy kế hoạch và nhập được.",
            bool(begun),
            "; ".join(f"{plan.title}: {plan.get_state_display().lower()}" for plan in begun),
            reverse("plan", args=[(prepared or begun[0]).code]) if prepared or begun else "",
            "Kiểm và bắt đầu" if prepared else "Xem",
        ),
    ]


def _plan_page(empty: Plan | None) -> str:
    """Return the page of the plan's step: that of the file of a plan that has nothing yet, else that on which plans are
    opened."""
    return reverse("plan-workbook", args=[empty.code]) if empty else reverse("setup_plan")


def next_step(all_steps: Sequence[Step]) -> int:
    """Return the number of the first step that is not done and can be; 0 where all are done."""
    return next((number for number, step in enumerate(all_steps, 1) if step.url and not step.is_done), 0)
