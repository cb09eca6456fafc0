"""Verification, protection and archives of the audit log."""

import datetime as dt
import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

from django.conf import settings
from django.db import connection, transaction

from core import clock
from core.audit import hash_chain
from core.audit.hash_chain import Break, Checked
from core.audit.models import AuditArchive, AuditChainHead, AuditEntry, AuditEntryQuerySet

BATCH = 2000
# The fields of a line of an archive, in this order.
ARCHIVED_FIELDS = [
    "number",
    "at",
    "account",
    "actor_name",
    "address",
    "act",
    "object_label",
    "result",
    "detail",
    "previous_hash",
    "hash",
]


def verify(anchors: Mapping[int, str] | None = None) -> Checked:
    """Check the whole chain, from the end of the last archive to the known end, and store the result. Writers wait only while the
    last entries are read and the end is compared."""
    anchors = anchors or {}
    begun = _last_archive()
    checked = read_on(Checked(0, begun.last_number, begun.last_hash, None), anchors, AuditChainHead.objects.first())
    stray = None if checked.broken else _outside()
    with transaction.atomic():
        head = AuditChainHead.objects.select_for_update().first() or AuditChainHead(number=0, hash=hash_chain.GENESIS)
        if not checked.broken:
            checked = read_on(checked, anchors, None)
        broken = checked.broken or _broken_end(checked, head, anchors) or stray
        was_archived = _last_archive().last_number != begun.last_number
        if not was_archived:
            AuditChainHead.objects.filter(pk=head.pk).update(
                verified_at=clock.now(), verified_number=checked.number, verified_problem=str(broken or "")
            )
    # Entries that were archived while they were being read are not missing.
    return verify(anchors) if was_archived else Checked(checked.count, checked.number, checked.hash, broken)


def _last_archive() -> AuditArchive:
    """Return the last archive, which the chain continues; an empty one where there is none."""
    return AuditArchive.objects.order_by("last_number").last() or AuditArchive(
        last_number=0, last_hash=hash_chain.GENESIS
    )


def read_on(checked: Checked, anchors: Mapping[int, str], head: AuditChainHead | None) -> Checked:
    """Check the chain from where it was read to, up to an end (None: to the last entry)."""
    entries = AuditEntry.objects.chained().filter(number__gt=checked.number)
    if head is not None:
        entries = entries.filter(number__lte=head.number)
    more = hash_chain.check(entries.iterator(BATCH), number=checked.number, hash=checked.hash, anchors=anchors)
    return Checked(checked.count + more.count, more.number, more.hash, more.broken)


def _broken_end(checked: Checked, head: AuditChainHead, anchors: Mapping[int, str]) -> Break | None:
    """Return the break after the last entry: entries missing or added."""
    known = max([head.number, *anchors])
    if checked.number < known:
        missing = f"{checked.number + 1}" if known == checked.number + 1 else f"{checked.number + 1} đến {known}"
        return Break(checked.number + 1, f"thiếu dòng số {missing} ở cuối, đã bị cắt.")
    if (checked.number, checked.hash) != (head.number, head.hash):
        return Break(head.number + 1, "có ở cuối mà không do hệ thống ghi, đã bị chèn.")
    return None


def _outside() -> Break | None:
    """Return the break of an entry outside the chain that is not a demonstration year's."""
    outside = AuditEntry.objects.filter(number__isnull=True)
    if not settings.PRODUCTION:
        outside = outside.exclude(detail__has_key="minh_hoa")
    stray = outside.order_by("pk").first()
    return Break(0, f"dòng ngoài chuỗi (mã {stray.pk}: {stray.act}), đã bị chèn.") if stray else None


def is_protected() -> bool:
    """Return whether the database still refuses to change the log."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit_%'")
            return bool(cursor.fetchone()[0] == 6)
        cursor.execute(
            "SELECT count(*) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
            "WHERE proname = 'audit_only_grows' AND tgenabled = 'O'"
        )
        return bool(cursor.fetchone()[0] == 6)


def archive(path: Path, before: dt.datetime) -> AuditArchive:
    """Move the entries from before a moment to a compressed file, a line of JSON each. The remaining ones continue their chain.
    The caller has checked that the chain is intact, and the minimum age. Raises ValueError where there is nothing to move, or
    another archive was made at the same time."""
    begun = _last_archive()
    first_kept = AuditEntry.objects.chained().filter(at__gte=before).values_list("number", flat=True).first()
    entries = AuditEntry.objects.chained().filter(number__gt=begun.last_number)
    if first_kept is not None:
        entries = entries.filter(number__lt=first_kept)
    last = entries.last()
    if last is None or last.number is None:
        raise ValueError("Không có dòng nào cũ như vậy.")
    entries = entries.filter(number__lte=last.number)
    count = _write(path, entries)
    with transaction.atomic():
        AuditChainHead.objects.select_for_update().first()
        if _last_archive().last_number != begun.last_number:
            path.unlink()
            raise ValueError("Có lần lưu trữ khác vừa chạy cùng lúc.")
        created = AuditArchive.objects.create(
            last_number=last.number,
            last_hash=last.hash,
            count=count,
            file_name=path.name[:255],
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            at=clock.now(),
        )
        entries.delete()
    return created


def _write(path: Path, entries: AuditEntryQuerySet) -> int:
    """Write the entries to a new file, never over an existing one. Returns how many."""
    count = 0
    with open(path, "xb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        for entry in entries.iterator(BATCH):
            values = {name: getattr(entry, name) for name in ARCHIVED_FIELDS} | {"at": entry.at.isoformat()}
            packed.write((json.dumps(values, ensure_ascii=False, sort_keys=True) + "\n").encode())
            count += 1
        packed.close()
        file.flush()
        os.fsync(file.fileno())
    return count


def read_archive(path: Path) -> Iterator[SimpleNamespace]:
    """Yield the entries of an archive. Raises OSError, ValueError where the file is no archive."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            values = json.loads(line)
            yield SimpleNamespace(**values | {"at": dt.datetime.fromisoformat(values["at"])})


def verify_archive(path: Path) -> Checked:
    """Check an archive's chain; it must begin where the one before ended, and end as the database says."""
    stored = AuditArchive.objects.filter(sha256=hashlib.sha256(path.read_bytes()).hexdigest()).first()
    if stored is None:
        return Checked(0, 0, "", Break(0, f"tệp {path.name} không phải là tệp lưu trữ mà hệ thống đã ghi."))
    before = AuditArchive.objects.filter(last_number__lt=stored.last_number).order_by("last_number").last()
    number, hash = (before.last_number, before.last_hash) if before else (0, hash_chain.GENESIS)
    checked = hash_chain.check(read_archive(path), number=number, hash=hash)
    if checked.broken is None and (checked.number, checked.hash) != (stored.last_number, stored.last_hash):
        broken = Break(checked.number + 1, "tệp kết thúc khác với chỗ đã ghi.")
        return Checked(checked.count, checked.number, checked.hash, broken)
    return checked
