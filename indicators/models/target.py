"""Targets and the agencies that report them (docs: domain, Things, Kinds of target, Timing)."""

import datetime as dt
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import F, Q

from agencies.models import Agency, User
from core.fields import ExactDecimalField, LineField, ProseField, exact_text
from core.history import RowHistory
from indicators.models.plan import DEFINERS, Indicator, IndicatorParty, Plan, ReportingPeriod
from indicators.rules import calendar
from indicators.rules.combining import VALUE_PLACES
from indicators.rules.kinds import Comparator as PureComparator
from indicators.rules.kinds import Kind as PureKind
from indicators.rules.kinds import KindRules, rules_of
from indicators.rules.kinds import Timing as PureTiming

if TYPE_CHECKING:
    from indicators.models.denominator import RegisteredDenominator


class Kind(models.TextChoices):
    """Kinds of target with their words (rules: `indicators.rules.kinds`)."""

    RATIO = PureKind.RATIO, "Tỷ lệ"
    COUNT = PureKind.COUNT, "Số lượng"
    VALUE = PureKind.VALUE, "Giá trị"
    YES_NO = PureKind.YES_NO, "Có, không"
    MILESTONE = PureKind.MILESTONE, "Mức độ hoàn thành"


class Timing(models.TextChoices):
    """Timings with their words."""

    FLOW = PureTiming.FLOW, "Phát sinh trong kỳ"
    STOCK = PureTiming.STOCK, "Hiện có cuối kỳ"
    RATE = PureTiming.RATE, "Tỷ lệ của từng kỳ"


# A flow whose sum does not begin again with each year of a plan of several years (`Target.accumulates_over_plan`).
FLOW_OVER_PLAN = "flow_plan"
TIMING_CHOICES = [*Timing.choices, (FLOW_OVER_PLAN, "Phát sinh, lũy kế từ đầu kế hoạch")]


class Frequency(models.TextChoices):
    """Periods in which a figure is reported: every month, or the last of each quarter, of each half of the year, of the
    year."""

    MONTH = "month", "Hằng tháng"
    QUARTER = "quarter", "Hằng quý"
    HALF = "half", "Sáu tháng một lần"
    YEAR = "year", "Hằng năm"

    @property
    def months(self) -> list[int]:
        """The months in whose periods a figure is reported."""
        return [month for month in range(1, 13) if calendar.is_due(month, calendar.CYCLES[self])]

    @classmethod
    def due_in(cls, month: int) -> "list[Frequency]":
        """Return the frequencies by which a figure is reported in a month's period."""
        return [frequency for frequency in cls if calendar.is_due(month, calendar.CYCLES[frequency])]


class Comparator(models.TextChoices):
    """Comparators with their words."""

    GTE = PureComparator.GTE, "tối thiểu"
    GT = PureComparator.GT, "trên"
    LTE = PureComparator.LTE, "tối đa"
    LT = PureComparator.LT, "dưới"


class TargetQuerySet(models.QuerySet["Target"]):
    def in_order(self) -> Self:
        """Targets in the plan's order."""
        return self.order_by("position")

    def with_parties(self) -> Self:
        """Targets with indicator, pillar, leads, coordinators and metadata, for their pages."""
        return self.select_related("indicator__pillar", "metadata").prefetch_related(
            models.Prefetch("indicator__parties", IndicatorParty.objects.select_related("agency", "reported_by"))
        )

    def with_milestones(self) -> Self:
        """Targets with their milestones, the part of their definition that is in another table."""
        return self.prefetch_related("milestones")

    def definable_by(self, user: User) -> Self:
        """Targets whose definition a user may change: all, for the standing agency and administrators."""
        return self if user.is_active and user.holds(*DEFINERS) else self.none()

    def led_by(self, agency: Agency) -> Self:
        """Targets whose indicator the agency leads, by name or through its group, or on behalf of an outside party."""
        group = f"@{agency.level}s"
        return self.filter(
            Q(indicator__parties__part=IndicatorParty.Part.LEAD)
            & (
                Q(indicator__parties__agency=agency)
                | Q(indicator__parties__group=group)
                | Q(indicator__parties__reported_by=agency)
            )
        ).distinct()


