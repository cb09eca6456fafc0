"""The hash chain of the audit log: each entry's hash covers its content and the hash before it, so that no entry can be changed,
removed or inserted without breaking the rest. Pure except for the model fields that it reads."""

import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from core import formatting

# The hash before the very first entry.
GENESIS = "0" * 64
# Version of the hashed form.
FORM = 1

# An AuditEntry, or one read from an archive.
Entry = Any


def storable(value: object) -> Any:
    """Return a detail in the form in which both databases return it: text, whole numbers, booleans, lists and maps. Anything else
    becomes text, and characters that no database stores (NUL, lone surrogates) become a question mark."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -(2**53) < value < 2**53 else str(value)
    if isinstance(value, Mapping):
        return {storable_text(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [storable(item) for item in value]
    return storable_text(value)


def storable_text(value: object) -> str:
    """Return text that both databases store unchanged."""
    return str(value).replace("\0", "?").encode("utf-8", "replace").decode()


def same_address(address: str | None) -> str | None:
    """Return an address as both databases write it; None where it is none."""
    try:
        parsed = ipaddress.ip_address((address or "").strip())
    except ValueError:
        return None
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def content(entry: Entry) -> str:
    """Return an entry's content in its one canonical form: JSON, sorted keys, the time with Vietnam's offset."""
    values = [
        FORM,
        entry.number,
        formatting.local(entry.at).isoformat(timespec="microseconds"),
        entry.account,
        entry.actor_name,
        same_address(entry.address) or "",
        entry.act,
        entry.object_label,
        entry.result,
        entry.detail,
    ]
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(entry: Entry) -> str:
    """Return an entry's hash, over the hash before it and its content."""
    return sha256(f"{entry.previous_hash}\n{content(entry)}".encode()).hexdigest()


@dataclass(frozen=True)
class Break:
    """The first break of the chain: the entry's number, and the fault in Vietnamese."""

    number: int
    reason: str

    def __str__(self) -> str:
        return f"Dòng số {self.number}: {self.reason}"


@dataclass(frozen=True)
class Checked:
    """The result of reading a chain: number of entries, the last one's number and hash, the first break (None: intact)."""

    count: int
    number: int
    hash: str
    broken: Break | None


def check(
    entries: Iterable[Entry], *, number: int = 0, hash: str = GENESIS, anchors: Mapping[int, str] | None = None
) -> Checked:
    """Check entries in the order of their numbers, from after the one with `number` and `hash`. anchors: hashes by number, known
    from elsewhere."""
    anchors, count = dict(anchors or {}), 0
    for entry in entries:
        broken = _flaw(entry, number, hash, anchors.get(entry.number))
        if broken:
            return Checked(count, number, hash, broken)
        number, hash, count = entry.number, entry.hash, count + 1
    return Checked(count, number, hash, None)


def _flaw(entry: Entry, number: int, hash: str, anchor: str | None) -> Break | None:
    if entry.number != number + 1:
        missing = f"{number + 1}" if entry.number == number + 2 else f"{number + 1} đến {entry.number - 1}"
        return Break(number + 1, f"thiếu dòng số {missing}, đã bị xóa.")
    if entry.previous_hash != hash:
        return Break(entry.number, "không nối vào dòng trước, đã bị chèn hoặc thay.")
    if entry.hash != digest(entry):
        return Break(entry.number, "nội dung không khớp mã băm, đã bị sửa.")
    if anchor and anchor != entry.hash:
        return Break(entry.number, "mã băm khác với neo đã lưu, chuỗi đã bị làm lại.")
    return None
