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
    """Return the five steps in their order. Five queries."""
    installation = Installation.objects.defer("logo").first()
    levels = dict(Agency.objects.order_by().values_list("level").annotate(Count("pk")))
    plans = list(Plan.objects.annotate(targets_count=Count("targets")).order_by("year"))
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
            "Số, ngày, năm, chỉ tiêu, dự án.",
            bool(plans),
            "; ".join(f"{plan.title}: {formatting.number(plan.targets_count)} mục tiêu" for plan in plans),
            reverse("setup_plan") if levels else "",
            "Xem" if plans else "Nạp kế hoạch",
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
    ]


def next_step(all_steps: Sequence[Step]) -> int:
    """Return the number of the first step that is not done and can be; 0 where all are done."""
    return next((number for number, step in enumerate(all_steps, 1) if step.url and not step.is_done), 0)
