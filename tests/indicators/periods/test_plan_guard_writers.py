"""A closed plan refuses every way of writing, with words for the person, and stays as it is."""

import csv
import datetime as dt
from decimal import Decimal
from io import StringIO

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.forms.models import model_to_dict

from agencies.roles import Role
from indicators.analysis.quality import services as quality
from indicators.bulk_import import services as bulk_import
from indicators.calendar import services as calendar
from indicators.errors import ActionNotAllowed
from indicators.models import (
    Basis,
    Charge,
    ChargeTarget,
    Commitment,
    DenominatorUse,
    EvidenceCheck,
    Exemption,
    Extension,
    Plan,
    PlanState,
    SampledFigure,
    SharedDenominator,
    State,
    Submission,
    Target,
    TargetDefinition,
)
from indicators.review import comments, stand_in
from indicators.submissions import attachments, editing, workflow
from indicators.submissions.validation import Figures
from indicators.targets import denominators, metadata, results_ranking
from indicators.targets import services as targets
from indicators.targets.charges import services as charges
from indicators.targets.commitments import services as commitments
from indicators.targets.target_rules import services as target_rules
from indicators.workbooks import imports
from indicators.workbooks.sandbox import Unreadable
from plan_workbook.services import load as load_workbook
from plan_workbook.sources import Source
from projects import amendments
from projects import services as projects
from projects.models import ProgressUpdate, Project, ProjectGroup, ProjectParty
from reports.documents import services as reports
from reports.documents.releases import services as releases
from reports.models import Letterhead, Report, ReportVersion
from tests import factories

CLOSED = "đã khóa nên không ghi gì nữa"
PDF = SimpleUploadedFile("a.pdf", b"%PDF-1.4 1")
# Tables whose rows belong to no plan, or are derived.
NOT_OF_A_PLAN = {"core", "agencies", "demo", "sessions", "admin", "auth", "contenttypes", "axes"}


@pytest.fixture
def closed(office, moment):
    """The office with a row of everything that a plan can hold, closed."""
    plan, tree, people = office.plan, office.tree, office.people
    an, dung, khanh = people["an"], people["dung"], people["khanh"]
    factories.person("quan", tree["s1"], Role.ADMIN, is_staff=True, is_superuser=True)
    office.lead = factories.person("nga", tree["s1"], Role.LEAD, Role.FOCAL)
    indicator = office.targets["I.1"].indicator
    indicator.parties.create(part="lead", agency=tree["s1"])
    office.assignment = office.targets["I.1"].assignments.get(agency=tree["x11"])
    other = office.targets["I.2"].assignments.get(agency=tree["x11"])
    office.exemption = Exemption.objects.create(assignment=other, first_day=dt.date(2023, 9, 1), reason="thử")
    office.group = ProjectGroup.objects.create(plan=plan, code="I", title="Dự án", position=1)
    office.project = Project.objects.create(section=office.group, number=1, name="Nền tảng số")
    ProjectParty.objects.create(project=office.project, part="lead", agency=tree["x11"])
    office.draft = factories.report(
        tree["x11"], office.august, {office.targets["I.1"]: (70, 100)}, state=State.DRAFT, is_provisional=False
    )
    office.sent = factories.report(
        tree["x12"], office.august, {office.targets["I.1"]: (7, 10)}, state=State.SUBMITTED, submitted_by=khanh
    )
    office.july_report = Submission.objects.get(agency=tree["x11"], period=office.july)
    office.update = ProgressUpdate.objects.create(
        submission=office.draft, project=office.project, stage="preparing", percent=10, entered_at=factories.AT
    )
    office.asked = Extension.objects.create(
        agency=tree["x11"],
        period=office.august,
        reason="thử",
        wanted_until=dt.date(2023, 8, 25),
        asked_at=factories.AT,
        asked_by=an,
    )
    office.given = Extension.objects.create(
        agency=tree["x21"],
        period=office.august,
        reason="thử",
        wanted_until=dt.date(2023, 8, 25),
        until=dt.date(2023, 8, 25),
        state=Extension.State.GRANTED,
        asked_at=factories.AT,
        decided_at=factories.AT,
        decided_by=khanh,
    )
    office.charge = Charge.objects.create(
        plan=plan, code="VI.1", title="Theo dõi", agency=tree["s1"], sentence="…", legal_ground="…", report_to="…"
    )
    ChargeTarget.objects.create(charge=office.charge, target=office.targets["I.1"])
    office.commitment = Commitment.objects.create(plan=plan, number=1, text="…", source="…", sentence="…")
    office.denominator = SharedDenominator.objects.create(code="dan", label="Dân số")
    DenominatorUse.objects.create(target=office.targets["I.1"], denominator=office.denominator)
    office.check = EvidenceCheck.objects.create(
        plan=plan, number=1, seed="1", first_number=7, last_number=7, reason="thử", drawn_at=factories.AT
    )
    office.sampled = SampledFigure.objects.create(
        check_of=office.check, number=1, level="commune", actual=office.july_report.actuals.first()
    )
    office.letterhead = Letterhead.objects.create(
        plan=plan, name="Mẫu", issuer="Sở", symbol="BC", place="Hải Dương", is_default=True
    )
    office.report = Report.objects.create(
        plan=plan,
        kind="tien-do",
        span="2023-07",
        subject="tinh",
        basis="official",
        title="Báo cáo",
        last_day=dt.date(2023, 7, 14),
    )
    office.version = ReportVersion.objects.create(
        report=office.report, number=1, snapshot={}, ledger={}, letterhead=office.letterhead, made_at=factories.AT
    )
    Plan.objects.filter(pk=plan.pk).update(state=PlanState.CLOSED)
    # As a page reads them: none of the objects knows the plan before it was closed.
    for name, thing in vars(office).items():
        if hasattr(thing, "pk"):
            setattr(office, name, type(thing).objects.get(pk=thing.pk))
    office.targets = {target.code: target for target in Target.objects.all()}
    office.khanh, office.an, office.dung = khanh, an, dung
    office.x11, office.x12, office.h1 = tree["x11"], tree["x12"], tree["h1"]
    return office


