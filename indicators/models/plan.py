"""The plan: pillars, indicators, reporting periods (docs: domain, Things)."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, Self
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.core.validators import validate_slug
from django.db import models
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from agencies.models import Agency, Level, Party, User
from agencies.roles import Role
from core import clock, formatting
from core.fields import LineField, ProseField
from core.text_diff import corrected_words
from indicators.rules import calendar, consistency

# The roles that may change a plan: its targets and how they are judged, its drafts, its state.
DEFINERS = (Role.STANDING, Role.ADMIN)
YEAR = re.compile(r"[0-9]{4}", re.ASCII)
PLAN_CODE = re.compile(r"[-\w]{1,20}", re.ASCII)
MONTH = re.compile(r"[0-9]{2}", re.ASCII)
LEAST_PERIODS = 12
TOO_SHORT = "Kế hoạch dài ít nhất mười hai tháng, tính cả tháng đầu và tháng cuối."
MOST_YEARS = 10
MOST_PERIODS = 12 * MOST_YEARS
# The beginning of the code of a period, or of a report's period: the plan where the year alone does not address it, the year.
PLAN_OF_CODE = re.compile(r"(?:(?P<plan>[-\w]{1,20})\.)?(?P<year>[0-9]{4})-", re.ASCII)


class PlanState(models.TextChoices):
    """The states of a plan's life, in order: prepared, reported on, its last reports settled, kept for reading."""

    DRAFT = "draft", "Dự thảo"
    RUNNING = "running", "Đang thực hiện"
    CLOSING = "closing", "Đang khóa sổ"
    CLOSED = "closed", "Đã khóa"


