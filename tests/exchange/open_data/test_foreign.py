"""Open data for DHIS2 and as SDMX-CSV: by the rules that these programs document, the same figures, stable identifiers."""

import csv
import datetime as dt
import io
import json
import re

import jsonschema
import pytest

from core.installation import changes, queries
from core.spreadsheet import DEMO_MARK
from exchange.open_data import foreign, package
from exchange.open_data.queries import published_plan

pytestmark = [pytest.mark.django_db, pytest.mark.once]

UID = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9]{10}$"}
REFERENCE = {"type": "object", "properties": {"id": UID}, "required": ["id"]}
NAMED = {"name": {"type": "string", "minLength": 1, "maxLength": 230}, "shortName": {"type": "string", "maxLength": 50}}
ELEMENT = {
    "type": "object",
    "properties": {
        "id": UID,
        **NAMED,
        "code": {"type": "string", "maxLength": 50},
        "domainType": {"enum": ["AGGREGATE", "TRACKER"]},
        "valueType": {"enum": ["NUMBER", "INTEGER", "PERCENTAGE", "UNIT_INTERVAL", "BOOLEAN", "TEXT"]},
        "aggregationType": {"enum": ["SUM", "AVERAGE", "COUNT", "MIN", "MAX", "NONE", "LAST"]},
        "categoryCombo": REFERENCE,
    },
    "required": ["id", "name", "shortName", "domainType", "valueType", "aggregationType", "categoryCombo"],
}
METADATA = {
    "type": "object",
    "properties": {
        "dataElements": {"type": "array", "minItems": 1, "items": ELEMENT},
        "organisationUnits": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"id": UID, **NAMED, "openingDate": {"type": "string", "format": "date"}},
                "required": ["id", "name", "shortName", "openingDate"],
            },
        },
        "dataSets": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"id": UID, **NAMED, "periodType": {"const": "Monthly"}},
                "required": ["id", "name", "periodType", "dataSetElements", "organisationUnits"],
            },
        },
    },
    "required": ["dataElements", "organisationUnits", "dataSets"],
}
VALUES = {
    "type": "object",
    "properties": {
        "dataValues": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "dataElement": UID,
                    "orgUnit": UID,
                    "categoryOptionCombo": UID,
                    "attributeOptionCombo": UID,
                    "period": {"type": "string", "pattern": "^[0-9]{4}(0[1-9]|1[0-2])$"},
                    "value": {"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$"},
                },
                "required": ["dataElement", "orgUnit", "period", "value"],
                "additionalProperties": {"type": "string"},
            },
        }
    },
    "required": ["dataValues"],
}


@pytest.fixture
def july(province, published):
    published("2023-07")
    return published_plan(province.plan)


def test_dhis2_takes_both_files(july):
    metadata, values = json.loads(foreign.dhis2_metadata(july)), json.loads(foreign.dhis2_values(july))
    jsonschema.validate(metadata, METADATA, format_checker=jsonschema.FormatChecker())
    jsonschema.validate(values, VALUES)
    elements = {element["id"] for element in metadata["dataElements"]}
    assert len(elements) == len(july.targets)
    assert {row["dataElement"] for row in values["dataValues"]} <= elements
    assert {row["orgUnit"] for row in values["dataValues"]} == {metadata["organisationUnits"][0]["id"]}
    in_set = {row["dataElement"]["id"] for row in metadata["dataSets"][0]["dataSetElements"]}
    assert in_set == elements


def test_all_three_say_what_the_csv_says(july):
    read = list(csv.DictReader(io.StringIO(package.values_csv(july).decode())))
    known = {(row["target"], row["period"]): row["value"] for row in read}
    element = {row["id"]: row["code"] for row in json.loads(foreign.dhis2_metadata(july))["dataElements"]}
    values = {
        (
            element[row["dataElement"]].removeprefix("CDS_2023_").replace("_", "."),
            f"{row['period'][:4]}-{row['period'][4:]}",
        ): row["value"]
        for row in json.loads(foreign.dhis2_values(july))["dataValues"]
    }
    assert values == {key: value for key, value in known.items() if value}
    lines = list(csv.DictReader(io.StringIO(foreign.sdmx_csv(july).decode())))
    assert {(line["INDICATOR"].replace("_", "."), line["TIME_PERIOD"]): line["OBS_VALUE"] for line in lines} == known
    assert all((line["OBS_STATUS"] == "M") == (line["OBS_VALUE"] == "") for line in lines)
    assert all(re.fullmatch(r"[A-Za-z0-9]{11}:CDS_2023\(1\.0\)", line["DATAFLOW"]) for line in lines)


def test_identifiers_stay():
    assert foreign.uid("tỉnh Hoa Lam", "2026", "I.1") == foreign.uid("tỉnh Hoa Lam", "2026", "I.1")
    made = {foreign.uid("a", str(year), f"I.{number}") for year in range(50) for number in range(200)}
    assert len(made) == 10_000
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]{10}", each) for each in made)


def test_made_up_values_say_so(province, published):
    province.plan.is_demo = True
    province.plan.save()
    version = published("2023-07")
    version.report.is_illustrative = True
    version.report.save()
    july = published_plan(province.plan)
    assert all(row["name"].startswith(DEMO_MARK) for row in json.loads(foreign.dhis2_metadata(july))["dataElements"])
    assert all(row["comment"].startswith(DEMO_MARK) for row in json.loads(foreign.dhis2_values(july))["dataValues"])
    assert DEMO_MARK in foreign.sdmx_csv(july).decode()


def test_two_renamings_change_no_identifier(july, monkeypatch):
    def identifiers():
        metadata, values = json.loads(foreign.dhis2_metadata(july)), json.loads(foreign.dhis2_values(july))
        return re.findall(r"'id': '(\w+)'", str(metadata)), {row["dataElement"] for row in values["dataValues"]}

    monkeypatch.setattr(queries, "SECONDS", 0)
    before = identifiers()
    for day, name in ((dt.date(2023, 7, 1), "thành phố Biển Đông"), (dt.date(2023, 7, 2), "thành phố Sông Hồng")):
        changes.plan_change(first_day=day, province=name, standing_agency="", today=dt.date(2023, 8, 16))
        assert name in foreign.dhis2_metadata(july).decode()
        assert identifiers() == before
