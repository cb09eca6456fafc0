"""One document in four formats: each is read back and has the same numbers."""

import datetime as dt
import html
import io
import re
import subprocess
import unicodedata
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from docx import Document as WordDocument
from openpyxl import load_workbook
from pypdf import PdfReader

from core import formatting
from indicators.models import Basis
from projects.models import Project, ProjectGroup, ProjectParty
from reports import letterhead
from reports.documents import composition, model
from reports.documents.data import contributions
from reports.documents.model import (
    Annex,
    Bar,
    Chart,
    Column,
    Document,
    Heading,
    Paragraph,
    Table,
    TableCell,
    TableRow,
    bind,
)
from reports.documents.renderers import bar_chart_svg, docx, pdf, typst_worker, xlsx
from reports.documents.renderers.errors import Broken, RenderingFailed
from reports.documents.types import all_types
from tests import factories, pdf_tags
from tests.reports.conftest import roll_up

pytestmark = pytest.mark.once

HEAD = letterhead.DocumentHead(
    above="UBND tỉnh Hải Dương",
    issuer="Sở Thông tin và Truyền thông",
    symbol="BC-STTTT",
    place="Hải Dương",
    year=2023,
    number="15",
    day="2023-08-05",
    to=("UBND tỉnh Hải Dương.",),
    recipients=("Như trên;", "Lưu: VT."),
    powers=("KT. Giám đốc", "Phó Giám đốc"),
    signer="Nguyễn Văn Ngọc",
    marks=("Số liệu minh họa",),
    code="7K3F-9QMD-2XHT-4WPA",
    check_url="https://chuyendoiso.vi.du/kiem-tra/7K3F9QMD2XHT4WPA/",
    snapshot="a1b2c3d4e5f6",
    made="số chính thức, tổng hợp lúc 09:00 ngày 16/08/2023",
)
NAUGHTY = ["=1+1", '"><script>alert(1)</script>', "#set text(red)", "&P {1} {x}", "@sum", "-2+3"]


# The period of a type that has no months.
SPANS = {"tuan": "2023-tuan-32"}


@pytest.fixture
def august(province):
    """`august("tien-do")`: the province's document as of August, in the standing agency's words."""

    def make(kind="tien-do", span="", subject="toan-tinh", basis="chinh-thuc"):
        span = span or SPANS.get(kind, "2023-08")
        found, asked = composition.find(province.plan, kind, span, subject, basis)
        composed = found.compose(asked, [], province.people["khanh"])
        return model.settled(composed.with_texts({}, HEAD.issuer, "Ủy ban nhân dân tỉnh"))

    return make


def squeezed(text):
    """Text without any blank, because lines break at different places in each format."""
    return re.sub(r"\s", "", text)


def pdf_pages(content):
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def word_tables(content):
    return [
        [[cell.text for cell in row.cells] for row in table.rows]
        for table in WordDocument(io.BytesIO(content)).tables[1:]
    ]


def shown(cell):
    """Return a number as Excel shows it in one of our formats, in Vietnamese notation."""
    form = re.match(r'\+?(#,##0)(?:\.(0+))?(?:"(.*?)")?', cell.number_format)
    decimals, unit = len(form[2] or ""), form[3] or ""  # the unit as it follows the number, with its space
    value = Decimal(str(cell.value))
    dressed = formatting.signed(value, decimals) if cell.number_format[0] == "+" else formatting.number(value, decimals)
    return dressed + unit


@pytest.fixture
def with_projects(province):
    """Two projects of the plan: one late, one ongoing."""
    section = ProjectGroup.objects.create(plan=province.plan, code="I", title="Dự án", position=1)
    late = Project.objects.create(section=section, number=1, name="Kho dữ liệu dùng chung", due=dt.date(2023, 7, 31))
    going = Project.objects.create(section=section, number=2, name="Trung tâm điều hành", is_ongoing=True)
    for project in (late, going):
        ProjectParty.objects.create(project=project, part="lead", agency=province.tree["s1"])


