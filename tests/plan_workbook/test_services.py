"""Loading of a plan from its workbook: what it changes, what it refuses, cell by cell."""

import datetime as dt
from decimal import Decimal

import pytest

from agencies.models import Agency, AgencyName, Level, Placement
from core.audit.models import AuditEntry
from indicators import models
from indicators.errors import ActionNotAllowed
from indicators.rollups import engine
from indicators.targets.services import change_target
from plan_workbook import services
from plan_workbook.sources import HEADING_LINE
from plans.copying import copy_plan
from projects import models as projects
from reports.models import Letterhead, Signer
from tests import factories as make
from tests.plan_workbook.conftest import Workbook, cells_of

pytestmark = pytest.mark.django_db


def test_what_was_exported_changes_nothing(world, workbook):
    before = AuditEntry.objects.count()
    loaded = workbook.load()
    assert (loaded.changes, loaded.added, loaded.changed, loaded.removed) == (0, 0, 0, 0)
    # 10 agencies, 2 pillars, 7 indicators, 7 targets, 14 assignments, 12 months, 3 projects, 2 rules and 15 single rows.
    assert loaded.unchanged == 1 + 10 + 2 + 7 + 7 + 14 + 12 + 3 + 2 + 15
    assert AuditEntry.objects.count() == before


def test_nothing_of_a_plan_is_lost_on_the_way_into_an_empty_installation(world, workbook):
    before = cells_of(world.plan)
    empty_the_installation()
    loaded = workbook.load()
    assert loaded.plan.pk != world.plan.pk and loaded.added == loaded.changes and loaded.plan.is_draft
    assert cells_of(loaded.plan) == before
    assert Placement.objects.filter(agency__code="x11", parent__code="h1").exists()
    assert models.Assignment.history.filter(history_change_reason="theo tệp kế hoạch").count() == 14


def empty_the_installation():
    """Delete everything that a plan's workbook holds."""
    for model in (
        *(Signer, Letterhead, projects.ProjectLink, projects.ProjectParty, projects.Project, projects.ProjectGroup),
        *(projects.MilestoneTemplate, models.ChargeTarget, models.Charge, models.CommitmentParty, models.Commitment),
        *(models.Exemption, models.Assignment, models.DenominatorUse, models.SharedDenominator, models.StartingPoint),
        *(models.ResultWeight, models.TargetMetadata, models.TargetMilestone, models.Target, models.IndicatorParty),
        *(models.Indicator, models.Pillar, models.GradeBand, models.DayOff, models.ReportingPeriod),
        *(models.PendingRollup, models.RollupState, models.Plan, AgencyName, Placement),
    ):
        if model is projects.ProjectGroup:
            projects.Project.charges.through.objects.all().delete()
        model.objects.all().delete()
    from agencies.models import User

    User.objects.all().delete()
    for level in (Level.COMMUNE, Level.DISTRICT, Level.DEPARTMENT, Level.PROVINCE):
        Agency.objects.filter(level=level).delete()