class PlanQuerySet(models.QuerySet["Plan"]):
    def started(self) -> Self:
        """Plans that are no draft any more."""
        return self.exclude(state=PlanState.DRAFT)

    def visible_to(self, user: User | AnonymousUser | None) -> Self:
        """Plans that a user may see: those that were started; drafts too for the standing agency and administrators."""
        sees_drafts = isinstance(user, User) and user.is_active and user.holds(*DEFINERS)
        return self if sees_drafts else self.started()

    def of_name(self, name: str) -> Self:
        """Plans that a name in an address or a command means: the one addressed so, else the one of this code. At most
        one."""
        named = self.filter(Q(address=name) | Q(code=name)) if "\x00" not in name else self.none()
        return named.order_by(Case(When(address=name, then=0), default=1))[:1]

    def covering(self, year: int) -> Self:
        """Plans of which a day is in a year."""
        return self.filter(year__lte=year, last_day__gte=dt.date(max(year, 1), 1, 1))

    def overlapping(self, plan: "Plan") -> Self:
        """Plans that have a year in common with a plan, itself included."""
        return self.filter(year__lte=plan.last_day.year, last_day__gte=dt.date(plan.year, 1, 1))

    def code_flaw(self, code: str, year: int, last_year: int | None = None) -> str:
        """Return the reason why a new plan of a year cannot have a code, as a sentence; empty where it can. last_year: of a
        plan that goes on into another one. One query."""
        if not PLAN_CODE.fullmatch(code):
            return "Mã kế hoạch viết bằng chữ không dấu, chữ số và gạch nối, tối đa 20 ký tự."
        if self.filter(Q(code=code) | Q(address=code)).exists():
            if code == str(year) and last_year in (None, year):
                return f"Đã có kế hoạch năm {year}. Kế hoạch thứ hai của một năm cần mã riêng, như ai-{year}."
            return f"Mã {code} đã có kế hoạch dùng. Chọn mã khác, hoặc xóa dự thảo đó trước."
        if code.isdecimal() and last_year not in (None, year):
            return f"Mã của kế hoạch nhiều năm không chỉ gồm chữ số: viết như {year}-{last_year}."
        if code.isdecimal() and code != str(year):
            return "Mã kế hoạch chỉ gồm chữ số thì phải là năm của kế hoạch."
        return ""

    def by_view(self, name: str | None = None) -> Self:
        """Order the plans, the one that pages show first: the one of this name, else one of this year, else the newest
        with a complete data window. Plans of which no window is complete come after them, the nearest first, and drafts
        last; of two plans of one year the one first that the year alone addresses. The year of a plan of several years is
        that of its newest complete window."""
        today = clock.today()
        complete = ReportingPeriod.objects.filter(plan=OuterRef("pk"), window_last__lt=today).order_by("-number")
        begun = self.annotate(newest_complete=Subquery(complete.values("number")[:1]))
        wanted = [When(address=name, then=0), When(code=name, then=1)] if name else []
        if name and YEAR.fullmatch(name):
            wanted.append(When(year=int(name), then=2))
            wanted.append(When(year__lte=int(name), last_day__gte=dt.date(max(int(name), 1), 1, 1), then=3))
        named = [Case(*wanted, default=4, output_field=IntegerField())] if wanted else []
        draft = Case(When(state=PlanState.DRAFT, then=1), default=0)
        unfinished = Case(When(newest_complete__isnull=True, then=1), default=0)
        of_newest = -F("year") - (F("newest_complete") + F("first_month") - 2) / 12
        nearest = Case(
            When(newest_complete__isnull=False, then=of_newest), default=F("year"), output_field=IntegerField()
        )
        leads = Case(When(address=Cast("year", CharField()), then=0), default=1)
        return begun.order_by(*named, draft, unfinished, nearest, leads, "-year", "pk")

    def in_view(self) -> "Plan | None":
        """Return the plan that pages show where their address names no year, never a draft; None where there is none.
        One query."""
        return self.started().by_view().first()

    def at_work(self) -> "list[Plan]":
        """Return the plan in view, the others with a year in common with it, and each other one in which something is to be
        done, by year: an open period, open extra time, a report that waits for its decision or can still be corrected.
        Never a draft, and a closed one only as the plan in view. One query."""
        today = clock.today()
        todo = Q(opens_on__lte=today, closes_on__gte=today)
        todo |= Q(extensions__state="granted", extensions__until__gte=today)
        todo |= Q(submissions__is_latest=True, submissions__state="submitted")
        todo |= Q(submissions__state__in=["draft", "returned"], submissions__extended_until__gte=today)
        periods = ReportingPeriod.objects.filter(plan=OuterRef("pk")).filter(todo)
        is_open = Q(state__in=[PlanState.RUNNING, PlanState.CLOSING])
        plans = list(
            self.started().by_view().annotate(has_work=ExpressionWrapper(is_open & Exists(periods), BooleanField()))
        )
        # The types do not carry what `annotate` adds.
        chosen = [
            plan
            for at, plan in enumerate(plans)
            if at == 0 or plan.has_work or (plan.overlaps(plans[0]) and not plan.is_closed)  # type: ignore[attr-defined]
        ]
        return sorted(chosen, key=lambda plan: (plan.year, plan.pk))

    def at_work_for(self, agency: Agency) -> "list[Plan]":
        """Return the plans at work; of several plans with a year in common only those in which the agency reports, unless it
        reports in none. One query, two where a year has several plans."""
        plans = self.at_work()
        alone = {plan.pk for plan in plans if sum(plan.overlaps(other) for other in plans) == 1}
        if len(alone) == len(plans):
            return plans
        reported = self.filter(pk__in=[plan.pk for plan in plans], targets__assignments__agency=agency)
        mine = set(reported.values_list("pk", flat=True))
        return [plan for plan in plans if plan.pk in alone or plan.pk in mine] or plans

    def with_neighbours(self) -> Self:
        """Add `earlier_address` and `later_address`, those of the started plans of the years before and after (None where
        there is none; of two plans of one year the first one), and `has_siblings`: whether another one has a year in common
        with it."""
        others = Plan.objects.started().order_by("year", "pk").values("address")
        before = others.filter(last_day__year__lt=OuterRef("year")).order_by("-year", "pk")
        return self.annotate(
            earlier_address=Subquery(before[:1]),
            later_address=Subquery(others.filter(year__gt=OuterRef("last_day__year"))[:1]),
            has_siblings=Exists(siblings_of(OuterRef("pk"), OuterRef("year"), OuterRef("last_day__year"))),
        )


