"""A reorganisation of many agencies on one day, by a file that maps the old ones to the new ones, and its cancellation.

A line says of one old agency what becomes of it: it merges into another one or a new one, goes on (perhaps renamed), or, with no
new code, ends. A line with a share says that only this part of its territory goes to another one (decision 0305). All lines are
carried out in one transaction, or none.
"""

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from agencies.models import Agency, AgencyName, Level, Placement, Succession, User, share_words
from agencies.services.organisation import follow_placements, remove_parent
from core import clock, formatting, texts
from core.audit.services import audit
from core.formatting import fold
from core.installation.changes import take_back
from core.numbers import NumberError
from indicators.audit_acts import ReorganisationAct
from indicators.errors import ActionNotAllowed
from indicators.reorganisation.services import (
    NewAgency,
    PlannedChange,
    check_undoable,
    close_agency,
    give_part,
    join_province,
    merge_agencies,
    move_agency,
    past_change_of,
    planned_change_of,
    read_share,
    rename_agency,
    take_back_change,
    undo_change,
)
from indicators.rollups.pending import request_rollup_from_day
from indicators.workbooks.sandbox import Unreadable
from indicators.workbooks.sent_files import read_on_page

COLUMNS = ("Mã cũ", "Mã mới", "Tên mới", "Tên ngắn mới", "Trực thuộc", "Tỷ lệ")
MOST_LINES = 2000
# The faults that a refusal names.
MOST_FAULTS = 20


class Replacement(NamedTuple):
    """A line of the file. new: empty where the agency ends; name, short_name: of the new agency, empty where unchanged; parent:
    the agency above from the day on, empty for the one it has, or for the province where that one ends; share: as typed, of the
    old one's territory that goes to the new one; empty where it goes as a whole."""

    number: int
    old: str
    new: str
    name: str
    short_name: str
    parent: str
    share: str


def text_of(content: bytes) -> str:
    """Return the text of a file: of a workbook its first sheet that holds something, read by the bounded reader, with tabs between
    cells and the lines where they are; else the text itself. Raises ActionNotAllowed, UnicodeDecodeError."""
    if not content.startswith((b"PK", b"\xd0\xcf")):
        return content.decode("utf-8-sig")
    try:
        sheets = read_on_page(content)
    except Unreadable as error:
        raise ActionNotAllowed(f"{error} Chưa thay đổi gì.") from None
    rows = next((sheet.rows for sheet in sheets if sheet.rows), {})
    lines = StringIO()
    written = csv.writer(lines, delimiter="\t", lineterminator="\n")
    for number in range(1, max(rows, default=0) + 1):
        cells = rows.get(number, {})
        places = range(1, max(cells, default=0) + 1)
        written.writerow([texts.line(cells[place].words) if place in cells else "" for place in places])
    return lines.getvalue()


def read(text: str) -> list[Replacement]:
    """Return the lines of a file: CSV, or cells pasted from a spreadsheet, under a line of titles. Raises ActionNotAllowed with
    every fault by line and column."""
    first = text.partition("\n")[0]
    rows = csv.reader(StringIO(text, newline=""), delimiter=max("\t;,", key=first.count), strict=True)
    try:
        cells = [(rows.line_num, [texts.line(cell) for cell in row]) for row in rows]
    except csv.Error:
        raise ActionNotAllowed(f"Dòng {rows.line_num}: dấu ngoặc kép không khớp. Chưa thay đổi gì.") from None
    cells = [(number, row) for number, row in cells if any(row)]
    titles = [fold(title) for title in cells[0][1]] if cells else []
    missing = [title for title in COLUMNS[:2] if fold(title) not in titles]
    if missing:
        raise ActionNotAllowed(f"Dòng đầu thiếu cột {', '.join(missing)}: cần các cột {', '.join(COLUMNS)}.")
    if not 1 < len(cells) <= MOST_LINES + 1:
        raise ActionNotAllowed(f"Cần từ 1 đến {formatting.number(MOST_LINES)} dòng dưới dòng tên cột.")
    places = [titles.index(fold(title)) if fold(title) in titles else None for title in COLUMNS]
    lines = []
    for number, row in cells[1:]:
        old, new, name, short_name, parent, share = ("" if at is None or at >= len(row) else row[at] for at in places)
        lines.append(Replacement(number, old.lower(), new.lower(), name, short_name, parent.lower(), share))
    faults = list(_faults(lines))
    if faults:
        more = f" Còn {formatting.number(len(faults) - MOST_FAULTS)} lỗi nữa." if len(faults) > MOST_FAULTS else ""
        raise ActionNotAllowed(f"{' '.join(faults[:MOST_FAULTS])}{more} Chưa thay đổi gì.")
    return lines


