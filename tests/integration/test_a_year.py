"""A whole year of the whole province by one script: 268 agencies, twelve periods, and on paper what must come out.

The reporters are numbered in the plan's order (i from 0), the months m from 1. Each sends one figure a period, on the 16th at
nine, which is approved on the 19th; the plan keeps its deadlines on days off. Save that

| who | when | what |
|---|---|---|
| i ≡ 7 (50) | m = 2, 5 | sends nothing |
| i ≡ 3 (20) | m = 1, 5, 9 | sends on the 19th: late |
| i ≡ 10 (25) | m = 3, 6, 9, 12 | sent back on the 17th, mended and sent again on the 19th: in time all the same |
| i ≡ 30 (60) | m = 6 | asks on the 17th for more time until the 22nd, is granted it, sends on the 21st: in time |
| i ≡ 40 (80) | m = 4 | April is opened again on 9 May, mended and approved: a second version |

Everybody walks by the pages' own verbs in one month a year (i ≡ m modulo 12) and whenever one of these happens; the others are
carried by the operator's load, which is the other door that the product has.
"""

import datetime as dt
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction

from agencies.models import Agency, Level
from agencies.roles import Role
from core.audit import archive
from core.audit.models import AuditEntry
from core.clock import VIETNAM
from core.notifications.models import Notification
from indicators.bulk_import import services
from indicators.bulk_import.services import Reported
from indicators.calendar import services as calendar_services
from indicators.calendar import tasks
from indicators.models import Basis, Extension, Kind, Plan, Rollup, Scope, State, Submission
from indicators.rollups import engine, reconciliation
from indicators.selection import Selection
from indicators.submissions import editing, workflow
from indicators.submissions.validation import Figures
from reports import navigation
from reports.dashboards.queries import agencies, league_table
from reports.dashboards.queries import overview as queries_overview
from reports.dashboards.queries.league_table import Counts
from tests import factories

pytestmark = [pytest.mark.slow, pytest.mark.once]

SILENT, LATE, BACK, MORE_TIME, AGAIN = "silent", "late", "back", "more time", "again"


def what_happens(i, m):
    """The script's table."""
    if i % 50 == 7 and m in (2, 5):
        return SILENT
    if i % 20 == 3 and m in (1, 5, 9):
        return LATE
    if i % 25 == 10 and m % 3 == 0:
        return BACK
    if i % 60 == 30 and m == 6:
        return MORE_TIME
    if i % 80 == 40 and m == 4:
        return AGAIN
    return "by hand" if i % 12 == m % 12 else ""


