"""Templates: faults told at their place, loops over 35 rows, nothing of Python within reach."""

from io import BytesIO

import pytest
from docx import Document
from jinja2.exceptions import SecurityError, UndefinedError
from openpyxl import Workbook, load_workbook

from reports.documents.own_templates import worker
from reports.documents.own_templates.variables import shape

pytestmark = pytest.mark.once

TARGETS = [
    {"tt": number, "ma": f"I.{number}", "ten": f"Chỉ tiêu {number}", "gia_tri_so": number} for number in range(1, 36)
]


def word(*paragraphs, rows=()):
    """A Word file of these paragraphs, and of a table with these rows of two cells."""
    document, out = Document(), BytesIO()
    for text in paragraphs:
        document.add_paragraph(text)
    if rows:
        table = document.add_table(len(rows), 2)
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    document.save(out)
    return out.getvalue()


def sheet(*rows):
    book, out = Workbook(), BytesIO()
    book.active.title = "Biểu"
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


LOOP = (("{%tr for ct in chi_tieu %}", ""), ("{{ ct.ma }}", "{{ ct.ten }}"), ("{%tr endfor %}", ""))


def test_a_word_table_repeats_a_row():
    template = word("{{ trich_yeu }}", "{% if so %}Số {{ so }}{% else %}Chưa có số{% endif %}", rows=LOOP)
    assert worker.check("docx", template, shape()) == []
    made = worker.fill("docx", template, {"trich_yeu": "Kết quả <b> & tháng 8", "so": "", "chi_tieu": TARGETS})
    document = Document(BytesIO(made))
    assert [paragraph.text for paragraph in document.paragraphs] == ["Kết quả <b> & tháng 8", "Chưa có số"]
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert len(rows) == 35 and rows[0] == ["I.1", "Chỉ tiêu 1"] and rows[-1] == ["I.35", "Chỉ tiêu 35"]


def test_a_sheet_repeats_a_row_and_keeps_numbers():
    template = sheet(
        ["{{ trich_yeu }}", None, None],
        ["{% for ct in chi_tieu %}{{ loop.index }}", "{{ ct.ten }}", "{{ ct.gia_tri_so }}{% endfor %}"],
        ["Hết", "=1+1", None],
    )
    assert worker.check("xlsx", template, shape()) == []
    made = worker.fill("xlsx", template, {"trich_yeu": "=cmd()", "chi_tieu": TARGETS})
    cells = list(load_workbook(BytesIO(made))["Biểu"].iter_rows())
    assert (cells[0][0].value, cells[0][0].data_type) == ("=cmd()", "s")
    assert [cell.value for cell in cells[1]] == [1, "Chỉ tiêu 1", 1] and len(cells) == 37
    assert sum(row[2].value for row in cells[1:36]) == 630  # 35 × 36 ÷ 2
    assert [cell.value for cell in cells[36]] == ["Hết", "=1+1", None]
    nothing = worker.fill("xlsx", template, {"trich_yeu": "", "chi_tieu": []})
    assert [row[0].value for row in load_workbook(BytesIO(nothing))["Biểu"].iter_rows()] == [None, "Hết"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ trich_yếu }}", "Không có biến trich_yếu."),
        ("{{ chi_tieu.ten }}", "Không có phần ten ở đó."),
        ("{% for x in so %}{% endfor %}", "so không phải là danh sách, không lặp được."),
        ("{% for ct in chi_tieu %}{{ ct.sai }}{% endfor %}", "Không có phần sai ở đó."),
        ("{% for ct in chi_tieu %}", "for không có endfor đi kèm."),
        ("{% endif %}", "endif mà trước đó không có if đang mở."),
        ("{{ so", "Thẻ mở mà không đóng"),
        ("{{ so + }}", "Viết sai: so +."),
        ("{% import 'x' %}", "chỉ có for, endfor, if, elif, else, endif"),
        ("{{ so|eval }}", "Không có bộ lọc eval: chỉ có default"),
        ("{{ so.__class__ }}", "Không có phần __class__ ở đó."),
        ("{{ so.upper() }}", "Chỉ dùng được tên biến"),
        ("{{ 'a' * 999999999 }}", "Chỉ dùng được tên biến"),
        ("{{ range(9) }}", "Chỉ dùng được tên biến"),
        ("{{ chi_tieu }}", "chi_tieu không phải một giá trị"),
        ("{{r so }}", "không có chữ r, p, tr, tc trước tên"),
    ],
)
def test_a_fault_is_told_at_its_place(text, reason):
    (found,) = worker.check("docx", word("Đúng: {{ so }}", text), shape())
    assert found.place == "Đoạn 2" and reason in found.text
    (found,) = worker.check("xlsx", sheet(["a"], [None, text]), shape())
    assert found.place == "Trang tính “Biểu”, ô B2" and reason in found.text