def rows_of_plans():
    """Every row of every table of a plan, history included."""
    stored = {}
    for model in apps.get_models():
        if model._meta.app_label not in NOT_OF_A_PLAN and model.__name__ not in {"Job", "AuditEntry"}:
            stored[model._meta.label] = sorted(map(repr, model.objects.values_list()))
    return stored


AMENDED = amendments.Amendment(name="Nền tảng khác", leads=("s1",))
MARK = projects.Entry(stage="running", percent=20)
FIGURES = Figures(Decimal(1), Decimal(2), None, False, "")
DAYS = {"from_day": dt.date(2023, 9, 1)}
UNTIL = {"reason": "thử", "until": dt.date(2023, 8, 24)}


def reported(o):
    return bulk_import.Reported(2, o.x11, o.august, o.targets["I.2"], FIGURES)


# A way of writing -> what a service is called with, by an account that may do it.
WRITERS = {
    "open_report": lambda o: editing.open_report(agency=o.tree["x21"], period=o.august, by=o.people["cuc"]),
    "save_figures": lambda o: editing.save_figures(submission=o.draft, figures={o.targets["I.1"]: FIGURES}, by=o.an),
    "submit": lambda o: workflow.submit(submission=o.draft, by=o.an),
    "withdraw": lambda o: workflow.withdraw(submission=o.sent, by=factories.person("x12", o.x12, Role.FOCAL)),
    "approve": lambda o: workflow.approve(submission=o.sent, by=o.dung),
    "return": lambda o: workflow.return_report(submission=o.sent, by=o.dung, reason="thử"),
    "reopen": lambda o: workflow.reopen(submission=o.july_report, by=o.dung, reason="thử"),
    "attach": lambda o: attachments.attach(submission=o.draft, target=o.targets["I.1"], upload=PDF, by=o.an),
    "comment": lambda o: comments.add_comment(
        submission=o.sent, target=o.targets["I.1"], kind=comments.CommentKind.COMMENT, text="thử", by=o.dung
    ),
    "stand_in": lambda o: stand_in.begin(district=o.h1, period=o.august, reason="thử", by=o.khanh),
    "bulk_import": lambda o: bulk_import.load_figures(rows=[reported(o)], state=State.DRAFT),
    "workbook": lambda o: imports.confirm(taken=workbook_of(o), by=o.an, seen=""),
    "ask_extension": lambda o: calendar.ask_extension(agency=o.x11, period=o.august, by=o.an, **UNTIL),
    "withdraw_extension": lambda o: calendar.withdraw_extension(extension=o.asked, by=o.an),
    "grant_extension": lambda o: calendar.grant_extension(extension=o.asked, by=o.dung),
    "refuse_extension": lambda o: calendar.refuse_extension(extension=o.asked, by=o.dung, answer="thử"),
    "give_extension": lambda o: calendar.give_extension(agency=o.x12, period=o.august, by=o.dung, **UNTIL),
    "open_catch_up": lambda o: calendar.open_catch_up(period=o.july, by=o.khanh, **UNTIL),
    "end_extension": lambda o: calendar.end_extension(extension=o.given, by=o.khanh, reason="thử"),
    "calendar": lambda o: calendar.change_calendar(plan=o.plan, days={}, by=o.khanh, reason="thử"),
    "exempt": lambda o: targets.exempt(assignment=o.assignment, by=o.khanh, reason="thử", **DAYS),
    "end_exemption": lambda o: targets.end_exemption(exemption=o.exemption, by=o.khanh, to_day=None),
    "change_target": lambda o: targets.change_target(target=o.targets["I.1"], by=o.khanh, reason="thử", changes={}),
    "correct_indicator": lambda o: targets.correct_indicator(
        indicator=o.targets["I.1"].indicator, text="khác", reason="thử", by=o.khanh
    ),
    "restore_definition": lambda o: targets.restore_definition(
        target=o.targets["I.1"],
        definition=TargetDefinition(number=1, content=o.targets["I.1"].definition),
        reason="thử",
    ),
    "change_assignment": lambda o: targets.change_assignment(assignment=o.assignment, by=o.khanh, reason="thử"),
    "assign": lambda o: targets.assign(targets.pairs_from_groups(o.plan), by=None, reason="thử"),
    "create_periods": lambda o: calendar.create_periods(o.plan),
    "load_workbook": lambda o: load_workbook(Source({}, ()), plan=o.plan, by=o.khanh),
    "describe": lambda o: metadata.describe(
        target=o.targets["I.1"], typed=dict.fromkeys(metadata.FIELDS, "x"), reason="thử", by=o.khanh, revision=0
    ),
    "ranking": lambda o: results_ranking.set_ranking(
        plan=o.plan, published=True, bands=[], weights={}, reason="thử", by=o.khanh
    ),
    "withdraw_rule": lambda o: target_rules.withdraw_rule(plan=o.plan, number=1, reason="thử", by=o.khanh),
    "denominator": lambda o: denominators.store(
        agency=o.x11,
        denominator=o.denominator,
        from_period=o.july,
        value=Decimal(100),
        as_of=dt.date(2023, 7, 1),
        source="thử",
        by=o.khanh,
    ),
    "remind": lambda o: charges.remind(
        charge=o.charge, period=o.july, basis=Basis.OFFICIAL, agencies=[o.x11.pk], by=o.khanh
    ),
    "commitment": lambda o: commitments.assign(
        commitment=o.commitment, leads=["s1"], due=None, ground="thử", by=o.khanh
    ),
    "draw_sample": lambda o: quality.draw_sample(
        plan=o.plan, sizes={"commune": 1}, first_number=7, last_number=7, reason="thử", by=o.khanh
    ),
    "record_finding": lambda o: quality.record(
        figure=o.sampled, verdict="agrees", value_found="", note="", by=o.khanh, seen=""
    ),
    "progress": lambda o: projects.save_update(submission=o.draft, project=o.project, entry=MARK, by=o.an),
    "document": lambda o: projects.attach(update=o.update, upload=PDF, by=o.an),
    "add_project": lambda o: amendments.add_project(section=o.group, amendment=AMENDED, reason="thử", by=o.khanh),
    "correct_project": lambda o: amendments.correct_project(
        project=o.project, amendment=AMENDED, reason="thử", by=o.khanh, seen=0
    ),
    "withdraw_project": lambda o: amendments.withdraw_project(project=o.project, reason="thử", by=o.khanh),
    "put_back": lambda o: amendments.put_back(project=o.project, reason="thử", by=o.khanh),
    "correct_report": lambda o: reports.correct(report=o.report, reason="thử", by=o.khanh),
    "edit_report": lambda o: reports.edit(version=o.version, revision=0, typed={}, by=o.khanh),
    "discard_report": lambda o: reports.discard(version=o.version, revision=0, by=o.khanh),
    "publish_report": lambda o: reports.publish(
        version=o.version, revision=0, base_url="", by=o.khanh, acknowledged=()
    ),
    "scan": lambda o: reports.attach_scan(version=o.version, upload=PDF, by=o.khanh),
    "releases": lambda o: releases.change_releases(
        plan=o.plan, release_days=5, typed={}, seen="", reason="thử", by=o.khanh
    ),
}