def plant_thirty(workbook):
    """Plant thirty faults; return the places of their cells."""
    put, add, cell = workbook.put, workbook.add, workbook.cell
    planted = [
        put("Kế hoạch", "", "Tên kế hoạch", None),
        put("Kế hoạch", "", "Ngày ban hành", "31/02/2023"),
        put("Kế hoạch", "", "Độ phủ tối thiểu (%)", 120),
        put("Cơ quan", "x22", "Cấp", "Cấp thôn"),
        put("Cơ quan", "h1", "Trực thuộc", "x11"),
    ]

    def added(sheet, title, **values):
        line = add(sheet, **values)
        planted.append((sheet, cell(sheet, line, title).coordinate))

    agency = {"Tên_đầy_đủ": "Sở Mới", "Tên_ngắn": "Sở Mới"}
    added("Cơ quan", "Mã", **agency, Mã="s1", Cấp="Sở, ban, ngành", Trực_thuộc="tinh")
    added("Cơ quan", "Cấp", **agency, Mã="tinh-2", Cấp="Tỉnh")
    added("Cơ quan", "Trực thuộc", **agency, Mã="s9", Cấp="Sở, ban, ngành", Trực_thuộc="UBND tỉnh Lạ")
    added("Trụ cột", "Thứ tự", Mã="III", Tên="Xã hội số", Thứ_tự="ba")
    planted += [
        put("Chỉ tiêu", ("I", 2), "Chủ trì", "@villages"),
        put("Chỉ tiêu", ("I", 3), "Phối hợp", "s1 | Sở Không Có"),
        put("Chỉ tiêu", ("I", 4), "Báo cáo thay", "s1"),
    ]
    added("Chỉ tiêu", "Trụ cột", Trụ_cột="IX", Số=1, Nội_dung_chỉ_tiêu="Chỉ tiêu lạ")
    planted += [
        put("Chỉ tiêu thành phần", "I.1", "Loại", "Tỉ số"),
        put("Chỉ tiêu thành phần", "II.1", "Ngưỡng", "tám mươi"),
        put("Chỉ tiêu thành phần", "II.2", "So sánh", None),
    ]
    target = {"Loại": "Tỷ lệ", "Thời điểm": "Hiện có cuối kỳ", "Tần suất": "Hằng tháng", "Đơn_vị_tính": "%"}
    target |= {"Tên": "Chỉ tiêu", "Thứ_tự": 9, "Chỉ_tiêu": "II.3", "Nhóm_báo_cáo": "@lead"}
    added("Chỉ tiêu thành phần", "Hạn hoàn thành", **target, Mã="II.3.b", Hạn_hoàn_thành=dt.date(2024, 12, 31))
    target["Hạn_hoàn_thành"] = dt.date(2023, 12, 31)
    added("Chỉ tiêu thành phần", "Nhóm báo cáo", **target | {"Nhóm_báo_cáo": "@thon"}, Mã="II.3.c")
    added("Chỉ tiêu thành phần", "Chỉ tiêu", **target, Mã="III.1.a")
    added("Mốc", "Đến ngày", Mã_chỉ_tiêu_thành_phần="II.3", Đến_ngày=dt.date(2024, 3, 31), Phải_đạt=50)
    added("Mốc", "Mã chỉ tiêu thành phần", Mã_chỉ_tiêu_thành_phần="I.99", Đến_ngày=dt.date(2023, 3, 31), Phải_đạt=50)
    added("Phân công", "Đơn vị", Mã_chỉ_tiêu_thành_phần="II.3", Đơn_vị="Xã Mơ")
    period = {"Từ_ngày": dt.date(2023, 6, 1), "Đến_ngày": dt.date(2023, 5, 1)}
    added("Phân công", "Đến ngày", Mã_chỉ_tiêu_thành_phần="II.3", Đơn_vị="s2", **period)
    added("Miễn", "Lý do", Mã_chỉ_tiêu_thành_phần="II.3", Đơn_vị="x21", Từ_ngày=dt.date(2023, 6, 1))
    added("Ngày nghỉ", "Ngày", Ngày=dt.date(2022, 5, 3), Nội_dung="Nghỉ bù")
    planted += [
        put("Lịch", "5", "Hạn nộp", dt.date(2023, 5, 1)),
        put("Dự án", ("A", 2), "Thường xuyên", "luôn luôn"),
        put("Xếp loại", "90", "Từ (%)", 150),
        put("Quy tắc", "cùng một mẫu số", "Chỉ tiêu, theo thứ tự", "II.3"),
    ]
    added("Cam kết", "Số thứ tự", Số_thứ_tự=1, Nội_dung_cam_kết="Lời", Mục_trong_kế_hoạch="II", Nguyên_văn_cả_câu="Câu")
    return planted


def test_thirty_planted_faults_are_told_by_their_cells_and_nothing_is_written(world, workbook):
    before = cells_of(world.plan)
    planted = plant_thirty(workbook)
    assert len(set(planted)) == 30
    with pytest.raises(services.BadFile) as refused:
        workbook.load()
    told = {(problem.sheet, problem.cell): problem.reason for problem in refused.value.problems}
    assert {place: told.get(place) for place in planted if not told.get(place)} == {}
    assert {place: reason for place, reason in told.items() if place not in planted} == {}
    assert len(refused.value.problems) == 30
    assert cells_of(world.plan) == before


