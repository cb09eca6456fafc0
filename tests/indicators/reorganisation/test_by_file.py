"""A 1 July: the districts of Hoa Lâm end, some communes merge, and all hang under the province.

Before, commune k of 18 reported 50 + k of 100k in June, in districts of six. From 1 July x01 and x02 are one new commune x21,
x03 goes into x04, and x05 is called a ward. In July x21 reports 200/400 and x04 110/700; the others report nothing new.
"""

import csv
import datetime as dt
from io import BytesIO, StringIO
from types import SimpleNamespace

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from agencies.models import Agency, Level, Placement, Succession
from agencies.roles import Role
from core.audit.models import AuditEntry
from core.clock import VIETNAM
from indicators.audit_acts import ReorganisationAct
from indicators.errors import ActionNotAllowed
from indicators.models import Assignment, Rollup, Scope, Timing
from indicators.reorganisation import by_file
from indicators.rollups import engine
from tests import factories, hoa_lam, worlds
from tests.page import words

DAY = dt.date(2023, 7, 1)
# The 20 June: the reorganisation is recorded before its day.
BEFORE = dt.datetime(2023, 6, 20, 9, tzinfo=VIETNAM)
TITLES = "Mã cũ,Mã mới,Tên mới,Tên ngắn mới,Trực thuộc"


def file_of(*changes):
    """The file: each commune goes on, save those that are changed; the districts end."""
    lines = {f"x{number:02}": f"x{number:02},x{number:02},,," for number in range(1, 19)}
    lines |= {f"h{number}": f"h{number},,,," for number in (1, 2, 3)}
    lines |= {line.split(",")[0]: line for line in changes}
    return "\n".join([TITLES, *lines.values()])


FILE = file_of(
    "x01,x21,UBND xã Tân Bình,X. Tân Bình,",
    "x02,x21,,,",
    "x03,x04,,,",
    "x05,x05,UBND phường Gò Mây,P. Gò Mây,",
)


@pytest.fixture
def moment():
    with time_machine.travel(BEFORE, tick=False) as traveller:
        yield traveller


@worlds.shared(at=BEFORE, uses=["moment"])
def province():
    tree = {}
    for unit in hoa_lam.units("3-cap"):
        names = {"name": unit.name, "short_name": unit.short_name}
        tree[unit.code] = factories.agency(unit.code, unit.level, tree.get(unit.parent), **names)
    plan = factories.make_plan()
    communes = [agency for agency in tree.values() if agency.level == Level.COMMUNE]
    target = factories.target(plan, "I.1", communes, timing=Timing.STOCK)
    for number, commune in enumerate(communes, 1):
        factories.report(commune, factories.period(plan, 6), {target: (50 + number, 100 * number)})
    engine.rebuild(plan)
    by = factories.person("khanh", tree["s1"], Role.STANDING)
    return SimpleNamespace(tree=tree, plan=plan, target=target, by=by)


def carry_out(province, text=FILE):
    return by_file.reorganise(lines=by_file.read(text), from_day=DAY, by=province.by, reason="NQ 202/2025/QH15.")


def export(period):
    out = StringIO()
    call_command("export_rollups", "--period", f"2023-{period:02}", stdout=out)
    return out.getvalue()


def placed():
    """Everything about the tree that a reorganisation touches."""
    return (
        set(Agency.objects.values_list("code", "name", "short_name", "parent", "last_day")),
        set(Placement.objects.values_list("agency", "parent", "first_day")),
        set(Assignment.objects.values_list("agency", "target", "first_day", "last_day")),
        Succession.objects.count(),
    )


def test_june_stays_and_july_is_right_by_another_reckoning(province, moment):
    moment.move_to(BEFORE.replace(month=7, day=16))
    june = export(6)
    carry_out(province)
    july = factories.period(province.plan, 7)
    for code, figures in {"x21": (200, 400), "x04": (110, 700)}.items():
        factories.report(Agency.objects.get(code=code), july, {province.target: figures})
    engine.rebuild(province.plan)
    assert export(6) == june
    # On paper: x05 … x18 carry 14·50 + (5 + … + 18 = 161) = 861 of 100·161 = 16.100, and the two that reported count anew.
    row = next(
        row
        for row in csv.DictReader(StringIO(export(7)))
        if (row["scope"], row["node"], row["basis"]) == ("area", "ubnd-tinh", "official")
    )
    assert (float(row["numerator"]), float(row["denominator"])) == (861 + 310, 16100 + 1100)
    areas = Rollup.objects.filter(period__number=7, scope=Scope.AREA).values_list("node", flat=True)
    assert set(areas) == {"ubnd-tinh"}
    verified = StringIO()
    call_command("verify_rollups", stdout=verified)  # exits with 1 where anything differs
    assert verified.getvalue().endswith(", lệch 0.\n")


