"""The league table over the small province (tests/reports/conftest.py).

Until August, seen on the 18th (the 17th was the deadline); in the first five months nothing was sent.

| | June | July | August | on time | late | never |
|---|---|---|---|---|---|---|
| x11, x21, h1, s1 | ✓ | ✓ | ✓ | 3/8 | 0 | 5 |
| x12 | ✓ | late | ✓ | 2/8 | 1 | 5 |
| x22 | ✓ | ✓ | – | 2/8 | 0 | 6 |

Figures: the communes and h1 are asked for one a month, so 8; s1 for I.2 and II.1, and in March and June also III.1: 18.

On the 18th August's review is not over: ranked is by January to July. Accepted on time: x11, x21, x22, h1 2/7 each; s1 two
in June and two in July, 4/16 = 1/4; x12 June's alone, 1/7.
"""

import datetime as dt
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from agencies.models import Level
from core.audit.services import audit
from core.clock import VIETNAM
from demo.models import DemoYear
from indicators.audit_acts import SubmissionAct
from indicators.models import Exemption, State, Submission
from reports.dashboards.queries import agencies, league_table
from reports.dashboards.queries import overview as queries_overview
from reports.documents import composition
from reports.documents.data import progress
from tests import factories
from tests.page import words

pytestmark = pytest.mark.once

ADDRESS = "/xep-hang/"


@pytest.fixture
def eighteenth(province, moment):
    moment.move_to(dt.datetime(2023, 8, 18, 9, tzinfo=VIETNAM))
    return province


@pytest.fixture
def league(eighteenth, selected):
    """`league("lam", level="xa")`: the league of August for a person."""

    def build(name, month=8, **asked):
        return league_table.league(selected(month), eighteenth.people[name], **asked)

    return build


def shown(found):
    return [(row.rank, row.agency.code, row.record.figures.accepted, row.record.figures.due) for row in found.rows]


def test_the_places_of_all(league):
    found = league("lam")
    assert shown(found) == [
        (1, "h1", 2, 7),
        (1, "x11", 2, 7),
        (1, "x21", 2, 7),
        (1, "x22", 2, 7),
        (5, "s1", 4, 16),
        (6, "x12", 1, 7),
    ]
    assert (found.ranked, found.size, found.hidden, found.exempt) == (6, 6, 0, 2)  # h2 and the province owe nothing


def test_counts_of_an_agency_and_of_the_whole(league):
    found = league("lam")
    by_code = {row.agency.code: row.counts for row in found.rows}
    x12 = by_code["x12"]
    assert (x12.on_time, x12.late, x12.missing, x12.waiting, x12.entered, x12.required) == (2, 1, 5, 0, 3, 8)
    # s1 sent I.2 and III.1 in June, I.2 and II.1 in July and in August.
    assert (by_code["s1"].entered, by_code["s1"].required) == (6, 18)
    year = found.whole.year
    assert (year.on_time, year.late, year.missing, year.due) == (16, 1, 31, 48)
    assert (year.figures.accepted, year.figures.due) == (4 * 2 + 1 + 4, 5 * 7 + 16)
    assert round(year.accepted_share, 6) == Decimal("25.490196")  # 13/51
    assert (year.entered, year.required) == (6 + 3 * 4 + 2, 58)


def test_levels_districts_and_months(league):
    found = league("lam")
    assert [(part.name, part.size, part.period.on_time, part.period.missing) for part in found.levels] == [
        ("Sở, ban, ngành", 1, 1, 0),
        ("Cấp huyện", 1, 1, 0),
        ("Cấp xã", 4, 3, 1),
    ]
    assert [(part.agency.code, part.size, part.year.on_time, part.year.missing) for part in found.districts] == [
        ("h1", 2, 5, 10),
        ("h2", 2, 5, 11),
    ]
    months = {period.number: (counts.on_time, counts.late, counts.missing) for period, counts in found.months}
    assert months == {8: (5, 0, 1), 7: (5, 1, 0), 6: (6, 0, 0)} | dict.fromkeys(range(1, 6), (0, 0, 6))


