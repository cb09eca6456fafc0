"""The log as a whole: is its chain unbroken, is it protected, what goes into an archive."""

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

from agencies import chain
from agencies.chain import Break, Checked
from agencies.models import AuditArchive, AuditEntry, AuditHead
from chuyendoiso import clock

BATCH = 2000
# What every line of an archive says, in this order.
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
    """Read the whole chain, from where the last archive ended to the end that is known, and write down what was found."""
    with transaction.atomic():
        # Held: nobody writes a line while the end is compared.
        head = AuditHead.objects.select_for_update().first() or AuditHead(number=0, hash=chain.GENESIS)
        begun = AuditArchive.objects.order_by("last_number").last()
        number, hash = (begun.last_number, begun.last_hash) if begun else (0, chain.GENESIS)
        entries = AuditEntry.objects.chained().filter(number__gt=number)
        checked = chain.check(entries.iterator(BATCH), number=number, hash=hash, anchors=anchors)
        broken = checked.broken or _broken_end(checked, head, anchors or {}) or _outside()
        checked = Checked(checked.count, checked.number, checked.hash, broken)
        AuditHead.objects.filter(pk=head.pk).update(
            verified_at=clock.now(), verified_number=checked.number, verified_problem=str(broken or "")
        )
    return checked


def _broken_end(checked, head, anchors):
    """What is missing after the last entry that is there."""
    known = max([head.number, *anchors])
    if checked.number < known:
        missing = f"{checked.number + 1}" if known == checked.number + 1 else f"{checked.number + 1} đến {known}"
        return Break(checked.number + 1, f"thiếu dòng số {missing} ở cuối, đã bị cắt.")
    if (checked.number, checked.hash) != (head.number, head.hash):
        return Break(head.number + 1, "có ở cuối mà không do hệ thống ghi, đã bị chèn.")
    return None


def _outside():
    """A line that is in no chain and is none of an illustrative year's."""
    outside = AuditEntry.objects.filter(number__isnull=True)
    if not settings.PRODUCTION:
        outside = outside.exclude(detail__has_key="minh_hoa")
    stray = outside.order_by("pk").first()
    return Break(0, f"dòng ngoài chuỗi (mã {stray.pk}: {stray.act}), đã bị chèn.") if stray else None


def is_protected() -> bool:
    """Does the database still refuse to change the log?"""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit_%'")
            return cursor.fetchone()[0] == 6
        cursor.execute(
            "SELECT count(*) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
            "WHERE proname = 'audit_only_grows' AND tgenabled = 'O'"
        )
        return cursor.fetchone()[0] == 6


def archive(path: Path, before) -> AuditArchive:
    """Put the entries from before a moment into a compressed file, a line of JSON each, and take them out of the database.
    What stays continues their chain. The caller has checked that the chain holds, and how old they must be."""
    with transaction.atomic():
        AuditHead.objects.select_for_update().first()
        begun = AuditArchive.objects.order_by("last_number").last()
        kept = AuditEntry.objects.chained().filter(at__gte=before).values_list("number", flat=True).first()
        entries = AuditEntry.objects.chained().filter(number__gt=begun.last_number if begun else 0)
        if kept is not None:
            entries = entries.filter(number__lt=kept)
        last = entries.last()
        if last is None:
            raise ValueError("Không có dòng nào cũ như vậy.")
        count = _write(path, entries)
        made = AuditArchive.objects.create(
            last_number=last.number,
            last_hash=last.hash,
            count=count,
            file_name=path.name[:255],
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            at=clock.now(),
        )
        entries.filter(number__lte=last.number).delete()
    return made


def _write(path, entries):
    """Exclusively: an archive of before is never written over. Returns how many entries."""
    count = 0
    with open(path, "xb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        for entry in entries.iterator(BATCH):
            said = {name: getattr(entry, name) for name in ARCHIVED_FIELDS} | {"at": entry.at.isoformat()}
            packed.write((json.dumps(said, ensure_ascii=False, sort_keys=True) + "\n").encode())
            count += 1
        packed.close()
        file.flush()
        os.fsync(file.fileno())
    return count


def read_archive(path: Path) -> Iterator[SimpleNamespace]:
    """The entries of an archive. Raises OSError, ValueError where the file is none."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            said = json.loads(line)
            yield SimpleNamespace(**said | {"at": dt.datetime.fromisoformat(said["at"])})


def verify_archive(path: Path) -> Checked:
    """Read an archive's chain; it must begin where the one before ended and end where the database says that it does."""
    made = AuditArchive.objects.filter(sha256=hashlib.sha256(path.read_bytes()).hexdigest()).first()
    if made is None:
        return Checked(0, 0, "", Break(0, f"tệp {path.name} không phải là tệp lưu trữ mà hệ thống đã ghi."))
    before = AuditArchive.objects.filter(last_number__lt=made.last_number).order_by("last_number").last()
    number, hash = (before.last_number, before.last_hash) if before else (0, chain.GENESIS)
    checked = chain.check(read_archive(path), number=number, hash=hash)
    if checked.broken is None and (checked.number, checked.hash) != (made.last_number, made.last_hash):
        broken = Break(checked.number + 1, "tệp kết thúc khác với chỗ đã ghi.")
        return Checked(checked.count, checked.number, checked.hash, broken)
    return checked
