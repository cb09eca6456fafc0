"""The API as one object: its parts, its sign-in, its refusals, its description (OpenAPI)."""

import base64
import binascii
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, Form, NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import JSONRenderer

from exchange import keys
from exchange.api import reading, writing
from exchange.api.answers import REFUSALS, Fault, Problem, Refusal
from exchange.api.authentication import SystemAuth, system_of
from exchange.api.schemas import TokenOut


class LettersRenderer(JSONRenderer):
    """JSON with Vietnamese letters as they are."""

    json_dumps_params = {"ensure_ascii": False}


api = NinjaAPI(
    renderer=LettersRenderer(),
    title="API Chuyển đổi số",
    version="1",
    description=(
        "Hệ thống của cơ quan đọc số liệu và nộp phiếu bằng khóa do hệ thống này cấp. Mỗi hệ thống thấy đúng những gì người chịu "
        "trách nhiệm về nó thấy trên trang."
    ),
    auth=SystemAuth(),
    openapi_url="/openapi.json",
    docs_url=None,
    urls_namespace="api",
)
api.add_router("", reading.router)
api.add_router("", writing.router)

# Messages for faults of form, by the kind that the checker names.
MESSAGES = {
    "missing": "Thiếu trường này.",
    "extra_forbidden": "Không có trường này.",
    "enum": "Không phải một trong các giá trị cho phép.",
    "string_too_long": "Quá dài.",
    "too_long": "Quá nhiều phần tử.",
    "bool_parsing": "Chỉ nhận true hoặc false.",
    "json_invalid": "Nội dung không phải JSON.",
}
BY_BEGINNING = {
    "decimal": "Không phải một số viết bằng dấu chấm thập phân.",
    "int": "Không phải một số nguyên.",
    "string": "Viết sai quy cách.",
    "greater": "Số quá nhỏ.",
    "less": "Số quá lớn.",
    "finite": "Không phải một số.",
}
CODES = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found"}


class ClientCredentials(Schema):
    """A request for a token (OAuth2, client credentials)."""

    grant_type: str = Field(json_schema_extra={"enum": ["client_credentials"]})
    client_id: str = ""
    client_secret: str = ""


@api.post(
    "/oauth/token",
    auth=None,
    response={200: TokenOut, REFUSALS: Problem},
    summary="Lấy mã truy cập một giờ bằng client_id và client_secret (OAuth2)",
    tags=["Kết nối"],
    url_name="token",
)
def token(request: HttpRequest, form: Form[ClientCredentials]) -> dict[str, Any]:
    """Return a token for the key of a system, sent as form fields or by the header `Authorization: Basic`."""
    if form.grant_type != "client_credentials":
        raise Refusal(400, "unsupported_grant_type", "Chỉ nhận grant_type=client_credentials.")
    client_id, secret = _basic(request) or (form.client_id, form.client_secret)
    system = system_of(str(keys.Key(client_id, secret)))
    if system is None:
        raise Refusal(401, "invalid_client", "client_id hoặc client_secret không đúng, hoặc kết nối đã ngừng.")
    return {
        "access_token": keys.new_token(system.client_id, system.key_hash),
        "token_type": "Bearer",
        "expires_in": keys.TOKEN_SECONDS,
    }


def _basic(request: HttpRequest) -> tuple[str, str] | None:
    """Return (client id, secret) of the header `Authorization: Basic`; None without a readable one."""
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(sent, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return client_id, secret


def refuse(request: HttpRequest, refused: Refusal) -> HttpResponse:
    """Answer a refusal."""
    response = api.create_response(request, refused.problem.model_dump(), status=refused.status)
    if refused.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    for name, value in refused.headers.items():
        response[name] = value
    return response


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    return refuse(request, error)


@api.exception_handler(AuthenticationError)
def _unauthorized(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    message = "Thiếu khóa kết nối, hoặc khóa không đúng, đã hết hạn, đã ngừng."
    return refuse(request, Refusal(401, "unauthorized", message))


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return refuse(request, Refusal(404, "not_found", str(error) or "Không có địa chỉ này."))


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    code = CODES.get(error.status_code, "refused")
    message = "Không đọc được nội dung yêu cầu." if error.status_code == 400 else "Yêu cầu bị từ chối."
    return refuse(request, Refusal(error.status_code, code, message))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [
        Fault(field=".".join(str(part) for part in each["loc"]), code=each["type"], message=message_of(each["type"]))
        for each in error.errors
    ]
    return refuse(request, Refusal(422, "invalid", "Yêu cầu chưa đúng quy cách. Chưa lưu gì.", faults))


def message_of(kind: str) -> str:
    """Return the message of a fault of form by the kind that the checker names."""
    beginnings = (message for beginning, message in BY_BEGINNING.items() if kind.startswith(beginning))
    return MESSAGES.get(kind) or next(beginnings, "Giá trị không hợp lệ.")


def unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer an address under the API that does not exist."""
    return refuse(request, Refusal(404, "not_found", "Không có địa chỉ này."))
