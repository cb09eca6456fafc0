"""The life of a plan, step by step, and a draft that is removed."""

import datetime as dt

import pytest
from django.apps import apps

from agencies.roles import Role
from core.audit.models import AuditEntry
from core.clock import VIETNAM
from indicators.errors import ActionNotAllowed
from indicators.models import Extension, Plan, PlanState, ReportingPeriod, State, Submission
from plans import services
from tests import factories, worlds


@worlds.shared(at=factories.AT, uses=["moment"])
def small():
    """A plan of 2023 with one target and an approved report of July; a draft of 2024 with one target."""
    tree = factories.make_tree(departments=1, districts=1, communes=2)
    plan, draft = factories.make_plan(), factories.make_plan(2024, state=PlanState.DRAFT)
    target = factories.target(plan, "I.1", [tree["x11"], tree["x12"]])
    factories.target(draft, "I.1", [tree["x11"]])
    factories.report(tree["x11"], factories.period(plan, 7), {target: (30, 100)})
    keeper = factories.person("khanh", tree["s1"], Role.STANDING)
    leader = factories.person("lam", tree["tinh"], Role.LEADER)
    return {"tree": tree, "plan": plan, "draft": draft, "target": target, "keeper": keeper, "leader": leader}


def step(plan, name, by, reason=""):
    return services.take_step(plan=Plan.objects.get(pk=plan.pk), name=name, by=by, reason=reason)


def test_a_draft_starts_and_goes_back_until_its_first_report(small):
    draft, keeper = small["draft"], small["keeper"]
    assert step(draft, "bat-dau", keeper).state == PlanState.RUNNING
    assert draft.pending_rollups.count() == 1
    with pytest.raises(ActionNotAllowed, match="phải kèm lý do"):
        step(draft, "ve-du-thao", keeper)
    assert step(draft, "ve-du-thao", keeper, "Sửa loại chỉ tiêu").state == PlanState.DRAFT
    step(draft, "bat-dau", keeper)
    january = factories.period(draft, 1)
    factories.report(small["tree"]["x11"], january, {draft.targets.get(): (1, 2)}, state=State.SUBMITTED)
    with pytest.raises(ActionNotAllowed, match="Đã có phiếu được nộp"):
        step(draft, "ve-du-thao", keeper, "Sửa nữa")
    last = AuditEntry.objects.order_by("-number").first()
    assert (last.act, last.object_label) == ("bắt đầu thực hiện kế hoạch", "Kế hoạch năm 2024")


def test_an_empty_draft_does_not_start(small):
    empty = Plan.objects.create(
        code="2025",
        year=2025,
        title="K",
        issuer="U",
        first_day=dt.date(2025, 1, 1),
        last_day=dt.date(2025, 12, 31),
        state=PlanState.DRAFT,
    )
    with pytest.raises(ActionNotAllowed, match="chưa có chỉ tiêu thành phần và kỳ báo cáo"):
        step(empty, "bat-dau", small["keeper"])


def test_a_plan_is_settled_and_closed_when_nothing_is_open(small, moment):
    plan, keeper, tree = small["plan"], small["keeper"], small["tree"]
    with pytest.raises(ActionNotAllowed, match="tính đến ngày 14/12/2023"):
        step(plan, "khoa-so", keeper)
    moment.move_to(dt.datetime(2023, 12, 18, 9, tzinfo=VIETNAM))
    with pytest.raises(ActionNotAllowed, match="đang thực hiện, không khóa kế hoạch được"):
        step(plan, "khoa", keeper)
    assert step(plan, "khoa-so", keeper).state == PlanState.CLOSING
    december = factories.period(plan, 12)
    waiting = factories.report(tree["x12"], december, {small["target"]: (3, 10)}, state=State.SUBMITTED)
    Extension.objects.create(
        agency=tree["x11"],
        period=december,
        reason="thử",
        wanted_until=dt.date(2024, 1, 5),
        until=dt.date(2024, 1, 5),
        state=Extension.State.GRANTED,
        asked_at=factories.AT,
        decided_at=factories.AT,
        decided_by=keeper,
    )
    with pytest.raises(ActionNotAllowed) as refused:
        step(plan, "khoa", keeper)
    assert "kỳ tháng 12 năm 2023 đóng sau ngày 20/12/2023" in str(refused.value)
    assert "1 phiếu đang chờ duyệt" in str(refused.value)
    assert "1 đề nghị gia hạn đang chờ hoặc còn hiệu lực" in str(refused.value)
    moment.move_to(dt.datetime(2024, 1, 6, 9, tzinfo=VIETNAM))
    Submission.objects.filter(pk=waiting.pk).update(state=State.APPROVED, is_official=True)
    assert step(plan, "khoa", keeper).state == PlanState.CLOSED
    with pytest.raises(ActionNotAllowed, match="phải kèm lý do"):
        step(plan, "mo-lai", keeper, "  ")
    assert step(plan, "mo-lai", keeper, "Kiểm toán yêu cầu").state == PlanState.RUNNING
    line = AuditEntry.objects.filter(act="mở lại kế hoạch").get()
    assert (line.actor, line.detail["reason"]) == (keeper, "Kiểm toán yêu cầu")
    assert line.detail["changes"] == {"trạng thái": ["Đã khóa", "Đang thực hiện"]}


@pytest.mark.parametrize("name", services.STEPS)
def test_a_leader_takes_no_step(small, name):
    with pytest.raises(ActionNotAllowed, match="không đổi được trạng thái"):
        step(small["plan"], name, small["leader"], "thử")


def test_a_draft_is_removed_whole_and_nothing_else(small):
    def rows():
        return {
            model._meta.label: model.objects.count()
            for model in apps.get_models()
            if model._meta.app_label in ("indicators", "projects", "reports") and "Historical" not in model.__name__
        }

    with pytest.raises(ActionNotAllowed, match="không còn là dự thảo"):
        services.remove_draft(plan=small["plan"], by=small["keeper"])
    before = rows()
    services.remove_draft(plan=small["draft"], by=small["keeper"])
    gone = {label: before[label] - count for label, count in rows().items() if before[label] != count}
    assert gone == {
        "indicators.Plan": 1,
        "indicators.Pillar": 1,
        "indicators.Indicator": 1,
        "indicators.Target": 1,
        "indicators.Assignment": 1,
        "indicators.ReportingPeriod": 12,
        "indicators.RollupState": 1,
    }
    assert ReportingPeriod.objects.count() == 12


def test_a_draft_on_which_somebody_began_to_report_stays(small):
    factories.report(small["tree"]["x11"], factories.period(small["draft"], 1), {}, state=State.DRAFT)
    with pytest.raises(ActionNotAllowed, match="đã có phiếu hoặc số liệu"):
        services.remove_draft(plan=small["draft"], by=small["keeper"])
    assert small["draft"].targets.count() == 1
