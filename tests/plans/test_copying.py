"""A plan of 2023 copied to 2024, row by row; every number can be counted here."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from agencies.models import Succession
from agencies.roles import Role
from core.audit.models import AuditEntry
from core.clock import VIETNAM
from indicators.audit_acts import TargetAct
from indicators.errors import ActionNotAllowed
from indicators.models import (
    Assignment,
    CarriedBaseline,
    Charge,
    ChargeTarget,
    Commitment,
    CommitmentParty,
    DenominatorUse,
    Exemption,
    GradeBand,
    IndicatorParty,
    Kind,
    Plan,
    PlanState,
    ReportingPeriod,
    ResultWeight,
    Rollup,
    SharedDenominator,
    Target,
    TargetMetadata,
    TargetMilestone,
    Timing,
)
from indicators.rollups import engine
from indicators.targets.baselines import restated
from plans import queries
from plans.copying import copy_plan
from plans.outline import outline
from plans.services import remove_draft, take_step
from projects.models import MilestoneTemplate, ProgressUpdate, Project, ProjectGroup, ProjectLink, ProjectParty
from reports.models import Letterhead, Signer
from tests import factories, worlds
from tests.page import fields, words

NEW_YEAR = dt.datetime(2023, 12, 18, 9, tzinfo=VIETNAM)


@pytest.fixture
def moment():
    import time_machine

    with time_machine.travel(NEW_YEAR, tick=False) as traveller:
        yield traveller


@worlds.shared(at=NEW_YEAR, uses=["moment"])
def year():
    """December 2023: x12 ended on 30 June and was merged into x11; s2 handed over to s1.

    | target | reporters | December |
    |---|---|---|
    | I.1 stock, at least 80% | x11 x12 x21 x22 | 90/100 of x11 and 30/100 of x21: 120/200 = 60%, 2 of 3 |
    | I.2 count that flows | x11 | 7 |
    | II.1 stock, at least 50% | s1 s2 | 40/50 of s1: 80%, 1 of 1 |
    """
    tree = factories.make_tree(departments=2, districts=2, communes=2)
    plan = factories.make_plan(
        title="Kế hoạch chuyển đổi số năm 2023",
        number="08/KH-UBND",
        issued_on=dt.date(2023, 1, 10),
        stand_in_days=4,
        target_rules=[{"kind": "at_most", "left": "I.1", "right": "II.1"}],
    )
    # Communes two days, the province three days after the window's end; April was moved by hand.
    plan.periods.update(commune_due_on=None)
    for period in plan.periods.all():
        period.commune_due_on = period.window_last + dt.timedelta(days=2)
        period.save()
    plan.periods.filter(number=4).update(due_on=dt.date(2023, 4, 20))
    one = factories.target(
        plan,
        "I.1",
        [tree[code] for code in ("x11", "x12", "x21", "x22")],
        timing=Timing.STOCK,
        due=dt.date(2023, 12, 31),
    )
    count = factories.target(plan, "I.2", [tree["x11"]], kind=Kind.COUNT, unit="hồ sơ", threshold=None)
    two = factories.target(plan, "II.1", [tree["s1"], tree["s2"]], timing=Timing.STOCK, threshold=50)
    for code, heir in (("x12", "x11"), ("s2", "s1")):
        tree[code].last_day = dt.date(2023, 6, 30)
        tree[code].save()
        Succession.objects.create(before=tree[code], after=tree[heir], first_day=dt.date(2023, 7, 1), way="merged")
    for position, code in enumerate(("s1", "s2")):
        IndicatorParty.objects.create(indicator=one.indicator, part="lead", agency=tree[code], position=position)
    TargetMilestone.objects.create(target=one, day=dt.date(2023, 6, 30), value=40)
    TargetMetadata.objects.create(target=one, source_system="Cổng dịch vụ công")
    ResultWeight.objects.create(target=one, weight=3)
    denominator = SharedDenominator.objects.create(code="dan", label="Dân số")
    DenominatorUse.objects.create(target=one, denominator=denominator)
    GradeBand.objects.create(plan=plan, floor=80, label="Tốt")
    MilestoneTemplate.objects.create(plan=plan, position=1, name="Thẩm định")
    letterhead = Letterhead.objects.create(plan=plan, name="Mẫu", issuer="Sở", symbol="BC", place="Hải Dương")
    Signer.objects.create(letterhead=letterhead, powers="GIÁM ĐỐC", name="Nguyễn Văn A")
    running = Assignment.objects.get(target=one, agency=tree["x22"])
    Exemption.objects.create(assignment=running, first_day=dt.date(2023, 9, 1), reason="Chưa có hệ thống")
    over = Assignment.objects.get(target=one, agency=tree["x21"])
    Exemption.objects.create(
        assignment=over, first_day=dt.date(2023, 2, 1), last_day=dt.date(2023, 3, 1), reason="Sự cố"
    )
    charge = Charge.objects.create(
        plan=plan, code="VI.2", title="Đôn đốc", agency=tree["s2"], sentence="…", legal_ground="…", report_to="…"
    )
    ChargeTarget.objects.create(charge=charge, target=one, part="Phần 1")
    commitment = Commitment.objects.create(
        plan=plan, number=1, text="Dán nhãn", source="II.2", sentence="…", due=dt.date(2023, 6, 30)
    )
    CommitmentParty.objects.create(commitment=commitment, part="lead", agency=tree["s1"])
    group = ProjectGroup.objects.create(plan=plan, code="III", title="Chính quyền số", position=1)
    names = {1: "Nền tảng đang làm", 2: "Hệ thống đã xong", 3: "Việc thường xuyên", 4: "Dự án đã rút"}
    projects = {n: Project.objects.create(section=group, number=n, name=name) for n, name in names.items()}
    Project.objects.filter(number=3).update(is_ongoing=True)
    Project.objects.filter(number=4).update(withdrawn_on=dt.date(2023, 5, 1), withdrawn_reason="Trùng")
    ProjectParty.objects.create(project=projects[1], part="lead", agency=tree["s2"])
    ProjectLink.objects.create(project=projects[1], target=one)
    projects[1].charges.add(charge)
    december = factories.period(plan, 12)
    factories.report(tree["x11"], december, {one: (90, 100), count: 7})
    factories.report(tree["x21"], december, {one: (30, 100)})
    sent = factories.report(tree["s1"], december, {two: (40, 50)})
    for number, stage in ((1, "running"), (2, "done")):
        ProgressUpdate.objects.create(
            submission=sent,
            project=projects[number],
            stage=stage,
            entered_at=factories.AT,
            actual_finish=dt.date(2023, 11, 1) if stage == "done" else None,
            percent=100 if stage == "done" else 40,
        )
    engine.rebuild(plan)
    keeper = factories.person("khanh", tree["s1"], Role.STANDING)
    return {"tree": tree, "plan": plan, "one": one, "keeper": keeper, "december": december}


@pytest.fixture
def copied(year):
    return copy_plan(plan=year["plan"], year=2024, code="2024", by=year["keeper"])


def test_the_plan_itself(year, copied):
    assert (copied.state, copied.code, copied.year, copied.copied_from) == (PlanState.DRAFT, "2024", 2024, year["plan"])
    assert copied.title == "Kế hoạch chuyển đổi số năm 2024"
    assert (copied.number, copied.issued_on) == ("", None)
    assert (copied.first_day, copied.last_day) == (dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    assert copied.stand_in_days == 4 and copied.target_rules == year["plan"].target_rules
    line = AuditEntry.objects.get(act="sao chép kế hoạch")
    assert line.actor == year["keeper"]
    assert (line.detail["targets"], line.detail["projects"]) == (3, 2)
    assert line.detail["moved"] == {"s2": ["s1"], "x12": ["x11"]}


def test_targets_with_what_describes_them(copied):
    one = copied.targets.get(code="I.1")
    assert (one.due, one.definition_number, one.indicator.pillar.plan) == (dt.date(2024, 12, 31), 1, copied)
    assert [(m.day, m.value) for m in one.milestones.all()] == [(dt.date(2024, 6, 30), 40)]
    assert one.metadata.source_system == "Cổng dịch vụ công"
    assert one.result_weight.weight == 3 and one.denominator_use.denominator.code == "dan"
    # s2 handed over to s1, which leads already: once.
    assert [party.agency.code for party in one.indicator.parties.all()] == ["s1"]
    assert one.history.get().history_change_reason == "sao chép từ kế hoạch trước"


def test_who_reports_follows_the_successions(copied):
    rows = Assignment.objects.filter(target__plan=copied).values_list("target__code", "agency__code")
    assert sorted(rows) == [("I.1", "x11"), ("I.1", "x21"), ("I.1", "x22"), ("I.2", "x11"), ("II.1", "s1")]
    exemption = Exemption.objects.get(assignment__target__plan=copied)
    assert (exemption.assignment.agency.code, exemption.first_day) == ("x22", dt.date(2024, 1, 1))
    assert exemption.reason == "Chưa có hệ thống"


def test_the_baseline_is_the_official_value_of_the_last_period(copied, year):
    one, count, two = copied.targets.in_order()
    # x22 is exempt, x12 is over: of x11 and x21, both have reported.
    assert (one.baseline, two.baseline, count.baseline) == (60, 80, None)
    assert one.baseline_source == (
        "Số chính thức kỳ tháng 12 năm 2023, 2/2 đơn vị đã duyệt (định nghĩa lần 1, lấy ngày 18/12/2023)"
    )
    assert CarriedBaseline.objects.get(target=two).earlier == year["plan"].targets.get(code="II.1")


def test_too_few_reports_are_said(year):
    Exemption.objects.all().delete()
    engine.rebuild(year["plan"])
    made = outline(year["plan"], 2024, "2024")
    one = made.targets[0].baseline
    # 2 of 3 is less than 80%.
    assert one.is_thin and "2/3 đơn vị đã duyệt, chưa đủ số liệu" in one.source


def test_a_restated_value_is_offered_and_never_taken_silently(copied, year, client):
    assert restated(copied) == []
    row = Rollup.objects.get(target=year["one"], period=year["december"], basis="official", node="tinh", scope="area")
    Rollup.objects.filter(pk=row.pk).update(value=Decimal(62))
    (offer,) = restated(copied)
    assert (offer.target.code, offer.carried, offer.value) == ("I.1", 60, 62)
    assert copied.targets.get(code="I.1").baseline == 60
    client.force_login(year["keeper"])
    link = "/muc-tieu/I.1/dinh-nghia/?nam=2024&amp;xuat-phat=moi"
    assert f'href="{link}"' in client.get("/ke-hoach/2024/").content.decode()
    form = client.get(link.replace("&amp;", "&")).context["form"]
    assert form["baseline"].value() == "62" and "kỳ tháng 12 năm 2023" in form["baseline_source"].value()
    copied.targets.filter(code="I.1").update(baseline=Decimal(62))
    assert restated(copied) == []


def test_a_restated_value_is_declined_with_a_reason_until_it_is_restated_again(copied, year, client):
    """60 was carried; 62 is declined, 63 is offered again."""
    address, plan, target = "/muc-tieu/I.1/xuat-phat/?nam=2024", "/ke-hoach/2024/", "/muc-tieu/I.1/?nam=2024"
    keeper, leader = client, type(client)()
    keeper.force_login(year["keeper"])
    leader.force_login(factories.person("lam", year["tree"]["tinh"], Role.LEADER))
    assert keeper.get(address).status_code == 404, "nothing is offered"
    row = Rollup.objects.filter(
        target=year["one"], period=year["december"], basis="official", node="tinh", scope="area"
    )
    row.update(value=Decimal(62))
    assert leader.get(address).status_code == 404 and leader.post(address, {"value": "62"}).status_code == 404
    take_step(plan=copied, name="bat-dau", by=year["keeper"])
    Plan.objects.filter(pk=copied.pk).update(target_rules=[])  # the world's rules are no real ones
    link = 'href="/muc-tieu/I.1/xuat-phat/?nam=2024"'
    for page in (plan, target):
        assert link in keeper.get(page).content.decode(), page
    assert link not in leader.get(target).content.decode()
    shown = keeper.get(address)
    assert "60,00% Đang dùng 60,00% Sau điều chỉnh 62,00% (Số chính thức kỳ tháng 12 năm 2023" in words(shown)
    given = fields(shown)
    assert given["value"] == "62"
    assert keeper.post(address, given).status_code == 422, "a reason is needed"
    assert keeper.post(address, given | {"reason": "Đã ký", "value": "61"}).status_code == 409
    assert keeper.post(address, given | {"reason": "Đã ký", "value": "a\x00"}).status_code == 422
    assert [offer.value for offer in restated(copied)] == [62]
    assert keeper.post(address, given | {"reason": "Kế hoạch đã ký theo 60%."}).url == target
    assert restated(copied) == [] and copied.targets.get(code="I.1").baseline == 60
    entry = AuditEntry.objects.get(act=TargetAct.KEEP_BASELINE)
    assert (entry.actor, entry.detail["reason"]) == (year["keeper"], "Kế hoạch đã ký theo 60%.")
    row.update(value=Decimal(63))
    assert [offer.value for offer in restated(copied)] == [63]


def test_the_calendar_is_a_pattern(copied):
    january, april, june = (copied.periods.get(number=number) for number in (1, 4, 6))
    assert (january.window_first, january.window_last) == (dt.date(2023, 12, 15), dt.date(2024, 1, 14))
    assert (january.commune_due_on, january.due_on, january.closes_on) == (
        dt.date(2024, 1, 16),
        dt.date(2024, 1, 17),
        dt.date(2024, 1, 22),  # the 20th is a Saturday
    )
    # 17 April 2024 is a Wednesday: the day that was moved by hand in 2023 is no rule.
    assert april.due_on == dt.date(2024, 4, 17)
    # 16 June 2024 is a Sunday.
    assert (june.commune_due_on, june.due_on) == (dt.date(2024, 6, 17), dt.date(2024, 6, 17))
    assert copied.periods.count() == 12


def test_settings_charges_and_commitments(copied):
    assert [(band.floor, band.label) for band in copied.grade_bands.all()] == [(80, "Tốt")]
    assert [step.name for step in copied.project_steps.all()] == ["Thẩm định"]
    assert [signer.name for signer in copied.letterheads.get().signers.all()] == ["Nguyễn Văn A"]
    charge = copied.charges.get()
    assert charge.agency.code == "s1"
    assert [(link.target.plan_id, link.part) for link in charge.links.all()] == [(copied.pk, "Phần 1")]
    commitment = copied.commitments.get()
    assert (commitment.due, commitment.lead.agency.code) == (dt.date(2024, 6, 30), "s1")


def test_unfinished_and_standing_projects_go_on_with_their_history(copied, client, year):
    rows = Project.objects.filter(section__plan=copied).order_by("number")
    assert [(row.number, row.name) for row in rows] == [(1, "Nền tảng đang làm"), (3, "Việc thường xuyên")]
    first = rows[0]
    assert [party.agency.code for party in first.parties.all()] == ["s1"]
    assert [link.target.plan_id for link in first.links.all()] == [copied.pk]
    assert first.charges.get().plan == copied
    assert first.continues.updates.get().percent == 40
    client.force_login(year["keeper"])
    page = client.get("/du-an/III-1/?nam=2024").content.decode()
    assert 'href="/du-an/III-1/?nam=2023"' in page and "Tiếp tục từ" in page


def test_targets_are_compared_with_those_of_the_plan_before(copied):
    two = copied.targets.get(code="II.1")
    two.code, two.threshold = "II.1", Decimal(55)
    two.save()
    Target.objects.filter(plan=copied, code="I.1").update(unit="điểm")
    gone = copied.targets.get(code="I.2")
    gone.code = "I.9"
    gone.save()
    rows = {row.code: (row.verdict, row.old, row.new, row.breaks) for row in queries.compared_targets(copied)}
    assert rows == {
        "I.1": ("đổi ngưỡng", "tối thiểu 80%", "tối thiểu 80\u00a0điểm", ("đơn vị tính: % → điểm",)),
        "I.9": ("thêm", "", "theo dõi", ()),
        "II.1": ("đổi ngưỡng", "tối thiểu 50%", "tối thiểu 55%", ()),
        "I.2": ("bỏ", "theo dõi", "", ()),
    }


def test_a_target_may_be_left_out(year):
    made = copy_plan(plan=year["plan"], year=2024, code="2024", by=year["keeper"], left_out={"II.1"})
    assert [target.code for target in made.targets.in_order()] == ["I.1", "I.2"]
    # The rule names the target that is gone.
    assert made.target_rules == []


def test_a_withdrawn_rule_stays_in_its_year(year):
    plan = year["plan"]
    plan.target_rules[0]["withdrawn"] = {"on": "2023-08-16", "reason": "Không dùng nữa"}
    plan.save(update_fields=["target_rules"])
    made = copy_plan(plan=plan, year=2024, code="2024", by=year["keeper"])
    assert made.target_rules == []


def test_a_copy_is_removed_whole_and_can_be_made_again(year, copied):
    remove_draft(plan=copied, by=year["keeper"])
    assert Plan.objects.get() == year["plan"]
    assert ReportingPeriod.objects.count() == 12 and Target.objects.count() == 3
    assert copy_plan(plan=year["plan"], year=2024, code="2024", by=year["keeper"]).targets.count() == 3


@pytest.mark.parametrize(
    ("to", "code", "said"),
    [
        (2023, "x", "Chọn một năm sau năm 2023"),
        (2034, "x", "không quá mười năm"),
        (2024, "2023", "Mã 2023 đã có"),
        (2024, "mã", "không dấu"),
        (2024, "", "không dấu"),
    ],
)
def test_what_cannot_be_copied(year, to, code, said):
    with pytest.raises(ActionNotAllowed, match=said):
        copy_plan(plan=year["plan"], year=to, code=code, by=year["keeper"])
    assert Plan.objects.count() == 1


def test_a_year_is_copied_once(year, copied):
    with pytest.raises(ActionNotAllowed, match="Đã có kế hoạch năm 2024"):
        copy_plan(plan=year["plan"], year=2024, code="khac", by=year["keeper"])


def test_others_copy_nothing(year):
    with pytest.raises(ActionNotAllowed, match="không sao chép được"):
        copy_plan(plan=year["plan"], year=2024, code="2024", by=factories.person("lam", None, Role.LEADER))


def test_the_command_tells_and_copies(year, capsys):
    call_command("copy_plan", "2023", "2024", "--dry-run")
    told = capsys.readouterr().out
    assert "3 chỉ tiêu" in told and "5 phân công" in told and "x12 → x11" in told
    assert "I.1: giá trị xuất phát 60. Số chính thức" in told and told.endswith("Chưa ghi gì.\n")
    assert Plan.objects.count() == 1
    call_command("copy_plan", "2023", "2024", "--code", "ke-hoach-2024")
    assert Plan.objects.get(code="ke-hoach-2024").state == PlanState.DRAFT
    with pytest.raises(CommandError, match="Không có kế hoạch mã 2022. Có: 2023, ke-hoach-2024"):
        call_command("copy_plan", "2022", "2024")


def test_the_page_shows_what_is_taken_over_and_makes_it(year, client, django_assert_num_queries):
    client.force_login(year["keeper"])
    page = client.get("/ke-hoach/2023/sao-chep/").content.decode()
    assert "Đơn vị X12, " not in page and "Hệ thống đã xong" in page and "Số chính thức kỳ tháng 12 năm 2023" in page
    typed = {"year": "2024", "code": "", "muc-tieu": ["I.1", "I.2"]}
    preview = client.post("/ke-hoach/2023/sao-chep/", typed | {"act": "preview"})
    assert preview.status_code == 200 and Plan.objects.count() == 1
    assert client.post("/ke-hoach/2023/sao-chep/", typed | {"act": "copy", "year": "abc"}).status_code == 422
    assert client.post("/ke-hoach/2023/sao-chep/", typed | {"act": "copy", "year": "2022"}).status_code == 409
    assert client.post("/ke-hoach/2023/sao-chep/", typed | {"act": "copy"}).url == "/ke-hoach/2024/"
    made = client.get("/ke-hoach/2024/").content.decode()
    assert "bỏ" in made and "Chỉ tiêu so với" in made
    client.force_login(factories.person("an", year["tree"]["x11"], Role.FOCAL))
    assert client.get("/ke-hoach/2023/sao-chep/").status_code == 404
