"""Changes of the tree of agencies, each from a day on; the windows concerned are rolled up again."""

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import ProtectedError, Q

from agencies.models import (
    SHARE_PLACES,
    SUCCESSION_VERBS,
    Agency,
    AgencyName,
    Level,
    Placement,
    Succession,
    User,
    share_words,
)
from agencies.roles import Role
from agencies.services.organisation import remove_parent, rename, set_parent
from core import clock, formatting, numbers, texts
from core.audit.services import audit
from core.installation.changes import plan_change
from core.installation.models import ProvinceChange
from indicators.audit_acts import ReorganisationAct
from indicators.errors import ActionNotAllowed
from indicators.models import Assignment, PlanState, Submission
from indicators.reorganisation.denominators import follow_successions
from indicators.rollups.pending import request_rollup_from_day
from indicators.targets.services import delete_with_history, save_with_history

# The levels that a parent of each level may have; the province has none.
ABOVE = {
    Level.PROVINCE: (),
    Level.DEPARTMENT: (Level.PROVINCE,),
    Level.OTHER: (Level.PROVINCE,),
    Level.DISTRICT: (Level.PROVINCE,),
    Level.COMMUNE: (Level.DISTRICT, Level.PROVINCE),
}


class NewAgency(NamedTuple):
    """An agency to be created."""

    code: str
    name: str
    short_name: str


