"""Revisions of a target: first published against latest, with the reports that moved the value."""

import csv
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from indicators.models import State, Submission
from reports.documents import services
from tests import factories
from tests.page import words
from tests.reports.conftest import roll_up

pytestmark = pytest.mark.once

URL = "/muc-tieu/I.1/dieu-chinh/"


def restate(province, moment, code="x12", numerator=60):
    """The next day July's report of an agency is reopened, corrected and approved again."""
    moment.move_to(factories.AT + timedelta(days=1))
    Submission.objects.filter(agency=province.tree[code], period=province.periods[7]).update(
        state=State.SUPERSEDED, is_latest=False, is_official=False, is_provisional=False
    )
    factories.report(
        province.tree[code],
        province.periods[7],
        {province.targets["I.1"]: (numerator, 100)},
        version=2,
        reopen_reason="Nhập nhầm cột",
        reviewed_at=factories.AT + timedelta(days=1),
    )
    roll_up(province.plan)


def test_a_corrected_figure_is_told_with_its_report_and_reason(province, published, as_person, moment):
    published("2023-07")
    browser = as_person("lam")
    assert (
        "Tháng 7 80,00% Báo cáo tiến độ thực hiện chỉ tiêu, tháng 7 năm 2023 phát hành 16/08/2023 80,00% không đổi"
        in words(browser.get(URL))
    )
    # 20 cases less of 1.000 in June and July together: 78%.
    restate(province, moment)
    page = words(as_person("lam").get(URL))
    assert (
        "phát hành 16/08/2023 78,00% −2,00 điểm X12, H. Một: phiếu tháng 7, lần 2, ngày 17/08/2023: “Nhập nhầm cột”"
        in page
    )
    # June was not published, and July's correction does not reach it.
    assert "Tháng 6 — chưa phát hành 80,00%" in page


def test_a_corrected_version_of_the_report_is_a_reason_too(province, published, publish, as_person, moment):
    first = published("2023-07")
    restate(province, moment)
    second = services.correct(report=first.report, reason="X12 gửi nhầm.", by=province.people["khanh"])
    publish(second)
    page = words(as_person("lam").get(URL))
    assert "Bản điều chỉnh lần 2 của báo cáo, phát hành 17/08/2023: “X12 gửi nhầm.”" in page
    assert "80,00% Báo cáo tiến độ thực hiện chỉ tiêu, tháng 7 năm 2023 phát hành 16/08/2023 78,00%" in page


def test_a_reader_of_one_branch_sees_totals_and_the_own_branchs_reports_only(province, published, as_person, moment):
    published("2023-07")
    restate(province, moment)
    for name, reason in (("dung", "X12, H. Một: phiếu tháng 7"), ("cuc", "1 phiếu của đơn vị ngoài phạm vi tài khoản")):
        browser = as_person(name)
        page = browser.get(URL)
        assert reason in words(page) and "78,00%" in words(page)
        assert ("Nhập nhầm cột" in words(page)) == (name == "dung")
        assert "/bao-cao/" not in page.content.decode().partition("<main")[2]


def test_the_file_has_the_rows_of_the_page(province, published, as_person, moment):
    published("2023-07")
    restate(province, moment)
    answer = as_person("lam").get("/muc-tieu/I.1/dieu-chinh/tep/csv/")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    july = next(row for row in rows if row["Kỳ"] == "Tháng 7")
    assert (july["Công bố lần đầu"], july["Nay là"], july["Chênh lệch"], july["Ngày phát hành"]) == (
        "80", "78", "-2", "2023-08-16",
    )  # fmt: skip
    # The agencies' rows come after the province's, in columns of their own; a district has its own branch's alone.
    assert [row["Đơn vị"] for row in rows] == ["Toàn tỉnh"] * 8 + ["X12, H. Một"]
    last = rows[-1]
    assert (last["Kỳ"], last["Số của đơn vị khi công bố"], last["Số của đơn vị nay là"]) == (
        "Tháng 7",
        "80/100",
        "60/100",
    )
    assert (last["Nay là"], last["Lý do"], last["Ngày phát hành"]) == ("", "Nhập nhầm cột", "2023-08-16")
    assert not july["Số của đơn vị nay là"] and (july["Trạng thái quan sát"], last["Trạng thái quan sát"]) == ("A", "A")
    for name, seen in (("dung", True), ("cuc", False)):
        theirs = as_person(name).get("/muc-tieu/I.1/dieu-chinh/tep/csv/").getvalue().decode("utf-8-sig")
        assert ("X12" in theirs) is seen and "Toàn tỉnh" in theirs
    book = as_person("lam").get("/muc-tieu/I.1/dieu-chinh/tep/xlsx/")
    assert book.status_code == 200 and "spreadsheet" in book["Content-Type"]


def test_strangers_are_sent_away_and_wrong_addresses_are_404(client, province, as_person):
    assert client.get(URL).status_code == 302
    browser = as_person("lam")
    for address in ("/muc-tieu/I.99/dieu-chinh/", "/muc-tieu/%00/dieu-chinh/", f"{URL}tep/pdf/"):
        assert browser.get(address).status_code == 404
    assert browser.post(URL).status_code == 405


def test_it_asks_a_fixed_number_of_questions(province, published, as_person, moment, django_assert_num_queries):
    published("2023-07")
    published("2023-06")
    restate(province, moment)
    browser = as_person("lam")
    browser.get(f"{URL}?ky=2023-07")
    # 3 who reads, 2 what is shown, 1 the target, 1 published versions, 1 roll-ups, 1 figures.
    # One of them for the figures of the agencies that the first published versions hold.
    with django_assert_num_queries(10):
        browser.get(f"{URL}?ky=2023-07")


def test_the_policy_is_one_click_from_the_table(province, as_person):
    browser = as_person("an")
    assert 'href="/chat-luong/chinh-sach-dieu-chinh/?nam=2023"' in browser.get(URL).content.decode()
    assert "Số đã duyệt không bị ghi đè." in words(browser.get("/chat-luong/chinh-sach-dieu-chinh/"))


def test_the_agencies_figures_are_told_beside_those_that_were_frozen(province, published, as_person, moment):
    published("2023-07")
    assert "Không đơn vị nào có số khác" in words(as_person("lam").get(URL))
    before = "80/100"  # of x12 in July, as the frozen report holds it
    restate(province, moment)
    row = f"Tháng 7 X12, H. Một {before} 60/100 Nhập nhầm cột"
    assert row in words(as_person("lam").get(URL)) and row in words(as_person("dung").get(URL))
    # Another branch reads the province's line alone.
    assert "X12" not in words(as_person("cuc").get(URL))
    book = load_workbook(io.BytesIO(b"".join(as_person("lam").get("/muc-tieu/I.1/dieu-chinh/tep/xlsx/"))))
    shown = [[cell.value for cell in line] for line in book["Số của đơn vị"].iter_rows()]
    assert any(line[:4] == ["Tháng 7", "X12, H. Một", before, "60/100"] for line in shown)
