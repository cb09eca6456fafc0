"""The file of the tree: what is read, and every fault by line and column."""

from io import BytesIO

import pytest
from openpyxl import Workbook

from indicators.errors import ActionNotAllowed
from plans.setup import tree_file

pytestmark = pytest.mark.once

HEAD = "Mã;Tên;Tên ngắn;Cấp;Trực thuộc"
GOOD = f"""{HEAD}
x1;UBND xã Một;X. Một;xã;h1
tinh;UBND tỉnh Hoa Lâm;UBND tỉnh;tỉnh;
h1;UBND huyện Yên Sơn;H. Yên Sơn;Huyện;TINH
dk1;UBND đặc khu Hai;;xã;tinh
s1;Sở Tài chính;Sở TC;Sở, ban, ngành;tinh
"""


def faults_of(text):
    rows, faults = tree_file.read(text.encode())
    assert rows == []
    return [f"{fault.line} {fault.column}: {fault.reason}" for fault in faults]


def test_parents_come_first_and_else_the_order_of_the_file():
    rows, faults = tree_file.read(GOOD.encode())
    assert faults == []
    assert [row["code"] for row in rows] == ["tinh", "h1", "dk1", "s1", "x1"]
    assert [row["level"] for row in rows] == ["province", "district", "commune", "department", "commune"]
    assert rows[1]["parent"] == "tinh"
    assert rows[2]["short_name"] == "UBND đặc khu Hai"  # the name where no short one is given


def test_commas_and_the_names_of_the_fields_are_read_too():
    rows, _ = tree_file.read("\ufeffcode,name,level,parent\r\nt,Tỉnh,province,\r\n".encode())
    assert [(row["code"], row["name"], row["level"]) for row in rows] == [("t", "Tỉnh", "province")]


def test_electronic_codes_are_one_an_agency():
    head = f"{HEAD};Mã định danh điện tử"
    lines = "tinh;UBND tỉnh;;tỉnh;;{};\ns1;Sở Một;;sở;tinh;{}\n"
    rows, _ = tree_file.read(f"{head}\n{lines.format('h23', '')}".encode())
    assert [row["electronic_code"] for row in rows] == ["H23", ""]
    assert faults_of(f"{head}\n{lines.format('H23', 'h23')}") == ["3 Mã định danh điện tử: mã H23 đã có ở dòng 2"]
    told = faults_of(f"{head}\n{lines.format('H2', 'H23.001')}")
    assert told == [f"{n} Mã định danh điện tử: cần mã như H23 hoặc H23.01.02, dài nhất 35 ký tự" for n in (2, 3)]


def test_a_workbook_is_read_as_it_is_shown():
    book = Workbook()
    for line in GOOD.splitlines():
        book.active.append(line.split(";"))
    content = BytesIO()
    book.save(content)
    rows, faults = tree_file.read(content.getvalue())
    assert (faults, [row["code"] for row in rows]) == ([], ["tinh", "h1", "dk1", "s1", "x1"])


def test_every_fault_is_told_by_line_and_column():
    assert faults_of(
        f"""{HEAD}
tinh;UBND tỉnh;;tỉnh;x9
h 1;UBND huyện;;huyện;tinh
h2;;;làng;tinh
tinh;Sở;;sở;tinh
x1;UBND xã;;xã;s3
s3;Sở Ba;;sở;
x2;{"Dài" * 70};;xã;s3
"""
    ) == [
        "2 Trực thuộc: cấp tỉnh không trực thuộc cơ quan nào, để trống",
        "3 Mã: cần mã gồm chữ không dấu, chữ số, dấu gạch nối, dài nhất 32 ký tự",
        "4 Cấp: “làng” không phải một cấp; ghi một trong: tỉnh, sở, cơ quan khác, huyện, xã",
        "4 Tên: chưa ghi tên",
        "5 Mã: mã tinh đã có ở dòng 2",
        "6 Trực thuộc: cấp xã không trực thuộc sở, ban, ngành",
        "7 Trực thuộc: chưa ghi mã cơ quan cấp trên",
        "8 Trực thuộc: cấp xã không trực thuộc sở, ban, ngành",
        "8 Tên: dài quá 200 ký tự",
    ]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("s1;Sở;;sở;s1", "2 Trực thuộc: sở, ban, ngành không trực thuộc sở, ban, ngành"),
        ("s1;Sở;;sở;khong-co", "2 Trực thuộc: không có dòng nào mã khong-co"),
        ("s1;Sở;;sở;t", "2 Cấp: cần đúng một dòng cấp tỉnh, chưa có dòng nào"),
        ("t;Tỉnh;;tỉnh;\nu;Tỉnh hai;;tỉnh;", "3 Cấp: cấp tỉnh đã có ở dòng 2"),
    ],
)
def test_a_tree_has_one_root_and_parents_of_its_own(lines, fault):
    assert fault in faults_of(f"{HEAD}\n{lines}\n")


def test_a_place_on_the_map_is_a_small_number():
    told = faults_of("Mã;Tên;Cấp;Hàng trên bản đồ;Cột trên bản đồ\nt;Tỉnh;tỉnh;21;9\n")
    assert told == [
        "2 Cột trên bản đồ: cần số từ 1 đến 8, hoặc để trống",
        "2 Hàng trên bản đồ: cần số từ 1 đến 20, hoặc để trống",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Tệp rỗng"),
        ("Mã;Tên\nt;Tỉnh\n".encode(), "thiếu cột: Cấp"),
        (f"{HEAD}\n".encode(), "không có dòng nào dưới dòng tiêu đề"),
        (b"M\xe3;T\xean\n", "không mã hóa UTF-8"),
        ("Mã;Tên;Cấp;Mã\nt;Tỉnh;tỉnh;t\n".encode(), "hai lần"),
        ('Mã;Tên;Cấp\n"t;Tỉnh;tỉnh\n'.encode(), "dấu ngoặc kép"),
        (b"PK\x03\x04 broken", "hỏng"),
        (b"a\0b", "ký tự rỗng"),
    ],
)
def test_what_is_no_table_of_agencies_is_refused_in_words(content, reason):
    with pytest.raises(ActionNotAllowed, match=reason):
        tree_file.read(content)
