"""The tables of what is measured: pillars, indicators, targets with all that belongs to one, assignments, exemptions."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from agencies.models import GROUP_WORDS, GROUPS, Agency, Party
from core import texts
from indicators.models import (
    Actual,
    Assignment,
    Comparator,
    DenominatorUse,
    Exemption,
    Frequency,
    Indicator,
    IndicatorParty,
    Kind,
    Pillar,
    ResultWeight,
    SharedDenominator,
    StartingPoint,
    Target,
    TargetMetadata,
    TargetMilestone,
)
from indicators.models.target import TIMING_CHOICES
from indicators.rules.consistency import Check
from indicators.targets.results_ranking import MOST_WEIGHT
from indicators.targets.services import (
    assign,
    bar_after_figures,
    delete_with_history,
    flaw_in_definition,
    pairs_from_groups,
    save_with_history,
)
from indicators.targets.text import FROM_ZERO
from plan_workbook.cells import AgencyName, Amount, Choice, Day, Groups, Parties, RowOf, RowsOf, Whole, Words
from plan_workbook.resources.base import Column, PlanTable

# The groups that may take part in something of the plan.
PARTIES = tuple(group for group in GROUP_WORDS if group != "@lead")
# The groups that may report a target.
REPORTERS = ("@lead", *GROUPS)
BY_FILE = "theo tệp kế hoạch"


def party_columns() -> tuple[Column, Column, Column]:
    """Return the columns of a row's leads, of the agency that reports on behalf of an outside lead, and of its coordinators."""
    return (
        Column("Chủ trì", Parties(PARTIES), "lead_parties", width=24),
        Column("Báo cáo thay", AgencyName(), "reporting", advice="Cho bên chủ trì ngoài hệ thống."),
        Column("Phối hợp", Parties(PARTIES), "other_parties", width=24),
    )


def party_text_columns() -> tuple[Column, Column]:
    """Return the columns of the leads and of the coordinators as the signed annex words them."""
    return (
        Column("Chủ trì (nguyên văn)", Words(texts.prose), width=24),
        Column("Phối hợp (nguyên văn)", Words(texts.prose), width=24),
    )


class PartiesOfRow:
    """The part that tables of rows with leads and coordinators share (indicators, projects). owner: the field of a party that holds
    its row; party: the model of the parties."""

    party: type[Party]
    owner: str

    def begin_parties(self, instance: Any) -> None:
        """Give a row that is not stored yet its parties: none."""
        instance.lead_parties, instance.other_parties, instance.reporting = (), (), None

    def read_parties(self, instances: Sequence[Any]) -> None:
        """Set the parties of stored rows as their columns hold them."""
        for instance in instances:
            parties = list(instance.parties.all())
            for part, name in ((Party.Part.LEAD, "lead_parties"), (Party.Part.COORDINATOR, "other_parties")):
                chosen = [party for party in parties if party.part == part]
                setattr(instance, name, tuple(party.agency or party.group for party in chosen))
            instance.reporting = next((party.reported_by for party in parties if party.reported_by), None)

    def party_flaws(self, instance: Any) -> dict[str, str]:
        """Return the fault of an agency that reports on behalf of nobody."""
        outside = [each for each in instance.lead_parties if isinstance(each, str) and each not in GROUPS]
        if instance.reporting is not None and not outside:
            return {"reported_by": "Chỉ ghi khi bên chủ trì là nhóm ngoài hệ thống (doanh nghiệp, …)."}
        return {}

    def write_parties(self, instance: Any) -> None:
        """Store the parties of a row."""
        instance.parties.all().delete()
        made = []
        for part, parties in (
            (Party.Part.LEAD, instance.lead_parties),
            (Party.Part.COORDINATOR, instance.other_parties),
        ):
            for position, each in enumerate(parties):
                is_agency = isinstance(each, Agency)
                party = self.party(**{self.owner: instance}, part=part, position=position)
                party.agency, party.group = (each, "") if is_agency else (None, each)
                if part == Party.Part.LEAD and party.is_outside:
                    party.reported_by = instance.reporting
                made.append(party)
        self.party._default_manager.bulk_create(made)


