"""Deadlines by level, extensions, catching up: what is in time and what is late, to the second in Vietnam's time (promises
F-03, F-04, F-29)."""

import datetime as dt
from contextlib import contextmanager
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction

from agencies.models import Level
from agencies.roles import Role
from core.audit.models import AuditEntry
from core.clock import VIETNAM
from core.notifications.models import Notification
from indicators.bulk_import import services as bulk_import_services
from indicators.calendar import services, tasks
from indicators.calendar.services import Days, Unfit
from indicators.errors import ActionNotAllowed
from indicators.models import DayOff, Extension, PendingRollup, PeriodEvent, State, Submission
from indicators.periods import deadlines
from indicators.rules.calendar import PeriodState
from indicators.submissions import editing, locks, workflow
from indicators.submissions.validation import Figures
from tests import factories

pytestmark = pytest.mark.django_db

LAST_SECOND = dt.time(23, 59, 59)
MIDNIGHT = dt.time(0, 0, 0)


def at(month, day, time=dt.time(9)):
    return dt.datetime.combine(dt.date(2023, month, day), time, VIETNAM)


@contextmanager
def moment(*when):
    with time_machine.travel(at(*when), tick=False):
        yield


class Office:
    """A province whose August is due on the 16th for communes, on the 17th for districts, on the 18th for the rest."""

    def __init__(self):
        self.tree = factories.make_tree()
        self.plan = factories.make_plan(issued_on=dt.date(2023, 4, 1))
        self.one = factories.target(self.plan, "I.1", self.tree.values())
        self.two = factories.target(self.plan, "I.2", self.tree.values())
        self.people = {code: factories.person(f"dm-{code}", agency, Role.FOCAL) for code, agency in self.tree.items()}
        self.reviewer = factories.person("duyet-h1", self.tree["h1"], Role.REVIEWER)
        self.standing = factories.person("thuong-truc", self.tree["s1"], Role.STANDING)
        august = self.period(8)
        august.commune_due_on, august.district_due_on = dt.date(2023, 8, 16), dt.date(2023, 8, 17)
        august.commune_review_due_on = dt.date(2023, 8, 17)
        august.due_on = dt.date(2023, 8, 18)
        august.save()

    def period(self, month):
        return factories.period(self.plan, month)

    def draft(self, code, month=8, targets=None):
        by = self.people[code]
        report = editing.open_report(agency=self.tree[code], period=self.period(month), by=by)
        figures = {target: Figures(Decimal(1), Decimal(2)) for target in targets or [self.one]}
        return editing.save_figures(submission=report, figures=figures, by=by)

    def hand_in(self, code, month=8, targets=None):
        """Is the report late?"""
        report = self.draft(code, month, targets)
        return workflow.submit(submission=report, by=self.people[code]).is_late

    def ask(self, code, until, targets=(), month=8):
        return services.ask_extension(
            agency=self.tree[code],
            period=self.period(month),
            by=self.people[code],
            reason="Mất mạng hai ngày.",
            until=dt.date(2023, *until),
            targets=targets,
        )

    def catch_up(self, month, until, code=None):
        return services.open_catch_up(
            period=self.period(month),
            agency=self.tree[code] if code else None,
            by=self.standing,
            reason="Kế hoạch ban hành sau.",
            until=dt.date(2023, *until),
        )


@pytest.fixture
def office():
    return Office()


# --- Levels ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "day"), [("x11", 16), ("h1", 17), ("s2", 18), ("tinh", 18)])
def test_in_time_until_the_last_second_of_the_levels_day(office, code, day):
    with moment(8, day, LAST_SECOND):
        assert office.hand_in(code) is False


@pytest.mark.parametrize(("code", "day"), [("x11", 17), ("h1", 18), ("s2", 19), ("tinh", 19)])
def test_late_from_midnight_on(office, code, day):
    with moment(8, day, MIDNIGHT):
        assert office.hand_in(code) is True


def test_the_hour_of_the_server_does_not_matter():
    """23:59:59 in Vietnam is 16:59:59 in Greenwich, and 00:00:00 is still the day before there."""
    assert at(8, 17, MIDNIGHT).astimezone(dt.UTC).date() == dt.date(2023, 8, 16)


def test_the_year_ends_like_any_month(office):
    with moment(12, 17, LAST_SECOND):
        assert office.hand_in("s2", 12) is False
    with moment(12, 18, MIDNIGHT):
        assert office.hand_in("h2", 12) is True


