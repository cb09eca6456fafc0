"""Writing the audit log, in the transaction of the act itself."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from core import clock
from core.audit import hash_chain
from core.audit.acts import AuditAct
from core.audit.models import AuditChainHead, AuditEntry, Result


def audit(
    *,
    by: AbstractBaseUser | AnonymousUser | None,
    act: AuditAct,
    label: str,
    object_type: str = "",
    address: str | None = None,
    result: Result = Result.DONE,
    **detail: object,
) -> AuditEntry:
    """Write one line of the log, in the caller's transaction: an act that cannot be logged is rolled back. Lines follow one
    another: from here to the end of the transaction no other process can write one, so take other locks before.

    by: None is the system itself. object_type: completes the text of an act that is done to rows of several models ("sửa" +
    "đơn vị").
    """
    with transaction.atomic():
        head = _locked_head()
        entry = AuditEntry(
            number=head.number + 1,
            at=clock.now(),
            actor_id=by.pk if by is not None else None,
            account=hash_chain.storable_text(by.get_username()) if by is not None else "",
            actor_name=hash_chain.storable_text(by)[:150] if by is not None else "hệ thống",
            address=hash_chain.same_address(address),
            act=hash_chain.storable_text(f"{act} {object_type}" if object_type else act)[:64],
            object_label=hash_chain.storable_text(label)[:300],
            result=result,
            detail=hash_chain.storable(detail),
            previous_hash=head.hash,
        )
        entry.hash = hash_chain.digest(entry)
        entry.save(force_insert=True)
        changed = {"changed_hash": entry.hash} if act.changes_pages else {}
        AuditChainHead.objects.filter(pk=head.pk).update(number=entry.number, hash=entry.hash, **changed)
    return entry


def _locked_head() -> AuditChainHead:
    """Return the chain's end, locked until the transaction ends."""
    heads = AuditChainHead.objects.select_for_update()
    head = heads.first()
    if head is None:
        AuditChainHead.objects.get_or_create(pk=1, defaults={"hash": hash_chain.GENESIS})
        head = heads.get()
    return head
