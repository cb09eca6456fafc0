"""The data of one agency: all of it, of no other, readable by another program."""

import csv
import io
import zipfile

import frictionless
import pytest

from core.spreadsheet import DEMO_MARK
from exchange.own_data import own_data
from indicators.models import Actual, Rollup, State, Submission
from tests import factories
from tests.page import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ADDRESS = "/ket-noi/du-lieu-don-vi/"


def files(content):
    """Rows of each file by its name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".csv")}
    return {name: list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}


@pytest.fixture
def data(connected):
    return lambda name: own_data(connected.people[name].agency, connected.people[name])


def test_every_report_figure_and_rollup_of_ones_own(connected, data):
    """July was approved; August is one's own draft, with a note that begins like a formula."""
    target = connected.targets["I.1"]
    factories.report(connected.tree["x11"], connected.august, {target: (1, 2)}, state=State.DRAFT)
    Actual.objects.filter(submission__period=connected.august).update(note="=1+1")
    read = files(data("an"))
    assert [(row["period"], row["state"], row["receipt"]) for row in read["phieu.csv"]] == [
        ("2023-07", "approved", "07-x11-01"),
        ("2023-08", "draft", ""),
    ]
    figures = {(row["period"], row["target"]): row for row in read["so-lieu.csv"]}
    assert (figures["2023-07", "I.1"]["numerator"], figures["2023-07", "I.1"]["denominator"]) == ("60", "100")
    assert figures["2023-08", "I.1"]["note"] == "'=1+1"
    assert len(figures) == Actual.objects.filter(submission__agency=connected.tree["x11"]).count()
    assert {row["node"] for row in read["ket-qua.csv"]} == {"x11"}
    assert (
        len(read["ket-qua.csv"])
        == Rollup.objects.filter(
            agency=connected.tree["x11"], period__in=connected.plan.periods.begun(factories.AT.date())
        ).count()
    )
    assert {row["note_of_source"] for rows in read.values() for row in rows} == {""}


def test_nothing_of_another_agency(connected, data):
    factories.report(connected.tree["x11"], connected.august, {connected.targets["I.1"]: (1, 2)}, state=State.DRAFT)
    read = files(data("cuc"))
    assert (read["phieu.csv"], read["so-lieu.csv"]) == ([], [])
    assert {row["node"] for row in read["ket-qua.csv"]} <= {"x21"}
    assert "x11" not in str(files(data("hanh")))


def test_another_program_validates_it(data, tmp_path):
    with zipfile.ZipFile(io.BytesIO(data("an"))) as archive:
        archive.extractall(tmp_path)
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])


def test_made_up_figures_say_so(connected, data):
    connected.plan.is_demo = True
    connected.plan.save()
    assert {row["note_of_source"] for rows in files(data("an")).values() for row in rows} == {DEMO_MARK}


def test_one_click_for_whoever_has_an_agency(client, connected):
    assert client.get(ADDRESS).status_code == 302
    nobody = factories.person("khong-co-quan")
    client.force_login(nobody)
    assert client.get(ADDRESS).status_code == 404
    assert "Dữ liệu của đơn vị tôi" not in words(client.get("/tai-khoan/"))
    client.force_login(connected.people["an"])
    assert "Dữ liệu của đơn vị tôi" in words(client.get("/tai-khoan/"))
    answer = client.get(ADDRESS)
    assert answer["Content-Disposition"] == 'attachment; filename="du-lieu-x11-2023-08-16.zip"'
    assert len(files(answer.content)["phieu.csv"]) == 1


def test_queries_do_not_grow_with_reports(connected, data, django_assert_num_queries):
    for period in connected.plan.periods.filter(number__lt=6):
        factories.report(connected.tree["x11"], period, {connected.targets["I.1"]: (1, 2)}, state=State.DRAFT)
    assert Submission.objects.filter(agency=connected.tree["x11"]).count() == 6
    with django_assert_num_queries(QUERIES):
        data("an")


QUERIES = 4
