"""The table of agencies. The tree belongs to the province, not to one plan: an agency that a file lacks stays."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from agencies.models import MAP_COLUMNS, MAP_ROWS, Agency, Level
from agencies.services.organisation import enter_agency
from core import texts
from indicators.models import Submission
from indicators.workbooks.sandbox import Cell
from plan_workbook.cells import AgencyName, Choice, Day, Whole, Words
from plan_workbook.resources.base import Column, PlanTable, SourceRow

# A parent is of a smaller rank than its children.
RANKS = {Level.PROVINCE: 0, Level.DEPARTMENT: 1, Level.OTHER: 1, Level.DISTRICT: 1, Level.COMMUNE: 2}
# What only the page of the organisation changes, from a day on, once an agency has reported.
DATED = ("name", "short_name", "level", "parent", "first_day", "last_day")


def capitals(text: str) -> str:
    """Return a code as it is written: one line, in capitals."""
    return texts.line(text).upper()


class AgencyTable(PlanTable):
    """The agencies of the province."""

    key, sheet, noun = "agencies", "Cơ quan", "cơ quan"
    note = (
        "Mỗi dòng một cơ quan, đơn vị. Cơ quan không có trong tệp vẫn giữ nguyên; sáp nhập, chia tách ở trang Tổ chức."
    )
    removes = False
    completed = ("map_row", "map_column")
    blamed = {"agency_days_in_order": "last_day", "agency_electronic_code_once": "electronic_code"}

    code = Column("Mã", Words(), needed=True, advice="Chữ thường không dấu, số, gạch nối; không đổi về sau.")
    name = Column("Tên đầy đủ", Words(), width=40, needed=True)
    short_name = Column("Tên ngắn", Words(), width=24, needed=True)
    level = Column("Cấp", Choice(Level.choices), width=16, needed=True)
    parent = Column("Trực thuộc", AgencyName(), advice="Mã hoặc tên; cấp tỉnh để trống.")
    gso_code = Column("Mã thống kê", Words())
    electronic_code = Column("Mã định danh điện tử", Words(capitals), advice="Như H23.01.02; mỗi mã một cơ quan.")
    aliases = Column("Tên gọi khác", Words(texts.prose), width=30, advice="Cách nhau bằng dấu |.")
    first_day = Column("Từ ngày", Day())
    last_day = Column("Đến ngày", Day())
    position = Column("Thứ tự", Whole(), advice="Để trống: theo thứ tự dòng.")
    map_row = Column("Hàng trên bản đồ ô", Whole(1, MAP_ROWS))
    map_column = Column("Cột trên bản đồ ô", Whole(1, MAP_COLUMNS))

    class Meta:
        model = Agency
        import_id_fields = ("code",)

    def get_queryset(self) -> models.QuerySet[Any]:
        return Agency.objects.select_related("parent")

    def scope(self) -> dict[str, Any]:
        return {}

    def ordered(self, rows: Sequence[SourceRow]) -> Sequence[SourceRow]:
        """Return parents before their children, whatever their order in the file."""
        level = self.columns["level"].widget

        def rank(row: SourceRow) -> int:
            try:
                return RANKS[Level(level.clean(row.cells.get("level")))]
            except (ValueError, KeyError):
                return len(RANKS)

        self.placing = {row.line: number for number, row in enumerate(rows, 1)}
        self.reported = set(Submission.objects.values_list("agency_id", flat=True).distinct())
        self.renamed = set(Agency.objects.ever_changed().values_list("pk", flat=True))
        self.root = Agency.objects.filter(level=Level.PROVINCE).first()
        return sorted(rows, key=rank)

    def import_instance(self, instance: Any, row: Mapping[str, Cell], **kwargs: Any) -> None:
        try:
            super().import_instance(instance, row, **kwargs)
        finally:
            if instance.position is None:
                instance.position = self.before["position"] if self.before else self.placing[self.line]

    def flaws(self, instance: Any, before: Mapping[str, Any] | None) -> dict[str, str]:
        if instance.level == Level.PROVINCE:
            if self.root is not None and self.root.code != instance.code:
                return {"level": f"Cây tổ chức chỉ có một gốc, đã là {self.root.name} ({self.root.code})."}
            if instance.parent is not None:
                return {"parent": "Cơ quan cấp tỉnh là gốc, không trực thuộc cơ quan nào."}
        elif instance.parent is None:
            return {"parent": "Chưa ghi cơ quan cấp trên; chỉ cấp tỉnh để trống."}
        elif self._is_above(instance, instance.parent):
            return {"parent": f"Vòng tròn: {instance.parent.code} lại trực thuộc {instance.code}."}
        elif RANKS[Level(instance.parent.level)] >= RANKS[Level(instance.level)]:
            kind, above = Level(instance.level).label.lower(), Level(instance.parent.level).label.lower()
            return {"parent": f"Đơn vị {kind} không trực thuộc được đơn vị {above} ({instance.parent.code})."}
        elif instance.level == Level.COMMUNE and instance.parent.level in (Level.DEPARTMENT, Level.OTHER):
            return {"parent": f"Đơn vị cấp xã không trực thuộc sở, ngành ({instance.parent.code})."}
        return self._dated_flaws(instance, before)

    def _is_above(self, agency: Agency, other: Agency) -> bool:
        """Return whether an agency is itself or an ancestor of another."""
        step: Agency | None = other
        for _ in range(len(RANKS)):
            if step is None:
                return False
            if step.code == agency.code:
                return True
            step = step.parent
        return True

    def _dated_flaws(self, instance: Agency, before: Mapping[str, Any] | None) -> dict[str, str]:
        """Refuse what would rewrite the past of an agency that has reported or was changed on a day."""
        if before is None or instance.pk not in self.reported | self.renamed:
            return {}
        reason = "Đơn vị đã có phiếu báo cáo hoặc đã đổi tổ chức: đổi ở trang Tổ chức, từ một ngày."
        return {name: reason for name in self.changed(instance) if name in DATED}

    def write(self, instance: Any, *, is_new: bool) -> None:
        enter_agency(instance)
        if instance.level == Level.PROVINCE:
            self.root = instance

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        super().after_import_row(row, row_result, **kwargs)
        self.book.matcher.add(row_result.instance)

    def _spoil(self, row: Mapping[str, Cell], error: ValidationError) -> None:
        super()._spoil(row, error)
        code, name, short_name = (
            cell.words.strip() if (cell := row.get(column)) else "" for column in ("code", "name", "short_name")
        )
        if code and (code.lower(),) not in {(key[0].lower(),) for key in self.rows}:
            self.book.spoiled_agencies.add(code)
            self.book.matcher.add(Agency(code=code, name=name, short_name=short_name))