# Rows of each table of each kind, so that none is left out unseen.
ROWS = {
    ("tien-do", "2023-08", "toan-tinh"): [4, 2, 4, 7, 1, 2, 3, 10, 7, 4, 7, 1],
    ("tien-do", "2023-quy-2", "huyen:h1"): [3, 2, 1, 2, 5, 7, 1],
    ("du-an", "2023-08", "toan-tinh"): [2, 1, 3, 1],
    ("che-do-bao-cao", "2023-6-thang", "toan-tinh"): [4, 10, 1],
    ("tom-tat", "2023-08", "toan-tinh"): [3],
    ("tuan", "2023-tuan-32", "toan-tinh"): [4, 1],
}


@pytest.mark.parametrize(("kind", "span", "subject"), ROWS)
def test_the_same_numbers_on_the_page_in_pdf_word_and_excel(august, as_person, with_projects, kind, span, subject):
    document = august(kind, span, subject)
    assert [len(table.rows) for table in document.tables] == ROWS[kind, span, subject]
    # A sentence may go on on the next page: pages without their margins.
    margins = re.compile(rf"^\d*{squeezed(HEAD.marks[0])}|{re.escape(squeezed(HEAD.trace + HEAD.check_url))}")
    read_pdf = "".join(margins.sub("", squeezed(page)) for page in pdf_pages(pdf.make(document, HEAD)))
    made = docx.make(document, HEAD)
    word = word_tables(made)
    book = load_workbook(io.BytesIO(xlsx.make(document, HEAD)))
    # The page of the draft that is made of it.
    khanh = as_person("khanh")
    asked = {"nam": "2023", "loai": kind, "ky": span, "ve": subject, "so-lieu": "chinh-thuc"}
    page = khanh.get(khanh.post("/bao-cao/moi/", asked)["Location"].removesuffix("soan/")).content.decode()
    page = squeezed(html.unescape(re.sub(r"<[^>]*>", "", page.split('class="sheets')[1])))
    for number, table in enumerate(document.tables):
        rows = [[cell.shown for cell in row.cells] for row in table.rows]
        # Word: one table of ours each, the letterhead before and the signature among them.
        titles = [column.title for column in table.columns]
        assert any(
            [row[: len(ours)] for row, ours in zip(t[1:], rows, strict=False)] == rows
            for t in word
            if t[0] == titles and len(t) == len(rows) + 1
        ), table.id
        # Excel: a sheet of its own, numbers as numbers.
        sheet = book[table.id[:28]]
        for place, row in enumerate(xlsx.unpaired(table).rows, 3):
            for column, cell in enumerate(row.cells, 1):
                there = sheet.cell(place, column)
                if cell.value is None:
                    assert there.value == cell.shown and there.data_type == "s"
                else:
                    assert there.data_type == "n" and Decimal(str(there.value)) == Decimal(cell.value)
                    assert shown(there) == cell.shown
        # PDF and page: the cells of each row follow one another.
        for row in table.rows:
            for cell in row.cells:
                assert squeezed(cell.shown) in read_pdf, (number, cell.shown)
            assert squeezed("".join(cell.shown for cell in row.cells)) in page, (number, row)
    text = squeezed("".join(p.text for p in WordDocument(io.BytesIO(made)).paragraphs))
    lines = squeezed("".join(str(row[0].value) for row in book["Báo cáo"].iter_rows()))
    said = [sentence.plain for block in document.body if block.block == "paragraph" for sentence in block.sentences]
    said = [squeezed(sentence).rstrip(".") for sentence in (document.abstract.plain, *said) if sentence]
    assert len(said) > 4
    for sentence in said:
        for written in (read_pdf, text, lines, page.replace(squeezed("Đơn vị s1"), squeezed(HEAD.issuer))):
            assert sentence.replace(squeezed("Đơn vị s1"), squeezed(HEAD.issuer)) in written.replace(
                squeezed("Đơn vị s1"), squeezed(HEAD.issuer)
            ), sentence
    # A chart: its bars' words stand in the workbook, and in words beside the picture.
    for chart in document.charts:
        rows = [[cell.value for cell in row[:2]] for row in book[chart.id[:28]].iter_rows(min_row=3, max_col=4)]
        assert rows[: len(chart.bars)] == [[bar.label, bar.shown] for bar in chart.bars]
        assert all(squeezed(bar.shown) in page for bar in chart.bars)


