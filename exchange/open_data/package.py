"""The open data of a plan as files: values, dictionary of targets, and both as one Frictionless data package."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from core.installation import queries as installation
from core.spreadsheet import DEMO_MARK, csv_cell
from exchange.open_data.queries import PublishedPlan, PublishedTarget, PublishedValue
from indicators.targets import metadata

VALUES, TARGETS = "so-lieu.csv", "chi-tieu.csv"
# When each file of the package was made does not matter: equal contents are equal bytes.
STAMP = (1980, 1, 1, 0, 0, 0)


class Field(NamedTuple):
    """A column of a file: its name, its type for Frictionless, its meaning."""

    name: str
    type: str
    meaning: str


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
    return _csv(VALUE_FIELDS, (_value_row(code, value) for code, value in rows))


def targets_csv(published: PublishedPlan) -> bytes:
    """Return the dictionary of the targets as CSV."""
    return _csv(TARGET_FIELDS, map(_target_row, published.targets))


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
        "resources": [_resource("so-lieu", VALUES, VALUE_FIELDS), _resource("chi-tieu", TARGETS, TARGET_FIELDS)],
    }


def package(published: PublishedPlan) -> bytes:
    """Return the package with its files as one ZIP; equal contents give equal bytes."""
    told = {name: value for name, value in descriptor(published).items() if value is not None}
    files = {
        "datapackage.json": json.dumps(told, ensure_ascii=False, indent=2).encode(),
        VALUES: values_csv(published),
        TARGETS: targets_csv(published),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _resource(name: str, path: str, fields: Sequence[Field]) -> dict[str, Any]:
    return {
        "name": name,
        "path": path,
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "schema": {
            "fields": [{"name": each.name, "type": each.type, "description": each.meaning} for each in fields],
            "missingValues": [""],
        },
    }


def _csv(fields: Sequence[Field], rows: Iterable[Sequence[Any]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([each.name for each in fields])
    for row in rows:
        writer.writerow([csv_cell(value) for value in row])
    return stream.getvalue().encode()


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
