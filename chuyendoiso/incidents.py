"""Incidents: a part of the system that needs a hand (*Tình trạng hệ thống*), from when it was seen until it was seen well again.

They stand in the audit log, one line when each begins and one when it ends; administrators are told of both, by mail too.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from agencies.models import User
from agencies.roles import Role
from chuyendoiso import notifications, system_state
from chuyendoiso.system_state import StateLine
from core import clock
from core.audit.acts import LogAct
from core.audit.models import AuditChainHead, AuditEntry
from core.audit.services import audit

# A part that was well again begins no other incident so soon: what comes and goes is told of at most twice within this time.
QUIET = dt.timedelta(hours=1)
# No more lines of incidents than this are read; there are about ten parts.
RECENT = 200


def follow_incidents() -> None:
    """Note the incidents that began or ended since the last time, and tell the administrators. Nothing while there is nobody to be
    told, as on the first day."""
    people = administrators()
    if not people:
        return
    lines, now = system_state.lines(), clock.now()
    if not _changes(lines, now):
        return
    with transaction.atomic():
        # Two workers that ask at the same moment note each change once.
        AuditChainHead.objects.select_for_update().first()
        for line, act in _changes(lines, now):
            text = " ".join(part for part in (line.state, line.advice) if part)
            entry = audit(by=None, act=act, label=line.title, text=text)
            notifications.incident(people, entry.pk, line, has_ended=act == LogAct.INCIDENT_ENDED)


def open_since() -> dict[str, dt.datetime]:
    """Return when each incident that has not ended began, by the title of its part. One query."""
    return {title: last.at for title, last in _last_lines().items() if last.act == LogAct.INCIDENT_BEGAN}


def administrators() -> list[User]:
    """Return the people who are told of incidents."""
    return list(User.objects.filter(is_active=True, user_roles__role=Role.ADMIN).distinct())


def _changes(lines: Iterable[StateLine], now: dt.datetime) -> list[tuple[StateLine, LogAct]]:
    """Return the parts that became ill, and those that became well or that there are no longer."""
    last, changes = _last_lines(), []
    ill = {line.title: line for line in lines if not line.is_well}
    well = {line.title: line for line in lines if line.is_well}
    for title, line in ill.items():
        before = last.get(title)
        if before is None or (before.act == LogAct.INCIDENT_ENDED and now - before.at >= QUIET):
            changes.append((line, LogAct.INCIDENT_BEGAN))
    for title, before in last.items():
        if before.act == LogAct.INCIDENT_BEGAN and title not in ill:
            changes.append((well.get(title, StateLine(title, "Không còn phần này.")), LogAct.INCIDENT_ENDED))
    return changes


def _last_lines() -> dict[str, AuditEntry]:
    """Return the last line of the log about each part's incidents."""
    acts = [LogAct.INCIDENT_BEGAN, LogAct.INCIDENT_ENDED]
    recent = AuditEntry.objects.filter(act__in=acts).order_by("-number")[:RECENT]
    return {entry.object_label: entry for entry in reversed(recent)}