def test_an_operators_load_is_judged_by_the_level_too(office):
    def load(code, line=1):
        row = bulk_import_services.Reported(
            line, office.tree[code], office.period(8), office.one, Figures(Decimal(1), Decimal(2))
        )
        return bulk_import_services.load_figures(rows=[row], state=State.SUBMITTED).late

    with moment(8, 17, MIDNIGHT):
        assert [load("x11"), load("h1"), load("s2")] == [1, 0, 0]


def test_the_database_keeps_communes_before_districts_before_the_rest(office):
    august = office.period(8)
    for field, day in [
        ("commune_due_on", 18),
        ("district_due_on", 19),
        ("commune_due_on", 14),
        ("commune_review_due_on", 15),
        ("commune_review_due_on", 21),
    ]:
        with pytest.raises(IntegrityError), transaction.atomic():
            type(august).objects.filter(pk=august.pk).update(**{field: dt.date(2023, 8, day)})


def test_the_deadlines_of_many_in_one_query(office, django_assert_num_queries):
    with moment(8, 16):
        services.grant_extension(extension=office.ask("x11", (8, 21)), by=office.reviewer)
    periods = list(office.plan.periods.all())
    with django_assert_num_queries(1):
        calendar = deadlines.read(periods)
    days = {code: calendar.of(agency.pk, agency.level, periods[7]).due_on.day for code, agency in office.tree.items()}
    assert days == {"tinh": 18, "s1": 18, "s2": 18, "h1": 17, "h2": 17, "x11": 21, "x12": 16, "x21": 16, "x22": 16}


# --- Extensions ------------------------------------------------------------------------------------------------------


def test_an_extension_asked_for_in_time_moves_the_deadline_to_its_last_second(office):
    with moment(8, 16, LAST_SECOND):
        asked = office.ask("x11", (8, 22))
    with moment(8, 17):
        granted = services.grant_extension(extension=asked, by=office.reviewer, answer="Đồng ý.")
        assert granted.moves_due
        own = deadlines.of(office.tree["x11"], office.period(8))
        assert (own.due_on, own.closes_on, own.is_extended) == (dt.date(2023, 8, 22), dt.date(2023, 8, 22), True)
    with moment(8, 22, LAST_SECOND):
        assert office.hand_in("x11") is False


def test_after_its_last_second_it_is_closed_by_itself(office):
    with moment(8, 16):
        services.grant_extension(extension=office.ask("x11", (8, 22)), by=office.reviewer)
        report = office.draft("x11")
    with moment(8, 23, MIDNIGHT):
        with pytest.raises(ActionNotAllowed, match="đã đóng sau ngày 22/08/2023"):
            workflow.submit(submission=report, by=office.people["x11"])
        with pytest.raises(ActionNotAllowed, match="đã đóng"):
            office.draft("x12")
    assert Submission.objects.get(pk=report.pk).state == State.DRAFT


def test_asked_for_a_second_too_late_it_opens_the_entry_and_the_report_is_late(office):
    with moment(8, 17, MIDNIGHT):
        granted = services.grant_extension(extension=office.ask("x11", (8, 22)), by=office.reviewer)
        assert not granted.moves_due
    with moment(8, 22, LAST_SECOND):
        assert office.hand_in("x11") is True


def test_one_request_at_a_time_and_one_decision(office):
    with moment(8, 16):
        asked = office.ask("x11", (8, 22))
        with pytest.raises(ActionNotAllowed, match="đang chờ quyết định"):
            office.ask("x11", (8, 23))
        services.refuse_extension(extension=asked, by=office.reviewer, answer="Số liệu đã có.")
        with pytest.raises(ActionNotAllowed, match="đã được quyết định lúc .*: không cho"):
            services.grant_extension(extension=asked, by=office.reviewer)
        office.ask("x11", (8, 23))
    assert list(AuditEntry.objects.order_by("pk").values_list("act", flat=True)) == [
        "đề nghị gia hạn",
        "không cho gia hạn",
        "đề nghị gia hạn",
    ]


