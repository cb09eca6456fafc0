"""A change recorded by mistake is undone after its day by an entry that turns it round, while nothing of the new tree is approved.
It is 16 August 2023; windows end on the 14th."""

import datetime as dt

import pytest

from agencies.models import Agency, AgencyName, Placement, Succession
from agencies.roles import Role
from core.audit.models import AuditEntry
from indicators.errors import ActionNotAllowed
from indicators.models import Assignment, State, Submission
from indicators.reorganisation import by_file, services
from tests import factories
from tests.indicators.reorganisation.test_services import NEW, exported, merge, province, split, tree, verified
from tests.page import words

__all__ = ["province"]

DAY = dt.date(2023, 8, 10)  # the window to 14 August is of the new tree
MONTHS = range(1, 13)


def undo(world, code, reason="Ghi nhầm."):
    return services.undo_change(agency=world[code], by=world.by, reason=reason)


@pytest.mark.parametrize("code", ["x11", "x19"])
def test_a_merger_into_a_new_agency(province, code):
    before, figures = tree(), exported(province, *MONTHS)
    merge(province, ["x11", "x12"], NEW, DAY)
    province.pay()
    assert exported(province, *MONTHS) != figures
    assert undo(province, code).first_day == DAY
    assert tree() == before
    province.pay()
    assert exported(province, *MONTHS) == figures and verified(province) == []
    acts = list(AuditEntry.objects.order_by("pk").values_list("act", flat=True))
    assert "nhập đơn vị" in acts and acts[-1] == "hoàn tác thay đổi tổ chức"
    line = AuditEntry.objects.get(act="hoàn tác thay đổi tổ chức")
    assert (line.detail["agencies"], line.detail["removed"]) == (["x11", "x12"], ["x19"])
    with pytest.raises(ActionNotAllowed, match="nào đã đến ngày"):
        undo(province, "x11")


def test_one_into_an_agency_that_was_there_a_split_and_an_end(province):
    before = tree()
    merge(province, ["x12"], "x11", DAY)
    undo(province, "x12")
    assert tree() == before
    split(province, "x11", [NEW], DAY, continues=True)
    undo(province, "x19")
    assert tree() == before
    province.close("h1", DAY - dt.timedelta(days=1), successor="h2")
    assert province["x11"].parent == province["h2"]
    undo(province, "h1")
    assert tree() == before and province["x11"].parent == province["h1"]


def test_not_once_a_report_of_the_new_tree_is_approved(province):
    made = merge(province, ["x11", "x12"], NEW, DAY)
    august, july = (factories.period(province.plan, month) for month in (8, 7))
    factories.report(province["x21"], august, {province.flow: (1, 2)})  # of the other district
    factories.report(province["x11"], july, {province.flow: (1, 2)})  # a window before the day
    report = factories.report(made, august, {province.flow: (1, 2)})
    before = tree()
    with pytest.raises(ActionNotAllowed, match="Phiếu tháng 8 năm 2023 của UBND xã Hợp Nhất.* đã được duyệt"):
        undo(province, "x11")
    Submission.objects.filter(pk=report.pk).update(state=State.SUBMITTED, is_official=False)
    with pytest.raises(ActionNotAllowed, match="đã nhập số liệu trong phiếu tháng 8 năm 2023"):
        undo(province, "x11")
    assert tree() == before
    Submission.objects.filter(pk=report.pk).update(state=State.DRAFT, is_provisional=False, first_submitted_at=None)
    with pytest.raises(ActionNotAllowed, match="đã nhập số liệu"):
        undo(province, "x11")
    report.actuals.all().delete()
    undo(province, "x11")
    assert not Agency.objects.filter(code="x19").exists()


def test_not_where_something_came_after_it(province):
    merge(province, ["x12"], "x11", DAY)
    province.move("x11", "h2", dt.date(2023, 8, 12))
    with pytest.raises(ActionNotAllowed, match="x11.* còn thay đổi sau ngày 10/08/2023"):
        undo(province, "x12")
    with pytest.raises(ActionNotAllowed, match="kèm lý do"):
        undo(province, "x12", " ")


def test_a_whole_day_and_what_was_only_moved_or_renamed(province):
    before = tree()
    lines = by_file.read("Mã cũ,Mã mới,Tên mới,Tên ngắn mới,Trực thuộc\nx11,x12,,,\nx21,x21,UBND xã Mới,X. Mới,tinh\n")
    by_file.reorganise(lines=lines, from_day=DAY, by=province.by, reason="NQ.")
    assert (province["x21"].name, province["x21"].parent.code) == ("UBND xã Mới", "tinh")
    with pytest.raises(ActionNotAllowed, match="chưa đến"):
        by_file.undo_day(day=dt.date(2023, 8, 17), by=province.by, reason="Nhầm.")
    with pytest.raises(ActionNotAllowed, match="Không có thay đổi tổ chức nào"):
        by_file.undo_day(day=dt.date(2023, 8, 9), by=province.by, reason="Nhầm.")
    approved = factories.report(province["x21"], factories.period(province.plan, 8), {province.flow: (1, 2)})
    with pytest.raises(ActionNotAllowed, match="đã được duyệt theo cây"):
        by_file.undo_day(day=DAY, by=province.by, reason="Nhầm.")
    Submission.objects.filter(pk=approved.pk).update(state=State.SUBMITTED, is_official=False)
    assert by_file.undo_day(day=DAY, by=province.by, reason="Nhầm.") == 2
    assert (province["x21"].name, province["x21"].parent.code) == ("Đơn vị x21", "h2")
    assert not Succession.objects.exists() and not AgencyName.objects.filter(first_day=DAY).exists()
    assert [list(model.objects.order_by("pk").values_list()) for model in (Placement, Assignment)] == before[1:3]
    assert AuditEntry.objects.filter(act="hoàn tác mọi thay đổi tổ chức của một ngày").count() == 1


def test_the_page_shows_first_and_then_undoes(province, client):
    merge(province, ["x11", "x12"], NEW, DAY)
    client.force_login(factories.person("khanh", province.tree["s1"], Role.STANDING))
    page, form = "/to-chuc/hoan-tac/", {"agency": "x19", "reason": "Ghi nhầm nghị quyết."}
    assert "chưa phiếu nào của cây mới được duyệt" in words(client.get(page))
    said = words(client.post(page, form))
    assert "Hoàn tác việc Đơn vị x11" in said and Agency.objects.filter(code="x19").exists()
    said = words(client.post(page, form | {"act": "confirm"}, follow=True))
    assert "Đã hoàn tác: Đơn vị x11" in said and not Agency.objects.filter(code="x19").exists()
    day = {"from_day": "10/08/2023", "reason": "Nhầm."}
    answer = client.post("/to-chuc/hoan-tac-ngay/", day)
    assert answer.status_code == 409 and "Không có thay đổi tổ chức nào" in words(answer)
    client.force_login(factories.person("an", province.tree["x21"], Role.FOCAL))
    assert client.get(page).status_code == 404
