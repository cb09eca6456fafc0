"""A small office for the tests of leads' reports: s1 leads I.1 by name, all departments lead I.2; 16 August 2023, 09:00."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from agencies.models import Level
from agencies.roles import Role
from indicators.models import Basis
from indicators.submissions import editing as reports
from projects import services
from projects.models import Project, ProjectGroup, ProjectParty, Stage
from projects.services import Entry
from projects.status import Moment, standings
from tests import factories, worlds

RUNNING = Entry(stage=Stage.RUNNING, percent=Decimal(45), work_done="Khảo sát.")


@worlds.shared(at=factories.AT)
def world_rows():
    """The rows of `world`."""
    return World()


@pytest.fixture
def world(world_rows):
    """s1 leads I.1 by name; all departments lead I.2; everything else is as the factories make it; 16 August 2023, 09:00."""
    with time_machine.travel(factories.AT, tick=False) as moment:
        world_rows.moment = moment
        yield world_rows


class World:
    def __init__(self):
        self.tree = factories.make_tree(departments=2, districts=1, communes=1)
        self.other = factories.agency("bql", Level.OTHER, self.tree["tinh"])
        self.plan = factories.make_plan()
        self.section = ProjectGroup.objects.create(plan=self.plan, code="I", title="Dự án", position=1)
        self.first = self.project(1, dt.date(2023, 12, 31), agency=self.tree["s1"])
        self.group = self.project(2, None, group="@departments")
        self.august, self.july = factories.period(self.plan, 8), factories.period(self.plan, 7)
        person = factories.person
        self.an = person("an", self.tree["s1"], Role.FOCAL, full_name="Nguyễn Văn An")
        self.binh = person("binh", self.tree["s1"], Role.FOCAL, full_name="Trần Thị Bình")
        self.cuc = person("cuc", self.tree["s2"], Role.FOCAL)
        self.xa = person("xa", self.tree["x11"], Role.FOCAL)
        self.so = person("so", self.tree["s2"], Role.STANDING)
        self.lam = person("lam", self.tree["tinh"], Role.LEADER)

    def project(self, number, due, *, agency=None, group="", ongoing=False):
        made = Project.objects.create(
            section=self.section, number=number, name=f"Việc {number}", due=due, is_ongoing=ongoing
        )
        ProjectParty.objects.create(project=made, part="lead", agency=agency, group=group)
        return made

    def open(self, period=None, by=None):
        by = by or self.an
        return reports.open_report(agency=by.agency, period=period or self.august, by=by)

    def save(self, entry=RUNNING, project=None, by=None, report=None, **more):
        by = by or self.an
        return services.save_update(
            submission=report or self.open(by=by), project=project or self.first, entry=entry, by=by, **more
        )

    def standing(self, project=None, basis=Basis.OFFICIAL, month=8, day=dt.date(2023, 8, 19), due=8):
        at = Moment(factories.period(self.plan, month), basis, day, due)
        return standings(self.plan, at)[(project or self.first).pk]
