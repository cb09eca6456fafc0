"""Revisions of a target: for each period the province's value as first published and as it is now, and the reports of
agencies that moved it; and the agencies' own figures that are others than the frozen reports hold.

The frozen versions of printed reports hold what was published (`ReportVersion.snapshot`); the rest is read as it is now.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q
from django.db.models.fields.json import KeyTransform

from agencies import territory
from agencies.models import User
from core import clock, formatting
from indicators.models import Actual, Basis, Plan, ReportingPeriod, Rollup, State, Submission, Target, Timing
from indicators.rules.calendar import year_start
from indicators.selection import Selection
from reports.documents import scopes
from reports.documents.request import decimals_apart
from reports.documents.types import all_types
from reports.models import ReportState, ReportVersion

# Corrections of one period that are listed one by one.
MOST_LISTED = 8


@dataclass(frozen=True)
class Published:
    """A target's value in a published version of a report; None where it had none. version: its key; made_at: when its
    figures were read; reason: of a corrected version."""

    value: Decimal | None
    version: int
    report: int
    number: int
    title: str
    published_at: dt.datetime
    made_at: dt.datetime
    reason: str

    @property
    def name(self) -> str:
        """`Báo cáo tiến độ thực hiện chỉ tiêu, tháng 8 năm 2026, lần 2`."""
        return self.title if self.number == 1 else f"{self.title}, lần {self.number}"


@dataclass(frozen=True)
class Correction:
    """An agency's figure that came into the value after it was first published. version: of the agency's report; reason:
    given when it was reopened, empty for a first version; at: when it began to count."""

    agency: str
    number: int
    version: int
    at: dt.datetime
    reason: str
    label: str

    @property
    def told(self) -> str:
        """`X. An Bình: phiếu tháng 7, lần 2, ngày 05/09/2026: “Nhập nhầm cột”`."""
        version = f", lần {self.version}" if self.version > 1 else " vào sau"
        reason = f": “{self.reason}”" if self.reason else ""
        return f"{self.agency}: phiếu tháng {self.label}{version}, ngày {formatting.date(self.at)}{reason}"


@dataclass(frozen=True)
class Revision:
    """A period of a target. first: as first published, None where no report of it was; adjusted: later corrected versions of
    published reports that gave another value; corrections: the newest first, those that the reader may see; hidden: the
    number of others; stale: something in the latest value is carried."""

    period: ReportingPeriod
    unit: str
    first: Published | None
    latest: Decimal | None
    adjusted: Sequence[Published]
    corrections: Sequence[Correction]
    hidden: int
    stale: bool = False

    @property
    def has_value(self) -> bool:
        """True where it has a value now."""
        return self.latest is not None

    @property
    def first_value(self) -> Decimal | None:
        return self.first.value if self.first else None

    @property
    def change(self) -> Decimal | None:
        """The latest value minus the first published one, both as shown; None where either is missing."""
        return formatting.change(self.latest, self.first_value, self.unit, self.decimals)

    @property
    def change_words(self) -> str:
        """`+2,44 điểm`; empty where nothing was revised."""
        return formatting.difference(self.change, self.unit, self.decimals) if self.is_revised else ""

    @property
    def first_words(self) -> str:
        return self._shown(self.first_value)

    @property
    def latest_words(self) -> str:
        return self._shown(self.latest)

    def _shown(self, value: Decimal | None) -> str:
        return formatting.with_unit(formatting.number(value, self.decimals), self.unit)

    @property
    def is_revised(self) -> bool:
        """True where the value is another one than was first published, or one of both is missing."""
        return self.first is not None and self.first.value != self.latest

    @property
    def decimals(self) -> int:
        """The places with which both values are shown: enough to tell them apart."""
        return decimals_apart(self.first_value, self.latest, self.unit)

    @property
    def reasons(self) -> list[str]:
        """The reasons for the revision, in words; empty where there is none."""
        if not self.is_revised:
            return []
        told = [
            f"Bản điều chỉnh lần {one.number} của báo cáo, phát hành {formatting.date(one.published_at)}: “{one.reason}”"
            for one in self.adjusted
            if one.reason
        ]
        told += [correction.told for correction in self.corrections[:MOST_LISTED]]
        more = len(self.corrections[MOST_LISTED:])
        told += [f"và {formatting.number(more)} phiếu nữa"] if more else []
        told += [f"{formatting.number(self.hidden)} phiếu của đơn vị ngoài phạm vi tài khoản"] if self.hidden else []
        return told or [
            "Không do phiếu nào: phân công, miễn báo cáo hoặc tổ chức đã thay đổi, hoặc có phiếu bị trả lại."
        ]


@dataclass(frozen=True)
class AgencyRevision:
    """An agency's own figure of a period that is another than the report held that published the period first. before,
    now: in words, empty where it had none; reason: given when the agency's report was reopened."""

    period: ReportingPeriod
    agency: str
    report: str
    published_at: dt.datetime
    before: str
    now: str
    reason: str
    stale: bool = False  # a figure of its own month is never carried

    @property
    def has_value(self) -> bool:
        """True where it has a figure now."""
        return bool(self.now)


