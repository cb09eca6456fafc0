"""Texts of the plan in tables: what was corrected is marked in each file format, the signed text beside it."""

import csv
import io

import pytest
from docx import Document as WordDocument
from openpyxl import load_workbook

from core.text_diff import corrected_words
from indicators.models import Indicator, Pillar, Plan
from reports import letterhead
from reports.documents import model, tables
from reports.documents.model import Annex, Document, Paragraph, bind
from reports.documents.renderers import docx, pdf, xlsx
from tests.stack import ROOT

SIGNED = "Phân đầu có trên 150 doanh nghiệp"
MENDED = "Phấn đấu có trên 150 doanh nghiệp"
SHOWN = f"{MENDED}\nBản ký ghi: “{SIGNED}”"


def fixture(name):
    with open(ROOT / "fixtures" / "2023" / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def document():
    """A document whose annex has two indicators, the first with a corrected misprint."""
    plan = Plan(year=2023, number="12/KH-UBND")
    pillar = Pillar(plan=plan, code="II", title="Kinh tế số")
    indicators = [
        Indicator(pillar=pillar, number=3, text=MENDED, signed_text=SIGNED, leads_text="Sở KHĐT"),
        Indicator(pillar=pillar, number=4, text="90% doanh nghiệp", coordinators_text="UBND cấp huyện"),
    ]
    annex = Annex("Nguyên văn", (tables.verbatim(plan, indicators),))
    made = Document(bind("trich-yeu", "Thử"), (Paragraph((bind("ket", "Hết"),)),), (annex,))
    return model.load(model.dump(made))


def test_the_annex_has_number_text_and_agencies_in_the_plans_order(document):
    (table,) = document.tables
    assert [[cell.shown for cell in row.cells] for row in table.rows] == [
        ["II. Kinh tế số"],
        ["3", SHOWN, "Sở KHĐT", "-"],
        ["4", "90% doanh nghiệp", "-", "UBND cấp huyện"],
    ]
    assert [words for words, is_marked in table.rows[1].cells[1].parts if is_marked] == ["Phấn đấu"]
    assert "12/KH-UBND" in table.note


def test_corrected_words_are_underlined_in_every_file(document):
    head = letterhead.bare(2023)
    word = WordDocument(io.BytesIO(docx.make(document, head))).tables[-1]
    assert [run.text for run in word.rows[2].cells[1].paragraphs[0].runs if run.underline] == ["Phấn đấu"]
    assert [row.cells[1].text for row in word.rows[2:]] == [SHOWN, "90% doanh nghiệp"]
    book = load_workbook(io.BytesIO(xlsx.make(document, head)), rich_text=True)
    cell = book["Nguyên văn"]["B4"]
    assert str(cell.value) == SHOWN
    assert [part.text for part in cell.value if getattr(part, "font", None) and part.font.u] == ["Phấn đấu"]
    (annex,) = pdf.data_of(document, head)["annexes"]
    assert ("Phấn đấu", True) in annex["blocks"][0]["rows"][1]["cells"][1]
    assert pdf.make(document, head).startswith(b"%PDF")


def test_the_five_misprints_of_the_plan_are_marked():
    rows = [(f"{row['pillar']}.{row['no']}", row["text"], row["signed_text"]) for row in fixture("indicators.csv")]
    rows += [(f"{row['section']}-{row['no']}", row["name"], row["signed_name"]) for row in fixture("projects.csv")]
    marked = {
        code: [words for words, is_marked in corrected_words(text, signed) if is_marked]
        for code, text, signed in rows
        if signed
    }
    assert marked == {
        "I.3": ["cấp"],
        "II.3": ["Phấn đấu"],
        "I-5": ["họp"],
        "I-8": ["dự"],
        "III-1": ["cổng"],
    }
