"""Sign-in: keys, tokens, ended and expired connections, rates; a session is no key."""

import base64
import datetime as dt

import pytest

from core import clock
from exchange import keys, services
from exchange.models import SystemAccess
from tests.exchange.conftest import Program

pytestmark = pytest.mark.django_db


def test_the_key_names_its_system(program):
    told = program("an").get("me").json()
    assert (told["name"], told["owner"], told["agency"]) == ("Phần mềm của an", "Nguyễn Văn An", "x11")
    assert (told["right"], told["expires_on"]) == ("report", "2024-06-16")


@pytest.mark.parametrize("text", ["", "cds", "cds_x_y", "Bearer", "cds_\x00_a", "cds_é_a", "a" * 5000])
def test_no_other_text_is_a_key(client, connected, text):
    answer = Program(client, text).get("me")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthorized"


def test_a_key_with_another_systems_secret_is_none(client, connected):
    an, cuc = connected.keys["an"], connected.keys["cuc"]
    assert Program(client, keys.Key(an.client_id, cuc.secret)).get("me").status_code == 401


def test_a_session_is_no_key(client, connected):
    client.force_login(connected.people["khanh"])
    assert client.get("/api/v1/plans").status_code == 401


def test_an_ended_connection_is_out(program, connected):
    services.end(system=connected.systems["an"], by=connected.people["an"])
    assert program("an").get("me").status_code == 401


def test_the_last_day_is_the_last(program, moment):
    moment.move_to(dt.datetime(2024, 6, 16, 23, 59, tzinfo=clock.VIETNAM))
    assert program("an").get("me").status_code == 200
    moment.move_to(dt.datetime(2024, 6, 17, 0, 1, tzinfo=clock.VIETNAM))
    assert program("an").get("me").status_code == 401


def test_a_system_stops_with_its_owners_account(program, connected):
    owner = connected.people["an"]
    owner.is_active = False
    owner.save()
    assert program("an").get("me").status_code == 401


def test_a_new_key_ends_the_old_one_and_its_tokens(client, program, connected):
    old = program("an")
    token = _token(client, connected.keys["an"]).json()["access_token"]
    fresh = services.make_key(system=connected.systems["an"], by=connected.people["an"])
    assert old.get("me").status_code == 401
    assert Program(client, token).get("me").status_code == 401
    assert Program(client, fresh).get("me").status_code == 200


def _token(client, key, **headers):
    form = {"grant_type": "client_credentials"}
    if not headers:
        form |= {"client_id": key.client_id, "client_secret": key.secret}
    return client.post("/api/v1/oauth/token", form, headers=headers)


def test_client_credentials_give_an_hour(client, connected, moment):
    told = _token(client, connected.keys["an"]).json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3600)
    program = Program(client, told["access_token"])
    assert program.get("me").json()["owner"] == "Nguyễn Văn An"
    moment.shift(dt.timedelta(seconds=3601))
    assert program.get("me").status_code == 401


def test_client_credentials_by_header(client, connected):
    key = connected.keys["an"]
    sent = base64.b64encode(f"{key.client_id}:{key.secret}".encode()).decode()
    assert _token(client, key, Authorization=f"Basic {sent}").status_code == 200
    for wrong in ("%%%", base64.b64encode(b"\xff").decode(), base64.b64encode(b"a:b").decode()):
        assert _token(client, key, Authorization=f"Basic {wrong}").status_code == 401


def test_only_client_credentials(client):
    told = client.post("/api/v1/oauth/token", {"grant_type": "password"})
    assert (told.status_code, told.json()["code"]) == (400, "unsupported_grant_type")


def test_more_than_the_rate_is_refused_for_a_minute(program, connected, moment):
    system = connected.systems["an"]
    system.requests_per_minute = 3
    system.save()
    answers = [program("an").get("me").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    assert program("an").get("me")["Retry-After"] == "60"
    assert program("cuc").get("me").status_code == 200
    moment.shift(dt.timedelta(seconds=61))
    assert program("an").get("me").status_code == 200
    assert SystemAccess.objects.filter(system=system, status=429).count() == 3
