"""The verbs: what may be done in which state and by whom, what each leaves behind, and that nothing is left by halves."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import transaction
from kombu.exceptions import OperationalError

from agencies.roles import Role
from core import clock
from core.audit.models import AuditEntry
from core.clock import VIETNAM
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import (
    Actual,
    Assignment,
    Basis,
    CommentKind,
    Exemption,
    IndicatorParty,
    Kind,
    PendingRollup,
    ReturnedFigure,
    ReturnReason,
    Rollup,
    RollupState,
    State,
    Submission,
    Timing,
)
from indicators.review import comments
from indicators.rollups import engine, pending, tasks
from indicators.submissions import attachments, editing, locks, workflow
from indicators.submissions.locks import ReasonForReturn
from indicators.submissions.validation import Figures
from indicators.targets import services
from tests import factories as make
from tests import worlds

pytestmark = pytest.mark.django_db

# The August period is open from the 15th to the 20th and due on the 17th.
OPEN = dt.datetime(2023, 8, 16, 9, tzinfo=VIETNAM)
AUGUST = 8


@pytest.fixture(autouse=True)
def at_nine_on_16_august():
    with time_machine.travel(OPEN, tick=False):
        yield


class World:
    """A commune x11 with its focal point, its reviewer in district h1, and others who have no business with it."""

    def __init__(self):
        self.tree = make.make_tree()
        self.plan = make.make_plan()
        self.commune, self.district, self.department = (self.tree[code] for code in ("x11", "h1", "s1"))
        self.ratio = make.target(self.plan, "I.1", [self.commune, self.tree["x12"], self.department])
        self.count = make.target(self.plan, "I.2", [self.commune], kind=Kind.COUNT, timing=Timing.STOCK)
        self.quarterly = make.target(self.plan, "II.1", [self.commune], frequency="quarter")
        self.elsewhere = make.target(self.plan, "I.3", [self.tree["x12"]])
        self.focal = make.person("dau-moi", self.commune, Role.FOCAL)
        self.reviewer = make.person("duyet", self.district, Role.REVIEWER)
        self.lead = make.person("chu-tri", self.tree["s2"], Role.LEAD)
        IndicatorParty.objects.create(indicator=self.ratio.indicator, part="lead", agency=self.tree["s2"])
        self.people = {
            "focal": self.focal,
            "reviewer": self.reviewer,
            "lead": self.lead,
            "neighbour": make.person("lang-gieng", self.tree["x12"], Role.FOCAL),
            "other reviewer": make.person("duyet-h2", self.tree["h2"], Role.REVIEWER),
            "own agency's reviewer": make.person("duyet-xa", self.commune, Role.REVIEWER),
            "standing": make.person("thuong-truc", self.department, Role.STANDING),
            "leader": make.person("lanh-dao", self.tree["tinh"], Role.LEADER),
            "administrator": make.person("quan-tri", self.tree["tinh"], Role.ADMIN),
            "focal, disabled": make.person("nghi-viec", self.commune, Role.FOCAL, is_active=False),
            "reviewer, disabled": make.person("nghi-duyet", self.district, Role.REVIEWER, is_active=False),
        }

    def period(self, month=AUGUST):
        return make.period(self.plan, month)

    def report(self, state=State.DRAFT, month=AUGUST, figures=None, **fields):
        given = {self.ratio: (30, 100)} if figures is None else figures
        return make.report(self.commune, self.period(month), given, state=state, **fields)


@worlds.shared(at=OPEN)
def world():
    return World()


def flags(submission):
    submission.refresh_from_db()
    return (submission.state, submission.is_latest, submission.is_official, submission.is_provisional)


def everything():
    """All that an act may write."""
    return (
        list(Submission.objects.order_by("pk").values_list()),
        list(Actual.objects.order_by("pk").values_list()),
        Actual.history.count(),
        list(PendingRollup.objects.order_by("pk").values_list()),
        AuditEntry.objects.count(),
    )


def owed():
    """(target, agency, from month) of every debt."""
    return sorted(PendingRollup.objects.values_list("target__code", "agency__code", "from_period"))


ACTS = {
    "save": lambda world, report: editing.save_figures(
        submission=report, figures={world.ratio: Figures(Decimal(1), Decimal(2))}, by=world.focal
    ),
    "submit": lambda world, report: workflow.submit(submission=report, by=world.focal),
    "attach": lambda world, report: attachments.attach(
        submission=report, target=world.ratio, upload=ContentFile(b"%PDF-1.4 x", name="a.pdf"), by=world.focal
    ),
    "withdraw": lambda world, report: workflow.withdraw(submission=report, by=world.focal),
    "approve": lambda world, report: workflow.approve(submission=report, by=world.reviewer),
    "return": lambda world, report: workflow.return_report(submission=report, by=world.reviewer, reason="Xem lại."),
    "reopen": lambda world, report: workflow.reopen(submission=report, by=world.reviewer, reason="Số sai."),
    "comment": lambda world, report: said(world, report, CommentKind.COMMENT, world.focal),
    "ask": lambda world, report: said(world, report, CommentKind.QUESTION, world.reviewer),
    "judge": lambda world, report: said(world, report, CommentKind.VERIFIED, world.lead),
}


def said(world, report, kind, by):
    return comments.add_comment(submission=report, target=world.ratio, kind=kind, text="Đúng không?", by=by)


# Every state × action: what the report is afterwards, or what the refusal says.
AFTER = {
    (State.DRAFT, "save"): State.DRAFT,
    (State.DRAFT, "submit"): State.SUBMITTED,
    (State.DRAFT, "attach"): State.DRAFT,
    (State.DRAFT, "withdraw"): "Phiếu chưa được nộp.",
    (State.DRAFT, "approve"): "Phiếu chưa được nộp.",
    (State.DRAFT, "return"): "Phiếu chưa được nộp.",
    (State.DRAFT, "reopen"): "Phiếu chưa được nộp.",
    (State.DRAFT, "comment"): "Phiếu chưa được nộp.",
    (State.DRAFT, "ask"): "Phiếu chưa được nộp.",
    (State.DRAFT, "judge"): "Phiếu chưa được nộp.",
    (State.SUBMITTED, "save"): "Phiếu đã nộp, đang chờ duyệt.",
    (State.SUBMITTED, "submit"): "Phiếu đã nộp, đang chờ duyệt.",
    (State.SUBMITTED, "attach"): "Phiếu đã nộp, đang chờ duyệt.",
    (State.SUBMITTED, "withdraw"): State.DRAFT,
    (State.SUBMITTED, "approve"): State.APPROVED,
    (State.SUBMITTED, "return"): State.RETURNED,
    (State.SUBMITTED, "reopen"): "Phiếu đã nộp, đang chờ duyệt.",
    (State.SUBMITTED, "comment"): State.SUBMITTED,
    (State.SUBMITTED, "ask"): State.SUBMITTED,
    (State.SUBMITTED, "judge"): State.SUBMITTED,
    (State.APPROVED, "save"): "Phiếu đã duyệt.",
    (State.APPROVED, "submit"): "Phiếu đã duyệt.",
    (State.APPROVED, "attach"): "Phiếu đã duyệt.",
    (State.APPROVED, "withdraw"): "Phiếu đã duyệt.",
    (State.APPROVED, "approve"): "Phiếu đã duyệt.",
    (State.APPROVED, "return"): "Phiếu đã duyệt.",
    (State.APPROVED, "reopen"): State.APPROVED,
    (State.APPROVED, "comment"): State.APPROVED,
    (State.APPROVED, "ask"): State.APPROVED,
    (State.APPROVED, "judge"): State.APPROVED,
    (State.RETURNED, "save"): State.RETURNED,
    (State.RETURNED, "submit"): State.SUBMITTED,
    (State.RETURNED, "attach"): State.RETURNED,
    (State.RETURNED, "withdraw"): "Phiếu đã bị trả lại,",
    (State.RETURNED, "approve"): "Phiếu đã bị trả lại,",
    (State.RETURNED, "return"): "Phiếu đã bị trả lại,",
    (State.RETURNED, "reopen"): "Phiếu đã bị trả lại,",
    (State.RETURNED, "comment"): State.RETURNED,
    (State.RETURNED, "ask"): "Phiếu đã bị trả lại,",
    (State.RETURNED, "judge"): "Phiếu đã bị trả lại,",
    (State.SUPERSEDED, "save"): "Phiếu này đã được thay bằng bản mới.",
    (State.SUPERSEDED, "submit"): "Phiếu này đã được thay bằng bản mới.",
    (State.SUPERSEDED, "attach"): "Phiếu này đã được thay bằng bản mới.",
    (State.SUPERSEDED, "withdraw"): "Phiếu này đã được thay bằng bản mới.",
    (State.SUPERSEDED, "approve"): "Phiếu này đã được thay bằng bản mới.",
    (State.SUPERSEDED, "return"): "Phiếu này đã được thay bằng bản mới.",
    (State.SUPERSEDED, "reopen"): "Phiếu này đã được thay bằng bản mới.",
    (State.SUPERSEDED, "comment"): "Phiếu này đã được thay bằng bản mới.",
    (State.SUPERSEDED, "ask"): "Phiếu này đã được thay bằng bản mới.",
    (State.SUPERSEDED, "judge"): "Phiếu này đã được thay bằng bản mới.",
}


class TestStates:
    def test_the_table_is_whole(self):
        assert set(AFTER) == {(state, act) for state in State for act in ACTS}
        assert set(ACTS) == set(locks.ALLOWED)

    @pytest.mark.parametrize(("state", "act"), AFTER, ids=lambda value: str(value))
    def test_every_state_and_act(self, world, state, act):
        report = world.report(state)
        expected = AFTER[state, act]
        if expected in State.values:
            ACTS[act](world, report)
            report.refresh_from_db()
            assert report.state == expected
            return
        before = everything()
        with pytest.raises(ActionNotAllowed, match=expected):
            ACTS[act](world, report)
        assert everything() == before

    @pytest.mark.parametrize("act", ["save", "attach", "submit"])
    @pytest.mark.parametrize(
        ("month", "reason"),
        [
            (7, "Kỳ tháng 7 năm 2023 đã đóng sau ngày 20/07/2023."),
            (9, "Kỳ tháng 9 năm 2023 chưa đến: mở nhập từ ngày 15/09/2023."),
        ],
    )
    def test_a_period_that_is_not_open(self, world, act, month, reason):
        report = world.report(month=month)
        before = everything()
        with pytest.raises(ActionNotAllowed) as refusal:
            ACTS[act](world, report)
        assert str(refusal.value).startswith(reason)
        assert everything() == before

    @pytest.mark.parametrize("act", ["approve", "return"])
    def test_a_reviewer_is_not_bound_by_the_period(self, world, act):
        report = world.report(State.SUBMITTED, month=7)
        ACTS[act](world, report)
        report.refresh_from_db()
        assert report.state != State.SUBMITTED

    @pytest.mark.parametrize(("now", "open_still"), [((2023, 8, 19, 23, 59, 59), True), ((2023, 8, 20), False)])
    def test_what_was_sent_back_after_the_close_can_be_mended_for_three_days(self, world, now, open_still):
        report = world.report(State.SUBMITTED, month=7)
        workflow.return_report(submission=report, by=world.reviewer, reason="Xem lại.")
        with time_machine.travel(dt.datetime(*now, tzinfo=VIETNAM), tick=False):
            if open_still:
                ACTS["save"](world, report)
                workflow.submit(submission=report, by=world.focal)
                assert flags(report)[0] == State.SUBMITTED
            else:
                with pytest.raises(ActionNotAllowed, match="đã đóng"):
                    ACTS["save"](world, report)

    @pytest.mark.parametrize(
        ("now", "state"),
        [
            # 17:00 in London's time is midnight in Vietnam.
            (dt.datetime(2023, 8, 14, 16, 59, 59, tzinfo=dt.UTC), "chưa đến"),
            (dt.datetime(2023, 8, 14, 17, 0, 0, tzinfo=dt.UTC), None),
            (dt.datetime(2023, 8, 20, 16, 59, 59, tzinfo=dt.UTC), None),
            (dt.datetime(2023, 8, 20, 17, 0, 0, tzinfo=dt.UTC), "đã đóng"),
        ],
    )
    def test_a_period_opens_and_closes_at_midnight_in_vietnam(self, world, now, state):
        with time_machine.travel(now, tick=False):
            locked = locks.lock_reason(Submission(agency=world.commune, period=world.period()), "save")
        assert locked is None if state is None else state in locked

    @pytest.mark.parametrize(
        ("now", "late"),
        [
            (dt.datetime(2023, 8, 17, 23, 59, 59, tzinfo=VIETNAM), False),
            (dt.datetime(2023, 8, 18, 0, 0, 0, tzinfo=VIETNAM), True),
        ],
    )
    def test_late_from_midnight_after_the_due_day(self, world, now, late):
        report = world.report()
        with time_machine.travel(now, tick=False):
            workflow.submit(submission=report, by=world.focal)
        report.refresh_from_db()
        assert (report.is_late, report.submitted_at) == (late, now)

    def test_a_mended_report_is_as_punctual_as_it_was_first(self, world):
        report = world.report()
        workflow.submit(submission=report, by=world.focal)
        workflow.return_report(submission=report, by=world.reviewer, reason="Xem lại.")
        later = OPEN + dt.timedelta(days=3)
        with time_machine.travel(later, tick=False):
            workflow.submit(submission=report, by=world.focal)
        report.refresh_from_db()
        assert (report.is_late, report.first_submitted_at, report.submitted_at) == (False, OPEN, later)


MAY = {
    "save": {"focal"},
    "submit": {"focal"},
    "attach": {"focal"},
    "withdraw": {"focal"},
    "approve": {"reviewer"},
    "return": {"reviewer"},
    "reopen": {"reviewer"},
    "comment": {"focal", "reviewer", "standing", "lead"},
    "ask": {"reviewer", "standing"},
    "judge": {"lead"},
}
READY = {
    "save": State.DRAFT,
    "submit": State.DRAFT,
    "attach": State.DRAFT,
    "withdraw": State.SUBMITTED,
    "approve": State.SUBMITTED,
    "return": State.SUBMITTED,
    "reopen": State.APPROVED,
    "comment": State.SUBMITTED,
    "ask": State.SUBMITTED,
    "judge": State.SUBMITTED,
}


class TestPeople:
    @pytest.mark.parametrize("act", ACTS)
    def test_who_may_do_what(self, world, act):
        report = world.report(READY[act])
        for name, person in world.people.items():
            world.focal = world.reviewer = world.lead = person
            before = everything()
            if name not in MAY[act]:
                with pytest.raises(ActionNotAllowed, match="Không có gì thay đổi"):
                    ACTS[act](world, report)
                assert everything() == before, name
        for name in MAY[act]:
            world.focal = world.reviewer = world.lead = world.people[name]
            ACTS[act](world, report)

    def test_the_standing_agency_reviews_what_is_directly_under_the_province(self, world):
        own = make.report(world.department, world.period(), {world.ratio: (1, 2)}, state=State.SUBMITTED)
        with pytest.raises(ActionNotAllowed):
            workflow.approve(submission=own, by=world.people["reviewer"])
        workflow.approve(submission=own, by=world.people["standing"])
        assert flags(own)[0] == State.APPROVED

    def test_only_its_focal_point_begins_a_report(self, world):
        for name, person in world.people.items():
            if name != "focal":
                with pytest.raises(ActionNotAllowed):
                    editing.open_report(agency=world.commune, period=world.period(), by=person)
        assert Submission.objects.count() == 0
        begun = editing.open_report(agency=world.commune, period=world.period(), by=world.focal)
        assert (begun.version, flags(begun)) == (1, (State.DRAFT, True, False, False))
        assert editing.open_report(agency=world.commune, period=world.period(), by=world.focal) == begun
        with pytest.raises(ActionNotAllowed, match="chưa đến"):
            editing.open_report(agency=world.commune, period=world.period(9), by=world.focal)


class TestFigures:
    def save(self, world, report, figures, **options):
        return editing.save_figures(submission=report, figures=figures, by=world.focal, **options)

    def test_new_changed_unchanged_and_gone(self, world):
        report = world.report(figures={})
        first = {world.ratio: Figures(Decimal(30), Decimal(100), note="x"), world.count: Figures(value=Decimal(5))}
        assert self.save(world, report, first).revision == 1
        assert self.save(world, report, first).revision == 1
        assert Actual.history.count() == 2
        saved = self.save(world, report, {world.ratio: Figures(Decimal(31), Decimal(100)), world.count: None})
        assert saved.revision == 2
        left = report.actuals.get()
        assert (left.target, left.numerator, left.note, left.entered_by) == (world.ratio, 31, "", world.focal)
        line = list(Actual.history.order_by("history_id").values_list("history_type", "target__code", "numerator"))
        assert line[2:] == [("~", "I.1", 31), ("-", "I.2", None)]
        assert set(Actual.history.values_list("history_change_reason", flat=True)) == {"biểu nhập"}
        assert set(Actual.history.values_list("history_user", flat=True)) == {world.focal.pk}
        assert set(Actual.history.values_list("history_date", flat=True)) == {OPEN}

    def test_a_note_alone_is_a_change(self, world):
        report = world.report()
        entry = Figures(Decimal(30), Decimal(100), note="đã kiểm tra")
        assert self.save(world, report, {world.ratio: entry}).revision == 1
        assert report.actuals.get().note == "đã kiểm tra"

    def test_everything_is_dated_by_the_systems_clock(self, world, settings):
        settings.CLOCK = "2023-08-17T10:30"
        clock.reload_anchor()
        now = dt.datetime(2023, 8, 17, 10, 30, tzinfo=VIETNAM)
        report = editing.open_report(agency=world.commune, period=world.period(), by=world.focal)
        given = {world.ratio: Figures(Decimal(1), Decimal(2)), world.count: Figures(value=Decimal(1))}
        self.save(world, report, given)
        self.save(world, report, {world.ratio: Figures(Decimal(2), Decimal(2)), world.count: None})
        workflow.submit(submission=report, by=world.focal)
        workflow.approve(submission=report, by=world.reviewer)
        workflow.reopen(submission=report, by=world.reviewer, reason="Số sai.")
        report.refresh_from_db()
        assert {report.created_at, report.submitted_at, report.reviewed_at} == {now}
        assert Actual.history.count() == 5
        assert set(Actual.history.values_list("history_date", flat=True)) == {now}
        assert set(AuditEntry.objects.values_list("at", flat=True)) == {now}
        assert set(PendingRollup.objects.values_list("created_at", flat=True)) == {now}

    def test_zero_is_kept_and_nothing_arose_is_said(self, world):
        report = world.report(figures={})
        entries = {
            world.ratio: Figures(Decimal(0), Decimal(0), nothing_arose=True),
            world.count: Figures(value=Decimal(0)),
        }
        self.save(world, report, entries)
        found = {a.target.code: (a.numerator, a.value, a.nothing_arose) for a in report.actuals.all()}
        assert found == {"I.1": (0, None, True), "I.2": (None, 0, False)}

    def test_what_was_sent_back_stays_marked_until_it_changes(self, world):
        report = world.report(State.RETURNED, figures={world.ratio: (30, 100), world.count: 5})
        report.actuals.update(return_reason="Xem lại.")
        self.save(
            world,
            report,
            {world.ratio: Figures(Decimal(30), Decimal(100)), world.count: Figures(value=Decimal(6))},
        )
        assert dict(report.actuals.values_list("target__code", "return_reason")) == {"I.1": "Xem lại.", "I.2": ""}

    @pytest.mark.parametrize(
        ("code", "entry", "reason"),
        [
            ("I.3", Figures(Decimal(1), Decimal(2)), "I.3 không được giao cho"),
            ("II.1", Figures(Decimal(1), Decimal(2)), "II.1 không được giao cho"),
            ("I.1", Figures(Decimal(3), Decimal(2)), "I.1: Tử số 3 lớn hơn mẫu số 2."),
            ("I.1", Figures(Decimal(-1), Decimal(2)), "I.1: Tử số và mẫu số không được âm."),
            ("I.1", Figures(value=Decimal(2)), "I.1: I.1 là tỷ lệ"),
            ("I.2", Figures(value=Decimal("2.5")), "I.2: Số lượng phải là số nguyên."),
            ("I.2", Figures(value=Decimal(2), nothing_arose=True), "I.2: Không phát sinh thì số phải bằng 0."),
            ("I.2", Figures(value=Decimal(2), note="a" * 2001), "I.2: Giải trình dài quá 2.000 ký tự."),
        ],
    )
    def test_all_or_nothing(self, world, code, entry, reason):
        report = world.report()
        good = (
            {world.count: Figures(value=Decimal(7))}
            if code != "I.2"
            else {world.ratio: Figures(Decimal(1), Decimal(2))}
        )
        before = everything()
        with pytest.raises(ActionNotAllowed) as refusal:
            self.save(world, report, good | {world.plan.targets.get(code=code): entry})
        assert str(refusal.value).startswith(reason)
        assert everything() == before

    def test_a_quarterly_target_at_the_quarters_end(self, world):
        with time_machine.travel(dt.datetime(2023, 9, 16, 9, tzinfo=VIETNAM), tick=False):
            self.save(world, world.report(month=9), {world.quarterly: Figures(Decimal(1), Decimal(2))})
        assert Actual.objects.filter(target=world.quarterly).count() == 1

    def test_an_exempt_target_is_not_asked_for(self, world):
        assert list(locks.assigned_targets(world.commune, world.period())) == [world.ratio, world.count]
        assert list(locks.assigned_targets(world.commune, world.period(9))) == [
            world.ratio,
            world.count,
            world.quarterly,
        ]
        assignment = Assignment.objects.get(agency=world.commune, target=world.count)
        services.exempt(
            assignment=assignment, by=world.people["standing"], reason="Không có", from_day=dt.date(2023, 8, 14)
        )
        assert list(locks.assigned_targets(world.commune, world.period())) == [world.ratio]
        assert list(locks.assigned_targets(world.commune, world.period(7))) == [world.ratio, world.count]

    def test_who_saves_second_sees_both(self, world):
        report = world.report()
        seen = report.revision
        self.save(world, report, {world.ratio: Figures(Decimal(40), Decimal(100))}, revision=seen)
        before = everything()
        with pytest.raises(EditConflict) as conflict:
            self.save(world, report, {world.ratio: Figures(Decimal(50), Decimal(100))}, revision=seen)
        assert everything() == before
        assert conflict.value.current[world.ratio.pk].numerator == 40
        assert conflict.value.current[world.ratio.pk].entered_by == world.focal
        self.save(world, report, {world.ratio: Figures(Decimal(50), Decimal(100))}, revision=seen + 1)

    def test_a_draft_owes_nothing(self, world):
        self.save(world, world.report(), {world.ratio: Figures(Decimal(40), Decimal(100))})
        assert owed() == []

    def test_an_empty_report_is_not_sent(self, world):
        with pytest.raises(ActionNotAllowed, match="chưa có số nào"):
            workflow.submit(submission=world.report(figures={}), by=world.focal)


class TestReview:
    def test_submit_counts_provisionally(self, world):
        report = world.report()
        workflow.submit(submission=report, by=world.focal, address="10.0.0.1")
        assert flags(report) == (State.SUBMITTED, True, False, True)
        assert (report.submitted_at, report.submitted_by) == (OPEN, world.focal)
        assert owed() == [("I.1", "x11", 8)]
        line = AuditEntry.objects.get()
        assert (line.act, line.actor, line.address, line.at) == ("nộp phiếu", world.focal, "10.0.0.1", OPEN)
        assert line.object_label == "Phiếu tháng 8 năm 2023 của Đơn vị x11, Đơn vị h1"

    def test_approve_counts_officially(self, world):
        report = world.report(State.SUBMITTED)
        workflow.approve(submission=report, by=world.reviewer, address="10.0.0.2")
        assert flags(report) == (State.APPROVED, True, True, True)
        assert (report.reviewed_at, report.reviewed_by) == (OPEN, world.reviewer)
        assert owed() == [("I.1", "x11", 8)]
        line = AuditEntry.objects.get()
        assert (line.act, line.actor, line.address) == ("duyệt phiếu", world.reviewer, "10.0.0.2")

    def test_approve_what_was_seen(self, world):
        report = world.report(State.SUBMITTED, revision=4)
        for act in (workflow.approve, lambda **who: workflow.return_report(reason="Xem lại.", **who)):
            before = everything()
            with pytest.raises(ActionNotAllowed, match="đã thay đổi sau khi trang này được mở"):
                act(submission=report, by=world.reviewer, revision=3)
            assert everything() == before
        workflow.approve(submission=report, by=world.reviewer, revision=4)

    def test_what_is_sent_back_by_itself_is_marked_and_the_rest_counts_on(self, world):
        report = world.report(State.SUBMITTED, figures={world.ratio: (30, 100), world.count: 5})
        workflow.return_report(
            submission=report,
            by=world.reviewer,
            reason=" Mẫu số sai. ",
            cells={world.ratio.pk: ReasonForReturn(ReturnReason.DENOMINATOR, " Gồm cả tháng 7? ")},
        )
        assert flags(report) == (State.RETURNED, True, False, True)
        assert (report.return_reason, report.extended_until) == ("Mẫu số sai.", dt.date(2023, 8, 20))
        marks = dict(report.actuals.values_list("target__code", "return_reason"))
        assert marks == {"I.1": "Sai mẫu số. Gồm cả tháng 7?", "I.2": ""}
        assert owed() == [("I.1", "x11", 8), ("I.2", "x11", 8)]
        line = AuditEntry.objects.get()
        assert (line.act, line.detail["reason"]) == ("trả lại phiếu", "Mẫu số sai.")

    @pytest.mark.parametrize("reason", ["", "  \n"])
    def test_a_reason_is_needed(self, world, reason):
        sent, approved = world.report(State.SUBMITTED), world.report(State.APPROVED, month=7)
        assignment = Assignment.objects.first()
        before = everything()
        with pytest.raises(ActionNotAllowed, match="kèm lý do"):
            workflow.return_report(submission=sent, by=world.reviewer, reason=reason)
        with pytest.raises(ActionNotAllowed, match="kèm lý do"):
            workflow.reopen(submission=approved, by=world.reviewer, reason=reason)
        with pytest.raises(ActionNotAllowed, match="kèm lý do"):
            services.exempt(assignment=assignment, by=world.reviewer, reason=reason, from_day=dt.date(2023, 1, 1))
        assert everything() == before

    def test_only_what_was_sent_back_is_open(self, world):
        report = world.report(State.SUBMITTED, figures={world.ratio: (30, 100)})
        told = {world.ratio.pk: ReasonForReturn(ReturnReason.NUMERATOR, "Gồm cả tháng 7?")}
        workflow.return_report(submission=report, by=world.reviewer, reason="Sửa I.1.", cells=told)
        assert locks.open_targets(report) is None  # the object is still the one of before
        report.refresh_from_db()
        assert locks.open_targets(report) == {world.ratio.pk: "Sai tử số. Gồm cả tháng 7?"}
        before = everything()
        closed = {world.ratio: Figures(Decimal(20), Decimal(100)), world.count: Figures(value=Decimal(5))}
        with pytest.raises(ActionNotAllowed, match="I.2: Số này không bị trả lại nên vẫn khóa."):
            editing.save_figures(submission=report, figures=closed, by=world.focal)
        assert everything() == before
        mended = {world.ratio: Figures(Decimal(20), Decimal(100)), world.count: None}
        editing.save_figures(submission=report, figures=mended, by=world.focal)
        # Mended, it is open still: until the report is sent again.
        again = {world.ratio: Figures(Decimal(21), Decimal(100))}
        editing.save_figures(submission=report, figures=again, by=world.focal)
        workflow.submit(submission=report, by=world.focal)
        returned = ReturnedFigure.objects.get()
        assert (returned.by, returned.at, returned.settled_at) == (world.reviewer, OPEN, OPEN)
        # Sent back as a whole, everything is open.
        workflow.return_report(submission=report, by=world.reviewer, reason="Xem lại.")
        editing.save_figures(submission=report, figures={world.count: Figures(value=Decimal(5))}, by=world.focal)

    def test_a_figure_that_was_not_sent_back_cannot_be_taken_away(self, world):
        report = world.report(State.SUBMITTED, figures={world.ratio: (30, 100), world.count: 5})
        told = {world.ratio.pk: ReasonForReturn(ReturnReason.OTHER, "Xem lại.")}
        workflow.return_report(submission=report, by=world.reviewer, reason="Sửa I.1.", cells=told)
        with pytest.raises(ActionNotAllowed, match="I.2: Số này không bị trả lại"):
            editing.save_figures(submission=report, figures={world.count: None}, by=world.focal)
        # What is the same changes nothing, so it is no offence.
        editing.save_figures(submission=report, figures={world.count: Figures(value=Decimal(5))}, by=world.focal)

    def test_a_missing_figure_can_be_asked_for(self, world):
        report = world.report(State.SUBMITTED)
        told = {world.count.pk: ReasonForReturn(ReturnReason.MISSING, "Đề nghị nhập.")}
        workflow.return_report(submission=report, by=world.reviewer, reason="Bổ sung I.2.", cells=told)
        editing.save_figures(submission=report, figures={world.count: Figures(value=Decimal(5))}, by=world.focal)
        assert report.actuals.count() == 2

    def test_what_does_not_belong_to_the_report_cannot_be_sent_back(self, world):
        report = world.report(State.SUBMITTED)
        before = everything()
        told = {world.elsewhere.pk: ReasonForReturn(ReturnReason.OTHER, "Xem lại.")}
        with pytest.raises(ActionNotAllowed, match="không thuộc phiếu này"):
            workflow.return_report(submission=report, by=world.reviewer, reason="Sửa.", cells=told)
        told = {world.ratio.pk: ReasonForReturn(ReturnReason.NUMERATOR, "  ")}
        with pytest.raises(ActionNotAllowed, match="kèm lý do"):
            workflow.return_report(submission=report, by=world.reviewer, reason="Sửa.", cells=told)
        assert everything() == before

    def test_sending_back_stands_in_the_figures_history(self, world):
        report = world.report(State.SUBMITTED)
        told = {world.ratio.pk: ReasonForReturn(ReturnReason.NUMERATOR, "Gồm cả tháng 7?")}
        workflow.return_report(submission=report, by=world.reviewer, reason="Sửa I.1.", cells=told)
        row = Actual.history.get()
        assert (row.history_user, row.history_date) == (world.reviewer, OPEN)
        assert row.history_change_reason == "trả lại: Sai tử số. Gồm cả tháng 7?"

    def test_sent_again_the_marks_are_gone(self, world):
        report = world.report(State.SUBMITTED)
        workflow.return_report(
            submission=report,
            by=world.reviewer,
            reason="Xem lại.",
            cells={world.ratio.pk: ReasonForReturn(ReturnReason.OTHER, "Mẫu số?")},
        )
        workflow.submit(submission=report, by=world.focal)
        assert flags(report) == (State.SUBMITTED, True, False, True)
        assert (report.return_reason, report.actuals.get().return_reason) == ("", "")


class TestWithdrawing:
    def test_it_counts_no_longer_and_its_sending_is_undone(self, world):
        report = world.report()
        workflow.submit(submission=report, by=world.focal)
        PendingRollup.objects.all().delete()
        workflow.withdraw(submission=report, by=world.focal)
        assert flags(report) == (State.DRAFT, True, False, False)
        assert (report.first_submitted_at, report.submitted_at, report.submitted_by) == (None, None, None)
        assert owed() == [("I.1", "x11", 8)]
        assert AuditEntry.objects.order_by("pk").last().act == "rút lại phiếu"
        # Sent again after the due day it is late: the first sending was taken back.
        with time_machine.travel(dt.datetime(2023, 8, 18, 9, tzinfo=VIETNAM), tick=False):
            workflow.submit(submission=report, by=world.focal)
        report.refresh_from_db()
        assert report.is_late

    def test_of_a_new_version_the_official_one_counts_again(self, world):
        old = world.report(State.APPROVED)
        new = workflow.reopen(submission=old, by=world.reviewer, reason="Nhầm.")
        workflow.submit(submission=new, by=world.focal)
        assert flags(old)[3] is False
        workflow.withdraw(submission=new, by=world.focal)
        assert flags(old) == (State.APPROVED, False, True, True)
        new.refresh_from_db()
        assert new.first_submitted_at == old.first_submitted_at

    def test_not_after_it_was_returned_once_nor_after_the_period(self, world):
        report = world.report()
        workflow.submit(submission=report, by=world.focal)
        workflow.return_report(submission=report, by=world.reviewer, reason="Xem lại.")
        workflow.submit(submission=report, by=world.focal)
        with pytest.raises(ActionNotAllowed, match="đã được xem và trả lại một lần"):
            workflow.withdraw(submission=report, by=world.focal)
        july = world.report(State.SUBMITTED, month=7)
        with pytest.raises(ActionNotAllowed, match="đã đóng"):
            workflow.withdraw(submission=july, by=world.focal)


class TestVersions:
    def test_reopened_sent_returned_sent_approved(self, world):
        old = world.report(State.APPROVED, month=3, figures={world.ratio: (30, 100), world.count: 5})
        new = workflow.reopen(submission=old, by=world.reviewer, reason=" Nhầm mẫu số. ")
        assert flags(old) == (State.APPROVED, False, True, True)
        assert flags(new) == (State.DRAFT, True, False, False)
        assert (new.version, new.reopen_reason, new.extended_until) == (2, "Nhầm mẫu số.", dt.date(2023, 8, 19))
        assert (new.first_submitted_at, new.is_late) == (old.first_submitted_at, old.is_late)
        copied = {a.target.code: (a.numerator, a.value, a.entered_at) for a in new.actuals.all()}
        assert copied == {"I.1": (30, None, make.AT), "I.2": (None, 5, make.AT)}
        assert owed() == []

        editing.save_figures(
            submission=new, figures={world.ratio: Figures(Decimal(45), Decimal(100)), world.count: None}, by=world.focal
        )
        workflow.submit(submission=new, by=world.focal)
        assert flags(old) == (State.APPROVED, False, True, False)
        assert flags(new) == (State.SUBMITTED, True, False, True)
        # The target whose figure is gone is owed too.
        assert owed() == [("I.1", "x11", 3), ("I.2", "x11", 3)]
        assert new.is_late is False

        workflow.return_report(submission=new, by=world.reviewer, reason="Xem lại.")
        assert flags(old) == (State.APPROVED, False, True, True)
        assert flags(new) == (State.RETURNED, True, False, False)

        workflow.submit(submission=new, by=world.focal)
        PendingRollup.objects.all().delete()
        workflow.approve(submission=new, by=world.reviewer)
        assert Submission.objects.get(pk=new.pk).extended_until is None
        assert flags(old) == (State.SUPERSEDED, False, False, False)
        assert flags(new) == (State.APPROVED, True, True, True)
        assert owed() == [("I.1", "x11", 3), ("I.2", "x11", 3)]
        assert old.actuals.get(target=world.ratio).numerator == 30
        acts = list(AuditEntry.objects.order_by("pk").values_list("act", flat=True))
        assert acts == ["mở lại phiếu", "nộp phiếu", "trả lại phiếu", "nộp phiếu", "duyệt phiếu"]

    def test_reopened_once(self, world):
        old = world.report(State.APPROVED)
        workflow.reopen(submission=old, by=world.reviewer, reason="Số sai.")
        before = everything()
        with pytest.raises(ActionNotAllowed, match="đã được mở lại rồi"):
            workflow.reopen(submission=old, by=world.reviewer, reason="Số sai.")
        assert everything() == before

    def test_the_second_of_two_approvals_is_refused(self, world):
        report = world.report(State.SUBMITTED)
        same = Submission.objects.get(pk=report.pk)
        workflow.approve(submission=report, by=world.reviewer)
        with pytest.raises(ActionNotAllowed, match="đã duyệt"):
            workflow.approve(submission=same, by=world.reviewer)
        assert AuditEntry.objects.count() == 1

    def test_sums_follow_the_versions(self, world):
        def both():
            tasks.roll_up(world.plan.pk)
            found = Rollup.objects.filter(target=world.ratio, period__number=3, scope="area", node="h1")
            return dict(found.values_list("basis", "value"))

        old = world.report(State.APPROVED, month=3)
        pending.request_rollup(plan=world.plan)
        assert both() == {Basis.OFFICIAL: 30, Basis.PROVISIONAL: 30}
        new = workflow.reopen(submission=old, by=world.reviewer, reason="Nhầm.")
        editing.save_figures(submission=new, figures={world.ratio: Figures(Decimal(45), Decimal(100))}, by=world.focal)
        assert both() == {Basis.OFFICIAL: 30, Basis.PROVISIONAL: 30}
        workflow.submit(submission=new, by=world.focal)
        assert both() == {Basis.OFFICIAL: 30, Basis.PROVISIONAL: 45}
        workflow.return_report(submission=new, by=world.reviewer, reason="Xem lại.")
        assert both() == {Basis.OFFICIAL: 30, Basis.PROVISIONAL: 30}
        editing.save_figures(submission=new, figures={world.ratio: None}, by=world.focal)
        editing.save_figures(submission=new, figures={world.count: Figures(value=Decimal(1))}, by=world.focal)
        workflow.submit(submission=new, by=world.focal)
        assert both() == {Basis.OFFICIAL: 30, Basis.PROVISIONAL: None}
        workflow.approve(submission=new, by=world.reviewer)
        assert both() == {Basis.OFFICIAL: None, Basis.PROVISIONAL: None}


class TestExemptions:
    def test_an_exemption_is_logged_and_owed_for_every_node(self, world):
        standing = world.people["standing"]
        assignment = Assignment.objects.get(agency=world.commune, target=world.ratio)
        services.exempt(assignment=assignment, by=standing, reason=" Không có thủ tục. ", from_day=dt.date(2023, 3, 1))
        found = Exemption.objects.get()
        assert (found.first_day, found.last_day, found.reason) == (dt.date(2023, 3, 1), None, "Không có thủ tục.")
        assert owed() == [("I.1", None, 1)]
        line = AuditEntry.objects.get()
        assert (line.act, line.object_label, line.actor) == ("miễn báo cáo", "I.1, X11", standing)

    def test_one_of_two_exempt_leaves_a_threshold_for_the_other(self, world):
        pair = make.target(
            world.plan, "II.3", [world.tree["x11"], world.tree["x12"]], kind=Kind.COUNT, timing=Timing.STOCK
        )
        make.report(world.tree["x12"], world.period(4), {pair: 10})
        pending.request_rollup(plan=world.plan)
        tasks.roll_up(world.plan.pk)
        own = Rollup.objects.filter(target=pair, scope="own", node="x12", period__number=5)
        assert set(own.values_list("required", flat=True)) == {None}
        services.exempt(
            assignment=Assignment.objects.get(target=pair, agency=world.commune),
            by=world.people["standing"],
            reason="Không có.",
            from_day=dt.date(2023, 5, 1),
        )
        tasks.roll_up(world.plan.pk)
        # From the first value, 10 on 14 April, to 80 on 31 December, 30 of 261 days later: 10 + 70 × 30 ÷ 261.
        assert set(own.values_list("required", flat=True)) == {Decimal("18.045977")}


class TestDebts:
    def test_a_roll_back_leaves_neither_figure_nor_debt(self, world):
        report = world.report(State.SUBMITTED)
        before = everything()

        class PowerCut(Exception):
            pass

        with pytest.raises(PowerCut), transaction.atomic():
            workflow.approve(submission=report, by=world.reviewer)
            assert PendingRollup.objects.count() == 1
            raise PowerCut
        assert everything() == before

    def test_an_act_that_cannot_be_logged_does_not_happen(self, world, monkeypatch):
        report = world.report(State.SUBMITTED)
        before = everything()

        def full(**line):
            raise OSError("the log is full")

        monkeypatch.setattr("indicators.submissions.workflow.audit", full)
        with pytest.raises(OSError, match="full"):
            workflow.approve(submission=report, by=world.reviewer)
        assert everything() == before

    def test_paid_at_the_commit_when_there_is_no_broker(self, world, django_capture_on_commit_callbacks):
        report = world.report(State.SUBMITTED)
        with django_capture_on_commit_callbacks(execute=True):
            workflow.approve(submission=report, by=world.reviewer)
            assert Rollup.objects.count() == 0
        assert PendingRollup.objects.count() == 0
        province = Rollup.objects.get(
            target=world.ratio, period__number=8, scope="area", node="tinh", basis=Basis.OFFICIAL
        )
        assert province.value == 30
        state = RollupState.objects.get(plan=world.plan)
        assert (state.computed_at, state.rows_changed) == (OPEN, Rollup.objects.count())

    @pytest.mark.parametrize("fault", [OperationalError("no broker"), RuntimeError("anything")])
    def test_what_a_lost_broker_dropped_is_taken_up(
        self, world, fault, monkeypatch, caplog, django_capture_on_commit_callbacks
    ):
        def lost(*args, **options):
            raise fault

        report = world.report(State.SUBMITTED)
        with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
            patch.setattr(tasks.roll_up, "apply_async", lost)
            workflow.approve(submission=report, by=world.reviewer)
        expected = isinstance(fault, OperationalError)
        assert ("Hàng đợi không trả lời" in caplog.text) is expected
        assert flags(report)[0] == State.APPROVED
        assert owed() == [("I.1", "x11", 8)]
        tasks.process_pending()
        assert owed() == []
        assert (
            Rollup.objects.get(
                target=world.ratio, period__number=8, scope="own", node="x11", basis=Basis.OFFICIAL
            ).value
            == 30
        )

    def test_twice_is_once(self, world):
        pending.request_rollup(plan=world.plan)
        tasks.roll_up(world.plan.pk)
        workflow.approve(submission=world.report(State.SUBMITTED), by=world.reviewer)
        assert tasks.roll_up(world.plan.pk) > 0
        assert tasks.roll_up(world.plan.pk) == 0
        tasks.process_pending()
        assert tasks.verify(world.plan.pk) == 0

    def test_the_first_roll_up_is_of_everything(self, world):
        # Later ones build on the rows of agencies that they do not touch.
        for agency, figures in ((world.commune, (30, 100)), (world.tree["x12"], (10, 100))):
            report = make.report(agency, world.period(3), {world.ratio: figures}, state=State.SUBMITTED)
            workflow.approve(submission=report, by=world.reviewer)
            tasks.roll_up(world.plan.pk)
        province = Rollup.objects.get(
            target=world.ratio, period__number=3, scope="area", node="tinh", basis=Basis.OFFICIAL
        )
        assert (province.value, province.expected, province.approved) == (20, 3, 2)
        assert tasks.verify(world.plan.pk) == 0

    def test_a_roll_up_that_fails_leaves_the_debt(self, world, monkeypatch):
        workflow.approve(submission=world.report(State.SUBMITTED), by=world.reviewer)

        def broken(*args, **options):
            raise RuntimeError("killed")

        monkeypatch.setattr(engine, "rebuild", broken)
        with pytest.raises(RuntimeError, match="killed"), transaction.atomic():
            tasks.roll_up(world.plan.pk)
        assert owed() == [("I.1", "x11", 8)]

    def test_the_night_mends_what_was_bent(self, world):
        workflow.approve(submission=world.report(State.SUBMITTED), by=world.reviewer)
        tasks.roll_up(world.plan.pk)
        # Four targets on two bases.
        bent = Rollup.objects.filter(node="tinh", period__number=8).update(value=99)
        gone, _ = Rollup.objects.filter(node="h1", period__number=9).delete()
        assert (bent, gone) == (8, 8)
        assert tasks.verify(world.plan.pk) == 16
        province = Rollup.objects.get(
            target=world.ratio, period__number=8, scope="area", node="tinh", basis=Basis.OFFICIAL
        )
        assert province.value == 30
        assert Rollup.objects.filter(node="h1", period__number=9).exists()

    def test_many_debts_are_paid_in_one_go(self, world):
        pending.request_rollup(plan=world.plan, targets=[world.ratio.pk], agency=world.commune, from_period=3)
        pending.request_rollup(plan=world.plan, targets=[world.count.pk], agency=world.tree["x12"], from_period=7)
        paid = tasks.coalesced(list(PendingRollup.objects.all()))
        assert paid == {
            "targets": {world.ratio.pk, world.count.pk},
            "agencies": {world.commune.pk, world.tree["x12"].pk},
            "from_period": 3,
        }
        pending.request_rollup(plan=world.plan)
        paid = tasks.coalesced(list(PendingRollup.objects.all()))
        assert paid == {"targets": None, "agencies": None, "from_period": 1}

    def test_queries_of_one_approval_do_not_grow(self, world, django_assert_max_num_queries):
        pending.request_rollup(plan=world.plan)
        tasks.roll_up(world.plan.pk)
        report = world.report(State.SUBMITTED, figures={world.ratio: (30, 100), world.count: 5})
        with django_assert_max_num_queries(18):
            workflow.approve(submission=report, by=world.reviewer)
        with django_assert_max_num_queries(45):
            tasks.roll_up(world.plan.pk)
