"""A small office for the tests of conclusions: s1 leads I.1 and the project I.1; 16 August 2023, 09:00."""

import datetime as dt

import pytest
import time_machine

from agencies.roles import Role
from conclusions import services
from indicators.models import IndicatorParty
from projects.models import Project, ProjectGroup, ProjectParty
from tests import factories, worlds

TODAY = dt.date(2023, 8, 16)


@worlds.shared(at=factories.AT)
def world_rows():
    """The rows of `world`."""
    return World()


@pytest.fixture
def world(world_rows):
    with time_machine.travel(factories.AT, tick=False) as moment:
        world_rows.moment = moment
        yield world_rows


@pytest.fixture
def as_person(client, world):
    """`as_person("an")` gives a client of its own, logged in as that person."""

    def go(name):
        mine = type(client)(enforce_csrf_checks=False)
        mine.force_login(getattr(world, name))
        return mine

    return go


class World:
    def __init__(self):
        self.tree = factories.make_tree(departments=2, districts=1, communes=1)
        self.plan = factories.make_plan()
        self.target = factories.target(self.plan, "I.1", [self.tree["s1"], self.tree["x11"]])
        IndicatorParty.objects.create(
            indicator=self.target.indicator, part=IndicatorParty.Part.LEAD, agency=self.tree["s1"]
        )
        section = ProjectGroup.objects.create(plan=self.plan, code="I", title="Dự án", position=1)
        self.project = Project.objects.create(section=section, number=1, name="Việc 1", due=dt.date(2023, 12, 31))
        ProjectParty.objects.create(project=self.project, part="lead", agency=self.tree["s1"])
        person = factories.person
        self.an = person("an", self.tree["s1"], Role.FOCAL, full_name="Nguyễn Văn An")
        self.binh = person("binh", self.tree["s1"], Role.LEAD, full_name="Trần Thị Bình")
        self.cuc = person("cuc", self.tree["s2"], Role.FOCAL, full_name="Lê Thu Cúc")
        self.dung = person("dung", self.tree["h1"], Role.REVIEWER, full_name="Hồ Tiến Dũng")
        self.xa = person("xa", self.tree["x11"], Role.FOCAL, full_name="Đỗ Minh Xa")
        self.so = person("so", self.tree["s2"], Role.STANDING, full_name="Bùi Quốc Sơn")
        self.lam = person("lam", self.tree["tinh"], Role.LEADER, full_name="Ngô Thanh Lâm")
        self.quan = person("quan", None, Role.ADMIN, full_name="Vũ Quân")

    def give(self, **more):
        asked = {
            "plan": self.plan,
            "target": self.target,
            "text": "Rà soát hồ sơ tồn, báo cáo số còn lại.",
            "agency": self.tree["s1"],
            "due": dt.date(2023, 8, 31),
            "by": self.lam,
        }
        return services.give(**asked | more)