def test_the_same_as_overview_agency_page_and_report(league, eighteenth, selected):
    lam, found = eighteenth.people["lam"], league("lam")
    overview = queries_overview.overview(selected(), lam)
    assert [(x.level, x.expected, x.on_time, x.late, x.unsent) for x in overview.levels] == [
        (level, part.size, part.period.on_time, part.period.late, part.period.missing)
        for level, part in zip([Level.DEPARTMENT, Level.DISTRICT, Level.COMMUNE], found.levels, strict=True)
    ]
    assert overview.reporting.expected == found.whole.period.total
    assert overview.missing.count == found.whole.period.missing + found.whole.period.waiting
    for row in found.rows:
        page = agencies.agency_page(selected(), eighteenth.tree[row.agency.code], lam)
        assert page.record == row.record
    _, asked = composition.find(eighteenth.plan, "tien-do", "2023-08", "toan-tinh", "chinh-thuc")
    report = progress.build(asked, lam)
    assert report.reporting.expected == found.whole.period.total


def test_before_the_deadline_nobody_is_missing(league, moment):
    moment.move_to(dt.datetime(2023, 8, 17, 23, 59, 59, tzinfo=VIETNAM))
    now = league("lam").whole.period
    assert (now.on_time, now.missing, now.waiting, now.due) == (5, 0, 1, 5)
    moment.move_to(dt.datetime(2023, 8, 18, 0, 0, tzinfo=VIETNAM))
    now = league("lam").whole.period
    assert (now.on_time, now.missing, now.waiting, now.due) == (5, 1, 0, 6)


def test_a_new_agency_and_a_reporter_by_quarters(league, eighteenth):
    new = factories.agency("x13", parent=eighteenth.tree["h1"], first_day=dt.date(2023, 7, 1))
    factories.Assignment.objects.create(target=eighteenth.targets["I.1"], agency=new)
    for month in (7, 8):
        sent = {"whole_submitted_at": factories.AT.replace(month=month)}
        factories.report(new, eighteenth.periods[month], {eighteenth.targets["I.1"]: (1, 2)}, **sent)
    quarterly = factories.agency("s2", "department", eighteenth.tree["tinh"])
    factories.Assignment.objects.create(target=eighteenth.targets["III.1"], agency=quarterly)
    june = {"whole_submitted_at": factories.AT.replace(month=6)}
    factories.report(quarterly, eighteenth.periods[6], {eighteenth.targets["III.1"]: (1, 2)}, **june)
    rows = {row.agency.code: row for row in league("lam").rows}
    # One of one (July), and one of two (March, June): of few periods, and said to be.
    figures = {code: (rows[code].record.figures.accepted, rows[code].record.figures.due) for code in ("x13", "s2")}
    assert figures == {"x13": (1, 1), "s2": (1, 2)}
    assert [(rows[code].rank, rows[code].is_thin) for code in ("x13", "s2", "h1")] == [(1, True), (2, True), (3, False)]
    # An operator's load of June, for which x13 was not asked, makes no second figure.
    factories.report(new, eighteenth.periods[6], {eighteenth.targets["I.1"]: (1, 2)}, **june)
    row = {row.agency.code: row for row in league("lam").rows}["x13"]
    assert (row.rank, row.record.figures.accepted, row.record.figures.due) == (1, 1, 1)
    assert (row.record.on_time, row.record.due) == (2, 2)


def test_who_was_asked_for_nothing_has_no_place(league, eighteenth):
    """A department with a report that holds its projects alone is on time with a report that was not due."""
    idle = factories.agency("s9", "department", eighteenth.tree["tinh"])
    for month in (6, 7, 8):
        factories.report(idle, eighteenth.periods[month], {})
    found = league("lam")
    assert "s9" not in [row.agency.code for row in found.rows]
    assert found.whole.year.on_time == sum(row.record.on_time for row in found.rows)


