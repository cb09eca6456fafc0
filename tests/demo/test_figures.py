"""The demonstration year: its figures follow every rule of the services, and clearing restores the plan."""

import datetime as dt
import hashlib
import stat
from collections import Counter, defaultdict
from itertools import groupby

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from agencies.audit_acts import AccountAct
from agencies.models import User, UserRole
from core import clock
from core.audit import archive
from core.audit.models import AuditEntry
from core.audit.services import audit
from demo import accounts as accounts
from demo import figures as demo_figures
from demo import loader
from demo.models import DemoYear
from indicators import errors
from indicators.audit_acts import SubmissionAct
from indicators.models import Actual, PendingRollup, Plan, ReportingPeriod, Rollup, State, Submission, Target
from indicators.rollups import engine
from indicators.rules import consistency
from indicators.submissions import four_eyes, locks, validation
from tests import factories

pytestmark = pytest.mark.once

NINE = dt.datetime(2023, 8, 16, 9, 0, tzinfo=clock.VIETNAM)
ROLLED_UP = ("target", "period", "basis", "scope", "node", "value", "numerator", "denominator", "status", "required")


def digest(rows):
    """One checksum for rows in their order."""
    running = hashlib.sha256()
    for row in rows:
        running.update(repr(row).encode())
    return running.hexdigest()


def rolled_up():
    return digest(Rollup.objects.order_by(*ROLLED_UP[:5]).values_list(*ROLLED_UP, "forecast", "expected", "approved"))


