"""The numbers on the pages: taken from the roll-ups, counted on paper."""

import datetime as dt
from decimal import Decimal

import pytest

from core.clock import VIETNAM
from indicators.models import Actual, Exemption, IndicatorParty, PendingRollup, Rollup, Scope, State, Submission, Target
from indicators.periods import completeness, deadlines
from indicators.rules.status import Status
from projects.models import Project, ProjectGroup
from reports.dashboards.queries import agencies as queries_agencies
from reports.dashboards.queries import overview as queries_overview
from reports.dashboards.queries import target_rows, timeliness
from reports.dashboards.queries.acceptance import acceptances
from tests import factories
from tests.reports.conftest import roll_up


def line(overview, code):
    return next(line for pillar in overview.pillars for line in pillar.lines if line.target.code == code)


def lead(province, group="", agency=None, **fields):
    """A project led by a group or by an agency."""
    section, _ = ProjectGroup.objects.get_or_create(
        plan=province.plan, code="I", defaults={"title": "Nhóm", "position": 1}
    )
    number = section.projects.count() + 1
    project = Project.objects.create(section=section, number=number, name=f"Dự án {number}", **fields)
    project.parties.create(part="lead", group=group, agency=agency)
    return project


def on(month, day):
    return dt.datetime(2023, month, day, 9, tzinfo=VIETNAM)


# Figures are those of the roll-ups


@pytest.mark.parametrize("basis", ["chinh-thuc", "tam-tinh"])
@pytest.mark.parametrize("month", [1, 6, 7, 8])
def test_every_line_is_the_provinces_rollup(province, selected, basis, month):
    selection = selected(month, basis)
    shown = queries_overview.overview(selection, province.people["lam"])
    rows = {row.target.code: row for row in Rollup.objects.at(selection.period, selection.basis).of_province()}
    assert sorted(rows) == ["I.1", "I.2", "II.1", "III.1"]
    for code, row in rows.items():
        got = line(shown, code)
        assert (got.value, got.required, got.status, got.forecast) == (
            row.value,
            row.required,
            row.status,
            row.forecast,
        )
        assert (got.expected, got.reported, got.approved) == (row.expected, row.reported, row.approved)
        assert (got.counted, got.expected) == row.coverage


def test_the_figures_of_the_paper(province, selected):
    official = queries_overview.overview(selected(), province.people["lam"])
    assert line(official, "I.1").value == Decimal("72.307692")  # (400 + 400 + 140) ÷ (500 + 500 + 300)
    assert line(official, "I.1").history == (None,) * 5 + (Decimal(80), Decimal(80), Decimal("72.307692"))
    assert line(official, "I.1").change == Decimal("-7.692308")
    assert line(official, "II.1").change == 10
    assert line(official, "III.1").value == 40  # June's, carried: not asked for until September
    assert line(official, "III.1").change == 0
    provisional = queries_overview.overview(selected(basis="tam-tinh"), province.people["lam"])
    assert line(provisional, "I.1").value == Decimal("73.333333")  # (800 + 190) ÷ (1000 + 350)


def test_verdict_counts_targets_and_never_averages(province, selected):
    shown = queries_overview.overview(selected(), province.people["lam"])
    # I.1 and I.2 below their lines, without four points for a forecast; III.1 achieved; II.1 has no threshold.
    assert (shown.tally.good, shown.tally.judged) == (1, 3)
    assert shown.tally["behind"] == 2
    assert [(group.status, [x.target.code for x in group.lines]) for group in shown.groups] == [
        ("behind", ["I.1", "I.2"]),
        ("achieved", ["III.1"]),
        ("tracked", ["II.1"]),
    ]
    assert [(pillar.code, pillar.tally.good, pillar.tally.judged) for pillar in shown.pillars] == [
        ("I", 0, 2),
        ("II", 0, 0),
        ("III", 1, 1),
    ]


def test_what_changed_since_the_period_before(province, selected):
    shown = queries_overview.overview(selected(), province.people["lam"])
    assert [(x.target.code, x.status_before, x.status) for x in shown.turns] == [
        ("I.1", "achieved", "behind"),
    ]
    june = queries_overview.overview(selected(6), province.people["lam"])
    assert june.turns == ()  # first figures are no turn