def siblings_of(plan: OuterRef, first_year: OuterRef, last_year: OuterRef) -> PlanQuerySet:
    """Return the started plans other than one that have a year in common with it, for a subquery."""
    return Plan.objects.started().filter(year__lte=last_year, last_day__year__gte=first_year).exclude(pk=plan)


class Plan(models.Model):
    """The plan of a year or of several years, in whole months; plans may overlap in time.

    year, first_month: of the first period. code: names the plan in its own pages and in commands; where none is given the year, of
    a plan that goes on into another one `2026-2030`. address: names it in the addresses of all other pages: its year for
    the first plan of one year alone, its code for another one; it never changes.
    state: of its life, changed by `plans.services` only. source, source_url: the public place where number and day
    can be checked; reports_to: the bodies above the issuer that the standing agency reports to, one a line;
    projects_annex, indicators_annex: as the signed text calls these annexes; due_day, review_day: days of the month
    on which reports are due and reviewed by default; keeps_days_off: a deadline that falls on a day off stays there,
    instead of moving to the next working day; min_coverage: the coverage in percent below which a roll-up is marked
    as resting on too few reports; stand_in_days: a district that is overdue by more days than these can be stood in
    for; publishes_results: everybody may see the ranking by results; release_days: a period's report is published so
    many working days after the period is reviewed and closed; target_rules: what must hold between targets of one
    report (`indicators.rules.consistency`), each with `withdrawn` (day and reason) where it holds no more.
    """

    code = LineField("mã", max_length=20, unique=True, validators=[validate_slug])
    address = LineField("tên trong địa chỉ", max_length=20, unique=True, editable=False)
    year = models.PositiveSmallIntegerField("năm")
    state = models.CharField("trạng thái", max_length=8, choices=PlanState, default=PlanState.RUNNING, editable=False)
    number = LineField("số hiệu", max_length=64, blank=True)
    title = LineField("tên kế hoạch", max_length=300)
    issuer = LineField("cơ quan ban hành", max_length=200)
    issued_on = models.DateField("ngày ban hành", null=True, blank=True)
    source = LineField("nguồn công khai của số và ngày", max_length=200, blank=True)
    source_url = models.URLField("địa chỉ của nguồn", max_length=300, blank=True)
    reports_to = ProseField(
        "cơ quan cấp trên nhận báo cáo", blank=True, help_text="Mỗi nơi một dòng, ngoài cơ quan ban hành kế hoạch."
    )
    projects_annex = LineField(
        "phụ lục ghi dự án, nhiệm vụ", max_length=60, blank=True, help_text="Như văn bản gọi; để trống nếu không có."
    )
    indicators_annex = LineField(
        "phụ lục ghi chỉ tiêu", max_length=60, blank=True, help_text="Như văn bản gọi; để trống nếu không có."
    )
    first_month = models.PositiveSmallIntegerField("tháng của kỳ đầu", default=1, editable=False)
    first_day = models.DateField("ngày đầu")
    last_day = models.DateField("ngày cuối")
    due_day = models.PositiveSmallIntegerField("hạn nộp (ngày trong tháng)", default=17)
    review_day = models.PositiveSmallIntegerField("hạn duyệt (ngày trong tháng)", default=20)
    keeps_days_off = models.BooleanField("hạn giữ nguyên dù rơi vào ngày nghỉ", default=False)
    min_coverage = models.PositiveSmallIntegerField("độ phủ tối thiểu (%)", default=80)
    stand_in_days = models.PositiveSmallIntegerField("quá hạn bao nhiêu ngày thì được làm thay", default=2)
    publishes_results = models.BooleanField("công bố xếp hạng theo kết quả", default=False)
    release_days = models.PositiveSmallIntegerField("phát hành sau khi đóng kỳ (ngày làm việc)", default=3)
    target_rules = models.JSONField("quy tắc giữa các chỉ tiêu thành phần", default=list, blank=True)
    is_demo = models.BooleanField("số liệu minh họa", default=False, editable=False)
    copied_from = models.ForeignKey(
        "self",
        verbose_name="sao chép từ",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="copies",
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = "kế hoạch"
        verbose_name_plural = "kế hoạch"
        ordering = ["-year", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gt=F("first_day")),
                name="plan_days_in_order",
                violation_error_message="Ngày cuối của kế hoạch phải sau ngày đầu.",
            ),
            models.CheckConstraint(
                condition=Q(first_month__gte=1, first_month__lte=12),
                name="plan_first_month_is_month",
                violation_error_message="Tháng phải từ 1 đến 12.",
            ),
            models.CheckConstraint(
                condition=Q(min_coverage__lte=100),
                name="plan_coverage_is_share",
                violation_error_message="Độ phủ tối thiểu phải từ 0 đến 100%.",
            ),
            models.CheckConstraint(
                condition=Q(release_days__gte=1, release_days__lte=60),
                name="plan_release_days_in_range",
                violation_error_message="Báo cáo phát hành sau khi đóng kỳ từ 1 đến 60 ngày làm việc.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a plan without a code is named by its years, and the first plan of one year has the year as its address."""
        self.code = self.code or self.years
        if not self.address:
            is_taken = self.has_several_years or Plan.objects.filter(address=str(self.year)).exists()
            self.address = self.code if is_taken else str(self.year)
        super().save(*args, **kwargs)

    @property
    def name(self) -> str:
        """The plan at the beginning of a sentence, by its year; with its code where that is not the year's."""
        return f"Kế hoạch {self.short_name}"

    @property
    def short_name(self) -> str:
        """The plan after the word *kế hoạch*: `năm 2026`, `ai-2026 năm 2026`; `năm 2026-2030`, `csdl năm 2026-2030`."""
        return f"năm {self.years}" if self.code == self.years else f"{self.code} năm {self.years}"

    @property
    def last_year(self) -> int:
        """The year of the last day."""
        return self.last_day.year

    @property
    def has_several_years(self) -> bool:
        """True for a plan that begins in one calendar year and ends in another."""
        return self.last_day is not None and self.last_day.year != self.year

    @property
    def years(self) -> str:
        """`2026`; `2026-2030` of a plan that goes on into another year."""
        return f"{self.year}-{self.last_day.year}" if self.has_several_years else str(self.year)

    def overlaps(self, other: "Plan") -> bool:
        """Return True where both have a year in common; a plan overlaps itself."""
        return self.year <= other.last_year and other.year <= self.last_year

    @property
    def last_number(self) -> int:
        """The number of the plan's last period."""
        return self.number_of(self.last_day.year, self.last_day.month)

    def number_of(self, year: int, month: int) -> int:
        """Return the number of the period of a month, counted from the plan's first one."""
        return 12 * (year - self.year) + month - self.first_month + 1

    def year_and_month(self, number: int) -> tuple[int, int]:
        """Return the year and the month of the period of a number."""
        return calendar.year_and_month(self.year, self.first_month, number)

    def day_label(self, day: dt.date) -> str:
        """Return a day where the page says which plan it shows: `17/8`; `17/08/2027` in a plan of several years."""
        return formatting.date(day) if self.has_several_years else formatting.short_date(day)

    def month_label(self, number: int) -> str:
        """Return the month of a number as it follows *tháng* and *T*: `8`; `8/2027` in a plan of several years."""
        year, month = self.year_and_month(number)
        return f"{month}/{year}" if self.has_several_years else str(month)

    @property
    def sums_begin(self) -> str:
        """The beginning of sums that begin again with each year, after *từ*: `đầu năm`; the plan has its own years where it goes on
        into another calendar year."""
        return "đầu mỗi năm của kế hoạch" if self.has_several_years else "đầu năm"

    @property
    def span_word(self) -> str:
        """The time of the plan as it follows *đầu*, *đến hết*, *cả*: `năm`; `kế hoạch` of a plan of several years."""
        return "kế hoạch" if self.has_several_years else "năm"

    @property
    def time_before(self) -> str:
        """The time before the plan, from which baselines are: `năm trước`; `trước kế hoạch` of a plan of several years."""
        return "trước kế hoạch" if self.has_several_years else "năm trước"

    @property
    def is_first_of_year(self) -> bool:
        """True for the plan that the year alone addresses."""
        return self.address == str(self.year)

    @property
    def year_code(self) -> str:
        """The beginning of the codes of the periods of its first year: `2026`; `ai-2026.2026` of a plan that is not the first
        of its year."""
        return self.code_of_year(self.year)

    def code_of(self, number: int) -> str:
        """Return the code of the period of a number (`ReportingPeriod.code`)."""
        year, month = self.year_and_month(number)
        return f"{self.code_of_year(year)}-{month:02d}"

    @property
    def example_code(self) -> str:
        """The code of the last June, or of the last period before it, where a message shows how a period is written."""
        return self.code_of(min(self.number_of(self.last_year, 6), self.last_number))

    def code_of_year(self, year: int) -> str:
        """Return the beginning of the codes of the plan's periods in a year: `2026`; `ai-2026.2026`, `2026-2030.2027`."""
        return self.address if self.is_first_of_year else f"{self.address}.{year}"

    def is_named(self, name: str) -> bool:
        """Return True where a name in an address means this plan, or its year (`PlanQuerySet.by_view`)."""
        of_its_years = YEAR.fullmatch(name) is not None and self.year <= int(name) <= self.last_year
        return of_its_years or name in (self.address, self.code)

    @property
    def query(self) -> str:
        """The plan in the query of an address: `nam=2026`, `ke-hoach=ai-2026`."""
        return query_of(self.address)

    @property
    def is_draft(self) -> bool:
        """True until the plan is started."""
        return self.state == PlanState.DRAFT

    @property
    def is_closed(self) -> bool:
        """True where nothing of the plan is written any more (`indicators.periods.plan_guard`)."""
        return self.state == PlanState.CLOSED

    @property
    def projects_source(self) -> str:
        """Return the part of the plan in which its projects stand, `Phụ lục …`; the projects themselves without an annex."""
        return self.projects_annex or "Dự án, nhiệm vụ"

    @property
    def rules_between_targets(self) -> list[consistency.TargetRule]:
        """The rules that hold between the targets of one report; withdrawn ones are left out."""
        return [consistency.rule_from(stored) for stored in self.target_rules if not stored.get("withdrawn")]


def query_of(address: str) -> str:
    """Return the query that names a plan by its address: `nam=2026` for the first plan of a year, else `ke-hoach=…`."""
    return urlencode({"nam" if address.isdecimal() else "ke-hoach": address})


class GradeBand(models.Model):
    """A grade (*xếp loại*) of the ranking by results, from a percentage on."""

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.CASCADE, related_name="grade_bands")
    floor = models.PositiveSmallIntegerField("từ (%)")
    label = LineField("xếp loại", max_length=40)

    class Meta:
        verbose_name = "mức xếp loại"
        verbose_name_plural = "mức xếp loại"
        ordering = ["plan", "-floor"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "floor"], name="grade_band_once", violation_error_message="Mức này đã có."
            ),
            models.CheckConstraint(
                condition=Q(floor__lte=100),
                name="grade_band_is_share",
                violation_error_message="Mức phải từ 0 đến 100%.",
            ),
            models.CheckConstraint(
                condition=~Q(label=""), name="grade_band_has_label", violation_error_message="Ghi tên mức xếp loại."
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}, từ {self.floor}%"


