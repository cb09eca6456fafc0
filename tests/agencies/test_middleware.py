"""Refused accesses in the process's log: who, from where, to what."""

import json
import logging

import pytest

from agencies.roles import Role
from core.log_lines import JsonFormatter, LineFormatter
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def told(caplog):
    """`told()`: the fields of the lines since the last call."""

    def fields():
        lines = [json.loads(JsonFormatter().format(line)) for line in caplog.records if line.name.endswith("refusals")]
        caplog.clear()
        names = ("status", "method", "path", "account", "address")
        return [tuple(line[name] for name in names) for line in lines]

    caplog.set_level(logging.WARNING)
    return fields


def test_what_is_not_ones_own_is_told_and_what_is_no_page_is_not(client, told):
    client.force_login(factories.person("x10543", None, Role.FOCAL))
    client.get("/tinh-trang/?a=b", REMOTE_ADDR="203.113.1.2")
    assert told() == [(404, "GET", "/tinh-trang/", "x10543", "203.113.1.2")]
    client.get("/khong-co/")
    client.get("/tai-khoan/")
    assert told() == []


def test_a_failed_sign_in_is_told_without_a_name_that_is_none(client, told):
    factories.person("x10543", None, Role.FOCAL)
    for name in ("x10543", "mat-khau-go-nham-o-ten"):
        client.post("/dang-nhap/", {"username": name, "password": "sai"}, REMOTE_ADDR="203.113.1.2")
    known, unknown = told()
    assert known == (401, "POST", "/dang-nhap/", "x10543", "203.113.1.2")
    assert unknown[3].startswith("?") and "mat-khau" not in unknown[3]


def test_a_locked_account_is_told_by_its_name(client, told, settings):
    factories.person("x10543", None, Role.FOCAL)
    for _ in range(settings.AXES_FAILURE_LIMIT + 1):
        client.post("/dang-nhap/", {"username": "x10543", "password": "sai"})
    assert told()[-1] == (429, "POST", "/dang-nhap/", "x10543", "127.0.0.1")


def test_a_system_without_a_key_is_told(client, told):
    client.get("/api/v1/plans")
    assert [line[:2] for line in told()] == [(401, "GET")]


def test_the_line_of_text_holds_the_same(client, caplog):
    client.force_login(factories.person("x10543", None, Role.FOCAL))
    client.get("/tinh-trang/")
    (line,) = [LineFormatter().format(line) for line in caplog.records if line.name.endswith("refusals")]
    assert line.endswith("Từ chối 404: GET /tinh-trang/, tài khoản x10543, địa chỉ 127.0.0.1")