def test_the_tree_of_the_day(province):
    told = carry_out(province)
    day = Agency.objects.in_force(DAY).placed(DAY).named(DAY)
    below = day.filter(level=Level.COMMUNE, parent_as_of=province.tree["ubnd-tinh"].pk)
    assert below.count() == Agency.objects.in_force(DAY).filter(level=Level.COMMUNE).count() == 16
    assert not Agency.objects.in_force(DAY).filter(level=Level.DISTRICT).exists()
    assert day.get(code="x05").name_as_of == "UBND phường Gò Mây"
    assert set(Agency.objects.get(code="x21").origins.values_list("before__code", flat=True)) == {"x01", "x02"}
    assert "UBND huyện Đồng Mộc kết thúc hoạt động" in told
    # Until the day nothing has changed for readers.
    assert Agency.objects.get(code="x06").parent == province.tree["h1"]
    entry = AuditEntry.objects.get(act=ReorganisationAct.BY_FILE)
    assert "x01 → x21" in entry.detail["lines"] and entry.detail["reason"] == "NQ 202/2025/QH15."


def test_it_is_taken_back_whole_until_it_takes_effect(province, moment):
    before = placed()
    carry_out(province)
    assert placed() != before
    by_file.take_back_day(day=DAY, by=province.by, reason="Ghi nhầm ngày.")
    assert placed() == before
    with pytest.raises(ActionNotAllowed, match="Không có thay đổi tổ chức nào từ ngày 01/07/2023"):
        by_file.take_back_day(day=DAY, by=province.by, reason="Lần nữa.")
    carry_out(province)
    moment.move_to(BEFORE.replace(month=7, day=1))
    with pytest.raises(ActionNotAllowed, match="Ngày 01/07/2023 đã đến nên không hủy được"):
        by_file.take_back_day(day=DAY, by=province.by, reason="Muộn.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Dòng đầu thiếu cột Mã cũ, Mã mới"),
        (TITLES, "Cần từ 1 đến 2.000 dòng"),
        (f"{TITLES}\nx99,x01,,,", "Dòng 2, cột Mã cũ: không có đơn vị mã “x99”."),
        (f"{TITLES}\nx01,x02,,,\nx01,x03,,,", "Dòng 3, cột Mã cũ: mã x01 đã có ở dòng 2."),
        (f"{TITLES}\nx01,x77,,,\nx02,x77,,,", "Dòng 2, cột Tên mới: đơn vị mới x77 cần cả tên và tên ngắn."),
        (f"{TITLES}\nx01,x01,UBND xã A,,", "Dòng 2, cột Tên ngắn mới"),
        (f"{TITLES}\nx01,x01,,,s99", "Dòng 2, cột Trực thuộc: không có cơ quan mã “s99”."),
        (f'{TITLES}\n"x01,x01', "dấu ngoặc kép không khớp"),
        (f"{TITLES}\nx01,s1,,,", "Dòng 2: Đơn vị tiếp nhận phải cùng cấp"),
        (f"{TITLES}\nh1,,,,", "Dòng 2: Còn 6 đơn vị trực thuộc UBND thành phố Hoa Lâm"),
        (f"{TITLES}\nx01,x88,UBND xã A,X. A,", "Dòng 2: Nhập thành đơn vị mới cần ít nhất hai đơn vị"),
        (f"{TITLES}\nx06,x06,UBND xã A,X. A,s1", "không thể trực thuộc"),
    ],
)
def test_a_wrong_file_writes_nothing_and_names_the_line(province, text, said):
    before = placed()
    with pytest.raises(ActionNotAllowed, match=said):
        carry_out(province, text)
    assert placed() == before


