"""The published values of a plan: those of the province that its published reports print, and nothing else."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models.fields.json import KeyTransform

from core import formatting
from exchange.models import OpenPlan
from indicators.models import Basis, Plan, Target
from indicators.rules.status import WORDS, Status
from indicators.targets.metadata import Described, described
from reports.documents.types import all_types
from reports.models import PROVINCE, ReportState, ReportVersion


@dataclass(frozen=True)
class Source:
    """A published report in force."""

    title: str
    number: str
    day: dt.date | None
    published_at: dt.datetime
    code: str
    is_illustrative: bool

    @property
    def words(self) -> str:
        """`Báo cáo …, số 12/BC-UBND ngày 05/09/2026`, as far as it is known."""
        number = f", số {self.number}" if self.number else ""
        day = f" ngày {formatting.date(self.day)}" if self.day else ""
        return f"{self.title}{number}{day}"


@dataclass(frozen=True)
class PublishedValue:
    """A target's value for the whole province as published. period: 2026-08; expected, approved: agencies."""

    period: str
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    required: Decimal | None
    status: str
    expected: int
    approved: int
    source: Source

    @property
    def period_words(self) -> str:
        """`tháng 8 năm 2026`."""
        year, month = self.period[-7:].split("-")
        return f"tháng {int(month)} năm {year}"

    @property
    def status_words(self) -> str:
        """The status as pages call it."""
        return WORDS[Status(self.status)]


@dataclass(frozen=True)
class PublishedTarget:
    """A target with its published values, oldest first, and its description."""

    target: Target
    values: Sequence[PublishedValue]
    description: Sequence[Described]

    @property
    def latest(self) -> PublishedValue | None:
        """The value of the newest period; None where none was published."""
        return self.values[-1] if self.values else None


@dataclass(frozen=True)
class PublishedPlan:
    """A plan with what was published of it."""

    plan: Plan
    targets: Sequence[PublishedTarget]

    @property
    def is_illustrative(self) -> bool:
        """True where any of the values is illustrative."""
        return self.plan.is_demo or any(value.source.is_illustrative for row in self.targets for value in row.values)


def open_plans() -> list[Plan]:
    """Return the plans whose published figures are open to everybody, the latest first. One query."""
    return list(Plan.objects.started().filter(pk__in=OpenPlan.objects.values("plan")).order_by("-year", "code"))


def published_plan(plan: Plan) -> PublishedPlan:
    """Return what was published of a plan. Two queries."""
    values = _values(plan)
    targets = Target.objects.filter(plan=plan).select_related("plan", "indicator__pillar", "metadata").in_order()
    return PublishedPlan(
        plan, [PublishedTarget(target, values.get(target.code, ()), described(target)) for target in targets]
    )


def _values(plan: Plan) -> Mapping[str, Sequence[PublishedValue]]:
    """Return the published official values by target, oldest first: of a period printed by several reports in force those of
    the report that was published last. One query."""
    kinds = [kind.id for kind in all_types().values() if kind.prints_results]
    versions = ReportVersion.objects.filter(
        state=ReportState.PUBLISHED,
        report__plan=plan,
        report__subject=PROVINCE,
        report__kind__in=kinds,
        report__basis=Basis.OFFICIAL,
    )
    names = ("report__title", "document_number", "document_day", "published_at", "code", "report__is_illustrative")
    by_target: dict[str, dict[str, PublishedValue]] = {}
    for facts, *names_of_report in versions.order_by("published_at", "pk").values_list(
        KeyTransform("facts", "snapshot"), *names
    ):
        source = Source(*names_of_report)
        for code, line in facts["lines"].items():
            n, d, value, required = (
                None if line[name] is None else Decimal(line[name])
                for name in ("numerator", "denominator", "value", "required")
            )
            counts = (line["status"], line["expected"], line["approved"])
            published = PublishedValue(facts["period"], n, d, value, required, *counts, source)
            by_target.setdefault(code, {})[facts["period"]] = published
    return {code: [periods[period] for period in sorted(periods)] for code, periods in by_target.items()}
