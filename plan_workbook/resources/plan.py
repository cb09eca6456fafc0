"""The plan's own tables: the plan, its calendar, grades, rules and duties."""

import datetime as dt
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from django.db import models

from agencies.models import GROUPS, Agency
from core import formatting, texts
from indicators.calendar.services import create_periods
from indicators.models import (
    Charge,
    ChargeTarget,
    Commitment,
    CommitmentParty,
    DayOff,
    GradeBand,
    Plan,
    PlanState,
    ReportingPeriod,
    RollupState,
    Submission,
)
from indicators.models.plan import LEAST_PERIODS, MOST_PERIODS, MOST_YEARS, TOO_SHORT
from plan_workbook.cells import AgencyName, Cell, Day, Parties, RowOf, Whole, Words, YesNo
from plan_workbook.resources.base import Book, Column, PlanTable

# How far days of the calendar reach beyond the plan's own: windows begin in December, deadlines fall in January.
BEYOND = dt.timedelta(days=62)
# How far days off reach beyond the plan's last day.
DEADLINES = dt.timedelta(days=31)


CODE_ADVICE = (
    "Để trống: theo năm, của kế hoạch nhiều năm như 2026-2030. Kế hoạch thứ hai của một năm cần mã riêng, như ai-2030."
)
# The code of the plan that stands in for a faulty one while the rest of its file is judged.
STAND_IN = "-"


