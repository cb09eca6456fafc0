"""The figures of projects agree wherever they are read: list, board, totals, overview, printed report, workbook. Each face is
read back; nothing is asked of the code that made it. Expected by hand, at 16 August 2023, 09:00:

| project | lead | said in August | judged | đồng |
|---|---|---|---|---|
| I.1, due 31/12 | s1 | running 90% | on schedule | 40 of 100 |
| I.2, no date | s1, s2 | s1 done, s2 running 10%, expected 01/09 | due soon (s2), 1/2 done | 5 of 5, 0 of 7 |
| I.3, due 31/07 | s2 | running 50% | overdue by 16 days | 1 of 30 |
| II.1, due 31/12 | s1 | paused | paused | |
| II.2, ongoing | s2 | nothing | no report: July's was due | |
"""

import datetime as dt
import re
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from openpyxl import load_workbook

from indicators.submissions import editing, workflow
from projects import services
from projects.models import ProjectGroup, ProjectParty
from projects.services import Entry
from reports import letterhead
from reports.documents import composition, model
from reports.documents import services as drafts
from reports.documents.renderers import xlsx
from tests import factories
from tests.page import words
from tests.projects.conftest import RUNNING
from tests.reports.conftest import GUARDS, roll_up

pytestmark = [pytest.mark.django_db, pytest.mark.once]

HEAD = letterhead.DocumentHead(
    above="UBND tỉnh",
    issuer="Sở",
    symbol="BC",
    place="Hải Dương",
    year=2023,
    number="1",
    day="2023-08-16",
    signer="Người ký",
)
QUERY = "?ky=2023-08&so-lieu=chinh-thuc"
BY_JUDGEMENT = {"Đúng tiến độ": 1, "Sắp đến hạn": 1, "Quá hạn": 1, "Tạm dừng": 1, "Chưa báo cáo": 1}
BY_JUDGEMENT_IN_ORDER = ["Tạm dừng", "Quá hạn", "Sắp đến hạn", "Chưa báo cáo", "Đúng tiến độ"]
LATE = 3
BY_SECTION = {"I. Dự án": (3, 2), "II. Thể chế": (2, 1)}
# Each lead's own parts: s1 has I.1, its part of I.2, II.1; s2 its part of I.2, I.3, II.2.
BY_LEAD = {"Đơn vị s1": (3, 1), "Đơn vị s2": (3, 2)}
BY_STAGE = {"Đang thực hiện": 2, "Tạm dừng": 1, "Nhiều đơn vị, mỗi đơn vị báo riêng": 1, "Chưa có báo cáo": 1}
CONTRACTS, PAID = 142, 46
MONEY = "Đã giải ngân 46 đồng trên 142 đồng giá trị hợp đồng (32,39%)."
MONEY_OF_LEAD = {"Đơn vị s1": (105, 45), "Đơn vị s2": (37, 1)}


@pytest.fixture
def year(world):
    plan = world.plan
    world.second = ProjectGroup.objects.create(plan=plan, code="II", title="Thể chế", position=2)
    made = {
        "I.1": world.first,
        "I.2": world.group,
        "I.3": world.project(3, dt.date(2023, 7, 31), agency=world.tree["s2"]),
    }
    world.section = world.second
    made["II.1"] = world.project(1, dt.date(2023, 12, 31), agency=world.tree["s1"])
    made["II.2"] = world.project(2, None, agency=world.tree["s2"], ongoing=True)
    done = Entry(stage="done", percent=Decimal(100), actual_finish=dt.date(2023, 8, 1), contract_value=5, disbursed=5)
    said = {
        world.an: {
            "I.1": RUNNING._replace(percent=Decimal(90), contract_value=100, disbursed=40),
            "I.2": done,
            "II.1": RUNNING._replace(stage="paused", obstacles="Chờ vốn"),
        },
        world.cuc: {
            "I.2": RUNNING._replace(
                percent=Decimal(10), planned_finish=dt.date(2023, 9, 1), contract_value=7, disbursed=0
            ),
            "I.3": RUNNING._replace(percent=Decimal(50), contract_value=30, disbursed=1),
        },
    }
    for by, entries in said.items():
        report = world.open(by=by)
        for label, entry in entries.items():
            services.save_update(submission=report, project=made[label], entry=entry, by=by)
        workflow.submit(submission=report, by=by)
        workflow.approve(submission=report, by=world.so)
    factories.target(plan, "I.1", [world.tree["x11"]])  # the overview is of targets, with the projects beside them
    roll_up(plan)
    return world