def test_due_soon_is_the_nearest_day_among_those_at_risk(province, selected, moment):
    moment.move_to(on(9, 5))
    shown = queries_overview.overview(selected(), province.people["lam"])
    assert shown.due_soon == ()  # I.2 is over, I.1 due in December
    assert [(x.line.target.code, x.days_left) for x in shown.attention] == [("I.2", -5), ("I.1", 117)]


def test_of_those_due_soon_the_nearest_day_is_said(province, selected):
    Target.objects.filter(code="I.1").update(due=dt.date(2023, 9, 10))
    shown = queries_overview.overview(selected(), province.people["lam"])
    assert [(x.line.target.code, x.days_left) for x in shown.attention] == [("I.2", 15), ("I.1", 25)]
    assert shown.due_soon == ()  # none is at risk without a forecast
    with_may(province)
    assert [x.target.code for x in queries_overview.overview(selected(), province.people["lam"]).due_soon] == ["I.2"]


def test_attention_begins_with_what_is_due_first(province, selected):
    shown = queries_overview.overview(selected(), province.people["lam"])
    assert [(x.line.target.code, x.days_left, x.is_near) for x in shown.attention] == [
        ("I.2", 15, True),
        ("I.1", 137, False),
    ]


def test_districts_furthest_from_a_target_are_named(province, selected):
    for number in (3, 4, 5):
        district = factories.agency(f"h{number}", "district", province.tree["tinh"], short_name=f"H. Số {number}")
        factories.Assignment.objects.create(target=province.targets["I.1"], agency=district)
        factories.report(district, province.periods[8], {province.targets["I.1"]: (number * 10, 100)})
    roll_up(province.plan)
    shown = queries_overview.overview(selected(), province.people["lam"])
    first = next(x for x in shown.attention if x.line.target.code == "I.1")
    assert [name for name, _ in first.lowest] == [
        "H. Số 3",
        "H. Số 4",
        "H. Số 5",
    ]  # 30, 40, 50%; h1 and h2 stand above 60%
    own = queries_overview.overview(selected(), province.people["an"])
    assert next(x for x in own.attention if x.line.target.code == "I.1").lowest == ()  # he sees one district


# Coverage


def test_low_coverage_is_of_the_basis_shown(province, selected):
    official = queries_overview.overview(selected(), province.people["lam"])
    assert (line(official, "I.1").counted, line(official, "I.1").expected) == (3, 5)
    assert line(official, "I.1").is_thin
    provisional = queries_overview.overview(selected(basis="tam-tinh"), province.people["lam"])
    assert line(provisional, "I.1").counted == 4
    # 4 of 5 is 80%, and 80% is enough; but x22's July weighs 100 of 450.
    assert line(provisional, "I.1").fresh == Decimal("77.777778") and line(provisional, "I.1").is_thin
    Submission.objects.filter(agency=province.tree["x22"], period=province.periods[7]).update(is_provisional=False)
    Actual.objects.filter(submission__agency=province.tree["x22"]).update(numerator=1, denominator=50)
    roll_up(province.plan)
    provisional = queries_overview.overview(selected(basis="tam-tinh"), province.people["lam"])
    assert line(provisional, "I.1").fresh == Decimal("87.5")  # 350 of 400, with x22's 50 of June
    assert not line(provisional, "I.1").is_thin


def test_a_good_target_on_few_agencies_is_counted_apart(province, selected):
    thin = queries_overview.overview(selected(7), province.people["lam"])
    assert thin.tally.good_thin == 0
    Submission.objects.filter(period=province.periods[7], agency__code__in=["x21", "x22"]).update(
        state=State.SUBMITTED, is_official=False
    )
    roll_up(province.plan)
    # June 400/500, July 270/300: 670 ÷ 800 = 83,75%, from 3 of 5.
    shown = queries_overview.overview(selected(7), province.people["lam"])
    assert line(shown, "I.1").value == Decimal("83.75")
    assert line(shown, "I.1").status == Status.ACHIEVED
    assert (shown.tally.good, shown.tally.good_thin) == (2, 1)
    assert [x.target.code for x in shown.thin] == ["I.1"]


