"""A small province in which every report stands in another state and every name, note and reason is hostile text.

It is 09:00 on 16 August 2023: August is open. Everything is rolled up, and one debt is still owed.
"""

from types import SimpleNamespace

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from agencies.roles import Role
from core import files
from core.audit.services import audit
from indicators.audit_acts import SubmissionAct
from indicators.models import (
    Comment,
    CommentKind,
    Evidence,
    Frequency,
    IndicatorParty,
    Kind,
    PendingRollup,
    RollupState,
    State,
    Timing,
)
from indicators.rollups import engine
from projects.models import Project, ProjectGroup, ProjectParty
from tests import factories, worlds

# Ends an attribute and a tag, calls a script, is a template, an entity and a format.
HOSTILE = """'"><script>alert(1)</script>{{ 7 }}{% 7 %}&lt;%s"""
# What no page may hold as it stands here: markup that came in as text.
ALIVE = "<script>alert(1)"


@pytest.fixture
def moment():
    """09:00 on 16 August 2023 in Vietnam; `moment.move_to(…)` changes it."""
    with time_machine.travel(factories.AT, tick=False) as traveller:
        yield traveller


@worlds.shared(at=factories.AT, uses=["moment"])
def province():
    """Agencies by code, plan, targets by code, reports by what became of them, projects, people by name."""
    tree = factories.make_tree(departments=2, districts=2, communes=3)
    for agency in tree.values():
        agency.name, agency.short_name = f"Đơn vị {agency.code} {HOSTILE}", f"{agency.code.upper()} {HOSTILE}"
        agency.aliases = HOSTILE
        agency.save()
    plan = factories.make_plan(number=HOSTILE, title=f"Kế hoạch {HOSTILE}")
    plan.issuer = f"UBND tỉnh {HOSTILE}"
    plan.save()
    people = _people(tree)
    made = SimpleNamespace(tree=tree, plan=plan, people=people, targets=_targets(plan, tree))
    made.periods = {number: factories.period(plan, number) for number in range(1, 13)}
    made.reports = _reports(made)
    made.projects = _projects(plan, tree)
    _said_and_attached(made)
    for report in made.reports.values():
        audit(by=people["dung"], act=SubmissionAct.APPROVE, label=str(report), submission=report.pk, reason=HOSTILE)
    engine.rebuild(plan)
    RollupState.objects.filter(plan=plan).update(computed_at=factories.AT)
    PendingRollup.objects.create(plan=plan, created_at=factories.AT)
    return made


def _people(tree):
    """One account for each part that one can play; `an` and `binh` are colleagues, `bac` has a draft, `giang` no role, and
    `mai` no agency."""

    def person(name, agency, *roles, **fields):
        said = {"full_name": f"Họ tên {name} {HOSTILE}", "position": HOSTILE}
        return factories.person(name, agency, *roles, **said, **fields)

    return {
        "an": person("an", tree["x11"], Role.FOCAL),
        "binh": person("binh", tree["x11"], Role.FOCAL),
        "bac": person("bac", tree["x13"], Role.FOCAL),
        "cuc": person("cuc", tree["x21"], Role.FOCAL),
        "dung": person("dung", tree["h1"], Role.FOCAL, Role.REVIEWER),
        "hanh": person("hanh", tree["h2"], Role.REVIEWER),
        "lien": person("lien", tree["s2"], Role.FOCAL, Role.LEAD),
        "khanh": person("khanh", tree["s1"], Role.FOCAL, Role.STANDING),
        "lam": person("lam", tree["tinh"], Role.LEADER),
        "quan": person("quan", tree["s1"], Role.ADMIN, is_staff=True, is_superuser=True),
        "giang": person("giang", tree["h1"]),
        "mai": person("mai", None, Role.FOCAL, Role.REVIEWER, Role.LEAD),
    }


