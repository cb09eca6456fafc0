"""Evidence checks as their pages show them: results by level for all, single figures for those who may open them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from agencies.models import Level, User
from core import formatting
from indicators.models import EvidenceCheck, Plan, SampledFigure, Submission, Target, Verdict


@dataclass(frozen=True)
class CheckedLevel:
    """The result of a level, or of all (level empty). population: of figures it was drawn from; size: of the sample."""

    level: str
    population: int
    size: int
    agrees: int
    disagrees: int
    no_evidence: int

    @property
    def label(self) -> str:
        return Level(self.level).label if self.level else "Cộng"

    @property
    def checked(self) -> int:
        return self.agrees + self.disagrees + self.no_evidence

    @property
    def share(self) -> Decimal | None:
        """The share of the checked figures that agree, in percent; None while none is checked."""
        return Decimal(100 * self.agrees) / self.checked if self.checked else None


@dataclass(frozen=True)
class CheckResult:
    """An evidence check with its results by level."""

    check: EvidenceCheck
    levels: Sequence[CheckedLevel]

    @property
    def whole(self) -> CheckedLevel:
        """All levels together."""
        counts = [
            sum(getattr(level, name) for level in self.levels)
            for name in ("population", "size", "agrees", "disagrees", "no_evidence")
        ]
        return CheckedLevel("", *counts)

    @property
    def anchor(self) -> str:
        """The id of its heading."""
        return f"kiem-tra-{self.check.number}"

    @property
    def is_complete(self) -> bool:
        return self.whole.checked == self.whole.size

    @property
    def months(self) -> str:
        """`kỳ tháng 1 đến 8`."""
        first, last = map(self.check.plan.month_label, (self.check.first_number, self.check.last_number))
        return f"kỳ tháng {first}" if first == last else f"kỳ tháng {first} đến {last}"

    @property
    def sentence(self) -> str:
        """The result in words: `Đã kiểm 30/36 số liệu: 27 khớp minh chứng (90,00%), 2 không khớp, 1 không có minh chứng.`"""
        whole, number = self.whole, formatting.number
        drawn = (
            f"Rút ngẫu nhiên {number(whole.size)} trong {number(whole.population)} số liệu chính thức, {self.months}."
        )
        if not whole.checked:
            return f"{drawn} Chưa kiểm số liệu nào."
        done = "Đã kiểm đủ" if self.is_complete else f"Đã kiểm {number(whole.checked)}/{number(whole.size)}"
        return (
            f"{drawn} {done}: {number(whole.agrees)} khớp minh chứng ({formatting.percent(whole.share)} của số đã kiểm), "
            f"{number(whole.disagrees)} không khớp, {number(whole.no_evidence)} không có minh chứng."
        )


def results(plan: Plan) -> list[CheckResult]:
    """Return the evidence checks of a plan with their results, the newest first. Three queries."""
    checks = EvidenceCheck.objects.filter(plan=plan).select_related("plan", "drawn_by").prefetch_related("levels")
    verdicts = SampledFigure.objects.filter(check_of__plan=plan).exclude(verdict="")
    counts: Counter[tuple[int, str, str]] = Counter()
    for check, level, verdict, count in (
        verdicts.order_by().values_list("check_of", "level", "verdict").annotate(Count("pk"))
    ):
        counts[check, level, verdict] = count
    return [
        CheckResult(
            check,
            [
                CheckedLevel(
                    row.level,
                    row.population,
                    row.size,
                    *(counts[check.pk, row.level, verdict] for verdict in Verdict.values),
                )
                for row in check.levels.all()
            ],
        )
        for check in checks.order_by("-number")
    ]


def figures_of(check: EvidenceCheck, user: User) -> QuerySet[SampledFigure]:
    """Return the sampled figures that a user may read: those of reports that they may open, or of targets that they lead."""
    readable = Q(actual__submission__in=Submission.objects.visible_to(user).values("pk"))
    if user.agency is not None and not user.reads_everything:
        readable |= Q(actual__target__in=Target.objects.led_by(user.agency).values("pk"))
    related = ("actual__target", "actual__submission__agency__parent", "actual__submission__period__plan", "checked_by")
    return check.figures.filter(readable).select_related(*related)


def described_targets(plan: Plan) -> tuple[int, int]:
    """Return (targets with source system and contact declared, all targets). One query."""
    declared = ~Q(metadata__source_system="") & ~Q(metadata__contact="") & Q(metadata__isnull=False)
    counts = plan.targets.aggregate(all=Count("pk"), declared=Count("pk", filter=declared))
    return counts["declared"], counts["all"]
