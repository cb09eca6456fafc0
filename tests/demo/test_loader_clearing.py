"""The demonstration year goes after people have tried out everything with it, and takes nothing of the province's own along."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.db.models import PROTECT

from agencies.models import User, UserRole
from chuyendoiso import checks
from conclusions import services as conclusions
from conclusions.models import Conclusion, DirectingDocument, DirectingFile
from core import clock
from core.audit.models import AuditEntry
from core.jobs.models import Job
from core.jobs.services import start_job
from data_calls.models import DataCall
from demo.models import DemoYear
from indicators.analysis.quality import services as quality_services
from indicators.calendar import services as calendar_services
from indicators.models import (
    Actual,
    Charge,
    ChargeReminder,
    CommentKind,
    Commitment,
    DenominatorValue,
    EvidenceCheck,
    Extension,
    FollowUp,
    ReportReminder,
    ReturnReason,
    SeenFinding,
    SharedDenominator,
    StandIn,
    State,
    Submission,
    TargetDefinition,
    TargetMetadata,
    WorkbookFile,
)
from indicators.review import comments
from indicators.rules.consistency import Check, TargetRule
from indicators.submissions import attachments, editing, workflow
from indicators.submissions.locks import ReasonForReturn
from indicators.submissions.validation import Figures
from indicators.targets import services
from indicators.targets.commitments.services import assign
from indicators.targets.target_rules.services import store_rule
from plan_workbook.models import PlanFile
from projects import amendments
from projects import services as projects
from projects.amendments import Amendment
from projects.models import Milestone, ProgressUpdate, Project, ProjectDocument, ProjectGroup, ProjectParty
from projects.services import Entry, Mark
from reports.models import FileState, OwnTemplate, PlannedRelease, Report, ReportFile, SavedView, SignedCopy, SignedFile
from tests import factories

SENT_BACK = ReasonForReturn(ReturnReason.EVIDENCE, "Chưa có biên bản.")
PROTECTING = [
    relation
    for relation in User._meta.get_fields(include_hidden=True)
    if relation.auto_created and not relation.concrete and relation.on_delete is PROTECT
]


def pdf(name):
    return SimpleUploadedFile(name, f"%PDF-1.7\n{name}".encode())


def redefine(target, by, threshold):
    target.refresh_from_db()
    target.threshold = Decimal(threshold)
    return services.change_target(target=target, by=by, reason="Thử.", changes={}, milestones=[])


@pytest.fixture
def tried_out(province, published):
    """The province's figures are demonstration figures; focal point, reviewer and standing agency are demonstration accounts
    that have done everything there is to do."""
    tree, plan = province.tree, province.plan
    target = province.targets["I.1"]
    people = ["an", "giang", "khanh"]
    User.objects.filter(username__in=people).update(is_demo=True)
    an, giang, khanh = (User.objects.get(username=name) for name in people)
    at = clock.now()
    DemoYear.objects.create(plan=plan, seed=1, loaded_at=at, clock_at=at, real_at=at)
    clock.reload_anchor()
    section = ProjectGroup.objects.create(plan=plan, code="I", title="Dự án", position=1)
    project = Project.objects.create(section=section, number=1, name="Việc 1", due=plan.last_day)
    ProjectParty.objects.create(project=project, part="lead", agency=tree["x11"])

    report = Submission.objects.get(agency=tree["x11"], period=province.periods[8])
    report = workflow.reopen(submission=report, by=giang, reason="Thử.")
    editing.save_figures(submission=report, figures={target: Figures(Decimal(20), Decimal(100))}, by=an)
    attachments.attach(submission=report, target=target, upload=pdf("so.pdf"), by=an)
    entry = Entry(stage="running", percent=Decimal(45), milestones=(Mark("Khảo sát"),))
    update = projects.save_update(submission=report, project=project, entry=entry, by=an)
    projects.attach(update=update, upload=pdf("du-an.pdf"), by=an)
    report = workflow.submit(submission=report, by=an)
    comments.add_comment(submission=report, target=target, kind=CommentKind.COMMENT, text="Xem lại.", by=giang)
    workflow.return_report(
        submission=report, by=giang, reason="Thử.", cells={target.pk: SENT_BACK}, parts={project.code: SENT_BACK}
    )
    asked = calendar_services.ask_extension(
        agency=tree["x11"], period=province.periods[8], by=an, reason="Bão.", until=dt.date(2023, 8, 25)
    )
    calendar_services.grant_extension(extension=asked, by=giang)
    redefine(target, khanh, 60)
    adults = SharedDenominator.objects.create(code="thu", label="Thử")
    DenominatorValue.objects.create(
        denominator=adults,
        agency=tree["x11"],
        number=1,
        from_period=province.periods[8],
        value=5,
        as_of=at.date(),
        source="Thử",
        stored_at=at,
        stored_by=an,
    )
    StandIn.objects.create(agency=tree["h1"], period=province.periods[8], reason="Thử.", at=at, by=khanh)
    TargetMetadata.objects.create(target=target, limits="Thử.", changed_by=khanh)
    PlannedRelease.objects.create(
        period=province.periods[8], day=dt.date(2023, 8, 30), note="Thử.", changed_at=at, changed_by=khanh
    )
    sample = quality_services.draw_sample(
        plan=plan, sizes={"commune": 2}, first_number=6, last_number=7, reason="Thử.", by=khanh
    )
    sampled = sample.figures.first()
    quality_services.record(figure=sampled, verdict="agrees", value_found="", note="", by=khanh, seen="")
    charge = Charge.objects.create(
        plan=plan, code="VI.2", title="Thử", agency=tree["s1"], sentence="Thử.", legal_ground="QĐ", report_to="Chủ tịch"
    )
    ChargeReminder.objects.create(
        charge=charge, period=province.periods[8], agency=tree["x11"], targets="I.1", at=at, by=khanh
    )
    ReportReminder.objects.create(agency=tree["x11"], period=province.periods[8], day=at.date(), at=at, by=khanh)
    FollowUp.objects.create(
        office=tree["s1"], agency=tree["x11"], period=province.periods[8], target=target, at=at, by=khanh
    )
    SeenFinding.objects.create(
        office=tree["s1"], submission=province.periods[8].submissions.first(), target=target, at=at, by=khanh
    )
    commitment = Commitment.objects.create(plan=plan, number=1, text="Thử", source="II", sentence="Thử.")
    assign(commitment=commitment, leads=["s1"], due=None, ground="Thử.", by=khanh)
    given = conclusions.give(plan=plan, target=target, text="Thử.", agency=tree["x11"], due=at.date(), by=khanh)
    conclusions.answer(conclusion=given, text="Thử.", by=an)
    paper = DirectingDocument.objects.create(
        plan=plan, kind="plan", number="1", symbol="KH", issued_on=at.date(), issuer="Thử", title="Thử", entered_at=at,
        entered_by=khanh,
    )  # fmt: skip
    DirectingFile.objects.create(
        document=paper, name="x.pdf", size=1, sha256="0", file="x.pdf", added_at=at, added_by=khanh
    )
    call = DataCall.objects.create(
        plan=plan, title="Thử", text="Thử.", due=at.date(), state="sent", made_by=khanh, made_at=at
    )
    asked = call.answers.create(agency=tree["x11"], submitted_by=an, edited_by=an, decided_by=khanh)
    asked.reminders.create(day=at.date(), at=at, by=khanh)
    question = call.fields.create(position=1, label="Tệp", kind="file")
    asked.files.create(field=question, name="x.pdf", size=1, sha256="0", file="x.pdf", added_at=at, added_by=an)
    amendment = Amendment(name="Việc thêm", leads=("s1",))
    amendments.add_project(section=section, amendment=amendment, reason="Thử.", by=khanh)
    gone = Project.objects.create(section=section, number=9, name="Việc rút")
    amendments.withdraw_project(project=gone, reason="Thử.", by=khanh)
    start_job(kind="thu", title="Việc thử", by=an)
    WorkbookFile.objects.create(
        owner=an, agency=tree["x11"], period=province.periods[8], uploaded_at=at, file="x.xlsx", file_name="x.xlsx"
    )
    PlanFile.objects.create(owner=khanh, plan=province.plan, uploaded_at=at, file="k.xlsx", file_name="k.xlsx")
    version = published()
    ReportFile.objects.create(
        version=version, file_format="docx", revision=1, state=FileState.WAITING, asked_at=at, asked_by=khanh
    )
    SignedCopy.objects.create(version=version, file="quet.pdf", name="quet.pdf", added_at=at, added_by=khanh)
    SignedFile.objects.create(
        version=version, file="ky.pdf", name="ky.pdf", checksum="0", signatures=[], added_at=at, added_by=khanh
    )
    template = OwnTemplate.objects.create(plan=plan, name="Thử", kind="docx")
    first = template.versions.create(
        number=1, file="m.docx", file_name="m.docx", checksum="0", added_at=at, added_by=an
    )
    first.uses.create(
        version=version, revision=0, file="b.docx", name="b.docx", checksum="0", made_at=at, made_by=khanh
    )
    SavedView.objects.create(user=an, name="Của tôi", address="/muc-tieu/", made_at=at)
    province.an, province.giang, province.khanh, province.target = an, giang, khanh, target
    return province


def clear():
    call_command("clear_demo", "--yes", verbosity=0)
    clock.reload_anchor()
    connection.check_constraints()


def test_whatever_names_an_illustrative_account_is_tried_out_here(tried_out):
    """A new model that holds a person fast is added to the fixture above, and clearing proved with it."""
    untried = [
        f"{relation.related_model.__name__}.{relation.field.name}"
        for relation in PROTECTING
        if not relation.related_model.objects.filter(**{f"{relation.field.name}__is_demo": True}).exists()
    ]
    assert len(PROTECTING) > 15
    assert untried == []


def test_it_goes_as_a_whole(tried_out):
    clear()
    for model in (
        Submission,
        Actual,
        ProgressUpdate,
        Milestone,
        ProjectDocument,
        Extension,
        StandIn,
        TargetMetadata,
        PlannedRelease,
        FollowUp,
        SeenFinding,
        ReportReminder,
        EvidenceCheck,
        DenominatorValue,
        WorkbookFile,
        PlanFile,
        Job,
        Report,
        SavedView,
        ChargeReminder,
        Conclusion,
    ):
        assert not model.objects.exists(), model
    assert not ProgressUpdate.history.exists() and not Milestone.history.exists() and not Actual.history.exists()
    assert not TargetDefinition.objects.exists()
    # The plan's own list, charges and commitments are as before.
    assert list(Project.objects.values_list("name", "withdrawn_on")) == [("Việc 1", None), ("Việc rút", None)]
    assert Charge.objects.count() == 1 and Commitment.objects.unassigned().count() == 1
    assert set(User.objects.values_list("username", flat=True)) == {"lam", "quan", "binh", "cuc", "dung"}
    assert checks.demo_data() == []
    tried_out.target.refresh_from_db()
    assert (tried_out.target.threshold, tried_out.target.definition_number) == (80, 1)
    assert AuditEntry.objects.get(act="xóa số liệu minh họa").detail["targets"] == ["I.1"]


@pytest.mark.parametrize(("name", "stays"), [("khanh", False), ("quan", True)])
def test_rules_between_targets_that_were_tried_out_go(tried_out, name, stays):
    plan, person = tried_out.target.plan, getattr(tried_out, name, None) or tried_out.people[name]
    rule = TargetRule(Check.COMMUNES, ("I.1",), "mẫu số là số xã")
    store_rule(plan=plan, rule=rule, reason="Thử", by=person)
    clear()
    plan.refresh_from_db()
    assert bool(plan.target_rules) is stays


def test_what_a_real_person_decided_stays(tried_out):
    real = tried_out.people["quan"]
    redefine(tried_out.targets["I.2"], real, 55)
    redefine(tried_out.target, real, 70)
    redefine(tried_out.targets["III.1"], real, 35)
    redefine(tried_out.targets["III.1"], tried_out.khanh, 40)
    start_job(kind="thu", title="Việc thật", by=real)
    clear()
    found = {
        code: (
            target.threshold,
            target.definition_number,
            [one.number for one in target.definitions.order_by("number")],
        )
        for code, target in tried_out.targets.items()
        if target.refresh_from_db() is None
    }
    assert found == {
        "I.1": (70, 3, [1, 3]),
        "I.2": (55, 2, [1, 2]),
        "II.1": (None, 1, []),
        "III.1": (35, 2, [1, 2]),
    }
    assert Job.objects.get().title == "Việc thật"


def test_an_account_that_a_real_year_names_stays_closed(tried_out):
    plan = factories.make_plan(2024)
    target = factories.target(plan, "I.1", [tried_out.tree["x11"]])
    factories.report(
        tried_out.tree["x11"],
        factories.period(plan, 3),
        {target: (30, 100)},
        state=State.APPROVED,
        reviewed_by=tried_out.giang,
        reviewed_at=factories.AT,
    )
    clear()
    assert Submission.objects.get().reviewed_by_id == tried_out.giang.pk
    kept = User.objects.get(pk=tried_out.giang.pk)
    assert (kept.is_demo, kept.is_active, kept.has_usable_password()) == (False, False, False)
    assert not UserRole.objects.filter(user=kept).exists()
    assert not User.objects.filter(username__in=["an", "khanh"]).exists()
    assert checks.demo_data() == []