def test_how_complete_the_period_is(province, selected):
    official = queries_overview.overview(selected(), province.people["lam"])
    r = official.reporting
    assert (r.expected, r.sent, r.approved, r.waiting, r.returned, r.counted) == (6, 5, 4, 1, 0, 4)
    assert not r.is_complete  # 4 of 6
    assert official.last_complete.number == 7
    provisional = queries_overview.overview(selected(basis="tam-tinh"), province.people["lam"])
    assert provisional.reporting.is_complete  # 5 of 6 is more than 80%
    assert queries_overview.overview(selected(6), province.people["lam"]).last_complete is None


def test_a_report_sent_back_is_not_sent(province, selected):
    Submission.objects.filter(agency__code="x21", period=province.periods[8]).update(
        state=State.RETURNED, is_provisional=False, return_reason="Sai."
    )
    r = queries_overview.overview(selected(), province.people["lam"]).reporting
    assert (r.sent, r.waiting, r.returned) == (4, 0, 1)


def test_status_of_a_figure_that_nobody_renewed(province, selected):
    Submission.objects.filter(agency__code="s1", period=province.periods[8]).update(
        state=State.DRAFT, is_official=False, is_provisional=False
    )
    roll_up(province.plan)
    shown = queries_overview.overview(selected(), province.people["lam"])
    assert line(shown, "I.2").value == 20  # July's
    assert line(shown, "I.2").stale_period == province.periods[7]
    assert line(shown, "III.1").stale_period is None  # June's is the newest that was asked for


def test_nothing_due_is_not_silence(province, selected):
    january = queries_overview.overview(selected(1), province.people["lam"])
    assert [x.target.code for x in january.silent] == ["I.1", "I.2", "II.1"]
    assert line(january, "III.1").nothing == "not_due" and line(january, "III.1").word == "Chưa đến kỳ"
    assert [(group.status, group.nothing) for group in january.groups] == [
        ("no_data", "silent"),
        ("no_data", "not_due"),
    ]
    # Without figures a target that has a threshold still is one.
    assert (january.tally.good, january.tally.judged) == (0, 3)


def with_may(province):
    """Report I.2's May, 0 of 100: its fourth point, from which on there is a forecast."""
    factories.report(province.tree["s1"], province.periods[5], {province.targets["I.2"]: (0, 100)})
    roll_up(province.plan)


def test_a_forecast_with_its_range(province, selected):
    with_may(province)
    got = line(queries_overview.overview(selected(), province.people["lam"]), "I.2")
    # 0, 10, 20, 30% on 14/5, 14/6, 14/7, 14/8: slopes 10/31, 10/30, 10/31, 20/61, 20/61, 30/92 a day, the median is
    # (30/92 + 20/61) ÷ 2 = 0,326978; 17 days are left. At the due date the points say 35,5586, 35,6949, 35,5043, 35,6406.
    assert got.forecast.quantize(Decimal("0.001")) == Decimal("35.600")
    low, high = got.band
    # Steps of 10 ÷ 31, 10 ÷ 30 and 10 ÷ 31 days are 9,811828, 10,138889 and 9,811828 a month: s = 0,188829; h = 17 ÷ 30,416667;
    # w = 1,6 × s × √(h + h² ÷ 3) = 0,246011.
    assert (got.forecast - low, high - got.forecast) == (Decimal("0.246011"), Decimal("0.246011"))
    assert (got.status, got.forecast_holds, got.reason) == (
        "at_risk",
        False,
        "thấp hơn mức cần đạt, dự báo chưa tới ngưỡng",
    )


def test_freshness(province, selected):
    shown = queries_overview.overview(selected(), province.people["lam"]).freshness
    assert shown == target_rows.Freshness(factories.AT, False)
    PendingRollup.objects.create(plan=province.plan, created_at=factories.AT)
    assert queries_overview.overview(selected(), province.people["lam"]).freshness.is_pending


# Who reports


def test_who_owes_a_report(province):
    periods = [province.periods[number] for number in (7, 8, 9)]
    owed = completeness.owing(province.plan, periods)
    everyone = {province.tree[code].pk for code in ("x11", "x12", "x21", "x22", "h1", "s1")}
    assert owed == {7: everyone, 8: everyone, 9: everyone}  # h2 and the province report nothing


def test_a_quarterly_target_is_owed_at_the_quarters_end(province):
    s2 = factories.agency("s2", "department", province.tree["tinh"])
    factories.Assignment.objects.create(target=province.targets["III.1"], agency=s2)
    owed = completeness.owing(province.plan, [province.periods[n] for n in (8, 9)], [s2.pk])
    assert owed == {8: frozenset(), 9: frozenset({s2.pk})}