def test_an_exempt_agency_is_not_called_late(league, eighteenth):
    assignment = eighteenth.targets["I.1"].assignments.get(agency=eighteenth.tree["x22"])
    Exemption.objects.create(
        assignment=assignment, first_day=dt.date(2023, 1, 1), last_day=dt.date(2023, 5, 31), reason="x"
    )
    row = next(row for row in league("lam").rows if row.agency.code == "x22")
    assert (row.record.on_time, row.record.due, row.counts.required) == (2, 3, 3)
    assert (row.rank, row.record.figures.accepted, row.record.figures.due) == (1, 2, 2)


def test_how_often_one_was_sent_back(league, eighteenth):
    july = Submission.objects.get(agency__code="x12", period=eighteenth.periods[7])
    for _ in range(2):
        audit(by=eighteenth.people["dung"], act=SubmissionAct.RETURN, label="x", submission=july.pk, reason="Xem lại.")
    audit(by=eighteenth.people["dung"], act=SubmissionAct.APPROVE, label="x", submission=july.pk)
    found = league("lam")
    assert {row.agency.code: row.counts.returned for row in found.rows if row.counts.returned} == {"x12": 2}
    assert {period.number: counts.returned for period, counts in found.months}[7] == 2
    assert league("lam", 6).whole.year.returned == 0


def test_what_is_sent_back_counts_in_no_figure(league, eighteenth):
    Submission.objects.filter(agency__code="x11", period=eighteenth.periods[8]).update(
        state=State.RETURNED, is_official=False, is_provisional=False, return_reason="x"
    )
    row = next(row for row in league("lam").rows if row.agency.code == "x11")
    assert (row.record.on_time, row.counts.entered) == (3, 2)  # in time at first; its figure does not count for now


# Who sees what


def test_a_commune_sees_its_own_place_and_the_numbers(league):
    found = league("cuc")
    assert found.group.level == "xa"
    assert shown(found) == [(1, "x21", 2, 7)] and (found.size, found.hidden) == (4, 3)
    assert league("an").rows == league("binh").rows != ()
    assert [part.size for part in found.levels] == [1, 1, 4] and found.districts == ()
    assert {row.rank for row in league("an", level="tat-ca").rows} == {1}


def test_a_district_sees_its_communes_among_all_and_among_themselves(league):
    assert shown(league("dung", level="xa")) == [(1, "x11", 2, 7), (4, "x12", 1, 7)]
    assert shown(league("dung", district="h1")) == [(1, "x11", 2, 7), (2, "x12", 1, 7)]
    assert league("dung", district="h2") is None and league("cuc", district="h2") is None
    assert [part.agency.code for part in league("dung").districts] == ["h1"]


@pytest.mark.parametrize(
    ("name", "query", "status"),
    [
        ("lam", "", 200),
        ("lam", "?nhom=xa&xep=ten", 200),
        ("lam", "?nhom=h1&ky=2023-07", 200),
        ("khanh", "?nhom=tat-ca", 200),
        ("an", "?nhom=so", 200),
        ("cuc", "?nhom=h1", 404),
        ("cuc", "?nhom=h2", 404),
        ("lam", "?nhom=x11", 404),
        ("lam", "?nhom=%00'", 404),
        ("lam", "?xep=mat-khau", 404),
        ("lam", "?ky=2023-13", 404),
        ("lam", "?trang=abc", 200),
    ],
)
def test_addresses(as_person, eighteenth, name, query, status):
    assert as_person(name).get(ADDRESS + query).status_code == status
    assert as_person(name).get(f"{ADDRESS}tep/{query}").status_code == status


def test_nobody_without_an_account(client, eighteenth):
    assert client.get(ADDRESS).url.startswith("/dang-nhap/")


