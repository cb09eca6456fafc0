"""The assignment of commitments of the plan."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from agencies.models import GROUP_WORDS, GROUPS, Agency, Party, User
from core import formatting
from core.audit.services import audit
from indicators.audit_acts import CommitmentAct
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import DEFINERS, Commitment, CommitmentParty
from indicators.periods import plan_guard
from indicators.targets.commitments import notifications

NOBODY = "chưa phân công"


def may_assign(user: User) -> bool:
    """Return whether a person may assign commitments: the standing agency and administrators."""
    return user.is_active and user.holds(*DEFINERS)


@transaction.atomic
def assign(
    *,
    commitment: Commitment,
    leads: Sequence[str],
    due: dt.date | None,
    ground: str,
    by: User,
    seen: int | None = None,
    address: str | None = None,
) -> Commitment:
    """Assign a commitment, or take its assignment back.

    leads: codes of agencies or groups, the one that leads first; none: nobody is assigned any more. ground: the document
    or the reason. seen: the revision that the person looked at. Raises ActionNotAllowed without a right, a ground, a
    change or for a due day outside the plan, EditConflict where another person assigned it in between.
    """
    ground, leads = " ".join(ground.split()), list(dict.fromkeys(leads))
    if not may_assign(by):
        raise ActionNotAllowed("Tài khoản không phân công được cam kết. Không có gì thay đổi.")
    if not ground:
        raise ActionNotAllowed("Phân công phải kèm căn cứ hoặc lý do.")
    stored = Commitment.objects.select_for_update(of=("self",)).select_related("plan").get(pk=commitment.pk)
    plan_guard.require_open(stored.plan)
    first, last = stored.plan.first_day, stored.plan.last_day
    if due is not None and not first < due <= last:
        within = f"sau {formatting.date(first)} và không quá {formatting.date(last)}"
        raise ActionNotAllowed(f"Hạn phải {within}.")
    due = due if leads else None
    old = list(stored.parties.select_related("agency"))
    parties = _parties(stored, leads)
    before, after = _words(old, stored.due), _words(parties, due)
    is_as_stored = before == after and (ground == stored.ground or not leads)
    if seen is not None and seen != stored.revision:
        if is_as_stored:
            return stored  # most likely the person's own save, whose answer was lost
        raise EditConflict("Có người vừa phân công cam kết này. Chưa lưu gì; xem lại rồi lưu lần nữa.", stored)
    if is_as_stored:
        raise ActionNotAllowed("Phân công không đổi. Chưa lưu gì.")
    stored.parties.all().delete()
    CommitmentParty.objects.bulk_create(parties)
    stored.due, stored.ground, stored.revision = due, ground if leads else "", stored.revision + 1
    stored.assigned_by = by if leads else None
    stored.save(update_fields=["due", "ground", "assigned_by", "revision"])
    audit(
        by=by,
        act=CommitmentAct.ASSIGN if leads else CommitmentAct.TAKE_BACK,
        label=str(stored),
        address=address,
        reason=ground,
        changes={"phân công": [before, after]},
    )
    present = {party.agency_id for party in old}
    new = [party.agency_id for party in parties if party.agency_id and party.agency_id not in present]
    if new:
        notifications.assigned(stored, new, by=by)
    return stored


def _parties(commitment: Commitment, leads: Sequence[str]) -> list[CommitmentParty]:
    """Return the parties with these codes, not stored. Raises ActionNotAllowed for one that does not exist."""
    agencies = {agency.code: agency for agency in Agency.objects.filter(code__in=leads)}
    parties = []
    for position, code in enumerate(leads):
        if code not in agencies and code not in GROUPS:
            raise ActionNotAllowed("Có cơ quan không còn trong danh sách. Chưa lưu gì; chọn lại.")
        parties.append(
            CommitmentParty(
                commitment=commitment,
                part=Party.Part.LEAD,
                agency=agencies.get(code),
                group="" if code in agencies else code,
                position=position,
            )
        )
    return parties


def _words(parties: Sequence[CommitmentParty], due: dt.date | None) -> str:
    names = [party.agency.name if party.agency else GROUP_WORDS[party.group] for party in parties]
    if not names:
        return NOBODY
    return "; ".join(names) + (f", hạn {formatting.date(due)}" if due else "")