@dataclass(frozen=True)
class PlannedChange:
    """A merger, a split, a part that goes, or an end: the agencies that end or give, their successors, the day. way: None for an
    end without a successor; shares: of each successor that takes a part of the territory over, by primary key."""

    before: tuple[Agency, ...]
    after: tuple[Agency, ...]
    first_day: dt.date
    way: Succession.Way | None
    shares: Mapping[int, Decimal] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Return the change as a sentence: `UBND xã A, UBND xã B sáp nhập vào UBND xã C từ ngày 01/09/2026`."""
        whole = [agency for agency in self.after if agency.pk not in self.shares]
        acts = [
            f"chuyển {share_words(self.shares[agency.pk])} địa bàn cho {agency}"
            for agency in self.after
            if agency.pk in self.shares
        ]
        if whole or not acts:
            verb = SUCCESSION_VERBS[self.way] if self.way else "kết thúc hoạt động"
            acts.insert(0, " ".join(filter(None, [verb, ", ".join(map(str, whole))])))
        before = ", ".join(map(str, self.before))
        return f"{before} {', '.join(acts)} từ ngày {formatting.date(self.first_day)}"


@transaction.atomic
def rename_agency(
    *, agency: Agency, name: str, short_name: str, from_day: dt.date, by: User, reason: str, address: str | None = None
) -> AgencyName:
    """Rename an agency from a day on. Pages of earlier periods show the earlier name. Raises ActionNotAllowed."""
    _check_reason(reason)
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    name, short_name = " ".join(name.split()), " ".join(short_name.split())
    _check_names(name, short_name)
    if agency.last_day is not None and from_day > agency.last_day:
        raise ActionNotAllowed(
            f"{agency} hoạt động đến hết ngày {formatting.date(agency.last_day)} nên không đổi tên sau đó. Chưa đổi gì."
        )
    then = Agency.objects.named(from_day).get(pk=agency.pk)
    if (then.name_as_of, then.short_name_as_of) == (name, short_name):
        raise ActionNotAllowed(f"Ngày {formatting.date(from_day)} đơn vị đã có tên đó. Chưa đổi gì.")
    before = agency.name
    row = rename(agency=agency, name=name, short_name=short_name, from_day=from_day)
    audit(
        by=by,
        act=ReorganisationAct.RENAME,
        label=before,
        address=address,
        agency=agency.code,
        name=[then.name_as_of, name],
        short_name=[then.short_name_as_of, short_name],
        from_day=str(from_day),
        reason=reason,
    )
    return row


@transaction.atomic
def merge_agencies(
    *,
    agencies: Collection[Agency],
    into: Agency | NewAgency,
    from_day: dt.date,
    by: User,
    reason: str,
    address: str | None = None,
) -> Agency:
    """Merge several agencies of a level from a day on: into an existing one, or into a new one under the first one's
    parent.

    The agencies that end pass on their children and their assignments; their figures stay theirs, and the earlier
    months of their flows stay in the sums (docs: domain, Roll-up). Raises ActionNotAllowed.
    """
    _check_reason(reason)
    ending = _locked_in_order(agencies)
    _check_changing(ending, from_day)
    _check_whole(ending)
    if len({agency.level for agency in ending}) > 1:
        raise ActionNotAllowed("Chỉ nhập các đơn vị cùng cấp với nhau. Chưa thay đổi gì.")
    if isinstance(into, NewAgency):
        if len(ending) < 2:
            raise ActionNotAllowed("Nhập thành đơn vị mới cần ít nhất hai đơn vị. Chưa thay đổi gì.")
        receiver: Agency = _made(into, like=ending[0], from_day=from_day)
    elif into in ending:
        raise ActionNotAllowed(f"{into} là đơn vị tiếp nhận nên không nằm trong các đơn vị bị nhập. Chưa thay đổi gì.")
    elif into.level != ending[0].level:
        raise ActionNotAllowed("Đơn vị tiếp nhận phải cùng cấp. Chưa thay đổi gì.")
    else:
        _check_goes_on(into, from_day)
        receiver = into
    last_day = from_day - dt.timedelta(days=1)
    for agency in ending:
        close_agency(agency=agency, last_day=last_day, by=by, reason=reason, successor=receiver, address=address)
        _follow(agency, receiver, from_day, Succession.Way.MERGED)
    follow_successions([receiver], from_day, by=by)
    audit(
        by=by,
        act=ReorganisationAct.MERGE,
        label=receiver.name,
        address=address,
        agencies=[agency.code for agency in ending],
        into=receiver.code,
        from_day=str(from_day),
        reason=reason,
    )
    return receiver


@transaction.atomic
def split_agency(
    *,
    agency: Agency,
    into: Sequence[NewAgency],
    from_day: dt.date,
    by: User,
    reason: str,
    children: Mapping[str, str] | None = None,
    continues: bool = False,
    address: str | None = None,
) -> list[Agency]:
    """Split an agency into new ones from a day on, each with its assignments; where it continues, it gives parts to new
    ones.

    children: the new parent of each of its children, by codes. Its figures stay its own. Raises ActionNotAllowed.
    """
    _check_reason(reason)
    children = dict(children or {})
    below = {child.code: child for child in _locked_in_order(Agency.objects.filter(code__in=children))}
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    _check_changing([agency], from_day)
    _check_whole([agency])
    if len(into) < (1 if continues else 2):
        raise ActionNotAllowed(
            "Tách cần ít nhất hai đơn vị mới, hoặc một khi đơn vị cũ vẫn hoạt động. Chưa thay đổi gì."
        )
    made = {new.code: _made(new, like=agency, from_day=from_day) for new in into}
    last_day = from_day - dt.timedelta(days=1)
    for child, taker in children.items():
        if child not in below or taker not in made:
            raise ActionNotAllowed(f"Không rõ {child} về {taker}: kiểm tra lại mã. Chưa thay đổi gì.")
        move_agency(agency=below[child], parent=made[taker], from_day=from_day, by=by, reason=reason, address=address)
    for new in made.values():
        _hand_over(agency, new, last_day, by=by, reason=reason)
    if not continues:
        close_agency(agency=agency, last_day=last_day, by=by, reason=reason, address=address)
    for new in made.values():
        _follow(agency, new, from_day, Succession.Way.PARTED if continues else Succession.Way.SPLIT)
    audit(
        by=by,
        act=ReorganisationAct.SPLIT,
        label=agency.name,
        address=address,
        agency=agency.code,
        into=sorted(made),
        children=children,
        continues=continues,
        from_day=str(from_day),
        reason=reason,
    )
    request_rollup_from_day(from_day)
    return list(made.values())


@transaction.atomic
def join_province(
    *,
    province: str,
    from_day: dt.date,
    by: User,
    reason: str,
    standing_agency: str = "",
    short_name: str = "",
    address: str | None = None,
) -> Agency:
    """Let the whole tree be another province's from a day on (docs/decisions/0306); return its root. Raises ActionNotAllowed.

    The root goes on under the new name, with its figures; the installation's facts and the letterheads of open plans follow on the
    day. province: with its kind, `thành phố …`; standing_agency: empty where it stays.
    """
    province, standing_agency = texts.line(province), texts.line(standing_agency)
    kind = next((kind for kind in ("tỉnh", "thành phố") if province.lower().startswith(f"{kind} ")), "")
    if not kind or len(province) > 80:
        raise ActionNotAllowed("Viết cả chữ “tỉnh” hoặc “thành phố” trước tên, tối đa 80 ký tự. Chưa thay đổi gì.")
    province = kind + province[len(kind) :]
    if ProvinceChange.objects.filter(first_day__gte=from_day).exists():
        raise ActionNotAllowed(
            f"Đã ghi tên mới của tỉnh từ ngày {formatting.date(from_day)} hoặc sau đó: hủy việc đó trước. Chưa thay đổi gì."
        )
    root = Agency.objects.filter(level=Level.PROVINCE).first()
    if root is None:
        raise ActionNotAllowed("Chưa có cây tổ chức. Chưa thay đổi gì.")
    rename_agency(
        agency=root,
        name=f"UBND {province}",
        short_name=short_name or f"UBND {kind}",
        from_day=from_day,
        by=by,
        reason=reason,
        address=address,
    )
    plan_change(first_day=from_day, province=province, standing_agency=standing_agency, today=clock.today())
    audit(
        by=by,
        act=ReorganisationAct.JOIN,
        label=province,
        address=address,
        agency=root.code,
        standing_agency=standing_agency,
        from_day=str(from_day),
        reason=reason,
    )
    return root


def read_share(text: str) -> Decimal:
    """Return a share of a territory as it is typed, `30%` or `0,3`. Raises NumberError."""
    in_percent = text.rstrip().endswith("%")
    places = SHARE_PLACES - 2 if in_percent else SHARE_PLACES
    typed = numbers.parse(text, places, allow_percent=True, maximum=100 if in_percent else 1, example="30% hoặc 0,3")
    share = typed.value / 100 if in_percent else typed.value
    if not 0 < share < 1:
        raise numbers.NumberError("Tỷ lệ địa bàn chuyển lớn hơn 0 và nhỏ hơn 100%: ghi như 30% hoặc 0,3.")
    return share


@transaction.atomic
def give_part(
    *,
    agency: Agency,
    into: Agency | NewAgency,
    share: Decimal,
    from_day: dt.date,
    by: User,
    reason: str,
    address: str | None = None,
) -> Agency:
    """Give a part of a commune's territory to another commune, or to a new one, from a day on; return that one. Both report on.

    Figures stay with who reported them. From the first window that ends on the day or later the shared denominators of both are
    reckoned by the share of the giver's (`denominators.follow_successions`). Raises ActionNotAllowed.
    """
    _check_reason(reason)
    locked = _locked_in_order(
        [agency] if isinstance(into, NewAgency) else sorted([agency, into], key=lambda one: one.pk)
    )
    agency = next(one for one in locked if one.pk == agency.pk)
    _check_changing([agency], from_day)
    day = formatting.date(from_day)
    if not 0 < share < 1 or share != round(share, SHARE_PLACES):
        raise ActionNotAllowed("Tỷ lệ địa bàn chuyển lớn hơn 0 và nhỏ hơn 100%. Chưa thay đổi gì.")
    if agency.level != Level.COMMUNE or (isinstance(into, Agency) and into.level != Level.COMMUNE):
        raise ActionNotAllowed("Chỉ chuyển một phần địa bàn giữa hai đơn vị cấp xã. Chưa thay đổi gì.")
    if into == agency:
        raise ActionNotAllowed("Đơn vị nhận phải là đơn vị khác. Chưa thay đổi gì.")
    gone = Succession.objects.filter(before=agency, first_day=from_day, share__isnull=False)
    if sum((row.share or Decimal(0) for row in gone), share) >= 1:
        raise ActionNotAllowed(
            f"Các phần của {agency} chuyển từ ngày {day} cộng lại phải nhỏ hơn 100%. Chưa thay đổi gì."
        )
    if isinstance(into, NewAgency):
        receiver = _made(into, like=agency, from_day=from_day)
        _hand_over(agency, receiver, from_day - dt.timedelta(days=1), by=by, reason=reason)
    else:
        receiver = next(one for one in locked if one.pk == into.pk)
        _check_goes_on(receiver, from_day)
        if not Agency.objects.in_force(from_day).filter(pk=receiver.pk).exists():
            raise ActionNotAllowed(f"Ngày {day} {receiver} không hoạt động. Chưa thay đổi gì.")
        if Succession.objects.filter(before=agency, after=receiver, first_day=from_day).exists():
            raise ActionNotAllowed(f"{receiver} đã tiếp nhận từ {agency} từ ngày {day}. Chưa thay đổi gì.")
    Succession.objects.create(before=agency, after=receiver, first_day=from_day, way=Succession.Way.PARTED, share=share)
    follow_successions([agency, receiver], from_day, by=by)
    audit(
        by=by,
        act=ReorganisationAct.GIVE_PART,
        label=agency.name,
        address=address,
        agency=agency.code,
        into=receiver.code,
        share=share_words(share),
        from_day=str(from_day),
        reason=reason,
    )
    request_rollup_from_day(from_day)
    return receiver


@transaction.atomic
def move_agency(
    *, agency: Agency, parent: Agency, from_day: dt.date, by: User, reason: str, address: str | None = None
) -> Placement:
    """Place an agency under another parent from a day on. Raises ActionNotAllowed.

    Its earlier figures move with it into the sums of windows that end on that day or later; earlier windows keep their
    tree (docs: domain, Roll-up).
    """
    reason = reason.strip()
    _check_reason(reason, missing="Chuyển đơn vị phải kèm lý do.")
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    day = formatting.date(from_day)
    if parent.level not in ABOVE[Level(agency.level)]:
        raise ActionNotAllowed(f"{agency} không thể trực thuộc {parent}. Chưa chuyển gì.")
    _check_goes_on(parent, from_day)
    if Agency.objects.in_force(from_day).filter(pk__in=[agency.pk, parent.pk]).count() < 2:
        raise ActionNotAllowed(f"Ngày {day} đơn vị hoặc cơ quan tiếp nhận không hoạt động. Chưa chuyển gì.")
    if Agency.objects.placed(from_day).get(pk=agency.pk).parent_as_of == parent.pk:
        raise ActionNotAllowed(f"Ngày {day} {agency} đã trực thuộc {parent}. Chưa chuyển gì.")
    placement = set_parent(agency=agency, parent=parent, from_day=from_day)
    audit(
        by=by,
        act=ReorganisationAct.MOVE,
        label=agency.name,
        address=address,
        agency=agency.code,
        parent=parent.code,
        from_day=str(from_day),
        reason=reason,
    )
    request_rollup_from_day(from_day)
    return placement


@transaction.atomic
def close_agency(
    *,
    agency: Agency,
    last_day: dt.date,
    by: User,
    reason: str,
    successor: Agency | None = None,
    address: str | None = None,
) -> Agency:
    """End an agency with a day. Raises ActionNotAllowed.

    It has no targets in windows that end later; the earlier months of its flows stay in the sums (docs: domain,
    Roll-up). From the day after, the successor takes over its children and assignments; without one it may have no
    children. Where it had ended on another day, or with another successor, that succession is undone first.
    """
    reason = reason.strip()
    _check_reason(reason, missing="Kết thúc hoạt động phải kèm lý do.")
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    if agency.level == Level.PROVINCE:
        raise ActionNotAllowed("Không thể kết thúc hoạt động của cấp tỉnh.")
    if agency.first_day is not None and last_day < agency.first_day:
        raise ActionNotAllowed(f"{agency} bắt đầu từ ngày {formatting.date(agency.first_day)}. Chưa thay đổi gì.")
    day_after = last_day + dt.timedelta(days=1)
    _check_whole([agency])
    taken = Succession.objects.filter(after=agency, first_day__gt=last_day).select_related("before__parent").first()
    if taken is not None:
        raise ActionNotAllowed(
            f"{agency} tiếp nhận {taken.before} từ ngày {formatting.date(taken.first_day)} nên không kết thúc trước đó được. "
            "Chưa thay đổi gì."
        )
    changed_from = day_after if agency.last_day is None else min(day_after, agency.last_day + dt.timedelta(days=1))
    if agency.last_day is not None:
        _take_back(agency, day_after, by=by, reason=reason)
    left = list(Agency.objects.placed_below(agency, day_after).in_force(day_after))
    if successor is None and left:
        raise ActionNotAllowed(f"Còn {len(left)} đơn vị trực thuộc {agency}: chọn cơ quan tiếp nhận. Chưa thay đổi gì.")
    if successor == agency:
        raise ActionNotAllowed("Cơ quan tiếp nhận phải là cơ quan khác.")
    if successor is not None:
        _check_goes_on(successor, day_after)
    handed = []
    if successor is not None:
        for below in left:
            move_agency(agency=below, parent=successor, from_day=day_after, by=by, reason=reason, address=address)
        handed = _hand_over(agency, successor, last_day, by=by, reason=reason)
    if successor is not None:
        _follow(agency, successor, day_after, Succession.Way.HANDED)
    agency.last_day = last_day
    agency.save(update_fields=["last_day"])
    audit(
        by=by,
        act=ReorganisationAct.END,
        label=agency.name,
        address=address,
        agency=agency.code,
        last_day=str(last_day),
        successor=successor.code if successor else "",
        targets=handed,
        reason=reason,
    )
    request_rollup_from_day(changed_from)
    return agency


@transaction.atomic
def move_accounts(
    *, people: Collection[User], to: Agency, by: User, reason: str, address: str | None = None
) -> list[User]:
    """Move accounts of an ended agency to one of its successors; roles and passwords stay. Raises ActionNotAllowed.

    Unsubmitted reports of the old agency can then no longer be submitted by them.
    """
    _check_reason(reason)
    if not by.holds(Role.ADMIN):
        raise ActionNotAllowed("Chỉ quản trị chuyển được tài khoản. Chưa chuyển gì.")
    if not people:
        raise ActionNotAllowed("Chọn tài khoản. Chưa chuyển gì.")
    accounts = User.objects.select_for_update(of=("self",)).select_related("agency")
    moved = list(accounts.filter(pk__in=[person.pk for person in people]).order_by("pk"))
    today = clock.today()
    if not Agency.objects.in_force(today).filter(pk=to.pk).exists():
        raise ActionNotAllowed(f"{to} không hoạt động hôm nay. Chưa chuyển gì.")
    _check_goes_on(to, today)
    for person in moved:
        old = person.agency
        if old is None or old.last_day is None or old.last_day >= today:
            raise ActionNotAllowed(
                f"{person.username}: đơn vị của tài khoản này chưa kết thúc hoạt động. Chưa chuyển gì."
            )
        if not Succession.objects.filter(before=old, after=to).exists():
            raise ActionNotAllowed(f"{person.username}: {to} không tiếp nhận nhiệm vụ của {old}. Chưa chuyển gì.")
        person.agency = to
        person.save(update_fields=["agency"])
        audit(
            by=by,
            act=ReorganisationAct.MOVE_ACCOUNT,
            label=person.username,
            address=address,
            agency=[old.code, to.code],
            reason=reason,
        )
    return moved


def planned_change_of(agency: Agency) -> PlannedChange | None:
    """Return the latest merger, split or end of an agency whose day has not come; None where there is none."""
    return _latest_change(agency, Q(first_day__gt=clock.today()), lambda day: day > clock.today())


def past_change_of(agency: Agency) -> PlannedChange | None:
    """Return the latest merger, split or end of an agency whose day has come; None where there is none."""
    return _latest_change(agency, Q(first_day__lte=clock.today()), lambda day: day <= clock.today())


def _latest_change(agency: Agency, among: Q, fits: Callable[[dt.date], bool]) -> PlannedChange | None:
    """Return the latest change of an agency whose first day is among those that are meant."""
    rows = Succession.objects.filter(among, Q(before=agency) | Q(after=agency))
    row = rows.order_by("-first_day", "pk").first()
    gone = None if agency.last_day is None else agency.last_day + dt.timedelta(days=1)
    if gone is not None and fits(gone) and (row is None or row.first_day < gone):
        return PlannedChange((agency,), (), gone, None)
    if row is None:
        return None
    whole = {"after": row.after} if row.way == Succession.Way.MERGED else {"before": row.before}
    rows = Succession.objects.filter(**whole, way=row.way, first_day=row.first_day)
    successions = list(
        rows.select_related("before__parent", "after__parent").order_by("before__position", "after__position")
    )
    return PlannedChange(
        before=tuple(dict.fromkeys(each.before for each in successions)),
        after=tuple(dict.fromkeys(each.after for each in successions)),
        first_day=row.first_day,
        way=Succession.Way(row.way),
        shares={each.after_id: each.share for each in successions if each.share is not None},
    )


@transaction.atomic
def take_back_change(*, agency: Agency, by: User, reason: str, address: str | None = None) -> PlannedChange:
    """Undo the planned change of an agency (`planned_change_of`) before its day. Raises ActionNotAllowed.

    The agencies continue as before, those created for the change are deleted, children and assignments are returned.
    """
    _check_reason(reason)
    planned = planned_change_of(agency)
    if planned is None:
        raise ActionNotAllowed(
            f"{agency} không có việc sáp nhập, tách hoặc kết thúc nào chưa đến ngày. Chưa thay đổi gì."
        )
    _locked_in_order([*planned.before, *planned.after])
    planned = planned_change_of(agency)
    if planned is None:
        raise ActionNotAllowed(
            f"{agency} không có việc sáp nhập, tách hoặc kết thúc nào chưa đến ngày. Chưa thay đổi gì."
        )
    _undo(planned, ReorganisationAct.CANCEL, by=by, reason=reason, address=address)
    return planned


@transaction.atomic
def undo_change(*, agency: Agency, by: User, reason: str, address: str | None = None) -> PlannedChange:
    """Undo the latest change of an agency whose day has come (`past_change_of`), as if it had never been, while no report of
    the new tree is approved; the log keeps both. Raises ActionNotAllowed.

    Agencies made for the change are deleted: nobody may have entered anything for them.
    """
    _check_reason(reason)
    _locked_in_order([agency])
    past = past_change_of(Agency.objects.get(pk=agency.pk))
    if past is None:
        raise ActionNotAllowed(
            f"{agency} không có việc sáp nhập, tách hoặc kết thúc nào đã đến ngày. Chưa thay đổi gì."
        )
    concerned = _locked_in_order([*past.before, *past.after])
    check_undoable(concerned, past.first_day)
    for new in past.after:
        if new.first_day == past.first_day:
            _clear_empty_reports(new)
    _undo(past, ReorganisationAct.UNDO, by=by, reason=reason, address=address)
    return past


def check_undoable(agencies: Sequence[Agency], first_day: dt.date) -> None:
    """Raise ActionNotAllowed where agencies changed again after a day, or a report of theirs, or of what lies below them, is
    approved for a window that ends on it or later."""
    later = {"first_day__gt": first_day}
    for agency in agencies:
        changed = Succession.objects.filter(Q(before=agency) | Q(after=agency), **later).exists()
        if changed or agency.placements.filter(**later).exists() or agency.names.filter(**later).exists():
            raise ActionNotAllowed(
                f"{agency} còn thay đổi sau ngày {formatting.date(first_day)}: hủy hoặc hoàn tác việc đó trước. "
                "Chưa thay đổi gì."
            )
    keys = {agency.pk for agency in agencies}
    for day in (first_day - dt.timedelta(days=1), first_day):
        for agency in agencies:
            keys.update(Agency.objects.placed_within(agency, day).values_list("pk", flat=True))
    approved = Submission.objects.filter(agency__in=keys, period__window_last__gte=first_day, is_official=True)
    report = approved.select_related("agency__parent", "period__plan").order_by("period__window_last", "pk").first()
    if report is not None:
        raise ActionNotAllowed(
            f"Phiếu {report.period} của {report.agency} đã được duyệt theo cây tổ chức mới nên không hoàn tác được: "
            "ghi thay đổi ngược lại từ một ngày khác. Chưa thay đổi gì."
        )


def _clear_empty_reports(agency: Agency) -> None:
    """Delete the drafts of an agency in which nobody entered anything. Raises ActionNotAllowed where somebody did."""
    for report in Submission.objects.filter(agency=agency).select_related("period__plan"):
        if report.first_submitted_at or report.actuals.exists() or report.evidence.exists():
            raise ActionNotAllowed(
                f"{agency} đã nhập số liệu trong phiếu {report.period}: rút lại hoặc trả lại phiếu, xóa số và minh chứng "
                "trong phiếu trước. Chưa thay đổi gì."
            )
        try:
            report.delete()
        except ProtectedError:
            raise ActionNotAllowed(
                f"Phiếu {report.period} của {agency} còn nội dung khác: xóa trước. Chưa thay đổi gì."
            ) from None


def _undo(planned: PlannedChange, act: ReorganisationAct, *, by: User, reason: str, address: str | None) -> None:
    """Undo a change whose agencies are locked: they go on as before, those made for it are deleted, children and assignments are
    returned."""
    rows = Succession.objects.filter(before__in=planned.before, after__in=planned.after, first_day=planned.first_day)
    rows = rows.filter(way=planned.way)
    for old in planned.before:
        _hand_back(old, [new.pk for new in planned.after], planned.first_day, by=by, reason=reason, among=rows)
    rows.delete()
    if planned.way != Succession.Way.PARTED:
        for old in planned.before:
            old.last_day = None
            old.save(update_fields=["last_day"])
    follow_successions([*planned.before, *planned.after], planned.first_day, by=by)
    made = [new for new in planned.after if _was_made_for(new, planned.first_day)]
    for new in made:
        _unmake(new)
    audit(
        by=by,
        act=act,
        label=planned.sentence,
        address=address,
        agencies=[old.code for old in planned.before],
        into=[new.code for new in planned.after],
        removed=[new.code for new in made],
        from_day=str(planned.first_day),
        reason=reason,
    )
    request_rollup_from_day(planned.first_day)


def _was_made_for(agency, first_day):
    """Return True where an agency was created only for the change of this day."""
    begun = agency.first_day == first_day and not agency.placements.exclude(first_day=first_day).exists()
    return begun and not agency.origins.exists()


def _unmake(agency):
    """Delete an agency that was to begin on a future day."""
    if agency.users.exists():
        raise ActionNotAllowed(f"{agency} đã có tài khoản: chuyển tài khoản đó về đơn vị khác trước. Chưa thay đổi gì.")
    agency.placements.all().delete()
    agency.names.all().delete()
    try:
        agency.delete()
    except ProtectedError:
        raise ActionNotAllowed(f"{agency} đã được giao việc khác nên không hủy được. Chưa thay đổi gì.") from None


def _take_back(agency, day_after, *, by, reason):
    """Undo the succession of an agency's end, as far as it is unchanged since. day_after: the day after its present
    end."""
    gone = agency.last_day + dt.timedelta(days=1)
    handed = Succession.objects.filter(before=agency, first_day=gone, way=Succession.Way.HANDED)
    successors = list(handed.values_list("after", flat=True))
    _hand_back(agency, successors, gone, by=by, reason=reason, among=handed)
    handed.delete()
    agency.last_day = None
    agency.save(update_fields=["last_day"])


def _hand_back(agency, successors, first_day, *, by, reason, among):
    """Return an agency's children to it, and end the assignments that its successors (primary keys) took over; except
    those that another agency, whose succession is not `among` these, passed on as well."""
    last_day = first_day - dt.timedelta(days=1)
    below = Agency.objects.placed_below(agency, last_day).values("pk")
    for placement in Placement.objects.filter(agency__in=below, parent__in=successors, first_day=first_day):
        remove_parent(placement)
    others = Succession.objects.filter(after__in=successors, first_day=first_day).exclude(pk__in=among.values("pk"))
    shared = set(others.values_list("after", "before__assignments__target"))
    duties = Assignment.objects.filter(
        agency__in=successors, first_day=first_day, target__in=agency.assignments.values("target")
    ).exclude(target__plan__state=PlanState.CLOSED)
    for duty in duties.select_related("target", "agency"):
        if (duty.agency_id, duty.target_id) in shared:
            continue
        if duty.exemptions.exists():
            raise ActionNotAllowed(
                f"{duty.agency} đang được miễn báo cáo {duty.target.code} nhận từ {agency}: "
                "bỏ miễn trước. Chưa thay đổi gì."
            )
        delete_with_history(duty, by=by, reason=reason)


def _check_whole(agencies):
    """Raise ActionNotAllowed where one of them was or will be merged or split already: it would continue in two
    places."""
    ways = [Succession.Way.MERGED, Succession.Way.SPLIT]
    rows = Succession.objects.filter(before__in=agencies, way__in=ways).select_related(
        "before__parent", "after__parent"
    )
    row = rows.order_by("first_day", "after__position").first()
    if row is None:
        return
    what = f"sáp nhập vào {row.after}" if row.way == Succession.Way.MERGED else "tách"
    advice = " Ghi nhầm thì hủy việc đó trước." if row.first_day > clock.today() else ""
    raise ActionNotAllowed(
        f"{row.before} đã {what} từ ngày {formatting.date(row.first_day)}.{advice} Chưa thay đổi gì."
    )


def _check_goes_on(agency, from_day):
    """Raise ActionNotAllowed where an agency whose own end is recorded would receive something.

    An agency that does not exist on the day and has no successor is refused elsewhere.
    """
    agency = Agency.objects.select_related("parent").get(pk=agency.pk)
    if agency.last_day is None:
        return
    first_day = agency.last_day + dt.timedelta(days=1)
    # A part that it gave away on the same day is not what ended it.
    ends = Succession.objects.filter(before=agency, first_day=first_day).exclude(way=Succession.Way.PARTED)
    row = ends.select_related("after__parent").order_by("after__position").first()
    if row is None and agency.last_day < from_day:
        return
    what = "kết thúc hoạt động"
    if row is not None:
        what = {
            Succession.Way.MERGED: f"sáp nhập vào {row.after}",
            Succession.Way.SPLIT: "tách",
            Succession.Way.HANDED: f"giao nhiệm vụ cho {row.after}",
        }[Succession.Way(row.way)]
    advice = " Chọn đơn vị khác; ghi nhầm thì hủy việc đó trước." if first_day > clock.today() else " Chọn đơn vị khác."
    raise ActionNotAllowed(
        f"{agency} {what} từ ngày {formatting.date(first_day)} nên không tiếp nhận được.{advice} Chưa thay đổi gì."
    )


def _follow(agency, successor, from_day, way):
    """Store the successor of an agency."""
    Succession.objects.update_or_create(before=agency, after=successor, first_day=from_day, defaults={"way": way})


def _check_reason(reason, *, missing="Thay đổi tổ chức phải kèm lý do: số nghị quyết, quyết định."):
    if not reason.strip():
        raise ActionNotAllowed(missing)
    if texts.looks_like_tcvn3(reason):
        raise ActionNotAllowed(f"{texts.TCVN3_ADVICE}. Chưa thay đổi gì.")


def _check_names(name, short_name):
    if not name or not short_name:
        raise ActionNotAllowed("Ghi cả tên đầy đủ và tên ngắn. Chưa thay đổi gì.")
    if len(name) > 200 or len(short_name) > 80:
        raise ActionNotAllowed("Tên dài nhất 200 ký tự, tên ngắn 80 ký tự. Chưa thay đổi gì.")


def _locked_in_order(agencies):
    """Return the agencies as they are now, locked until the transaction ends, in one order, so that two changes cannot
    deadlock."""
    rows = Agency.objects.select_for_update().filter(pk__in=[agency.pk for agency in agencies])
    by_pk = {agency.pk: agency for agency in rows.order_by("pk")}
    return [by_pk[agency.pk] for agency in agencies]


def _check_changing(agencies, from_day):
    """Raise ActionNotAllowed where one does not exist on the last day before, or is the province."""
    if not agencies:
        raise ActionNotAllowed("Chọn đơn vị. Chưa thay đổi gì.")
    before = from_day - dt.timedelta(days=1)
    there = set(Agency.objects.in_force(before).filter(pk__in=[a.pk for a in agencies]).values_list("pk", flat=True))
    for agency in agencies:
        if agency.level == Level.PROVINCE:
            raise ActionNotAllowed(
                "Không thể sáp nhập hoặc tách cấp tỉnh. Tỉnh về tỉnh khác: giữ mã, ghi tên mới. Chưa thay đổi gì."
            )
        if agency.pk not in there:
            raise ActionNotAllowed(f"Ngày {formatting.date(before)} {agency} không hoạt động. Chưa thay đổi gì.")


def _made(new, *, like, from_day):
    """Return a new agency from a day on, of the level and under the parent of another."""
    name, short_name = " ".join(new.name.split()), " ".join(new.short_name.split())
    _check_names(name, short_name)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", new.code, re.ASCII):
        raise ActionNotAllowed(
            f"Mã {new.code!r} không hợp lệ: chữ thường không dấu, chữ số, gạch nối, tối đa 32. Chưa thay đổi gì."
        )
    if Agency.objects.filter(code=new.code).exists():
        raise ActionNotAllowed(f"Mã {new.code} đã có đơn vị dùng. Chưa thay đổi gì.")
    parent_pk = Agency.objects.placed(from_day - dt.timedelta(days=1)).get(pk=like.pk).parent_as_of
    if parent_pk is None:
        raise LookupError(f"{like.code} has no parent on the day before {from_day}")
    parent = Agency.objects.get(pk=parent_pk)
    made = Agency.objects.create(
        code=new.code,
        name=name,
        short_name=short_name,
        level=like.level,
        parent=parent,
        first_day=from_day,
        position=like.position,
    )
    set_parent(agency=made, parent=parent, from_day=from_day)
    return made


def _hand_over(agency, successor, last_day, *, by, reason):
    """Assign the targets of an agency's last day to its successor from the day after; return the codes of the new
    ones."""
    day_after = last_day + dt.timedelta(days=1)
    if not Agency.objects.in_force(day_after).filter(pk=successor.pk).exists():
        raise ActionNotAllowed(f"Ngày {formatting.date(day_after)} {successor} không hoạt động. Chưa thay đổi gì.")
    assigned = Assignment.objects.filter(agency=successor).values("target")
    missing = Assignment.objects.in_force(last_day).filter(agency=agency).exclude(target__in=assigned)
    missing = missing.exclude(target__plan__state=PlanState.CLOSED)
    duties = list(missing.select_related("target").order_by("target__position"))
    for duty in duties:
        fresh = Assignment(target=duty.target, agency=successor, first_day=day_after)
        save_with_history(fresh, by=by, reason=reason)
    return [duty.target.code for duty in duties]
