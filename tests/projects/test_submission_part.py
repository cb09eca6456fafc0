"""An operator's load of figures onto a report that holds more than figures: projects and files stay with it, and nothing
that the agency has not submitted is submitted along."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from indicators.models import State, Submission
from indicators.submissions import attachments, editing, validation, workflow
from projects import services
from projects.schedule_rules import Lateness
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
    figures = {target: validation.Figures(Decimal(30), Decimal(100)) for target in world.targets[:2]}
    editing.save_figures(submission=world.report, figures=figures, by=world.an)
    world.evidence = attachments.attach(
        submission=world.report, target=world.targets[0], upload=pdf("so.pdf", b"1"), by=world.an
    )
    world.update = world.save(WHOLE, report=world.report)
    world.document = services.attach(update=world.update, upload=pdf("du-an.pdf", b"2"), step="Đấu thầu", by=world.an)
    return world


@pytest.fixture
def approved(draft):
    workflow.submit(submission=draft.report, by=draft.an)
    workflow.approve(submission=draft.report, by=draft.so)
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


class TestNothingIsSentAlong:
    """The file holds all figures of the report; the agency's words on its projects are not in any file."""

    ALL = "I.1,30", "I.2,30"

    @pytest.mark.parametrize("state", ["submitted", "approved"])
    def test_projects_that_the_agency_has_not_sent(self, draft, load, state):
        draft.save(project=draft.group, report=draft.report)
        with pytest.raises(CommandError) as refused:
            load(*self.ALL, state=state)
        assert str(refused.value).splitlines()[1] == (
            "Dòng 2, cột agency: Phiếu 08-s1-01 còn nội dung ngoài số liệu (DA I.1, DA I.2) mà đơn vị chưa nộp: đề nghị "
            "đơn vị nộp phiếu trước, hoặc nạp với --state draft."
        )
        draft.report.refresh_from_db()
        assert (draft.report.state, draft.report.is_official) == (State.DRAFT, False)
        load("I.1,31", "I.2,30", state="draft")
        assert draft.report.actuals.get(target__code="I.1").numerator == 31

    def test_projects_that_were_sent_back(self, draft, load):
        workflow.submit(submission=draft.report, by=draft.an)
        workflow.return_report(submission=draft.report, by=draft.so, reason="Sửa.")
        with pytest.raises(CommandError, match=r"\(DA I.1\) mà đơn vị chưa nộp"):
            load("I.1,31", "I.2,30")

    def test_projects_that_wait_for_review(self, draft, load):
        workflow.submit(submission=draft.report, by=draft.an)
        with pytest.raises(CommandError) as refused:
            load(*self.ALL, state="approved")
        assert (
            "còn nội dung ngoài số liệu (DA I.1) đang chờ duyệt: duyệt phiếu trước, hoặc nạp với --state submitted."
        ) in str(refused.value)
        load("I.1,31", "I.2,30", state="submitted")

    def test_both_are_said(self, draft, load):
        with pytest.raises(CommandError) as refused:
            load("I.1,30")
        assert "còn số ngoài tệp (I.2)" in str(refused.value)
        assert "còn nội dung ngoài số liệu (DA I.1)" in str(refused.value)

    def test_a_reopened_report_whose_projects_nobody_touched_goes_on(self, approved, load):
        newer = workflow.reopen(submission=approved.report, by=approved.so, reason="Bổ sung.")
        load("I.3,7", state="approved")
        newer.refresh_from_db()
        assert newer.is_official

    @pytest.mark.parametrize("change", ["entry", "milestone", "document", "new project"])
    def test_a_reopened_report_with_a_project_changed_does_not(self, approved, load, change):
        newer = workflow.reopen(submission=approved.report, by=approved.so, reason="Bổ sung.")
        update = newer.project_updates.get()
        seen = Entry.stored(update).fingerprint()
        if change == "document":
            services.detach(document=update.documents.get(), by=approved.an)
        elif change == "new project":
            approved.save(project=approved.group, report=newer)
        else:
            marks = WHOLE.milestones[:1] if change == "milestone" else WHOLE.milestones
            approved.save(
                WHOLE._replace(percent=Decimal(50 if change == "entry" else 45), milestones=marks),
                report=newer,
                seen=seen,
            )
        label = "DA I.2" if change == "new project" else "DA I.1"
        with pytest.raises(CommandError, match=rf"\({label}\) mà đơn vị chưa nộp"):
            load("I.3,7", state="approved")

    def test_sent_once_more_a_new_version_is_approved_with_what_it_took_over(self, approved, load):
        load("I.1,31", restate="Nhầm tử số")
        load("I.1,31", state="approved", restate="Nhầm tử số")
        assert Submission.objects.get(is_official=True).version == 2