def _faults(lines: Sequence[Replacement]) -> Iterator[str]:
    """Yield what is wrong with the lines, without looking at what the agencies did before. One query."""
    codes = {code for line in lines for code in (line.old, line.new, line.parent)}
    known = set(Agency.objects.filter(code__in=codes).values_list("code", flat=True))
    named = {line.new for line in lines if line.name and line.short_name}
    seen: dict[str, int] = {}
    for line in lines:
        if line.old not in known:
            yield f"Dòng {line.number}, cột Mã cũ: không có đơn vị mã “{line.old}”."
        elif line.share:
            yield from _faults_of_part(line)
        elif line.old in seen:
            yield f"Dòng {line.number}, cột Mã cũ: mã {line.old} đã có ở dòng {seen[line.old]}."
        if not line.share:
            seen.setdefault(line.old, line.number)
        if line.new and line.new not in known and line.new not in named:
            yield f"Dòng {line.number}, cột Tên mới: đơn vị mới {line.new} cần cả tên và tên ngắn."
        if bool(line.name) != bool(line.short_name):
            yield f"Dòng {line.number}, cột Tên ngắn mới: ghi cả tên và tên ngắn, hoặc để trống cả hai."
        if line.parent and line.parent not in known:
            yield f"Dòng {line.number}, cột Trực thuộc: không có cơ quan mã “{line.parent}”."


def _faults_of_part(line: Replacement) -> Iterator[str]:
    """Yield what is wrong with a line that gives a part of a territory."""
    try:
        read_share(line.share)
    except NumberError as error:
        yield f"Dòng {line.number}, cột Tỷ lệ: {error.message}"
    if line.new in ("", line.old):
        yield f"Dòng {line.number}, cột Mã mới: ghi mã của đơn vị khác, nơi nhận phần địa bàn."


@transaction.atomic
def reorganise(
    *, lines: Sequence[Replacement], from_day: dt.date, by: User, reason: str, address: str | None = None
) -> list[str]:
    """Carry the lines of a file out from a day on; return what was done, a sentence each. Raises ActionNotAllowed, which names the
    line.

    Agencies merge, receive parts, are renamed and placed, then others end: children are placed elsewhere before their parent
    ends.
    """
    who: dict[str, Any] = {"from_day": from_day, "by": by, "reason": reason, "address": address}
    told = []
    ends = {line.old for line in lines if line.new != line.old and not line.share}
    province = Agency.objects.get(level=Level.PROVINCE)
    groups: dict[str, list[Replacement]] = {}
    for line in lines:
        if line.new:
            groups.setdefault(line.new, []).append(line)
    for new, group in groups.items():
        with _at(group[0]):
            told += _continue(new, group, ends, province, who)
    for line in (line for line in lines if not line.new):
        with _at(line):
            agency = Agency.objects.select_related("parent").get(code=line.old)
            last_day = from_day - dt.timedelta(days=1)
            close_agency(agency=agency, last_day=last_day, by=by, reason=reason, address=address)
            told.append(f"{agency} kết thúc hoạt động")
    audit(
        by=by,
        act=ReorganisationAct.BY_FILE,
        label=f"{len(lines)} dòng",
        address=address,
        from_day=str(from_day),
        lines=[f"{line.old} → {line.new}" + (f" ({line.share})" if line.share else "") for line in lines],
        reason=reason,
    )
    return told


def _continue(
    new: str, group: Sequence[Replacement], ends: set[str], province: Agency, who: dict[str, Any]
) -> list[str]:
    """Merge the agencies of a group into one, let it receive parts of others, rename it, and place it; return what was done."""
    told = []
    name, short_name = next(((line.name, line.short_name) for line in group if line.name), ("", ""))
    whole = [line.old for line in group if line.old != new and not line.share]
    olds = list(Agency.objects.select_related("parent").filter(code__in=whole))
    receiver = Agency.objects.filter(code=new).first()
    if olds:
        is_new = receiver is None
        merged = merge_agencies(agencies=olds, into=receiver or NewAgency(new, name, short_name), **who)
        told.append(f"{', '.join(map(str, olds))} nhập thành {name if is_new else merged}")
        name, receiver = "" if is_new else name, merged
    for line in (line for line in group if line.share):
        with _at(line):
            giver, is_new = Agency.objects.select_related("parent").get(code=line.old), receiver is None
            into = receiver or NewAgency(new, name, short_name)
            receiver = give_part(agency=giver, into=into, share=read_share(line.share), **who)
            told.append(f"{receiver} nhận {share_words(read_share(line.share))} địa bàn của {giver}")
            name = "" if is_new else name
    if receiver is None:
        raise ActionNotAllowed(f"Không có đơn vị mã {new}. Chưa thay đổi gì.")
    if receiver.level == Level.PROVINCE:
        if name:
            join_province(province=name.removeprefix("UBND "), short_name=short_name, **who)
            told.append(f"Cả tỉnh thuộc {name.removeprefix('UBND ')}")
        return told
    day = who["from_day"]
    then = Agency.objects.placed(day).named(day).get(pk=receiver.pk)
    if name and (then.name_as_of, then.short_name_as_of) != (name, short_name):
        rename_agency(agency=receiver, name=name, short_name=short_name, **who)
        told.append(f"{then.name_as_of} đổi tên thành {name}")
    above = Agency.objects.get(placed=receiver.placements.filter(first_day__lte=day).latest("first_day"))
    wanted = next((line.parent for line in group if line.parent), province.code if above.code in ends else above.code)
    if wanted != above.code:
        parent = Agency.objects.get(code=wanted)
        move_agency(agency=receiver, parent=parent, **who)
        told.append(f"{name or then.name_as_of} trực thuộc {parent.name}")
    return told