def test_a_fault_in_a_table_and_a_head():
    rows = (("{%tr for ct in chi_tieu %}", ""), ("{{ ct.ma }}", "{{ ct.sai }}"), ("{%tr endfor %}", ""))
    document = Document(BytesIO(word("x", rows=rows)))
    document.sections[0].header.paragraphs[0].text = "{{ la }}"
    out = BytesIO()
    document.save(out)
    assert [tuple(one) for one in worker.check("docx", out.getvalue(), shape())] == [
        ("Bảng 1, hàng 2, cột 2, đoạn 1", "Không có phần sai ở đó."),
        ("Đầu trang của phần 1, đoạn 1", "Không có biến la."),
    ]


@pytest.mark.parametrize("text", ["{{ so.__class__ }}", "{{ so.upper() }}", "{{ ().__class__ }}", "{{ cycler }}"])
def test_nothing_of_python_is_within_reach_even_unchecked(text):
    with pytest.raises((UndefinedError, SecurityError, TypeError)):
        worker.environment().from_string(text).render({"so": "1"})


def test_a_merged_cell_is_read_once():
    document = Document(BytesIO(word(rows=LOOP)))
    table = document.tables[0]
    table.rows[0].cells[0].merge(table.rows[0].cells[1])
    out = BytesIO()
    document.save(out)
    assert worker.check("docx", out.getvalue(), shape()) == []


def test_what_cannot_be_filled_in_is_told_before_it_is_kept():
    """Tags that are right one by one: a space before tr, a loop over two rows of a sheet, an unknown name in a text box."""
    (found,) = worker.check("docx", word("{% tr for ct in chi_tieu %}", "{% tr endfor %}"), shape())
    assert found.place == "Cả tệp" and "viết liền {%tr for" in found.text
    (found,) = worker.check("xlsx", sheet(["{% for ct in chi_tieu %}"], ["{{ ct.ten }}"], ["{% endfor %}"]), shape())
    assert found.place == "Cả tệp" and "phải ở cùng một hàng" in found.text
    document = Document(BytesIO(word("x")))
    document.core_properties.title = "{{ la }}"
    out = BytesIO()
    document.save(out)
    assert [one.place for one in worker.check("docx", out.getvalue(), shape())] == ["Cả tệp"]
    assert worker.check("docx", word("{% if chi_tieu %}{{ 'x' if so > 1 else '' }}{% endif %}"), shape()) == []


def test_sums_merged_cells_and_heights_follow_a_repeated_row():
    """Three elements: the row becomes three, what stands below moves by two. 1 + 2 + 3 rows are summed, whole and doubled."""
    book, out = Workbook(), BytesIO()
    first, other = book.active, book.create_sheet("Khác")
    first.title = "Biểu"
    first["A1"], first["C1"] = "{{ trich_yeu }}", "=SUM(B2:B2)"
    first["A2"], first["B2"], first["C2"] = "{% for ct in chi_tieu %}{{ ct.ma }}", "{{ ct.gia_tri_so }}", "=B2*$B$4"
    first["D2"], first["B3"], first["C3"], first["A4"] = "{% endfor %}", "=SUM(B2)", "=SUM(A2:C2)", "Ký"
    first["A5"] = "=SUM({1,2})"
    first["B4"], other["A1"] = 2, "=Biểu!B3+SUM('Biểu'!B2:B2)+B3"
    first.merge_cells("D2:E2")
    first.merge_cells("C4:E4")
    first.row_dimensions[3].height = 30
    book.save(out)
    template = out.getvalue()
    assert worker.check("xlsx", template, shape()) == []
    made = load_workbook(BytesIO(worker.fill("xlsx", template, {"trich_yeu": "=SUM(B2:B2)", "chi_tieu": TARGETS[:3]})))
    filled = made["Biểu"]
    assert (filled["A1"].value, filled["A1"].data_type) == ("=SUM(B2:B2)", "s")  # words of the report stay words
    assert filled["C1"].value == "=SUM(B2:B4)"
    assert [[cell.value for cell in row[:3]] for row in filled.iter_rows(2, 6)] == [
        ["I.1", 1, "=B2*$B$6"],
        ["I.2", 2, "=B3*$B$6"],
        ["I.3", 3, "=B4*$B$6"],
        [None, "=SUM(B2:B4)", "=SUM(A2:C4)"],
        ["Ký", 2, None],
    ]
    assert (filled["A7"].value, filled["A7"].data_type) == ("=SUM({1,2})", "f")
    assert made["Khác"]["A1"].value == "=Biểu!B5+SUM('Biểu'!B2:B4)+B3"
    assert sorted(map(str, filled.merged_cells.ranges)) == ["C6:E6", "D2:E2", "D3:E3", "D4:E4"]
    assert (filled.row_dimensions[5].height, filled.row_dimensions[3].height) == (30, None)
    empty = load_workbook(BytesIO(worker.fill("xlsx", template, {"trich_yeu": "", "chi_tieu": []})))["Biểu"]
    assert [empty[name].value for name in ("A2", "B2", "C2", "B3")] == [None, None, None, "=SUM(B2)"]
