"""Reading: as much as its owner sees on pages, and the same figures."""

import csv
import io

import pytest
from django.core.management import call_command

from agencies.models import Agency
from indicators.models import State, TargetDefinition
from indicators.submissions import workflow
from tests import factories

pytestmark = pytest.mark.django_db

LISTS = (
    "plans",
    "plans/2023/periods",
    "plans/2023/indicators",
    "plans/2023/targets",
    "plans/2023/projects",
    "plans/2023/targets/I.1/definitions",
    "agencies",
    "rollups?plan=2023",
    "submissions?period=2023-07",
    "reports",
    "changes",
)


@pytest.mark.parametrize("path", LISTS)
def test_every_list_has_one_form(program, path):
    told = program("lam").get(path)
    assert told.status_code == 200
    assert set(told.json()) == {"items", "next_cursor", "is_illustrative"}


def test_the_plan_and_what_is_in_it(program):
    lam = program("lam")
    assert [row["code"] for row in lam.get("plans").json()["items"]] == ["2023"]
    assert lam.get("plans/2023").json()["title"] == "Kế hoạch năm 2023"
    periods = lam.get("plans/2023/periods").json()["items"]
    assert [row["code"] for row in periods][:2] == ["2023-01", "2023-02"]
    assert [(row["number"], row["year"], row["month"]) for row in periods][-1] == (12, 2023, 12)
    target = lam.get("plans/2023/targets").json()["items"][1]
    assert target["accumulates_over_plan"] is False
    assert (target["code"], target["threshold"], target["kind_label"]) == ("I.2", "30", "Tỷ lệ")
    indicator = lam.get("plans/2023/indicators").json()["items"][0]
    assert (indicator["code"], indicator["targets"]) == ("I.1", ["I.1"])


def test_agencies_with_their_parent(program):
    rows = {row["code"]: row for row in program("an").get("agencies").json()["items"]}
    assert len(rows) == 8
    assert (rows["x11"]["parent"], rows["x11"]["level_label"], rows["tinh"]["parent"]) == ("h1", "Cấp xã", None)


def test_an_agency_carries_its_electronic_code(program):
    Agency.objects.filter(code="x11").update(electronic_code="H23.40.11")
    rows = {row["code"]: row for row in program("an").get("agencies").json()["items"]}
    assert (rows["x11"]["electronic_code"], rows["h1"]["electronic_code"]) == ("H23.40.11", "")


