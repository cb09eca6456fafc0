"""What happened to agencies: begun, ended, renamed, moved, each on its day; and what they were on a day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from agencies.models import EVER, Agency, AgencyName, Placement, Succession
from core import clock, formatting


class AsOf:
    """Names and places of agencies as they were on a day. One query, one more where some hung elsewhere then."""

    def __init__(self, day: dt.date):
        changed = Agency.objects.ever_changed().placed(day).named(day)
        self._then = {agency.pk: agency for agency in changed}
        self._moved = {
            agency.pk: agency.parent_as_of
            for agency in self._then.values()
            if agency.parent_as_of not in (None, agency.parent_id)
        }
        self._above = Agency.objects.in_bulk(set(self._moved.values())) if self._moved else {}

    def apply_to(self, agencies: Iterable[Agency]) -> None:
        """Give agencies that were read to be shown, never to be saved, their names and places of then, and the same to
        the parents that came along."""
        for agency in agencies:
            self._name(agency)
            if agency.pk in self._moved:
                agency.parent = copy(self._above[self._moved[agency.pk]])
            if Agency.parent.is_cached(agency) and agency.parent is not None:
                self._name(agency.parent)

    def of(self, agency: Agency) -> Agency:
        """A copy of one as it was then; the agency itself stays what it is."""
        found = copy(agency)
        if Agency.parent.is_cached(agency) and agency.parent is not None:
            found.parent = copy(agency.parent)
        self.apply_to([found])
        return found

    def _name(self, agency):
        then = self._then.get(agency.pk)
        if then is not None:
            agency.name, agency.short_name = then.name_as_of, then.short_name_as_of


def former_names() -> dict[int, dict[str, tuple[str, ...]]]:
    """Return, by primary key, the former names that agencies may be looked for by, each with its other forms: their own, those of
    agencies whose work they took over, directly or by way of others, and their own with the parent of then. Agencies that
    never changed have none. Three queries."""
    taken, names = defaultdict(set), defaultdict(dict)
    for succession in Succession.objects.select_related("before__parent"):
        taken[succession.after_id].add(succession.before)

    def gather(after, agencies):
        for agency in agencies:
            if agency.pk != after and agency.full_name not in names[after]:
                names[after][agency.full_name] = (agency.place_name, *agency.aliases.split("|"))
                gather(after, taken.get(agency.pk, ()))

    for after in list(taken):
        gather(after, taken[after])
    moved = Placement.objects.filter(first_day__gt=EVER).values("agency")
    for placement in Placement.objects.filter(agency__in=moved, parent__isnull=False).select_related(
        "agency", "parent"
    ):
        agency, parent = placement.agency, placement.parent
        if agency.parent_id != parent.pk:
            label = f"{agency.name}, {parent.name.removeprefix('UBND ')}"
            names[agency.pk][label] = (f"{agency.short_name}, {parent.short_name}",)
    later = AgencyName.objects.filter(agency=OuterRef("agency"), first_day__gt=OuterRef("first_day"))
    later = later.filter(first_day__lte=clock.today())
    for own in AgencyName.objects.filter(Exists(later)):
        names[own.agency_id][own.name] = (own.short_name,)
    return dict(names)


@dataclass(frozen=True)
class Change:
    """One change of an agency: the first day on which it holds (of an end: the last day), and what it is in Vietnamese;
    `others`: the agencies that the words lead up to."""

    agency: Agency
    day: dt.date
    words: str
    others: tuple[Agency, ...] = ()


def changes_of(agencies) -> list[Change]:
    """All changes of some agencies (a queryset), newest first. Four queries."""
    found = []
    loaded = list(agencies.select_related("parent"))
    for agency in loaded:
        if agency.first_day:
            found.append(Change(agency, agency.first_day, "Bắt đầu hoạt động"))
        if agency.last_day:
            found.append(Change(agency, agency.last_day, "Ngày hoạt động cuối cùng"))
    chosen = agencies.values("pk")
    named = {}
    for row in AgencyName.objects.filter(agency__in=chosen).select_related("agency__parent").order_by("first_day"):
        before = named.get(row.agency_id)
        if before is not None and row.first_day > EVER:
            found.append(Change(row.agency, row.first_day, f"Đổi tên: {before.name} thành {row.name}"))
        named[row.agency_id] = row
    placed = {}
    places = Placement.objects.filter(agency__in=chosen).select_related("agency__parent", "parent")
    for row in places.order_by("first_day"):
        before = placed.get(row.agency_id)
        if before is not None and row.parent is not None:
            words = f"Chuyển từ {before.parent.name if before.parent else 'chưa trực thuộc'} về {row.parent.name}"
            found.append(Change(row.agency, row.first_day, words))
        placed[row.agency_id] = row
    found += _successions(chosen, {agency.pk for agency in loaded})
    return sorted(found, key=lambda change: (change.day, change.agency.position), reverse=True)


def recent_changes(most: int) -> list[Change]:
    """The latest changes of all agencies, those to come first."""
    return changes_of(Agency.objects.all())[:most]


# What became of an agency's work, and where an agency's work came from, before the names.
WENT = {
    Succession.Way.MERGED: "Nhập vào",
    Succession.Way.SPLIT: "Tách thành",
    Succession.Way.PARTED: "Tách một phần ra thành",
    Succession.Way.HANDED: "Giao lại nhiệm vụ cho",
}
CAME = {
    Succession.Way.MERGED: "Tiếp nhận, nhập từ",
    Succession.Way.SPLIT: "Tách ra từ",
    Succession.Way.PARTED: "Tách ra từ",
    Succession.Way.HANDED: "Nhận nhiệm vụ của",
}


def _successions(chosen, keys) -> list[Change]:
    """From both sides, those of one day and one way together. One query."""
    rows = Succession.objects.filter(Q(before__in=chosen) | Q(after__in=chosen))
    sides = {}
    for row in rows.select_related("before__parent", "after__parent").order_by("after__position", "before__position"):
        for own, other, words in ((row.before, row.after, WENT), (row.after, row.before, CAME)):
            if own.pk in keys:
                sides.setdefault((own, row.first_day, words[row.way]), []).append(other)
    return [Change(own, day, words, tuple(others)) for (own, day, words), others in sides.items()]


@dataclass(frozen=True)
class Ending:
    """An agency that ends: its last day, and who goes on with its work and by which way."""

    agency: Agency
    last_day: dt.date
    successors: tuple[Agency, ...]
    words: str

    @property
    def sentence(self) -> str:
        """`Nhập vào UBND xã Hợp Nhất từ ngày 01/07/2023`, `Kết thúc hoạt động sau ngày 30/06/2023`."""
        if not self.successors:
            return f"Kết thúc hoạt động sau ngày {formatting.date(self.last_day)}"
        names = ", ".join(successor.full_name for successor in self.successors)
        return f"{self.words} {names} từ ngày {formatting.date(self.last_day + dt.timedelta(days=1))}"

    @property
    def advice(self) -> str:
        """What its people are told: who reports from now on, and what they can still do."""
        if self.successors:
            names = ", ".join(successor.full_name for successor in self.successors)
            who = f"Số liệu chốt sau ngày {formatting.date(self.last_day)} do {names} báo cáo."
        else:
            who = f"Số liệu chốt sau ngày {formatting.date(self.last_day)} không còn phải báo cáo."
        own = "Tài khoản này vẫn nộp nốt, sửa và xem được phiếu của các kỳ trước."
        more = " Cần nhập cho đơn vị tiếp nhận: đề nghị quản trị chuyển tài khoản." if self.successors else ""
        return f"{who} {own}{more}"


def ending_of(agency: Agency) -> Ending | None:
    """How an agency ends; None where no end is set. One query for one that does, none for others."""
    if agency.last_day is None:
        return None
    after = Succession.objects.filter(before=agency, first_day=agency.last_day + dt.timedelta(days=1))
    rows = list(after.select_related("after__parent").order_by("after__position", "after__code"))
    words = WENT[rows[0].way] if rows else ""
    return Ending(agency, agency.last_day, tuple(row.after for row in rows), words)
