"""The small office with systems of four people connected to it."""

import json
from types import SimpleNamespace

import pytest
import time_machine

from core import clock
from exchange import services
from exchange.models import Right
from indicators.rollups import engine
from tests import factories, worlds
from tests.indicators.conftest import build_office


@pytest.fixture
def moment():
    """09:00 on 16 August 2023 in Vietnam: August's period is open."""
    with time_machine.travel(factories.AT, tick=False) as traveller:
        yield traveller


def connect(owner, decider, right=Right.READ, name=None):
    """(system, key) of a granted connection."""
    system = services.ask(by=owner, name=name or f"Phần mềm của {owner.username}", purpose="Đồng bộ", right=right)
    services.grant(system=system, by=decider, expires_on=clock.today().replace(year=2024, month=6))
    key = services.make_key(system=system, by=owner)
    system.refresh_from_db()
    return system, key


@worlds.shared(at=factories.AT, uses=["moment"])
def connected():
    """The office, its roll-ups, and the systems of An and Cúc (read and report), Khánh and Lâm (read)."""
    office = build_office()
    engine.rebuild(office.plan)
    systems, keys = {}, {}
    for name, right in (("an", Right.REPORT), ("cuc", Right.REPORT), ("khanh", Right.READ), ("lam", Right.READ)):
        systems[name], keys[name] = connect(office.people[name], office.people["khanh"], right)
    return SimpleNamespace(**vars(office), systems=systems, keys=keys)


@pytest.fixture
def as_person(client, connected):
    """`as_person("an")` gives a client of its own, logged in as that person."""

    def go(name):
        mine = type(client)()
        mine.force_login(connected.people[name])
        return mine

    return go


class Program:
    """A program that calls the API with a key."""

    def __init__(self, client, key):
        self.client, self.key = client, key

    def send(self, method, path, body=None, /, **headers):
        """Send a request with JSON; header names with `_` for `-`."""
        sent = {"Authorization": f"Bearer {self.key}"} | {
            name.replace("_", "-"): text for name, text in headers.items()
        }
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.generic(method, f"/api/v1/{path}", headers=sent, **content)

    def get(self, path, /, **headers):
        return self.send("GET", path, **headers)

    def put(self, path, body, /, **headers):
        return self.send("PUT", path, body, **headers)

    def post(self, path, body, /, **headers):
        return self.send("POST", path, body, **headers)


@pytest.fixture
def program(client, connected):
    """`program("an")` calls the API with the key of the person's system."""
    return lambda name: Program(type(client)(), connected.keys[name])
