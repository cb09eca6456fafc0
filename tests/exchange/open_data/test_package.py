"""The files of open data: each value once, texts that stay texts, a package that another program validates."""

import csv
import io
import json
import zipfile

import frictionless
import pytest

from exchange.open_data import package
from exchange.open_data.queries import published_plan

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def lines(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


@pytest.fixture
def july(province, published):
    published("2023-07")
    return published_plan(province.plan)


def test_values(july):
    rows = {row["target"]: row for row in lines(package.values_csv(july))}
    assert set(rows) == {"I.1", "I.2", "II.1", "III.1"}
    assert (rows["I.1"]["numerator"], rows["I.1"]["denominator"], rows["I.1"]["value"]) == ("800", "1000", "80")
    assert (rows["II.1"]["numerator"], rows["II.1"]["value"]) == ("", "120")
    assert rows["I.1"]["period"] == "2023-07"


def test_the_dictionary(july):
    rows = {row["target"]: row for row in lines(package.targets_csv(july))}
    assert (rows["I.1"]["label"], rows["I.1"]["threshold"], rows["I.1"]["due"]) == (
        "Hồ sơ trên mạng",
        "80",
        "2023-12-31",
    )
    assert rows["I.1"]["method"].startswith("100 × tử số ÷ mẫu số, lũy kế từ đầu năm.")
    assert rows["I.1"]["source_system"] == "chưa khai"


def test_a_formula_stays_a_text(province, published):
    target = province.targets["I.1"]
    target.label = "=1+1"
    target.save()
    published("2023-07")
    (row, *_) = lines(package.targets_csv(published_plan(province.plan)))
    assert row["label"] == "'=1+1"


def test_another_program_validates_the_package(july, tmp_path):
    with zipfile.ZipFile(io.BytesIO(package.package(july))) as archive:
        archive.extractall(tmp_path)
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])
    told = json.loads((tmp_path / "datapackage.json").read_text())
    assert [resource["path"] for resource in told["resources"]] == ["so-lieu.csv", "chi-tieu.csv"]


def test_equal_contents_are_equal_bytes(july):
    assert package.package(july) == package.package(july)


def test_illustrative_figures_say_so(province, published):
    province.plan.is_demo = True
    province.plan.save()
    version = published("2023-07")
    version.report.is_illustrative = True
    version.report.save()
    july = published_plan(province.plan)
    assert july.is_illustrative
    assert {row["note"] for row in lines(package.values_csv(july))} == {package.DEMO_MARK}
    assert package.DEMO_MARK in package.descriptor(july)["description"]
