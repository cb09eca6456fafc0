"""A table declared once, as a sheet and as CSV."""

from decimal import Decimal

from core import tables
from core.tables import Column, Table, TableSheet

AREAS: Table[dict] = Table(
    (
        Column("Tên", 30, lambda row: row["name"]),
        Column("Dân số", 12, lambda row: row["people"]),
        Column("Ghi chú", 20, lambda row: row.get("note"), is_late=True),
    )
)
ROWS = [{"name": "Chí Linh", "people": 1970}, {"name": "=1+1", "people": Decimal("12.50"), "note": "tạm tính"}]


def test_a_sheet_has_the_head_the_titles_the_rows_and_the_total():
    sheets = [TableSheet("Một", ["Dân số"], AREAS, ROWS, ["Cộng", 1982]), TableSheet("Hai", ["Không có gì"], AREAS, [])]
    book = tables.workbook(sheets)
    assert book.sheetnames == ["Một", "Hai"]
    rows = list(book["Một"].values)
    assert rows == [
        ("Dân số", None, None),
        ("Tên", "Dân số", "Ghi chú"),
        ("Chí Linh", 1970, None),
        ("=1+1", Decimal("12.50"), "tạm tính"),
        ("Cộng", 1982, None),
    ]
    assert book["Một"]["A4"].data_type == "s"  # somebody's words, no formula
    assert [book["Một"].column_dimensions[letter].width for letter in "ABC"] == [30, 12, 20]


def test_in_a_csv_what_came_late_comes_last():
    response = AREAS.csv("dan-so.csv", ROWS, {"Kỳ": "2023-08"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert text.splitlines() == ["Tên,Dân số,Kỳ,Ghi chú", "Chí Linh,1970,2023-08,", "'=1+1,12.5,2023-08,tạm tính"]


def test_a_column_of_a_part_stands_in_the_table_of_the_whole():
    column = AREAS.columns[1].of(lambda pair: pair[1])
    assert (column.title, column.width, column.value(("x", ROWS[0]))) == ("Dân số", 12, 1970)


def test_an_illustrative_table_says_so_first_and_in_every_row():
    assert tables.head(["Dân số"], is_demo=True) == ["SỐ LIỆU MINH HỌA", "Dân số"]
    assert tables.head(["Dân số"], is_demo=False) == ["Dân số"]
    assert tables.same_columns({"Kỳ": "2023-08"}, is_demo=True) == {"Kỳ": "2023-08", "Lưu ý": "SỐ LIỆU MINH HỌA"}