def workbook_of(o):
    """A file that was sent before the plan was closed."""
    from indicators.models import WorkbookFile

    return WorkbookFile.objects.create(
        owner=o.an,
        agency=o.x11,
        period=o.august,
        scope="own",
        uploaded_at=factories.AT,
        file="a.xlsx",
        file_name="a.xlsx",
        sha256="0" * 64,
        state="read",
    )


@pytest.mark.parametrize("write", WRITERS)
def test_no_service_writes_in_a_closed_plan(closed, write):
    if write in ("withdraw", "workbook"):
        # An account or a file that is made for the try alone.
        before = None
    else:
        before = rows_of_plans()
    with pytest.raises(ActionNotAllowed, match=CLOSED):
        WRITERS[write](closed)
    assert before is None or rows_of_plans() == before


def test_a_file_is_not_even_taken_in(closed):
    with pytest.raises(Unreadable, match=CLOSED):
        imports.take_in(upload=PDF, by=closed.an, period=closed.august, scope="own")


def test_forms_and_autosave_refuse_and_say_why(closed, as_person):
    client, before = as_person("an"), rows_of_plans()
    page = client.get("/nhap-so-lieu/2023-08/")
    assert CLOSED in page.content.decode()
    data = {"who": str(closed.an.pk), "numerator-I.1": "80", "denominator-I.1": "100", "seen-I.1": ""}
    answer = client.post("/nhap-so-lieu/2023-08/o/", data)
    assert answer.status_code == 409 and CLOSED in answer.json()["locked"]
    for address in ("/nhap-so-lieu/2023-08/", "/nhap-so-lieu/2023-08/gui/"):
        assert CLOSED in client.post(address, data).content.decode()
    dung = as_person("dung")
    for viec in ("approve", "return"):
        assert dung.post(f"/duyet/{closed.sent.pk}/", {"action": viec, "reason": "thử"}).status_code < 500
    khanh = as_person("khanh")
    assert khanh.post("/muc-tieu/I.1/dinh-nghia/", {"threshold": "70", "reason": "thử"}).status_code < 500
    assert rows_of_plans() == before


