"""The changes of agencies (begun, ended, renamed, moved, each on its day), and their names and parents as of a day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from agencies.models import EVER, Agency, AgencyName, Placement, Succession, share_words
from core import clock, formatting


class AsOf:
    """Names and parents of agencies as of a day. One query, one more where some had another parent then."""

    def __init__(self, day: dt.date) -> None:
        changed = Agency.objects.ever_changed().placed(day).named(day)
        self._as_of = {agency.pk: agency for agency in changed}
        self._moved = {
            agency.pk: agency.parent_as_of
            for agency in self._as_of.values()
            if agency.parent_as_of not in (None, agency.parent_id)
        }
        self._parents = Agency.objects.in_bulk(set(self._moved.values())) if self._moved else {}

    def apply_to(self, agencies: Iterable[Agency]) -> None:
        """Set the names and parents as of the day, in place, on these agencies and their loaded parents. For display only: do not
        save them."""
        for agency in agencies:
            self._name(agency)
            if agency.pk in self._moved:
                agency.parent = copy(self._parents[self._moved[agency.pk]])
            if Agency.parent.is_cached(agency) and agency.parent is not None:
                self._name(agency.parent)

    def of(self, agency: Agency) -> Agency:
        """Return a copy of an agency as of the day; the agency itself stays as it is."""
        as_of = copy(agency)
        if Agency.parent.is_cached(agency) and agency.parent is not None:
            as_of.parent = copy(agency.parent)
        self.apply_to([as_of])
        return as_of

    def _name(self, agency: Agency) -> None:
        as_of = self._as_of.get(agency.pk)
        if as_of is not None:
            agency.name, agency.short_name = as_of.name_as_of, as_of.short_name_as_of


def former_names() -> dict[int, dict[str, tuple[str, ...]]]:
    """Return, by primary key, the former names by which search finds agencies, each with its other forms: their own, all names of
    agencies whose work they took over, directly or through others, and their own under earlier parents. Agencies that never
    changed have none. Three queries."""
    taken: defaultdict[int, set[Agency]] = defaultdict(set)
    names: defaultdict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    renamed: defaultdict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    later = AgencyName.objects.filter(agency=OuterRef("agency"), first_day__gt=OuterRef("first_day"))
    later = later.filter(first_day__lte=clock.today())
    for former in AgencyName.objects.filter(Exists(later)):
        renamed[former.agency_id][former.name] = (former.short_name,)
    for succession in Succession.objects.select_related("before__parent"):
        taken[succession.after_id].add(succession.before)

    def gather(after: int, agencies: Iterable[Agency]) -> None:
        for agency in agencies:
            if agency.pk != after and agency.full_name not in names[after]:
                names[after][agency.full_name] = (agency.place_name, *agency.aliases.split("|"))
                names[after] |= renamed.get(agency.pk, {})
                gather(after, taken.get(agency.pk, ()))

    for after in list(taken):
        gather(after, taken[after])
    moved = Placement.objects.filter(first_day__gt=EVER).values("agency")
    for placement in Placement.objects.filter(agency__in=moved, parent__isnull=False).select_related(
        "agency", "parent"
    ):
        agency, parent = placement.agency, placement.parent
        if parent is not None and agency.parent_id != parent.pk:
            label = f"{agency.name}, {parent.name.removeprefix('UBND ')}"
            names[agency.pk][label] = (f"{agency.short_name}, {parent.short_name}",)
    for pk, former_names_of_agency in renamed.items():
        names[pk] |= former_names_of_agency
    return dict(names)


@dataclass(frozen=True)
class Change:
    """One change of an agency: the first day on which it holds (of an end: the last day), and its text in Vietnamese;
    `others`: the agencies whose names complete the text; meaning: what it means for figures, where the text does not say it."""

    agency: Agency
    day: dt.date
    text: str
    others: tuple[Agency, ...] = ()
    meaning: str = ""


def changes_of(agencies: QuerySet[Agency]) -> list[Change]:
    """Return all changes of some agencies, newest first. Four queries."""
    changes = []
    loaded = list(agencies.select_related("parent"))
    for agency in loaded:
        if agency.first_day:
            changes.append(Change(agency, agency.first_day, "Bắt đầu hoạt động"))
        if agency.last_day:
            changes.append(Change(agency, agency.last_day, "Ngày hoạt động cuối cùng"))
    chosen = agencies.values("pk")
    named: dict[int, AgencyName] = {}
    for row in AgencyName.objects.filter(agency__in=chosen).select_related("agency__parent").order_by("first_day"):
        before = named.get(row.agency_id)
        if before is not None and row.first_day > EVER:
            changes.append(Change(row.agency, row.first_day, f"Đổi tên: {before.name} thành {row.name}"))
        named[row.agency_id] = row
    placed: dict[int, Placement] = {}
    placements = Placement.objects.filter(agency__in=chosen).select_related("agency__parent", "parent")
    for placement in placements.order_by("first_day"):
        earlier = placed.get(placement.agency_id)
        if earlier is not None and placement.parent is not None:
            old = earlier.parent.name if earlier.parent else "chưa trực thuộc"
            text = f"Chuyển từ {old} về {placement.parent.name}"
            changes.append(Change(placement.agency, placement.first_day, text))
        placed[placement.agency_id] = placement
    changes += _successions(chosen, {agency.pk for agency in loaded})
    return sorted(changes, key=lambda change: (change.day, change.agency.position), reverse=True)


def recent_changes(most: int) -> list[Change]:
    """Return the latest changes of all agencies, future ones first."""
    return changes_of(Agency.objects.all())[:most]


# Texts before the names of the agencies that took over the work, and of those that it was taken over from.
WENT: dict[str, str] = {
    Succession.Way.MERGED: "Sáp nhập vào",
    Succession.Way.SPLIT: "Tách thành",
    Succession.Way.PARTED: "Tách một phần ra thành",
    Succession.Way.HANDED: "Giao lại nhiệm vụ cho",
}
CAME: dict[str, str] = {
    Succession.Way.MERGED: "Tiếp nhận, nhập từ",
    Succession.Way.SPLIT: "Tách ra từ",
    Succession.Way.PARTED: "Tách ra từ",
    Succession.Way.HANDED: "Nhận nhiệm vụ của",
}


# What a part of a territory that moves means for the figures of both agencies (docs/decisions/0302, 0305).
PART_MEANING = (
    "Số liệu của các kỳ trước giữ nguyên và số lũy kế ở lại đơn vị đã báo cáo; mẫu số dùng chung của hai đơn vị theo địa bàn "
    "mới từ kỳ đầu tiên có số liệu chốt từ ngày này. Số mới (không phải lũy kế) của hai đơn vị vào số tổng hợp chung khi cả hai "
    "đã có số; đến lúc đó tính số trước ngày này, để phần chuyển không bị tính hai lần."
)


def _successions(chosen: QuerySet[Agency, Any], keys: set[int]) -> list[Change]:
    """Return the successions from both sides, those of one day and one way together. One query."""
    rows = Succession.objects.filter(Q(before__in=chosen) | Q(after__in=chosen))
    sides: dict[tuple[Agency, dt.date, str, str], list[Agency]] = {}
    in_order = ("after__position", "after__code", "before__position", "before__code")
    for row in rows.select_related("before__parent", "after__parent").order_by(*in_order):
        went, came, meaning = WENT[row.way], CAME[row.way], ""
        if row.share is not None:
            part, meaning = share_words(row.share), PART_MEANING
            went, came = f"Chuyển {part} địa bàn cho", f"Nhận {part} địa bàn của"
        for agency, other, text in ((row.before, row.after, went), (row.after, row.before, came)):
            if agency.pk in keys:
                sides.setdefault((agency, row.first_day, text, meaning), []).append(other)
    return [Change(agency, day, text, tuple(others), meaning) for (agency, day, text, meaning), others in sides.items()]


@dataclass(frozen=True)
class Ending:
    """An agency's end: its last day, its successors, and the way in which the work passed on, in Vietnamese."""

    agency: Agency
    last_day: dt.date
    successors: tuple[Agency, ...]
    text: str

    @property
    def sentence(self) -> str:
        """Return `Sáp nhập vào UBND xã Hợp Nhất từ ngày 01/07/2026`, `Kết thúc hoạt động sau ngày 30/06/2026`."""
        if not self.successors:
            return f"Kết thúc hoạt động sau ngày {formatting.date(self.last_day)}"
        names = ", ".join(successor.full_name for successor in self.successors)
        return f"{self.text} {names} từ ngày {formatting.date(self.last_day + dt.timedelta(days=1))}"

    @property
    def advice(self) -> str:
        """Return the notice to its people: the agency that reports from now on, and the tasks left to them."""
        if self.successors:
            names = ", ".join(successor.full_name for successor in self.successors)
            reporter = f"Số liệu chốt sau ngày {formatting.date(self.last_day)} do {names} báo cáo."
        else:
            reporter = f"Số liệu chốt sau ngày {formatting.date(self.last_day)} không còn phải báo cáo."
        account = "Tài khoản này vẫn nộp nốt, sửa và xem được phiếu của các kỳ trước."
        move = " Cần nhập cho đơn vị tiếp nhận: đề nghị quản trị chuyển tài khoản." if self.successors else ""
        return f"{reporter} {account}{move}"


def ending_of(agency: Agency) -> Ending | None:
    """Return the end of an agency; None where none is set. One query for an agency that ends, none for others."""
    if agency.last_day is None:
        return None
    after = Succession.objects.filter(
        before=agency, first_day=agency.last_day + dt.timedelta(days=1), share__isnull=True
    )
    rows = list(after.select_related("after__parent").order_by("after__position", "after__code"))
    text = WENT[rows[0].way] if rows else ""
    return Ending(agency, agency.last_day, tuple(row.after for row in rows), text)
