"""Lateness by rule (docs/decisions/0120): each case can be calculated on paper."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.schedule_rules import (
    LATE,
    Judged,
    Lateness,
    LeadReport,
    Plan,
    Step,
    due_day,
    expected_percent,
    judge,
    whole,
)

FIRST = dt.date(2023, 1, 1)
DUE = dt.date(2023, 12, 31)
DAY = dt.date(2023, 8, 19)
YEAR = Plan(FIRST, DUE, False)
OPEN = Plan(FIRST, None, False)
ONGOING = Plan(FIRST, None, True)


def run(percent="70", **said):
    return LeadReport(month=8, stage="running", percent=Decimal(percent), **said)


def step(name, day, done=None):
    return Step(name, dt.date(2023, *day), dt.date(2023, *done) if done else None)


@pytest.mark.parametrize(
    ("plan", "said", "expected"),
    [
        (YEAR, run(), (Lateness.ON_SCHEDULE, "Không có mốc nào quá hạn.", 0)),
        # 30/6 to 19/8 is 50 days: more than 30.
        (
            YEAR,
            run(steps=[step("Lựa chọn nhà thầu", (6, 30))]),
            (Lateness.OVERDUE, "Lựa chọn nhà thầu: hạn 30/06/2023, quá 50 ngày.", 50),
        ),
        (
            YEAR,
            run(steps=[step("Thiết kế", (7, 25))]),
            (Lateness.SLIPPING, "Thiết kế: hạn 25/07/2023, quá 25 ngày.", 25),
        ),
        # Exactly 30 days is still slipping; 31 is overdue.
        (YEAR, run(steps=[step("A", (7, 20))]), (Lateness.SLIPPING, "A: hạn 20/07/2023, quá 30 ngày.", 30)),
        (YEAR, run(steps=[step("A", (7, 19))]), (Lateness.OVERDUE, "A: hạn 19/07/2023, quá 31 ngày.", 31)),
        # The oldest one is named.
        (
            YEAR,
            run(steps=[step("B", (8, 10)), step("A", (8, 1))]),
            (Lateness.SLIPPING, "A: hạn 01/08/2023, quá 18 ngày.", 18),
        ),
        # Done in time or late, but done; done only after the day that is looked at: not yet.
        (YEAR, run(steps=[step("A", (7, 1), (8, 2))]), (Lateness.ON_SCHEDULE, "Không có mốc nào quá hạn.", 0)),
        (YEAR, run(steps=[step("A", (8, 1), (8, 20))]), (Lateness.SLIPPING, "A: hạn 01/08/2023, quá 18 ngày.", 18)),
        # A milestone due today is not overdue.
        (YEAR, run(steps=[step("A", (8, 19))]), (Lateness.ON_SCHEDULE, "Không có mốc nào quá hạn.", 0)),
        # 31/8 is 12 days off; the day itself still counts; the day after is overdue.
        (Plan(FIRST, dt.date(2023, 8, 31), False), run(), (Lateness.DUE_SOON, "Hạn 31/08/2023, còn 12 ngày.", 12)),
        (Plan(FIRST, DAY, False), run("90"), (Lateness.DUE_SOON, "Hạn 19/08/2023, còn 0 ngày.", 0)),
        (
            Plan(FIRST, dt.date(2023, 8, 18), False),
            run("90"),
            (Lateness.OVERDUE, "Quá hạn 18/08/2023 1 ngày.", 1),
        ),
        # 230 of 364 days have gone: 63,19%. 38,2 is 24,99 points behind, 38,1 is 25,09.
        (YEAR, run("38.2"), (Lateness.ON_SCHEDULE, "Không có mốc nào quá hạn.", 0)),
        (YEAR, run("38.1"), (Lateness.SLIPPING, "Mới đạt 38,1%, theo thời gian cần khoảng 63%.", 0)),
        (YEAR, LeadReport(8, "not_started", Decimal(0), planned_start=dt.date(2023, 9, 1)), (
            Lateness.NOT_STARTED, "Chưa bắt đầu. Dự kiến bắt đầu 01/09/2023.", 0)),
        (YEAR, LeadReport(8, "not_started", Decimal(0)), (Lateness.SLIPPING, "Mới đạt 0%, theo thời gian cần khoảng 63%.", 0)),
        (YEAR, LeadReport(8, "paused", Decimal(30)), (Lateness.BLOCKED, "Tạm dừng theo báo cáo tháng 8.", 0)),
        (YEAR, LeadReport(6, "stopped"), (Lateness.STOPPED, "Dừng hẳn theo báo cáo tháng 6.", 0)),
        (YEAR, LeadReport(5, "done", Decimal(100), actual_finish=dt.date(2023, 5, 3)), (
            Lateness.DONE, "Hoàn thành ngày 03/05/2023.", 0)),
        (Plan(FIRST, dt.date(2023, 4, 30), False), LeadReport(5, "done", Decimal(100), actual_finish=dt.date(2023, 5, 3)), (
            Lateness.DONE, "Hoàn thành ngày 03/05/2023, muộn 3 ngày.", 3)),
        (YEAR, None, (Lateness.NO_REPORT, "Chưa có báo cáo nào; chưa có báo cáo tháng 8.", 0)),
        (YEAR, run()._replace(month=7), (Lateness.NO_REPORT, "Báo cáo gần nhất: tháng 7; chưa có báo cáo tháng 8.", 0)),
        (ONGOING, LeadReport(8, "running"), (Lateness.ONGOING, "Đã báo cáo tháng 8.", 0)),
        (ONGOING, LeadReport(7, "running"), (Lateness.NO_REPORT, "Báo cáo gần nhất: tháng 7; chưa có báo cáo tháng 8.", 0)),
        (OPEN, run(), (Lateness.NO_DATE, "Kế hoạch không ghi hạn, đơn vị chưa nêu ngày dự kiến.", 0)),
        (OPEN, run("95", planned_finish=dt.date(2023, 8, 30)), (Lateness.DUE_SOON, "Hạn 30/08/2023, còn 11 ngày.", 11)),
        (OPEN, run(steps=[step("A", (11, 1))]), (Lateness.ON_SCHEDULE, "Không có mốc nào quá hạn.", 0)),
    ],
)  # fmt: skip
def test_one_lead(plan, said, expected):
    assert judge(plan, said, DAY, 8) == Judged(*expected)


def test_before_any_report_is_due_nobody_is_silent():
    assert judge(YEAR, None, dt.date(2023, 1, 5), 0).lateness == Lateness.NO_REPORT
    assert judge(YEAR, LeadReport(1, "running", Decimal(5)), dt.date(2023, 1, 16), 0).lateness == Lateness.ON_SCHEDULE


def test_a_late_project_is_late_though_nobody_reports():
    assert judge(Plan(FIRST, dt.date(2023, 6, 30), False), None, DAY, 8) == Judged(
        Lateness.OVERDUE, "Quá hạn 30/06/2023 50 ngày.", 50
    )


@given(day=st.dates(FIRST, dt.date(2024, 2, 1)), start=st.dates(FIRST, DUE - dt.timedelta(days=1)))
def test_the_straight_line_never_falls_and_stays_within_the_whole(day, start):
    said = run(planned_start=start)
    here, later = (expected_percent(YEAR, said, d) for d in (day, day + dt.timedelta(days=1)))
    assert 0 <= here <= later <= 100
    assert expected_percent(OPEN, run(), day) is None


@given(
    stage=st.sampled_from(["not_started", "preparing", "running", "paused"]),
    percent=st.decimals(0, 100, places=2),
    gap=st.integers(1, 400),
    ongoing=st.booleans(),
)
def test_what_is_past_its_due_day_is_never_on_schedule(stage, percent, gap, ongoing):
    plan = Plan(FIRST, None if ongoing else DUE, ongoing)
    judged = judge(plan, LeadReport(12, stage, percent), DUE + dt.timedelta(days=gap), 12)
    if stage == "paused":
        assert judged.lateness == Lateness.BLOCKED
    elif ongoing:
        assert judged.lateness == Lateness.ONGOING
    else:
        assert (judged.lateness, judged.days) == (Lateness.OVERDUE, gap)


def test_the_plans_own_due_day_goes_before_the_leads():
    assert due_day(YEAR, run(planned_finish=dt.date(2024, 3, 1))) == DUE
    assert due_day(ONGOING, run(planned_finish=DUE)) is None


DONE, GOOD = Judged(Lateness.DONE, ""), Judged(Lateness.ON_SCHEDULE, "")


def test_several_leads_stand_as_the_worst_and_are_counted():
    late = Judged(Lateness.OVERDUE, "", 12)
    found = whole([DONE] * 18 + [GOOD] * 8 + [late, late._replace(days=40), Judged(Lateness.NO_REPORT, "")])
    assert (found.leads, found.done) == (29, 18)
    assert found.judged == Judged(Lateness.OVERDUE, "2/29 đơn vị quá hạn; 18/29 đơn vị hoàn thành.", 40)
    assert found.counts == {Lateness.DONE: 18, Lateness.ON_SCHEDULE: 8, Lateness.OVERDUE: 2, Lateness.NO_REPORT: 1}


def test_finished_only_when_each_is():
    assert whole([DONE, GOOD]).judged.lateness == Lateness.ON_SCHEDULE
    assert whole([DONE, DONE]).judged == Judged(Lateness.DONE, "2/2 đơn vị hoàn thành.")
    stopped = Judged(Lateness.STOPPED, "")
    assert whole([DONE, *[stopped] * 28]).judged == Judged(
        Lateness.STOPPED, "1/29 đơn vị hoàn thành, 28 đơn vị dừng hẳn."
    )
    assert whole([DONE] * 28 + [stopped]).judged.lateness == Lateness.STOPPED
    assert whole([stopped, stopped]).judged.lateness == Lateness.STOPPED


def test_one_lead_speaks_for_itself_and_none_is_said():
    alone = Judged(Lateness.SLIPPING, "A: hạn 01/08/2023, quá 18 ngày.", 18)
    assert whole([alone]).judged == alone
    assert whole([]).judged == Judged(Lateness.NO_REPORT, "Cơ quan chủ trì không báo cáo trên hệ thống.")


@given(st.lists(st.sampled_from(list(Lateness)), min_size=2, max_size=40))
def test_the_whole_is_late_exactly_when_some_lead_is(found):
    together = whole(Judged(one, "") for one in found)
    assert (together.judged.lateness in LATE) == any(one in LATE for one in found)
    assert sum(together.counts.values()) == together.leads == len(found)