class PlanSheet(PlanTable):
    """The plan itself, a table of one row."""

    key, sheet, noun = "plan", "Kế hoạch", "kế hoạch"
    note = "Thông tin chung của kế hoạch: ghi giá trị ở cột B."
    removes = False
    completed = ("source", "source_url", "reports_to", "projects_annex", "indicators_annex")
    blamed = {"plan_days_in_order": "last_day"}

    year = Column("Năm", Whole(2000, 2100), needed=True)
    code = Column("Mã", Words(), advice=CODE_ADVICE)
    number = Column("Số hiệu", Words())
    title = Column("Tên kế hoạch", Words(), needed=True)
    issuer = Column("Cơ quan ban hành", Words(), needed=True)
    issued_on = Column("Ngày ban hành", Day())
    source = Column("Nguồn công khai của số và ngày", Words())
    source_url = Column("Địa chỉ của nguồn", Words())
    reports_to = Column("Cơ quan cấp trên nhận báo cáo", Words(texts.prose), advice="Mỗi nơi một dòng.")
    projects_annex = Column("Phụ lục ghi dự án, nhiệm vụ", Words(), advice="Như văn bản gọi; để trống nếu không có.")
    indicators_annex = Column("Phụ lục ghi chỉ tiêu", Words(), advice="Như văn bản gọi; để trống nếu không có.")
    first_day = Column("Ngày đầu", Day(), needed=True)
    last_day = Column("Ngày cuối", Day(), needed=True, advice="Kế hoạch nhiều năm: ngày cuối của năm cuối.")
    due_day = Column("Hạn nộp (ngày trong tháng)", Whole(1, 28), needed=True)
    review_day = Column("Hạn duyệt (ngày trong tháng)", Whole(1, 28), needed=True)
    keeps_days_off = Column("Hạn giữ nguyên dù rơi vào ngày nghỉ", YesNo())
    min_coverage = Column("Độ phủ tối thiểu (%)", Whole(0, 100), needed=True)
    stand_in_days = Column("Quá hạn bao nhiêu ngày thì được làm thay", Whole(0, 366), needed=True)
    publishes_results = Column("Công bố xếp hạng theo kết quả", YesNo())
    release_days = Column("Phát hành sau khi đóng kỳ (ngày làm việc)", Whole(1, 60), needed=True)

    class Meta:
        model = Plan
        import_id_fields = ("year",)

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        self.years: dict[str, int] = {}
        self.last_days: dict[str, dt.date] = {}

    def get_queryset(self) -> models.QuerySet[Any]:
        return Plan.objects.all()

    def scope(self) -> dict[str, Any]:
        return {}

    def name_of(self, instance: models.Model) -> str:
        return str(instance)

    def key_of(self, row: Mapping[str, Cell]) -> tuple[str, ...]:
        """Return the code of the plan that the file is about: where none is written, that of the plan addressed by the
        year, or by the years of a plan of several; a new one on the page of a plan of the same year is that plan's."""
        year, code = (str(self.columns[name].clean(row) or "") for name in ("year", "code"))
        known = {plan.code: plan for plan in self.stored.values()}
        last_day = self._last_day(row, int(year))
        if not code:
            years = year if last_day.year == int(year) else f"{year}-{last_day.year}"
            code = next((plan.code for plan in known.values() if plan.address == years), years)
        elif code not in known and self.book.plan is not None and str(self.book.plan.year) == year:
            code = self.book.plan.code
        self.years[code], self.last_days[code] = int(year), last_day
        return (code,)

    def _last_day(self, row: Mapping[str, Cell], year: int) -> dt.date:
        """Return the last day that a row gives, that of the year where it gives none that a plan may have."""
        try:
            day: dt.date | None = self.columns["last_day"].clean(row)
        except ValueError:
            day = None
        end = dt.date(year, 12, 31)
        return day if day is not None and year <= day.year <= year + MOST_YEARS else end

    def key_of_stored(self, instance: models.Model) -> tuple[str, ...]:
        return (instance.code,)  # type: ignore[attr-defined]

    def init_instance(self, row: Any = None) -> models.Model:
        """Begin a plan: a draft, unless it is one that the product comes with."""
        return Plan(state=PlanState.RUNNING if self.book.fills else PlanState.DRAFT)

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        try:
            super().import_instance(instance, row, **kwargs)
        finally:
            is_whole = instance.year and instance.first_day and instance.last_day
            named = instance.years if is_whole else str(instance.year or "")
            instance.code = instance.code or (self.before["code"] if self.before else named)
            if is_whole and self.before is None and instance.has_several_years:
                instance.first_month = instance.first_day.month

    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        faults = {}
        others = Plan.objects.exclude(pk=instance.pk)
        if before is not None and before["year"] != instance.year:
            faults["code"] = f"Đã có kế hoạch mã {instance.code}."
        elif (before is None or before["code"] != instance.code) and (
            flaw := others.code_flaw(instance.code, instance.year, instance.last_year)
        ):
            faults["code"] = flaw
        was = before if before is not None and before["year"] == instance.year else None
        if instance.first_day.year != instance.year:
            day = formatting.date(instance.first_day)
            faults["first_day"] = f"{day} không thuộc năm {instance.year} của kế hoạch."
        elif was and was["last_day"].year != instance.last_year:
            faults["last_day"] = "Năm cuối của kế hoạch đã lập không đổi được: lập kế hoạch khác."
        elif was and instance.has_several_years and was["first_day"].month != instance.first_day.month:
            faults["first_day"] = "Tháng đầu của kế hoạch đã lập không đổi được: lập kế hoạch khác."
        elif instance.last_day < instance.first_day:
            faults["last_day"] = "Ngày cuối của kế hoạch phải sau ngày đầu."
        elif instance.has_several_years:
            faults |= self._flaws_of_months(instance)
        if instance.review_day < instance.due_day:
            faults["review_day"] = "Hạn duyệt không thể trước hạn nộp."
        return faults

    def _flaws_of_months(self, plan: Plan) -> dict[str, str]:
        """Return why the days of a plan of several years are not whole months, or too few or too many."""
        if plan.first_day.day != 1:
            return {"first_day": "Kế hoạch nhiều năm bắt đầu từ ngày đầu của một tháng."}
        if (plan.last_day + dt.timedelta(days=1)).day != 1:
            return {"last_day": "Kế hoạch nhiều năm kết thúc vào ngày cuối của một tháng."}
        if plan.last_number < LEAST_PERIODS:
            return {"last_day": TOO_SHORT}
        return {"last_day": f"Kế hoạch dài nhất {MOST_YEARS} năm."} if plan.last_number > MOST_PERIODS else {}

    def finish(self) -> None:
        """Let the other tables know the plan, unless the file is about another one than it must be."""
        if self.book.plan is not None:
            expected = self.book.plan
            for (code,), line in self.lines.items():
                year = self.years[code]
                if year != expected.year:
                    self.blame(line, "year", f"Đây là trang của kế hoạch năm {expected.year}, tệp là của năm {year}.")
                elif code != expected.code:
                    self.blame(line, "code", f"Đây là trang của kế hoạch {expected.code}, tệp là của kế hoạch {code}.")
                else:
                    continue
                self.book.plan = None  # of another plan: nothing more can be said of the file
            return
        plan = next(iter(self.rows.values()), None)
        for key in self.lines:
            # Of a faulty row the other tables are judged all the same; nothing of it is kept.
            plan = plan or self.stored.get(key) or self._stand_in(self.years[key[0]], self.last_days[key[0]])
        self.book.plan = plan
        if plan is not None:
            RollupState.objects.get_or_create(plan=plan)

    def _stand_in(self, year: int, last: dt.date) -> Plan:
        first = dt.date(year, 1, 1)
        return Plan.objects.create(year=year, code=STAND_IN, title="?", issuer="?", first_day=first, last_day=last)