class _Entry(NamedTuple):
    """A figure of an agency's report, of any version that has counted. code: the agency's."""

    submission: int
    code: str
    agency: str
    number: int
    version: int
    counts: bool
    at: dt.datetime | None
    reason: str
    figures: tuple[Decimal | None, ...]


class History(NamedTuple):
    """The published values of a target, by the last day of their period, and every figure that has counted, by agency and
    period; readable: the reports that the reader may open, None for all."""

    published: Mapping[dt.date, Sequence[Published]]
    entries: Mapping[tuple[int, int], Sequence[_Entry]]
    readable: set[int] | None


def history(selection: Selection, target: Target, user: User) -> History:
    """Return what the revisions of a target rest on. Three queries; two for who reads everything."""
    published = _published(selection.plan, target, selection.basis)
    entries = _entries(selection, target) if published else {}
    return History(published, entries, _readable(entries, user))


def revisions(selection: Selection, target: Target, history: History) -> list[Revision]:
    """Return the revisions of a target on the selection's basis, for every period whose window has ended, the newest
    first. One query."""
    published, entries, readable = history
    rows = Rollup.objects.of_province().filter(
        target=target, basis=selection.basis, period__in=[period.pk for period in selection.periods]
    )
    values = {period: (value, stale) for period, value, stale in rows.values_list("period", "value", "stale")}
    made = []
    for period in reversed([period for period in selection.periods if period.window_last < clock.today()]):
        versions = published.get(period.window_last, [])
        first = versions[0] if versions else None
        corrections = _corrections(target, entries, period, first) if first else []
        latest, stale = values.get(period.pk, (None, False))
        seen = [entry for entry in corrections if readable is None or entry.submission in readable]
        made.append(
            Revision(
                period=period,
                unit=target.unit,
                first=first,
                latest=latest,
                stale=stale,
                adjusted=[one for one in versions[1:] if first and one.value != first.value],
                corrections=[
                    Correction(e.agency, e.number, e.version, e.at, e.reason, selection.plan.month_label(e.number))
                    for e in seen
                    if e.at
                ],
                hidden=len(corrections) - len(seen),
            )
        )
    return made


def agency_revisions(selection: Selection, target: Target, history: History) -> list[AgencyRevision]:
    """Return the agencies' own figures of each ended period that are others than in the report that published it first,
    of the agencies whose reports the reader may open, the newest period first. One query at most."""
    first = {day: versions[0] for day, versions in history.published.items()}
    if not first:
        return []
    frozen = _frozen_reporters(target, [one.version for one in first.values()])
    readable = history.readable
    by_code = {
        (versions[0].code, versions[0].number): versions
        for versions in history.entries.values()
        if readable is None or any(entry.submission in readable for entry in versions)
    }
    rows = []
    for period in reversed(selection.periods):
        one = first.get(period.window_last)
        reporters = frozen.get(one.version) if one else None
        if one is None or reporters is None:
            continue
        for (code, number), versions in sorted(by_code.items(), key=lambda item: item[1][0].agency):
            if number != period.number:
                continue
            before = next((row[2:4] for row in reporters.get(code, {}).get("figures", []) if row[0] == number), None)
            current = next((entry for entry in versions if entry.counts), None)
            now = [part for part in current.figures if part is not None] if current else None
            was = [Decimal(part) for part in before if part is not None] if before else None
            if was != now:
                rows.append(
                    AgencyRevision(
                        period,
                        versions[0].agency,
                        one.name,
                        one.published_at,
                        _figure_words(target, was),
                        _figure_words(target, now),
                        current.reason if current else "",
                    )
                )
    return rows


def _figure_words(target: Target, parts: Sequence[Decimal] | None) -> str:
    """Return a figure as it was entered: `60/100`, `130`, `có`; empty for none."""
    if not parts:
        return ""
    if target.rules.is_answer:
        return formatting.yes_no(parts[0])
    return "/".join(formatting.number(part) for part in parts)


