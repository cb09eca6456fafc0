"""Changes to the plan's own list of projects: one is added, corrected, withdrawn, put back. Each says why."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max

from agencies.models import GROUP_WORDS, Agency, Party, User, is_outside
from core import clock, formatting
from core.audit.services import audit
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import DEFINERS, Plan, Target
from indicators.periods import plan_guard
from projects.audit_acts import ProjectAct
from projects.models import Project, ProjectGroup, ProjectLink, ProjectParty


class Amendment(NamedTuple):
    """A project as it shall be. leads, coordinators: codes of agencies or groups; reported_by: the code of the agency
    that reports on behalf of an outside lead; targets: the codes of those that it serves."""

    name: str
    leads: tuple[str, ...] = ()
    reported_by: str = ""
    coordinators: tuple[str, ...] = ()
    due: dt.date | None = None
    is_ongoing: bool = False
    targets: tuple[str, ...] = ()

    @classmethod
    def stored(cls, project: Project) -> "Amendment":
        """Return a project, loaded with its parties, as it is."""
        reporters = [party.reported_by.code for party in project.leads if party.reported_by is not None]
        return cls(
            name=project.name,
            leads=tuple(map(code_of, project.leads)),
            reported_by=reporters[0] if reporters else "",
            coordinators=tuple(map(code_of, project.coordinators)),
            due=project.due,
            is_ongoing=project.is_ongoing,
            targets=tuple(Target.objects.filter(projects=project).in_order().values_list("code", flat=True)),
        )


LABELS = {
    "name": "Tên dự án, nhiệm vụ",
    "leads": "Chủ trì",
    "reported_by": "Đơn vị báo cáo thay",
    "coordinators": "Phối hợp",
    "due": "Hạn hoàn thành",
    "is_ongoing": "Thường xuyên",
    "targets": "Phục vụ chỉ tiêu",
}


def code_of(party: ProjectParty) -> str:
    """Return the code of a party's agency or group."""
    return party.agency.code if party.agency is not None else party.group


def may_amend(user: User) -> bool:
    """Return whether a person may change the plan's list of projects: the standing agency and administrators."""
    return user.is_active and user.holds(*DEFINERS)


def flaw_in(plan: Plan, amendment: Amendment) -> tuple[str, str] | None:
    """Return the first fault of an amendment as (field, reason); None where it is valid."""
    if not amendment.name:
        return "name", "Ghi tên dự án, nhiệm vụ."
    if not amendment.leads:
        return "leads", "Chọn ít nhất một cơ quan chủ trì."
    if any(is_outside(code) for code in amendment.leads) != bool(amendment.reported_by):
        if amendment.reported_by:
            return "reported_by", "Chỉ chọn khi đơn vị chủ trì ở ngoài hệ thống."
        return "reported_by", "Đơn vị chủ trì ở ngoài hệ thống: chọn cơ quan báo cáo thay."
    if amendment.is_ongoing and amendment.due:
        return "due", "Nhiệm vụ thường xuyên không có hạn hoàn thành."
    if amendment.due is not None and amendment.due <= plan.first_day:
        return "due", f"Hạn phải sau {formatting.date(plan.first_day)}."
    return None


@transaction.atomic
def add_project(
    *, section: ProjectGroup, amendment: Amendment, reason: str, by: User, address: str | None = None
) -> Project:
    """Add a project to a group of the plan, from today on. Raises ActionNotAllowed without a right, a reason, or for a
    flaw."""
    reason = _checked(section.plan, amendment, reason, by)
    section = ProjectGroup.objects.select_for_update(of=("self",)).select_related("plan").get(pk=section.pk)
    plan_guard.require_open(section.plan)
    last = section.projects.aggregate(last=Max("number"))["last"] or 0
    project = Project.objects.create(
        section=section,
        number=last + 1,
        name=amendment.name,
        timing_text=_timing(amendment),
        due=amendment.due,
        is_ongoing=amendment.is_ongoing,
        leads_text=_names(amendment.leads),
        coordinators_text=_names(amendment.coordinators),
        added_on=clock.today(),
        added_by=by,
    )
    _write_parties(project, amendment)
    _write_targets(project, amendment)
    audit(by=by, act=ProjectAct.ADD, label=str(project)[:300], address=address, reason=reason)
    return project


@transaction.atomic
def correct_project(
    *, project: Project, amendment: Amendment, reason: str, by: User, seen: int, address: str | None = None
) -> Project:
    """Correct a project; the name as it was signed stays beside a corrected one.

    seen: the revision that the person looked at. Without a change it confirms an assumed reporter
    (`Project.assumes_reporter`). Raises ActionNotAllowed without a right, a reason, a change, or for a flaw; EditConflict
    where another person changed it in between.
    """
    reason = _checked(project.section.plan, amendment, reason, by)
    stored = _locked(project)
    before = Amendment.stored(stored)
    changes = {
        LABELS[name]: [_words(name, old), _words(name, new)]
        for name, old, new in zip(Amendment._fields, before, amendment, strict=True)
        if old != new
    }
    if seen != stored.revision:
        if not changes:
            return stored  # most likely the person's own save, whose answer was lost
        raise EditConflict("Có người vừa sửa dự án này. Chưa lưu gì; xem lại rồi lưu lần nữa.", stored)
    if not changes and stored.assumes_reporter:
        name = _words("reported_by", before.reported_by)
        changes = {LABELS["reported_by"]: [f"{name} (giả định)", f"{name} (đã xác nhận)"]}
    if not changes:
        raise ActionNotAllowed("Chưa đổi gì. Chưa lưu gì.")
    if stored.added_on is None and amendment.name != stored.name:
        signed = stored.signed_name or stored.name
        stored.signed_name = "" if amendment.name == signed else signed
    stored.name, stored.due, stored.is_ongoing = amendment.name, amendment.due, amendment.is_ongoing
    if stored.added_on is not None:
        stored.timing_text = _timing(amendment)
    if before.leads != amendment.leads:
        stored.leads_text = _names(amendment.leads)
    if before.coordinators != amendment.coordinators:
        stored.coordinators_text = _names(amendment.coordinators)
    stored.revision += 1
    stored.save()
    parties = (before.leads, before.reported_by, before.coordinators)
    if parties != (amendment.leads, amendment.reported_by, amendment.coordinators):
        stored.parties.all().delete()
        _write_parties(stored, amendment)
    if set(before.targets) != set(amendment.targets):
        stored.links.all().delete()
        _write_targets(stored, amendment)
    audit(by=by, act=ProjectAct.CORRECT, label=str(stored)[:300], address=address, reason=reason, changes=changes)
    return stored


