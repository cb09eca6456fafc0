"""Stored roll-ups: one row per target × period × basis × node (docs: domain, Roll-up), and the queue of pending
ones."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Count, Min, Q

from agencies.models import Agency, Level, User, group_words
from agencies.roles import Role
from core.fields import ExactDecimalField
from indicators.models.plan import Plan, ReportingPeriod
from indicators.models.target import Target
from indicators.rules.combining import PART_PLACES, VALUE_PLACES
from indicators.rules.status import WORDS, Status


class Basis(models.TextChoices):
    """The figures that a roll-up counts (docs: domain, Which figures count)."""

    OFFICIAL = "official", "Chính thức"
    PROVISIONAL = "provisional", "Tạm tính"


class Scope(models.TextChoices):
    """Scope of a roll-up's node (docs: domain, Roll-up)."""

    OWN = "own", "Đơn vị báo cáo"
    AREA = "area", "Địa bàn"
    LEVEL = "level", "Cấp"


class RollupQuerySet(models.QuerySet["Rollup"]):
    def at(self, period: ReportingPeriod, basis: str) -> Self:
        """Rows as of a period on a basis."""
        return self.filter(period=period, basis=basis)

    def speaking(self) -> Self:
        """Rows that represent their agency: the whole area's of the province and of a district, else its own figure."""
        above = [Level.DISTRICT, Level.PROVINCE]
        areas = Q(scope=Scope.AREA, agency__level__in=above)
        return self.filter(areas | (Q(scope=Scope.OWN) & ~Q(agency__level__in=above)))

    def of_province(self) -> Self:
        """The province's own totals: one row for each target."""
        return self.filter(scope=Scope.AREA, agency__level=Level.PROVINCE)

    def visible_to(self, user: User) -> Self:
        """Rows that a user may read.

        All users: the totals of the province, of the levels and of the areas that they belong to, and their own branch
        in full; a lead agency also every row of the targets that it leads.
        """
        if user.reads_everything:
            return self
        if not user.is_active:
            return self.none()
        allowed = Q(scope=Scope.LEVEL) | Q(scope=Scope.AREA, agency__level=Level.PROVINCE)
        if user.agency is not None:
            branch = Agency.objects.within(user.agency).values("pk")
            allowed |= Q(agency__in=branch) | Q(scope=Scope.AREA, agency=user.agency.parent_id)
            if user.holds(Role.LEAD):
                allowed |= Q(target__in=Target.objects.led_by(user.agency).values("pk"))
        return self.filter(allowed)


class Rollup(models.Model):
    """As-of figures of a node.

    numerator, denominator: the sums of a ratio; of a yes/no the number of yes and of assigned agencies; else None.
    is_point: at least one agency of the row has a figure in this very period (needed for the forecast). is_judged:
    the threshold applies to this row; a judged row may still have no required value (before its first value). due_held: the
    comparator held in the closing period; None before it, and where that period has no value. fresh: coverage by weight of
    a ratio. pace: what the coming windows of a flow need together to reach the threshold, beside its forecast.
    """

    # No index of its own on target and agency: the constraint and the index below begin with them.
    target = models.ForeignKey(
        Target, on_delete=models.CASCADE, related_name="rollups", verbose_name="chỉ tiêu thành phần", db_index=False
    )
    period = models.ForeignKey(ReportingPeriod, on_delete=models.CASCADE, related_name="rollups", verbose_name="kỳ")
    basis = models.CharField("cơ sở", max_length=12, choices=Basis)
    scope = models.CharField("phạm vi", max_length=8, choices=Scope)
    node = models.CharField("nút", max_length=32)
    agency = models.ForeignKey(
        Agency, null=True, on_delete=models.CASCADE, related_name="rollups", verbose_name="đơn vị", db_index=False
    )
    numerator = ExactDecimalField("tử số", places=PART_PLACES, null=True)
    denominator = ExactDecimalField("mẫu số", places=PART_PLACES, null=True)
    value = ExactDecimalField("giá trị", places=VALUE_PLACES, null=True)
    expected = models.PositiveIntegerField("phải báo cáo")
    reported = models.PositiveIntegerField("đã nộp")
    approved = models.PositiveIntegerField("đã duyệt")
    stale = models.BooleanField("có số cũ")
    is_point = models.BooleanField("có số của chính kỳ này")
    is_judged = models.BooleanField("được đánh giá", default=False)
    required = ExactDecimalField("mức cần đạt", places=VALUE_PLACES, null=True)
    status = models.CharField("trạng thái", max_length=12, choices=[(s.value, WORDS[s]) for s in Status])
    forecast = ExactDecimalField("dự báo", places=VALUE_PLACES, null=True)
    forecast_low = ExactDecimalField("dự báo thấp", places=VALUE_PLACES, null=True)
    forecast_high = ExactDecimalField("dự báo cao", places=VALUE_PLACES, null=True)
    due_held = models.BooleanField("đã đạt khi đến hạn", null=True)
    fresh = ExactDecimalField("độ phủ theo mẫu số (%)", places=VALUE_PLACES, null=True)
    pace = ExactDecimalField("mức cần ở các kỳ còn lại", places=VALUE_PLACES, null=True)

    objects = RollupQuerySet.as_manager()

    class Meta:
        verbose_name = "số tổng hợp"
        verbose_name_plural = "số tổng hợp"
        constraints = [
            models.UniqueConstraint(
                fields=["target", "period", "basis", "scope", "node"],
                name="rollup_once",
                violation_error_message="Số tổng hợp này đã có.",
            )
        ]
        indexes = [models.Index(fields=["agency", "period", "basis"], name="rollup_of_agency")]

    def __str__(self) -> str:
        return f"Số tổng hợp {self.get_basis_display().lower()} của {group_words(self.node)}"

    @property
    def coverage(self) -> tuple[int, int]:
        """(counted, expected) on the row's own basis: approved of expected, or reported of expected."""
        return (self.approved if self.basis == Basis.OFFICIAL else self.reported), self.expected


