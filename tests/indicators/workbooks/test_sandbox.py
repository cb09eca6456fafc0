"""Workbooks that are broken, hostile or odd, really made, and read in bounds (promises F-09, F-11). No database."""

import datetime as dt
import json
import re
import struct
import subprocess
import sys
import time
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from indicators.workbooks import sandbox
from indicators.workbooks.sandbox import Cell, Mark, Unreadable
from tests.stack import ROOT

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = {
    MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        "http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}


@pytest.fixture
def in_this_process():
    """Workbooks are read in a process of their own here: its bounds are what is asked."""


def saved(book):
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def simple(rows=(("Mã", "Số"), ("I.1", 12))):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def repacked(content, change=None, add=(), names=()):
    """The same package with parts changed by `change(name, text)` and others added."""
    result = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(result, "w", ZIP_DEFLATED) as new:
        for part in old.infolist():
            text = old.read(part.filename)
            text = change(part.filename, text.decode()).encode() if change else text
            new.writestr(part.filename, text)
        for name, text in add:
            new.writestr(name, text)
    return result.getvalue()


def with_sheet(xml, content=None):
    """A workbook whose only sheet is this XML."""
    sheet = f'<?xml version="1.0"?><worksheet xmlns="{MAIN}">{xml}</worksheet>'
    return repacked(content or simple(), lambda name, text: sheet if name.endswith("sheet1.xml") else text)


def encrypted_zip():
    content = bytearray(simple())
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for match in re.finditer(re.escape(sign), bytes(content)):
            (flags,) = struct.unpack_from("<H", content, match.start() + offset)
            struct.pack_into("<H", content, match.start() + offset, flags | 1)
    return bytes(content)


def strict():
    def change(_, text):
        for usual, other in STRICT.items():
            text = text.replace(usual, other)
        return text

    return repacked(simple(), change)


def zip_of(*names):
    content = BytesIO()
    with ZipFile(content, "w") as package:
        for name in names:
            package.writestr(name, "x")
    return content.getvalue()


REFUSED = {
    "empty": (lambda: b"", "Tệp rỗng"),
    "text": (lambda: "Mã;Số\nI.1;12".encode(), "không phải là tệp Excel"),
    "pdf": (lambda: b"%PDF-1.7 ...", "không phải là tệp Excel"),
    "old or with a password": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "mật khẩu hoặc ở dạng Excel cũ"),
    "password of the package": (encrypted_zip, "có mật khẩu"),
    "cut short": (lambda: simple()[:-300], "bị hỏng"),
    "only the sign": (lambda: b"PK\x03\x04" + bytes(100), "bị hỏng"),
    "a document": (lambda: zip_of("[Content_Types].xml", "word/document.xml"), "không phải là tệp Excel dạng .xlsx"),
    "binary workbook": (lambda: zip_of("[Content_Types].xml", "xl/workbook.bin"), "không phải là tệp Excel dạng .xlsx"),
    "macro": (lambda: repacked(simple(), add=[("xl/vbaProject.bin", b"x")]), "có macro"),
    "macro of old": (lambda: repacked(simple(), add=[("xl/macrosheets/sheet1.xml", b"x")]), "có macro"),
    "many parts": (lambda: repacked(simple(), add=[(f"xl/x{n}.xml", b"x") for n in range(250)]), "lớn bất thường"),
    "a bomb": (lambda: repacked(simple(), add=[("xl/bomb.xml", bytes(80 * 2**20))]), "lớn bất thường"),
    "too large": (lambda: simple() + bytes(6 * 2**20), "lớn hơn 5 MB"),
    "strict": (strict, "Strict Open XML"),
    "no XML inside": (lambda: with_sheet("<sheetData><row><c"), "không đọc được"),
    "a sheet that is missing": (
        lambda: repacked(simple(), lambda name, text: text.replace("sheet1.xml", "sheet9.xml") if "rels" in name else text),
        "không có trang tính nào đọc được",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_and_why(name):
    make, words = REFUSED[name]
    with pytest.raises(Unreadable, match=re.escape(words)):
        sandbox.read(make())


def laughs():
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    sheet = f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><worksheet xmlns="{MAIN}"><sheetData><row r="1">' + (
        '<c r="A1" t="inlineStr"><is><t>&a9;</t></is></c></row></sheetData></worksheet>'
    )
    return repacked(simple(), lambda name, text: sheet if name.endswith("sheet1.xml") else text)


def many_rows(count):
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, count + 1))
    return with_sheet(f"<sheetData>{rows}</sheetData>")