def test_exempt_or_closed_agencies_owe_nothing_meanwhile(province):
    assignment = province.targets["I.1"].assignments.get(agency=province.tree["x11"])
    for first, last in ((dt.date(2023, 6, 1), dt.date(2023, 6, 30)), (dt.date(2023, 8, 1), dt.date(2023, 8, 31))):
        Exemption.objects.create(assignment=assignment, first_day=first, last_day=last, reason="Sáp nhập")
    province.tree["x12"].last_day = dt.date(2023, 7, 31)
    province.tree["x12"].save()
    owed = completeness.owing(province.plan, [province.periods[n] for n in (6, 7, 8)])
    pk = province.tree["x11"].pk
    assert [pk in owed[month] for month in (6, 7, 8)] == [False, True, False]
    assert [province.tree["x12"].pk in owed[month] for month in (6, 7, 8)] == [True, True, False]


def test_an_exemption_of_one_target_leaves_the_others(province):
    assignment = province.targets["I.2"].assignments.get(agency=province.tree["s1"])
    Exemption.objects.create(assignment=assignment, first_day=dt.date(2023, 1, 1), reason="Chưa có hệ thống")
    assert province.tree["s1"].pk in completeness.owing(province.plan, [province.periods[8]])[8]  # II.1 remains


def test_punctuality_by_level(province, selected, moment):
    moment.move_to(on(8, 18))
    shown = queries_overview.overview(selected(), province.people["lam"])
    assert [(x.level.label, x.expected, x.on_time, x.late, x.unsent) for x in shown.levels] == [
        ("Sở, ban, ngành", 1, 1, 0, 0),
        ("Cấp huyện", 1, 1, 0, 0),
        ("Cấp xã", 4, 3, 0, 1),
    ]
    july = queries_overview.overview(selected(7), province.people["lam"])
    assert [(x.on_time, x.late) for x in july.levels] == [(1, 0), (1, 0), (3, 1)]


def test_who_is_missing_is_named_with_the_days(province, selected, moment):
    before = queries_overview.overview(selected(), province.people["lam"]).missing
    assert (before.count, before.communes, before.others, before.days_left) == (1, 1, 0, 1)
    moment.move_to(on(8, 20))
    Submission.objects.filter(agency__code="h1", period=province.periods[8]).update(
        state=State.DRAFT, is_official=False, is_provisional=False, first_submitted_at=None
    )
    after = queries_overview.overview(selected(), province.people["lam"]).missing
    assert (after.count, after.names, after.communes, after.days_over) == (2, ("H. Một",), 1, 3)
    own = queries_overview.overview(selected(), province.people["cuc"]).missing
    assert (own.count, own.names, own.communes, own.others) == (2, (), 1, 1)  # numbers for all, names for those who may


def test_a_report_is_missing_only_after_its_last_day(province):
    august = province.periods[8]
    days = [dt.date(2023, 8, day) for day in (16, 17, 18)]
    assert [timeliness.state_of(None, august.due_on, True, day) for day in days] == ["waiting", "waiting", "missing"]
    assert timeliness.state_of(None, august.due_on, False, days[2]) is None


def test_what_is_not_over_does_not_count(province, selected):
    page = queries_agencies.agency_page(selected(), province.tree["x22"], province.people["lam"])
    assert page.record.states == ("missing",) * 5 + ("on_time", "on_time", "waiting")
    assert (page.record.on_time, page.record.due) == (2, 7)


def test_league_ranks_equals_equally(province, selected, moment):
    moment.move_to(on(8, 18))
    periods = list(province.periods.values())[:8]
    figures_due, sent = completeness.figures_due(province.plan, periods), completeness.sent_reports(periods)
    owed = completeness.agencies_of(figures_due)
    agencies = timeliness.agencies_for(province.people["lam"])
    calendar = deadlines.read(province.periods.values())
    today = dt.date(2023, 8, 18)
    accepted = acceptances(province.plan, periods, agencies, figures_due, calendar, today)
    records = {
        agency.code: timeliness.punctuality(agency, periods, owed, sent, accepted, calendar, today)
        for agency in agencies.values()
    }
    assert records["x12"].states == ("missing",) * 5 + ("on_time", "late", "on_time")
    assert records["x22"].states == ("missing",) * 5 + ("on_time", "on_time", "missing")
    assert records["h2"].states == ()
    ranked = timeliness.league(records.values())
    # Until July 2/7 each, s1 4/16, x12 1/7; August's review is not over. Who was asked for nothing has no rank.
    assert [(place.rank, place.record.agency.code) for place in ranked] == [
        (1, "h1"),
        (1, "x11"),
        (1, "x21"),
        (1, "x22"),
        (5, "s1"),
        (6, "x12"),
    ]