@pytest.fixture
def read(year, client):
    """`read("/du-an/")`: the page as the leader reads it, in words."""
    client.force_login(year.lam)
    return lambda address: words(client.get(address + QUERY))


def test_the_list_and_the_board(read, client):
    content = client.get("/du-an/" + QUERY).content.decode()
    choices = re.findall(r'<a href="\?[^"]*tinh-trang=[^"]*"[^>]*>([^<]+) <span class="num">(\d+)</span>', content)
    counted = {name: int(number) for name, number in choices}
    assert counted.pop("Tất cả") == 5
    assert counted.pop("Cần xử lý") == LATE
    assert counted == BY_JUDGEMENT
    said = read("/du-an/")
    assert MONEY in said
    assert "I. Dự án 3 việc, 2 cần xử lý" in said and "II. Thể chế 2 việc, 1 cần xử lý" in said
    board = client.get("/du-an/bang/" + QUERY).content.decode()
    columns = re.findall(r'<h2 id="c-[^"]*"[^>]*>(.*?)<span class="num">(\d+)</span></h2>(.*?)</section>', board, re.S)
    shown = {
        re.sub(r"<[^>]*>", "", badge).strip(): (int(number), cards.count("<li")) for badge, number, cards in columns
    }
    assert shown == {word: (number, number) for word, number in BY_JUDGEMENT.items()}


def test_filtered_by_what_the_lead_says(read, client):
    content = client.get("/du-an/" + QUERY).content.decode()
    choices = dict(
        re.findall(r'<option value="([\w-]+)"[^>]*>[^<]* \((\d+)\)</option>', content.split('id="don-vi-bao"')[1])
    )
    assert choices == {"running": "2", "paused": "1", "shared": "1", "chua-bao": "1"}
    for stage, numbers in {"running": ["I.1", "I.3"], "shared": ["I.2"], "chua-bao": ["II.2"], "stopped": []}.items():
        content = client.get(f"/du-an/{QUERY}&don-vi-bao={stage}").content.decode()
        assert re.findall(r'<td class="code hide-small">([^<]+)</td>', content) == [
            f"DA {number}" for number in numbers
        ], stage
    assert client.get(f"/du-an/{QUERY}&don-vi-bao=khac").status_code == 404