class Pillar(models.Model):
    """A pillar of the plan: I Chính quyền số và an toàn thông tin, II Kinh tế số, III Xã hội số."""

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="pillars")
    code = LineField("mã", max_length=8)
    title = LineField("tên", max_length=200)
    position = models.PositiveSmallIntegerField("thứ tự")

    class Meta:
        verbose_name = "trụ cột"
        verbose_name_plural = "trụ cột"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "code"], name="pillar_code_once", violation_error_message="Trụ cột này đã có."
            )
        ]

    def __str__(self) -> str:
        return f"{self.code}. {self.title}"


class Indicator(models.Model):
    """One numbered row of the plan's annex of indicators, verbatim. `signed_text`: the text as it was signed, where a
    misprint was corrected in `text`; empty where nothing was."""

    pillar = models.ForeignKey(Pillar, verbose_name="trụ cột", on_delete=models.PROTECT, related_name="indicators")
    number = models.PositiveSmallIntegerField("số thứ tự")
    text = ProseField("nội dung chỉ tiêu")
    signed_text = ProseField("nội dung như bản ký (nếu đã sửa lỗi in)", blank=True)
    leads_text = ProseField("chủ trì (nguyên văn)", blank=True)
    coordinators_text = ProseField("phối hợp (nguyên văn)", blank=True)

    class Meta:
        verbose_name = "chỉ tiêu"
        verbose_name_plural = "chỉ tiêu"
        ordering = ["pillar__position", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["pillar", "number"], name="indicator_number_once", violation_error_message="Chỉ tiêu này đã có."
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """`I.3`: pillar and number in the annex."""
        return f"{self.pillar.code}.{self.number}"

    @property
    def as_signed(self) -> str:
        """The text of the signed plan, misprints included."""
        return self.signed_text or self.text

    @property
    def is_corrected(self) -> bool:
        """True where a misprint of the signed text was corrected."""
        return bool(self.signed_text) and self.signed_text != self.text

    @property
    def words(self) -> list[tuple[str, bool]]:
        """The text in order, as (words, True) where they correct the signed text."""
        return corrected_words(self.text, self.signed_text)


class IndicatorParty(Party):
    """An agency, or a group of agencies, that leads or coordinates an indicator."""

    indicator = models.ForeignKey(Indicator, verbose_name="chỉ tiêu", on_delete=models.CASCADE, related_name="parties")
    agency = models.ForeignKey(
        Agency, verbose_name="cơ quan", null=True, blank=True, on_delete=models.PROTECT, related_name="indicator_parts"
    )

    class Meta(Party.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "part", "agency"],
                name="party_agency_once",
                violation_error_message="Cơ quan này đã được ghi.",
            ),
            models.UniqueConstraint(
                fields=["indicator", "part", "group"],
                condition=~Q(group=""),
                name="party_group_once",
                violation_error_message="Nhóm này đã được ghi.",
            ),
            models.CheckConstraint(
                condition=Q(agency__isnull=False, group="") | (Q(agency__isnull=True) & ~Q(group="")),
                name="party_is_agency_or_group",
                violation_error_message="Chọn một cơ quan hoặc một nhóm.",
            ),
            models.CheckConstraint(
                condition=Q(reported_by__isnull=True) | ~Q(group=""),
                name="party_reported_for_group",
                violation_error_message="Chỉ nhóm ngoài hệ thống mới có đơn vị báo cáo thay.",
            ),
        ]