class PillarTable(PlanTable):
    """The pillars of the plan."""

    key, sheet, noun = "pillars", "Trụ cột", "trụ cột"

    code = Column("Mã", Words(), needed=True, advice="I, II, III…")
    title = Column("Tên", Words(), width=50, needed=True)
    position = Column("Thứ tự", Whole(), needed=True)

    class Meta:
        model = Pillar
        import_id_fields = ("code",)


class IndicatorTable(PartiesOfRow, PlanTable):
    """The numbered rows of the plan's annex of indicators, with their leads and coordinators."""

    key, sheet, noun = "indicators", "Chỉ tiêu", "chỉ tiêu"
    note = "Nguyên văn phụ lục chỉ tiêu. Cơ quan ghi mã hoặc tên, nhiều cơ quan cách nhau bằng dấu |."
    party, owner = IndicatorParty, "indicator"

    pillar = Column("Trụ cột", RowOf("pillars"), needed=True)
    no = Column("Số", Whole(1), "number", needed=True)
    text = Column("Nội dung chỉ tiêu", Words(texts.prose), width=60, needed=True)
    signed_text = Column("Nội dung như bản ký (nếu đã sửa lỗi in)", Words(texts.prose), width=30)
    leads, reported_by, coordinators = party_columns()
    leads_text, coordinators_text = party_text_columns()

    class Meta:
        model = Indicator
        import_id_fields = ("pillar", "no")

    def get_queryset(self) -> models.QuerySet[Any]:
        parties = models.Prefetch("parties", IndicatorParty.objects.select_related("agency", "reported_by"))
        stored = (
            Indicator.objects.filter(pillar__plan=self.book.plan).select_related("pillar").prefetch_related(parties)
        )
        self.read_parties(list(stored))
        return stored

    def scope(self) -> dict[str, Any]:
        return {}

    def init_instance(self, row: Any = None) -> models.Model:
        instance: Any = super().init_instance(row)
        self.begin_parties(instance)
        return instance

    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        return self.party_flaws(instance)

    def write(self, instance: Any, *, is_new: bool) -> None:
        instance.save()
        self.write_parties(instance)


class TargetTable(PlanTable):
    """The measurable parts of the indicators."""

    key, sheet, noun = "targets", "Chỉ tiêu thành phần", "chỉ tiêu thành phần"
    note = "Mỗi dòng một chỉ tiêu thành phần. Chỉ tiêu thành phần đã có số liệu: ngưỡng, hạn, mốc đổi ở trang định nghĩa của nó."
    blamed = {
        "target_threshold_with_comparator": "comparator",
        "target_only_ratio_count_flow": "timing",
        "target_rate_is_ratio": "timing",
    }

    code = Column("Mã", Words(), needed=True, advice="I.1.a: chỉ tiêu I.1, phần a.")
    indicator = Column("Chỉ tiêu", RowOf("indicators"), needed=True, advice="Trụ cột và số: I.1.")
    label = Column("Tên", Words(), width=50, needed=True)
    kind = Column("Loại", Choice(Kind.choices), needed=True)
    timing = Column("Thời điểm", Choice(TIMING_CHOICES), "timing_choice", width=20, needed=True)
    frequency = Column("Tần suất", Choice(Frequency.choices), needed=True)
    unit = Column("Đơn vị tính", Words(), needed=True)
    comparator = Column("So sánh", Choice(Comparator.choices), advice="Cùng có hoặc cùng không với ngưỡng.")
    threshold = Column("Ngưỡng", Amount())
    due = Column("Hạn hoàn thành", Day(), needed=True)
    reporters = Column("Nhóm báo cáo", Groups(REPORTERS), width=24, needed=True)
    numerator = Column("Tử số", Words(), "numerator_label", width=30)
    denominator = Column("Mẫu số", Words(), "denominator_label", width=30)
    baseline = Column("Giá trị xuất phát", Amount(), advice=FROM_ZERO)
    baseline_source = Column("Nguồn giá trị xuất phát", Words(), width=24)
    position = Column("Thứ tự", Whole(), needed=True)

    class Meta:
        model = Target
        import_id_fields = ("code",)

    def get_queryset(self) -> models.QuerySet[Any]:
        figures = Actual.objects.filter(target=models.OuterRef("pk"))
        stored = super().get_queryset().select_related("indicator__pillar", "plan")
        return stored.annotate(has_figures=models.Exists(figures)).prefetch_related("milestones")

    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        if before is not None and instance.has_figures:
            barred = bar_after_figures(self.changed(instance))
            if barred:
                return barred
        if not instance.code.startswith(f"{instance.indicator.code}"):
            return {"indicator": f"Mã {instance.code} không thuộc chỉ tiêu {instance.indicator.code}."}
        flaw = flaw_in_definition(instance, [])
        return {flaw.column: flaw.reason} if flaw and flaw.column in self.columns else {}

    def write(self, instance: Any, *, is_new: bool) -> None:
        save_with_history(instance, by=self.book.by, reason=BY_FILE)

    def why_kept(self, instance: Any) -> str:
        return "chỉ tiêu thành phần đã có số liệu nên không bỏ được." if instance.has_figures else ""

    def remove(self, instance: Any) -> None:
        delete_with_history(instance, by=self.book.by, reason=BY_FILE)


