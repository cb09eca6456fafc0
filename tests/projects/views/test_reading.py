"""The pages of Phụ lục 1: the plan's 45 projects word for word, and nothing that the plan does not say."""

import csv
import dataclasses
import datetime as dt
import html
import re
from collections import Counter

import pytest
import time_machine

from agencies.models import Agency
from agencies.roles import Role
from core.clock import VIETNAM
from indicators.models import Plan, ReportingPeriod
from indicators.submissions import workflow
from plan_workbook import sources
from plan_workbook.services import load
from projects.models import Project
from projects.services import asked_projects
from projects.status import leads_of
from projects.views import reading
from tests import factories, worlds
from tests.page import words
from tests.stack import ROOT

pytestmark = pytest.mark.once

FIXTURES = ROOT / "fixtures" / "2023"


def rows(name):
    with open(FIXTURES / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PROJECTS = rows("projects.csv")


NINE = dt.datetime(2023, 8, 19, 9, tzinfo=VIETNAM)


@pytest.fixture
def moment():
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


@worlds.shared(at=NINE, uses=["moment"])
def plan():
    """The agencies and projects of the plan's own fixtures."""
    source = sources.from_folder(FIXTURES)
    tables = {key: source.tables[key] for key in ("agencies", "project_groups", "projects")}
    beside = ("targets", "charges")
    rows = [
        row._replace(cells={name: cell for name, cell in row.cells.items() if name not in beside})
        for row in tables["projects"].rows
    ]
    tables["projects"] = dataclasses.replace(tables["projects"], rows=rows)
    plan = Plan.objects.create(
        year=2023, title="Kế hoạch", issuer="UBND tỉnh", first_day=dt.date(2023, 1, 1), last_day=dt.date(2023, 12, 31)
    )
    load(sources.Source(tables, ()), plan=plan, fills=True)
    return plan


@pytest.fixture
def browsers(plan, client):
    """A leader, and the focal point of a commune: both read the plan."""
    made = {}
    for name, code, role in (("lam", "ubnd-tinh", Role.LEADER), ("an", "x10543", Role.FOCAL)):
        made[name] = type(client)()
        made[name].force_login(factories.person(name, Agency.objects.get(code=code), role))
    return made


def listed(response):
    """Return number → (name, text of the row) of the projects in the list, each shown as DA and its number."""
    content = response.content.decode()
    found = {}
    for row in re.findall(r"<tr>\s*<td class=\"code hide-small\">(.*?)</tr>", content, re.S):
        mark, number = row.split("<", 1)[0].split()
        assert mark == "DA"
        name = re.search(r'<a class="name measure" href="([^"]*)">(.*?)</a>', row, re.S)
        said = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", row)).split())
        found[number] = (html.unescape(name[2]), said, name[1])
    return found


def said_of(row):
    """Return the text that a list must show of a project's time."""
    if row["ongoing"] == "1":
        return "Thường xuyên"
    if not row["due"]:
        return "Chưa ghi thời hạn"
    return f"Hạn {dt.date.fromisoformat(row['due']):%d/%m/%Y}"


@pytest.mark.parametrize("name", ["lam", "an"])
def test_all_45_projects_word_for_word(browsers, name):
    found = listed(browsers[name].get("/du-an/"))
    assert len(PROJECTS) == 45
    assert {number: name for number, (name, _, _) in found.items()} == {
        f"{row['section']}.{row['no']}": row["name"] for row in PROJECTS
    }
    for row in PROJECTS:
        _, said, address = found[f"{row['section']}.{row['no']}"]
        assert said_of(row) in said
        assert address == f"/du-an/{row['section']}-{row['no']}/"


def test_how_many_of_each_kind(browsers):
    said = words(browsers["lam"].get("/du-an/"))
    assert "45 dự án, nhiệm vụ" in said
    assert "31 việc có hạn, 6 việc làm thường xuyên, 8 việc kế hoạch chưa ghi thời hạn." in said
    assert "I. Các dự án, nhiệm vụ đã được phê duyệt theo Kế hoạch số 3889/KH-UBND ngày 31/12/2022 29 việc" in said


def test_the_annex_is_called_as_the_plan_calls_it(browsers, plan):
    said = words(browsers["lam"].get("/du-an/"))
    assert "Dự án, nhiệm vụ, kế hoạch năm 2023" in said
    assert "Phụ lục" not in said
    Plan.objects.update(projects_annex="Phụ lục III")
    assert "Phụ lục III, kế hoạch năm 2023" in words(browsers["lam"].get("/du-an/"))


def test_no_state_is_invented(browsers):
    response = browsers["lam"].get("/du-an/")
    assert "Chưa có báo cáo tiến độ nào trên hệ thống." in words(response)
    badges = re.findall(r'<span class="status [^"]*">(.*?)</span>', response.content.decode(), re.S)
    assert [re.sub(r"<[^>]*>", "", badge) for badge in badges] == ["Thường xuyên"] * 6


def test_a_project_led_by_groups_says_how_many_agencies(browsers):
    said = listed(browsers["lam"].get("/du-an/"))["I.29"][1]
    assert "Các sở, ban, ngành; UBND cấp huyện" in said
    assert "17 sở, ban, ngành và 12 đơn vị cấp huyện" in said


def test_a_group_leads_as_each_of_its_agencies(plan):
    """I.29 goes to 17 departments and 12 districts, each for itself; communes and the province lead nothing."""
    period = ReportingPeriod.objects.create(
        plan=plan,
        number=8,
        window_first=dt.date(2023, 7, 15),
        window_last=dt.date(2023, 8, 14),
        opens_on=dt.date(2023, 8, 15),
        due_on=dt.date(2023, 8, 17),
        review_due_on=dt.date(2023, 8, 20),
        closes_on=dt.date(2023, 8, 20),
    )
    projects = {project.plan_code: project for project in Project.objects.with_parties()}
    leads = {label: leads_of([project], period.window_last)[project.pk] for label, project in projects.items()}
    assert Counter(agency.level for agency in leads["I.29"]) == {"department": 17, "district": 12}
    groups = {"@departments": "department", "@districts": "district"}
    for row in PROJECTS:
        parties = row["leads"].split("|")
        named = [party for party in parties if not party.startswith("@")]
        asked = [groups[party] for party in parties if party in groups]
        named += [row["reported_by"]] if row["reported_by"] else []
        expected = {*named, *Agency.objects.filter(level__in=asked).values_list("code", flat=True)}
        assert {agency.code for agency in leads[f"{row['section']}.{row['no']}"]} == expected, row["no"]
    for agency in Agency.objects.exclude(level="commune"):
        led = {label for label, found in leads.items() if agency in found}
        assert {project.plan_code for project in asked_projects(agency, period)} == led, agency
    assert asked_projects(Agency.objects.filter(level="commune").first(), period) == []
    # The enterprises that lead V.1 have no account: an agency that the plan's data name reports on their behalf.
    assert [agency.code for agency in leads["V.1"]] == ["stttt"]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (dt.datetime(2023, 7, 31, 9, tzinfo=VIETNAM), "Hạn 31/08/2023"),
        (dt.datetime(2023, 8, 1, 9, tzinfo=VIETNAM), "Hạn 31/08/2023 còn 30 ngày"),
        (dt.datetime(2023, 8, 31, 23, tzinfo=VIETNAM), "Hạn 31/08/2023 còn 0 ngày"),
        (dt.datetime(2023, 9, 1, 0, 30, tzinfo=VIETNAM), "Hạn 31/08/2023 hạn đã qua"),
    ],
)
def test_days_left_until_the_deadline(browsers, moment, day, said):
    for browser in browsers.values():
        browser.logout()
    moment.move_to(day)
    browser = browsers["lam"]
    browser.force_login(factories.person("mai", Agency.objects.get(code="ubnd-tinh"), Role.LEADER))
    assert listed(browser.get("/du-an/"))["III.3"][1].endswith(said)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("nhom=II", {"II.1", "II.2", "II.3", "II.4", "II.5", "II.6"}),
        ("chu-tri=cat", {"I.9"}),
        ("chu-tri=h295", {"I.22"}),
        ("chu-tri=%40enterprises", {"V.1"}),
        ("chu-tri=%40districts", {"I.29", "III.4", "IV.1", "IV.3", "V.2", "V.3"}),
        ("thoi-han=thuong-xuyen", {"IV.1", "IV.2", "IV.3", "V.1", "V.2", "V.3"}),
        ("thoi-han=chua-ghi&nhom=III", {"III.1", "III.2", "III.4"}),
        ("tim=benh+an", {"I.27"}),
        ("tim=B%E1%BB%86NH+%C3%81N", {"I.27"}),
        ("tim=so+noi+vu", {"I.13", "I.14", "I.15"}),
        ("tim=III.3", {"III.3"}),
        ("tim=++", {f"{row['section']}.{row['no']}" for row in PROJECTS}),
        ("nhom=II&chu-tri=cat", set()),
        ("nhom=VI", set()),
        ("chu-tri=khong-co", set()),
    ],
)
def test_filters_and_search_without_accents(browsers, query, numbers):
    response = browsers["an"].get(f"/du-an/?{query}")
    assert set(listed(response)) == numbers
    assert ("Không có việc nào khớp" in words(response)) is (not numbers)


