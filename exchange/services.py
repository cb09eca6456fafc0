"""Connections of other systems: asked for, granted or refused, given a key, ended."""

import datetime as dt

from django.db import transaction

from agencies.models import User
from agencies.roles import Role
from core import clock, formatting
from core.audit.services import audit
from exchange import keys, notifications
from exchange.audit_acts import SystemAct
from exchange.models import DECIDERS, ConnectedSystem, Right, SystemState
from indicators.errors import ActionNotAllowed

# A connection is granted for so many days at most; it is asked for again afterwards.
MOST_DAYS = 366


@transaction.atomic
def ask(*, by: User, name: str, purpose: str, right: Right, address: str | None = None) -> ConnectedSystem:
    """Ask to connect a system that acts in one's own name. Those who decide are notified. Raises ActionNotAllowed."""
    if right == Right.REPORT and not may_report(by):
        raise ActionNotAllowed("Chỉ đầu mối nhập số liệu của đơn vị được nộp phiếu bằng hệ thống. Chưa gửi đề nghị.")
    system = ConnectedSystem.objects.create(
        name=name, purpose=purpose, right=right, owner=by, asked_at=clock.now(), client_id=keys.new_client_id()
    )
    audit(by=by, act=SystemAct.ASK, label=name, address=address, system=system.pk, right=str(right))
    notifications.asked(system, by=by)
    return system


def may_report(user: User) -> bool:
    """Return whether a user fills in the report of an agency."""
    return user.is_active and user.holds(Role.FOCAL) and user.agency_id is not None


@transaction.atomic
def grant(*, system: ConnectedSystem, by: User, expires_on: dt.date, address: str | None = None) -> ConnectedSystem:
    """Grant a connection until a day, at most MOST_DAYS ahead. Its owner is notified. Raises ActionNotAllowed."""
    today = clock.today()
    if not today < expires_on <= today + dt.timedelta(days=MOST_DAYS):
        last = formatting.date(today + dt.timedelta(days=MOST_DAYS))
        raise ActionNotAllowed(f"Ngày hết hạn phải sau hôm nay và không quá ngày {last}. Chưa cho phép.")
    system = _to_decide(system, by)
    system.state, system.expires_on = SystemState.GRANTED, expires_on
    return _decide(system, by, SystemAct.GRANT, address)


@transaction.atomic
def refuse(*, system: ConnectedSystem, by: User, reason: str, address: str | None = None) -> ConnectedSystem:
    """Refuse a connection with a reason, which its owner is told. Raises ActionNotAllowed."""
    if not reason:
        raise ActionNotAllowed("Từ chối phải kèm lý do. Chưa từ chối.")
    system = _to_decide(system, by)
    system.state, system.reason = SystemState.REFUSED, reason
    return _decide(system, by, SystemAct.REFUSE, address)


def _to_decide(system: ConnectedSystem, by: User) -> ConnectedSystem:
    """Return a connection that waits for a decision, locked."""
    if not by.holds(*DECIDERS):
        raise ActionNotAllowed("Chỉ cơ quan thường trực và quản trị trả lời đề nghị kết nối.")
    system = _locked(system)
    if system.state != SystemState.ASKED:
        raise ActionNotAllowed(f"Đề nghị này đã được trả lời: {system.get_state_display().lower()}.")
    return system


def _decide(system: ConnectedSystem, by: User, act: SystemAct, address: str | None) -> ConnectedSystem:
    """Store a decision, log it and tell the owner."""
    system.decided_at, system.decided_by = clock.now(), by
    system.save()
    audit(by=by, act=act, label=system.name, address=address, system=system.pk, owner=system.owner_id)
    notifications.decided(system, by=by)
    return system


@transaction.atomic
def make_key(*, system: ConnectedSystem, by: User, address: str | None = None) -> keys.Key:
    """Return a new key of a granted connection, to be shown once; the one before works no more. Raises ActionNotAllowed."""
    system = _locked(system)
    if by.pk != system.owner_id:
        raise ActionNotAllowed("Chỉ người chịu trách nhiệm tạo khóa của hệ thống này.")
    if not system.may_have_key:
        raise ActionNotAllowed("Kết nối chưa được cho phép hoặc đã hết hạn nên chưa tạo khóa.")
    key = keys.new_key(system.client_id)
    system.key_hash, system.key_made_at = keys.hash_of(key.secret), clock.now()
    system.save(update_fields=["key_hash", "key_made_at"])
    audit(by=by, act=SystemAct.MAKE_KEY, label=system.name, address=address, system=system.pk)
    return key


@transaction.atomic
def end(*, system: ConnectedSystem, by: User, address: str | None = None) -> ConnectedSystem:
    """End a connection, or take back one that waits for its decision. Its key works no more. Raises ActionNotAllowed."""
    system = _locked(system)
    if by.pk != system.owner_id and not by.holds(*DECIDERS):
        raise ActionNotAllowed("Chỉ người chịu trách nhiệm, cơ quan thường trực và quản trị ngừng kết nối này.")
    if system.state not in (SystemState.ASKED, SystemState.GRANTED):
        raise ActionNotAllowed(f"Kết nối này đã kết thúc: {system.get_state_display().lower()}.")
    system.state, system.key_hash = SystemState.ENDED, ""
    system.save(update_fields=["state", "key_hash"])
    audit(by=by, act=SystemAct.END, label=system.name, address=address, system=system.pk)
    return system


def _locked(system: ConnectedSystem) -> ConnectedSystem:
    """Return a connection as it is stored now, locked until the transaction ends."""
    return ConnectedSystem.objects.select_for_update(of=("self",)).select_related("owner").get(pk=system.pk)