class RollupSums(models.Model):
    """Sums of the figures of a node above the reporting agencies as of a month, before judging.

    The difference of the next report is added to them. Also of an agency itself in the months in which only the earlier
    figures of its flow count. o_ is the official basis, q_ the provisional one; n, d in thousandths, v in micro;
    figures, points, stale: agencies with a figure, with one of this very month, with an old one or a gap. weight, fresh: ΣD
    of the latest figures of the assigned agencies, and of those not older than last due. scope and node are numbered as in
    `rollups.engine`.
    """

    target = models.ForeignKey(
        Target, on_delete=models.CASCADE, related_name="+", verbose_name="chỉ tiêu thành phần", db_index=False
    )
    scope = models.PositiveSmallIntegerField("phạm vi")
    node = models.BigIntegerField("nút")
    number = models.PositiveSmallIntegerField("tháng")
    assigned = models.PositiveIntegerField("được giao")
    expected = models.PositiveIntegerField("phải báo cáo")
    reported = models.PositiveIntegerField("đã nộp")
    approved = models.PositiveIntegerField("đã duyệt")
    o_figures = models.PositiveIntegerField("có số (chính thức)")
    o_n = models.BigIntegerField("tử số (chính thức)")
    o_d = models.BigIntegerField("mẫu số (chính thức)")
    o_v = models.BigIntegerField("giá trị (chính thức)")
    o_points = models.PositiveIntegerField("có số của kỳ (chính thức)")
    o_stale = models.PositiveIntegerField("có số cũ (chính thức)")
    o_weight = models.BigIntegerField("mẫu số mới nhất (chính thức)", default=0)
    o_fresh = models.BigIntegerField("mẫu số của kỳ phải báo cáo (chính thức)", default=0)
    q_figures = models.PositiveIntegerField("có số (tạm tính)")
    q_n = models.BigIntegerField("tử số (tạm tính)")
    q_d = models.BigIntegerField("mẫu số (tạm tính)")
    q_v = models.BigIntegerField("giá trị (tạm tính)")
    q_points = models.PositiveIntegerField("có số của kỳ (tạm tính)")
    q_stale = models.PositiveIntegerField("có số cũ (tạm tính)")
    q_weight = models.BigIntegerField("mẫu số mới nhất (tạm tính)", default=0)
    q_fresh = models.BigIntegerField("mẫu số của kỳ phải báo cáo (tạm tính)", default=0)

    class Meta:
        verbose_name = "tổng của nút"
        verbose_name_plural = "tổng của các nút"
        constraints = [
            models.UniqueConstraint(
                fields=["target", "scope", "node", "number"],
                name="rollup_sums_once",
                violation_error_message="Tổng này đã có.",
            )
        ]

    def __str__(self) -> str:
        return f"Tổng của {self.node}, kỳ thứ {self.number}"


class PendingRollup(models.Model):
    """A request for a roll-up: committed with the figure that changed, deleted with the roll-up that fulfils it.

    target None: all targets; agency None: all nodes.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="pending_rollups", verbose_name="kế hoạch")
    target = models.ForeignKey(
        Target, null=True, on_delete=models.CASCADE, related_name="+", verbose_name="chỉ tiêu thành phần"
    )
    agency = models.ForeignKey(Agency, null=True, on_delete=models.CASCADE, related_name="+", verbose_name="đơn vị")
    from_period = models.PositiveSmallIntegerField("từ tháng", default=1)
    created_at = models.DateTimeField("ghi lúc")

    class Meta:
        verbose_name = "tổng hợp còn nợ"
        verbose_name_plural = "tổng hợp còn nợ"

    def __str__(self) -> str:
        return f"Tổng hợp từ tháng {self.plan.month_label(self.from_period)} của {self.plan}"


class RollupStateQuerySet(models.QuerySet["RollupState"]):
    def with_pending(self) -> Self:
        """States with the number of pending roll-ups of their plan (`pending`) and the time of the oldest
        (`pending_since`).

        The latest plan first.
        """
        counts = {"pending": Count("plan__pending_rollups"), "pending_since": Min("plan__pending_rollups__created_at")}
        return self.select_related("plan").annotate(**counts).order_by("-plan__year", "plan")


class RollupState(models.Model):
    """Time of a plan's last roll-up and of its last reconciliation (`indicators.rollups.reconciliation`).

    Its row is locked while the plan is rolled up, so that only one process does so.
    """

    plan = models.OneToOneField(Plan, on_delete=models.CASCADE, related_name="rollup_state", verbose_name="kế hoạch")
    computed_at = models.DateTimeField("tổng hợp lúc", null=True)
    rows_changed = models.PositiveIntegerField("số dòng đã đổi", default=0)
    verified_at = models.DateTimeField("đối chiếu lúc", null=True)
    verified_rows = models.PositiveIntegerField("số dòng đã tính lại", default=0)
    verified_differences = models.PositiveIntegerField("số dòng lệch", default=0)

    objects = RollupStateQuerySet.as_manager()

    # Columns of the query `with_pending` only.
    pending: int
    pending_since: dt.datetime | None

    class Meta:
        verbose_name = "trạng thái tổng hợp"
        verbose_name_plural = "trạng thái tổng hợp"

    def __str__(self) -> str:
        return f"Tổng hợp của {self.plan}"
