"""Metadata of targets: their texts as shown, the rule by which each kind is computed in words, and their correction."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction

from agencies.models import User
from core import clock
from core.audit.services import audit
from indicators.audit_acts import TargetAct
from indicators.errors import ActionNotAllowed
from indicators.models import DEFINERS, Kind, Target, TargetMetadata, Timing
from indicators.periods import plan_guard

# The fields of the metadata in the order in which they are shown.
FIELDS = {
    "source_system": "Hệ thống nguồn",
    "population": "Phạm vi thống kê",
    "method": "Cách tính",
    "limits": "Hạn chế đã biết",
    "contact": "Đầu mối liên hệ",
}
NOT_DECLARED = "chưa khai"
_SUMMED = "Nhiều đơn vị thì cộng tử số, cộng mẫu số rồi mới chia."
# The rule of domain.md for each kind and timing.
RULES = {
    (Kind.RATIO, Timing.FLOW): f"100 × tử số ÷ mẫu số, lũy kế từ đầu năm. {_SUMMED}",
    (
        Kind.RATIO,
        Timing.STOCK,
    ): f"100 × tử số ÷ mẫu số của kỳ mới nhất có số; kỳ không có số mới thì mang số cũ sang. {_SUMMED}",
    (Kind.RATIO, Timing.RATE): f"100 × tử số ÷ mẫu số của riêng kỳ mới nhất có số, không lũy kế. {_SUMMED}",
    (Kind.COUNT, Timing.FLOW): "Số lượng phát sinh, lũy kế từ đầu năm. Nhiều đơn vị thì cộng lại.",
    (Kind.COUNT, Timing.STOCK): "Số lượng có đến cuối kỳ mới nhất có số. Nhiều đơn vị thì cộng lại.",
    (Kind.VALUE, Timing.STOCK): "Một cơ quan tính rồi báo cáo; hệ thống ghi nguyên số đó, không tính lại.",
    (Kind.YES_NO, Timing.STOCK): "100 × số đơn vị trả lời có ÷ số đơn vị được giao, kể cả đơn vị chưa báo cáo.",
    (
        Kind.MILESTONE,
        Timing.STOCK,
    ): "Đơn vị tự đánh giá mức hoàn thành từ 0 đến 100. Nhiều đơn vị thì lấy trung bình của các đơn vị có số.",
}


class Described(NamedTuple):
    """One field of a target's metadata as shown; text: empty where it is not declared; rule: the derived part, of the
    method alone."""

    name: str
    label: str
    text: str
    rule: str = ""

    @property
    def shown(self) -> str:
        """The field in one text: the rule first, then what was declared."""
        return " ".join(filter(None, [self.rule, self.text])) or NOT_DECLARED


def of(target: Target) -> TargetMetadata:
    """Return a target's metadata; an unsaved empty one where nobody described it."""
    try:
        return target.metadata
    except TargetMetadata.DoesNotExist:
        return TargetMetadata(target=target)


def rule_of(target: Target) -> str:
    """Return the rule by which a target's values are made, as a sentence."""
    rule = RULES[Kind(target.kind), Timing(target.timing)]
    begins = "đầu kế hoạch" if target.accumulates_over_plan else target.plan.sums_begin
    return rule.replace("từ đầu năm", f"từ {begins}")


def described(target: Target) -> list[Described]:
    """Return all fields of a target's metadata in order."""
    metadata = of(target)
    rule = rule_of(target)
    return [
        Described(name, label, getattr(metadata, name), rule if name == "method" else "")
        for name, label in FIELDS.items()
    ]


@transaction.atomic
def describe(
    *, target: Target, typed: Mapping[str, str], reason: str, by: User, revision: int, address: str | None = None
) -> TargetMetadata:
    """Store the metadata of a target, all fields of `FIELDS` in `typed`.

    revision: of the metadata that the person looked at. Raises ActionNotAllowed without a reason, without a change, for a
    person who may not define the target, and where another user saved in between.
    """
    plan_guard.require_open(target.plan)
    if not reason.strip():
        raise ActionNotAllowed("Sửa mô tả phải kèm lý do.")
    if not Target.objects.definable_by(by).filter(pk=target.pk).exists():
        raise ActionNotAllowed("Tài khoản không sửa được mô tả của chỉ tiêu này. Không có gì thay đổi.")
    # The row of the target is the lock: the metadata may not have one yet.
    locked = Target.objects.select_for_update().get(pk=target.pk)
    stored = TargetMetadata.objects.filter(target=locked).first() or TargetMetadata(target=locked)
    if revision != stored.revision:
        raise ActionNotAllowed("Có người vừa sửa mô tả này. Chưa lưu gì; mở lại trang để xem bản mới rồi sửa tiếp.")
    changes = {
        label: [getattr(stored, name), typed[name]]
        for name, label in FIELDS.items()
        if typed[name] != getattr(stored, name)
    }
    if not changes:
        raise ActionNotAllowed("Mô tả không đổi. Chưa lưu gì.")
    for name in FIELDS:
        setattr(stored, name, typed[name])
    stored.revision, stored.changed_at, stored.changed_by = stored.revision + 1, clock.now(), by
    stored.save()
    audit(by=by, act=TargetAct.DESCRIBE, label=str(locked), address=address, reason=reason.strip(), changes=changes)
    return stored


def may_describe(user: User) -> bool:
    """Return True where the user may change metadata: the standing agency and administrators."""
    return user.is_active and user.holds(*DEFINERS)
