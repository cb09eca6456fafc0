"""The chain of the log: each entry's hash is taken over what it says and over the hash before it, so that nothing in the
middle can be changed, taken out or put in without the rest no longer fitting. Pure but for the fields that it reads."""

import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from core import formatting

# What stands before the first entry of all.
GENESIS = "0" * 64
# The form of what is hashed; a later one gets a number of its own.
FORM = 1


def storable(value):
    """A detail in the form in which both databases give it back: text, whole numbers, truth, lists and maps. Everything
    else becomes text, and what no database keeps (NUL, halves of characters) becomes a question mark."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -(2**53) < value < 2**53 else str(value)
    if isinstance(value, Mapping):
        return {storable_text(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [storable(item) for item in value]
    return storable_text(value)


def storable_text(value) -> str:
    """Text that both databases keep as it is."""
    return str(value).replace("\0", "?").encode("utf-8", "replace").decode()


def same_address(address: str | None) -> str | None:
    """An address as both databases write it; None where it is none."""
    try:
        found = ipaddress.ip_address((address or "").strip())
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def content(entry) -> str:
    """What an entry says, in one way of writing: JSON, keys in order, the time with Vietnam's offset."""
    said = [
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
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(entry) -> str:
    """The hash of an entry, over the one before it and over what it says."""
    return sha256(f"{entry.previous_hash}\n{content(entry)}".encode()).hexdigest()


@dataclass(frozen=True)
class Break:
    """The first place at which the chain does not hold: the entry's number, and what is wrong with it in Vietnamese."""

    number: int
    reason: str

    def __str__(self):
        return f"Dòng số {self.number}: {self.reason}"


@dataclass(frozen=True)
class Checked:
    """A chain that was read: how many entries, the last one's number and hash, the first break (None: it holds)."""

    count: int
    number: int
    hash: str
    broken: Break | None


def check(
    entries: Iterable, *, number: int = 0, hash: str = GENESIS, anchors: Mapping[int, str] | None = None
) -> Checked:
    """Read entries in the order of their numbers, from after the one with `number` and `hash`. anchors: hashes by number that
    are known from elsewhere."""
    anchors, count = dict(anchors or {}), 0
    for entry in entries:
        broken = _flaw(entry, number, hash, anchors.get(entry.number))
        if broken:
            return Checked(count, number, hash, broken)
        number, hash, count = entry.number, entry.hash, count + 1
    return Checked(count, number, hash, None)


def _flaw(entry, number, hash, anchor):
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
