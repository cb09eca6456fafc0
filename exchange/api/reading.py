"""Reading by connected systems: plans, agencies, roll-ups with their explanation, reports, projects.

Every answer is limited to what the owner of the system may see on pages (`visible_to`).
"""

import io
import json
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from ninja import Query, Router, Schema

from agencies.models import Agency, User
from core import clock, files
from core.fields import exact_text
from exchange.api.answers import (
    CSV_TYPE,
    MOST_ROWS,
    REFUSALS,
    Page,
    Problem,
    Refusal,
    as_csv,
    note_rows,
    page_of,
    wants_csv,
)
from exchange.api.authentication import SystemRequest
from exchange.api.schemas import (
    AgencyOut,
    ChangeOut,
    Code,
    Cursor,
    DefinitionOut,
    ExplanationOut,
    IndicatorOut,
    MeOut,
    PeriodCode,
    PeriodOut,
    PlanOut,
    ProjectOut,
    ReportOut,
    RollupOut,
    SubmissionDetailOut,
    SubmissionOut,
    TargetOut,
)
from exchange.queries import changes_after, published_versions, readable_submissions
from indicators.analysis import drilldown
from indicators.bulk_import.files import ROLLUP_COLUMNS, ROLLUP_FIELDS, rollup_line, write_rollups
from indicators.models import (
    Actual,
    Basis,
    Indicator,
    Plan,
    ReportingPeriod,
    Rollup,
    Scope,
    State,
    Submission,
    Target,
    TargetDefinition,
)
from indicators.rules.status import WORDS
from indicators.selection import Selection, newest_of, periods_begun
from projects.models import ProjectLink, Stage
from projects.queries import ProjectFilter, ProjectRow, project_list
from projects.status import moment
from reports.documents.renderers import FILE_FORMATS
from reports.models import FileState, ReportFile, ReportState, ReportVersion

router = Router()
# Columns of ROLLUP_COLUMNS that are no text in JSON.
FLAGS = {"stale", "due_held"}
COUNTS = {"expected", "reported", "approved"}


class Paging(Schema):
    """Paging of a list."""

    cursor: Cursor = 0
    limit: int = Query(200, ge=1, le=MOST_ROWS)


class RollupFilter(Paging):
    """Filters of roll-ups."""

    plan: Code
    period: PeriodCode | None = None
    basis: Basis | None = None
    target: Code | None = None
    scope: Scope | None = None
    agency: Code | None = None
    limit: int = Query(MOST_ROWS, ge=1, le=MOST_ROWS)


class SubmissionFilter(Paging):
    """Filters of agencies' reports."""

    period: PeriodCode
    agency: Code | None = None
    state: State | None = None


@router.get("/me", response={200: MeOut, REFUSALS: Problem}, summary="Hệ thống đang kết nối", tags=["Kết nối"])
def me(request: SystemRequest) -> dict[str, Any]:
    """Return the connected system itself."""
    system, owner = request.system, request.system.owner
    return {
        "name": system.name,
        "owner": str(owner),
        "agency": owner.agency.code if owner.agency else None,
        "right": system.right,
        "expires_on": system.expires_on,
        "requests_per_minute": system.requests_per_minute,
    }