def test_rows_are_added_changed_and_removed_with_one_line_in_the_log(world, workbook, changes):
    workbook.put("Cơ quan", "s1", "Tên ngắn", "Sở Một")
    workbook.put("Chỉ tiêu", ("I", 1), "Chủ trì", "Đơn vị s2 | @districts")
    workbook.put("Chỉ tiêu thành phần", "I.2", "Ngưỡng", "78,5")
    workbook.take_out("Mốc", "II.3")
    workbook.add("Mốc", Mã_chỉ_tiêu_thành_phần="I.2", Đến_ngày=dt.date(2023, 6, 30), Phải_đạt=40)
    workbook.add("Phân công", Mã_chỉ_tiêu_thành_phần="I.3", Đơn_vị="X. An Hòa, h2")
    loaded = workbook.load(by=world.standing)
    assert changes(loaded) == [
        ("Cơ quan", "update", "s1"),
        ("Chỉ tiêu", "update", "I.1"),
        ("Chỉ tiêu thành phần", "update", "I.2"),
        ("Mốc", "new", "I.2.2023-06-30"),
        ("Mốc", "delete", "II.3.2023-06-30"),
        ("Phân công", "new", "I.3, x23"),
    ]
    short_name = loaded.tables[1].rows[0].cells
    assert short_name == [("Tên ngắn", "S1", "Sở Một")]
    target = models.Target.objects.get(code="I.2")
    assert (target.threshold, target.history.latest().history_user) == (Decimal("78.5"), world.standing)
    parties = target.indicator.pillar.indicators.get(number=1).parties.filter(part="lead")
    assert [party.agency.code if party.agency else party.group for party in parties] == ["s2", "@districts"]
    line = AuditEntry.objects.latest("number")
    assert (line.act, line.object_label, line.actor_id) == ("nạp tệp kế hoạch", "Kế hoạch năm 2023", world.standing.pk)
    assert line.detail["changes"]["Mốc"] == ["thêm 1, sửa 0, bỏ 1"]
    assert models.PendingRollup.objects.filter(plan=world.plan).exists()
    assert Workbook(world.plan).load().changes == 0


def test_a_preview_writes_nothing(world, workbook):
    before = cells_of(world.plan)
    workbook.put("Cơ quan", "s1", "Tên ngắn", "Sở Một")
    loaded = services.preview(workbook.source())
    assert (loaded.changed, loaded.problems) == (1, [])
    assert cells_of(world.plan) == before


def test_only_the_standing_agency_and_administrators_load(world, workbook):
    with pytest.raises(ActionNotAllowed):
        workbook.load(by=world.focal)
    assert workbook.load(by=world.admin).changes == 0


def test_a_file_of_another_year_is_refused_where_a_plan_is_named(world, workbook):
    other = make.make_plan(2024)
    reason = "Đây là trang của kế hoạch năm 2024, tệp là của năm 2023."
    assert workbook.problems(other) == {("Kế hoạch", "B3"): reason}


@pytest.fixture
def reported(world):
    """The plan after its first report: x11 has a figure of I.1."""
    make.report(world.tree["x11"], make.period(world.plan, 1), {world.targets["I.1"]: (30, 100)})
    return world


def test_what_figures_rest_on_is_not_changed_by_a_file(reported, workbook):
    fixed = [
        workbook.put("Chỉ tiêu thành phần", "I.1", "Loại", "Số lượng"),
        workbook.put("Chỉ tiêu thành phần", "I.1", "Đơn vị tính", "hồ sơ"),
        workbook.put("Chỉ tiêu thành phần", "I.1", "Ngưỡng", 90),
    ]
    workbook.put("Chỉ tiêu thành phần", "I.1", "Tên", "Tên sửa lỗi in")
    line = workbook.add("Mốc", Mã_chỉ_tiêu_thành_phần="I.1", Đến_ngày=dt.date(2023, 6, 30), Phải_đạt=40)
    fixed.append(("Mốc", f"A{line}"))
    fixed.append(workbook.put("Lịch", "1", "Số liệu từ ngày", dt.date(2022, 12, 14)))
    fixed.append(workbook.put("Cơ quan", "x11", "Trực thuộc", "h2"))
    problems = workbook.problems()
    # A row of a faulty target is not blamed for it.
    assert set(problems) == set(fixed) - {("Mốc", f"A{line}")}
    assert problems[fixed[0]].endswith("lập chỉ tiêu mới.") and "trang định nghĩa" in problems[fixed[2]]
    for sheet, key, title, value in (
        ("Chỉ tiêu thành phần", "I.1", "Loại", "Tỷ lệ"),
        ("Chỉ tiêu thành phần", "I.1", "Đơn vị tính", "%"),
        ("Chỉ tiêu thành phần", "I.1", "Ngưỡng", 80),
        ("Lịch", "1", "Số liệu từ ngày", dt.date(2022, 12, 15)),
        ("Cơ quan", "x11", "Trực thuộc", "h1"),
    ):
        workbook.put(sheet, key, title, value)
    assert set(workbook.problems()) == {("Mốc", f"A{line}")}


