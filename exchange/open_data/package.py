"""The open data of a plan as files: values, dictionary of targets, and both as one Frictionless data package."""

from typing import Any

from core.installation import queries as installation
from core.spreadsheet import DEMO_MARK
from exchange.data_package import Field, csv_file, packed, resource
from exchange.open_data.queries import PublishedPlan, PublishedTarget, PublishedValue
from indicators.targets import metadata

VALUES, TARGETS = "so-lieu.csv", "chi-tieu.csv"
VALUE_FIELDS = (
    Field("target", "string", "Mã chỉ tiêu thành phần"),
    Field("period", "string", "Kỳ báo cáo, năm và tháng"),
    Field("numerator", "number", "Tử số"),
    Field("denominator", "number", "Mẫu số"),
    Field("value", "number", "Giá trị của toàn tỉnh"),
    Field("required", "number", "Mức cần đạt ở kỳ đó"),
    Field("status", "string", "Trạng thái"),
    Field("status_label", "string", "Trạng thái bằng chữ"),
    Field("agencies_expected", "integer", "Số đơn vị phải báo cáo"),
    Field("agencies_approved", "integer", "Số đơn vị có số đã duyệt"),
    Field("report", "string", "Báo cáo đã công bố giá trị này"),
    Field("report_code", "string", "Mã kiểm tra của báo cáo"),
    Field("published_at", "datetime", "Thời điểm công bố"),
    Field("note", "string", "Ghi rõ khi là số liệu minh họa"),
)
TARGET_FIELDS = (
    Field("target", "string", "Mã chỉ tiêu thành phần"),
    Field("indicator", "string", "Mã chỉ tiêu của kế hoạch"),
    Field("pillar", "string", "Trụ cột"),
    Field("label", "string", "Tên"),
    Field("kind", "string", "Loại"),
    Field("unit", "string", "Đơn vị tính"),
    Field("numerator_label", "string", "Tử số"),
    Field("denominator_label", "string", "Mẫu số"),
    Field("frequency", "string", "Tần suất"),
    Field("comparator", "string", "So sánh với ngưỡng"),
    Field("threshold", "number", "Ngưỡng"),
    Field("due", "date", "Hạn hoàn thành"),
    Field("baseline", "number", "Giá trị xuất phát"),
    Field("leads", "string", "Cơ quan chủ trì, như kế hoạch ghi"),
    *(Field(name, "string", label) for name, label in metadata.FIELDS.items()),
)


def values_csv(published: PublishedPlan) -> bytes:
    """Return the published values as CSV: UTF-8, a point as the decimal sign."""
    rows = ((row.target.code, value) for row in published.targets for value in row.values)
    return csv_file(VALUE_FIELDS, (_value_row(code, value) for code, value in rows))


def targets_csv(published: PublishedPlan) -> bytes:
    """Return the dictionary of the targets as CSV."""
    return csv_file(TARGET_FIELDS, map(_target_row, published.targets))


def descriptor(published: PublishedPlan) -> dict[str, Any]:
    """Return the description of the package (Frictionless Data Package)."""
    plan, here = published.plan, installation.current()
    mark = f" {DEMO_MARK}" if published.is_illustrative else ""
    return {
        "profile": "tabular-data-package",
        "name": f"chuyen-doi-so-{plan.code.lower()}",
        "title": plan.title,
        "description": f"Số liệu đã công bố trong báo cáo, {here.source}.{mark}",
        "homepage": plan.source_url or None,
        "resources": [resource("so-lieu", VALUES, VALUE_FIELDS), resource("chi-tieu", TARGETS, TARGET_FIELDS)],
    }


def package(published: PublishedPlan) -> bytes:
    """Return the package with its files as one ZIP."""
    files = {VALUES: values_csv(published), TARGETS: targets_csv(published)}
    return packed(descriptor(published), files)


def _value_row(code: str, value: PublishedValue) -> list[Any]:
    source = value.source
    return [
        code,
        value.period,
        value.numerator,
        value.denominator,
        value.value,
        value.required,
        value.status,
        value.status_words,
        value.expected,
        value.approved,
        source.words,
        source.code,
        source.published_at.isoformat(timespec="seconds"),
        DEMO_MARK if source.is_illustrative else "",
    ]


def _target_row(row: PublishedTarget) -> list[Any]:
    target = row.target
    return [
        target.code,
        target.indicator.code,
        target.indicator.pillar.title,
        target.label,
        target.get_kind_display(),
        target.unit,
        target.numerator_label,
        target.denominator_label,
        target.get_frequency_display(),
        target.get_comparator_display() if target.comparator else "",
        target.threshold,
        target.due,
        target.baseline,
        target.indicator.leads_text,
        *(field.shown for field in row.description),
    ]
