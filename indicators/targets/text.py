"""Definitions of a target, and the differences between two, in words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from core import formatting
from indicators.models import Target
from indicators.targets.definition_preview import Version
from indicators.targets.services import Milestones

Definition = Mapping[str, Any]
# What the baseline of a count that adds up does (decision 0275).
FROM_ZERO = "Số lượng cộng dồn: ghi 0 thì mức cần đạt tăng dần từ 0; để trống thì cần đủ ngưỡng ngay từ đầu."

# What makes the figures of two years not comparable, in words.
BREAKING = {
    "kind": "loại",
    "timing_choice": "thời điểm",
    "frequency": "tần suất",
    "unit": "đơn vị tính",
    "numerator_label": "tử số",
    "denominator_label": "mẫu số",
}


def breaks_between(old: Target, new: Target) -> tuple[str, ...]:
    """Return what makes the figures of a target not comparable with those of the same target in the plan before, in words."""
    return tuple(
        f"{label}: {_shown(old, name)} → {_shown(new, name)}"
        for name, label in BREAKING.items()
        if getattr(old, name) != getattr(new, name)
    )


def _shown(target: Target, name: str) -> str:
    display = getattr(target, f"get_{name}_display", None)
    return str(display() if display else getattr(target, name)) or "không ghi"


def definition_changes(before: Definition, after: Definition, unit: str) -> list[tuple[str, str, str]]:
    """Return (part, before, after) of each part in which two definitions (`Target.definition`) differ, in words."""
    rows = zip(definition_words(before, unit), definition_words(after, unit), strict=True)
    return [(what, old, new) for (what, old), (_, new) in rows if old != new]


def definition_words(given: Definition, unit: str) -> list[tuple[str, str]]:
    """Return a definition (`Target.definition`) in words: each part and its value."""

    def figure(text: str) -> str:
        return formatting.with_unit(formatting.number(Decimal(text)), unit)

    reach, start = given["threshold"], given["baseline"]
    if start is not None:
        start = figure(start) + (f" ({given['baseline_source']})" if given["baseline_source"] else "")
    milestones = [
        f"{formatting.date(dt.date.fromisoformat(day))}: {figure(value)}" for day, value in given["milestones"]
    ]
    threshold = reach and formatting.threshold(Decimal(reach), unit, given["comparator"], in_words=True)
    return [
        ("Ngưỡng", threshold or "không đặt"),
        ("Hạn", formatting.date(dt.date.fromisoformat(given["due"]))),
        ("Giá trị xuất phát", start or "chưa có"),
        ("Mốc riêng", "; ".join(milestones) or "không có"),
    ]


def version(target: Target) -> str:
    """Return the version of a target's definition in words: `định nghĩa lần 2, từ 05/09/2026`; `định nghĩa lần 1, theo
    kế hoạch`."""
    since = f"từ {formatting.date(target.defined_at)}" if target.defined_at else "theo kế hoạch"
    return f"định nghĩa lần {target.definition_number}, {since}"


def versions(target: Target, definitions: Sequence[Version]) -> list[tuple[Version, list[tuple[str, str, str]]]]:
    """Return (`definition_preview.Version`, its changes from the one before, or all of it for the first) for the
    history."""
    told = []
    for one, before in zip(definitions, [*definitions[1:], None], strict=True):
        if before is None:
            changes = [(what, "", set_so) for what, set_so in definition_words(one.content, target.unit)]
        else:
            changes = definition_changes(before.content, one.content, target.unit)
        told.append((one, changes))
    return told


def doubts(target: Target, milestones: Milestones) -> list[str]:
    """Return warnings of milestones that are valid but probably a slip: beyond the threshold, or going back."""
    falls = target.is_falling

    def beyond(value: Decimal, level: Decimal | None) -> bool:
        if level is None:
            return False
        return value < level if falls else value > level

    warnings: list[str] = []
    last = target.baseline
    for day, value in sorted(milestones):
        shown = f"Mốc {formatting.date(day)} ({formatting.with_unit(formatting.number(value), target.unit)})"
        if beyond(value, target.threshold):
            warnings.append(f"{shown} đã vượt ngưỡng: mức cần đạt sẽ quay về ngưỡng khi đến hạn.")
        elif last is not None and beyond(last, value):
            warnings.append(f"{shown} thấp hơn mốc trước." if not falls else f"{shown} cao hơn mốc trước.")
        last = value
    return warnings