def test_pages_follow_each_other_by_the_cursor(program):
    lam, seen, cursor = program("lam"), [], "0"
    while cursor:
        page = lam.get(f"agencies?limit=3&cursor={cursor}").json()
        seen += [row["code"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 8


def test_a_rolled_up_figure(program):
    path = "rollups?plan=2023&period=2023-07&basis=official&target=I.1&scope=area&agency=tinh"
    (row,) = program("an").get(path).json()["items"]
    assert (row["numerator"], row["denominator"], row["value"]) == ("60", "100", "60.000000")
    assert (row["expected"], row["approved"], row["stale"]) == (5, 1, True)
    assert row["status_label"]


def test_the_csv_is_the_file_of_the_command(program):
    stream = io.StringIO()
    call_command("export_rollups", stdout=stream, plan="2023")
    answer = program("lam").get("rollups?plan=2023", Accept="text/csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode() == stream.getvalue()


def test_json_and_csv_say_the_same(program):
    lam = program("lam")
    lines = list(csv.DictReader(io.StringIO(lam.get("rollups?plan=2023", Accept="text/csv").content.decode())))
    items = lam.get("rollups?plan=2023").json()["items"]
    assert len(lines) == len(items) > 100
    told = {(item["period"], item["basis"], item["target"], item["scope"], item["node"]): item for item in items}
    for line in lines:
        item = told[line["period"], line["basis"], line["target"], line["scope"], line["node"]]
        for column, cell in line.items():
            value = item[column]
            assert cell == ("" if value is None else str(int(value)) if isinstance(value, bool) else str(value))


def test_another_branch_is_not_there(program):
    own = {row["node"] for row in program("an").get("rollups?plan=2023&scope=own").json()["items"]}
    assert own == {"x11"}
    every = {row["node"] for row in program("lam").get("rollups?plan=2023&scope=own").json()["items"]}
    assert every > own
    assert program("cuc").get("submissions?period=2023-07").json()["items"] == []
    assert program("cuc").get("submissions/2023-07/x11").status_code == 404
    assert program("cuc").get("rollups?plan=2023&scope=own&agency=x11").json()["items"] == []
    assert program("cuc").get("explanations/2023/2023-07/I.1?node=x11").status_code == 404
    assert program("cuc").get("changes").json()["items"] == []


def test_a_report_with_its_figures(program):
    (row,) = program("khanh").get("submissions?period=2023-07").json()["items"]
    assert (row["agency"], row["state_label"], row["receipt"]) == ("x11", "Đã duyệt", "07-x11-01")
    told = program("an").get("submissions/2023-07/x11").json()
    figures = {figure["target"]: figure for figure in told["figures"]}
    assert (figures["I.1"]["numerator"], figures["I.3"]["value"]) == ("60", "1")
    assert told["is_illustrative"] is False


def test_reports_as_csv(program):
    text = program("khanh").get("submissions?period=2023-07", Accept="text/csv").content.decode()
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["agency"], line["is_official"], line["return_reason"]) == ("x11", "1", "")


def test_anothers_draft_is_not_there(program, connected):
    figures = {connected.targets["I.1"]: (1, 2)}
    factories.report(connected.tree["x11"], connected.august, figures, state=State.DRAFT)
    assert program("khanh").get("submissions?period=2023-08").json()["items"] == []
    assert program("khanh").get("submissions/2023-08/x11").status_code == 404
    assert program("an").get("submissions/2023-08/x11").json()["state"] == "draft"


def test_the_parts_of_a_figure_add_up(program):
    told = program("lam").get("explanations/2023/2023-07/I.1").json()
    assert (told["numerator"], told["denominator"], told["agrees"]) == ("60", "100", True)
    (part,) = told["contributors"]
    assert (part["agency"], part["numerator"], part["receipts"]) == ("x11", "60", ["07-x11-01"])
    assert sorted(one["agency"] for one in told["absent"]) == ["h1", "x12", "x21", "x22"]
    hidden = program("cuc").get("explanations/2023/2023-07/I.1").json()
    assert (hidden["contributors"], hidden["others_count"], hidden["agrees"]) == ([], 1, True)


def test_changes_since_a_number(program, connected):
    figures = {connected.targets["I.1"]: (1, 2)}
    sent = factories.report(connected.tree["x11"], connected.august, figures, state=State.DRAFT)
    workflow.submit(submission=sent, by=connected.people["an"])
    workflow.approve(submission=sent, by=connected.people["dung"])
    lam = program("lam")
    told = lam.get("changes").json()["items"]
    assert [(row["event"], row["agency"], row["period"]) for row in told] == [
        ("submitted", "x11", "2023-08"),
        ("approved", "x11", "2023-08"),
    ]
    assert [row["event"] for row in lam.get(f"changes?since={told[0]['number']}").json()["items"]] == ["approved"]
    page = lam.get("changes?limit=1").json()
    assert page["next_cursor"] == str(told[0]["number"])


def test_periods_of_a_second_plan_of_the_year_carry_it(program):
    other = factories.make_plan(2023, code="ai-2023")
    target = factories.target(other, "I.1")
    TargetDefinition.objects.create(target=target, number=1, content={}, first_period=3)
    (row,) = program("lam").get("plans/ai-2023/targets/I.1/definitions").json()["items"]
    codes = [period["code"] for period in program("lam").get("plans/ai-2023/periods").json()["items"]]
    assert row["from_period"] == codes[2] == "ai-2023.2023-03"


@pytest.mark.parametrize(
    "path",
    [
        "plans/2022",
        "plans/2023/targets/IX.9/definitions",
        "rollups?plan=2023&period=2023-12",
        "submissions?period=2022-01",
        "submissions/2023-07/x99",
        "explanations/2023/2023-07/I.1?node=h9",
        "reports/1/versions/1/files/pdf",
        "nothing",
    ],
)
def test_what_is_not_there(program, path):
    answer = program("lam").get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "path",
    [
        "plans?cursor=-1",
        "plans?cursor=99999999999999999999",
        "plans?limit=0",
        "rollups",
        "rollups?plan=a%00b",
        "rollups?plan=2023&basis=none",
        "submissions?period=2023-7",
        "submissions?period=2023-07&agency=%00",
        "reports/99999999999999999999/versions/1/files/pdf",
    ],
)
def test_what_cannot_be_read(program, path):
    answer = program("lam").get(path)
    assert answer.status_code == 422
    assert all(fault["message"] for fault in answer.json()["faults"])


@pytest.mark.parametrize(
    ("path", "queries"),
    [("rollups?plan=2023", 6), ("submissions?period=2023-07", 7), ("plans/2023/targets", 6), ("agencies", 7)],
)
def test_queries_do_not_grow(program, path, queries, django_assert_num_queries):
    lam = program("lam")
    with django_assert_num_queries(queries):
        assert lam.get(path).status_code == 200