@contextmanager
def _at(line: Replacement) -> Iterator[None]:
    """Name the line of the file in a refusal."""
    try:
        yield
    except ActionNotAllowed as refused:
        raise ActionNotAllowed(f"Dòng {line.number}: {refused}") from None


@transaction.atomic
def take_back_day(*, day: dt.date, by: User, reason: str, address: str | None = None) -> int:
    """Undo every change of the organisation that begins on a day which has not come; return how many agencies it concerned.
    Raises ActionNotAllowed."""
    if day <= clock.today():
        raise ActionNotAllowed(
            f"Ngày {formatting.date(day)} đã đến nên không hủy được: ghi thay đổi ngược lại từ một ngày khác. Chưa thay đổi gì."
        )
    return _undo_day(
        day, planned_change_of, take_back_change, ReorganisationAct.CANCEL_DAY, by=by, reason=reason, address=address
    )


@transaction.atomic
def undo_day(*, day: dt.date, by: User, reason: str, address: str | None = None) -> int:
    """Undo every change of the organisation that began on a day which has come, while no report of the new tree is approved
    (`services.undo_change`); return how many agencies it concerned. Raises ActionNotAllowed."""
    if day > clock.today():
        raise ActionNotAllowed(f"Ngày {formatting.date(day)} chưa đến: dùng Hủy mọi thay đổi của một ngày.")
    moved = Agency.objects.filter(Q(placements__first_day=day) | Q(names__first_day=day)).distinct()
    check_undoable(list(moved), day)
    count = _undo_day(
        day, past_change_of, undo_change, ReorganisationAct.UNDO_DAY, by=by, reason=reason, address=address
    )
    follow_placements()
    return count


def _undo_day(
    day: dt.date,
    change_of: Callable[[Agency], PlannedChange | None],
    undo: Callable[..., PlannedChange],
    act: ReorganisationAct,
    *,
    by: User,
    reason: str,
    address: str | None,
) -> int:
    """Undo every change of the organisation of a day; return how many agencies it concerned. Raises ActionNotAllowed."""
    who: dict[str, Any] = {"by": by, "reason": reason, "address": address}
    last_day = day - dt.timedelta(days=1)
    placed = Placement.objects.filter(first_day=day).select_related("agency")
    moved = [placement for placement in placed if placement.agency.placements.filter(first_day__lt=day).exists()]
    renamed = AgencyName.objects.filter(first_day=day)
    ended = Agency.objects.filter(last_day=last_day)
    parted = Agency.objects.filter(successions__first_day=day)
    concerned = {placement.agency_id for placement in placed} | set(renamed.values_list("agency", flat=True))
    concerned |= set(ended.values_list("pk", flat=True)) | set(parted.values_list("pk", flat=True))
    if not concerned:
        raise ActionNotAllowed(f"Không có thay đổi tổ chức nào từ ngày {formatting.date(day)}.")
    # Those above first: what lay below them returns there.
    for agency in sorted(ended | parted, key=lambda agency: list(Level).index(Level(agency.level))):
        planned = change_of(Agency.objects.get(pk=agency.pk))
        while planned is not None and planned.first_day == day:
            undo(agency=agency, **who)
            planned = change_of(Agency.objects.get(pk=agency.pk))
    for placement in moved:
        if Placement.objects.filter(pk=placement.pk).exists():
            remove_parent(placement)
    renamed.delete()
    take_back(day)
    if Succession.objects.filter(first_day=day).exists() or Agency.objects.filter(last_day=last_day).exists():
        raise ActionNotAllowed(f"Ngày {formatting.date(day)} còn thay đổi khác phải hủy riêng trước. Chưa thay đổi gì.")
    audit(
        by=by,
        act=act,
        label=formatting.date(day),
        address=address,
        from_day=str(day),
        agencies=len(concerned),
        reason=reason,
    )
    request_rollup_from_day(day)
    return len(concerned)