class Year:
    """The province, its people, and the hands that play the script."""

    def __init__(self, traveller):
        self.traveller = traveller
        self.plan = self._plan()
        self.periods = list(self.plan.periods.select_related("plan").in_order())
        self.agencies = {agency.pk: agency for agency in Agency.objects.in_order().select_related("parent")}
        self.targets = {target.pk: target for target in self.plan.targets.in_order()}
        self.asked = self._asked()
        owing = set().union(*self.asked.values())
        self.reporters = [agency for agency in self.agencies.values() if agency.pk in owing]
        self.people = {}
        for agency in self.agencies.values():
            reviews = [Role.REVIEWER] if agency.level == Level.DISTRICT else []
            self.people[agency.pk] = factories.person(agency.code, agency, Role.FOCAL, *reviews)
        self.standing = factories.person("thuong-truc", None, Role.STANDING)
        self.leader = factories.person("lanh-dao", None, Role.LEADER)
        self.acts, self.by_hand = Counter(), []

    def _plan(self):
        """The plan as loaded, save that its deadlines keep to the 17th and the 20th on days off too, as the script does."""
        call_command("load_plan", verbosity=0)
        plan = Plan.objects.get()
        plan.keeps_days_off = True
        plan.save(update_fields=["keeps_days_off"])
        plan.periods.all().delete()
        call_command("load_plan", verbosity=0)
        return plan

    def _asked(self):
        """{month: {agency: its targets}} by the assignments alone: no exemption, nobody begins or ends in this year."""
        asked = {period.number: {} for period in self.periods}
        for target in self.targets.values():
            for agency in target.assignments.values_list("agency", flat=True):
                for number, found in asked.items():
                    if target.frequency == "month" or number in (3, 6, 9, 12):
                        found.setdefault(agency, []).append(target)
        return asked

    def at(self, day, hour=9, month=None):
        self.traveller.move_to(dt.datetime(2023, month or self.month, day, hour, tzinfo=VIETNAM))

    def figures(self, agency, m, plus=0):
        """The one figure of a report: m twelfths, m of a count, yes."""
        target = self.asked[m][agency.pk][0]
        if target.kind == Kind.RATIO:
            return target, Figures(numerator=Decimal(m + plus), denominator=Decimal(24))
        return target, Figures(value=Decimal(1 if target.kind == Kind.YES_NO else m + plus))

    def reviewer(self, agency):
        return self.people[agency.parent_id] if agency.level == Level.COMMUNE else self.standing

    # The verbs, each counted as one line of the log

    def send(self, agency, period, plus=0):
        person = self.people[agency.pk]
        report = editing.open_report(agency=agency, period=period, by=person)
        editing.save_figures(submission=report, figures=dict([self.figures(agency, period.number, plus)]), by=person)
        workflow.submit(submission=report, by=person)
        self.acts["nộp phiếu"] += 1
        return report

    def approve(self, report):
        workflow.approve(submission=report, by=self.reviewer(report.agency))
        self.acts["duyệt phiếu"] += 1

    def play(self, period):
        """One month of the script."""
        factories.count_rows()
        self.month = m = period.number
        reports, told = {}, {name: [] for name in (SILENT, LATE, BACK, MORE_TIME, AGAIN, "by hand", "")}
        for i, agency in enumerate(self.reporters):
            if agency.pk in self.asked[m]:
                told[what_happens(i, m)].append(agency)
        self.at(15, 6)
        tasks.remind()
        self.at(16)
        for agency in told["by hand"] + told[BACK] + told[AGAIN]:
            reports[agency.pk] = self.send(agency, period)
        rows = [Reported(n, agency, period, *self.figures(agency, m)) for n, agency in enumerate(told[""], 1)]
        services.load_figures(rows=rows, state=State.SUBMITTED)
        self.acts["nạp số liệu"] += 1
        self.at(17)
        for agency in told[BACK]:
            workflow.return_report(submission=reports[agency.pk], by=self.reviewer(agency), reason="Xem lại số.")
            self.acts["trả lại phiếu"] += 1
        for agency in told[MORE_TIME]:
            asked = calendar_services.ask_extension(
                agency=agency, period=period, by=self.people[agency.pk], reason="Mất điện.", until=dt.date(2023, m, 22)
            )
            calendar_services.grant_extension(extension=asked, by=self.reviewer(agency))
            self.acts["đề nghị gia hạn"] += 1
            self.acts["cho gia hạn"] += 1
        self.at(18, 6)
        tasks.remind()
        self.look(period, told)
        self.at(19)
        for agency in told[LATE] + told[BACK]:
            reports[agency.pk] = self.send(agency, period, plus=0 if agency in told[LATE] else 1)
        for report in reports.values():
            self.approve(report)
        services.load_figures(rows=rows, state=State.APPROVED)
        self.acts["nạp số liệu"] += 1
        for agency in told[MORE_TIME]:
            self.at(21)
            report = self.send(agency, period)
            self.at(22)
            self.approve(report)
        self.by_hand.append(len(reports) + len(told[MORE_TIME]))

    def look(self, period, told):
        """Read the frame on the morning after the deadline: its counts for those who report and those who decide."""
        m, today = period.number, dt.date(2023, period.number, 18)
        waits = {agency.pk for name in (SILENT, LATE, BACK, MORE_TIME) for agency in told[name]}
        for agency in self.reporters[::9] + told[LATE][:3] + told[BACK][:3] + told[SILENT] + told[MORE_TIME]:
            person = self.people[agency.pk]
            assert navigation.tasks_of(person, self.plan, today) == (agency.pk in waits), (agency, m)
        sent = [agency for name in (AGAIN, "by hand", "") for agency in told[name]]
        by_reviewer = Counter(self.reviewer(agency).pk for agency in sent)
        for district in (agency for agency in self.agencies.values() if agency.level == Level.DISTRICT):
            reviewer = self.people[district.pk]
            waiting = Submission.objects.reviewable_by(reviewer).waiting().count()
            assert waiting == by_reviewer[reviewer.pk], (district, m)

    def reopen_april(self):
        """On 9 May, before May opens: April of some is opened again, mended (one more in the numerator) and approved."""
        self.month = 5
        april = self.periods[3]
        for i, agency in enumerate(self.reporters):
            if agency.pk in self.asked[4] and what_happens(i, 4) == AGAIN:
                self.at(9)
                old = Submission.objects.select_related("agency").get(agency=agency, period=april)
                workflow.reopen(submission=old, by=self.reviewer(agency), reason="Đơn vị báo thiếu.")
                self.acts["mở lại phiếu"] += 1
                self.approve(self.send(agency, april, plus=1))