def test_a_new_version_keeps_the_first_days_punctuality(province, selected):
    july = province.periods[7]
    Submission.objects.filter(agency__code="x12", period=july).update(is_latest=False)
    factories.report(
        province.tree["x12"],
        july,
        {province.targets["I.1"]: (81, 100)},
        state=State.DRAFT,
        version=2,
        first_submitted_at=factories.AT,
        is_late=True,
    )
    sent = completeness.sent_reports([july])[province.tree["x12"].pk, 7]
    assert sent == completeness.Sent(is_late=True, official=True, counts=True, waiting=False)


# What a reader may see


def test_tiles_show_only_districts_in_sight(province, selected):
    everything = queries_overview.overview(selected(), province.people["lam"])
    named = {tile.agency.code: (tile.good, tile.judged, tile.step) for tile in everything.tiles if tile.agency}
    # h1 with its communes: (270 + 270 + 140) ÷ 900 = 75,56%; h2: (130 + 130) ÷ 400 = 65%. Both behind 80%.
    assert named == {"h1": (0, 1, 1), "h2": (0, 1, 1)}
    assert everything.tiles[2].agency.code == "h1"  # Chí Linh's place
    own = queries_overview.overview(selected(), province.people["an"])
    seen = {tile.agency.code: tile.judged for tile in own.tiles if tile.agency}
    assert seen == {"h1": 1, "h2": None}
    assert own.hidden_areas == 1


def test_a_district_is_not_judged_by_a_threshold_of_the_whole(province, selected):
    target = factories.target(
        province.plan, "II.2", [province.tree["x11"], province.tree["x12"]], kind="count", timing="stock", unit="máy"
    )
    for code in ("x11", "x12"):
        factories.Actual.objects.create(
            submission=Submission.objects.get(agency__code=code, period=province.periods[8]),
            target=target,
            value=100,
            entered_at=factories.AT,
        )
    roll_up(province.plan)
    shown = queries_overview.overview(selected(), province.people["lam"])
    assert (line(shown, "II.2").value, line(shown, "II.2").status) == (200, Status.ACHIEVED)
    assert [tile.judged for tile in shown.tiles if tile.agency] == [1, 1]  # I.1 alone
    assert shown.tally.judged == 4


def test_a_tiles_name_is_that_of_the_place(province, selected):
    tiles = queries_overview.overview(selected(), province.people["lam"]).tiles
    assert next(tile for tile in tiles if tile.agency).name == "Một"


def test_a_reader_of_one_branch_gets_no_league_of_others(province, selected):
    assert {x.record.agency.code for x in queries_overview.overview(selected(), province.people["lam"]).steadiest} == {
        "s1",
        "h1",
    }
    assert {x.record.agency.code for x in queries_overview.overview(selected(), province.people["dung"]).steadiest} == {
        "x11",
        "x12",
    }
    alone = queries_overview.overview(selected(), province.people["cuc"])
    assert alone.steadiest == alone.least_punctual == ()
    assert alone.own_record.agency.code == "x21"


# An agency


def test_a_districts_area_stands_beside_its_own(province, selected):
    page = queries_agencies.agency_page(selected(), province.tree["h1"], province.people["lam"])
    (row,) = page.lines
    area = Rollup.objects.get(
        agency=province.tree["h1"], scope=Scope.AREA, period=province.periods[8], basis="official"
    )
    assert row.line.value == area.value == Decimal("75.555556")  # 680 ÷ 900
    assert row.own_result.value == 100  # 300 ÷ 300
    assert row.province.value == Decimal("72.307692")
    assert (page.areas_sent, page.areas_due) == (2, 2)
    assert [(x.agency.code, x.tally.good, x.tally.judged) for x in page.areas] == [
        ("x11", 0, 1),  # 190 ÷ 300 = 63,33%
        ("x12", 0, 1),
    ]


