"""An operator's load of figures onto a report that holds more than figures: projects and files stay with it, and nothing that
the agency has not sent is sent along."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from indicators import services as reports
from indicators.models import State, Submission
from projects import services
from projects.lateness import Lateness
from projects.services import Entry, Mark
from tests import factories
from tests.projects.conftest import RUNNING

pytestmark = pytest.mark.django_db

WHOLE = RUNNING._replace(milestones=(Mark("Khảo sát", owner="Phòng A"), Mark("Đấu thầu")))


def pdf(name, text):
    return SimpleUploadedFile(name, b"%PDF-1.7\n" + text)


@pytest.fixture
def draft(world):
    """s1's report of August, not sent: figures of I.1 and I.2, a file behind I.1, project I.1 with a file of its own."""
    world.targets = [factories.target(world.plan, code, [world.tree["s1"]]) for code in ("I.1", "I.2", "I.3")]
    world.report = world.open()
    figures = {target: reports.Figures(Decimal(30), Decimal(100)) for target in world.targets[:2]}
    reports.save_figures(submission=world.report, figures=figures, by=world.an)
    world.evidence = reports.attach(
        submission=world.report, target=world.targets[0], upload=pdf("so.pdf", b"1"), by=world.an
    )
    world.update = world.save(WHOLE, report=world.report)
    world.document = services.attach(update=world.update, upload=pdf("du-an.pdf", b"2"), step="Đấu thầu", by=world.an)
    return world


@pytest.fixture
def approved(draft):
    reports.submit(submission=draft.report, by=draft.an)
    reports.approve(submission=draft.report, by=draft.so)
    return draft


@pytest.fixture
def load(tmp_path):
    """`load("I.1,31", …, option=…)` loads numerators of s1's August, each of 100."""

    def load(*rows, **options):
        file = tmp_path / "so-lieu.csv"
        lines = [f"2023-08,s1,{row},100,," for row in rows]
        file.write_text("\n".join(["period,agency,target,numerator,denominator,value,note", *lines]) + "\n")
        call_command("import_actuals", str(file), **options)

    return load


@pytest.mark.parametrize("state", [State.DRAFT, State.SUBMITTED, State.APPROVED])
@pytest.mark.parametrize(
    ("row", "options", "figures"),
    [
        ("I.1,31", {"restate": "Nhầm tử số"}, {"I.1": 31, "I.2": 30}),
        ("I.3,7", {}, {"I.1": 30, "I.2": 30, "I.3": 7}),
    ],
    ids=["another figure", "a target that had none"],
)
def test_the_new_version_holds_all_that_the_old_one_held(approved, load, state, row, options, figures):
    load(row, state=str(state), **options)
    newer = Submission.objects.get(version=2)
    assert (newer.state, newer.is_official) == (state, state == State.APPROVED)
    assert {actual.target.code: actual.numerator for actual in newer.actuals.all()} == figures
    update = newer.project_updates.get()
    assert Entry.stored(update) == WHOLE
    assert (update.entered_by, update.entered_at) == (approved.an, approved.update.entered_at)
    document, kept = update.documents.get(), newer.evidence.get()
    assert (document.step, document.file.name) == ("Đấu thầu", approved.document.file.name)
    assert (kept.target, kept.file.name) == (approved.targets[0], approved.evidence.file.name)
    # The old version keeps its own.
    assert Entry.stored(approved.report.project_updates.get()) == WHOLE
    assert approved.report.evidence.count() == 1


def test_the_project_goes_on_where_it_stood(approved, load):
    load("I.1,31", state="approved", restate="Nhầm tử số")
    standing = approved.standing()
    assert standing.lateness == Lateness.ON_SCHEDULE
    assert standing.leads[0].update.percent == 45