def period_words(code: str) -> str:
    """Return `tháng 7 năm 2026` for the code 2026-07, with the plan that it begins with, `(kế hoạch ai-2026)`; anything
    else unchanged. No query."""
    parts = PLAN_OF_CODE.match(code)
    month = code[parts.end() :] if parts else ""
    if parts is None or not MONTH.fullmatch(month):
        return code
    return f"tháng {int(month)} năm {parts['year']}{of_plan(parts['plan'])}"


def of_plan(code: str | None) -> str:
    """Return a plan after the name of a period, ` (kế hoạch ai-2026)`; empty without one."""
    return f" (kế hoạch {code})" if code else ""


class ReportingPeriodQuerySet(models.QuerySet["ReportingPeriod"]):
    def begun(self, day: dt.date) -> Self:
        """Periods whose data window has begun on this day."""
        return self.filter(window_first__lte=day)

    def started(self) -> Self:
        """Periods of plans that are no draft any more."""
        return self.exclude(plan__state=PlanState.DRAFT)

    def of_code(self, code: str) -> "ReportingPeriod | None":
        """Return the period of a code (`ReportingPeriod.code`) with its plan, and with `has_siblings`: whether its year has
        other plans; None where there is none. One query, none for a text that is no code."""
        parts = PLAN_OF_CODE.match(code)
        month = code[parts.end() :] if parts else ""
        if parts is None or not MONTH.fullmatch(month) or not 1 <= int(month) <= 12:
            return None
        siblings = siblings_of(OuterRef("plan"), OuterRef("plan__year"), OuterRef("plan__last_day__year"))
        periods = self.select_related("plan").annotate(has_siblings=Exists(siblings))
        named = periods.filter(plan__address=parts["plan"] or parts["year"])
        return named.of_month(int(parts["year"]), int(month)).first()

    def of_month(self, year: int, month: int) -> Self:
        """Periods of a month of a year, of whatever plan."""
        since_year_0 = 12 * year + month + 1
        return self.filter(number=Value(since_year_0) - 12 * F("plan__year") - F("plan__first_month"))

    def in_order(self) -> Self:
        """Periods by month."""
        return self.order_by("number")

    def by_time(self, *, newest_first: bool = False) -> Self:
        """Periods of several plans by their month; of one month by the plan's first year."""
        month = 12 * F("plan__year") + F("plan__first_month") + F("number")
        if newest_first:
            return self.order_by(month.desc(), "-plan__year", "plan")
        return self.order_by(month.asc(), "plan__year", "plan")