def with_strings(strings, sheet):
    """A workbook with a table of shared strings, which openpyxl reads and does not write."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"

    def change(name, text):
        if name.endswith("sheet1.xml"):
            return f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
        if name == "[Content_Types].xml":
            part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/>'
            return text.replace("</Types>", f"{part}</Types>")
        return text

    return repacked(simple(), change, add=[("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{strings}</sst>')])


def many_strings():
    strings = "".join(f"<si><t>chuỗi số {n} dài hơn một chút</t></si>" for n in range(900_000))
    return with_strings(strings, '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>' * 2)


def one_text_in_many_cells():
    """A text of 5.000 characters in 20.000 cells: 57 KB that were 100 MB once they were read."""
    row = "<row>" + '<c t="s"><v>0</v></c>' * 40 + "</row>"
    return with_strings(f"<si><t>{'dài ' * 1250}</t></si>", row * 500)


MEASURE = """
import json, resource, sys
from indicators.workbooks import sandbox
try:
    said = str(len(sandbox.read(open(sys.argv[1], "rb").read())[0].rows))
except sandbox.Unreadable as refused:
    said = str(refused)
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([said, spent.ru_utime + spent.ru_stime, spent.ru_maxrss, own]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "answer"),
    [
        (laughs, "lớn quá mức cho phép"),
        (many_strings, "lớn quá mức cho phép|Đọc tệp quá 5 giây"),
        (lambda: many_rows(500_000), "quá nhiều dòng"),
        (one_text_in_many_cells, "quá nhiều ô hoặc quá nhiều chữ"),
        (lambda: many_rows(10_000), "10000"),
    ],
    ids=["laughs", "strings", "rows", "one text", "all that is read"],
)
def test_a_small_file_that_grows_is_stopped_in_time_and_memory(make, answer, tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(make())
    assert path.stat().st_size < sandbox.MOST_BYTES
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    said, seconds, kilobytes, own = json.loads(result.stdout)
    assert re.search(answer, said)
    assert seconds < 6
    assert kilobytes < 300 * 1024
    assert own < 100 * 1024  # who asks for the reading holds little more than the answer


def test_a_sheet_that_claims_a_million_rows_is_read_right():
    rows = '<row r="1"><c r="A1"><v>7</v></c></row><row r="1048576"><c r="B1048576"><v>9</v></c></row>'
    content = with_sheet(f'<dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData>')
    begun = time.monotonic()
    (table,) = sandbox.read(content)
    assert table.rows == {1: {1: Cell("number", "7")}, 1048576: {2: Cell("number", "9")}}
    assert time.monotonic() - begun < 10


def test_a_sheet_that_claims_one_row_loses_none():
    content = with_sheet(
        '<dimension ref="A1"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="5"><c r="C5"><v>2</v></c></row></sheetData>'
    )
    assert sandbox.read(content)[0].rows == {1: {1: Cell("number", "1")}, 5: {3: Cell("number", "2")}}


def test_who_takes_too_long_is_told_so(monkeypatch):
    run = sandbox.subprocess.run
    monkeypatch.setattr(
        sandbox.subprocess, "run", lambda command, **options: run(["/bin/sh", "-c", "kill -XCPU $$"], **options)
    )
    with pytest.raises(Unreadable, match="quá 5 giây"):
        sandbox.read(simple())


def test_ten_thousand_rows_are_read_and_no_more():
    assert len(sandbox.read(many_rows(10_000))[0].rows) == 10_000
    with pytest.raises(Unreadable, match="quá nhiều dòng"):
        sandbox.read(many_rows(10_001))


def test_many_cells_are_refused():
    row = "".join(f"<c><v>{n}</v></c>" for n in range(40))
    with pytest.raises(Unreadable, match="quá nhiều ô"):
        sandbox.read(with_sheet(f"<sheetData>{f'<row>{row}</row>' * 1501}</sheetData>"))


def test_a_sheet_with_a_long_name_is_refused():
    content = repacked(simple(), lambda name, text: text.replace('name="Sheet"', f'name="{"x" * 65}"'))
    with pytest.raises(Unreadable, match="Tên một trang tính dài quá 64 ký tự"):
        sandbox.read(content)


def test_the_process_is_told_nothing_of_ours(monkeypatch):
    """Neither database nor key is in the surroundings of the process that opens strangers' files."""
    asked = {}

    def run(command, **options):
        asked.update(options["env"])
        raise subprocess.TimeoutExpired(command, 10)

    monkeypatch.setenv("SECRET_KEY", "x")
    monkeypatch.setattr(sandbox.subprocess, "run", run)
    with pytest.raises(Unreadable, match="quá 5 giây"):
        sandbox.read(simple())
    assert set(asked) == {"PATH", "PYTHONDONTWRITEBYTECODE", "OPENPYXL_LXML"}


def test_cells_are_what_excel_shows():
    book = Workbook()
    sheet = book.active
    values = [12, 12.5, 0.1 + 0.2, "1.234,5", "1\u00a0970", True, dt.date(2023, 12, 3), "#N/A", 1e300, "=A1+1", -7]
    for line, value in enumerate(values, start=1):
        sheet.cell(line, 1).value = value
    sheet.cell(20, 1, 0.8).number_format = "0%"
    sheet.cell(21, 1, 45000).number_format = "dd/mm/yyyy"
    sheet.cell(22, 1, 10**15 + 1)
    (table,) = sandbox.read(saved(book))
    assert [table.rows[line][1] for line in sorted(table.rows)] == [
        Cell("number", "12"),
        Cell("number", "12.5"),
        Cell("number", "0.3"),  # fifteen digits, as Excel shows 0.1 + 0.2
        Cell("text", "1.234,5"),
        Cell("text", "1\u00a0970"),
        Cell("true", "1"),
        Cell("date", "2023-12-03"),
        Cell("error", "#N/A"),
        Cell("number", "NaN"),
        Cell("formula"),
        Cell("number", "-7"),
        Cell("number", "0.8", percent=True, shown="80%"),
        Cell("date", "2023-03-15"),
        Cell("number", "1000000000000001"),
    ]


def test_a_formula_counts_with_its_last_result():
    content = with_sheet(
        '<sheetData><row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>"a"</f><v>a</v></c>'
        '<c r="C1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="D1"><f>1+1</f></c></row></sheetData>'
    )
    assert sandbox.read(content)[0].rows[1] == {
        1: Cell("number", "2"),
        2: Cell("text", "a"),
        3: Cell("error", "#DIV/0!"),
        4: Cell("formula"),
    }


def test_a_formula_whose_result_is_an_empty_text_is_an_empty_cell():
    content = with_sheet(
        '<sheetData><row r="1"><c r="A1" t="str"><f>IF(1,"","")</f><v></v></c><c r="B1" t="str"><f>""</f></c>'
        '<c r="C1"><f>1+1</f><v></v></c></row></sheetData>'
    )
    assert sandbox.read(content)[0].rows[1] == {3: Cell("formula")}


def test_what_a_format_shows_goes_along():
    book = Workbook()
    sheet = book.active
    formats = {1: (0.8, '0.0" %"'), 2: (1234.6, "#,##0"), 3: (0.785, "0%"), 4: (7, ";;;"), 5: (1520, "General")}
    for line, (value, number_format) in formats.items():
        sheet.cell(line, 1, value).number_format = number_format
    sheet.cell(6, 1, True)
    (table,) = sandbox.read(saved(book))
    cells = [table.rows[line][1] for line in range(1, 7)]
    assert [cell.percent for cell in cells] == [False, False, True, False, False, False]
    assert [cell.words for cell in cells] == ["0,8 %", "1.235", "79%", "7", "1520", "TRUE"]
    assert [cell.hidden_words for cell in cells] == [
        "",
        "Excel đang hiện 1.235, mà ô giữ 1.234,6",
        "Excel đang hiện 79%, mà ô giữ 78,5%",
        "Excel không hiện gì, mà ô giữ 7",
        "",
        "",
    ]


def test_what_is_out_of_sight_and_what_is_merged():
    book = Workbook()
    sheet = book.active
    for line in range(1, 5):
        sheet.append([line, line, line])
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["C"].hidden = True
    sheet.merge_cells("A3:A4")
    other = book.create_sheet("ẩn")
    other["A1"] = 1
    other.sheet_state = "veryHidden"
    table, hidden = sandbox.read(saved(book))
    places = [(line, column) for line in range(1, 5) for column in range(1, 4)]
    out_of_sight = [place for place in places if table.is_out_of_sight(*place)]
    assert out_of_sight == [(1, 3), (2, 1), (2, 2), (2, 3), (3, 3), (4, 3)]
    assert [place for place in places if table.is_merged(*place)] == [(3, 1)]  # of the others nothing is left
    assert hidden.is_out_of_sight(1, 1)


def test_a_table_is_kept_and_found_again():
    book = Workbook()
    book.active.append(["=1+1", 12.5, True])
    book.active.merge_cells("A3:B4")
    book.active.row_dimensions[1].hidden = True
    (table,) = sandbox.read(saved(book))
    assert sandbox.from_json(json.loads(json.dumps(sandbox.as_json(table)))) == table


def test_marks_stand_at_their_cells_and_go_with_the_next():
    book = Workbook()
    sheet = book.active
    sheet.title = "Số 'liệu'"
    sheet["A1"] = "=HYPERLINK(1)"
    sheet["A1"].data_type = "s"
    sheet["B2"], sheet["C3"] = 1, 2
    sheet.merge_cells("C3:C4")
    once = sandbox.mark(
        saved(book),
        [
            Mark(sheet.title, "B2", "=Số âm", "x11, I.1"),
            Mark(sheet.title, "B2", "và lẻ"),
            Mark(sheet.title, "C4", "gộp"),
        ],
    )
    marked = load_workbook(BytesIO(once))
    assert marked.sheetnames == ["Cần sửa", "Số 'liệu'"]
    assert marked[sheet.title]["B2"].comment.text == "=Số âm\nvà lẻ"
    assert marked[sheet.title]["B2"].fill.start_color.rgb == "FFF4B6AE"
    assert marked[sheet.title]["C3"].comment.text == "gộp"
    assert (marked[sheet.title]["A1"].data_type, marked["Cần sửa"]["D2"].data_type) == ("s", "s")
    assert [cell.value for cell in marked["Cần sửa"]["D"]] == ["Vì sao", "=Số âm", "và lẻ", "gộp"]
    assert marked["Cần sửa"]["C2"].value == "x11, I.1"
    again = load_workbook(BytesIO(sandbox.mark(once, [Mark(sheet.title, "C3", "gộp")])))
    assert again.sheetnames == ["Cần sửa", "Số 'liệu'"]
    assert again[sheet.title]["B2"].comment is None
    assert again[sheet.title]["B2"].fill.start_color.rgb != "FFF4B6AE"
    assert again[sheet.title]["C3"].comment.text == "gộp"
