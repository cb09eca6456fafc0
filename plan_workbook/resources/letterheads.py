"""The tables of letterheads and of those who sign under them."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from core import texts
from plan_workbook.cells import RowOf, Whole, Words, YesNo
from plan_workbook.resources.base import Column, PlanTable
from reports.models import Letterhead, Signer


class LetterheadTable(PlanTable):
    """The heads and feet of the plan's reports."""

    key, sheet, noun = "letterheads", "Mẫu ban hành", "mẫu"

    name = Column("Tên mẫu", Words(), width=30, needed=True)
    above = Column("Cơ quan chủ quản", Words(), width=30)
    issuer = Column("Cơ quan ban hành", Words(), width=30, needed=True)
    symbol = Column("Ký hiệu", Words(), needed=True)
    place = Column("Địa danh", Words(), needed=True)
    to = Column("Kính gửi", Words(texts.prose), width=30, advice="Mỗi nơi một dòng.")
    recipients = Column("Nơi nhận", Words(texts.prose), width=30, advice="Mỗi nơi một dòng.")
    is_default = Column("Dùng khi không chọn", YesNo())

    class Meta:
        model = Letterhead
        import_id_fields = ("name",)

    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        first = next((each for each in self.rows.values() if each.is_default), None)
        if instance.is_default and first is not None:
            return {"is_default": f"Chỉ một mẫu được dùng khi không chọn; đã có “{first.name}”."}
        return {}

    def write(self, instance: Any, *, is_new: bool) -> None:
        if instance.is_default:
            Letterhead.objects.filter(plan=instance.plan).exclude(pk=instance.pk).update(is_default=False)
        instance.save()


class SignerTable(PlanTable):
    """The people who may sign."""

    key, sheet, noun = "signers", "Người ký", "người ký"

    letterhead = Column("Tên mẫu", RowOf("letterheads"), width=30, needed=True)
    position = Column("Thứ tự", Whole(), needed=True)
    powers = Column("Quyền hạn, chức vụ", Words(texts.prose), width=36, needed=True)
    name = Column("Họ và tên", Words(), width=24)

    class Meta:
        model = Signer
        import_id_fields = ("letterhead", "position", "powers", "name")

    def get_queryset(self) -> models.QuerySet[Any]:
        return Signer.objects.filter(letterhead__plan=self.book.plan).select_related("letterhead")

    def scope(self) -> dict[str, Any]:
        return {}

    def name_of(self, instance: Any) -> str:
        return str(instance)