@pytest.fixture(scope="module")
def played(django_db_setup, django_db_blocker):
    """The year, played once for all tests of the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(dt.datetime(2023, 1, 2, 9, tzinfo=VIETNAM), tick=False) as traveller:
            made = Year(traveller)
            for period in made.periods:
                if period.number == 5:
                    made.reopen_april()
                made.play(period)
            made.at(28, 9, 12)
            engine.rebuild(made.plan)
            yield made
        transaction.set_rollback(True)


@pytest.fixture
def year(played, db):
    return played


@pytest.fixture
def league(year):
    return league_table.league(Selection(year.plan, year.periods[-1], Basis.OFFICIAL, year.periods), year.leader)


def on_paper(year):
    """{agency: (on time, late, never, sent back, due)} by the script's table."""
    found = {}
    for i, agency in enumerate(year.reporters):
        happened = Counter(what_happens(i, m) for m in range(1, 13) if agency.pk in year.asked[m])
        on_time = happened.total() - happened[LATE] - happened[SILENT]
        found[agency.code] = (on_time, happened[LATE], happened[SILENT], happened[BACK], happened.total())
    return found


def figures_on_paper(year):
    """{agency: (accepted on time, due)}: one figure a report, and what was sent back is handed in on the 19th."""
    found = {}
    for i, agency in enumerate(year.reporters):
        months = [m for m in range(1, 13) if agency.pk in year.asked[m]]
        accepted = sum(what_happens(i, m) not in (LATE, SILENT, BACK) for m in months)
        found[agency.code] = accepted, sum(len(year.asked[m][agency.pk]) for m in months)
    return found


@pytest.mark.slow(17)
def test_the_calendar_that_the_script_counts_on(year):
    assert len(year.agencies) == 268 and len(year.reporters) == 265 and len(year.periods) == 12
    days = {(p.opens_on.day, p.due_on.day, p.closes_on.day) for p in year.periods}
    assert days == {(15, 17, 20)}
    assert {len(year.asked[m]) for m in range(1, 13)} == {264, 265}  # one reports by quarters only


def test_every_report_that_was_to_come_came(year):
    """264 × 8 + 265 × 4 = 3.172 are owed; silent are i = 7, 57, 107, 157, 207, 257 twice: 12 never come."""
    reports = Submission.objects.latest_versions()
    assert sum(len(year.asked[m]) for m in range(1, 13)) == 3172
    assert reports.count() == 3172 - 12 and reports.filter(state=State.APPROVED).count() == 3172 - 12
    # April again: i = 40, 120, 200.
    assert Submission.objects.filter(state=State.SUPERSEDED).count() == 3
    assert Submission.objects.count() == 3172 - 12 + 3


def test_the_league_comes_out_as_on_paper(year, league):
    paper = on_paper(year)
    read = {
        row.agency.code: (
            row.record.on_time,
            row.record.late,
            row.record.missing,
            row.counts.returned,
            row.record.due,
        )
        for row in league.rows
    }
    assert read == paper
    figures = figures_on_paper(year)
    assert {row.agency.code: (row.record.figures.accepted, row.record.figures.due) for row in league.rows} == figures
    keys = {code: -Fraction(accepted, due) for code, (accepted, due) in figures.items()}
    places = {code: 1 + sum(other < key for other in keys.values()) for code, key in keys.items()}
    assert {row.agency.code: row.rank for row in league.rows} == places
    assert (league.size, league.ranked, league.hidden, league.exempt) == (265, 265, 0, 3)
    assert [row.agency.code for row in league.rows if row.is_thin] == [
        agency.code for agency in year.reporters if agency.pk not in year.asked[1]
    ]


def test_the_sums_of_the_league(year, league):
    """Late: i = 3, 23, …, 263, fourteen, three times: 42. Sent back: i = 10, 35, …, 260, eleven, four times: 44."""
    total = league.whole.year
    assert (total.late, total.missing, total.waiting, total.returned) == (42, 12, 0, 44)
    assert (total.on_time, total.due) == (3172 - 42 - 12, 3172)
    months = {period.number: counts for period, counts in league.months}
    assert [months[m].late for m in range(1, 13)] == [14, 0, 0, 0, 14, 0, 0, 0, 14, 0, 0, 0]
    assert [months[m].missing for m in range(1, 13)] == [0, 6, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]
    assert [months[m].returned for m in range(1, 13)] == [0, 0, 11, 0, 0, 11, 0, 0, 11, 0, 0, 11]
    assert sum((part.year for part in league.levels), Counts()) == total
    # One figure a report of all that are asked for.
    assert total.entered == 3172 - 12
    assert total.required == sum(len(targets) for m in year.asked for targets in year.asked[m].values())