class OfTarget(PlanTable):
    """Base of the tables with one row, or several, for a target."""

    class Meta:
        import_id_fields = ("target",)

    def get_queryset(self) -> models.QuerySet[Any]:
        return self._meta.model.objects.filter(target__plan=self.book.plan).select_related("target")

    def scope(self) -> dict[str, Any]:
        return {}


class MilestoneTable(OfTarget):
    """Values that a target must have reached on a day."""

    key, sheet, noun = "milestones", "Mốc", "mốc"

    target = Column("Mã chỉ tiêu thành phần", RowOf("targets"), needed=True)
    day = Column("Đến ngày", Day(), needed=True)
    value = Column("Phải đạt", Amount(), needed=True)

    class Meta:
        model = TargetMilestone
        import_id_fields = ("target", "day")

    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        target = instance.target
        if getattr(target, "has_figures", False):
            return {"target": "Chỉ tiêu thành phần đã có số liệu: đổi mốc ở trang định nghĩa, kèm lý do."}
        flaw = flaw_in_definition(target, [(instance.day, instance.value)])
        if flaw is None or flaw.column != "milestones":
            return {}
        if target.threshold is None:
            return {"target": flaw.reason}
        is_within = target.plan.first_day < instance.day < target.due
        return {"value" if is_within else "day": flaw.reason}

    def why_kept(self, instance: Any) -> str:
        has_figures = Actual.objects.filter(target=instance.target_id).exists()
        return "chỉ tiêu thành phần đã có số liệu, đổi mốc ở trang định nghĩa." if has_figures else ""


class MetadataTable(OfTarget):
    """Descriptions of targets."""

    key, sheet, noun = "target_metadata", "Mô tả", "mô tả"

    target = Column("Mã chỉ tiêu thành phần", RowOf("targets"), needed=True)
    source_system = Column("Hệ thống nguồn", Words(texts.prose), width=30)
    population = Column("Phạm vi thống kê", Words(texts.prose), width=40)
    method = Column("Cách tính", Words(texts.prose), width=40)
    limits = Column("Hạn chế đã biết", Words(texts.prose), width=40)
    contact = Column("Đầu mối liên hệ", Words(texts.prose), width=24)

    class Meta:
        model = TargetMetadata

    def write(self, instance: Any, *, is_new: bool) -> None:
        if not is_new:
            instance.revision += 1
        instance.save()


class StartingPointTable(OfTarget):
    """Sentences of the plan's part I on the year before."""

    key, sheet, noun = "starting_points", "Tình hình năm trước", "dòng"

    target = Column("Mã chỉ tiêu thành phần", RowOf("targets"), needed=True)
    state = Column("Tình hình năm trước", Words(), width=30, needed=True)
    sentence = Column("Nguyên văn", Words(texts.prose), width=60, needed=True)
    place = Column("Ở mục", Words(), needed=True)
    difference = Column("Khác chỉ tiêu thành phần ở chỗ", Words(texts.prose), width=40, needed=True)

    class Meta:
        model = StartingPoint


class WeightTable(OfTarget):
    """Weights of targets in the ranking by results, where they are not 1."""

    key, sheet, noun = "result_weights", "Trọng số", "trọng số"

    target = Column("Mã chỉ tiêu thành phần", RowOf("targets"), needed=True)
    weight = Column("Trọng số", Whole(0, MOST_WEIGHT), needed=True)

    class Meta:
        model = ResultWeight