def test_the_page_says_it(as_person, eighteenth):
    page = words(as_person("lam").get(ADDRESS))
    assert "6 đơn vị được xếp hạng, 4 cùng hạng 1" in page  # equals are equal, and are said to be many
    assert "Số lần bị trả lại và độ đầy đủ để tham khảo, không tính vào hạng" in page
    assert "25,5% số liệu được duyệt đúng hạn, 13/51 số liệu phải nộp" in page
    assert "5/6 phiếu đúng hạn kỳ tháng 8" in page and "31 phiếu không nộp" in page
    assert "6 X12, H. Một 14,3% 1/7 1 5 0 37,5%" in page
    assert "2 đơn vị không phải nộp báo cáo nên không có trong bảng." in page
    own = words(as_person("an").get(ADDRESS))
    assert "X11, H. Một" in own and "X12" not in own and "X21" not in own
    assert "Hạng tính trong 4 đơn vị; 3 đơn vị ngoài phạm vi của tài khoản không nêu tên." in own


@pytest.mark.parametrize(
    ("sort", "first"), [("ten", "h1"), ("muon", "x12"), ("khong-nop", "x22"), ("day-du", "x22"), ("dung-han", "s1")]
)
def test_sorting_needs_no_script(league, as_person, sort, first):
    assert league("lam", sort=sort).rows[0].agency.code == first
    page = as_person("lam").get(f"{ADDRESS}?xep={sort}").content.decode()
    assert page.count("aria-sort=") == 1 and f"?xep={sort}" in page


def test_queries_do_not_grow(as_person, eighteenth, django_assert_num_queries):
    reader = as_person("lam")
    with django_assert_num_queries(15):
        reader.get(ADDRESS)
    for number in range(70):
        more = factories.agency(f"y{number}", parent=eighteenth.tree["h1"])
        factories.Assignment.objects.create(target=eighteenth.targets["I.1"], agency=more)
        factories.report(more, eighteenth.periods[8], {eighteenth.targets["I.1"]: (1, 2)})
    with django_assert_num_queries(12):
        page = reader.get(ADDRESS)
    assert "1 – 60 trên 76" in words(page)
    assert "61 – 76 trên 76" in words(reader.get(ADDRESS + "?trang=2"))


# The file


def book(response):
    return load_workbook(BytesIO(b"".join(response.streaming_content)))


def test_the_file_has_the_rows_of_the_page(as_person, eighteenth):
    response = as_person("lam").get(f"{ADDRESS}tep/?nhom=xa")
    made = book(response)
    assert made.sheetnames == ["Kỷ luật", "Theo nhóm", "Từng tháng"]
    rows = list(made["Kỷ luật"].iter_rows(values_only=True))
    assert rows[0][0] == "Kỷ luật nộp báo cáo: Cấp xã"
    assert rows[2][0] == "Lấy số liệu lúc 09:00 ngày 18/08/2023"
    heads = next(row for row in rows if row[0] == "Hạng")
    assert heads[3:5] == ("Số liệu được duyệt đúng hạn", "Số liệu phải nộp")
    places = [(*row[:5], *row[7:11]) for row in rows if isinstance(row[0], int)]
    assert places == [
        (1, "X11, H. Một", "x11", 2, 7, 3, 0, 5, 8),
        (1, "X21, H2", "x21", 2, 7, 3, 0, 5, 8),
        (1, "X22, H2", "x22", 2, 7, 2, 0, 6, 8),
        (4, "X12, H. Một", "x12", 1, 7, 2, 1, 5, 8),
    ]
    own = book(as_person("cuc").get(f"{ADDRESS}tep/"))
    said = [str(cell) for sheet in own for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "X21, H2" in said and not any("X22" in cell or "X11" in cell for cell in said)


def test_the_file_marks_illustrative_figures_and_runs_no_formula(as_person, eighteenth):
    eighteenth.tree["x11"].short_name = "=HYPERLINK(1)"
    eighteenth.tree["x11"].save()
    at = factories.AT
    DemoYear.objects.create(plan=eighteenth.plan, seed=1, loaded_at=at, clock_at=at, real_at=at)
    made = book(as_person("lam").get(f"{ADDRESS}tep/"))
    assert all(sheet["A1"].value == "SỐ LIỆU MINH HỌA" for sheet in made)
    (cell,) = [cell for row in made["Kỷ luật"].iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert cell.data_type == "s"