def test_overview_and_agency_pages_say_the_same(year, league):
    selection = Selection(year.plan, year.periods[4], Basis.OFFICIAL, year.periods)
    found, overview = league_table.league(selection, year.leader), queries_overview.overview(selection, year.leader)
    assert overview.reporting.expected - overview.reporting.sent == found.whole.period.missing == 6
    by_level = {part.name: part.period for part in found.levels}
    for level in overview.levels:
        counts = by_level[level.level.label]
        assert (level.on_time, level.late, level.unsent) == (counts.on_time, counts.late, counts.missing)
    rows = {row.agency.code: row for row in found.rows}
    for i in (3, 7, 10, 30, 40):
        agency = year.reporters[i]
        assert agencies.agency_page(selection, agency, year.leader).record == rows[agency.code].record


def test_more_time_kept_them_in_time(year):
    """i = 30, 90, 150 in June (210 is sent back that month)."""
    extended = Extension.objects.all()
    assert extended.count() == 3 and {e.state for e in extended} == {"granted"}
    june = Submission.objects.filter(period=year.periods[5], agency__in=[year.reporters[i].pk for i in (30, 90, 150)])
    assert [(s.first_submitted_at.day, s.is_late, s.state) for s in june] == [(21, False, "approved")] * 3


def test_the_log_has_each_act_once(year):
    written = dict(Counter(AuditEntry.objects.values_list("act", flat=True)))
    assert {act: written[act] for act in year.acts} == dict(year.acts)
    assert year.acts["trả lại phiếu"] == 44 and year.acts["mở lại phiếu"] == 3 and year.acts["cho gia hạn"] == 3
    assert year.acts["nạp số liệu"] == 24
    # Each report by hand is approved once, April's second versions too; those sent back were sent twice.
    assert year.acts["duyệt phiếu"] == sum(year.by_hand) + 3
    assert year.acts["nộp phiếu"] == sum(year.by_hand) + 44 + 3


def test_the_chain_of_the_log_holds(year):
    """Every line is chained to the one before it, and the script's acts are all in it."""
    lines = AuditEntry.objects.count()
    checked = archive.verify()
    assert checked.broken is None and checked.count == lines >= year.acts.total()


def test_everybody_was_told_what_concerned_him_once(year):
    told = Counter(Notification.objects.values_list("event", flat=True))
    assert told["returned"] == 44 and told["reopened"] == 3
    assert told["extension_asked"] == told["extension_granted"] == 3
    assert told["approved"] == year.acts["duyệt phiếu"]
    assert told["opened"] == 3172
    # On the 18th, nothing sent: the silent and the late; those with more time are not late.
    overdue = Notification.objects.filter(event="overdue", key__startswith="overdue:")
    assert overdue.count() == 42 + 12
    assert not Notification.objects.exclude(mail=Notification.Mail.OFF).exists()  # nobody has an address here


def test_nothing_is_left_to_do(year):
    today = dt.date(2023, 12, 28)
    assert {navigation.tasks_of(person, year.plan, today) for person in year.people.values()} == {0}
    assert not Submission.objects.filter(state=State.SUBMITTED).exists()


def test_april_changed_every_later_sum_and_no_earlier_one(year):
    """A second version of April: its target's sums of the district and the province have the new figure from April on, as
    an independent recomputation has them (F-30)."""
    assert reconciliation.verify(year.plan, lambda difference: pytest.fail(str(difference))).differences == 0
    agency = year.reporters[40]
    target = year.asked[4][agency.pk][0]
    assert target.kind == Kind.RATIO
    own = Rollup.objects.filter(agency=agency, scope=Scope.OWN, target=target, basis=Basis.OFFICIAL)
    by_month = {row.period.number: row for row in own.select_related("period")}
    before, after = by_month[3], by_month[4]
    if target.timing == "flow":
        assert after.numerator - before.numerator == 4 + 1
        assert by_month[12].numerator == sum(range(1, 13)) + 1 + sum(
            1 for m in (3, 6, 9, 12) if what_happens(40, m) == BACK
        )
    else:
        assert after.numerator == 4 + 1
    assert before.numerator == (1 + 2 + 3 if target.timing == "flow" else 3)


def test_the_printed_figures_are_those_of_the_official_basis(year):
    """All is approved at the year's end: both bases say the same."""
    rows = {basis: {} for basis in Basis.values}
    found = Rollup.objects.filter(period=year.periods[-1]).values_list(
        "basis", "target", "scope", "node", "value", "status"
    )
    for basis, *node, value, status in found:
        rows[basis][tuple(node)] = value, status
    assert rows["official"] == rows["provisional"] and len(rows["official"]) == 3486