class DayOffTable(PlanTable):
    """Days off and days worked instead, of the plan's year and its last deadlines."""

    key, sheet, noun = "days_off", "Ngày nghỉ", "ngày"
    note = "Chỉ ghi ngày khác với lịch nghỉ lễ đã biết: nghỉ bù, hoán đổi, làm bù."

    day = Column("Ngày", Day(), needed=True)
    is_worked = Column("Là ngày làm việc", YesNo())
    name = Column("Nội dung", Words(), width=40, needed=True)

    class Meta:
        model = DayOff
        import_id_fields = ("day",)

    def get_queryset(self) -> models.QuerySet[Any]:
        plan = self.book.plan
        return (
            DayOff.objects.filter(day__range=(plan.first_day, plan.last_day + DEADLINES))
            if plan
            else DayOff.objects.none()
        )

    def scope(self) -> dict[str, Any]:
        return {}

    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        plan = self.book.the_plan
        if not plan.first_day <= instance.day <= plan.last_day + DEADLINES:
            return {"day": f"{formatting.date(instance.day)} không thuộc thời gian của kế hoạch {plan.short_name}."}
        return {}


class CalendarTable(PlanTable):
    """The reporting periods; without a row in the file a new plan gets all its months by its own days."""

    key, sheet, noun = "calendar", "Lịch", "kỳ báo cáo"
    note = "Để trống cả bảng: mọi tháng của kế hoạch theo hạn nộp, hạn duyệt ở trang Kế hoạch."
    blamed = {
        "period_window_in_order": "window_last",
        "period_deadlines_in_order": "due_on",
        "period_districts_before_province": "district_due_on",
        "period_communes_before_districts": "commune_due_on",
        "period_communes_reviewed_before_districts": "commune_review_due_on",
    }

    number = Column(
        "Tháng",
        Whole(1, MOST_PERIODS),
        needed=True,
        advice="Kế hoạch nhiều năm: đếm tiếp từ tháng đầu, tháng thứ mười ba là 13.",
    )
    window_first = Column("Số liệu từ ngày", Day(), needed=True)
    window_last = Column("Số liệu đến ngày", Day(), needed=True)
    opens_on = Column("Mở nhập ngày", Day(), needed=True)
    due_on = Column("Hạn nộp", Day(), needed=True)
    review_due_on = Column("Hạn duyệt", Day(), needed=True)
    commune_due_on = Column("Hạn nộp của cấp xã", Day())
    commune_review_due_on = Column("Hạn duyệt phiếu cấp xã", Day())
    district_due_on = Column("Hạn nộp của cấp huyện", Day())
    closes_on = Column("Đóng sau ngày", Day(), needed=True)

    class Meta:
        model = ReportingPeriod
        import_id_fields = ("number",)

    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        plan = self.book.the_plan
        most = plan.last_number if plan.has_several_years else 12
        if instance.number > most:
            return {"number": f"Số phải từ 1 đến {most}."}
        for name in self.columns:
            day = getattr(instance, name)
            if isinstance(day, dt.date) and not plan.first_day - BEYOND <= day <= plan.last_day + BEYOND:
                return {name: f"{formatting.date(day)} không thuộc thời gian của kế hoạch {plan.short_name}."}
            changed = before is not None and before[name] != day
            if changed and name in ("window_first", "window_last") and self._has_reports(instance):
                return {name: "Đã có phiếu báo cáo theo khoảng số liệu cũ nên không đổi được."}
        return {}

    def why_kept(self, instance: Any) -> str:
        return "đã có phiếu báo cáo của kỳ này." if self._has_reports(instance) else ""

    def _has_reports(self, period: ReportingPeriod) -> bool:
        return Submission.objects.filter(period=period).exists()

    def finish(self) -> None:
        """See that windows follow one another; create the months of a new plan that has none."""
        plan = self.book.plan
        if plan is None:
            return
        if not self.lines and (not self.stored or self.book.fills):
            for period in create_periods(plan):
                self.rows[self.key_of_stored(period)] = period
                self.note_added(period)
        if not self.lines and not self.book.fills:
            # An empty table leaves the calendar as it is.
            self.lines = dict.fromkeys(self.stored, 0)
        periods = sorted(self.rows.items(), key=lambda entry: entry[1].number)
        for (_, earlier), (key, later) in pairwise(periods):
            if later.number == earlier.number + 1 and later.window_first != earlier.window_last + dt.timedelta(days=1):
                what = "chồng lên" if later.window_first <= earlier.window_last else "cách quãng với"
                if self.lines.get(key):
                    self.blame(self.lines[key], "window_first", f"Khoảng số liệu {what} kỳ tháng {earlier.label}.")


