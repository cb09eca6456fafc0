"""The list of conclusions with its filters, one conclusion, and what a report or a page says of a subject's."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q

from agencies.models import Agency, User
from conclusions.models import Conclusion, ConclusionQuerySet, ConclusionState
from core import clock
from core.formatting import fold, local
from core.forms import FilterChoice
from indicators.models import Plan, Target
from projects.models import Project

# Days before its day from which a conclusion falls due soon.
SOON_DAYS = 7
# The filters by state: name in the address, label.
STATES = {
    "": "Tất cả",
    "dang-theo-doi": "Chưa kết thúc",
    "sap-den-han": "Sắp đến hạn",
    "qua-han": "Quá hạn",
    "cho-ket-thuc": "Chờ kết thúc",
    "da-ket-thuc": "Đã kết thúc",
    "da-rut": "Đã rút",
}


@dataclass(frozen=True)
class ConclusionFilter:
    """The filters of the list; an empty text does not filter. state: one of STATES; agency: a code; about: the code of a target
    or a project; text: words."""

    state: str = ""
    agency: str = ""
    about: str = ""
    text: str = ""

    @property
    def query(self) -> str:
        """The filters as in addresses."""
        names = {"tinh-trang": self.state, "co-quan": self.agency, "ve": self.about, "tim": self.text}
        return urlencode({name: value for name, value in names.items() if value})

    @property
    def is_part(self) -> bool:
        return bool(self.query)


@dataclass(frozen=True)
class ConclusionList:
    """The conclusions of a plan that a reader may see and that pass the filters, with the choices. today: their states are of
    this day."""

    rows: tuple[Conclusion, ...]
    total: int
    states: tuple[FilterChoice, ...]
    agencies: tuple[FilterChoice, ...]
    today: dt.date


def conclusion_list(plan: Plan, user: User, chosen: ConclusionFilter) -> ConclusionList:
    """Return the conclusions of a plan, those that wait for something first. Two queries."""
    today = clock.today()
    everything = list(Conclusion.objects.filter(plan=plan).visible_to(user).with_all().with_steps())
    matching = [row for row in everything if _matches(row, chosen)]
    rows = [row for row in matching if is_in_state(row, chosen.state, today)]
    agencies = Counter((row.agency.code, row.agency.name) for row in everything)
    return ConclusionList(
        rows=tuple(sorted(rows, key=lambda row: _order(row, today))),
        total=len(everything),
        states=tuple(
            FilterChoice(code, label, sum(is_in_state(row, code, today) for row in matching))
            for code, label in STATES.items()
        ),
        agencies=tuple(FilterChoice(code, name, count) for (code, name), count in agencies.most_common()),
        today=today,
    )


def is_in_state(row: Conclusion, state: str, today: dt.date) -> bool:
    """Return whether a conclusion passes a filter of STATES on a day."""
    if state == "dang-theo-doi":
        return row.is_running
    if state == "sap-den-han":
        return row.state == ConclusionState.OPEN and 0 <= (row.due - today).days <= SOON_DAYS
    if state == "qua-han":
        return row.is_overdue(today)
    by_name = {
        "cho-ket-thuc": ConclusionState.ANSWERED,
        "da-ket-thuc": ConclusionState.CLOSED,
        "da-rut": ConclusionState.WITHDRAWN,
    }
    return not state or row.state == by_name[state]


def of_subject(plan: Plan, user: User, *, target: str = "", project: str = "") -> list[Conclusion]:
    """Return the conclusions on a target or a project (its code) that a user may read, newest first; withdrawn ones are left
    out. Two queries at most."""
    rows = Conclusion.objects.filter(plan=plan).exclude(state=ConclusionState.WITHDRAWN)
    if target:
        rows = rows.filter(target__code=target)
    else:
        section, _, number = project.rpartition("-")
        rows = rows.filter(project__section__code=section, project__number=int(number))
    return list(rows.visible_to(user).with_all().with_steps())


def for_report(
    plan: Plan, *, agencies: Iterable[Any] | None, targets: Iterable[int] | None, since: dt.date
) -> list[Conclusion]:
    """Return the conclusions that a report tells of: not withdrawn, and not closed before `since`; oldest first.

    agencies, targets: keys of those that the report is about (or a query of them), None for all. Two queries at most.
    """
    rows: ConclusionQuerySet = Conclusion.objects.filter(plan=plan).exclude(state=ConclusionState.WITHDRAWN)
    if agencies is not None:
        rows = rows.filter(agency__in=agencies)
    if targets is not None:
        rows = rows.filter(Q(target__in=targets) | Q(project__targets__in=targets)).distinct()
    concerned = list(rows.with_all().with_steps().order_by("given_at", "pk"))
    return [
        row for row in concerned if row.is_running or row.last_step is None or local(row.last_step.at).date() >= since
    ]


def first_lead(subject: Target | Project, among: Collection[int] | None = None) -> Agency | None:
    """Return the agency that leads a target or a project, or reports on behalf of an outside lead; None where that is none of
    the tree, or none of `among` (keys). Needs the parties."""
    for party in subject.leads:
        agency: Agency | None = party.agency or party.reported_by
        if agency is not None and (among is None or agency.pk in among):
            return agency
    return None


def _matches(row: Conclusion, chosen: ConclusionFilter) -> bool:
    if chosen.agency and row.agency.code != chosen.agency:
        return False
    if chosen.about and chosen.about not in (
        row.target.code if row.target else "",
        row.project.code if row.project else "",
    ):
        return False
    searched = f" {fold(f'{row.subject} {row.text} {row.agency.name}')}"
    return all(f" {word}" in searched for word in fold(chosen.text).split())


def _order(row: Conclusion, today: dt.date) -> tuple:
    """Overdue first, then those that wait for an answer by their day, then to be closed; what is settled last, newest first."""
    if not row.is_running:
        return (2, 0, -row.given_at.timestamp())
    return (0 if row.state == ConclusionState.OPEN else 1, (row.due - today).days, -row.given_at.timestamp())
