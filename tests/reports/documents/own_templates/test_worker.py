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