class ReportingPeriod(models.Model):
    """A month of the plan: its data window and its deadlines. Its state is a function of these and the day.

    number: its position in the plan, which is its month in a plan that begins in January, in its first year; its own month
    and year follow from those of the plan's first period (docs/decisions/0300).

    Communes and districts may be due earlier than the province's agencies; None: on the same day.
    """

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="periods")
    number = models.PositiveSmallIntegerField("thứ tự trong kế hoạch")
    window_first = models.DateField("số liệu từ ngày")
    window_last = models.DateField("số liệu đến ngày")
    opens_on = models.DateField("mở nhập ngày")
    due_on = models.DateField("hạn nộp")
    review_due_on = models.DateField("hạn duyệt")
    commune_due_on = models.DateField("hạn nộp của cấp xã", null=True, blank=True)
    commune_review_due_on = models.DateField("hạn duyệt phiếu cấp xã", null=True, blank=True)
    district_due_on = models.DateField("hạn nộp của cấp huyện", null=True, blank=True)
    closes_on = models.DateField("đóng sau ngày")

    objects = ReportingPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = "kỳ báo cáo"
        verbose_name_plural = "kỳ báo cáo"
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"], name="period_once", violation_error_message="Kỳ báo cáo này đã có."
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=MOST_PERIODS),
                name="period_number_in_range",
                violation_error_message="Kế hoạch dài nhất mười năm.",
            ),
            models.CheckConstraint(
                condition=Q(window_last__gte=F("window_first")),
                name="period_window_in_order",
                violation_error_message="Ngày cuối của số liệu phải sau ngày đầu.",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("opens_on"), closes_on__gte=F("due_on"), review_due_on__gte=F("due_on")),
                name="period_deadlines_in_order",
                violation_error_message="Các mốc phải theo thứ tự: mở nhập, hạn nộp, hạn duyệt và đóng kỳ.",
            ),
            models.CheckConstraint(
                condition=Q(district_due_on__isnull=True)
                | Q(district_due_on__gte=F("opens_on"), district_due_on__lte=F("due_on")),
                name="period_districts_before_province",
                violation_error_message="Hạn của cấp huyện phải từ ngày mở nhập đến hạn của cấp tỉnh.",
            ),
            models.CheckConstraint(
                condition=Q(commune_due_on__isnull=True)
                | Q(
                    commune_due_on__gte=F("opens_on"),
                    commune_due_on__lte=Coalesce(F("district_due_on"), F("due_on")),
                ),
                name="period_communes_before_districts",
                violation_error_message="Hạn của cấp xã phải từ ngày mở nhập đến hạn của cấp huyện.",
            ),
            models.CheckConstraint(
                condition=Q(commune_review_due_on__isnull=True)
                | Q(
                    commune_review_due_on__gte=Coalesce(F("commune_due_on"), F("due_on")),
                    commune_review_due_on__lte=F("review_due_on"),
                ),
                name="period_communes_reviewed_before_districts",
                violation_error_message="Hạn duyệt phiếu cấp xã phải từ hạn nộp của cấp xã đến hạn duyệt của kỳ.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dated_name}{self.of_plan}"

    @property
    def year(self) -> int:
        """The calendar year of its month."""
        return self.plan.year_and_month(self.number)[0]

    @property
    def month(self) -> int:
        """Its month, 1 to 12."""
        return self.plan.year_and_month(self.number)[1]

    @property
    def label(self) -> str:
        """The month as it follows *tháng* and *T* where the page says which plan it shows: `8`; `8/2027` in a plan of several
        years."""
        return self.plan.month_label(self.number)

    @property
    def dated_name(self) -> str:
        """`tháng 8 năm 2026`, on pages that say which plan they show."""
        return f"tháng {self.month} năm {self.year}"

    @property
    def of_plan(self) -> str:
        """The plan after the name of a period, ` (kế hoạch ai-2026)`; empty for the first plan of the year."""
        return of_plan(None if self.plan.is_first_of_year else self.plan.code)

    @property
    def month_name(self) -> str:
        """`tháng 8`, where the year is known; with the plan as in `of_plan`."""
        return f"tháng {self.label}{self.of_plan}"

    @property
    def short_name(self) -> str:
        """`tháng 8-2026`, in names of files; with the plan as in `of_plan`."""
        return f"tháng {self.month}-{self.year}{self.of_plan}"

    @property
    def year_code(self) -> str:
        """The beginning of its code: the plan where the year alone does not address it, and its year."""
        return self.plan.code_of_year(self.year)

    @property
    def code(self) -> str:
        """The period in addresses and files: 2026-08; ai-2026.2026-08 of a plan that is not the first of its year."""
        return self.plan.code_of(self.number)

    @property
    def is_quarter_end(self) -> bool:
        """True where quarterly figures are reported in this period."""
        return calendar.is_due(self.month, calendar.CYCLES["quarter"])

    def closes(self, due: dt.date) -> bool:
        """Return True for the last period of a year of its plan where a target is due in that year or before: it is judged in it,
        though its window ends before the year (docs: domain, Is it on track?)."""
        next_year = calendar.years_after(self.plan.first_day, -(-self.number // 12))
        return (self.number % 12 == 0 or self.number == self.plan.last_number) and due < next_year

    def due_on_of(self, level: str) -> dt.date:
        """Return the last day on which an agency of a level reports on time, without extensions (those:
        `indicators.periods`)."""
        days: dict[str, dt.date | None] = {Level.COMMUNE: self.commune_due_on, Level.DISTRICT: self.district_due_on}
        return days.get(level) or self.due_on

    def review_due_on_of(self, level: str) -> dt.date:
        """Return the last day on which a report of a level is reviewed on time."""
        return (self.commune_review_due_on if level == Level.COMMUNE else None) or self.review_due_on

    def deadlines_of(self, level: str, grants: Iterable[calendar.Grant] = ()) -> calendar.Deadlines:
        """Return the deadlines of an agency of a level with its grants applied."""
        return calendar.deadlines(
            self.opens_on, self.due_on_of(level), self.review_due_on_of(level), self.closes_on, grants
        )

    def state(self, day: dt.date | None = None) -> calendar.PeriodState:
        """Return the state (upcoming, open or closed) on a day, today by default."""
        return calendar.period_state(self.opens_on, self.closes_on, day or clock.today())

    @property
    def unsent_word(self) -> str:
        """Words for a report that was not sent: *chưa nộp* while the period is open, *không nộp* once it has closed."""
        return "không nộp" if self.closes_on < clock.today() else "chưa nộp"

    @property
    def is_ahead(self) -> bool:
        """True while the data window has not ended or the entry has not opened; nothing is judged as of such a period
        (*Chưa đến kỳ*)."""
        return self.is_running or self.opens_on > clock.today()

    @property
    def is_running(self) -> bool:
        """True while the data window has not ended: statuses as of this period are of a day to come."""
        return self.window_last >= clock.today()