def test_who_may_ask_and_who_decides(office):
    with moment(8, 16):
        with pytest.raises(ActionNotAllowed, match="thuộc đơn vị khác"):
            services.ask_extension(
                agency=office.tree["x12"],
                period=office.period(8),
                by=office.people["x11"],
                reason="x",
                until=dt.date(2023, 8, 22),
            )
        of_h2, of_district = office.ask("x21", (8, 22)), office.ask("h1", (8, 22))
        for asked in (of_h2, of_district):
            with pytest.raises(ActionNotAllowed, match="không thuộc phạm vi quyết định"):
                services.grant_extension(extension=asked, by=office.reviewer)
            with pytest.raises(ActionNotAllowed, match="không thuộc phạm vi quyết định"):
                services.grant_extension(extension=asked, by=office.people["x21"])
            services.grant_extension(extension=asked, by=office.standing)
    assert Extension.objects.granted().count() == 2


@pytest.mark.parametrize(
    ("until", "reason", "said"),
    [
        ((8, 15), "x", "đã qua"),
        ((8, 16), "x", "Hạn nộp hiện nay đã là ngày 16/08/2023"),
        ((10, 16), "x", "muộn nhất là 15/10/2023"),
        ((8, 22), "  ", "lý do"),
        ((8, 22), "x" * 501, "500"),
    ],
)
def test_what_no_extension_can_be(office, until, reason, said):
    with moment(8, 16), pytest.raises(ActionNotAllowed, match=said):
        services.give_extension(
            agency=office.tree["x11"],
            period=office.period(8),
            by=office.reviewer,
            reason=reason,
            until=dt.date(2023, *until),
        )
    assert not Extension.objects.exists()


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ((8, 15), "đã qua"),
        ((8, 16), "Hạn nộp hiện nay đã là ngày 16/08/2023. Chọn ngày muộn hơn."),
        ((10, 16), "muộn nhất là 15/10/2023"),
    ],
)
def test_nobody_is_asked_for_what_could_not_be_given(office, until, said):
    with moment(8, 16), pytest.raises(ActionNotAllowed, match=said):
        office.ask("x11", until)
    assert not Extension.objects.exists()


def test_a_request_is_withdrawn_before_it_is_decided(office):
    with moment(8, 16):
        asked = office.ask("x11", (8, 22))
        for who in (office.people["x12"], office.reviewer, office.standing):
            with pytest.raises(ActionNotAllowed, match="thuộc đơn vị khác"):
                services.withdraw_extension(extension=asked, by=who)
        withdrawn = services.withdraw_extension(extension=asked, by=office.people["x11"])
        assert (withdrawn.state, withdrawn.decided_by) == ("withdrawn", office.people["x11"])
        for act in (services.grant_extension, services.refuse_extension):
            with pytest.raises(ActionNotAllowed, match="Đơn vị đã rút đề nghị này lúc"):
                act(extension=asked, by=office.reviewer, answer="x")
        with pytest.raises(ActionNotAllowed, match="đã rút"):
            services.withdraw_extension(extension=asked, by=office.people["x11"])
        assert not Extension.objects.waiting().exists()
        told = Notification.objects.get(person=office.reviewer, key=f"extension-withdrawn:{asked.pk}")
        assert "đã rút đề nghị gia hạn" in told.title
        # Another one may follow; what was granted is not withdrawn.
        granted = services.grant_extension(extension=office.ask("x11", (8, 23)), by=office.reviewer)
        with pytest.raises(ActionNotAllowed, match="đã cho"):
            services.withdraw_extension(extension=granted, by=office.people["x11"])
    assert AuditEntry.objects.filter(act="rút đề nghị gia hạn").count() == 1


def test_none_for_a_period_that_has_not_opened_nor_for_a_report_that_is_in(office):
    with moment(8, 16):
        with pytest.raises(ActionNotAllowed, match="chưa mở"):
            office.ask("x11", (9, 30), month=9)
        office.hand_in("x11")
        with pytest.raises(ActionNotAllowed, match="đang chờ duyệt"):
            office.ask("x11", (8, 22))


def test_ended_early_it_is_over_today(office):
    with moment(8, 16):
        granted = services.grant_extension(extension=office.ask("x11", (8, 25)), by=office.reviewer)
    with moment(8, 22):
        services.end_extension(extension=granted, by=office.reviewer, reason="Số đã có.")
        with pytest.raises(ActionNotAllowed, match="đã đóng"):
            office.draft("x11")
        with pytest.raises(ActionNotAllowed, match="không còn hiệu lực"):
            services.end_extension(extension=granted, by=office.reviewer, reason="Số đã có.")