def test_what_has_figures_is_not_removed(reported, workbook):
    workbook.take_out("Chỉ tiêu thành phần", "I.1")
    for sheet, key in (("Phân công", ("I.1", "x11")), ("Phân công", ("I.1", "x21")), ("Trọng số", ("I.1",))):
        workbook.take_out(sheet, *key)
    for sheet in ("Mô tả", "Tình hình năm trước", "Chỉ tiêu thành phần theo dõi"):
        workbook.take_out(sheet, *(("VI.2", "I.1") if sheet == "Chỉ tiêu thành phần theo dõi" else ("I.1",)))
    workbook.put("Mẫu số dùng chung", "dan-so", "Chỉ tiêu (mẫu số của đơn vị báo cáo)", None)
    workbook.take_out("Quy tắc", "cùng một mẫu số")
    workbook.put("Dự án", ("A", 3), "Chỉ tiêu được phục vụ", None)
    workbook.take_out("Lịch", "1")
    problems = workbook.problems()
    assert set(problems) == {("Chỉ tiêu thành phần", "A3"), ("Lịch", "A3")}
    assert problems["Chỉ tiêu thành phần", "A3"].startswith(
        "Tệp thiếu chỉ tiêu thành phần I.1: chỉ tiêu thành phần đã có số liệu"
    )
    models.Actual.objects.all().delete()
    assert set(workbook.problems()) == {("Lịch", "A3")}
    models.Submission.objects.all().delete()
    # The target, two assignments, a month, and one row of each of five other sheets.
    assert workbook.load().removed == 9
    assert not models.Target.objects.filter(code="I.1").exists()


def test_an_assignment_with_figures_stays(reported, workbook):
    workbook.take_out("Phân công", "I.1", "x11")
    assert "Tệp thiếu phân công I.1, x11" in workbook.problems()["Phân công", "B3"]
    workbook.take_out("Phân công", "I.1", "x21")
    # Without a row the target is assigned by its group, all communes, of which x11 is one.
    assert workbook.load().added == 3
    place = workbook.put("Chỉ tiêu thành phần", "I.1", "Nhóm báo cáo", "@districts")
    assert workbook.problems()[place].startswith("1 đơn vị đã có số liệu không còn được giao: x11.")


def test_targets_without_rows_are_assigned_by_their_groups(world, workbook):
    for code in world.targets:
        for agency in ("x11", "x21"):
            workbook.take_out("Phân công", code, agency)
    workbook.take_out("Miễn", "II.3", "x11")
    loaded = workbook.load()
    # Five communes report each of seven targets, two of them did before.
    assert loaded.added == 7 * 3 and loaded.removed == 1
    assert list(Workbook(world.plan).book["Phân công"].iter_rows(min_row=4, values_only=True)) == []


def test_an_empty_calendar_makes_the_months_of_a_new_plan_and_leaves_a_stored_one(world, workbook):
    workbook.book["Lịch"].delete_rows(4, 12)
    assert workbook.load().changes == 0
    models.ReportingPeriod.objects.all().delete()
    assert workbook.load().added == 12
    # 17 June 2023 is a Saturday.
    assert models.ReportingPeriod.objects.get(number=6).due_on == dt.date(2023, 6, 19)


