"""Word files against Decree 30/2020/NĐ-CP: every report type keeps every rule of `tests.decree`, and each rule is seen to
fail once."""

import io
from dataclasses import replace

import pytest
from docx import Document as WordDocument
from docx.shared import Mm, Pt

from reports import letterhead
from reports.documents import composition, model
from reports.documents.model import Annex, Column, Document, Heading, Paragraph, Table, TableCell, TableRow, bind
from reports.documents.renderers import docx
from reports.documents.types import all_types
from tests import decree
from tests.reports.documents.test_renderers import HEAD, SPANS

pytestmark = pytest.mark.once

TABLE = Table("B", "B", (Column("TT", 10), Column("Tên", 90)), (TableRow((TableCell("1", "1"), TableCell("A"))),))


def small(**head):
    body = (
        Paragraph((bind("a", "Thực hiện Kế hoạch số 12/KH-UBND ngày 05 tháng 6 năm 2023, báo cáo như sau:"),)),
        Heading("I. KẾT QUẢ"),
        Heading("1. Kết quả chung", 2),
        Paragraph((bind("b", "Có 8 chỉ tiêu đạt."),)),
        TABLE,
        Heading("II. KIẾN NGHỊ"),
        Paragraph((bind("c", "Trân trọng báo cáo"),)),
    )
    annexes = (Annex("Chỉ tiêu", (TABLE,), landscape=True), Annex("Đơn vị", (TABLE,)))
    return docx.make(Document(bind("t", "Kết quả tháng 8 năm 2023"), body, annexes), replace(HEAD, **head))


@pytest.mark.parametrize("kind", all_types())
def test_every_type_keeps_the_decree(province, kind):
    found, asked = composition.find(province.plan, kind, SPANS.get(kind, "2023-08"), "toan-tinh", "chinh-thuc")
    document = found.compose(asked, [], province.people["khanh"]).with_texts({}, HEAD.issuer)
    document = model.settled(document)
    assert decree.faults(docx.make(document, HEAD)) == []


@pytest.mark.parametrize(
    "head",
    [
        {},
        {"to": ("Bộ Thông tin và Truyền thông;", "Ủy ban nhân dân tỉnh Hải Dương.")},
        {"to": ()},
        {"number": "", "day": ""},
        {
            "above": "",
            "issuer": "Ủy ban nhân dân phường Lê Thanh Nghị",
            "place": "Phường Lê Thanh Nghị",
            "symbol": "BC-UBND",
        },
        {"recipients": ("Như trên (để b/c);", "Lưu: VT, CNTT.")},
    ],
)
def test_every_head_keeps_the_decree(head):
    assert decree.faults(small(**head)) == []


def cell(word, table, row, column, paragraph=0):
    return word.tables[table].rows[row].cells[column].paragraphs[paragraph]


def named(word, text):
    return next(paragraph for paragraph in word.paragraphs if paragraph.text.startswith(text))


def rewrite(paragraph, text):
    paragraph.runs[0].text = text


def sign(word):
    return next(table for table in word.tables if "Nơi nhận:" in table.rows[0].cells[0].text).rows[0].cells


SPOILED = {
    "paper": lambda w: setattr(w.sections[1], "left_margin", Mm(20)),
    "face": lambda w: setattr(named(w, "Có 8").runs[0].font, "name", "Arial"),
    "spacing": lambda w: setattr(w.styles["Normal"].paragraph_format, "space_after", Pt(4)),
    "head": lambda w: setattr(cell(w, 0, 0, 1).runs[0].font, "size", Pt(14)),
    "number_and_day": lambda w: rewrite(cell(w, 0, 1, 0), "Số: 5/BC-STTTT"),
    "days": lambda w: rewrite(named(w, "Thực hiện"), "Thực hiện Kế hoạch ngày 5 tháng 6 năm 2023"),
    "title": lambda w: setattr(named(w, "BÁO CÁO").runs[0], "bold", False),
    "addressees": lambda w: rewrite(named(w, "Kính gửi"), "Kính gửi: UBND tỉnh Hải Dương"),
    "order": lambda w: w.element.body.insert(0, named(w, "BÁO CÁO")._p),
    "headings": lambda w: rewrite(named(w, "II. KIẾN"), "III. KIẾN NGHỊ"),
    "end": lambda w: rewrite(named(w, "Trân trọng"), "Trân trọng báo cáo."),
    "recipients": lambda w: rewrite(sign(w)[0].paragraphs[-1], "- Lưu VT"),
    "signature": lambda w: rewrite(sign(w)[1].paragraphs[0], "Giám đốc"),
    "annexes": lambda w: setattr(named(w, "Phụ lục II").runs[0].font, "size", Pt(13)),
    "page_numbers": lambda w: setattr(w.sections[0], "different_first_page_header_footer", False),
}


def test_each_rule_is_seen_to_fail():
    good = small()
    assert set(SPOILED) == set(decree.RULES)
    for name, spoil in SPOILED.items():
        word, spoiled = WordDocument(io.BytesIO(good)), io.BytesIO()
        spoil(word)
        word.save(spoiled)
        assert decree.faults(spoiled.getvalue()) == [name]


def test_number_day_and_recipients_as_they_are_written(province):
    form, _ = composition.proposed_letterhead(province.plan)
    assert form.recipients.splitlines() == [
        "Như trên (để b/c);",
        "Ban Chỉ đạo Chuyển đổi số tỉnh (để b/c);",
        "Các sở, ban, ngành;",
        "UBND cấp huyện;",
        "Lưu: VT.",
    ]
    form.unit = "CNTT"
    assert composition._from_letterhead(form)["recipients"][-1] == "Lưu: VT, CNTT."
    assert [letterhead.padded(number) for number in ("5", "5a", "12", "", "05")] == ["05", "05a", "12", "", "05"]