# --- Single targets --------------------------------------------------------------------------------------------------


def test_more_time_for_one_target_opens_it_alone(office):
    with moment(8, 16):
        assert office.hand_in("x11", targets=[office.one]) is False
        report = Submission.objects.get(agency=office.tree["x11"])
        workflow.approve(submission=report, by=office.reviewer)
        asked = office.ask("x11", (8, 25), [office.two])
    with moment(8, 21):
        services.grant_extension(extension=asked, by=office.reviewer)
        newer = Submission.objects.get(agency=office.tree["x11"], is_latest=True)
        assert (newer.version, newer.state, newer.is_late) == (2, State.DRAFT, False)
        assert locks.open_cells(newer) == {office.two.pk}
    with moment(8, 25, LAST_SECOND):
        by, figure = office.people["x11"], Figures(Decimal(7), Decimal(9))
        with pytest.raises(ActionNotAllowed, match=r"I\.1: .*không được gia hạn"):
            editing.save_figures(submission=newer, figures={office.one: figure}, by=by)
        editing.save_figures(submission=newer, figures={office.two: figure}, by=by)
        assert workflow.submit(submission=newer, by=by).is_late is False
    assert Submission.objects.get(pk=report.pk).is_official


def test_the_one_target_is_closed_at_midnight(office):
    with moment(8, 16):
        services.grant_extension(extension=office.ask("x11", (8, 25), [office.two]), by=office.reviewer)
        assert deadlines.of(office.tree["x11"], office.period(8)).due_on == dt.date(2023, 8, 16)
    with moment(8, 26, MIDNIGHT), pytest.raises(ActionNotAllowed, match="đã đóng"):
        office.draft("x11", targets=[office.two])


def test_a_target_of_somebody_elses_is_refused(office):
    three = factories.target(office.plan, "I.3", [office.tree["s1"]])
    with moment(8, 16), pytest.raises(ActionNotAllowed, match="không phải báo cáo"):
        office.ask("x11", (8, 25), [three])


# --- Catching up -----------------------------------------------------------------------------------------------------


def test_what_is_caught_up_from_before_the_plan_is_in_time_until_its_last_second(office):
    with moment(8, 10):
        office.catch_up(2, (8, 31))
        assert deadlines.of(office.tree["x11"], office.period(2)).state(dt.date(2023, 8, 31)) == PeriodState.OPEN
    with moment(8, 31, LAST_SECOND):
        assert office.hand_in("x11", 2) is False
    with moment(9, 1, MIDNIGHT), pytest.raises(ActionNotAllowed, match="đã đóng"):
        office.draft("x12", 2)


def test_what_is_caught_up_from_after_the_plan_is_late(office):
    with moment(8, 10):
        office.catch_up(6, (8, 31), "x11")
        assert office.hand_in("x11", 6) is True
        with pytest.raises(ActionNotAllowed, match="đã đóng"):
            office.draft("x12", 6)


def test_who_opens_for_catching_up_and_when(office):
    with moment(8, 16):
        with pytest.raises(ActionNotAllowed, match="chưa đóng"):
            office.catch_up(8, (8, 31))
        with pytest.raises(ActionNotAllowed, match="Chỉ cơ quan thường trực"):
            services.open_catch_up(period=office.period(2), by=office.reviewer, reason="x", until=dt.date(2023, 8, 31))


# --- Editing the calendar --------------------------------------------------------------------------------------------


def days_of(office):
    return {p.number: Days(*(getattr(p, name) for name in Days._fields)) for p in office.plan.periods.all()}


def change(office, days, by=None):
    return services.change_calendar(plan=office.plan, days=days, by=by or office.standing, reason="Công văn số 5.")


def test_a_deadline_moved_out_makes_punctual_what_came_by_it(office):
    with moment(8, 17, MIDNIGHT):
        assert office.hand_in("x11") is True
    with moment(8, 18):
        days = days_of(office)
        later = days[8]._replace(commune_due_on=None, district_due_on=None, commune_review_due_on=None)
        changed = change(office, {8: later})
        assert [period.number for period in changed] == [8]
    assert not Submission.objects.get(agency=office.tree["x11"]).is_late
    entry = AuditEntry.objects.get(act="đổi lịch báo cáo")
    assert entry.detail["changes"]["tháng 8"]["commune_due_on"] == ["16/08/2023", ""]


