"""The request for a report, and the figures that the report rests on, in a form in which two reports can be
compared."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from core import formatting
from indicators.models import Basis, Plan, ReportingPeriod, Rollup
from indicators.rules.kinds import Kind
from indicators.rules.nothing import NOTHING_WORDS, nothing_of
from indicators.rules.status import WORDS, Status
from reports.dashboards.queries.target_rows import TargetLine, freshness_of, targets_of
from reports.documents.periods import ReportPeriod
from reports.documents.scopes import Subject


@dataclass(frozen=True)
class ReportRequest:
    """A period, a subject and a basis; queries of pages accept it in place of a selection."""

    plan: Plan
    report_period: ReportPeriod
    subject: Subject
    basis: Basis

    @property
    def period(self) -> ReportingPeriod:
        return self.report_period.period

    @property
    def previous(self) -> ReportingPeriod | None:
        return self.report_period.previous

    @property
    def periods(self) -> list[ReportingPeriod]:
        return list(self.report_period.periods)


# The edition of the rules of judgement (docs/decisions/0230), stored with each report; and the words of the first.
EDITION = 2
FIRST_EDITION_WORDS = {**WORDS, Status.BEHIND: "Chậm tiến độ"}


@dataclass(frozen=True)
class Restated:
    """A figure that was reported before and differs now, both as of the same day."""

    code: str
    label: str
    unit: str
    decimals: int
    before: Decimal | None
    after: Decimal | None
    word_before: str
    word_after: str

    def dressed(self, value: Decimal) -> str:
        """Return a value as text, with the decimals and the unit of this figure."""
        return formatting.with_unit(formatting.number(value, self.decimals), self.unit)


def facts(request: ReportRequest) -> dict:
    """Return the figures of every target as of the period's end, as JSON stores them: exact numbers as text, with the
    version of the target's definition that they were judged by. Four queries."""
    targets = _targets(request, request.period)
    made = freshness_of(request.plan).computed_at
    return {
        "edition": EDITION,
        "period": request.period.code,
        "span": request.report_period.code,
        "subject": request.subject.key,
        "basis": request.basis.value,
        "rolled_up_at": made.isoformat() if made else None,
        "min_coverage": request.plan.min_coverage,
        "lines": {
            targets[row["target_id"]].code: {
                name: _stored(row[name]) for name in ("numerator", "denominator", "value", "required", "forecast")
            }
            | {name: row[name] for name in ("status", "expected", "reported", "approved", "stale")}
            | {"definition": _definition(targets[row["target_id"]])}
            for row in _rows(request, request.period, targets)
        },
    }


def restatements(request: ReportRequest, earlier: dict | None, period: ReportingPeriod | None) -> list[Restated]:
    """Return the figures of an earlier report's facts that differ now, as of that report's own period. Four queries."""
    if earlier is None or period is None:
        return []
    targets = _targets(request, period)
    now = {row["target_id"]: row for row in _rows(request, period, targets)}
    changed = []
    for pk, target in targets.items():
        reported = earlier["lines"].get(target.code)
        row = now.get(pk)
        if reported is None or row is None:
            continue
        before, after = (None if reported["value"] is None else Decimal(reported["value"])), row["value"]
        word_before, word_after = _word(target, reported, edition_of(earlier)), _word(target, row)
        # A figure judged by other rules was not restated.
        if edition_of(earlier) != EDITION and before == after:
            continue
        if (before, word_before) != (after, word_after):
            changed.append(_restated(target, before, after, word_before, word_after))
    return changed


def differences(earlier: dict, later: dict) -> list[Restated]:
    """Return the figures in which the facts of two versions of one report differ."""
    changed = []
    for code, line in later["lines"].items():
        reported = earlier["lines"].get(code)
        if reported is None:
            continue
        before, after = (None if x["value"] is None else Decimal(x["value"]) for x in (reported, line))
        target = _Defined(code, **line["definition"])
        word_before = _word(target, reported, edition_of(earlier))
        word_after = _word(target, line, edition_of(later))
        if (before, word_before) != (after, word_after):
            changed.append(_restated(target, before, after, word_before, word_after))
    return changed


class _Defined:
    """The parts of a target's definition that a restatement shows."""

    def __init__(self, code: str, label: str, unit: str, kind: str, is_cumulative: bool = False, **_: Any) -> None:
        self.code, self.label, self.unit, self.kind, self.is_cumulative = code, label, unit, kind, is_cumulative


def edition_of(facts: Mapping[str, Any]) -> int:
    """Return the edition of the rules by which a report's figures were judged; reports published before it was stored are
    of the first."""
    return facts.get("edition", 1)


def word_of(code: str, line: Mapping[str, Any], edition: int = EDITION) -> str:
    """Return the status of a stored line of facts in words, or the reason why it has no value."""
    return _word(_Defined(code, **line["definition"]), line, edition)


def _word(target: TargetLine | _Defined, line: Mapping[str, Any], edition: int = EDITION) -> str:
    """Return the status of a line of facts, or the reason why it has no value, in the words of its edition."""
    nothing = nothing_of(
        Kind(target.kind),
        value=line["value"],
        numerator=line["numerator"],
        expected=line["expected"],
        reported=line["reported"],
    )
    if nothing:
        return NOTHING_WORDS[nothing]
    status_words = FIRST_EDITION_WORDS if edition == 1 else WORDS
    return status_words[Status(line["status"])]


def _restated(
    target: TargetLine | _Defined, before: Decimal | None, after: Decimal | None, word_before: str, word_after: str
) -> Restated:
    return Restated(
        target.code,
        f"{target.label} (lũy kế)" if target.is_cumulative else target.label,
        "%" if target.unit.startswith("%") else "",
        decimals_apart(before, after, target.unit),
        before,
        after,
        word_before,
        word_after,
    )


def decimals_apart(before: Decimal | None, after: Decimal | None, unit: str) -> int:
    """Return the places with which two values are shown: more where rounding would hide their difference."""
    decimals = max(formatting.figure_decimals(value, unit) for value in (before, after))
    while (
        None not in (before, after)
        and decimals < 6
        and before != after
        and (formatting.number(before, decimals) == formatting.number(after, decimals))
    ):
        decimals += 1
    return decimals


def _targets(request: ReportRequest, period: ReportingPeriod) -> dict[int, TargetLine]:
    among = request.subject.targets
    return {
        pk: target for pk, target in targets_of(request.plan, period.number).items() if among is None or pk in among
    }


def _rows(request: ReportRequest, period: ReportingPeriod, targets: Collection[int]) -> Iterable[dict[str, Any]]:
    subject = request.subject
    rows = Rollup.objects.at(period, request.basis).filter(
        scope=subject.scope, agency=subject.agency, target__in=targets
    )
    values = rows.order_by("target__position").values(
        "target_id", "numerator", "denominator", "value", "required", "forecast", "status", "expected", "reported",
        "approved", "stale",
    )  # fmt: skip
    return cast(Iterable[dict[str, Any]], values)


def _stored(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _definition(target: TargetLine) -> dict:
    return {
        "version": target.definition_number,
        "label": target.label,
        "kind": target.kind.value,
        "is_cumulative": target.is_cumulative,
        "unit": target.unit,
        "comparator": target.comparator,
        "threshold": _stored(target.threshold),
        "baseline": _stored(target.baseline),
        "due": target.due.isoformat(),
    }