class DenominatorTable(PlanTable):
    """Shared denominators and the targets of the plan that rest on them. The denominators belong to the province, not to one
    plan: one that a file lacks stays, without targets of this plan."""

    key, sheet, noun = "shared_denominators", "Mẫu số dùng chung", "mẫu số"

    code = Column("Mã", Words(), needed=True)
    label = Column("Tên", Words(), width=40, needed=True)
    targets = Column("Chỉ tiêu (mẫu số của đơn vị báo cáo)", RowsOf("targets"), "own_targets", width=36)
    province_targets = Column("Chỉ tiêu (mẫu số của toàn tỉnh)", RowsOf("targets"), "whole_targets", width=36)
    position = Column("Thứ tự", Whole(), needed=True)

    class Meta:
        model = SharedDenominator
        import_id_fields = ("code",)

    def get_queryset(self) -> models.QuerySet[Any]:
        uses = DenominatorUse.objects.filter(target__plan=self.book.plan).select_related("target")
        by_denominator: defaultdict[tuple[int, bool], list[Target]] = defaultdict(list)
        for use in uses.order_by("target__position"):
            by_denominator[use.denominator_id, use.of_province].append(use.target)
        stored: models.QuerySet[Any] = SharedDenominator.objects.all()
        for denominator in stored:
            denominator.own_targets = tuple(by_denominator[denominator.pk, False])
            denominator.whole_targets = tuple(by_denominator[denominator.pk, True])
        return stored

    def scope(self) -> dict[str, Any]:
        return {}

    def name_of(self, instance: Any) -> str:
        return str(instance.code)

    def leftovers(self) -> list[Any]:
        return [each for each in super().leftovers() if each.own_targets or each.whole_targets]

    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        taken: dict[int, str] = {}
        for other in self.rows.values():
            taken |= {target.pk: other.label for target in (*other.own_targets, *other.whole_targets)}
        for name, chosen in (("targets", instance.own_targets), ("province_targets", instance.whole_targets)):
            for target in chosen:
                if target.pk in taken:
                    return {name: f"Chỉ tiêu thành phần {target.code} đã dùng mẫu số “{taken[target.pk]}”."}
                taken[target.pk] = instance.label
        return {}

    def write(self, instance: Any, *, is_new: bool) -> None:
        instance.save()
        chosen = {**dict.fromkeys(instance.own_targets, False), **dict.fromkeys(instance.whole_targets, True)}
        DenominatorUse.objects.filter(denominator=instance, target__plan=self.book.the_plan).delete()
        DenominatorUse.objects.filter(target__in=list(chosen)).delete()
        DenominatorUse.objects.bulk_create(
            DenominatorUse(target=target, denominator=instance, of_province=whole) for target, whole in chosen.items()
        )

    def remove(self, instance: Any) -> None:
        DenominatorUse.objects.filter(denominator=instance, target__plan=self.book.the_plan).delete()


class RuleRow:
    """A rule between targets as the plan stores it; withdrawn_on None: it holds."""

    pk = None

    def __init__(self, stored: Mapping[str, Any] | None = None, targets: tuple[Target, ...] = ()) -> None:
        stored = stored or {"check": "", "why": ""}
        withdrawn = stored.get("withdrawn") or {}
        self.check, self.targets, self.why = stored["check"], targets, stored["why"]
        self.withdrawn_on = dt.date.fromisoformat(withdrawn["on"]) if withdrawn else None
        self.withdrawn_reason = withdrawn.get("reason", "")

    @property
    def as_stored(self) -> dict[str, Any]:
        """The rule as plain data."""
        stored: dict[str, Any] = {"check": str(self.check), "targets": [t.code for t in self.targets], "why": self.why}
        if self.withdrawn_on is not None:
            stored["withdrawn"] = {"on": self.withdrawn_on.isoformat(), "reason": self.withdrawn_reason}
        return stored

    def __str__(self) -> str:
        return self.why


CHECKS = {
    Check.SAME_DENOMINATOR: "cùng một mẫu số",
    Check.NUMERATOR_WITHIN: "tử số thứ nhất không quá tử số thứ hai",
    Check.COMMUNES: "mẫu số là số đơn vị cấp xã",
}


