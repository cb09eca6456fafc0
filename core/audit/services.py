"""Writing the audit log, in the transaction of the act itself."""

from django.db import transaction

from core import clock
from core.audit import hash_chain
from core.audit.models import AuditChainHead, AuditEntry, Result

SLOWED = "hạn chế đăng nhập từ một địa chỉ"
# Lines of the log after which every page says what it said before.
CHANGES_NOTHING = (
    "đăng nhập",
    "đăng xuất",
    "hết phiên",
    "mở khóa đăng nhập",
    "tải tệp",
    "đổi mật khẩu",
    "cấp mật khẩu",
    SLOWED,
)


def audit(
    *, by, act: str, label: str, address: str | None = None, result: Result = Result.DONE, **detail
) -> AuditEntry:
    """Write one line of the log, in the caller's transaction: an act that cannot be logged does not happen. Lines follow one
    another: from here to the end of the transaction nobody else writes one, so take other locks before."""
    with transaction.atomic():
        head = _locked_head()
        entry = AuditEntry(
            number=head.number + 1,
            at=clock.now(),
            actor=by,
            account=hash_chain.storable_text(by.get_username()) if by is not None else "",
            actor_name=hash_chain.storable_text(by)[:150] if by is not None else "hệ thống",
            address=hash_chain.same_address(address),
            act=hash_chain.storable_text(act)[:64],
            object_label=hash_chain.storable_text(label)[:300],
            result=result,
            detail=hash_chain.storable(detail),
            previous_hash=head.hash,
        )
        entry.hash = hash_chain.digest(entry)
        entry.save(force_insert=True)
        changed = {} if entry.act in CHANGES_NOTHING else {"changed_hash": entry.hash}
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