def test_a_departments_targets_by_need(province, selected):
    page = queries_agencies.agency_page(selected(), province.tree["s1"], province.people["khanh"])
    assert [x.line.target.code for x in page.lines] == ["I.2", "III.1", "II.1"]  # behind, achieved, followed
    assert [(status, count) for status, count, _ in page.worries] == [("behind", 1)]
    assert page.areas == () and page.areas_due == 0


def test_an_agencys_record(province, selected, moment):
    moment.move_to(on(8, 18))
    page = queries_agencies.agency_page(selected(), province.tree["h1"], province.people["lam"])
    newest = page.rows[0]
    assert (newest.report.period.number, newest.report.state) == (8, "on_time")
    assert (newest.areas_on_time, newest.areas_due) == (2, 2)
    assert (page.rows[1].areas_on_time, page.rows[1].areas_due) == (1, 2)  # x12 was late
    assert page.rows[7].report.state == "missing"
    assert (page.record.on_time, page.record.due) == (3, 8)


def test_days_late_are_counted_from_the_deadline(province, selected):
    Submission.objects.filter(agency__code="x12", period=province.periods[7]).update(first_submitted_at=on(7, 19))
    page = queries_agencies.agency_page(selected(), province.tree["x12"], province.people["lam"])
    july = page.rows[1].report
    assert (july.state, july.days_late) == ("late", 2)  # due on the 17th


def test_communes_that_sent_nothing_come_first(province, selected):
    page = queries_agencies.agency_page(selected(), province.tree["h2"], province.people["lam"])
    assert [x.agency.code for x in page.areas] == ["x22", "x21"]
    assert [x.code for x in page.areas_unsent] == ["x22"]


# Projects


def test_projects_of_an_agency_are_its_own_or_its_groups(province, selected):
    shared = lead(province, "@districts", due=dt.date(2023, 12, 31))
    own = lead(province, agency=province.tree["h1"], is_ongoing=True)
    lead(province, "@departments")
    page = queries_agencies.agency_page(selected(), province.tree["h1"], province.people["lam"])
    assert [row.project for row in page.projects] == [shared, own]
    assert page.own_projects == {own.pk}
    assert [row.days_left for row in page.projects] == [137, None]
    assert page.project_count == 3


def test_projects_are_counted_by_what_the_plan_says_of_their_time(province, selected):
    for day in (dt.date(2023, 12, 31), dt.date(2023, 8, 31), dt.date(2023, 12, 31), dt.date(2023, 8, 1)):
        lead(province, "@districts", due=day)
    lead(province, "@districts", is_ongoing=True)
    lead(province, "@districts")
    found = queries_overview.overview(selected(), province.people["lam"]).projects
    assert (found.total, found.ongoing, found.undated) == (6, 1, 1)
    assert found.by_due == (
        (dt.date(2023, 8, 1), -15, 1),
        (dt.date(2023, 8, 31), 15, 1),
        (dt.date(2023, 12, 31), 137, 2),
    )


# Empty plans


def test_a_plan_without_targets(province, selected):
    plan = factories.make_plan(2024)
    selection = selected()
    empty = type(selection)(plan, factories.period(plan, 1), selection.basis, [factories.period(plan, 1)])
    shown = queries_overview.overview(empty, province.people["lam"])
    assert shown.line_count == 0 and shown.tally.judged == 0
    assert shown.reporting.expected == 0 and not shown.reporting.is_complete
    assert shown.missing is None and shown.projects.total == 0


def test_targets_that_were_never_rolled_up(province, selected):
    Rollup.objects.all().delete()
    shown = queries_overview.overview(selected(), province.people["lam"])
    assert shown.line_count == 4 and shown.tally.judged == 0
    assert {x.status for pillar in shown.pillars for x in pillar.lines} == {Status.NO_DATA}


# Queries


def test_queries_of_the_overview(province, selected, django_assert_num_queries):
    selection = selected()
    for name in ("lam", "dung", "an"):
        with django_assert_num_queries(12):
            queries_overview.overview(selection, province.people[name])


def test_queries_of_an_agency(province, selected, django_assert_num_queries):
    selection = selected()
    lead(province, "@districts")
    with django_assert_num_queries(18):
        queries_agencies.agency_page(selection, province.tree["h1"], province.people["lam"])
    with django_assert_num_queries(14):  # neither communes nor projects
        queries_agencies.agency_page(selection, province.tree["s1"], province.people["lam"])
    with django_assert_num_queries(5):
        queries_agencies.agency_list(selection, province.people["lam"])