def test_windows_follow_one_another(world, workbook):
    place = workbook.put("Lịch", "5", "Số liệu từ ngày", dt.date(2023, 4, 17))
    assert workbook.problems()[place] == "Khoảng số liệu cách quãng với kỳ tháng 4."


def test_an_agency_that_the_file_lacks_stays(world, workbook):
    workbook.take_out("Cơ quan", "s2")
    assert workbook.load().changes == 0
    assert Agency.objects.filter(code="s2").exists()


def test_parents_may_stand_below_their_children_in_the_file(world, workbook):
    agency = {"Tên_đầy_đủ": "Đơn vị", "Tên_ngắn": "Đơn vị"}
    workbook.add("Cơ quan", **agency, Mã="x91", Cấp="Cấp xã", Trực_thuộc="h9")
    workbook.add("Cơ quan", **agency, Mã="h9", Cấp="Cấp huyện", Trực_thuộc="tinh")
    workbook.load()
    assert Placement.objects.get(agency__code="x91").parent.code == "h9"


def test_an_electronic_code_is_read_in_capitals_and_names_one_agency(world, workbook):
    workbook.put("Cơ quan", "s1", "Mã định danh điện tử", "h23.01")
    workbook.put("Cơ quan", "h1", "Mã định danh điện tử", "H23.40")
    workbook.put("Cơ quan", "x11", "Trực thuộc", "H23.40")
    workbook.load()
    codes = dict(Agency.objects.exclude(electronic_code="").values_list("code", "electronic_code"))
    assert codes == {"s1": "H23.01", "h1": "H23.40"}
    twice = workbook.put("Cơ quan", "s2", "Mã định danh điện tử", "H23.01")
    odd = workbook.put("Cơ quan", "h2", "Mã định danh điện tử", "H23-40")
    told = workbook.problems()
    assert told[twice] == "Mã định danh điện tử này đã là của cơ quan khác."
    assert told[odd].startswith("Mã định danh điện tử viết như H23 hoặc H23.01.02")


def test_what_only_follows_from_another_fault_is_not_told(world, workbook):
    place = workbook.put("Trụ cột", "II", "Tên", None)
    assert set(workbook.problems()) == {place}


def test_assignments_of_a_faulty_target_are_not_told_as_lost(reported, workbook):
    for code in ("I.1", "I.2"):
        for agency in ("x11", "x21"):
            workbook.take_out("Phân công", code, agency)
    place = workbook.put("Cơ quan", "s1", "Tên ngắn", None)
    assert set(workbook.problems()) == {place}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("=1/0", "Ô là công thức chưa có kết quả. Mở bằng Excel, lưu lại, hoặc ghi giá trị."),
        ("1.970.5", "“1.970.5” không phải là số. Nhập như 1.970 hoặc 78,65."),
        ("78.655", "“78.655” có hai cách đọc. Nhập 78655 hoặc 78,6550."),
        (dt.date(2023, 5, 1), "“01/05/2023” không phải là số. Nhập như 1.970 hoặc 78,65."),
        (-1, "Số này không được âm."),
        (101, "Số này không được quá 100%."),
    ],
)
def test_a_number_that_is_none(world, workbook, value, reason):
    place = workbook.put("Chỉ tiêu thành phần", "I.2", "Ngưỡng", value)
    assert workbook.problems() == {place: reason}


def test_a_closed_plan_is_not_loaded(world, workbook):
    models.Plan.objects.update(state="closed")
    workbook.put("Cơ quan", "s1", "Tên ngắn", "Sở Một")
    for load in (workbook.load, lambda: services.preview(workbook.source())):
        with pytest.raises(ActionNotAllowed, match="đã khóa"):
            load()
    assert Agency.objects.get(code="s1").short_name == "S1"


def test_a_code_that_is_left_out_stays_and_one_of_another_plan_is_refused(world, workbook):
    sheet = workbook.book["Kế hoạch"]
    for row in sheet.iter_rows(min_row=3):
        if row[0].value == "Mã":
            row[1].value = None
    assert workbook.load().changes == 0
    world.plan.refresh_from_db()
    assert (world.plan.code, world.plan.state) == ("2023", "running")
    make.make_plan(2024, code="moi")
    workbook.put("Kế hoạch", "", "Mã", "moi")
    assert set(workbook.problems().values()) == {"Đã có kế hoạch mã moi."}


