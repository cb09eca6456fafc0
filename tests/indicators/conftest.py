"""One small office for the page tests: two districts with two communes each, in the middle of August's period."""

from types import SimpleNamespace

import pytest
import time_machine

from agencies.roles import Role
from indicators.models import Frequency, Kind, Timing
from tests import factories, worlds


@pytest.fixture
def moment():
    """09:00 on 16 August 2023 in Vietnam: August's period is open, due on the 17th. `moment.move_to(…)` changes it."""
    with time_machine.travel(factories.AT, tick=False) as traveller:
        yield traveller


def build_office():
    """Agencies by code, the plan, July and August, targets by code, people by name, and July's approved report of x11."""
    tree = factories.make_tree(departments=1, districts=2, communes=2)
    plan = factories.make_plan()
    communes = [tree[code] for code in ("x11", "x12", "x21", "x22")]
    targets = [
        factories.target(plan, "I.1", [*communes, tree["h1"]], label="Hồ sơ trực tuyến"),
        factories.target(plan, "I.2", communes, timing=Timing.STOCK, label="Hệ thống thông tin", threshold=30),
        factories.target(plan, "I.3", communes, kind=Kind.YES_NO, timing=Timing.STOCK, label="Kết nối LGSP"),
        factories.target(plan, "I.4", communes, timing=Timing.STOCK, frequency=Frequency.QUARTER),
        factories.target(
            plan, "II.1", communes, kind=Kind.MILESTONE, timing=Timing.STOCK, unit="% hoàn thành", threshold=None
        ),
        factories.target(plan, "II.2", communes, kind=Kind.COUNT, timing=Timing.STOCK, unit="doanh nghiệp"),
        factories.target(plan, "II.3", communes, kind=Kind.VALUE, timing=Timing.STOCK, unit="% GRDP", threshold=10),
    ]
    people = {
        "an": factories.person("an", tree["x11"], Role.FOCAL, full_name="Nguyễn Văn An"),
        "binh": factories.person("binh", tree["x11"], Role.FOCAL, full_name="Trần Thị Bình"),
        "cuc": factories.person("cuc", tree["x21"], Role.FOCAL, full_name="Lê Thị Cúc"),
        "dung": factories.person("dung", tree["h1"], Role.REVIEWER, Role.FOCAL, full_name="Phạm Văn Dũng"),
        "giang": factories.person("giang", tree["h1"], Role.REVIEWER, full_name="Vũ Hà Giang"),
        "hanh": factories.person("hanh", tree["h2"], Role.REVIEWER, full_name="Đỗ Thị Hạnh"),
        "khanh": factories.person("khanh", tree["s1"], Role.STANDING, full_name="Bùi Quốc Khánh"),
        "lam": factories.person("lam", tree["tinh"], Role.LEADER, full_name="Ngô Thanh Lâm"),
    }
    by_code = {target.code: target for target in targets}
    july = factories.period(plan, 7)
    figures = {by_code["I.1"]: (60, 100), by_code["I.2"]: (5, 20), by_code["I.3"]: 1, by_code["II.2"]: 132}
    factories.report(tree["x11"], july, figures, submitted_by=people["an"], reviewed_by=people["dung"])
    return SimpleNamespace(
        tree=tree, plan=plan, july=july, august=factories.period(plan, 8), targets=by_code, people=people
    )


@worlds.shared(at=factories.AT, uses=["moment"])
def office():
    """The world that `build_office()` builds, in the moment of the test."""
    return build_office()


@pytest.fixture
def as_person(client, office):
    """`as_person("an")` gives a client of its own, logged in as that person."""

    def go(name):
        mine = type(client)(enforce_csrf_checks=False)
        mine.force_login(office.people[name])
        return mine

    return go