class GradeTable(PlanTable):
    """The grades of the ranking by results."""

    key, sheet, noun = "grade_bands", "Xếp loại", "mức xếp loại"
    only_into_empty = True

    floor = Column("Từ (%)", Whole(0, 100), needed=True)
    label = Column("Xếp loại", Words(), width=24, needed=True)

    class Meta:
        model = GradeBand
        import_id_fields = ("floor",)


class ChargeTable(PlanTable):
    """Duties of an agency to follow and urge others."""

    key, sheet, noun = "charges", "Theo dõi, đôn đốc", "nhiệm vụ"

    code = Column("Mục trong kế hoạch", Words(), needed=True)
    title = Column("Nhiệm vụ", Words(), width=40, needed=True)
    agency = Column("Cơ quan được giao", AgencyName(), needed=True)
    sentence = Column("Nguyên văn", Words(texts.prose), width=60, needed=True)
    duties = Column("Việc được giao", Words(), width=40, needed=True)
    covers_plan = Column("Cả kế hoạch", YesNo())
    legal_ground = Column("Căn cứ", Words(), width=40, needed=True)
    report_to = Column("Báo cáo", Words(), width=24, needed=True)

    class Meta:
        model = Charge
        import_id_fields = ("code",)

    def why_kept(self, instance: Any) -> str:
        return "đã có lần đôn đốc theo nhiệm vụ này." if instance.reminders.exists() else ""


class ChargeTargetTable(PlanTable):
    """The targets of those duties."""

    key, sheet, noun = "charge_targets", "Chỉ tiêu thành phần theo dõi", "chỉ tiêu thành phần theo dõi"
    only_into_empty = True

    charge = Column("Nhiệm vụ (mục)", RowOf("charges"), needed=True)
    target = Column("Mã chỉ tiêu thành phần", RowOf("targets"), needed=True)
    part = Column("Phần của nhiệm vụ", Words(), width=40)

    class Meta:
        model = ChargeTarget
        import_id_fields = ("charge", "target")

    def get_queryset(self) -> models.QuerySet[Any]:
        return ChargeTarget.objects.filter(charge__plan=self.book.plan).select_related("charge", "target")

    def scope(self) -> dict[str, Any]:
        return {}


class CommitmentTable(PlanTable):
    """Commitments of the plan's body that its annex assigns to nobody."""

    key, sheet, noun = "commitments", "Cam kết", "cam kết"

    number = Column("Số thứ tự", Whole(1), needed=True)
    text = Column("Nội dung cam kết", Words(texts.prose), width=40, needed=True)
    source = Column("Mục trong kế hoạch", Words(), width=24, needed=True)
    sentence = Column("Nguyên văn cả câu", Words(texts.prose), width=60, needed=True)
    due = Column("Hạn hoàn thành", Day())
    ground = Column("Căn cứ phân công", Words(), width=30)
    leads = Column("Chủ trì", Parties(GROUPS), "lead_parties", width=24)

    class Meta:
        model = Commitment
        import_id_fields = ("number",)

    def get_queryset(self) -> models.QuerySet[Any]:
        stored: models.QuerySet[Any] = Commitment.objects.filter(plan=self.book.plan).with_parties()
        for commitment in stored:
            commitment.lead_parties = tuple(party.agency or party.group for party in commitment.parties.all())
        return stored

    def write(self, instance: Any, *, is_new: bool) -> None:
        moved = is_new or (self.before or {}).get("lead_parties") != instance.lead_parties
        if not is_new and moved:
            instance.revision += 1
        instance.save()
        instance.parties.all().delete()
        CommitmentParty.objects.bulk_create(
            CommitmentParty(
                commitment=instance,
                part=CommitmentParty.Part.LEAD,
                agency=party if isinstance(party, Agency) else None,
                group="" if isinstance(party, Agency) else party,
                position=position,
            )
            for position, party in enumerate(instance.lead_parties)
        )
