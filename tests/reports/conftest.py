"""A small province for the reading pages: its figures can be added up on paper.

| target | reporters | June | July | August |
|---|---|---|---|---|
| I.1, flow, at least 80% by 31/12 | x11 x12 x21 x22 h1 | 400/500 | 400/500 | official 140/300, provisional 190/350 |
| I.2, stock, at least 50% by 31/8 | s1 | 10/100 | 20/100 | 30/100 |
| II.1, stock, a number without threshold | s1 | | 120 | 130 |
| III.1, quarterly stock, at least 30% | s1 | 40/100 | | |

It is 09:00 on 16 August 2023: August is open, its reports are due on the 17th. In August x21's report waits for review,
x22 has sent nothing; x12 was late in July; h2 has communes, but reports nothing itself.
"""

import datetime as dt
import json
import os
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import time_machine

from agencies.roles import Role
from core import clock
from indicators.models import Frequency, Kind, RollupState, State, Timing
from indicators.rollups import engine
from indicators.selection import BASIS_NAMES, Selection, periods_begun
from reports.documents import composition, services
from reports.documents.renderers import FILE_FORMATS
from tests import factories, worlds
from tests.stack import ROOT

BASE = "https://chuyendoiso.vi.du/"
# The codes of all remarks on a draft, acknowledged by a test that is not about them.
GUARDS = ("don-vi-thieu", "nguoi-ky", "ngay-ky", "so-ke-hoach")


def settings_of(url, name="pages"):
    """The settings of a cache with this Redis."""
    code = f"import json; from django.conf import settings; print(json.dumps(settings.CACHES[{name!r}]))"
    environment = os.environ | {"REDIS_URL": url, "DJANGO_SETTINGS_MODULE": "chuyendoiso.settings"}
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True)
    return json.loads(said.stdout)


@pytest.fixture
def moment():
    """09:00 on 16 August 2023 in Vietnam; `moment.move_to(…)` changes it."""
    with time_machine.travel(factories.AT, tick=False) as traveller:
        yield traveller


@worlds.shared(at=factories.AT, uses=["moment"])
def province():
    """Agencies, plan, targets and people by name; everything rolled up."""
    tree = factories.make_tree(departments=1, districts=2, communes=2)
    tree["h1"].gso_code, tree["h1"].map_row, tree["h1"].map_column = "290", 1, 3
    tree["h1"].short_name = "H. Một"
    tree["h1"].save()
    plan = factories.make_plan(number="12/KH-UBND")
    reporters = [tree[code] for code in ("x11", "x12", "x21", "x22", "h1")]
    targets = {
        "I.1": factories.target(plan, "I.1", reporters, label="Hồ sơ trên mạng"),
        "I.2": factories.target(
            plan, "I.2", [tree["s1"]], timing=Timing.STOCK, threshold=50, due=factories.AT.date().replace(day=31)
        ),
        "II.1": factories.target(
            plan, "II.1", [tree["s1"]], kind=Kind.COUNT, timing=Timing.STOCK, unit="doanh nghiệp", threshold=None
        ),
        "III.1": factories.target(
            plan, "III.1", [tree["s1"]], timing=Timing.STOCK, threshold=30, frequency=Frequency.QUARTER
        ),
    }
    made = SimpleNamespace(
        tree=tree,
        plan=plan,
        targets=targets,
        people={
            "lam": factories.person("lam", tree["tinh"], Role.LEADER, full_name="Ngô Thanh Lâm"),
            "khanh": factories.person("khanh", tree["s1"], Role.STANDING, full_name="Bùi Quốc Khánh"),
            "quan": factories.person("quan", tree["s1"], Role.ADMIN, full_name="Đào Văn Quân", is_staff=True),
            "an": factories.person("an", tree["x11"], Role.FOCAL, full_name="Nguyễn Văn An"),
            "binh": factories.person("binh", tree["x11"], Role.FOCAL, full_name="Trần Thị Bình"),
            "cuc": factories.person("cuc", tree["x21"], Role.FOCAL, full_name="Lê Thị Cúc"),
            "dung": factories.person("dung", tree["h1"], Role.FOCAL, Role.REVIEWER, full_name="Phạm Văn Dũng"),
            "giang": factories.person("giang", tree["h1"], Role.REVIEWER, full_name="Vũ Hà Giang"),
        },
        periods={number: factories.period(plan, number) for number in range(1, 13)},
    )
    for person in made.people.values():
        assert person.roles  # read now, as a request has read them before its page begins
    _report_year(made)
    roll_up(plan)
    return made