def _targets(plan, tree):
    communes = [tree[code] for code in ("x11", "x12", "x13", "x21", "x22", "x23")]
    whole = [*communes, tree["h1"], tree["s1"], tree["s2"]]
    words = {"numerator_label": f"Tử {HOSTILE}", "denominator_label": f"Mẫu {HOSTILE}", "baseline_source": HOSTILE}
    made = [
        factories.target(plan, "I.1", whole, label=f"Một {HOSTILE}", baseline=40, **words),
        factories.target(plan, "I.2", communes, timing=Timing.STOCK, threshold=30, label=f"Hai {HOSTILE}", **words),
        factories.target(plan, "I.3", communes, kind=Kind.YES_NO, timing=Timing.STOCK),
        factories.target(plan, "I.4", communes, timing=Timing.STOCK, frequency=Frequency.QUARTER),
        factories.target(plan, "I.5", communes, timing=Timing.RATE, threshold=100),
        factories.target(plan, "II.1", communes, kind=Kind.COUNT, timing=Timing.FLOW, unit="doanh nghiệp"),
        factories.target(plan, "II.2", [tree["s2"]], kind=Kind.VALUE, timing=Timing.STOCK, unit="% GRDP", threshold=10),
        factories.target(
            plan, "II.3", communes, kind=Kind.MILESTONE, timing=Timing.STOCK, unit="% hoàn thành", threshold=None
        ),
    ]
    for target in made:
        target.indicator.text = f"Chỉ tiêu {HOSTILE}"
        target.indicator.leads_text = target.indicator.coordinators_text = HOSTILE
        target.indicator.save()
        IndicatorParty.objects.get_or_create(
            indicator=target.indicator, part=IndicatorParty.Part.LEAD, agency=tree["s2"]
        )
        target.indicator.pillar.title = f"Trụ cột {HOSTILE}"
        target.indicator.pillar.save()
    return {target.code: target for target in made}


def _reports(made):
    """Approved reports of three months, and in August one of each state."""
    tree, targets, people = made.tree, made.targets, made.people
    figures = {
        targets["I.1"]: (60, 100),
        targets["I.2"]: (5, 20),
        targets["I.3"]: 1,
        targets["I.5"]: (9, 10),
        targets["II.1"]: 7,
        targets["II.3"]: 45,
    }
    for month in (5, 6, 7):
        for code in ("x11", "x12", "x13", "x21", "x22", "x23"):
            factories.report(tree[code], made.periods[month], figures, submitted_by=people["an"])
        factories.report(tree["s2"], made.periods[month], {targets["I.1"]: (3, 4), targets["II.2"]: 9})
    august = made.periods[8]
    who = {"submitted_by": people["an"], "reviewed_by": people["dung"], "reviewed_at": factories.AT}
    reports = {
        "draft": factories.report(tree["x13"], august, figures, state=State.DRAFT),
        "submitted": factories.report(tree["x11"], august, figures, state=State.SUBMITTED, submitted_by=people["an"]),
        "approved": factories.report(tree["x12"], august, figures, **who),
        "returned": factories.report(tree["x22"], august, figures, state=State.RETURNED, return_reason=HOSTILE, **who),
        "superseded": factories.report(
            tree["x23"], august, figures, state=State.SUPERSEDED, is_latest=False, is_provisional=False, **who
        ),
        "again": factories.report(
            tree["x23"], august, figures, state=State.SUBMITTED, version=2, reopen_reason=HOSTILE, **who
        ),
        "foreign": factories.report(tree["x21"], august, figures, state=State.SUBMITTED, submitted_by=people["cuc"]),
        "district": factories.report(tree["h1"], august, {targets["I.1"]: (1, 2)}, state=State.SUBMITTED),
        "department": factories.report(tree["s2"], august, {targets["I.1"]: (1, 2)}, state=State.SUBMITTED),
    }
    for report in reports.values():
        report.actuals.update(note=f"Giải trình {HOSTILE}", return_reason=HOSTILE, entered_by=people["an"])
    return reports


def _said_and_attached(made):
    """A word of each kind and a file, all of them hostile, on the reports that were sent."""
    target, an = made.targets["I.1"], made.people["an"]
    for name in ("submitted", "approved", "again"):
        for kind in CommentKind.values:
            Comment.objects.create(
                submission=made.reports[name], target=target, kind=kind, text=HOSTILE, at=factories.AT, by=an
            )
        Evidence.objects.create(
            submission=made.reports[name],
            target=target,
            name=f"{HOSTILE}.pdf",
            content_type="application/pdf",
            size=9,
            sha256="0" * 64,
            file=default_storage.save(files.stored_name("evidence", "a.pdf"), ContentFile(b"%PDF-1.7\n")),
            added_at=factories.AT,
            added_by=an,
        )


def _projects(plan, tree):
    section = ProjectGroup.objects.create(plan=plan, code="I", title=f"Nhóm {HOSTILE}", position=1)
    projects = [
        Project.objects.create(section=section, number=1, name=f"Việc {HOSTILE}", leads_text=HOSTILE, is_ongoing=True),
        Project.objects.create(section=section, number=2, name="Việc hai", due=factories.AT.date(), leads_text=HOSTILE),
    ]
    for project in projects:
        ProjectParty.objects.create(project=project, part=ProjectParty.Part.LEAD, agency=tree["h1"])
    return projects


@pytest.fixture
def as_person(client, province):
    """`as_person("an")` gives a client of its own, logged in as that person; None is somebody who is not."""

    def go(name):
        mine = type(client)(raise_request_exception=False)
        if name is not None:
            mine.force_login(province.people[name])
        return mine

    return go