class Target(models.Model):
    """One measurable part of an indicator."""

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="targets")
    indicator = models.ForeignKey(Indicator, verbose_name="chỉ tiêu", on_delete=models.PROTECT, related_name="targets")
    code = LineField("mã", max_length=16)
    label = LineField("tên", max_length=300)
    kind = models.CharField("loại", max_length=16, choices=Kind)
    timing = models.CharField("thời điểm", max_length=8, choices=Timing)
    frequency = models.CharField("tần suất", max_length=8, choices=Frequency, default=Frequency.MONTH)
    accumulates_over_plan = models.BooleanField(
        "lũy kế từ đầu kế hoạch",
        default=False,
        help_text="Của số phát sinh trong kế hoạch nhiều năm; không chọn thì mỗi năm cộng lại từ đầu.",
    )
    unit = LineField("đơn vị tính", max_length=40)
    comparator = models.CharField("so sánh", max_length=4, choices=Comparator, blank=True)
    threshold = ExactDecimalField("ngưỡng", places=VALUE_PLACES, null=True, blank=True)
    due = models.DateField("hạn hoàn thành")
    reporters = LineField("nhóm báo cáo", max_length=200)
    numerator_label = LineField("tử số", max_length=300, blank=True)
    denominator_label = LineField("mẫu số", max_length=300, blank=True)
    baseline = ExactDecimalField("giá trị xuất phát", places=VALUE_PLACES, null=True, blank=True)
    baseline_source = LineField("nguồn giá trị xuất phát", max_length=200, blank=True)
    position = models.PositiveSmallIntegerField("thứ tự")
    definition_number = models.PositiveSmallIntegerField("định nghĩa lần", default=1)
    defined_at = models.DateTimeField("định nghĩa từ lúc", null=True, blank=True)

    objects = TargetQuerySet.as_manager()
    history = RowHistory(verbose_name="lịch sử chỉ tiêu thành phần")
    # The denominator that the registry has for a reporter in a period; set where a report is read.
    registered: "RegisteredDenominator | None" = None

    class Meta:
        verbose_name = "chỉ tiêu thành phần"
        verbose_name_plural = "chỉ tiêu thành phần"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "code"],
                name="target_code_once",
                violation_error_message="Mã chỉ tiêu thành phần này đã có.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values, timing__in=Timing.values, frequency__in=Frequency.values),
                name="target_kind_known",
                violation_error_message="Loại, thời điểm hoặc tần suất không hợp lệ.",
            ),
            models.CheckConstraint(
                condition=Q(threshold__isnull=True, comparator="")
                | Q(threshold__isnull=False, comparator__in=Comparator.values),
                name="target_threshold_with_comparator",
                violation_error_message="Ngưỡng và cách so sánh phải cùng có hoặc cùng không.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[Kind.RATIO, Kind.COUNT]) | Q(timing=Timing.STOCK),
                name="target_only_ratio_count_flow",
                violation_error_message="Chỉ tỷ lệ và số lượng mới có thể phát sinh trong kỳ.",
            ),
            models.CheckConstraint(
                condition=~Q(timing=Timing.RATE) | Q(kind=Kind.RATIO),
                name="target_rate_is_ratio",
                violation_error_message="Chỉ tỷ lệ mới có thể đo theo từng kỳ.",
            ),
            models.CheckConstraint(
                condition=Q(accumulates_over_plan=False) | Q(timing=Timing.FLOW),
                name="target_only_flow_accumulates",
                violation_error_message="Chỉ số phát sinh trong kỳ mới có thể lũy kế từ đầu kế hoạch.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("target", args=[self.code])

    @property
    def rules(self) -> KindRules:
        """The rules of its kind."""
        return rules_of(self.kind)

    @property
    def timing_choice(self) -> str:
        """The timing as a plan's workbook has it: with `flow_plan` for a flow that accumulates over the whole plan."""
        return FLOW_OVER_PLAN if self.accumulates_over_plan else self.timing

    @timing_choice.setter
    def timing_choice(self, choice: str) -> None:
        self.accumulates_over_plan = choice == FLOW_OVER_PLAN
        self.timing = Timing.FLOW if choice == FLOW_OVER_PLAN else choice

    def get_timing_choice_display(self) -> str:
        """Return the timing in words, as in a plan's workbook."""
        return dict(TIMING_CHOICES)[self.timing_choice]

    @property
    def restarts(self) -> bool:
        """True for a flow whose sum begins again with each year of its plan."""
        return self.timing == Timing.FLOW and not self.accumulates_over_plan

    @property
    def is_share(self) -> bool:
        """True for a ratio whose unit is %: N ≤ D, and its forecast stays within 0 to 100."""
        return self.rules.has_parts and self.unit == "%"

    @property
    def is_falling(self) -> bool:
        """True where smaller is better; False without a threshold."""
        return bool(self.comparator) and PureComparator(self.comparator).falling

    def is_due_in(self, period: ReportingPeriod) -> bool:
        """Return True where a figure is reported for this period; of a quarterly target only at the quarter's end."""
        return calendar.is_due(period.month, self.cycle)

    @property
    def cycle(self) -> int:
        """The months between two figures."""
        return calendar.CYCLES[self.frequency]

    @property
    def definition(self) -> dict[str, str | None | list[list[str | None]]]:
        """The parts of the target that a new definition changes, as plain data (`TargetDefinition`)."""
        return {
            "comparator": self.comparator,
            "threshold": exact_text(self.threshold),
            "due": self.due.isoformat(),
            "baseline": exact_text(self.baseline),
            "baseline_source": self.baseline_source,
            "milestones": [
                [milestone.day.isoformat(), exact_text(milestone.value)] for milestone in self.milestones.all()
            ],
        }

    @property
    def leads(self) -> list[IndicatorParty]:
        """The parties that lead the target's indicator, in the plan's order."""
        return [party for party in self.indicator.parties.all() if party.part == IndicatorParty.Part.LEAD]


class StartingPoint(models.Model):
    """The state of a target the year before as part I of the plan tells it, with its sentence.

    For reading: where it measures the same as the target, its number is also the target's `baseline`, from which the
    required line starts; where it measures something near it, the target has none (docs/decisions/0214).
    """

    target = models.OneToOneField(
        Target,
        verbose_name="chỉ tiêu thành phần",
        on_delete=models.CASCADE,
        related_name="starting_point",
        primary_key=True,
    )
    state = LineField("tình hình năm trước", max_length=120)
    sentence = ProseField("nguyên văn")
    place = LineField("ở mục", max_length=60)
    difference = ProseField("khác chỉ tiêu thành phần ở chỗ")

    class Meta:
        verbose_name = "tình hình năm trước"
        verbose_name_plural = "tình hình năm trước"

    def __str__(self) -> str:
        return f"{self.target.code}: {self.state}"


class ResultWeight(models.Model):
    """The weight of a target in the ranking by results, where it is not 1; 0: it does not count there."""

    target = models.OneToOneField(
        Target,
        verbose_name="chỉ tiêu thành phần",
        on_delete=models.CASCADE,
        related_name="result_weight",
        primary_key=True,
    )
    weight = models.PositiveSmallIntegerField("trọng số")

    class Meta:
        verbose_name = "trọng số xếp hạng"
        verbose_name_plural = "trọng số xếp hạng"

    def __str__(self) -> str:
        return f"{self.target.code}: {self.weight}"


class TargetMilestone(models.Model):
    """A value that a target must have reached on a day (*mốc theo quý*); the required line runs through them."""

    target = models.ForeignKey(
        Target, verbose_name="chỉ tiêu thành phần", on_delete=models.CASCADE, related_name="milestones"
    )
    day = models.DateField("đến ngày")
    value = ExactDecimalField("phải đạt", places=VALUE_PLACES)

    class Meta:
        verbose_name = "mốc"
        verbose_name_plural = "mốc"
        ordering = ["target", "day"]
        constraints = [
            models.UniqueConstraint(
                fields=["target", "day"], name="milestone_once_a_day", violation_error_message="Ngày này đã có mốc."
            )
        ]

    def __str__(self) -> str:
        return f"{self.target.code} {self.day:%d/%m/%Y}"


class TargetDefinition(models.Model):
    """One version of the way in which a target is judged, from its first period on (docs: domain, Kinds of target).

    A period is judged by the last one made of those that have begun. One that corrects a slip begins with the plan.

    Never changed, and deleted only with the demonstration account that made it. Number 1 is that of the plan, stored
    together with number 2; a target that was never changed has no row.
    """

    target = models.ForeignKey(
        Target, verbose_name="chỉ tiêu thành phần", on_delete=models.PROTECT, related_name="definitions"
    )
    number = models.PositiveSmallIntegerField("lần")
    content = models.JSONField("nội dung")
    first_period = models.PositiveSmallIntegerField("từ kỳ tháng", default=1)
    made_at = models.DateTimeField("từ lúc", null=True, blank=True)
    made_by = models.ForeignKey(
        User, verbose_name="người sửa", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = ProseField("lý do", blank=True)

    class Meta:
        verbose_name = "định nghĩa của chỉ tiêu thành phần"
        verbose_name_plural = "định nghĩa của chỉ tiêu thành phần"
        ordering = ["target", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["target", "number"],
                name="definition_number_once",
                violation_error_message="Định nghĩa lần này đã có.",
            ),
            models.CheckConstraint(
                condition=Q(number=1) | (~Q(reason="") & Q(made_at__isnull=False)),
                name="definition_says_why",
                violation_error_message="Sửa định nghĩa phải kèm lý do.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target.code}, định nghĩa lần {self.number}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def in_force(self, day: dt.date | models.OuterRef) -> Self:
        """Assignments in force on a day: begun, not ended, of an agency that exists, without an exemption.

        day: a date, or the `OuterRef` of one in a subquery.
        """
        open_now = Q(first_day__isnull=True) | Q(first_day__lte=day), Q(last_day__isnull=True) | Q(last_day__gte=day)
        agency_open = (
            Q(agency__first_day__isnull=True) | Q(agency__first_day__lte=day),
            Q(agency__last_day__isnull=True) | Q(agency__last_day__gte=day),
        )
        within = models.OuterRef(day) if isinstance(day, models.OuterRef) else day
        exempt = Exemption.objects.filter(
            Q(last_day__isnull=True) | Q(last_day__gte=within), assignment=models.OuterRef("pk"), first_day__lte=within
        )
        return self.filter(*open_now, *agency_open).exclude(models.Exists(exempt))

    def with_denominator(self, period: ReportingPeriod) -> Self:
        """Assignments with the registered denominator of their target and agency in a period
        (`Assignment.target_as_registered`)."""
        from indicators.models.denominator import DenominatorValue

        column = DenominatorValue.objects.registered(
            target=models.OuterRef("target"), agency=models.OuterRef("agency"), window_last=period.window_last
        )
        return self.annotate(registered=column)

    def due_in(self, period: ReportingPeriod) -> Self:
        """Assignments for which a figure is reported in a period: in force at its window's end, and with their target
        due then."""
        due = self.in_force(period.window_last).filter(target__plan=period.plan_id)
        return due.filter(target__frequency__in=Frequency.due_in(period.month))


class Assignment(models.Model):
    """A target that an agency reports (*phân công báo cáo*)."""

    target = models.ForeignKey(
        Target, verbose_name="chỉ tiêu thành phần", on_delete=models.PROTECT, related_name="assignments"
    )
    agency = models.ForeignKey(Agency, verbose_name="đơn vị", on_delete=models.PROTECT, related_name="assignments")
    first_day = models.DateField("từ ngày", null=True, blank=True)
    last_day = models.DateField("đến ngày", null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()
    # A column that `with_denominator` reads.
    registered: dict[str, Any] | None
    history = RowHistory(verbose_name="lịch sử phân công")

    class Meta:
        verbose_name = "phân công báo cáo"
        verbose_name_plural = "phân công báo cáo"
        constraints = [
            models.UniqueConstraint(
                fields=["target", "agency"],
                name="assigned_once",
                violation_error_message="Đơn vị này đã được giao chỉ tiêu thành phần đó.",
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(first_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="assignment_days_in_order",
                violation_error_message="Ngày kết thúc phải sau ngày bắt đầu.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target.code}, {self.agency.short_name}"

    @property
    def target_as_registered(self) -> Target:
        """The target with the denominator that the registry has for this agency (`with_denominator`)."""
        from indicators.models.denominator import registered_from

        self.target.registered = registered_from(self.registered)
        return self.target


class Exemption(models.Model):
    """An exemption of an agency from reporting a target (*được miễn*): it is not assigned on these days. last_day None:
    no end."""

    assignment = models.ForeignKey(
        Assignment, verbose_name="phân công", on_delete=models.PROTECT, related_name="exemptions"
    )
    first_day = models.DateField("từ ngày")
    last_day = models.DateField("đến ngày", null=True, blank=True)
    reason = LineField("lý do", max_length=500)

    history = RowHistory(verbose_name="lịch sử miễn báo cáo")

    class Meta:
        verbose_name = "miễn báo cáo"
        verbose_name_plural = "miễn báo cáo"
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="exemption_days_in_order",
                violation_error_message="Ngày kết thúc phải sau ngày bắt đầu.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="exemption_has_reason", violation_error_message="Cần ghi lý do miễn."
            ),
        ]

    def __str__(self) -> str:
        return f"Miễn {self.assignment}"