@router.get("/plans", response={200: Page[PlanOut], REFUSALS: Problem}, summary="Các kế hoạch", tags=["Kế hoạch"])
def plans(request: SystemRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the plans."""
    chosen = Plan.objects.visible_to(owner_of(request))
    rows = slice_of(chosen, paging)
    return page_of(
        request,
        rows,
        paging.limit,
        [_plan(plan) for plan in rows[: paging.limit]],
        is_illustrative=any_illustrative(rows),
    )


@router.get("/plans/{code}", response={200: PlanOut, REFUSALS: Problem}, summary="Một kế hoạch", tags=["Kế hoạch"])
def plan(request: SystemRequest, code: Code) -> dict[str, Any]:
    """Return one plan."""
    return _plan(plan_of(request, code))


@router.get(
    "/plans/{code}/periods",
    response={200: Page[PeriodOut], REFUSALS: Problem},
    summary="Các kỳ báo cáo của một kế hoạch",
    tags=["Kế hoạch"],
)
def periods(request: SystemRequest, code: Code) -> dict[str, Any]:
    """List the reporting periods of a plan, in order."""
    chosen = plan_of(request, code)
    rows = list(chosen.periods.in_order())
    for row in rows:
        row.plan = chosen
    items = [{name: getattr(row, name) for name in PeriodOut.model_fields} for row in rows]
    return page_of(request, rows, MOST_ROWS, items, is_illustrative=chosen.is_demo)


@router.get(
    "/plans/{code}/indicators",
    response={200: Page[IndicatorOut], REFUSALS: Problem},
    summary="Chỉ tiêu của một kế hoạch",
    tags=["Kế hoạch"],
)
def indicators(request: SystemRequest, code: Code) -> dict[str, Any]:
    """List the indicators of a plan, each with the codes of its targets."""
    chosen = plan_of(request, code)
    rows = list(Indicator.objects.filter(pillar__plan=chosen).select_related("pillar").prefetch_related("targets"))
    items = [
        {
            "code": row.code,
            "pillar": row.pillar.code,
            "pillar_title": row.pillar.title,
            "text": row.text,
            "leads": row.leads_text,
            "coordinators": row.coordinators_text,
            "targets": [target.code for target in row.targets.all()],
        }
        for row in rows
    ]
    return page_of(request, rows, MOST_ROWS, items, is_illustrative=chosen.is_demo)


@router.get(
    "/plans/{code}/targets",
    response={200: Page[TargetOut], REFUSALS: Problem},
    summary="Chỉ tiêu thành phần của một kế hoạch",
    tags=["Kế hoạch"],
)
def targets(request: SystemRequest, code: Code) -> dict[str, Any]:
    """List the targets of a plan as they are defined now."""
    chosen = plan_of(request, code)
    rows = list(Target.objects.filter(plan=chosen).select_related("indicator__pillar").in_order())
    return page_of(request, rows, MOST_ROWS, [_target(row) for row in rows], is_illustrative=chosen.is_demo)


@router.get(
    "/plans/{code}/targets/{target}/definitions",
    response={200: Page[DefinitionOut], REFUSALS: Problem},
    summary="Các định nghĩa của một chỉ tiêu thành phần",
    tags=["Kế hoạch"],
)
def definitions(request: SystemRequest, code: Code, target: Code) -> dict[str, Any]:
    """List the definitions of a target through the year; none where it never changed."""
    chosen = plan_of(request, code)
    rows = list(TargetDefinition.objects.filter(target=target_of(chosen, target)).order_by("number"))
    items = [
        {
            "number": row.number,
            "from_period": chosen.code_of(row.first_period),
            "made_at": row.made_at,
            "reason": row.reason,
            "content": row.content,
        }
        for row in rows
    ]
    return page_of(request, rows, MOST_ROWS, items, is_illustrative=chosen.is_demo)


@router.get(
    "/plans/{code}/projects",
    response={200: Page[ProjectOut], REFUSALS: Problem},
    summary="Dự án, nhiệm vụ của một kế hoạch",
    tags=["Dự án"],
)
def projects(request: SystemRequest, code: Code) -> dict[str, Any]:
    """List the projects of a plan as they stand in the newest period."""
    chosen = plan_of(request, code)
    begun = periods_begun(chosen)
    today = clock.today()
    at = moment(Selection(chosen, newest_of(begun), Basis.OFFICIAL, begun), today) if begun else None
    rows = project_list(chosen, ProjectFilter(), today, at).rows
    served: dict[int, list[str]] = {}
    links = ProjectLink.objects.filter(project__section__plan=chosen)
    for project, served_target in links.order_by("target__position").values_list("project", "target__code"):
        served.setdefault(project, []).append(served_target)
    items = [
        {
            "code": row.project.code,
            "section": str(row.project.section),
            "name": row.project.name,
            "leads": row.project.leads_text,
            "due": row.project.due,
            "is_ongoing": row.project.is_ongoing,
            "targets": served.get(row.project.pk, []),
            "percent": exact_text(row.percent),
            "stage": _stage(row),
            "lateness": row.standing.word if row.standing else None,
        }
        for row in rows
    ]
    return page_of(request, rows, MOST_ROWS, items, is_illustrative=chosen.is_demo)


@router.get(
    "/agencies", response={200: Page[AgencyOut], REFUSALS: Problem}, summary="Cơ quan, đơn vị", tags=["Cơ quan"]
)
def agencies(request: SystemRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the agencies with their days, as everybody may know them; those that ended too."""
    chosen = Agency.objects.placed(clock.today()).prefetch_related("successions__after")
    rows = slice_of(chosen, paging)
    codes = dict(Agency.objects.values_list("pk", "code"))
    items = [_agency(row, codes) for row in rows[: paging.limit]]
    return page_of(request, rows, paging.limit, items, is_illustrative=False)


@router.get(
    "/rollups",
    response={200: Page[RollupOut], REFUSALS: Problem},
    summary="Số tổng hợp; Accept: text/csv trả đúng tệp của lệnh export_rollups",
    tags=["Số liệu"],
)
def rollups(request: SystemRequest, chosen: Query[RollupFilter]) -> HttpResponse:
    """List roll-ups of the periods whose window has begun."""
    plan = plan_of(request, chosen.plan)
    period = period_of(plan, chosen.period) if chosen.period else None
    rows = Rollup.objects.visible_to(owner_of(request))
    if chosen.target:
        rows = rows.filter(target=target_of(plan, chosen.target))
    if chosen.scope:
        rows = rows.filter(scope=chosen.scope)
    if chosen.agency:
        rows = rows.filter(agency__code=chosen.agency)
    if wants_csv(request):
        stream = io.StringIO()
        basis = chosen.basis and chosen.basis.value
        written = write_rollups(stream, plan=plan, day=clock.today(), period=period, basis=basis, among=rows)
        note_rows(request, written)
        return HttpResponse(stream.getvalue(), content_type=CSV_TYPE)
    rows = rows.filter(period__in=[period] if period else plan.periods.begun(clock.today()), pk__gt=chosen.cursor)
    if chosen.basis:
        rows = rows.filter(basis=chosen.basis)
    cells = list(rows.order_by("pk").values_list("pk", *ROLLUP_FIELDS)[: chosen.limit + 1])
    items = [rollup_of(plan, row[1:]) for row in cells[: chosen.limit]]
    page = {
        "items": items,
        "next_cursor": str(cells[chosen.limit - 1][0]) if len(cells) > chosen.limit else None,
        "is_illustrative": plan.is_demo,
    }
    # Written as it is: to check thousands of rows against the schema again takes longer than to read them.
    body = json.dumps(page, ensure_ascii=False)
    note_rows(request, len(items))
    return HttpResponse(body, content_type="application/json; charset=utf-8")


@router.get(
    "/explanations/{plan}/{period}/{target}",
    response={200: ExplanationOut, REFUSALS: Problem},
    summary="Một số tổng hợp gồm những phần nào",
    tags=["Số liệu"],
)
def explanation(
    request: SystemRequest,
    plan: Code,
    period: PeriodCode,
    target: Code,
    basis: Basis = Basis.OFFICIAL,
    node: Code | None = None,
) -> dict[str, Any]:
    """Explain a target's figure at a node (the province where none is named) by its parts."""
    chosen = plan_of(request, plan)
    at = period_of(chosen, period)
    selection = Selection(chosen, at, basis, periods_begun(chosen))
    told = drilldown.explain(selection, target_of(chosen, target), owner_of(request), node or "")
    return {
        "period": at.code,
        "basis": basis.value,
        "target": told.target.code,
        "node": told.node.code,
        "numerator": exact_text(told.numerator),
        "denominator": exact_text(told.denominator),
        "value": exact_text(told.row.value),
        "status": told.row.status,
        "agrees": told.agrees,
        "contributors": [
            {
                "agency": part.agency.code,
                "agency_name": part.agency.full_name,
                "numerator": exact_text(part.numerator),
                "denominator": exact_text(part.denominator),
                "value": exact_text(part.value),
                "period": chosen.code_of(part.month),
                "is_approved": part.reports[-1].is_approved,
                "receipts": [report.receipt_code for report in part.reports],
            }
            for part in told.contributors
        ],
        "others_count": told.others.contributing,
        "absent": [{"agency": one.agency.code, "why": one.why} for one in told.absent],
        "exempt": [one.agency.code for one in told.exempt],
        "is_illustrative": chosen.is_demo,
    }


@router.get(
    "/submissions",
    response={200: Page[SubmissionOut], REFUSALS: Problem},
    summary="Phiếu của một kỳ, bản mới nhất",
    tags=["Phiếu"],
)
def submissions(request: SystemRequest, chosen: Query[SubmissionFilter]) -> dict[str, Any] | HttpResponse:
    """List the newest versions of the reports of a period."""
    period = any_period(request, chosen.period)
    rows = readable_submissions(owner_of(request)).filter(period=period).latest_versions()
    if chosen.agency:
        rows = rows.filter(agency__code=chosen.agency)
    if chosen.state:
        rows = rows.filter(state=chosen.state)
    page = slice_of(rows.select_related("agency", "period__plan"), chosen)
    items = [submission_of(row) for row in page[: chosen.limit]]
    if wants_csv(request):
        return as_csv(request, items, list(SubmissionOut.model_fields))
    return page_of(request, page, chosen.limit, items, is_illustrative=period.plan.is_demo)


@router.get(
    "/submissions/{period}/{agency}",
    response={200: SubmissionDetailOut, REFUSALS: Problem},
    summary="Một phiếu và các số của phiếu",
    tags=["Phiếu"],
)
def submission(request: SystemRequest, period: PeriodCode, agency: Code) -> dict[str, Any]:
    """Return the newest version of an agency's report of a period with its figures."""
    at = any_period(request, period)
    rows = readable_submissions(owner_of(request)).filter(period=at, agency__code=agency).latest_versions()
    report = rows.select_related("agency", "period__plan").first()
    if report is None:
        raise Http404("Không có phiếu này.")
    figures = report.actuals.select_related("target").order_by("target__position")
    return {
        **submission_of(report),
        "figures": [figure_of(actual) for actual in figures],
        "is_illustrative": at.plan.is_demo,
    }


@router.get(
    "/reports",
    response={200: Page[ReportOut], REFUSALS: Problem},
    summary="Báo cáo đã phát hành, mỗi lần phát hành một dòng",
    tags=["Báo cáo"],
)
def reports(request: SystemRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the published versions of reports."""
    rows = slice_of(published_versions(owner_of(request)), paging)
    items = [_report(request, row) for row in rows[: paging.limit]]
    return page_of(request, rows, paging.limit, items, is_illustrative=any(row.report.is_illustrative for row in rows))


@router.get(
    "/reports/{pk}/versions/{number}/files/{file_format}",
    url_name="report_file",
    response={200: bytes, REFUSALS: Problem},
    summary="Một tệp của báo cáo đã phát hành",
    tags=["Báo cáo"],
)
def report_file(request: SystemRequest, pk: Cursor, number: Cursor, file_format: Code) -> HttpResponseBase:
    """Download a file of a published version, as it was rendered."""
    version = published_versions(owner_of(request)).filter(report=pk, number=number).first()
    files_of = version.files.filter(state=FileState.READY, file_format=file_format) if version else []
    stored = next((row for row in files_of if version and row.revision == version.revision), None)
    if stored is None or version is None or file_format not in FILE_FORMATS:
        raise Http404("Không có tệp này.")
    kind = FILE_FORMATS[file_format]
    try:
        content = stored.file.open("rb")
    except FileNotFoundError:
        raise Refusal(404, "file_missing", "Không tìm thấy tệp trên máy chủ. Đề nghị báo quản trị hệ thống.") from None
    return files.file_response(content, f"{version.report.title}.{kind.extension}", kind.content_type)


class Since(Schema):
    """The last change that a reader knows."""

    since: Cursor = 0
    limit: int = Query(200, ge=1, le=1000)


@router.get(
    "/changes",
    response={200: Page[ChangeOut], REFUSALS: Problem},
    summary="Những gì đã xảy ra với phiếu và báo cáo từ một số thứ tự",
    tags=["Phiếu"],
)
def changes(request: SystemRequest, chosen: Query[Since]) -> dict[str, Any]:
    """List what happened to agencies' reports and to printed ones, the oldest first, after the number `since`."""
    read = changes_after(owner_of(request), chosen.since, chosen.limit)
    note_rows(request, len(read.changes))
    return {
        "items": [change._asdict() for change in read.changes],
        "next_cursor": str(read.last) if read.more else None,
        "is_illustrative": read.is_illustrative,
    }


def owner_of(request: SystemRequest) -> User:
    """Return the account in whose name a system reads."""
    return request.system.owner


def slice_of(rows: QuerySet[Any], paging: Paging) -> list[Any]:
    """Return a page of rows by their key, and one more where another page follows."""
    return list(rows.filter(pk__gt=paging.cursor).order_by("pk")[: paging.limit + 1])


def any_illustrative(plans: Iterable[Plan]) -> bool:
    """Return whether any of the plans holds illustrative figures."""
    return any(plan.is_demo for plan in plans)


def plan_of(request: SystemRequest, code: str) -> Plan:
    """Return a plan that the reader may see. Raises Http404."""
    plan = Plan.objects.visible_to(owner_of(request)).filter(code=code).first()
    if plan is None:
        raise Http404("Không có kế hoạch này.")
    return plan


def period_of(plan: Plan, code: str) -> ReportingPeriod:
    """Return a period of a plan whose window has begun. Raises Http404."""
    of_code = next((period for period in periods_begun(plan) if period.code == code), None)
    if of_code is None:
        raise Http404("Kế hoạch không có kỳ này, hoặc kỳ chưa bắt đầu.")
    return of_code


def any_period(request: SystemRequest, code: str) -> ReportingPeriod:
    """Return the period of a plan in force by its code. Raises Http404."""
    of_code = ReportingPeriod.objects.started().of_code(code)
    if of_code is None or of_code not in periods_begun(of_code.plan):
        raise Http404("Không có kỳ này, hoặc kỳ chưa bắt đầu.")
    return of_code


def target_of(plan: Plan, code: str) -> Target:
    """Return a target of a plan. Raises Http404."""
    target = Target.objects.filter(plan=plan, code=code).select_related("plan", "indicator__pillar").first()
    if target is None:
        raise Http404("Kế hoạch không có chỉ tiêu thành phần này.")
    return target


def _plan(plan: Plan) -> dict[str, Any]:
    names = PlanOut.model_fields.keys() - {"state_label"}
    return {name: getattr(plan, name) for name in names} | {"state_label": plan.get_state_display()}


def _target(target: Target) -> dict[str, Any]:
    exact = {"threshold": exact_text(target.threshold), "baseline": exact_text(target.baseline)}
    names = TargetOut.model_fields.keys() - {"indicator", "kind_label", *exact}
    return {name: getattr(target, name) for name in names} | {
        **exact,
        "indicator": target.indicator.code,
        "kind_label": target.get_kind_display(),
    }


def _agency(agency: Agency, codes: dict[int, str]) -> dict[str, Any]:
    return {
        "code": agency.code,
        "name": agency.name,
        "short_name": agency.short_name,
        "level": agency.level,
        "level_label": agency.get_level_display(),
        "parent": codes.get(agency.parent_as_of) if agency.parent_as_of else None,
        "gso_code": agency.gso_code,
        "electronic_code": agency.electronic_code,
        "first_day": agency.first_day,
        "last_day": agency.last_day,
        "successors": [
            {"code": row.after.code, "first_day": row.first_day, "way": row.way} for row in agency.successions.all()
        ],
    }


def rollup_of(plan: Plan, row: tuple[Any, ...]) -> dict[str, Any]:
    """Return a row as it is sent: the cells of the CSV, with None for nothing."""
    item: dict[str, Any] = {}
    for column, cell in zip(ROLLUP_COLUMNS, rollup_line(plan, row), strict=True):
        if column in FLAGS:
            item[column] = None if cell == "" else bool(cell)
        else:
            item[column] = cell if column in COUNTS or cell != "" else None
        if column == "status":
            item["status_label"] = WORDS[cell]
    return item


def _stage(row: ProjectRow) -> str | None:
    """Return what the one lead of a project reports; None for several leads and without a report."""
    only = row.standing.only if row.standing else None
    return Stage(only.update.stage).label if only and only.update else None


def submission_of(row: Submission) -> dict[str, Any]:
    """Return a report as it is sent, without its figures."""
    return {
        "agency": row.agency.code,
        "period": row.period.code,
        "version": row.version,
        "state": row.state,
        "state_label": row.get_state_display(),
        "is_official": row.is_official,
        "is_late": row.is_late,
        "submitted_at": row.submitted_at,
        "reviewed_at": row.reviewed_at,
        "return_reason": row.return_reason,
        "receipt": row.receipt_code if row.submitted_at else "",
    }


def figure_of(actual: Actual) -> dict[str, Any]:
    """Return a figure as it is sent."""
    return {
        "target": actual.target.code,
        "numerator": exact_text(actual.numerator),
        "denominator": exact_text(actual.denominator),
        "value": exact_text(actual.value),
        "nothing_arose": actual.nothing_arose,
        "note": actual.note,
        "entered_at": actual.entered_at,
        "return_reason": actual.return_reason,
    }


def _report(request: SystemRequest, version: ReportVersion) -> dict[str, Any]:
    report = version.report
    ready = [row for row in version.files.all() if row.state == FileState.READY and row.revision == version.revision]
    return {
        "id": report.pk,
        "version": version.number,
        "plan": report.plan.code,
        "kind": report.kind,
        "span": report.span,
        "basis": report.basis,
        "title": report.title,
        "document_number": version.document_number,
        "document_day": version.document_day,
        "published_at": version.published_at,
        "is_in_force": version.state == ReportState.PUBLISHED,
        "verification_code": version.code,
        "files": [_file(request, version, row) for row in ready],
        "is_illustrative": report.is_illustrative,
    }


def _file(request: SystemRequest, version: ReportVersion, row: ReportFile) -> dict[str, Any]:
    address = reverse("api:report_file", args=[version.report_id, version.number, row.file_format])
    return {
        "format": row.file_format,
        "size": row.size,
        "sha256": row.checksum,
        "url": request.build_absolute_uri(address),
    }