def test_choices_carry_their_numbers_and_stay_chosen(browsers):
    content = browsers["lam"].get("/du-an/?chu-tri=stttt&tim=thu%C3%AA").content.decode()
    assert '<option value="stttt" selected>Sở Thông tin và Truyền thông (15)</option>' in content
    assert '<option value="@departments">Các sở, ban, ngành (6)</option>' in content
    assert 'value="thuê"' in content
    assert sum(row["leads"].split("|").count("stttt") for row in PROJECTS) == 15


def test_an_unknown_kind_of_time_is_not_there(browsers):
    assert browsers["lam"].get("/du-an/?thoi-han=nam-sau").status_code == 404


def test_each_project_has_its_page(browsers):
    for row in PROJECTS:
        said = words(browsers["an"].get(f"/du-an/{row['section']}-{row['no']}/"))
        assert f"{row['section']}.{row['no']} {' '.join(row['name'].split())}" in said
        assert f"Chủ trì {row['leads_text']}" in said
        assert f"Phối hợp {row['coordinators_text'] or 'Kế hoạch không ghi'}" in said
        assert f"Thời gian ghi {row['timing_text'] or 'Kế hoạch không ghi'}" in said
        assert f"Thời hạn {said_of(row)}" in said


def test_a_project_that_is_not_there(browsers):
    for code in ("I-30", "VI-1", "I", "I-", "-1", "I-x", "I-1-1", "I-99999", "I-%00", "%00-1", "I-٣"):
        assert browsers["lam"].get(f"/du-an/{code}/").status_code == 404, code