def test_a_copied_plan_and_a_redefined_target_change_nothing_either(world):
    make.report(world.tree["x11"], make.period(world.plan, 2), {world.targets["I.1"]: (30, 100)})
    engine.rebuild(world.plan)
    models.Target.objects.filter(pk=world.targets["I.2"].pk).update(frequency="half")
    models.Target.objects.filter(pk=world.targets["I.3"].pk).update(frequency="year")
    target = models.Target.objects.get(pk=world.targets["II.1"].pk)
    target.threshold = Decimal("85.5")
    change_target(target=target, by=world.standing, reason="Đổi theo công văn", changes={}, first_period=3)
    made = copy_plan(plan=world.plan, year=2024, code="2024-moi", by=world.standing)
    assert models.CarriedBaseline.objects.filter(target__plan=made).count() == 1
    for plan in (world.plan, made):
        loaded = services.preview(Workbook(plan).source(), plan=plan)
        assert (loaded.problems, [row for table in loaded.tables for row in table.rows]) == ([], [])


def test_a_plan_of_several_years_is_loaded_and_goes_out_again(world, workbook):
    """Of 2024 to 2026, with its own 36 months; a flow that accumulates over it. Its last year is for good."""
    for title, value in (
        ("Năm", 2024),
        ("Mã", None),
        ("Ngày đầu", dt.date(2024, 1, 1)),
        ("Ngày cuối", dt.date(2026, 12, 31)),
    ):
        workbook.put("Kế hoạch", "", title, value)
    for sheet in ("Lịch", "Ngày nghỉ", "Miễn", "Mốc"):
        workbook.book[sheet].delete_rows(HEADING_LINE + 1, 40)
    for code in world.targets:
        workbook.put("Chỉ tiêu thành phần", code, "Hạn hoàn thành", dt.date(2026, 12, 31))
    workbook.put("Chỉ tiêu thành phần", "I.2", "Thời điểm", "Phát sinh, lũy kế từ đầu kế hoạch")
    assert workbook.problems() == {}
    workbook.load()
    plan = models.Plan.objects.get(code="2024-2026")
    assert (plan.address, plan.first_month, plan.periods.count(), plan.state) == ("2024-2026", 1, 36, "draft")
    target = plan.targets.get(code="I.2")
    assert (target.timing, target.accumulates_over_plan) == ("flow", True)
    again = Workbook(plan)
    assert again.cell("Chỉ tiêu thành phần", again.line("Chỉ tiêu thành phần", "I.2"), "Thời điểm").value == (
        "Phát sinh, lũy kế từ đầu kế hoạch"
    )
    assert again.load().changes == 0
    place = again.put("Kế hoạch", "", "Ngày cuối", dt.date(2027, 12, 31))
    assert again.problems()[place] == "Năm cuối của kế hoạch đã lập không đổi được: lập kế hoạch khác."
    place = again.put("Kế hoạch", "", "Ngày cuối", dt.date(2036, 12, 31))
    assert place in again.problems()


@pytest.mark.parametrize(
    ("first", "last", "title", "said"),
    [
        ((2024, 7, 15), (2026, 7, 14), "Ngày đầu", "Kế hoạch nhiều năm bắt đầu từ ngày đầu của một tháng."),
        ((2024, 7, 1), (2026, 7, 14), "Ngày cuối", "Kế hoạch nhiều năm kết thúc vào ngày cuối của một tháng."),
        ((2024, 11, 1), (2025, 6, 30), "Ngày cuối", "Kế hoạch dài ít nhất mười hai tháng"),
        ((2024, 1, 1), (2034, 1, 31), "Ngày cuối", "Kế hoạch dài nhất 10 năm."),
    ],
)
def test_a_plan_of_several_years_has_whole_months(world, workbook, first, last, title, said):
    told = {"Năm": 2024, "Mã": None, "Ngày đầu": dt.date(*first), "Ngày cuối": dt.date(*last)}
    places = {name: workbook.put("Kế hoạch", "", name, value) for name, value in told.items()}
    assert workbook.problems()[places[title]].startswith(said)