@transaction.atomic
def withdraw_project(*, project: Project, reason: str, by: User, address: str | None = None) -> Project:
    """Withdraw a project from today on: it stays to be seen as withdrawn, and no number counts it. Raises
    ActionNotAllowed."""
    reason = _may(by, reason)
    stored = _locked(project)
    if stored.withdrawn_on is not None:
        raise ActionNotAllowed(f"Dự án này đã rút từ ngày {formatting.date(stored.withdrawn_on)}.")
    stored.withdrawn_on, stored.withdrawn_by, stored.withdrawn_reason = clock.today(), by, reason
    stored.revision += 1
    stored.save(update_fields=["withdrawn_on", "withdrawn_by", "withdrawn_reason", "revision"])
    audit(by=by, act=ProjectAct.WITHDRAW, label=str(stored)[:300], address=address, reason=reason)
    return stored


@transaction.atomic
def put_back(*, project: Project, reason: str, by: User, address: str | None = None) -> Project:
    """Put a withdrawn project back into the plan. Raises ActionNotAllowed."""
    reason = _may(by, reason)
    stored = _locked(project)
    if stored.withdrawn_on is None:
        raise ActionNotAllowed("Dự án này không bị rút. Không có gì thay đổi.")
    stored.withdrawn_on, stored.withdrawn_by, stored.withdrawn_reason = None, None, ""
    stored.revision += 1
    stored.save(update_fields=["withdrawn_on", "withdrawn_by", "withdrawn_reason", "revision"])
    audit(by=by, act=ProjectAct.PUT_BACK, label=str(stored)[:300], address=address, reason=reason)
    return stored


def _may(by: User, reason: str) -> str:
    """Return the reason without blanks around it. Raises ActionNotAllowed without it, or without the right."""
    if not may_amend(by):
        raise ActionNotAllowed("Tài khoản không sửa được danh mục dự án. Không có gì thay đổi.")
    if not reason.strip():
        raise ActionNotAllowed("Việc này phải kèm lý do.")
    return reason.strip()


def _checked(plan: Plan, amendment: Amendment, reason: str, by: User) -> str:
    reason = _may(by, reason)
    flaw = flaw_in(plan, amendment)
    if flaw:
        raise ActionNotAllowed(flaw[1])
    return reason


def _locked(project: Project) -> Project:
    locked = (
        Project.objects.select_for_update(of=("self",))
        .with_parties()
        .select_related("section__plan")
        .get(pk=project.pk)
    )
    plan_guard.require_open(locked.section.plan)
    return locked


def _write_parties(project: Project, amendment: Amendment) -> None:
    codes = (*amendment.leads, *amendment.coordinators, amendment.reported_by)
    agencies = {agency.code: agency for agency in Agency.objects.filter(code__in=codes)}
    for part, members in ((Party.Part.LEAD, amendment.leads), (Party.Part.COORDINATOR, amendment.coordinators)):
        for position, code in enumerate(members):
            if code not in agencies and code not in GROUP_WORDS:
                raise ActionNotAllowed("Có cơ quan không còn trong danh sách. Chưa lưu gì; chọn lại.")
            is_reported = part == Party.Part.LEAD and is_outside(code)
            ProjectParty.objects.create(
                project=project,
                part=part,
                agency=agencies.get(code),
                group="" if code in agencies else code,
                reported_by=agencies[amendment.reported_by] if is_reported else None,
                position=position,
            )


def _write_targets(project: Project, amendment: Amendment) -> None:
    targets = Target.objects.filter(plan=project.section.plan_id, code__in=amendment.targets)
    ProjectLink.objects.bulk_create(ProjectLink(project=project, target=target) for target in targets)


def _timing(amendment: Amendment) -> str:
    if amendment.is_ongoing:
        return "Thường xuyên"
    return f"Đến {formatting.date(amendment.due)}" if amendment.due else ""


def _names(codes: Iterable[str]) -> str:
    codes = list(codes)
    names = dict(Agency.objects.filter(code__in=codes).values_list("code", "name")) | GROUP_WORDS
    return "; ".join(names.get(code, code) for code in codes)


def _words(name: str, value: object) -> str:
    """Return a field's value as the log tells it."""
    if name in ("leads", "coordinators") and isinstance(value, Sequence):
        return _names(value) or formatting.NONE
    if name == "targets" and isinstance(value, Sequence):
        return ", ".join(value) or formatting.NONE
    if name == "reported_by":
        return _names([str(value)]) if value else formatting.NONE
    if isinstance(value, dt.date):
        return formatting.date(value)
    if isinstance(value, bool):
        return "có" if value else "không"
    return str(value) if value else formatting.NONE
