"""The door of the script that keeps unsent texts: personal, bounded, answered without a fault."""

import json

import pytest

from agencies.roles import Role
from core.form_drafts import services
from core.form_drafts.models import FormDraft
from tests import factories

pytestmark = pytest.mark.once

DOOR, KEY = "/ban-nhap/", "0123456789abcdef01234567"
DRAFT = {"key": KEY, "code": "/x/#ly-do", "page": "/x/", "content": json.dumps({"fields": {}})}


@pytest.fixture
def people(db):
    tree = factories.make_tree()
    return [factories.person(name, tree["tinh"], Role.LEADER) for name in ("an", "binh")]


def test_its_author_alone_finds_it_and_lets_it_go(people, client, moment):
    an, binh = people
    client.force_login(an)
    agent = {"HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0) Firefox/120.0"}
    assert client.post(DOOR, DRAFT, **agent).status_code == 204
    (found,) = client.get(DOOR, {"trang": "/x/"}).json()["drafts"]
    assert found == {
        "key": KEY,
        "code": "/x/#ly-do",
        "content": '{"fields": {}}',
        "place": "Firefox, Windows, lúc 09:00 ngày 16/8",
    }
    assert client.get(DOOR, {"trang": "/y/"}).json()["drafts"] == []
    client.force_login(binh)
    assert client.get(DOOR, {"trang": "/x/"}).json()["drafts"] == []
    client.post(DOOR, {"key": KEY, "content": ""})
    assert FormDraft.objects.count() == 1
    client.force_login(an)
    assert client.post(DOOR, {"key": KEY, "content": ""}).status_code == 204
    assert not FormDraft.objects.exists()


def test_nobody_signed_in_keeps_nothing(db, client):
    assert client.post(DOOR, DRAFT).status_code == 302 and client.get(DOOR).status_code == 302
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"key": "x"}, 400),
        ({"key": ""}, 400),
        ({"code": "a\x00"}, 400),
        ({"page": "a" * 201}, 400),
        ({"content": "[]"}, 400),
        ({"content": "{"}, 400),
        ({"content": "[" * 50_000}, 400),
        ({"content": '"' + "a" * services.LONGEST + '"'}, 413),
    ],
)
def test_what_no_page_sends_is_refused(people, client, change, status):
    client.force_login(people[0])
    assert client.post(DOOR, DRAFT | change).status_code == status
    assert not FormDraft.objects.exists()


def test_an_odd_page_is_refused(people, client):
    client.force_login(people[0])
    assert client.get(DOOR, {"trang": "/x\x00/"}).status_code == 400
