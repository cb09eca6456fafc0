"""Reading a workbook that came back, case by case: the values that Excel shows are read, all errors are told at once, and
nothing that somebody typed is passed over in silence (promises F-10, F-11, F-12)."""

from decimal import Decimal

import pytest

from indicators.models import Actual, State, WorkbookFile
from tests import factories
from tests.indicators.workbooks.test_sandbox import repacked
from tests.page import words
from tests.workbook_files import Filled, confirm, download, fill, seen, send

pytestmark = pytest.mark.once


@pytest.fixture
def an(as_person):
    return as_person("an")


def put(filled, target, key, value, number_format="General"):
    cell = filled.cell("x11", target, key)
    cell.value, cell.number_format = value, number_format
    return filled


def stored(target):
    return Actual.objects.get(target__code=target, submission__period__number=8)


@pytest.mark.parametrize("number_format", ['0.0" %"', r"0.0\%", "0.0;0%"])
def test_a_literal_percent_sign_multiplies_nothing(office, an, number_format):
    confirm(an, send(an, put(fill(an), "II.1", "value", 0.8, number_format)))
    assert stored("II.1").value == Decimal("0.8")


@pytest.mark.parametrize(
    ("value", "number_format", "note"),
    [(1520, "General", "1520"), (1520, "#,##0", "1.520"), (0.75, "0%", "75%"), (True, "General", "TRUE")],
)
def test_a_note_keeps_what_excel_shows(office, an, value, number_format, note):
    filled = fill(an).put("x11", "II.2", value=150)
    confirm(an, send(an, put(filled, "II.2", "note", value, number_format)))
    assert stored("II.2").note == note


def test_a_formula_whose_result_is_empty_text_is_an_empty_cell(office, an):
    content = fill(an).put("x11", "II.2", value='=IF(1,"","")').saved()
    content = repacked(content, lambda _, text: text.replace('<f>IF(1,"","")</f><v></v>', '<f>IF(1,"","")</f><v/>'))
    cell = '<f>IF(1,"","")</f>'

    def with_result(name, text):
        before, formula, after = text.partition(cell)
        if not formula:
            return text
        head, _, start = before.rpartition("<c ")
        return f'{head}<c t="str" {start}{formula}{after}'

    response = send(an, repacked(content, with_result))
    assert "chưa có số nào được nhập vào tệp" in words(response)


def test_fractions_of_things_and_what_a_format_hides_are_told(office, an):
    target = office.targets["I.1"]
    target.numerator_label, target.denominator_label = "Số hồ sơ trực tuyến", "Tổng số hồ sơ"
    target.save()
    filled = put(fill(an), "I.1", "numerator", 1234.6, "#,##0")
    page = words(send(an, put(filled, "I.1", "denominator", 1300)))
    assert "Tử số 1.234,6 có phần lẻ, mà đây là số đếm (số hồ sơ trực tuyến)" in page
    assert "Tử số: Excel đang hiện 1.235, mà ô giữ 1.234,6" in page


def test_two_bad_cells_of_a_row_are_both_told(office, an):
    filled = fill(an).put("x11", "I.1", numerator="mười", denominator=-5, note="x" * 2001)
    filled.put("x11", "II.2", value="=1+1", note="#N/A")
    filled.put("x11", "I.2", numerator="3/12")
    page = words(send(an, filled))
    line = {code: filled.line("x11", code) for code in ("I.1", "II.2", "I.2")}
    assert "6 ô cần sửa" in page
    for cell in (f"G{line['I.1']}", f"H{line['I.1']}", f"K{line['I.1']}", f"I{line['II.2']}", f"K{line['II.2']}"):
        assert f"Số liệu {cell} " in page


def test_nothing_filled_in_is_no_agreement(office, an):
    response = send(an, download(an))
    assert "Chưa ghi gì: chưa có số nào được nhập vào tệp." in words(response)
    assert "note good" not in response.content.decode()


def test_the_same_figures_are_an_agreement(office, an):
    factories.report(office.tree["x11"], office.august, {office.targets["II.2"]: 150}, state=State.DRAFT)
    response = send(an, download(an))
    assert "0 thay đổi: các số trong tệp giống số đang lưu. 1 số giữ nguyên." in words(response)


@pytest.mark.parametrize("column", ["state", "previous", 17])
def test_figures_beside_the_columns_are_named(office, an, column):
    filled = fill(an)
    line, place = filled.line("x11", "I.1"), filled.columns.get(column, column)
    cell = filled.sheet.cell(line, place)
    cell.value = 5
    page = words(send(an, filled))
    assert "Chưa ghi gì: chưa có số nào được nhập vào tệp." in page
    assert f"Có số ở {cell.coordinate} không được đọc" in page
    page = words(send(an, filled.put("x11", "II.2", value=150)))
    assert "1 thay đổi" in page and f"Có số ở {cell.coordinate} không được đọc" in page


def test_a_renamed_heading_is_named(office, an):
    filled = fill(an)
    filled.sheet.cell(filled.header, filled.columns["target"]).value = "Mã"
    assert "Trang “Số liệu” thiếu cột Mã chỉ tiêu." in words(send(an, filled))


def test_a_district_file_is_taken_though_a_commune_has_reported_since(office, as_person):
    dung = as_person("dung")
    draft = factories.report(office.tree["x11"], office.august, {office.targets["II.2"]: 150}, state=State.DRAFT)
    content = download(dung, "truc-thuoc")
    # x11 goes on by itself: a state whose denominator stands in the file, and a figure that stands there as it was.
    Actual.objects.filter(submission=draft).update(value=160_000_000)
    Actual.objects.create(
        submission=draft, target=office.targets["I.2"], numerator=6, denominator=24, entered_at=factories.AT
    )
    filled = Filled(content)
    assert filled.cell("x11", "I.2", "denominator").value == 20
    send(dung, filled.put("x12", "I.1", numerator=1, denominator=2), "truc-thuoc")
    response = dung.get(WorkbookFile.objects.get().get_absolute_url())
    assert "Tệp đọc được, chưa ghi gì. 1 thay đổi ở 1 đơn vị" in words(response)
    assert "1 số đã được sửa trên hệ thống sau khi tải tệp mẫu" in words(response)
    assert seen(response)


def test_a_template_of_before_still_knows_its_denominator(office, as_person):
    dung = as_person("dung")
    filled = fill(dung, "truc-thuoc")
    filled.sheet.delete_cols(filled.columns["given"])
    figures = {office.targets["I.2"]: (6, 24)}
    factories.report(office.tree["x11"], office.august, figures, state=State.SUBMITTED)
    send(dung, filled.put("x12", "I.1", numerator=1, denominator=2), "truc-thuoc")
    assert "1 thay đổi ở 1 đơn vị" in words(dung.get(WorkbookFile.objects.get().get_absolute_url()))


def test_errors_stop_after_two_hundred_with_their_count(office, an):
    filled = fill(an)
    for line in range(filled.sheet.max_row + 1, filled.sheet.max_row + 301):
        filled.sheet.cell(line, filled.columns["agency"]).value = "x99"
        filled.sheet.cell(line, filled.columns["numerator"]).value = 1
    response = send(an, filled)
    assert "300 ô cần sửa, chưa ghi gì" in words(response)
    assert "Dưới đây là 200 ô đầu; còn 100 ô nữa" in words(response)
    assert response.content.decode().count("không có trong tệp mẫu của kỳ này") == 200