def table(content, region):
    """{name: cells} of a table that stands in a labelled section."""
    part = content.split(f'aria-labelledby="{region}"', 1)[1].split("</section>", 1)[0]
    clean = [
        [
            " ".join(re.sub(r"<[^>]*>", " ", cell).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", part, re.S)
    ]
    head, *rows = clean
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def number(text):
    return 0 if text == "—" else int(text.split()[0].replace(".", ""))


def test_the_totals(read, client):
    content = client.get("/du-an/tong-hop/" + QUERY).content.decode()
    sections = table(content, "theo-nhom")
    assert {
        name: (number(row["Số việc"]), number(row["Cần xử lý"])) for name, row in sections.items()
    } == BY_SECTION | {"Cộng": (5, LATE)}
    assert {word: number(sections["Cộng"][word]) for word in BY_JUDGEMENT} == BY_JUDGEMENT
    money = ("Giá trị hợp đồng (đồng)", "Đã giải ngân (đồng)")
    assert [number(sections["Cộng"][name]) for name in money] == [CONTRACTS, PAID]
    assert sections["Cộng"]["Tỷ lệ giải ngân"] == "32,39%"
    leads = table(content, "theo-chu-tri")
    assert {name: (number(row["Số việc"]), number(row["Cần xử lý"])) for name, row in leads.items()} == BY_LEAD
    assert {name: tuple(number(row[one]) for one in money) for name, row in leads.items()} == MONEY_OF_LEAD
    said = read("/du-an/tong-hop/")
    for state, count in BY_STAGE.items():
        assert f"{state} {count} việc" in said


def test_the_overview(read):
    said = read("/tong-quan/")
    assert f"{LATE} việc cần xử lý" in said
    for word, count in BY_JUDGEMENT.items():
        assert f"{count} {word.lower()}" in said
    assert "I. Dự án 3, 2 cần xử lý" in said and "II. Thể chế 2, 1 cần xử lý" in said
    assert "Đơn vị s2 2 trên 3" in said and "Đơn vị s1 1 trên 3" in said
    assert MONEY in said


def test_the_printed_report_and_its_workbook(year, client):
    kind, asked = composition.find(year.plan, "du-an", "2023-08", "toan-tinh", "chinh-thuc")
    version = drafts.draft(kind=kind, report_request=asked, by=year.so)
    client.force_login(year.so)
    said = words(client.get(f"/bao-cao/{version.report_id}/"))
    told = ", ".join(f"1 {word[:1].lower()}{word[1:]}" for word in BY_JUDGEMENT_IN_ORDER)
    assert f"Xét tại ngày 14/08/2023, có 5 dự án, nhiệm vụ: {told}." in said
    named = re.findall(r"- [^:]*? \((DA [IV]+\.\d+)\): ", said.split(f"{LATE} dự án, nhiệm vụ cần xử lý:")[1])
    assert len(named) == LATE and named[0] == "DA I.2"
    stages = "; ".join(f"{state[:1].lower()}{state[1:]}: {number}" for state, number in BY_STAGE.items())
    assert f"Theo báo cáo của cơ quan chủ trì: {stages}." in said
    assert MONEY in said
    assert "I. Dự án: 3 dự án, nhiệm vụ; 2 cần xử lý" in said
    document = model.load(version.snapshot["document"])
    made = load_workbook(BytesIO(xlsx.make(document, HEAD)))
    tables = {}
    for title in ("Theo nhóm", "Theo chủ trì"):
        head, *rows = [[cell.value for cell in row] for row in made[title].iter_rows(min_row=2)]
        tables[title] = {row[0]: dict(zip(head, row, strict=True)) for row in rows if row[0] and row[1] is not None}
    whole = tables["Theo nhóm"]["Cộng"]
    assert [whole[one] for one in ("Số việc", "Quá hạn", "Tạm dừng", "Chậm mốc", "Sắp đến hạn", "Còn lại")] == [
        5,
        1,
        1,
        "-",
        1,
        2,
    ]
    assert [whole[one] for one in ("Giá trị hợp đồng (đồng)", "Đã giải ngân (đồng)")] == [CONTRACTS, PAID]
    assert {name: tables["Theo nhóm"][name]["Số việc"] for name in BY_SECTION} == {
        n: t for n, (t, _) in BY_SECTION.items()
    }
    for name, (number_of, late) in BY_LEAD.items():
        row = tables["Theo chủ trì"][name]
        assert row["Số việc"] == number_of
        assert sum(row[one] for one in ("Quá hạn", "Tạm dừng", "Chậm mốc", "Sắp đến hạn") if row[one] != "-") == late
        assert (row["Giá trị hợp đồng (đồng)"], row["Đã giải ngân (đồng)"]) == MONEY_OF_LEAD[name]


def book(client):
    response = client.get("/du-an/tep/" + QUERY)
    return load_workbook(BytesIO(b"".join(response.streaming_content)))


def sheet_rows(sheet):
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    start = next(place for place, row in enumerate(rows) if row[0] in ("Số", "Theo"))
    return [dict(zip(rows[start], row, strict=True)) for row in rows[start + 1 :]]


def test_the_workbook(read, client):
    found = book(client)
    assert found["Dự án"]["A3"].value == "Lấy số liệu lúc 09:00 ngày 16/08/2023"
    projects = sheet_rows(found["Dự án"])
    assert {word: sum(row["Đánh giá"] == word for row in projects) for word in BY_JUDGEMENT} == BY_JUDGEMENT
    assert len(projects) == 5
    totals = sheet_rows(found["Tổng hợp"])
    named = {row["Nhóm, cơ quan chủ trì"]: row for row in totals}
    shown = {name: (named[name]["Số việc"], named[name]["Cần xử lý"]) for name in (*BY_SECTION, *BY_LEAD)}
    assert shown == BY_SECTION | BY_LEAD
    assert (named["Cộng"]["Giá trị hợp đồng (đồng)"], named["Cộng"]["Đã giải ngân lũy kế (đồng)"]) == (CONTRACTS, PAID)
    assert {state: named[state]["Số việc"] for state in BY_STAGE} == BY_STAGE
    leads = sheet_rows(found["Theo đơn vị"])
    for name, money in MONEY_OF_LEAD.items():
        own = [row for row in leads if row["Đơn vị"] == name]
        sums = [sum(row[one] or 0 for row in own) for one in ("Giá trị hợp đồng (đồng)", "Đã giải ngân lũy kế (đồng)")]
        assert tuple(sums) == money
        assert len(own) == BY_LEAD[name][0]


def test_money_of_others_is_not_for_everybody(year, client):
    client.force_login(year.xa)
    said = words(client.get("/du-an/tong-hop/" + QUERY))
    assert "Đơn vị s1 3 1" in said and "105" not in said
    assert "Tổng hợp" in book(client).sheetnames and "Theo đơn vị" not in book(client).sheetnames
    assert not any("đồng" in (column or "") for column in sheet_rows(book(client)["Tổng hợp"])[0])


def test_owner_colleague_stranger_and_nobody(year, client, django_assert_num_queries):
    for person in (year.an, year.binh, year.xa, year.lam):
        client.force_login(person)
        assert client.get("/du-an/tong-hop/" + QUERY).status_code == 200, person
    client.get("/du-an/tong-hop/" + QUERY)
    with django_assert_num_queries(14):
        client.get("/du-an/tong-hop/" + QUERY)
    assert client.post("/du-an/tong-hop/").status_code == 405
    assert "Không có việc nào khớp" in words(client.get("/du-an/tong-hop/?nhom=IX"))
    client.logout()
    assert client.get("/du-an/tong-hop/").status_code == 302


def test_last_months_report_stays_as_it_was(year, client):
    """July is reported, approved and published; then August's update is approved, and July's is reopened and mended."""
    with time_machine.travel(dt.datetime(2023, 7, 16, 9, tzinfo=factories.AT.tzinfo), tick=False):
        july = editing.open_report(agency=year.an.agency, period=year.july, by=year.an)
        entry = RUNNING._replace(percent=Decimal(20), contract_value=100, disbursed=10)
        services.save_update(submission=july, project=year.first, entry=entry, by=year.an)
        workflow.submit(submission=july, by=year.an)
        workflow.approve(submission=july, by=year.so)
    kind, asked = composition.find(year.plan, "du-an", "2023-07", "toan-tinh", "chinh-thuc")
    version = drafts.draft(kind=kind, report_request=asked, by=year.so)
    drafts.publish(
        version=version, revision=version.revision, base_url="https://vi.du/", by=year.so, acknowledged=GUARDS
    )
    client.force_login(year.so)

    def published():
        page = words(client.get(f"/bao-cao/{version.report_id}/"))
        return page[page.index("có 5 dự án, nhiệm vụ") :]

    def live():
        page = words(client.get("/du-an/?ky=2023-07&so-lieu=chinh-thuc"))
        return page[page.index("việc cần xử lý") - 3 :]

    kept, listed = published(), live()
    assert "Đã giải ngân 10 đồng trên 100 đồng giá trị hợp đồng (10,00%)." in kept
    assert "Đã giải ngân 10 đồng trên 100 đồng" in listed
    # August's report goes on: reopened, changed, approved again.
    august = year.first.updates.get(submission__period=year.august).submission
    newer = workflow.reopen(submission=august, by=year.so, reason="Bổ sung")
    stored = Entry.stored(newer.project_updates.get(project=year.first))
    changed = stored._replace(stage="paused", obstacles="Chờ vốn", disbursed=90)
    services.save_update(submission=newer, project=year.first, entry=changed, by=year.an, seen=stored.fingerprint())
    workflow.submit(submission=newer, by=year.an)
    workflow.approve(submission=newer, by=year.so)
    assert (published(), live()) == (kept, listed)
    # July's own is reopened: as long as it is not approved again, July is what it was.
    mended = workflow.reopen(submission=july, by=year.so, reason="Sai số giải ngân")
    services.save_update(
        submission=mended,
        project=year.first,
        entry=entry._replace(disbursed=30),
        by=year.an,
        seen=entry.fingerprint(),
    )
    assert (published(), live()) == (kept, listed)
    workflow.submit(submission=mended, by=year.an)
    workflow.approve(submission=mended, by=year.so)
    assert "Đã giải ngân 30 đồng trên 100 đồng" in live()
    assert published() == kept


@pytest.mark.parametrize("on", [dt.date(2023, 7, 31), dt.date(2023, 8, 16), dt.date(2023, 11, 1)])
def test_a_report_judges_on_its_last_day_whenever_it_is_read(year, client, on):
    """I.3 is due on 31 July: on 14 July it is close to its due day, from August on it is late. July's page says the former."""
    kind, asked = composition.find(year.plan, "du-an", "2023-07", "toan-tinh", "chinh-thuc")
    with time_machine.travel(dt.datetime(on.year, on.month, on.day, 9, tzinfo=factories.AT.tzinfo), tick=False):
        document, _ = composition.preview(kind, asked, year.so)
        client.force_login(year.so)
        page = words(client.get("/du-an/?ky=2023-07&so-lieu=chinh-thuc"))
    (said,) = [s.plain for s in document.sentences if s.id == "chung"]
    assert said == "Xét tại ngày 14/07/2023, có 5 dự án, nhiệm vụ: 1 sắp đến hạn, 4 chưa báo cáo."
    if on > dt.date(2023, 8, 14):
        assert "đánh giá tại ngày 14/07/2023" in page and "1 sắp đến hạn, 4 chưa báo cáo" in page
    (table,) = [table for table in document.tables if table.id == "Dự án, nhiệm vụ"]
    assert table.note == "Tình trạng xét tại ngày 14/07/2023, ngày cuối của số liệu kỳ báo cáo."


def test_the_provinces_money_is_for_who_reads_the_whole_province(year, client):
    client.force_login(year.xa)
    for address in ("/du-an/", "/du-an/bang/", "/du-an/dong-thoi-gian/", "/du-an/tong-hop/", "/tong-quan/"):
        page = client.get(address + QUERY, follow=True)
        assert "giải ngân" not in words(page), address


def test_a_report_of_one_lead_tells_its_own_money_only(year):
    """I.1 is led by s1, who has 40 of 100, and by s2, who says nothing of it; s2 has 1 of 30 of I.3."""
    ProjectParty.objects.create(project=year.first, part="lead", agency=year.tree["s2"])
    kind, asked = composition.find(year.plan, "tien-do", "2023-08", "don-vi:s2", "chinh-thuc")
    document, _ = composition.preview(kind, asked, year.so)
    said = " ".join(s.plain for s in document.sentences).replace("\u00a0", " ")
    assert "Đã giải ngân 1 đồng trên 30 đồng giá trị hợp đồng (3,33%)." in said