@pytest.mark.parametrize(
    "thing", ["plan", "august", "charge", "commitment", "assignment", "exemption", "project", "letterhead"]
)
def test_the_administration_shows_a_closed_plan_read_only(closed, client, thing):
    from agencies.models import User

    row = getattr(closed, thing)
    client.force_login(User.objects.get(username="quan"))
    url = f"/quan-tri/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
    before = rows_of_plans()
    page = client.get(url)
    assert page.status_code == 200 and CLOSED in page.content.decode()
    assert 'name="_save"' not in page.content.decode()
    posted = {key: "" if value is None else value for key, value in model_to_dict(row).items() if key != "targets"}
    assert client.post(url, posted | {"reason": "thử"}).status_code == 403
    assert rows_of_plans() == before


def test_the_administration_adds_nothing_to_a_closed_plan(closed, client):
    from agencies.models import User

    client.force_login(User.objects.get(username="quan"))
    before = rows_of_plans()
    for url, typed in {
        "/quan-tri/projects/milestonetemplate/add/": {"plan": closed.plan.pk, "position": 9, "name": "Bước"},
        "/quan-tri/indicators/commitment/add/": {
            "plan": closed.plan.pk,
            "number": 9,
            "text": "a",
            "source": "b",
            "sentence": "c",
        },
        "/quan-tri/indicators/assignment/add/": {
            "target": closed.targets["I.1"].pk,
            "agency": closed.tree["s1"].pk,
            "reason": "thử",
        },
    }.items():
        answer = client.post(url, typed)
        assert answer.status_code == 200 and CLOSED in answer.content.decode()
    assert rows_of_plans() == before


def test_commands_refuse(closed, tmp_path):
    rows = [
        ["period", "agency", "target", "numerator", "denominator", "value", "note"],
        ["2023-08", "x11", "I.1", 1, 2, "", ""],
    ]
    text = StringIO()
    csv.writer(text).writerows(rows)
    file = tmp_path / "a.csv"
    file.write_text(text.getvalue())
    before = rows_of_plans()
    with pytest.raises(CommandError, match=CLOSED):
        call_command("import_actuals", str(file))
    with pytest.raises(CommandError, match=CLOSED):
        call_command("load_plan", "2023")
    assert rows_of_plans() == before


def test_a_closed_plan_stays_to_be_read(closed, as_person):
    khanh = as_person("khanh")
    for address in (
        "/tong-quan/",
        "/muc-tieu/I.1/",
        "/ma-tran/",
        "/du-an/",
        "/ky-bao-cao/",
        f"/duyet/{closed.sent.pk}/",
    ):
        assert khanh.get(address).status_code == 200, address


def test_the_same_is_written_once_the_plan_is_open_again(closed):
    """Three of the calls above, which fail for the plan's state alone."""
    Plan.objects.filter(pk=closed.plan.pk).update(state=PlanState.RUNNING)
    for name in ("approve", "save_figures", "exempt"):
        WRITERS[name](closed)
    assert Submission.objects.get(pk=closed.sent.pk).state == State.APPROVED