def test_queries_do_not_grow_with_the_province(province, selected, django_assert_num_queries):
    for number in (3, 4):
        district = factories.agency(f"h{number}", "district", province.tree["tinh"])
        communes = [factories.agency(f"x{number}{i}", "commune", district) for i in range(1, 6)]
        target = factories.target(province.plan, f"I.{number}", [district, *communes])
        for commune in communes:
            factories.report(commune, province.periods[8], {target: (1, 2)})
    roll_up(province.plan)
    selection = selected()
    with django_assert_num_queries(12):
        shown = queries_overview.overview(selection, province.people["lam"])
    assert shown.line_count == 6 and shown.reporting.expected == 18
    lead(province, "@districts")
    district = factories.Agency.objects.get(code="h3")
    with django_assert_num_queries(18):
        page = queries_agencies.agency_page(selection, district, province.people["lam"])
    assert len(page.areas) == 5
    with django_assert_num_queries(5):
        assert queries_agencies.agency_list(selection, province.people["lam"]).total == 20


# A part of the targets


@pytest.fixture
def led(province):
    """I.1 is led by the department s1, II.1 by s1 and the province's own body, the others have no lead."""
    IndicatorParty.objects.create(
        indicator=province.targets["I.1"].indicator, part=IndicatorParty.Part.LEAD, agency=province.tree["s1"]
    )
    IndicatorParty.objects.create(
        indicator=province.targets["II.1"].indicator, part=IndicatorParty.Part.LEAD, agency=province.tree["s1"]
    )
    IndicatorParty.objects.create(
        indicator=province.targets["II.1"].indicator, part=IndicatorParty.Part.LEAD, agency=province.tree["tinh"]
    )
    return province


def codes(shown):
    return [x.target.code for x in shown.lines]


def test_an_overview_of_one_pillar(led, selected):
    shown = queries_overview.overview(selected(), led.people["lam"], pillar="I")
    assert codes(shown) == ["I.1", "I.2"]
    assert (shown.tally.good, shown.tally.judged) == (0, 2)
    assert [x.line.target.code for x in shown.attention] == ["I.2", "I.1"]
    assert {tile.judged for tile in shown.tiles if tile.agency and tile.judged is not None} == {1}
    # Who reports is of the whole plan; who has not is not a matter of these targets.
    assert shown.reporting == queries_overview.overview(selected(), led.people["lam"]).reporting
    assert shown.missing is None and shown.narrowed.all_count == 4


def test_an_overview_of_one_lead(led, selected):
    lead = led.tree["s1"].short_name
    shown = queries_overview.overview(selected(), led.people["lam"], lead=lead)
    assert codes(shown) == ["I.1", "II.1"]
    assert codes(queries_overview.overview(selected(), led.people["lam"], lead=lead, pillar="II")) == ["II.1"]
    assert queries_overview.overview(selected(), led.people["lam"], lead=lead, pillar="III").lines == ()
    assert shown.narrowed.leads == tuple(sorted([lead, led.tree["tinh"].short_name]))
    assert shown.narrowed.pillars == (("I", "Trụ cột"), ("II", "Trụ cột"), ("III", "Trụ cột"))


@pytest.mark.parametrize("asked", [{"pillar": "IV"}, {"pillar": "i"}, {"lead": "Không ai"}])
def test_a_part_that_is_not_there(led, selected, asked):
    assert queries_overview.overview(selected(), led.people["lam"], **asked) is None


def test_what_moved_most(province, selected):
    shown = queries_overview.overview(selected(), province.people["lam"])
    # I.2 20 → 30%; I.1 80 → 72.3%; II.1 is a count, III.1 has not moved.
    assert [(x.target.code, x.change) for x in shown.risen] == [("I.2", Decimal(10))]
    assert [(x.target.code, x.change) for x in shown.fallen] == [("I.1", Decimal("-7.692308"))]
    province.targets["I.1"].comparator = "lte"
    province.targets["I.1"].save()
    assert {x.target.code for x in queries_overview.overview(selected(), province.people["lam"]).risen} == {
        "I.1",
        "I.2",
    }