@pytest.fixture(scope="module")
def before(django_db_setup, django_db_blocker):
    """The whole plan with its demonstration year, once for the module; gives the checksum of the roll-up without it."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_plan", verbosity=0)
        engine.rebuild(Plan.objects.get())
        PendingRollup.objects.all().delete()
        without = rolled_up()
        assert loader.load() is True
        factories.count_rows()
        # Else each test, at its end, would have the database check again all that was loaded.
        connection.check_constraints()
        yield without
        transaction.set_rollback(True)
    clock.reload_anchor()


@pytest.fixture
def year(before, db):
    """The loaded year, with the clock that comes with it."""
    clock.reload_anchor()
    return Plan.objects.get()


def province(month, basis="official"):
    rows = Rollup.objects.at(ReportingPeriod.objects.get(number=month), basis).of_province()
    return {row.target.code: row for row in rows.select_related("target")}


# --- What it tells ---------------------------------------------------------------------------------------------------


@pytest.mark.slow(14)
def test_the_whole_of_it(year):
    assert Submission.objects.count() == 1966  # 14 of two agencies that lead projects and report no figure
    assert Actual.objects.count() == 23270
    assert Actual.objects.values("target").distinct().count() == 34  # all but III.3, whose one agency keeps silent
    assert set(
        Actual.objects.filter(target__frequency="quarter").values_list("submission__period__number", flat=True)
    ) == {
        3,
        6,
    }
    assert User.objects.filter(is_demo=True).count() == User.objects.count() == 271  # 267 agencies and four people
    assert not PendingRollup.objects.exists()


def test_it_starts_from_the_baselines(year):
    january, march = province(1), province(3)
    assert round(january["I.12"].value) == 57  # 56,60 in 2022
    assert round(january["I.11.a"].value) == 81  # 79,91
    assert round(january["I.11.b"].value) == 25  # 24,03
    assert round(january["I.11.c"].value) == 48  # 48,78
    assert january["II.3"].value == 115  # 114
    assert 66 < march["III.1.a"].value < 70  # 66
    values = [province(month)["II.3"].value for month in demo_figures.MONTHS]
    assert values == sorted(set(values))


def test_july_shows_every_status_but_a_missed_one(year):
    july = province(7)
    # Behind by one sign: I.1.a, II.1, III.5 are below their lines; I.11.a is above, and its forecast of 100 has a range from
    # 99,5. At risk by both: I.1.b, I.1.c, I.2.b, I.4, I.5.a, I.5.b, I.8, I.11.b, I.11.c, I.14.
    assert Counter(row.status for row in july.values()) == {
        "on_track": 9,
        "achieved": 8,
        "at_risk": 10,
        "behind": 4,
        "tracked": 3,
        "no_data": 1,
    }
    assert july["III.3"].status == "no_data"
    coverage = {code: row.approved / row.expected for code, row in july.items() if row.expected > 200}
    assert all(0.9 < share < 0.97 for share in coverage.values())


def test_august_is_under_way(year):
    august = Counter(Submission.objects.filter(period__number=8).values_list("state", flat=True))
    assert august == {State.SUBMITTED: 41, State.APPROVED: 35, State.DRAFT: 12, State.RETURNED: 6}
    assert not Submission.objects.filter(period__number=8, agency__code__in=demo_figures.PRISTINE).exists()
    assert Submission.objects.filter(agency__code="x10543", state=State.APPROVED, is_late=False).count() == 7


def test_every_kind_of_entry_turns_up(year):
    actuals = Actual.objects.all()
    assert actuals.filter(nothing_arose=True, target__code="I.8").exists()
    assert actuals.filter(nothing_arose=False, numerator=0, denominator__gt=0).exists()
    assert actuals.exclude(note="").exclude(target__kind="milestone").count() > 200
    outlier = actuals.filter(note__in=demo_figures.MANY["commune"]).select_related("submission").first()
    usual = Actual.objects.filter(target=outlier.target, submission__agency=outlier.submission.agency)
    assert outlier.denominator > 1.5 * float(sorted(a.denominator for a in usual)[usual.count() // 2])
    assert Submission.objects.filter(is_late=True).count() > 50
    assert Submission.objects.exclude(reopen_reason="").count() > 40
    # Of July: corrections that are not through yet; the approved version stays official until then.
    waiting = Submission.objects.filter(version=2, is_latest=True).exclude(state=State.APPROVED)
    assert set(waiting.values_list("state", flat=True)) == {State.DRAFT, State.SUBMITTED}
    # Some reports lack a figure here and there: silence, not zero.
    assert 11 in {len(s.actuals.all()) for s in Submission.objects.filter(agency__level="commune", period__number=5)}


def test_the_same_seed_gives_the_same_year(year):
    agencies = {agency.code: agency for agency in loader.Agency.objects.in_order().select_related("parent")}
    targets = {target.code: target for target in Target.objects.in_order()}
    periods = {period.number: period for period in ReportingPeriod.objects.select_related("plan")}

    def made(seed):
        reports = loader.reports_of_year(agencies, targets, periods, seed)
        return digest(
            (report.month, report.agency, report.version, cell.target, cell.figure)
            for report in sorted(reports, key=lambda r: (r.month, r.agency, r.version))
            for cell in report.cells
        )

    stored = Submission.objects.order_by("period__number", "agency__code", "version").prefetch_related(
        "actuals__target", "agency"
    )
    assert made(2023) == made(2023)
    assert made(2024) != made(2023)
    reports = {(r.month, r.agency, r.version): r for r in loader.reports_of_year(agencies, targets, periods, 2023)}
    for submission in stored.select_related("period__plan", "agency"):
        report = reports.pop((submission.period.number, submission.agency.code, submission.version))
        assert {a.target.code: (a.numerator, a.denominator, a.value, a.note) for a in submission.actuals.all()} == {
            cell.target: (cell.figure.n, cell.figure.d, cell.figure.v, cell.figure.note) for cell in report.cells
        }
    assert reports == {}


# --- The rules that services keep ------------------------------------------------------------------------------------


def test_every_figure_could_have_been_entered(year):
    due = {
        (agency, period.number): {t.pk for t in locks.assigned_targets(agency, period)}
        for agency in loader.Agency.objects.filter(code__in=["x10543", "h290", "syt", "skhdt", "stttt"])
        for period in ReportingPeriod.objects.all()
    }
    assigned = set(loader.Assignment.objects.values_list("target_id", "agency_id"))
    for actual in Actual.objects.select_related("target", "submission__agency", "submission__period__plan"):
        figures = validation.Figures(
            actual.numerator, actual.denominator, actual.value, actual.nothing_arose, actual.note
        )
        assert validation.problem_with(actual.target, figures) is None
        submission = actual.submission
        assert (actual.target_id, submission.agency_id) in assigned
        assert actual.target.is_due_in(submission.period)
        key = (submission.agency, submission.period.number)
        assert key not in due or actual.target_id in due[key]


def test_reports_keep_the_rules_between_targets(year):
    rules = year.rules_between_targets
    communes = loader.Agency.objects.filter(level="commune").count()
    codes = {code for rule in rules for code in rule.targets}
    reports = defaultdict(dict)
    for actual in Actual.objects.filter(target__code__in=codes, nothing_arose=False).select_related("target"):
        reports[actual.submission_id][actual.target.code] = actual
    assert len(rules) == 3 and len(reports) > 1800
    assert [one for figures in reports.values() for one in consistency.broken(rules, figures, communes)] == []


def test_versions_follow_one_another(year):
    of_report = lambda s: (s.agency_id, s.period_id)  # noqa: E731
    reports = Submission.objects.order_by("agency", "period", "version")
    for _, group in groupby(reports, key=of_report):
        versions = list(group)
        assert [s.version for s in versions] == list(range(1, len(versions) + 1))
        assert [s.is_latest for s in versions] == [False] * (len(versions) - 1) + [True]
        approved = [s for s in versions if s.state == State.APPROVED]
        assert [s for s in versions if s.is_official] == approved
        assert len(approved) <= 1
        counted = [s for s in versions if s.state in (State.APPROVED, State.SUBMITTED)]
        assert [s for s in versions if s.is_provisional] == counted[-1:]
        assert [s.reopen_reason != "" for s in versions] == [False] + [True] * (len(versions) - 1)
        superseded = [s.version for s in versions if s.state == State.SUPERSEDED]
        assert all(s.version > max(superseded, default=0) for s in approved)


def test_acts_keep_to_the_calendar(year):
    for s in Submission.objects.select_related("period__plan", "agency").prefetch_related("actuals"):
        period, moments = s.period, [s.created_at]
        entered = [actual.entered_at for actual in s.actuals.all()] or [s.created_at]
        if s.version == 1:
            assert period.opens_on <= clock.VIETNAM.fromutc(s.created_at.replace(tzinfo=clock.VIETNAM)).date()
            moments.append(min(entered))
        if s.submitted_at:
            first = s.first_submitted_at.astimezone(clock.VIETNAM).date()
            assert s.is_late == (first > period.due_on)
            assert first <= period.closes_on
            assert max(entered) < s.submitted_at
            moments.append(s.submitted_at)
        if s.reviewed_at:
            if s.version == 1:
                assert s.reviewed_at.astimezone(clock.VIETNAM).date() <= period.review_due_on
            moments.append(s.reviewed_at)
        assert (s.submitted_at is None) == (s.state == State.DRAFT)
        assert (s.reviewed_at is None) == (s.state in (State.DRAFT, State.SUBMITTED))
        assert (s.extended_until is None) == (s.version == 1 and s.state != State.RETURNED or s.state == State.APPROVED)
        assert moments == sorted(moments)
        assert moments[-1] < NINE


def test_people_did_what_their_roles_allow(year):
    assert all(s.submitted_by.username == s.agency.code for s in Submission.objects.exclude(submitted_by=None))
    for reviewer in User.objects.filter(user_roles__role__in=["reviewer", "standing"]):
        reviewed = Submission.objects.filter(reviewed_by=reviewer)
        assert reviewed.exists()
        assert not reviewed.exclude(pk__in=Submission.objects.reviewable_by(reviewer)).exists()
    assert not Submission.objects.filter(reviewed_by__user_roles=None).exclude(reviewed_by=None).exists()


def test_the_standing_agencys_own_report_has_a_second_person(year):
    first, second = (User.objects.get(username=name) for name in ("sotttt", "sotttt2"))
    own = Submission.objects.get(agency__code="stttt", period__number=7, is_official=True)
    assert own.reviewed_by == second
    own.submitted_by = first
    assert f"Duyệt được: {second}." in four_eyes.objection(own, first)
    assert four_eyes.objection(own, second) == ""
    assert Submission.objects.filter(pk=own.pk).reviewable_by(second).exists()


def test_history_and_log_tell_the_same_story(year):
    now = {a.pk: (a.numerator, a.denominator, a.value, a.note) for a in Actual.objects.all()}
    history = Actual.history.order_by("history_date", "history_id")
    last = {h.id: (h.numerator, h.denominator, h.value, h.note) for h in history}
    assert last == now
    assert history.filter(history_type="+").count() == len(now)
    assert history.filter(history_type="~").count() > 80
    assert history.last().history_date < NINE
    lines = AuditEntry.objects.order_by("pk")
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    acts = Counter(lines.values_list("act", flat=True))
    assert acts["duyệt phiếu"] == Submission.objects.filter(state__in=[State.APPROVED, State.SUPERSEDED]).count()
    assert acts["mở lại phiếu"] == Submission.objects.filter(version=2).count()
    assert acts["trả lại phiếu"] > Submission.objects.filter(state=State.RETURNED).count()


def test_the_stored_roll_up_is_what_a_rebuild_gives(year):
    assert engine.rebuild(year) == 0
    commune = Actual.objects.get(submission__agency__code="x10543", submission__period__number=7, target__code="III.4")
    row = Rollup.objects.get(target__code="III.4", period__number=7, basis="official", scope="own", node="x10543")
    assert (row.numerator, row.denominator) == (commune.numerator, commune.denominator)


# --- Accounts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("username", "roles"),
    [
        ("quantri", {"admin"}),
        ("sotttt", {"standing", "lead", "focal"}),
        ("sotttt2", {"standing"}),
        ("lanhdao", {"leader"}),
        ("x10543", {"focal"}),
        ("h290", {"focal", "reviewer"}),
        ("vpubnd", {"focal", "lead"}),  # I.1
        ("stc", {"focal", "lead"}),  # with all departments I.6
        ("nhnn", {"focal", "lead"}),  # III.3
        ("bqlda", {"focal"}),
    ],
)
def test_accounts_and_their_roles(year, username, roles):
    user = User.objects.get(username=username)
    assert user.roles == roles
    offices = {"quantri": "stttt", "sotttt": "stttt", "sotttt2": "stttt", "lanhdao": "ubnd-tinh"}
    assert user.agency.code == offices.get(username, username)
    assert user.is_staff == user.is_superuser == (username == "quantri")
    assert user.full_name and user.position and not user.must_change_password
    assert user.check_password(accounts.password())


def test_all_accounts_follow_the_password(year, settings):
    sample = {u.password for u in User.objects.filter(is_demo=True)}
    assert len(sample) == 1
    settings.DEMO_PASSWORD = "mật khẩu mới của buổi thử"
    assert loader.load() is False
    assert User.objects.get(username="x10543").check_password(settings.DEMO_PASSWORD)
    hashed = User.objects.get(username="x10543").password
    loader.load()
    assert User.objects.get(username="x10543").password == hashed


def test_a_made_up_password_is_kept_for_the_owner_alone(settings, monkeypatch, tmp_path):
    settings.DEMO_PASSWORD = ""
    monkeypatch.setattr(accounts, "PASSWORD_FILE", tmp_path / "var" / "demo_password")
    made = accounts.password()
    assert len(made) > 14
    assert made == accounts.password() == accounts.PASSWORD_FILE.read_text()
    assert stat.S_IMODE(accounts.PASSWORD_FILE.stat().st_mode) == 0o600


# --- Coming and going ------------------------------------------------------------------------------------------------


def test_loading_again_changes_nothing(year, django_assert_num_queries):
    stored = digest(Actual.objects.order_by("pk").values_list())
    with django_assert_num_queries(12):
        assert loader.load() is False
    assert digest(Actual.objects.order_by("pk").values_list()) == stored
    assert User.objects.count() == 271


def test_an_account_that_went_comes_back(year):
    User.objects.filter(username="nhnn").delete()
    loader.load()
    assert "focal" in User.objects.get(username="nhnn").roles


def test_clearing_leaves_the_plan_as_freshly_loaded(year, before):
    commune = User.objects.get(username="x10543")
    audit(by=commune, act=SubmissionAct.SUBMIT, label="Phiếu tháng 8")
    gone = loader.clear()
    assert gone == {"figures": 23270, "accounts": 271}
    for model in (Submission, Actual, Actual.history.model, DemoYear, User, UserRole, PendingRollup):
        assert not model.objects.exists(), model
    assert rolled_up() == before
    assert not Rollup.objects.exclude(value=None).exists()
    # What was done while trying out stays in the log, with the name; what was made up went with the figures.
    acts = AuditEntry.objects.order_by("pk").values_list("number", "act", "account", "actor_name")
    assert list(acts) == [
        (1, "nạp số liệu minh họa", "", "hệ thống"),
        (2, "nộp phiếu", "x10543", commune.full_name),
        (3, "xóa số liệu minh họa", "", "hệ thống"),
    ]
    assert archive.verify().broken is None
    assert not clock.is_demo()
    assert clock.now().year > 2023
    with pytest.raises(errors.ActionNotAllowed, match="không có số liệu minh họa"):
        loader.clear()


def test_clearing_asks_first(year, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: "không")
    with pytest.raises(CommandError, match="Chưa xóa gì"):
        call_command("clear_demo")
    assert Actual.objects.count() == 23270
    monkeypatch.setattr("builtins.input", lambda prompt: "xóa")
    call_command("clear_demo", verbosity=0)
    assert not Actual.objects.exists()


def test_production_refuses_it(year, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="Hệ thống vận hành không nhận"):
        call_command("load_demo")
    assert loader.start_clock() is None


# --- Its clock -------------------------------------------------------------------------------------------------------

STARTED = dt.datetime(2026, 11, 23, 3, 0, tzinfo=dt.UTC)


def test_the_clock_starts_at_nine_and_stands_still_between_starts(year):
    with time_machine.travel(STARTED, tick=False) as traveller:
        started = loader.start_clock()
        assert dt.timedelta(0) <= started - NINE < dt.timedelta(minutes=1)  # loading itself took a few seconds
        traveller.shift(dt.timedelta(hours=2))
        assert clock.now() == started + dt.timedelta(hours=2)
        traveller.shift(dt.timedelta(days=30))
        assert loader.start_clock() == started == clock.now()


def test_the_clock_does_not_go_back_behind_what_was_done(year, monkeypatch):
    with time_machine.travel(STARTED, tick=False):
        loader.start_clock()
        later = NINE + dt.timedelta(hours=5)
        Actual.objects.filter(pk=Actual.objects.first().pk).update(entered_at=later)
        assert loader.start_clock() == later
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda: later + dt.timedelta(hours=1))
            audit(by=None, act=AccountAct.SIGN_IN, label="x10543")
        assert loader.start_clock() == later + dt.timedelta(hours=1)
        assert clock.now() == later + dt.timedelta(hours=1)


def test_what_the_log_held_before_the_year_came_is_of_another_time(year):
    first = AuditEntry.objects.order_by("pk").first()
    AuditEntry.objects.filter(pk=first.pk).update(at=STARTED)
    assert loader.start_clock().date() == NINE.date()


def test_clock_is_taken_as_given(year, settings):
    settings.CLOCK = "2023-03-17T23:59"
    assert loader.start_clock() == dt.datetime(2023, 3, 17, 23, 59, tzinfo=clock.VIETNAM)
    assert clock.today() in (dt.date(2023, 3, 17), dt.date(2023, 3, 18))