def test_no_deadline_is_moved_into_the_past(office):
    with moment(8, 18), pytest.raises(Unfit) as refused:
        change(office, {8: days_of(office)[8]._replace(district_due_on=dt.date(2023, 8, 16))})
    assert refused.value.problems == {8: ["Hạn nộp của cấp huyện 16/08/2023 đã qua."]}


def test_windows_leave_no_gap_and_do_not_overlap(office):
    with moment(8, 1):
        days = days_of(office)
        with pytest.raises(Unfit) as refused:
            change(
                office, {10: days[10]._replace(window_first=dt.date(2023, 9, 20), window_last=dt.date(2023, 10, 15))}
            )
        assert refused.value.problems == {
            10: ["Khoảng số liệu cách quãng với kỳ tháng 9 năm 2023."],
            11: ["Khoảng số liệu chồng lên kỳ tháng 10 năm 2023."],
        }


def test_another_regime_by_editing_rows(office):
    """Calendar months from September on: 15 August to 30 September, then whole months."""
    with moment(8, 1):
        days, wanted = days_of(office), {}
        for month in range(9, 13):
            first = dt.date(2023, 8, 15) if month == 9 else dt.date(2023, month, 1)
            last = (dt.date(2023, month, 28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
            moved = last + dt.timedelta(days=3)
            wanted[month] = days[month]._replace(
                window_first=first,
                window_last=last,
                opens_on=last + dt.timedelta(days=1),
                due_on=moved,
                review_due_on=moved,
                closes_on=moved,
            )
        PendingRollup.objects.all().delete()
        assert [period.number for period in change(office, wanted)] == [9, 10, 11, 12]
    assert office.period(10).window_first == dt.date(2023, 10, 1)


def test_windows_stay_where_figures_were_entered(office):
    with moment(8, 16):
        office.draft("x11")
        days = days_of(office)
        wanted = {
            7: days[7]._replace(window_last=dt.date(2023, 7, 13)),
            8: days[8]._replace(window_first=dt.date(2023, 7, 14)),
        }
        with pytest.raises(Unfit, match="1 chỗ") as refused:
            change(office, wanted)
        assert list(refused.value.problems) == [8]
        with pytest.raises(ActionNotAllowed, match="Chỉ cơ quan thường trực"):
            change(office, {}, by=office.reviewer)


# --- Days off --------------------------------------------------------------------------------------------------------


def test_days_off_are_kept_by_the_standing_agency(office):
    day = dt.date(2023, 9, 1)
    row = services.set_day_off(day=day, name=" Nghỉ hoán đổi ", is_worked=False, by=office.standing)
    services.set_day_off(day=day, name="Làm bù", is_worked=True, by=office.standing)
    assert DayOff.objects.get().is_worked
    for by in (office.reviewer, office.people["x11"]):
        with pytest.raises(ActionNotAllowed):
            services.remove_day_off(day_off=row, by=by)
    services.remove_day_off(day_off=row, by=office.standing)
    assert not DayOff.objects.exists()


# --- What happens by the day alone -----------------------------------------------------------------------------------


def test_the_days_of_a_period_are_written_down_once_at_the_right_minute(office):
    with moment(8, 14, LAST_SECOND):
        assert tasks.turn_periods() == 0
    with moment(8, 15, MIDNIGHT):
        assert tasks.turn_periods() == 1
        assert tasks.turn_periods() == 0
    with moment(8, 21, MIDNIGHT):
        # The server stood still on the 19th: what it missed is made up.
        assert tasks.turn_periods() == 2
    assert list(PeriodEvent.objects.order_by("day").values_list("kind", "day")) == [
        ("opened", dt.date(2023, 8, 15)),
        ("due", dt.date(2023, 8, 19)),
        ("closed", dt.date(2023, 8, 21)),
    ]
    acts = list(AuditEntry.objects.order_by("pk").values_list("act", "object_label"))
    assert acts == [(act, "tháng 8 năm 2023") for act in ("mở kỳ", "hết hạn nộp", "đóng kỳ")]


def test_what_lies_long_ago_is_not_written_down_afterwards(office):
    with moment(12, 31):
        assert tasks.turn_periods() == 0


def test_levels_without_days_of_their_own_are_due_with_the_rest(office):
    july = office.period(7)
    assert {july.due_on_of(level) for level in Level} == {dt.date(2023, 7, 17)}
