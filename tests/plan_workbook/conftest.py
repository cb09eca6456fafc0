"""A small province whose plan has something in each table of its workbook."""

import datetime as dt
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from agencies.models import Level, Party
from agencies.roles import Role
from core.clock import VIETNAM
from indicators import models
from indicators.workbooks import sandbox
from plan_workbook import export, services, sources
from plan_workbook.resources import TABLES
from projects import models as projects
from reports.models import Letterhead, Signer
from tests import factories as make
from tests import worlds
from tests.page import fields

NOW = dt.datetime(2023, 3, 1, 9, tzinfo=VIETNAM)
LEAD = Party.Part.LEAD


class World:
    """The province, its plan, and the people who may and may not load it."""

    def __init__(self):
        self.tree = tree = make.make_tree()
        make.agency("x23", Level.COMMUNE, tree["h2"], name="UBND xã An Hòa", short_name="X. An Hòa")
        self.plan = plan = make.make_plan(number="1/KH-UBND", issued_on=dt.date(2023, 1, 5), projects_annex="Phụ lục 3")
        codes = ["I.1", "I.2", "I.3", "I.4", "II.1", "II.2", "II.3"]
        self.targets = {
            code: make.target(plan, code, [tree["x11"], tree["x21"]], timing=models.Timing.STOCK) for code in codes
        }
        type(tree["h1"]).objects.filter(code="h1").update(map_row=1, map_column=2)
        models.Pillar.objects.filter(code="II").update(position=2)
        first, last = self.targets["I.1"], self.targets["II.3"]
        parties = models.IndicatorParty.objects
        parties.create(indicator=first.indicator, part=LEAD, agency=tree["s1"])
        parties.create(indicator=last.indicator, part=LEAD, group="@enterprises", reported_by=tree["s2"])
        parties.create(indicator=first.indicator, part=Party.Part.COORDINATOR, group="@districts")
        models.TargetMilestone.objects.create(target=last, day=dt.date(2023, 6, 30), value=Decimal("40.5"))
        models.Exemption.objects.create(
            assignment=last.assignments.get(agency=tree["x11"]), first_day=dt.date(2023, 2, 1), reason="Chia tách"
        )
        models.DayOff.objects.create(day=dt.date(2023, 9, 4), name="Nghỉ bù")
        models.GradeBand.objects.create(plan=plan, floor=90, label="Tốt")
        models.ResultWeight.objects.create(target=first, weight=3)
        models.TargetMetadata.objects.create(target=first, population="Mọi hồ sơ", limits="=1+1")
        models.StartingPoint.objects.create(
            target=first, state="29,75%", sentence="Câu", place="Mục 7", difference="Khác"
        )
        denominator = models.SharedDenominator.objects.create(code="dan-so", label="Dân số", position=1)
        models.DenominatorUse.objects.create(target=first, denominator=denominator)
        models.DenominatorUse.objects.create(target=last, denominator=denominator, of_province=True)
        rule = {"check": "same_denominator", "targets": ["I.1", "II.3"], "why": "cùng một dân số"}
        withdrawn = {"on": "2023-02-01", "reason": "Số liệu khác nguồn"}
        plan.target_rules = [rule, rule | {"targets": ["I.2", "II.3"], "withdrawn": withdrawn}]
        plan.save()
        charge = models.Charge.objects.create(
            plan=plan,
            code="VI.2",
            title="Theo dõi",
            agency=tree["s1"],
            sentence="Câu",
            legal_ground="QĐ",
            report_to="Chủ tịch",
        )
        models.ChargeTarget.objects.create(charge=charge, target=first, part="Phần một")
        commitment = models.Commitment.objects.create(plan=plan, number=1, text="Lời", source="Mục II", sentence="Câu")
        models.CommitmentParty.objects.create(commitment=commitment, part=LEAD, agency=tree["s2"])
        group = projects.ProjectGroup.objects.create(plan=plan, code="A", title="Nhóm", position=1)
        for number in (1, 2, 3):
            project = projects.Project.objects.create(section=group, number=number, name=f"Dự án {number}")
            projects.ProjectParty.objects.create(project=project, part=LEAD, agency=tree["s1"])
        projects.ProjectLink.objects.create(project=project, target=first)
        project.charges.add(charge)
        projects.MilestoneTemplate.objects.create(plan=plan, position=1, name="Lập dự toán")
        letterhead = Letterhead.objects.create(
            plan=plan, name="Sở trình", issuer="SỞ", symbol="BC-STTTT", place="Nơi", to="UBND tỉnh\nSở", is_default=True
        )
        Signer.objects.create(letterhead=letterhead, powers="GIÁM ĐỐC", name="Ông A", position=1)
        self.standing = make.person("khanh", tree["s1"], Role.STANDING)
        self.admin = make.person("tri", None, Role.ADMIN)
        self.focal = make.person("an", tree["x11"], Role.FOCAL)


