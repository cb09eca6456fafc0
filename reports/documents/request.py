"""What a report was asked for, and the figures that it rests on, in a form in which two reports can be compared."""

from dataclasses import dataclass
from decimal import Decimal

from core import formatting
from indicators.models import Basis, Plan, ReportingPeriod, Rollup, Target
from indicators.rules.kinds import Kind
from indicators.rules.nothing import NOTHING_WORDS, nothing_of
from indicators.rules.status import WORDS, Status
from reports.dashboards.queries.target_rows import freshness_of, targets_of
from reports.documents.periods import ReportPeriod
from reports.documents.scopes import Subject


@dataclass(frozen=True)
class ReportRequest:
    """A span, a subject and a basis; it stands where builders want a page's selection."""

    plan: Plan
    span: ReportPeriod
    subject: Subject
    basis: Basis

    @property
    def period(self) -> ReportingPeriod:
        return self.span.period

    @property
    def previous(self) -> ReportingPeriod | None:
        return self.span.previous

    @property
    def periods(self) -> list[ReportingPeriod]:
        return list(self.span.periods)


@dataclass(frozen=True)
class Restated:
    """A figure that was reported before and is otherwise now, both as of the same day."""

    code: str
    label: str
    unit: str
    decimals: int
    before: Decimal | None
    after: Decimal | None
    word_before: str
    word_after: str

    def dressed(self, value) -> str:
        return formatting.with_unit(formatting.number(value, self.decimals), self.unit)


def facts(asked: ReportRequest) -> dict:
    """The figures of every target as of the span's end, as JSON keeps them: exact numbers as text, with the version of the
    target's definition that they were judged by. Five queries."""
    targets = _targets(asked)
    versions = dict(Target.objects.filter(pk__in=targets).values_list("pk", "definition_number"))
    made = freshness_of(asked.plan).made_at
    return {
        "period": asked.period.code,
        "span": asked.span.code,
        "subject": asked.subject.key,
        "basis": asked.basis.value,
        "rolled_up_at": made.isoformat() if made else None,
        "min_coverage": asked.plan.min_coverage,
        "lines": {
            targets[row["target_id"]].code: {
                name: _kept(row[name]) for name in ("numerator", "denominator", "value", "required", "forecast")
            }
            | {name: row[name] for name in ("status", "expected", "reported", "approved", "stale")}
            | {"definition": _definition(targets[row["target_id"]], versions.get(row["target_id"]))}
            for row in _rows(asked, asked.period, targets)
        },
    }


def restatements(asked: ReportRequest, earlier: dict | None, period: ReportingPeriod | None) -> list[Restated]:
    """Where the figures of an earlier report's facts are otherwise now, as of that report's own period. Four queries."""
    if earlier is None or period is None:
        return []
    targets = _targets(asked)
    now = {row["target_id"]: row for row in _rows(asked, period, targets)}
    found = []
    for pk, target in targets.items():
        told = earlier["lines"].get(target.code)
        row = now.get(pk)
        if told is None or row is None:
            continue
        before, after = (None if told["value"] is None else Decimal(told["value"])), row["value"]
        word_before, word_after = _word(target, told), _word(target, row)
        if (before, word_before) != (after, word_after):
            found.append(_restated(target, before, after, word_before, word_after))
    return found


def differences(earlier: dict, later: dict) -> list[Restated]:
    """Where the facts of two versions of one report differ."""
    found = []
    for code, line in later["lines"].items():
        told = earlier["lines"].get(code)
        if told is None:
            continue
        before, after = (None if x["value"] is None else Decimal(x["value"]) for x in (told, line))
        target = _Defined(code, **line["definition"])
        word_before, word_after = _word(target, told), _word(target, line)
        if (before, word_before) != (after, word_after):
            found.append(_restated(target, before, after, word_before, word_after))
    return found


def _word(target, line) -> str:
    """The status of a line of facts, or what stands in the place of its value, in words."""
    nothing = nothing_of(
        Kind(target.kind),
        value=line["value"],
        numerator=line["numerator"],
        expected=line["expected"],
        reported=line["reported"],
    )
    return NOTHING_WORDS[nothing] if nothing else WORDS[Status(line["status"])]


class _Defined:
    def __init__(self, code, label, unit, kind, is_cumulative=False, **_):
        self.code, self.label, self.unit, self.kind, self.is_cumulative = code, label, unit, kind, is_cumulative


def _restated(target, before, after, word_before, word_after):
    unit = "%" if target.unit.startswith("%") else ""
    decimals = max(formatting.figure_decimals(value, target.unit) for value in (before, after))
    # A difference that rounding would hide is shown with the digits that tell it.
    while (
        None not in (before, after)
        and decimals < 6
        and before != after
        and (formatting.number(before, decimals) == formatting.number(after, decimals))
    ):
        decimals += 1
    return Restated(
        target.code,
        f"{target.label} (lũy kế)" if target.is_cumulative else target.label,
        unit,
        decimals,
        before,
        after,
        word_before,
        word_after,
    )


def _targets(asked):
    among = asked.subject.targets
    return {pk: target for pk, target in targets_of(asked.plan).items() if among is None or pk in among}


def _rows(asked, period, targets):
    subject = asked.subject
    rows = Rollup.objects.at(period, asked.basis).filter(scope=subject.scope, agency=subject.agency, target__in=targets)
    return rows.order_by("target__position").values(
        "target_id", "numerator", "denominator", "value", "required", "forecast", "status", "expected", "reported",
        "approved", "stale",
    )  # fmt: skip


def _kept(value):
    return None if value is None else format(value, "f")


def _definition(target, version):
    return {
        "version": version,
        "label": target.label,
        "kind": target.kind.value,
        "is_cumulative": target.is_cumulative,
        "unit": target.unit,
        "comparator": target.comparator,
        "threshold": _kept(target.threshold),
        "baseline": _kept(target.baseline),
        "due": target.due.isoformat(),
    }
