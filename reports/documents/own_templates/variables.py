"""The variables of templates: their names with their meaning, and their values of a stored report."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core import formatting
from indicators.models import Target
from reports.documents.model import Document, Heading, Paragraph, Table
from reports.documents.rendering import shown
from reports.documents.request import edition_of, word_of
from reports.letterhead import DocumentHead
from reports.models import ReportVersion


@dataclass(frozen=True)
class Variable:
    """A variable as a template writes it. parts: of each element of a list; None for a single value; empty for a list of
    words."""

    name: str
    meaning: str
    parts: "tuple[Variable, ...] | None" = None


VARIABLES = (
    Variable("co_quan_cap_tren", "cơ quan chủ quản"),
    Variable("co_quan", "cơ quan ban hành"),
    Variable("so", "số văn bản; trống khi chưa có"),
    Variable("ky_hieu", "ký hiệu, ví dụ BC-UBND"),
    Variable("dia_danh_ngay", "dòng địa danh, ngày tháng năm"),
    Variable("trich_yeu", "trích yếu"),
    Variable("ten_bao_cao", "tên báo cáo"),
    Variable("so_lieu_den", "ngày cuối của số liệu"),
    Variable("nguoi_ky", "họ tên người ký"),
    Variable("ma_kiem_tra", "mã kiểm tra; trống khi chưa phát hành"),
    Variable("kinh_gui", "danh sách nơi kính gửi", ()),
    Variable("noi_nhan", "danh sách nơi nhận", ()),
    Variable("quyen_han", "danh sách dòng quyền hạn, chức vụ", ()),
    Variable("dau", "danh sách dấu trên trang (Dự thảo, Số liệu minh họa)", ()),
    Variable(
        "muc",
        "danh sách mục của báo cáo",
        (Variable("ten", "tên mục"), Variable("doan", "danh sách đoạn của mục", ())),
    ),
    Variable(
        "chi_tieu",
        "danh sách chỉ tiêu, theo thứ tự của kế hoạch",
        (
            Variable("tt", "số thứ tự"),
            Variable("ma", "mã"),
            Variable("ten", "tên"),
            Variable("don_vi", "đơn vị tính"),
            Variable("gia_tri", "giá trị, như in trên báo cáo"),
            Variable("gia_tri_so", "giá trị là con số, để Excel cộng được"),
            Variable("tu_so", "tử số"),
            Variable("mau_so", "mẫu số"),
            Variable("can_dat", "mức cần đạt"),
            Variable("trang_thai", "trạng thái"),
            Variable("phai_bao_cao", "số đơn vị phải báo cáo"),
            Variable("da_bao_cao", "số đơn vị đã báo cáo"),
        ),
    ),
    Variable(
        "bang",
        "danh sách bảng của báo cáo và phụ lục",
        (
            Variable("ten", "tên bảng"),
            Variable("cot", "danh sách tên cột", ()),
            Variable("dong", "danh sách dòng", (Variable("o", "danh sách ô", ()),)),
        ),
    ),
)


def shape(variables: tuple[Variable, ...] = VARIABLES) -> dict[str, Any]:
    """Return the variables as a value of each: words are empty, a list holds one element."""
    return {one.name: _shape(one) for one in variables}


def _shape(one: Variable) -> Any:
    if one.parts is None:
        return ""
    return [shape(one.parts)] if one.parts else [""]


def values_of(version: ReportVersion) -> dict[str, Any]:
    """Return the values of a stored report: of a published one as it was frozen."""
    document, head = shown(version)
    return _head(version, head, document) | {
        "muc": _sections(document),
        "chi_tieu": [
            _target(number, code, line, version.snapshot["facts"])
            for number, (code, line) in enumerate(_in_order(version), 1)
        ],
        "bang": [_table(table) for table in document.tables],
    }


def _in_order(version: ReportVersion) -> list[tuple[str, Mapping[str, Any]]]:
    """Return (code, line) of the stored figures in the plan's order, which the database's JSON does not keep; codes that the plan
    has no more come last. One query."""
    codes = Target.objects.filter(plan=version.report.plan_id).in_order().values_list("code", flat=True)
    places = {code: place for place, code in enumerate(codes)}
    lines: Mapping[str, Mapping[str, Any]] = version.snapshot["facts"]["lines"]
    return sorted(lines.items(), key=lambda pair: (places.get(pair[0], len(places)), pair[0]))


def _head(version: ReportVersion, head: DocumentHead, document: Document) -> dict[str, Any]:
    return {
        "co_quan_cap_tren": head.above,
        "co_quan": head.issuer,
        "so": head.number,
        "ky_hieu": head.symbol,
        "dia_danh_ngay": head.date_line,
        "trich_yeu": document.abstract.plain,
        "ten_bao_cao": version.report.title,
        "so_lieu_den": formatting.date(version.report.last_day),
        "nguoi_ky": head.signer,
        "ma_kiem_tra": version.code,
        "kinh_gui": list(head.to),
        "noi_nhan": list(head.recipients),
        "quyen_han": list(head.powers),
        "dau": list(head.marks),
    }


def _sections(document: Document) -> list[dict[str, Any]]:
    """Return the sections of the body; what stands before the first heading has an empty name."""
    sections: list[dict[str, Any]] = [{"ten": "", "doan": []}]
    for block in document.body:
        if isinstance(block, Heading) and block.level == 1:
            sections.append({"ten": block.text, "doan": []})
        elif isinstance(block, Heading):
            sections[-1]["doan"].append(block.text)
        elif isinstance(block, Paragraph) and block.plain:
            sections[-1]["doan"].append(block.plain)
    return [one for one in sections if one["ten"] or one["doan"]]


def _target(number: int, code: str, line: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    defined = line["definition"]
    unit = "%" if defined["unit"].startswith("%") else ""

    def figure(stored: str | None) -> str:
        if stored is None:
            return ""
        value = Decimal(stored)
        return formatting.with_unit(formatting.number(value, formatting.figure_decimals(value, defined["unit"])), unit)

    return {
        "tt": number,
        "ma": code,
        "ten": defined["label"],
        "don_vi": defined["unit"],
        "gia_tri": figure(line["value"]),
        "gia_tri_so": None if line["value"] is None else Decimal(line["value"]),
        "tu_so": _plain(line["numerator"]),
        "mau_so": _plain(line["denominator"]),
        "can_dat": figure(line["required"]),
        "trang_thai": word_of(code, line, edition_of(facts)),
        "phai_bao_cao": line["expected"],
        "da_bao_cao": line["reported"],
    }


def _plain(stored: str | None) -> str:
    return "" if stored is None else formatting.number(Decimal(stored))


def _table(table: Table) -> dict[str, Any]:
    return {
        "ten": table.caption,
        "cot": [column.title for column in table.columns],
        "dong": [{"o": [cell.shown for cell in row.cells]} for row in table.rows],
    }