class RuleTable(PlanTable):
    """The rules between targets of one report, which the plan holds as a list."""

    key, sheet, noun = "target_rules", "Quy tắc", "quy tắc"
    only_into_empty = True

    check = Column("Điều kiện", Choice(CHECKS.items()), width=36, needed=True)
    targets = Column("Chỉ tiêu, theo thứ tự", RowsOf("targets"), width=30, needed=True)
    why = Column("Vì sao", Words(), width=50, needed=True)
    withdrawn_on = Column("Rút ngày", Day())
    withdrawn_reason = Column("Lý do rút", Words(texts.prose), width=30)

    class Meta:
        import_id_fields = ("check", "targets", "why", "withdrawn_on")

    def get_queryset(self) -> Any:
        plan = self.book.plan
        targets = self.book.tables["targets"]
        known = targets.stored | targets.rows
        by_code = {key[0]: target for key, target in known.items()}
        return [
            RuleRow(rule, tuple(by_code[code] for code in rule["targets"] if code in by_code))
            for rule in (plan.target_rules if plan else [])
        ]

    def init_instance(self, row: Any = None) -> Any:
        return RuleRow()

    def name_of(self, instance: Any) -> str:
        return f"{CHECKS[instance.check]}: {', '.join(target.code for target in instance.targets)}"

    def _model_errors(self, instance: Any, unread: Any) -> dict[str, Any]:
        return {}

    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        if (instance.withdrawn_on is None) != (not instance.withdrawn_reason):
            return {"withdrawn_reason": "Ngày rút và lý do rút phải cùng có hoặc cùng không."}
        least = 1 if instance.check == Check.COMMUNES else 2
        if len(instance.targets) < least:
            return {"targets": f"Điều kiện này cần ít nhất {least} chỉ tiêu thành phần."}
        alone = [target.code for target in instance.targets if target.kind != Kind.RATIO]
        return {"targets": f"Chỉ so sánh được các tỷ lệ; {alone[0]} thì không."} if alone else {}

    def write(self, instance: Any, *, is_new: bool) -> None:
        """Nothing: the list is stored as a whole."""

    def remove(self, instance: Any) -> None:
        """Nothing: the list is stored as a whole."""

    def finish(self) -> None:
        plan = self.book.plan
        rules = [rule.as_stored for rule in self.rows.values()]
        if plan is not None and rules != plan.target_rules:
            plan.target_rules = rules
            plan.save(update_fields=["target_rules"])