def _report_year(made):
    tree, t, on = made.tree, made.targets, made.periods
    usual = {"x11": 90, "x12": 80, "x21": 70, "x22": 60, "h1": 100}
    for month in (6, 7):
        for code, numerator in usual.items():
            late = code == "x12" and month == 7
            sent = factories.AT.replace(month=month, day=18 if late else 16)
            fields = {"is_late": late, "whole_submitted_at": sent}
            factories.report(tree[code], on[month], {t["I.1"]: (numerator, 100)}, **fields)
    june, july = ({"whole_submitted_at": factories.AT.replace(month=month)} for month in (6, 7))
    factories.report(tree["s1"], on[6], {t["I.2"]: (10, 100), t["III.1"]: (40, 100)}, **june)
    factories.report(tree["s1"], on[7], {t["I.2"]: (20, 100), t["II.1"]: 120}, **july)
    factories.report(tree["x11"], on[8], {t["I.1"]: (10, 100)}, reviewed_at=factories.AT)
    factories.report(tree["x12"], on[8], {t["I.1"]: (30, 100)})
    factories.report(tree["h1"], on[8], {t["I.1"]: (100, 100)})
    factories.report(tree["x21"], on[8], {t["I.1"]: (50, 50)}, state=State.SUBMITTED)
    factories.report(tree["s1"], on[8], {t["I.2"]: (30, 100), t["II.1"]: 130})


def roll_up(plan):
    """Roll everything up, at 09:00."""
    engine.rebuild(plan)
    RollupState.objects.filter(plan=plan).update(computed_at=factories.AT)


@pytest.fixture
def selected(province):
    """`selected(8, "tam-tinh")`: what a page shows, without its two queries."""

    def choose(month=8, basis="chinh-thuc"):
        periods = periods_begun(province.plan)
        return Selection(province.plan, periods[month - 1], BASIS_NAMES[basis], periods)

    return choose


@pytest.fixture
def as_person(client, province):
    """`as_person("an")` gives a client of its own, logged in as that person."""

    def go(name):
        mine = type(client)()
        mine.force_login(province.people[name])
        return mine

    return go


@pytest.fixture
def drafted(province):
    """`drafted("2023-08", "toan-tinh")`: a draft of the standing agency."""

    def make(span="2023-08", subject="toan-tinh", kind="tien-do"):
        found, asked = composition.find(province.plan, kind, span, subject, "chinh-thuc")
        return services.draft(kind=found, report_request=asked, by=province.people["khanh"])

    return make


@pytest.fixture
def publish(province, moment, monkeypatch):
    """`publish(version)`: put in force once its period has closed, with a PDF that takes no time; the clock goes back."""

    def put(version):
        with monkeypatch.context() as patch:
            patch.setitem(
                FILE_FORMATS, "pdf", replace(FILE_FORMATS["pdf"], make=lambda document, head: b"%PDF-1.7 of a test")
            )
            closes_on = factories.period(province.plan, version.report.last_day.month).closes_on
            now = max(
                clock.now(), dt.datetime.combine(closes_on, dt.time(9), factories.AT.tzinfo) + dt.timedelta(days=1)
            )
            with time_machine.travel(now, tick=False):
                return services.publish(
                    version=version,
                    revision=version.revision,
                    base_url=BASE,
                    by=province.people["khanh"],
                    acknowledged=GUARDS,
                )

    return put


@pytest.fixture
def published(drafted, publish):
    """`published("2023-08")`: one that is in force."""
    return lambda *of, **kind: publish(drafted(*of, **kind))