def test_form_of_the_decree(august):
    content = pdf.make(august(), HEAD)
    reader = PdfReader(io.BytesIO(content))
    first = reader.pages[0]
    assert (round(float(first.mediabox.width)), round(float(first.mediabox.height))) == (595, 842)
    text = first.extract_text()
    for said in (
        "UBND TỈNH HẢI DƯƠNG",
        "SỞ THÔNG TIN",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 15/BC-STTTT",
        "Hải Dương, ngày 05 tháng 8 năm 2023",
        "BÁO CÁO",
        "Kính gửi: UBND tỉnh Hải Dương.",
    ):
        assert said in text
    whole = "\n".join(page.extract_text() for page in reader.pages)
    for said in ("Nơi nhận:", "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "Nguyễn Văn Ngọc"):
        assert said in whole
    assert squeezed("Truyền thông trân trọng báo cáo./.Nơi nhận") in squeezed(whole)
    assert "(Kèm theo Báo cáo số 15/BC-STTTT ngày 05 tháng 8 năm 2023 của Sở Thông tin và Truyền thông)" in whole
    assert {(page.mediabox.width > page.mediabox.height) for page in reader.pages} == {True, False}
    for page in reader.pages:
        text = page.extract_text()
        assert "Số liệu minh họa" in text and HEAD.code in text and HEAD.check_url in text
    assert whole == unicodedata.normalize("NFC", whole)
    # Tagged, in Vietnamese, named, and declared to keep to PDF/UA-1.
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("vi")
    assert b"pdfuaid" in content or "pdfuaid" in str(reader.xmp_metadata.stream.get_data())
    assert reader.metadata.title == "Kết quả thực hiện Kế hoạch tháng 8 năm 2023"


ADDRESSEES = ("UBND tỉnh Hải Dương.", *(f"Ban Chỉ đạo chuyển đổi số số {n};" for n in range(2, 8)))


@pytest.mark.parametrize("kind", all_types())
def test_any_number_of_addressees_in_every_format(august, with_projects, kind):
    """Two and more gave no PDF: a name of the template hid the function that sets the space before them."""
    document = august(kind)
    for number in (0, 1, 2, 7):
        head = replace(HEAD, to=ADDRESSEES[:number])
        texts = (
            pdf_pages(pdf.make(document, head))[0],
            "\n".join(p.text for p in WordDocument(io.BytesIO(docx.make(document, head))).paragraphs),
            "\n".join(
                str(row[0].value) for row in load_workbook(io.BytesIO(xlsx.make(document, head)))["Báo cáo"].iter_rows()
            ),
        )
        for written in texts:
            assert ("Kính gửi" in written) == bool(number)
            assert [one for one in ADDRESSEES if one in written] == list(ADDRESSEES[:number])


def test_a_long_word_breaks_and_keeps_its_letters():
    address = "https://chuyendoiso.vi.du/" + "abcdefghijklmnopqrstuvwxyz" * 9
    amount = "1.970.000.000.000.000"
    table = Table(
        "B", "B", (Column(address, 10), Column("Số", 90)), (TableRow((TableCell(address), TableCell(amount))),)
    )
    body = (Paragraph((bind("x", f"Xem {address} rồi làm."),)), table, Paragraph((bind("z", "Hết"),)))
    # People fill in dots, rules and lists of numbers without a blank.
    signs = ("." * 200, "-" * 200, "0912345678," * 20)
    body += tuple(Paragraph((bind(f"y{place}", f"Gọi {sign}"),)) for place, sign in enumerate(signs))
    document = Document(bind("t", f"Kết quả {address}"), body)
    reach = []

    def look(text, _, matrix, font, size):
        if text.strip():
            reach.append(matrix[4])

    pages = PdfReader(io.BytesIO(pdf.make(document, HEAD))).pages
    text = squeezed("".join(page.extract_text() for page in pages))
    assert all(sign in text for sign in signs)
    assert text.count(address) == 4 and amount in text and "\u200b" not in text and "\u00ad" not in text
    for page in pages:
        page.extract_text(visitor_text=look)
    # Nothing begins beyond the right margin, 20 mm of a page of 210.
    assert reach and max(reach) < (210 - 20) * 72 / 25.4
    lines = [line for page in pages for line in page.extract_text().splitlines()]
    assert max(map(len, lines)) < 140  # of dots, the narrowest


def test_times_metric_letters_only(august):
    fonts = {
        font["/BaseFont"]
        for page in PdfReader(io.BytesIO(pdf.make(august(), HEAD))).pages
        for font in (each.get_object() for each in page["/Resources"]["/Font"].values())
    }
    assert fonts and all("Termes" in font or "TimesNewRoman" in font for font in fonts)


def test_the_annex_of_235_communes_is_whole_with_repeated_heads():
    rows = tuple(TableRow((TableCell(f"{n}", f"{n}"), TableCell(f"UBND xã Số {n}."))) for n in range(1, 236))
    table = Table("Xã", "Các xã", (Column("TT", 10), Column("Đơn vị báo cáo", 90)), rows, dense=True)
    document = Document(bind("t", "T"), (Paragraph((bind("x", "Hết"),)),), (Annex("Các xã", (table,)),))
    pages = pdf_pages(pdf.make(document, HEAD))[1:]
    assert len(pages) > 4
    assert all("Đơn vị báo cáo" in page for page in pages)
    assert re.findall(r"UBND xã Số (\d+)\.", "\n".join(pages)) == [str(n) for n in range(1, 236)]
    # The annex counts its own pages; the first one bears no number.
    assert [page.split()[0] for page in pages[:3]] == ["Số", "2", "3"]
    word = WordDocument(io.BytesIO(docx.make(document, HEAD)))
    made = word.tables[-1]
    assert len(made.rows) == 236
    assert made.rows[0]._tr.trPr.xpath("./w:tblHeader") and all(
        row._tr.trPr.xpath("./w:cantSplit") for row in made.rows
    )
    sheet = load_workbook(io.BytesIO(xlsx.make(document, HEAD)))["Xã"]
    assert sheet.print_title_rows in ("$2:$2", "2:2") and sheet.page_setup.paperSize == 9 and sheet.max_row == 237


def test_each_annex_counts_its_own_pages():
    def annex(name, landscape):
        rows = tuple(TableRow((TableCell(f"{name} {n}"),)) for n in range(1, 150))
        return Annex(name, (Table(name, name, (Column(name, 100),), rows),), landscape)

    annexes = tuple(
        annex(name, landscape) for name, landscape in (("A", False), ("B", True), ("C", False), ("D", False))
    )
    document = Document(bind("t", "T"), (Paragraph((bind("x", "Hết"),)),), annexes)
    pages = pdf_pages(pdf.make(document, HEAD))[1:]
    first = [place for place, page in enumerate(pages) if "Kèm theo Báo cáo" in page]
    numbers = [page.split()[0] for page in pages]
    assert len(first) == 4
    for begin, end in zip(first, [*first[1:], len(pages)], strict=True):
        assert numbers[begin:end] == ["Số", *map(str, range(2, end - begin + 1))]  # the first bears the mark alone


def test_a_small_table_is_never_parted():
    def fill(lines):
        table = Table("N", "N", (Column("Nhóm", 100),), tuple(TableRow((TableCell(f"Hàng {n}"),)) for n in range(1, 6)))
        body = (*(Paragraph((bind(f"p{n}", "Dòng"),)) for n in range(lines)), table, Paragraph((bind("x", "Hết"),)))
        return Document(bind("t", "T"), body)

    for lines in range(22, 34):
        pages = pdf_pages(pdf.make(fill(lines), HEAD))
        (whole,) = [page for page in pages if "Hàng 1" in page]
        assert all(f"Hàng {n}" in whole for n in range(1, 6)), lines
    made = WordDocument(io.BytesIO(docx.make(fill(1), HEAD))).tables[1]
    assert [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in made.rows] == [True] * 5 + [None]


def test_rows_of_the_workbook_are_as_high_as_their_words():
    long = "Hồ sơ công việc cấp xã được xử lý trên môi trường mạng, gồm cả hồ sơ của năm trước chuyển sang. " * 3
    rows = (TableRow((TableCell("1", "1"), TableCell(long))), TableRow((TableCell("2", "2"), TableCell("Ngắn"))))
    table = Table("B", "B", (Column("TT", 10), Column("Chỉ tiêu", 90)), rows)
    document = Document(bind("t", "T"), (Paragraph((bind("x", long),)), table, Paragraph((bind("z", "Hết"),))))
    book = load_workbook(io.BytesIO(xlsx.make(document, HEAD)))
    sheet, text = book["B"], book["Báo cáo"]
    # 93 letters in a column of 83, 279 in all: at least four lines of 11 points.
    assert sheet.row_dimensions[3].height > 4 * 11 and sheet.row_dimensions[4].height < 2 * 11
    (place,) = [cell.row for cell in text["A"] if str(cell.value).strip() == long.strip()]
    assert text.row_dimensions[place].height > 4 * 12
    assert book._named_styles["Normal"].font.name == "Times New Roman"


@pytest.mark.parametrize(
    ("words", "written"),
    [("", None), ("Sở TT&TT", "Sở TT&&TT"), ("a" * 239 + "&TT", "a" * 239 + "&&"), ("a" * 300, "a" * 240)],
)
def test_the_margin_of_a_sheet_is_whole(words, written):
    assert xlsx.margin_text(words) == written


def test_word_has_styles_margins_fields_and_sections(august):
    word = WordDocument(io.BytesIO(docx.make(august(), HEAD)))
    styles = [p.style.name for p in word.paragraphs if p.style.name.startswith("Heading")]
    assert styles[:3] == ["Heading 1", "Heading 2", "Heading 2"] and len(styles) > 8
    first, *annexes = word.sections
    assert [
        round(side.mm) for side in (first.top_margin, first.bottom_margin, first.left_margin, first.right_margin)
    ] == [
        20,
        22,
        30,
        20,
    ]
    assert (round(first.page_width.mm), round(first.page_height.mm)) == (210, 297)
    assert [section.page_width > section.page_height for section in annexes] == [True, False, False, False, True, False]
    for section in word.sections:
        assert section.different_first_page_header_footer
        assert "PAGE" in section.header._element.xml and "PAGE" not in section.first_page_header._element.xml
        for footer in (section.first_page_footer, section.footer):
            assert HEAD.code in "".join(footer._element.itertext()) and "graphic" in footer._element.xml
        for header in (section.first_page_header, section.header):
            assert "Số liệu minh họa" in "".join(p.text for p in header.paragraphs)
    fonts = word.styles["Normal"].element.rPr.rFonts
    assert {fonts.get(docx.qn(f"w:{script}")) for script in ("ascii", "hAnsi", "eastAsia", "cs")} == {"Times New Roman"}


def test_naughty_text_is_only_text():
    rows = tuple(TableRow((TableCell(text), TableCell("1", "1"))) for text in NAUGHTY)
    table = Table("Bảng [1]*", "Bảng", (Column(NAUGHTY[1], 50), Column("Số", 50)), rows)
    chart = Chart("B", NAUGHTY[1], NAUGHTY[1], (Bar(NAUGHTY[1], NAUGHTY[0], "50", "80", "behind", ""),))
    body = (Heading(NAUGHTY[2]), *(Paragraph((bind(f"x{n}", t),)) for n, t in enumerate(NAUGHTY)), table, chart)
    document = Document(bind("t", NAUGHTY[1]), (*body, Paragraph((bind("z", "Hết"),))))
    read = squeezed("".join(pdf_pages(pdf.make(document, HEAD))))
    word = WordDocument(io.BytesIO(docx.make(document, HEAD)))
    paragraphs = [p.text for p in word.paragraphs]
    book = load_workbook(io.BytesIO(xlsx.make(document, HEAD)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type in ("s", "n") for cell in cells)
    for text in NAUGHTY:
        assert squeezed(text) in read
        assert text in paragraphs
        assert text in [cell.value for cell in cells]


def test_a_maker_that_hangs_is_ended(august, monkeypatch):
    def hang(command, **given):
        raise subprocess.TimeoutExpired(command, given["timeout"])

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(RenderingFailed, match="quá 60 giây"):
        pdf.make(august(), HEAD)


def test_a_real_endless_text_is_ended_in_time(monkeypatch):
    monkeypatch.setattr(pdf, "LONGEST_SECONDS", 1.5)
    with pytest.raises(RenderingFailed, match="đã bị dừng"):
        pdf.typeset("#for a in range(9000) { for b in range(9000) { for c in range(9000) { let d = c } } }", {}, "pdf")


def test_what_cannot_be_set_says_so():
    with pytest.raises(Broken, match="no-such-thing"):
        pdf.typeset("#no-such-thing()", {}, "pdf")


def test_what_rests_on_too_few_agencies_is_an_outline():
    full = Bar("A", "1/2", "50", None, "achieved", "Đạt")
    part, none = replace(full, label="B", firm="25"), replace(full, label="C", firm="0")
    drawn = {bar.label: bar_chart_svg.svg(Chart("x", "x", "x", (bar,))) for bar in (full, part, none)}
    outline = 'fill="#fff" stroke="#1b5e3f" stroke-width="1" stroke-dasharray="2.5 1.5"'
    assert [outline in one for one in drawn.values()] == [False, True, True]
    assert ["Chưa đủ số liệu" in one for one in drawn.values()] == [False, True, True]
    span = bar_chart_svg.WIDTH - bar_chart_svg.LABEL - bar_chart_svg.TEXT
    for bar, share in ((full, 0.5), (part, 0.25), (none, 0)):
        assert f'width="{span * share:.1f}" height="9" fill="#1b5e3f"' in drawn[bar.label]
        ElementTree.fromstring(drawn[bar.label])


def test_a_charts_sheet_holds_what_is_reached(august):
    """I.1 is 72,31% of at least 80%: 90,38% of it, not its place on the drawing's scale."""
    book = load_workbook(io.BytesIO(xlsx.make(august(), HEAD)))
    sheet = book["Biểu đồ chỉ tiêu"]
    assert [cell.value for cell in sheet[2]][:4] == ["Mã, địa bàn", "Kết quả", "Mức độ hoàn thành (%)", "Trạng thái"]
    rows = {row[0].value: [cell.value for cell in row[1:4]] for row in sheet.iter_rows(min_row=3, max_col=4)}
    shown, reached, word = rows["I.1 (lũy kế)"]
    assert (shown, round(reached, 2), word) == (
        "72,31% (≥\u00a080%)",
        90.38,
        "Cần chú ý; chưa đủ số liệu",
    )
    assert round(rows["III.1"][1], 2) == 133.33  # not cut at the drawing's end


def test_all_charts_are_drawn_by_one_process(monkeypatch):
    asked = []
    typeset = docx.typeset
    monkeypatch.setattr(docx, "typeset", lambda *given: asked.append(1) or typeset(*given))
    charts = [Chart(name, name, name, (Bar(name, "1", "50", None, "behind", ""),)) for name in "AB"]
    document = Document(bind("t", "T"), (*charts, Paragraph((bind("x", "Hết"),))))
    word = WordDocument(io.BytesIO(docx.make(document, HEAD)))
    assert len(word.inline_shapes) == 2 and asked == [1]


def test_the_face_is_installed():
    assert typst_worker.font_folder() is not None


@pytest.mark.parametrize(
    ("kind", "span"),
    [
        *(
            (kind, span)
            for kind in all_types()
            if kind not in SPANS
            for span in ("2023-08", "2023-quy-2", "2023-6-thang")
        ),
        *SPANS.items(),
    ],
)
def test_every_kind_and_span_is_a_document(august, kind, span):
    document = august(kind, span)
    assert model.load(model.dump(document)) == document
    assert HEAD.issuer in document.body[-1].plain
    assert document.abstract.plain


@pytest.mark.parametrize("subject", ["tru-cot:I", "huyen:h1", "don-vi:x11", "don-vi:s1"])
def test_every_subject_is_a_document(august, subject):
    document = august(subject=subject)
    codes = [row.cells[0].shown for table in document.tables if table.id == "Chỉ tiêu" for row in table.rows]
    assert (
        codes
        == {
            "tru-cot:I": ["I. Trụ cột", "I.1", "I.2"],
            "huyen:h1": ["I. Trụ cột", "I.1"],
            "don-vi:x11": ["I. Trụ cột", "I.1"],
            "don-vi:s1": ["I. Trụ cột", "I.2", "II. Trụ cột", "II.1", "III. Trụ cột", "III.1"],
        }[subject]
    )


@pytest.mark.parametrize(
    ("kind", "span", "subject", "basis"),
    [
        ("khac", "2023-08", "toan-tinh", "chinh-thuc"),
        ("tien-do", "2023-12", "toan-tinh", "chinh-thuc"),
        ("tien-do", "2023-08", "huyen:x11", "chinh-thuc"),
        ("tien-do", "2023-08", "chu-tri:x11", "chinh-thuc"),
        ("du-an", "2023-08", "huyen:h1", "chinh-thuc"),
        ("tien-do", "2023-08", "toan-tinh", "official"),
    ],
)
def test_what_no_report_can_be_asked_for(province, kind, span, subject, basis):
    assert composition.find(province.plan, kind, span, subject, basis) is None


def test_a_summary_is_one_page(august):
    assert len(PdfReader(io.BytesIO(pdf.make(august("tom-tat"), HEAD))).pages) == 1


def test_changes_say_who_moved_them(august):
    # I.1: July 800/1000; August 940/1300. h1's branch 540/600 → 680/900, h2's 260/400 → 260/400 as of August.
    said = " ".join(sentence.plain for sentence in august().sentences if sentence.id.startswith("dong-gop"))
    assert said == (
        "- Hồ sơ trên mạng (I.1, lũy kế) giảm 7,69\u00a0điểm phần trăm, "
        "trong đó Đơn vị h2 \u22126,00\u00a0điểm phần trăm; Đơn vị h1 \u22121,69\u00a0điểm phần trăm."
    )


def test_printed_parts_add_up_to_the_printed_change():
    """Thirds of 0,05 points: 0,02 + 0,02 + 0,02 would be 0,06."""
    target = SimpleNamespace(code="I.9", label="Chỉ tiêu", unit="%", is_cumulative=False)
    line = SimpleNamespace(target=target, value=Decimal("10.05"), value_before=Decimal("10.00"))
    for number in (3, 5):
        parts = {place: Fraction(5, 100 * number) for place in range(number)}
        found = contributions.contribution_of(line, SimpleNamespace(total=Fraction(5, 100), parts=parts), "ABCDE")
        assert sum(part for _, part in found.parts) + found.rest == found.total == Decimal("0.05")
        assert found.has_rest == (number > 3)
    nothing = SimpleNamespace(target=target, value=Decimal("10.001"), value_before=Decimal("10.000"))
    assert contributions.contribution_of(nothing, SimpleNamespace(total=Fraction(1, 1000), parts={0: 1}), "A") is None


def test_low_coverage_and_the_basis_are_said(august, province):
    said = " ".join(sentence.plain for sentence in august().sentences)
    assert "số chính thức, chỉ gồm phiếu đã được duyệt" in said and "ghi “chưa đủ số liệu”: I.1" in said
    assert "số tạm tính" in " ".join(s.plain for s in august(basis="tam-tinh").sentences)


def test_reasons_are_the_agencies_own_words(august, province):
    actual = province.targets["I.2"].actuals.get(submission__period__number=8)
    actual.note = "Chậm bàn giao {1} máy chủ."
    actual.save()
    roll_up(province.plan)
    (said,) = [s.plain for s in august().sentences if s.id == "nguyen-nhan-I.2"]
    assert said == "- Chỉ tiêu I.2 (I.2, 30,00%): Đơn vị s1 nêu: “Chậm bàn giao {1} máy chủ”."


def test_basis_values_are_those_of_addresses():
    assert set(composition.BASIS_NAMES.values()) == set(Basis)
    assert factories.YEAR == 2023


def test_two_numbers_of_a_cell_are_two_columns_of_a_workbook():
    columns = (Column("Mã", 10), Column("Tử số / mẫu số", 20, "right", ("Tử số", "Mẫu số")), Column("Hết", 5))
    rows = (
        TableRow((TableCell("I. Nhóm"),), "group"),
        TableRow((TableCell("I.1"), TableCell("1.200,5 / 2.000", pair=("1200.50", "2000")), TableCell("a"))),
        TableRow((TableCell("I.2"), TableCell("-"), TableCell("b"))),
    )
    document = Document(
        bind("t", "T"), (Paragraph((bind("x", "Hết"),)),), (Annex("A", (Table("B", "B", columns, rows),)),)
    )
    sheet = load_workbook(io.BytesIO(xlsx.make(document, HEAD)))["B"]
    read = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2, max_row=5)]
    assert read[0] == ["Mã", "Tử số", "Mẫu số", "Hết"]
    assert read[2:] == [["I.1", 1200.5, 2000, "a"], ["I.2", "-", "-", "b"]]
    assert [shown(sheet.cell(4, column)) for column in (2, 3)] == ["1.200,5", "2.000"]
    assert "A3:D3" in [str(one) for one in sheet.merged_cells.ranges]


