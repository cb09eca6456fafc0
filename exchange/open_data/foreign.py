"""The open data of a plan in the forms of other programs: DHIS2 (metadata and data values), SDMX-CSV.

DHIS2 knows each thing by an identifier of eleven letters and digits. Those of a plan are derived from the names of the province,
the plan and its targets: always the same, so that a second import changes what the first one made.
"""

import csv
import hashlib
import io
import json
import string
from typing import Any

from core.installation import queries as installation
from core.spreadsheet import DEMO_MARK, csv_cell
from exchange.open_data.queries import PublishedPlan, PublishedTarget, PublishedValue

LETTERS, SIGNS = string.ascii_letters, string.ascii_letters + string.digits
# What every DHIS2 has from its start: the category combination and the option combination named default.
DEFAULT_COMBINATION, DEFAULT_OPTION = "bjDvmb4bfuf", "HllvX50cXC0"
LONGEST_NAME, LONGEST_SHORT_NAME = 230, 50
SDMX_COLUMNS = ("DATAFLOW", "FREQ", "REF_AREA", "INDICATOR", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "COMMENT_OBS")


def uid(*parts: str) -> str:
    """Return a DHIS2 identifier of codes: a letter and ten letters or digits."""
    number = int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest())
    number, first = divmod(number, len(LETTERS))
    made = LETTERS[first]
    for _ in range(10):
        number, place = divmod(number, len(SIGNS))
        made += SIGNS[place]
    return made


def dhis2_metadata(published: PublishedPlan) -> bytes:
    """Return the plan as DHIS2 imports it (`/api/metadata`): the province, a data element each target, their data set."""
    plan, province, unit = published.plan, installation.current().province, _unit()
    combination = {"id": DEFAULT_COMBINATION}
    elements = [_element(published, row, unit) for row in published.targets]
    dataset = uid(unit, plan.code)
    told = {
        "organisationUnits": [
            {
                "id": unit,
                "name": province[:LONGEST_NAME],
                "shortName": province[:LONGEST_SHORT_NAME],
                "openingDate": f"{plan.year}-01-01",
            }
        ],
        "dataElements": elements,
        "dataSets": [
            {
                "id": dataset,
                "code": f"CDS_{plan.code}",
                "name": _name(published, plan.title),
                "shortName": f"Chuyển đổi số {plan.code}"[:LONGEST_SHORT_NAME],
                "periodType": "Monthly",
                "categoryCombo": combination,
                "organisationUnits": [{"id": unit}],
                "dataSetElements": [
                    {"dataSet": {"id": dataset}, "dataElement": {"id": element["id"]}} for element in elements
                ],
            }
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2).encode()


def dhis2_values(published: PublishedPlan) -> bytes:
    """Return the published values as DHIS2 imports them (`/api/dataValueSets`); a month without a value has none there."""
    unit = _unit()
    rows = [
        {
            "dataElement": _element_id(published, row, unit),
            "period": value.period[-7:].replace("-", ""),
            "orgUnit": unit,
            "categoryOptionCombo": DEFAULT_OPTION,
            "attributeOptionCombo": DEFAULT_OPTION,
            "value": f"{value.value:f}",
            "comment": _comment(value),
        }
        for row in published.targets
        for value in row.values
        if value.value is not None
    ]
    return json.dumps({"dataValues": rows}, ensure_ascii=False, indent=2).encode()


def sdmx_csv(published: PublishedPlan) -> bytes:
    """Return the published values as SDMX-CSV 1.0, monthly observations of the province."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(SDMX_COLUMNS)
    unit = _unit()
    flow = f"{unit}:CDS_{published.plan.code.upper().replace('-', '_')}(1.0)"
    for row in published.targets:
        for value in row.values:
            missing = value.value is None
            told = "" if value.value is None else f"{value.value:f}"
            # A: normal value; M: the value cannot exist or was not given (code list CL_OBS_STATUS).
            status = "M" if missing else "A"
            cells = [flow, "M", unit, _code(row), value.period[-7:], told, status, _comment(value)]
            writer.writerow([csv_cell(cell) for cell in cells])
    return stream.getvalue().encode()


def _unit() -> str:
    """Return the identifier of the province; it stays whatever the province is called later. One query."""
    return uid(installation.first_province())


def _code(row: PublishedTarget) -> str:
    """Return a target's code without signs that other programs do not take: `I.5a` is `I_5a`."""
    return row.target.code.replace(".", "_")


def _element_id(published: PublishedPlan, row: PublishedTarget, unit: str) -> str:
    return uid(unit, published.plan.code, row.target.code)


def _element(published: PublishedPlan, row: PublishedTarget, unit: str) -> dict[str, Any]:
    """Return a target as a data element. Values are the province's own and add up over nothing."""
    target, plan = row.target, published.plan
    return {
        "id": _element_id(published, row, unit),
        "code": f"CDS_{plan.code}_{_code(row)}",
        "name": _name(published, f"{target.code} {target.label} ({plan.code})"),
        "shortName": f"{target.code} ({plan.code})"[:LONGEST_SHORT_NAME],
        "description": f"Đơn vị tính: {target.unit}. Cơ quan chủ trì: {target.indicator.leads_text}",
        "domainType": "AGGREGATE",
        "valueType": "NUMBER",
        "aggregationType": "NONE",
        "zeroIsSignificant": True,
        "categoryCombo": {"id": DEFAULT_COMBINATION},
    }


def _name(published: PublishedPlan, text: str) -> str:
    """Return a name short enough for DHIS2, made-up figures marked at its beginning."""
    mark = f"{DEMO_MARK} " if published.is_illustrative else ""
    return f"{mark}{text}"[:LONGEST_NAME]


def _comment(value: PublishedValue) -> str:
    """Return where a value was published; made-up figures marked."""
    mark = f"{DEMO_MARK} " if value.source.is_illustrative else ""
    return f"{mark}{value.source.words}"
