"""The API against its own description, with odd input; its refusals in Vietnamese."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from exchange.api.app import MESSAGES, api, message_of
from tests.conftest import IS_LONG
from tests.words import wrong_words

pytestmark = pytest.mark.django_db

DESCRIPTION = api.get_openapi_schema()
OPERATIONS = [(method, path) for path, methods in DESCRIPTION["paths"].items() for method in methods]


@pytest.fixture
def schema(settings):
    """The description, served by the product itself in this process."""
    settings.ALLOWED_HOSTS = ["*"]
    # Django's own client does the same: the connection holds the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow(1)
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS])
def test_odd_input_is_answered_as_described(schema, connected, method, path):
    connected.systems["an"].requests_per_minute = 32_000
    connected.systems["an"].save()
    key = connected.keys["an"]

    @given(case=schema[path][method].as_strategy())
    @settings(
        max_examples=200 if IS_LONG else 3,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=not IS_LONG,
    )
    def check(case):
        # A file without content is described like any other, and refused.
        excluded = [positive_data_acceptance] if path.endswith("evidence") else []
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, excluded_checks=excluded)

    check()


def test_the_description_is_of_its_version():
    assert DESCRIPTION["openapi"] == "3.1.0"
    ids = [operation["operationId"] for methods in DESCRIPTION["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids)) == 22


def test_the_description_is_open(client):
    told = client.get("/api/v1/openapi.json")
    assert told.status_code == 200
    assert told.json()["info"]["title"] == "API Chuyển đổi số"


def test_every_operation_says_in_vietnamese_what_it_is():
    for methods in DESCRIPTION["paths"].values():
        for operation in methods.values():
            assert operation["summary"][0].isupper() or operation["summary"][0] == "Đ"
            assert operation["tags"]
            assert not wrong_words(operation["summary"])


@pytest.mark.parametrize("address", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/plans"])
def test_an_unknown_address_is_refused_in_json(client, address):
    told = client.get(address)
    assert (told.status_code, told.json()["code"]) == (404, "not_found")


def test_a_wrong_method_names_the_right_ones(program):
    told = program("an").post("plans", {})
    assert (told.status_code, told["Allow"]) == (405, "GET")


@pytest.mark.parametrize("kind", [*MESSAGES, "decimal_parsing", "int_parsing", "string_pattern_mismatch", "unheard_of"])
def test_a_fault_of_form_has_a_message(kind):
    assert message_of(kind).endswith(".")
