"""Pages of connected systems: their list, one of them with what it took, the documentation of the API."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.http import SignedInRequest
from core import clock
from exchange import services
from exchange.api.app import api
from exchange.forms import AskForm, GrantForm, RefuseForm
from exchange.models import DECIDERS, ConnectedSystem, Right, SystemState
from exchange.own_data import own_data
from exchange.queries import visible_system
from indicators.errors import ActionNotAllowed

# Accesses on one page.
PAGE_SIZE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def systems(request: SignedInRequest) -> HttpResponse:
    """List the connections that the reader may see. POST asks for another one."""
    form = AskForm(request.user, request.POST if request.method == "POST" else None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            connection = services.ask(
                by=request.user,
                name=told["name"],
                purpose=told["purpose"],
                right=Right(told["right"]),
                address=request.META.get("REMOTE_ADDR"),
            )
        except ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(
                request, f"Đã gửi đề nghị kết nối “{connection.name}”. Cơ quan thường trực trả lời tại đây."
            )
            return redirect("connected_system", connection.pk)
    rows = ConnectedSystem.objects.visible_to(request.user).with_last_use().select_related("owner__agency__parent")
    context = {"rows": rows, "form": form, "refusal": refusal, "decides": request.user.holds(*DECIDERS)}
    return render(request, "exchange/systems.html", context, status=422 if form.errors or refusal else 200)


@require_safe
@never_cache
def system(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one connection, what may be done with it, and what it took."""
    return _page(request, visible_system(request.user, pk))


@require_POST
@never_cache
def act(request: SignedInRequest, pk: int) -> HttpResponse:
    """Grant, refuse or end a connection, or make its key, which is shown this once."""
    connection, address = visible_system(request.user, pk), request.META.get("REMOTE_ADDR")
    try:
        match request.POST.get("act"):
            case "grant":
                form = GrantForm(request.POST)
                if not form.is_valid():
                    return _page(request, connection, grant_form=form, status=422)
                services.grant(
                    system=connection, by=request.user, expires_on=form.cleaned_data["expires_on"], address=address
                )
                messages.success(
                    request, f"Đã cho phép kết nối “{connection.name}”. Người chịu trách nhiệm đã được báo."
                )
            case "refuse":
                refusal = RefuseForm(request.POST)
                if not refusal.is_valid():
                    return _page(request, connection, refuse_form=refusal, status=422)
                services.refuse(
                    system=connection, by=request.user, reason=refusal.cleaned_data["reason"], address=address
                )
                messages.success(request, f"Đã từ chối kết nối “{connection.name}”. Người đề nghị đã được báo lý do.")
            case "key":
                key = services.make_key(system=connection, by=request.user, address=address)
                return _page(request, visible_system(request.user, pk), key=key)
            case "end":
                services.end(system=connection, by=request.user, address=address)
                messages.success(request, f"Đã ngừng kết nối “{connection.name}”. Khóa không dùng được nữa.")
            case _:
                messages.error(request, "Không rõ việc cần làm. Chưa có gì thay đổi.")
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect("connected_system", pk)


def _page(request: SignedInRequest, connection: ConnectedSystem, *, status: int = 200, **more: Any) -> HttpResponse:
    """Render the page of a connection."""
    decides, is_owner = request.user.holds(*DECIDERS), request.user.pk == connection.owner_id
    is_open = connection.state in (SystemState.ASKED, SystemState.GRANTED)
    context = {
        "system": connection,
        "is_owner": is_owner,
        "may_decide": decides and connection.state == SystemState.ASKED,
        "may_make_key": is_owner and connection.may_have_key,
        "may_end": is_open and (decides or is_owner),
        "grant_form": GrantForm(),
        "refuse_form": RefuseForm(),
        "accesses": Paginator(connection.accesses.order_by("-at", "-pk"), PAGE_SIZE).get_page(request.GET.get("trang")),
        "api": request.build_absolute_uri("/api/v1/"),
        "webhook": getattr(connection, "webhook", None),
        **more,
    }
    return render(request, "exchange/system.html", context, status=status)


