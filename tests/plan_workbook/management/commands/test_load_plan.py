"""The commands `export_plan` and `load_plan` on a workbook."""

import io

import pytest
from django.core.management import CommandError, call_command

from agencies.models import Agency
from tests.plan_workbook.conftest import world
from tests.plan_workbook.test_services import plant_thirty

__all__ = ["world"]

pytestmark = pytest.mark.django_db


def run(*arguments, **options):
    said = io.StringIO()
    call_command(*arguments, stdout=said, **options)
    return said.getvalue().strip()


def test_exported_and_loaded_again_nothing_changes(world, tmp_path):
    path = str(tmp_path / "ke-hoach.xlsx")
    assert run("export_plan", "2023", path) == f"Đã xuất Kế hoạch năm 2023 ra {path}."
    assert run("load_plan", path) == "Kế hoạch năm 2023: không có gì thay đổi."


def test_a_trial_run_says_what_it_would_do(world, workbook, tmp_path):
    path = tmp_path / "ke-hoach.xlsx"
    workbook.put("Cơ quan", "s1", "Tên ngắn", "Sở Một")
    workbook.book.save(path)
    said = run("load_plan", str(path), dry_run=True)
    assert said.splitlines()[1:] == ["Cơ quan: thêm 0, sửa 1, bỏ 0 (s1)"]
    assert said.startswith("Kế hoạch năm 2023: chạy thử, chưa ghi gì. Sẽ thêm 0, sửa 1, bỏ 0, giữ ")
    assert Agency.objects.get(code="s1").short_name == "S1"
    assert "Kế hoạch năm 2023: đã thêm 0, sửa 1, bỏ 0, giữ " in run("load_plan", str(path))
    assert Agency.objects.get(code="s1").short_name == "Sở Một"


def test_thirty_faults_are_thirty_lines(world, workbook, tmp_path):
    path = tmp_path / "ke-hoach.xlsx"
    planted = plant_thirty(workbook)
    workbook.book.save(path)
    for options in ({}, {"dry_run": True}):
        with pytest.raises(CommandError) as refused:
            run("load_plan", str(path), **options)
        head, *lines = str(refused.value).splitlines()
        assert head == "Tệp có 30 lỗi, chưa ghi gì."
        assert {line.split(": ")[0] for line in lines} == {f"{sheet}, ô {cell}" for sheet, cell in planted}


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "Tệp rỗng."), (b"PK12", "bị hỏng"), (b"a,b", "không phải là tệp Excel")]
)
def test_a_file_that_is_no_workbook(db, tmp_path, content, told):
    path = tmp_path / "ke-hoach.xlsx"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=told):
        run("load_plan", str(path))


def test_a_file_and_a_plan_that_do_not_exist(db, tmp_path):
    with pytest.raises(CommandError, match="Không đọc được"):
        run("load_plan", str(tmp_path / "x.xlsx"))
    for code in ("2031", "x"):
        with pytest.raises(CommandError, match=f"Không có kế hoạch {code}."):
            run("export_plan", code, str(tmp_path / "x.xlsx"))