def test_the_command_tries_carries_out_and_cancels(province, tmp_path):
    path = tmp_path / "sap-xep.csv"
    path.write_text(FILE, encoding="utf-8-sig")
    before, who = placed(), ["--from", "2023-07-01", "--by", "khanh", "--reason", "NQ 202."]
    tried, done = StringIO(), StringIO()
    call_command("reorganise", str(path), *who, "--dry-run", stdout=tried)
    assert placed() == before and tried.getvalue().endswith("Chưa ghi gì.\n")
    assert "UBND xã Cam Giá, thành phố Hoa Lâm nhập thành UBND xã Đông Khê" in tried.getvalue()
    call_command("reorganise", str(path), *who, stdout=done)
    assert done.getvalue() == tried.getvalue().replace("Chưa ghi gì.", "Đã ghi từ ngày 01/07/2023.")
    call_command("reorganise", *who, "--cancel", stdout=StringIO())
    assert placed() == before
    for wrong in ([str(tmp_path / "khong-co.csv"), *who], who, [str(path), *who[:3], "ai-do", *who[4:]]):
        with pytest.raises(CommandError, match="Chưa thay đổi gì"):
            call_command("reorganise", *wrong, stdout=StringIO())


def as_workbook(text, *, above=0):
    """The same table as a workbook, some empty lines above it."""
    book = Workbook()
    for number, row in enumerate(csv.reader(StringIO(text)), 1 + above):
        for place, cell in enumerate(row, 1):
            book.worksheets[0].cell(number, place, cell or None)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_workbook_is_read_like_its_text(province, tmp_path, client):
    assert by_file.read(by_file.text_of(as_workbook(FILE))) == by_file.read(FILE)
    with pytest.raises(ActionNotAllowed, match="Dòng 5, cột Mã cũ: không có đơn vị mã “x99”."):
        by_file.read(by_file.text_of(as_workbook(f"{TITLES}\nx99,x01,,,", above=3)))
    with pytest.raises(ActionNotAllowed, match="Chưa thay đổi gì."):
        by_file.text_of(b"PK broken")
    path = tmp_path / "sap-xep.xlsx"
    path.write_bytes(as_workbook(FILE))
    told = StringIO()
    who = ["--from", "2023-07-01", "--by", "khanh", "--reason", "NQ 202."]
    call_command("reorganise", str(path), *who, "--dry-run", stdout=told)
    assert "UBND xã Cam Giá, thành phố Hoa Lâm nhập thành UBND xã Đông Khê" in told.getvalue()
    client.force_login(province.by)
    typed = {"from_day": "01/07/2023", "reason": "NQ 202.", "act": "preview"}

    def sent(content):
        return client.post("/to-chuc/theo-tep/", typed | {"file": SimpleUploadedFile("sap-xep", content)})

    page = sent(as_workbook(FILE))
    assert "sắp xếp 21 đơn vị theo tệp" in words(page) and "Mã cũ\tMã mới" in page.content.decode()
    for content, said in ((b"PK broken", "Chưa thay đổi gì."), ("Mã".encode("utf-16"), "không mã hóa UTF-8")):
        refused = sent(content)
        assert refused.status_code == 422 and said in words(refused)


def test_the_page_shows_the_effects_first(province, client):
    client.force_login(province.by)
    # As cells pasted from a spreadsheet.
    typed = {"lines": FILE.replace(",", "\t"), "from_day": "01/07/2023", "reason": "NQ 202."}
    before = placed()
    said = words(client.post("/to-chuc/theo-tep/", typed | {"act": "preview"}))
    assert placed() == before
    assert "sắp xếp 21 đơn vị theo tệp" in said and "Toàn tỉnh" not in said and "Từ kỳ tháng 7" in said
    wrong = client.post("/to-chuc/theo-tep/", typed | {"lines": f"{TITLES}\nx99,,,,"})
    assert (
        wrong.status_code == 422 and "không có đơn vị mã “x99”" in words(wrong) and "x99,,,," in wrong.content.decode()
    )
    assert client.post("/to-chuc/theo-tep/", typed | {"act": "confirm"}).status_code == 302
    assert placed() != before
    undo = {"from_day": "01/07/2023", "reason": "Ghi nhầm."}
    assert client.post("/to-chuc/huy-ngay/", undo | {"act": "confirm"}).status_code == 302
    assert placed() == before
    client.force_login(factories.person("an", province.tree["x01"], Role.FOCAL))
    assert client.get("/to-chuc/theo-tep/").status_code == 404