@worlds.shared(at=NOW, stays=True)
def world():
    return World()


class Workbook:
    """The workbook of a plan in the hands of somebody: `put("Cơ quan", "s1", "Tên ngắn", "Sở")` changes one cell."""

    def __init__(self, plan):
        content = BytesIO()
        export.book_of(plan).save(content)
        self.book = load_workbook(content)
        self.planted = []

    def column(self, sheet, title):
        return next(cell.column for cell in self.book[sheet][sources.HEADING_LINE] if cell.value == title)

    def line(self, sheet, *key):
        """The line that begins with these values."""
        for row in self.book[sheet].iter_rows(min_row=sources.HEADING_LINE + 1):
            if tuple(str(cell.value) for cell in row[: len(key)]) == tuple(map(str, key)):
                return row[0].row
        raise KeyError(key)

    def upright(self, title):
        """The cell of a value of the plan itself."""
        return next(row[1] for row in self.book["Kế hoạch"].iter_rows(min_row=3) if row[0].value == title)

    def put(self, sheet, key, title, value):
        """Change a cell; return its place."""
        key = key if isinstance(key, tuple) else (key,)
        cell = self.upright(title) if sheet == "Kế hoạch" else self.cell(sheet, self.line(sheet, *key), title)
        cell.value = value
        return sheet, cell.coordinate

    def cell(self, sheet, line, title):
        return self.book[sheet].cell(line, self.column(sheet, title))

    def add(self, sheet, **values):
        """Add a line with these values by heading, `_` for a blank; return its number."""
        line = self.book[sheet].max_row + 1
        for title, value in values.items():
            self.cell(sheet, line, title.replace("_", " ")).value = value
        return line

    def take_out(self, sheet, *key):
        self.book[sheet].delete_rows(self.line(sheet, *key))

    def source(self):
        """The workbook as the bounded reader reads it."""
        content = BytesIO()
        self.book.save(content)
        return sources.from_sheets(sandbox.read(content.getvalue()))

    def load(self, plan=None, by=None):
        return services.load(self.source(), plan=plan, by=by, file_name="tệp.xlsx")

    def problems(self, plan=None):
        """The faults, as (sheet, cell) → reason."""
        return {(p.sheet, p.cell): p.reason for p in services.preview(self.source(), plan=plan).problems}


@pytest.fixture
def workbook(world):
    return Workbook(world.plan)


@pytest.fixture
def changes():
    """The changed rows of a load as (sheet, kind, name)."""
    return lambda loaded: [(table.title, row.kind, row.name) for table in loaded.tables for row in table.rows]


@pytest.fixture
def confirm(client, django_capture_on_commit_callbacks):
    """Press the button of a preview, as who is signed in; return the page of the file."""

    def confirmed(page):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(page.request["PATH_INFO"], fields(page))
        return client.get(page.request["PATH_INFO"])

    return confirmed


def cells_of(plan):
    """All cells of the workbook of a plan."""
    book = export.book_of(plan)
    return {table.sheet: list(book[table.sheet].iter_rows(values_only=True)) for table in TABLES}
