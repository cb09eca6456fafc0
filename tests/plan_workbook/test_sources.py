"""The outline of a plan's files: what is missing or does not belong is a fault, never taken for empty."""

import pytest

from core.formatting import fold
from plan_workbook import services, sources
from plan_workbook.resources import TABLES

pytestmark = pytest.mark.django_db


def test_a_missing_sheet_is_told_and_those_that_name_it_are_not(world, workbook):
    del workbook.book["Chỉ tiêu thành phần"]
    reason = "Tệp thiếu trang tính “Chỉ tiêu thành phần”."
    assert workbook.problems() == {("Chỉ tiêu thành phần", "A1"): reason}


def test_a_missing_heading_and_one_that_does_not_belong(world, workbook):
    cell = workbook.cell("Cơ quan", sources.HEADING_LINE, "Mã thống kê")
    cell.value = "Mã số"
    assert workbook.problems() == {
        ("Cơ quan", "A3"): "Thiếu cột “Mã thống kê” ở dòng 3.",
        ("Cơ quan", cell.coordinate): "Cột “Mã số” không thuộc trang tính này. Xóa hoặc đổi lại tên cột.",
    }


def test_headings_in_another_spelling_and_order_are_read(world, workbook):
    sheet = workbook.book["Trụ cột"]
    for line, row in enumerate(list(sheet.iter_rows(min_row=3, values_only=True)), start=3):
        for column, value in enumerate((row[1], row[0], row[2]), start=1):
            sheet.cell(line, column, value)
    sheet.cell(3, 1, " TÊN ")
    assert workbook.load().changes == 0


def test_a_heading_twice_a_stray_cell_and_a_stray_sheet(world, workbook):
    workbook.book["Trụ cột"]["D3"] = "Mã"
    workbook.book["Cơ quan"]["L5"] = "để nhớ"
    workbook.book.create_sheet("Nháp")["A1"] = "x"
    problems = workbook.problems()
    assert set(problems) == {("Trụ cột", "D3"), ("Cơ quan", "L5"), ("Nháp", "A1")}
    assert problems["Trụ cột", "D3"] == "Cột “Mã” có hai lần. Xóa hoặc đổi lại tên cột."


def test_an_item_of_the_plan_that_is_missing_or_unknown(world, workbook):
    sheet = workbook.book["Kế hoạch"]
    line = workbook.upright("Số hiệu").row
    sheet.cell(line, 1).value = "Ký hiệu"
    problems = workbook.problems(world.plan)
    assert problems["Kế hoạch", "A3"] == "Thiếu mục “Số hiệu” ở cột A."
    assert problems["Kế hoạch", f"A{line}"].startswith("Mục “Ký hiệu” không thuộc trang tính này.")


def test_the_columns_of_a_sheet_differ_also_without_accents():
    for table in TABLES:
        titles = [fold(title) for title in sources.columns_of(table).values()]
        assert len(set(titles)) == len(titles), table.sheet
    assert len({fold(table.sheet) for table in TABLES}) == len({table.key for table in TABLES}) == 24
    assert max(len(table.sheet) for table in TABLES) <= 31


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return sources.from_folder(folder)


def test_a_folder_names_its_faults_by_line_and_column(db, tmp_path):
    source = write(
        tmp_path,
        plan="year,title,issuer,first_day,last_day,due_day,review_day,min_coverage,stand_in_days,release_days,x\n"
        "2030,Kế hoạch,UBND,2030-01-01,2030-12-31,17,20,80,2,3,1\n",
        agencies="code,name,short_name,level,parent\na,Tỉnh,Tỉnh,province,\nb,Sở,Sở,department,z\n",
    )
    problems = services.preview(source, fills=True).problems
    assert [(problem.sheet, problem.cell) for problem in problems] == [
        ("plan.csv", "dòng 1"),
        ("agencies.csv", "dòng 3, cột parent"),
    ]


def test_a_folder_without_a_plan(db, tmp_path):
    assert [problem.sheet for problem in write(tmp_path).problems] == ["plan.csv"]