def test_what_goes_on_says_so_and_the_marks_are_read():
    """A table over two pages has its caption there; the marks of the first page are text, not margin."""
    columns = (Column("TT", 10, "center"), Column("Tên", 90))
    rows = tuple(TableRow((TableCell(str(n), str(n)), TableCell(f"Việc {n}"))) for n in range(1, 90))
    body = (Table("B", "Các việc", columns, rows), Paragraph((bind("x", "Hết"),)))
    pages = pdf_pages(pdf.make(Document(bind("t", "T"), body), HEAD))
    assert ["Các việc (tiếp theo)" in page for page in pages] == [False, *[True] * (len(pages) - 1)] and len(pages) > 2
    assert "Các việc" in pages[0]


def test_a_screen_reader_finds_headers_pictures_and_marks(august):
    content = pdf.make(august(), HEAD)
    assert pdf_tags.faults(content) == []
    tags = [tag for tag, _, _ in pdf_tags.elements(content)]
    assert tags.count("/Table") == len(august().tables)
    # The marks are one more text of the letter and of each annex, not a part of the margin.
    annex = Annex(
        "A", (Table("B", "B", (Column("Mã", 1), Column("Tên", 1)), (TableRow((TableCell("1"), TableCell("x"))),)),)
    )
    small = Document(bind("t", "T"), (Heading("I. A"), Paragraph((bind("x", "Hết"),))), (annex,))
    marked, bare = (pdf_tags.elements(pdf.make(small, replace(HEAD, marks=marks))) for marks in (HEAD.marks, ()))
    assert len(marked) - len(bare) >= 2


def test_the_rules_of_tags_see_a_row_without_header(monkeypatch):
    table = Table("B", "B", (Column("TT", 1), Column("Tên", 9)), (TableRow((TableCell("1", "1"), TableCell("x"))),))
    document = Document(bind("t", "T"), (table, Paragraph((bind("x", "Hết"),))))
    scopes = [
        pdf_tags._scope(element) for tag, _, element in pdf_tags.elements(pdf.make(document, HEAD)) if tag == "/TH"
    ]
    assert scopes == ["/Column", "/Column", "/Row"]
    monkeypatch.setattr(pdf, "with_row_headers", lambda content, columns: content)
    assert pdf_tags.faults(pdf.make(document, HEAD)) == ["a row without header"]