@require_safe
@never_cache
def own_data_file(request: SignedInRequest) -> HttpResponse:
    """Send all data of the reader's own agency as one file. 404 for an account without one."""
    agency = request.user.agency
    if agency is None:
        raise Http404("Tài khoản không thuộc đơn vị nào.")
    response = HttpResponse(own_data(agency, request.user), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="du-lieu-{agency.code}-{clock.today():%Y-%m-%d}.zip"'
    return response


@dataclass(frozen=True)
class Field:
    """A field of an answer or a parameter of an address."""

    name: str
    kind: str
    meaning: str
    is_required: bool


@dataclass(frozen=True)
class Operation:
    """One address of the API."""

    anchor: str
    method: str
    path: str
    summary: str
    parameters: tuple[Field, ...]
    sent: tuple[Field, ...]
    returned: tuple[Field, ...]


@require_safe
def documentation(request: SignedInRequest) -> HttpResponse:
    """Show the addresses of the API, made of its own description."""
    context = {"groups": _operations(), "root": request.build_absolute_uri("/api/v1/")}
    return render(request, "exchange/documentation.html", context)


@cache
def _operations() -> list[tuple[str, list[Operation]]]:
    """Return the operations by subject. The description is made once a process: it takes longer than a page may."""
    groups: dict[str, list[Operation]] = {}
    schema = api.get_openapi_schema()
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(schema, path, method, operation))
    return list(groups.items())


def _operation(schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Operation:
    """Return one operation of the description as the page shows it."""
    answer = next(told for status, told in operation["responses"].items() if int(status) < 300)
    return Operation(
        anchor=operation["operationId"].replace("_", "-"),
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        parameters=tuple(
            Field(told["name"], _kind(told["schema"]), _meaning(told), told.get("required", False))
            for told in operation.get("parameters", [])
        ),
        sent=_fields(schema, operation.get("requestBody", {})),
        returned=_fields(schema, answer),
    )


def _fields(schema: dict[str, Any], body: dict[str, Any]) -> tuple[Field, ...]:
    """Return the fields of a body; of a list in pages those of one row."""
    content: list[dict[str, Any]] = list(body.get("content", {}).values())
    told = content[0].get("schema", {}) if content else {}
    return tuple(_walk(schema, told, ""))


def _walk(schema: dict[str, Any], told: dict[str, Any], before: str) -> list[Field]:
    """Return the fields of a schema and of what lies in it, each with its way."""
    told = _resolved(schema, told)
    if told.get("type") == "array":
        return _walk(schema, told["items"], before)
    fields = []
    for name, part in told.get("properties", {}).items():
        way = f"{before}{name}"
        fields.append(Field(way, _kind(part), _meaning(part), name in told.get("required", [])))
        inner = _resolved(schema, part.get("items", part))
        if "properties" in inner:
            fields += _walk(schema, inner, f"{way}[]." if "items" in part else f"{way}.")
    return fields


def _resolved(schema: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the description with its reference followed."""
    reference: str = told.get("$ref", "")
    resolved: dict[str, Any] = schema["components"]["schemas"][reference.rpartition("/")[2]] if reference else told
    return resolved


KINDS = {
    "string": "văn bản",
    "integer": "số nguyên",
    "number": "số",
    "boolean": "lô-gic",
    "array": "danh sách",
    "object": "đối tượng",
    "null": "null",
}
FORMATS = {"date": "ngày (YYYY-MM-DD)", "date-time": "thời điểm (ISO 8601)", "binary": "tệp"}


def _kind(told: dict[str, Any]) -> str:
    """Return the kind of a value in words."""
    if "anyOf" in told:
        return " hoặc ".join(dict.fromkeys(_kind(part) for part in told["anyOf"]))
    if "$ref" in told:
        return "đối tượng"
    return FORMATS.get(told.get("format", "")) or KINDS.get(told.get("type", ""), "bất kỳ")


def _meaning(told: dict[str, Any]) -> str:
    """Return the meaning of a value in words; empty where its name says it."""
    return str(told.get("description") or told.get("schema", {}).get("description") or "")