def _frozen_reporters(target: Target, versions: Sequence[int]) -> dict[int, dict[str, Any] | None]:
    """Return the agencies' figures of a target as published versions hold them, by version; None where one holds none.
    One query."""
    reporters = KeyTransform("reporters", KeyTransform(target.code, KeyTransform("targets", "ledger")))
    return dict(ReportVersion.objects.filter(pk__in=versions).values_list("pk", reporters))


def _published(plan: Plan, target: Target, basis: Basis) -> dict[dt.date, list[Published]]:
    """Return the published versions that print the target's value for the whole province, by the last day of their
    period, the earliest first. One query."""
    kinds = [kind.id for kind in all_types().values() if kind.prints_results]
    province = Q(report__subject=scopes.PROVINCE)
    for part in (scopes.PILLAR, scopes.LEAD):
        province |= Q(report__subject__startswith=f"{part}:")
    versions = ReportVersion.objects.exclude(state=ReportState.DRAFT).filter(
        province, report__plan=plan, report__kind__in=kinds, report__basis=basis
    )
    line = KeyTransform(target.code, KeyTransform("lines", KeyTransform("facts", "snapshot")))
    by_day: dict[dt.date, list[Published]] = defaultdict(list)
    names = ("pk", "report", "number", "report__title", "published_at", "made_at", "reason", "report__last_day")
    for *facts, last_day, found_line in versions.order_by("published_at", "pk").values_list(*names, line):
        if found_line is not None:
            value = found_line["value"]
            by_day[last_day].append(Published(None if value is None else Decimal(value), *facts))
    return by_day


def _entries(selection: Selection, target: Target) -> dict[tuple[int, int], list[_Entry]]:
    """Return the figures of every version that counts or has counted, by agency and period, in the order of versions.
    One query."""
    states, moment = [State.APPROVED, State.SUPERSEDED], "reviewed_at"
    if selection.basis == Basis.PROVISIONAL:
        states, moment = [*states, State.SUBMITTED], "submitted_at"
    actuals = Actual.objects.of(target).filter(submission__period__plan=selection.plan, submission__state__in=states)
    flag = "is_official" if selection.basis == Basis.OFFICIAL else "is_provisional"
    columns = ("agency__code", "agency__short_name", "period__number", "version", flag, moment, "reopen_reason")
    rows = actuals.order_by("submission__version").values_list(
        "submission__agency",
        "submission__agency__level",
        "submission__agency__parent__short_name",
        "submission__agency__parent__level",
        "submission",
        *(f"submission__{name}" for name in columns),
        "numerator",
        "denominator",
        "value",
    )
    entries: dict[tuple[int, int], list[_Entry]] = defaultdict(list)
    for agency, level, above, level_above, submission, code, name, *facts, numerator, denominator, value in rows:
        name = territory.place_name(name, level, above, level_above)
        entry = _Entry(submission, code, name, *facts, (numerator, denominator, value))  # type: ignore[call-arg]
        entries[agency, entry.number].append(entry)
    return entries


def _corrections(
    target: Target, entries: Mapping[tuple[int, int], Sequence[_Entry]], period: ReportingPeriod, first: Published
) -> list[_Entry]:
    """Return the figures in the value as of a period that came, or became others, after it was first published."""
    newest: dict[int, int] = {}
    for (agency, number), versions in entries.items():
        if number <= period.number and any(entry.counts for entry in versions):
            newest[agency] = max(number, newest.get(agency, 0))
    corrected = []
    since = year_start(period.number) if target.restarts else 1
    for (agency, number), versions in entries.items():
        current = next((entry for entry in versions if entry.counts), None)
        if current is None or not since <= number <= period.number or current.at is None or current.at <= first.made_at:
            continue
        # Of a state only the agency's latest figure counts.
        if target.timing != Timing.FLOW and number != newest[agency]:
            continue
        before = [entry for entry in versions if entry.at is not None and entry.at <= first.made_at]
        if not before or before[-1].figures != current.figures:
            corrected.append(current)
    return sorted(corrected, key=lambda entry: (entry.at, entry.agency), reverse=True)


def _readable(entries: Mapping[Any, Sequence[_Entry]], user: User) -> set[int] | None:
    """Return the submissions that the reader may open; None for all. One query for who does not read everything."""
    if user.reads_everything or not entries:
        return None
    return set(Submission.objects.visible_to(user).values_list("pk", flat=True))
