"""All data of one agency in one file: its reports in every version, their figures, what was rolled up of them.

The columns are those of the API (`api.schemas`), so that a program reads both alike.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from ninja import Schema

from agencies.models import Agency, User
from core import clock
from core.installation import queries as installation
from core.spreadsheet import DEMO_MARK
from exchange.api.reading import figure_of, rollup_of, submission_of
from exchange.api.schemas import FigureOut, RollupOut, SubmissionOut
from exchange.data_package import Field, csv_file, packed, resource
from exchange.queries import readable_submissions
from indicators.bulk_import.files import ROLLUP_FIELDS
from indicators.models import Actual, Plan, Rollup

TYPES: dict[Any, str] = {bool: "boolean", int: "integer", dt.datetime: "datetime"}
NUMBERS = {"numerator", "denominator", "value", "required", "forecast", "forecast_low", "forecast_high", "fresh"}
NOTE = Field("note_of_source", "string", "Ghi rõ khi là số liệu minh họa")
PLAN = Field("plan", "string", "Mã kế hoạch")
VERSION = [Field("period", "string", "Kỳ"), Field("version", "integer", "Lần"), Field("state", "string", "Trạng thái")]


def fields_of(schema: type[Schema]) -> list[Field]:
    """Return the columns of an answer of the API."""
    return [
        Field(name, "number" if name in NUMBERS else _type(told.annotation), told.description or "")
        for name, told in schema.model_fields.items()
    ]


def _type(annotation: Any) -> str:
    """Return the type of a value for Frictionless; a value that may be absent has that of the present one."""
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)] or [annotation]
    return TYPES.get(kinds[0], "string")


SUBMISSIONS = [PLAN, *fields_of(SubmissionOut), NOTE]
FIGURES = [PLAN, *VERSION, *fields_of(FigureOut), NOTE]
ROLLUPS = [PLAN, *fields_of(RollupOut), NOTE]


def own_data(agency: Agency, user: User) -> bytes:
    """Return the data of a user's own agency as a ZIP of CSV files with their description. Three queries, and one for
    each plan."""
    plans = {plan.pk: plan for plan in Plan.objects.visible_to(user)}
    reports = readable_submissions(user).filter(agency=agency, period__plan__in=plans)
    submissions = list(reports.select_related("agency", "period__plan").order_by("period__plan", "period", "version"))
    figures = Actual.objects.filter(submission__in=submissions).select_related("target", "submission__period__plan")
    files = {
        "phieu.csv": csv_file(
            SUBMISSIONS, (_row(row.period.plan, submission_of(row), SUBMISSIONS) for row in submissions)
        ),
        "so-lieu.csv": csv_file(
            FIGURES,
            (
                _row(actual.submission.period.plan, _version(actual) | figure_of(actual), FIGURES)
                for actual in figures.order_by("submission__period__plan", "submission", "target__position")
            ),
        ),
        "ket-qua.csv": csv_file(ROLLUPS, _rollups(agency, user, plans.values())),
    }
    described = {"phieu.csv": SUBMISSIONS, "so-lieu.csv": FIGURES, "ket-qua.csv": ROLLUPS}
    return packed(
        {
            "profile": "tabular-data-package",
            "name": f"du-lieu-{agency.code.lower()}",
            "title": f"Dữ liệu chuyển đổi số của {agency.name}",
            "description": f"Phiếu, số liệu, kết quả tổng hợp của đơn vị, {installation.current().source}.",
            "resources": [resource(name.removesuffix(".csv"), name, fields) for name, fields in described.items()],
        },
        files,
    )


def _rollups(agency: Agency, user: User, plans: Iterable[Plan]) -> Iterable[list[Any]]:
    """Return the rows of the roll-ups of an agency and of its area, in the order of their keys."""
    for plan in plans:
        rows = Rollup.objects.visible_to(user).filter(agency=agency, period__in=plan.periods.begun(clock.today()))
        for row in rows.order_by("pk").values_list(*ROLLUP_FIELDS):
            yield _row(plan, rollup_of(plan, row), ROLLUPS)


def _version(actual: Actual) -> dict[str, Any]:
    """Return the version of the report that a figure stands in."""
    submission = actual.submission
    return {"period": submission.period.code, "version": submission.version, "state": submission.state}


def _row(plan: Plan, item: Mapping[str, Any], fields: Iterable[Field]) -> list[Any]:
    """Return the cells of one row; moments with their zone, made-up figures marked."""
    told = {**item, PLAN.name: plan.code, NOTE.name: DEMO_MARK if plan.is_demo else ""}
    return [_cell(told[field.name]) for field in fields]


def _cell(value: Any) -> Any:
    """Return a value as it stands in a file."""
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    return str(value).lower() if isinstance(value, bool) else value