class AssignmentTable(PlanTable):
    """Assignments. A target without a row is assigned by its groups of reporters, one with rows to exactly these agencies."""

    key, sheet, noun = "assignments", "Phân công", "phân công"
    note = "Chỉ tiêu thành phần không có dòng nào ở đây được giao theo nhóm báo cáo; có dòng thì chỉ giao đúng các đơn vị đã ghi."
    blamed = {"assignment_days_in_order": "last_day"}

    target = Column("Mã chỉ tiêu thành phần", RowOf("targets"), needed=True)
    agency = Column("Đơn vị", AgencyName(), width=20, needed=True)
    first_day = Column("Từ ngày", Day())
    last_day = Column("Đến ngày", Day())

    class Meta:
        model = Assignment
        import_id_fields = ("target", "agency")

    def get_queryset(self) -> models.QuerySet[Any]:
        figures = Actual.objects.filter(target=models.OuterRef("target"), submission__agency=models.OuterRef("agency"))
        stored = Assignment.objects.filter(target__plan=self.book.plan).select_related("target", "agency")
        return stored.annotate(has_figures=models.Exists(figures))

    def scope(self) -> dict[str, Any]:
        return {}

    def name_of(self, instance: Any) -> str:
        return f"{instance.target.code}, {instance.agency.code}"

    def write(self, instance: Any, *, is_new: bool) -> None:
        save_with_history(instance, by=self.book.by, reason=BY_FILE)

    def remove(self, instance: Any) -> None:
        for exemption in instance.exemptions.all():
            delete_with_history(exemption, by=self.book.by, reason=BY_FILE)
        delete_with_history(instance, by=self.book.by, reason=BY_FILE)

    def why_kept(self, instance: Any) -> str:
        return "đơn vị đã có số liệu của chỉ tiêu thành phần này." if instance.has_figures else ""

    def finish(self) -> None:
        """Assign the targets without a row by their groups."""
        plan = self.book.plan
        if plan is None:
            return
        listed = {} if self.book.fills else {key[0]: True for key in self.lines}
        targets = self.book.tables["targets"].rows
        pairs = [
            pair
            for pair in pairs_from_groups(plan)
            if pair.target.code not in listed and (self.book.fills or (pair.target.code,) in targets)
        ]
        wanted = {(pair.target.code, pair.agency.code): pair for pair in pairs}
        for key in wanted:
            if key in self.stored:
                self.rows[key] = self.stored[key]
                if key not in self.lines:
                    self.result.unchanged += 1
        missing = [pair for key, pair in wanted.items() if key not in self.stored and key not in self.rows]
        for made in assign(missing, by=self.book.by, reason="từ nhóm báo cáo"):
            self.rows[self.key_of_stored(made)] = made
            self.note_added(made)
        self.lines |= dict.fromkeys(wanted, 0)

    def leftovers(self) -> list[Any]:
        """Return the assignments that nothing asks for any more; of a faulty target nothing is said."""
        spoiled = self.book.tables["targets"].spoiled
        return [each for each in super().leftovers() if each.target.code.lower() not in spoiled]

    def check_leftovers(self) -> None:
        """Refuse at the target that lost a group, where no row of this table names it."""
        targets = self.book.tables["targets"]
        listed = {key[0] for key, line in self.lines.items() if line}
        lost: dict[str, list[str]] = defaultdict(list)
        for instance in self.leftovers():
            if instance.has_figures and instance.target.code not in listed:
                lost[instance.target.code].append(instance.agency.code)
        for code, agencies in lost.items():
            line = targets.lines.get((code,))
            if line:
                names = ", ".join(agencies[:3]) + ("…" if len(agencies) > 3 else ".")
                reason = f"{len(agencies)} đơn vị đã có số liệu không còn được giao: {names}"
                targets.blame(line, "reporters", f"{reason} Ghi đủ đơn vị ở trang Phân công.")
        if not self.has_unreadable_keys:
            for instance in self.leftovers():
                if instance.has_figures and instance.target.code in listed:
                    missing = (
                        f"Tệp thiếu phân công {self.name_of(instance)}: {self.why_kept(instance)} Ghi lại dòng này."
                    )
                    self.blame(None, "agency", missing)


class ExemptionTable(PlanTable):
    """Exemptions from reporting a target."""

    key, sheet, noun = "exemptions", "Miễn", "lần miễn"
    blamed = {"exemption_days_in_order": "last_day"}

    target = Column("Mã chỉ tiêu thành phần", RowOf("targets"), "target", needed=True)
    agency = Column("Đơn vị", AgencyName(), "agency", width=20, needed=True)
    first_day = Column("Từ ngày", Day(), needed=True)
    last_day = Column("Đến ngày", Day())
    reason = Column("Lý do", Words(), width=50, needed=True)

    class Meta:
        model = Exemption
        import_id_fields = ("target", "agency", "first_day")

    def get_queryset(self) -> models.QuerySet[Any]:
        related = ("assignment__target", "assignment__agency")
        stored: models.QuerySet[Any] = Exemption.objects.filter(assignment__target__plan=self.book.plan).select_related(
            *related
        )
        for exemption in stored:
            exemption.target, exemption.agency = exemption.assignment.target, exemption.assignment.agency
        return stored

    def scope(self) -> dict[str, Any]:
        return {}

    def name_of(self, instance: Any) -> str:
        return f"{instance.target.code}, {instance.agency.code}"

    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        assignment = self.book.tables["assignments"].rows.get((instance.target.code, instance.agency.code))
        if assignment is None:
            return {
                "agency": f"{instance.agency.full_name} không được giao chỉ tiêu thành phần {instance.target.code}."
            }
        instance.assignment = assignment
        return {}

    def write(self, instance: Any, *, is_new: bool) -> None:
        save_with_history(instance, by=self.book.by, reason=BY_FILE)

    def remove(self, instance: Any) -> None:
        if Exemption.objects.filter(pk=instance.pk).exists():
            delete_with_history(instance, by=self.book.by, reason=BY_FILE)