@pytest.mark.parametrize("address", ["/du-an/", "/du-an/I-1/"])
def test_only_for_those_who_log_in_and_only_to_read(client, browsers, address):
    response = client.get(address)
    assert response.status_code == 302 and response["Location"].startswith("/dang-nhap/")
    assert browsers["an"].post(address).status_code == 405


def test_names_are_only_text(browsers):
    Project.objects.filter(section__code="I", number=1).update(name='"><script>alert(1)</script>')
    for address in ("/du-an/", "/du-an/I-1/", "/du-an/?tim=%3Cscript%3Ealert(1)"):
        content = browsers["lam"].get(address).content.decode()
        assert "<script>alert" not in content and "&lt;script&gt;alert(1)" in content


@pytest.mark.parametrize(("address", "queries"), [("/du-an/", 8), ("/du-an/I-29/", 11)])
def test_a_fixed_number_of_queries(browsers, address, queries, django_assert_num_queries):
    browsers["lam"].get(address)
    # 3 who reads (session, account, roles), 1 the plan, 2 projects with their parties, 1 sizes of groups, 1 the frame; of one
    # project 1 the conclusions on it.
    with django_assert_num_queries(queries):
        browsers["lam"].get(address)


def test_without_a_plan(client, db):
    client.force_login(factories.person("mot"))
    assert "Hệ thống đang được thiết lập" in words(client.get("/du-an/", follow=True))


def test_the_reports_of_a_project_come_in_pages(world, client, monkeypatch):
    monkeypatch.setattr(reading, "REPORTS_ON_A_PAGE", 1)
    for month, period in ((7, world.july), (8, world.august)):
        world.moment.move_to(dt.datetime(2023, month, 16, 9, tzinfo=VIETNAM))
        report = world.save(report=world.open(period)).submission
        workflow.submit(submission=report, by=world.an)
        workflow.approve(submission=report, by=world.so)
    client.force_login(world.lam)
    for page, shown, hidden in (("", 8, 7), ("&trang=2", 7, 8), ("&trang=9", 7, 8), ("&trang=x", 8, 7)):
        said = words(client.get(f"/du-an/I-1/?ky=2023-08{page}"))
        assert f"Tháng {shown}, S1: " in said and f"Tháng {hidden}, S1: " not in said, page
        assert "trên 2" in said
