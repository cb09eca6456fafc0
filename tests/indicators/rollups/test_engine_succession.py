"""Figures of ended agencies that go on counting (domain.md, *Roll-up*, Successors), through the database.

Reports go in, agencies end with their successors, rows come out; every number can be checked on paper.
"""

import datetime as dt
from decimal import Decimal

import pytest

from agencies.models import Agency, Level, Succession
from agencies.roles import Role
from indicators.analysis.drilldown import explain
from indicators.analysis.period_comparison import compare
from indicators.analysis.snapshot import take_snapshot
from indicators.models import Assignment, Basis, Exemption, Kind, Rollup, Scope, Timing
from indicators.rollups import engine, reconciliation
from indicators.selection import Selection
from tests import factories as make

pytestmark = pytest.mark.django_db

JUNE_END = dt.date(2023, 6, 30)
JULY = dt.date(2023, 7, 1)


@pytest.fixture
def tree():
    return make.make_tree(districts=2, communes=3)


@pytest.fixture
def plan():
    return make.make_plan()


def stock(plan, *reporters, **fields):
    return make.target(plan, "I.13", reporters, timing=Timing.STOCK, threshold=30, **fields)


def begun(code, parent, target, day=JULY):
    """A commune that begins on a day, with the target."""
    made = make.agency(code, Level.COMMUNE, parent, first_day=day)
    Assignment.objects.create(target=target, agency=made, first_day=day)
    return made


def end(agency, *successors, day=JUNE_END, way=Succession.Way.MERGED):
    agency.last_day = day
    agency.save()
    for successor in successors:
        Succession.objects.create(before=agency, after=successor, first_day=day + dt.timedelta(days=1), way=way)


def report(agency, month, plan, target, *figure):
    make.report(agency, make.period(plan, month), {target: figure if len(figure) > 1 else figure[0]})


def rolled_up(plan):
    """Roll up; the independent recomputation must agree in every row."""
    engine.rebuild(plan)
    found = []
    reconciliation.verify(plan, found.append)
    assert [str(difference) for difference in found] == []


def explained(plan, target, month):
    """The explanation of the province's row: (agency, N) of each part, who is held back; and whether they make the value."""
    periods = list(plan.periods.select_related("plan"))
    selection = Selection(plan, periods[month - 1], Basis.OFFICIAL, periods)
    reader = make.person(f"lam{month}", Agency.objects.get(code="tinh"), Role.LEADER)
    explanation = explain(selection, target, reader, "")
    assert explanation.agrees
    parts = {part.agency.code: part.numerator for part in explanation.contributors}
    return parts, [agency.code for agency in explanation.held_back]


def compared(plan, target, first, last):
    """The change of the province's row between two months, by agency; each side makes the stored value."""
    sides = [take_snapshot(plan, make.period(plan, month), Basis.OFFICIAL) for month in (first, last)]
    comparison = compare(*sides, target.code)
    for side, month in ((comparison.before, first), (comparison.after, last)):
        stored = row(target, month, "tinh")
        assert (side.numerator, side.denominator) == (stored.numerator, stored.denominator)
    return {line.code: line.n for line in comparison.lines}


def row(target, month, node, scope=Scope.AREA, basis=Basis.OFFICIAL):
    return Rollup.objects.get(target=target, period__number=month, scope=scope, node=node, basis=basis)


def parts(target, month, node, scope=Scope.AREA):
    found = row(target, month, node, scope)
    return found.numerator, found.denominator, found.stale, found.expected, found.reported


def test_worked_case_15_a_merger(tree, plan):
    a, b = tree["x11"], tree["x12"]
    target = stock(plan, a, b)
    report(a, 6, plan, target, 50, 500)
    report(b, 6, plan, target, 40, 100)
    end(a, b)
    report(b, 8, plan, target, 95, 600)
    rolled_up(plan)
    assert parts(target, 7, "h1") == parts(target, 7, "tinh") == (90, 600, True, 1, 0)
    assert parts(target, 7, "@communes", Scope.LEVEL) == (90, 600, True, 1, 0)
    assert row(target, 7, "h1").value == 15
    assert parts(target, 7, "x12", Scope.OWN) == (40, 100, True, 1, 0)
    assert parts(target, 8, "h1") == (95, 600, False, 1, 1)
    assert not Rollup.objects.filter(target=target, node="x11", period__number__gte=7).exists()


def test_worked_case_16_a_split(tree, plan):
    a = tree["x11"]
    target = stock(plan, a)
    report(a, 6, plan, target, 400, 1000)
    b, c = (begun(code, tree["h1"], target) for code in ("x18", "x19"))
    end(a, b, c, way=Succession.Way.SPLIT)
    report(b, 7, plan, target, 250, 600)
    report(c, 8, plan, target, 170, 410)
    rolled_up(plan)
    july = row(target, 7, "h1")
    assert parts(target, 7, "h1") == (400, 1000, True, 2, 1)
    assert july.value == 40
    # What is held back is no new evidence. The weight is that of the assigned agencies: all that is known is July's.
    assert (july.is_point, july.fresh) == (False, 100)
    assert parts(target, 7, "x18", Scope.OWN) == (250, 600, False, 1, 1)
    assert parts(target, 8, "h1") == (420, 1010, True, 2, 1)
    assert explained(plan, target, 7) == ({"x11": 400}, ["x18"])
    assert explained(plan, target, 8) == ({"x18": 250, "x19": 170}, [])
    assert compared(plan, target, 6, 7) == {}
    assert compared(plan, target, 7, 8) == {"x11": -400, "x18": 250, "x19": 170}


def test_a_merger_into_a_new_agency_and_the_number_of_yes(tree, plan):
    """Neither in D of a yes/no nor in a mean does an agency count that did not exist yet."""
    a, b, other = tree["x11"], tree["x12"], tree["x13"]
    asked = make.target(plan, "I.7", [a, b, other], kind=Kind.YES_NO, timing=Timing.STOCK, threshold=40)
    mean = make.target(plan, "I.8", [a, b, other], kind=Kind.MILESTONE, timing=Timing.STOCK)
    for agency, answer, done in ((a, 1, 20), (b, 1, 40), (other, 0, 90)):
        make.report(agency, make.period(plan, 6), {asked: answer, mean: done})
    new = make.agency("x19", Level.COMMUNE, tree["h1"], first_day=JULY)
    for target in (asked, mean):
        Assignment.objects.create(target=target, agency=new, first_day=JULY)
    end(a, new)
    end(b, new)
    make.report(new, make.period(plan, 8), {asked: 0, mean: 30})
    rolled_up(plan)
    assert parts(asked, 7, "h1")[:2] == (2, 3)
    assert explained(plan, mean, 7)[0].keys() == {"x11", "x12", "x13"}
    assert row(mean, 7, "h1").value == 50
    assert parts(asked, 8, "h1")[:2] == (0, 2)
    assert row(mean, 8, "h1").value == 60


def test_a_row_that_holds_only_some_of_the_successors(tree, plan):
    a = tree["x11"]
    target = stock(plan, a, tree["x13"])
    report(a, 6, plan, target, 400, 1000)
    here, there = begun("x18", tree["h1"], target), begun("x29", tree["h2"], target)
    end(a, here, there, way=Succession.Way.SPLIT)
    report(here, 7, plan, target, 250, 600)
    rolled_up(plan)
    # Each district has its own part alone; only the province, which holds both, waits for the other.
    assert parts(target, 7, "h1")[:3] == (250, 600, False)
    assert parts(target, 7, "h2")[:2] == (None, None)
    assert parts(target, 7, "tinh")[:3] == (400, 1000, True)


def test_without_an_assigned_successor_it_drops_out_at_once(tree, plan):
    a, b = tree["x11"], tree["x12"]
    target = stock(plan, a, b)
    report(a, 6, plan, target, 50, 500)
    report(b, 6, plan, target, 40, 100)
    exempt = Assignment.objects.get(agency=b)
    Exemption.objects.create(assignment=exempt, first_day=JULY, last_day=dt.date(2023, 8, 14), reason="thử")
    end(a, b)
    Assignment.objects.create(target=target, agency=tree["x21"])
    rolled_up(plan)
    assert parts(target, 8, "tinh")[:2] == (None, None)
    # In September B is assigned again, and has not reported since A ended.
    assert parts(target, 9, "tinh")[:2] == (90, 600)


def test_who_was_exempt_when_it_ended_leaves_nothing(tree, plan):
    a, b = tree["x11"], tree["x12"]
    target = stock(plan, a, b)
    report(a, 5, plan, target, 50, 500)
    report(b, 6, plan, target, 40, 100)
    Exemption.objects.create(assignment=Assignment.objects.get(agency=a), first_day=JUNE_END, reason="thử")
    end(a, b)
    rolled_up(plan)
    assert parts(target, 7, "h1")[:2] == (40, 100)


def test_a_flow_keeps_the_months_of_the_ended_and_nothing_else(tree, plan):
    a, b = tree["x11"], tree["x12"]
    target = make.target(plan, "I.12", [a, b])
    report(a, 6, plan, target, 50, 500)
    report(b, 6, plan, target, 40, 100)
    end(a, b)
    report(b, 7, plan, target, 10, 100)
    rolled_up(plan)
    assert parts(target, 7, "h1")[:2] == (100, 700)


def test_it_stays_while_a_figure_of_its_successor_is_held_back_for_another(tree, plan):
    """A splits into B and C, of which C is silent; A2 merges into B. B's July is held back for A, so A2 stays too."""
    a, a2, b = tree["x11"], tree["x12"], tree["x13"]
    target = stock(plan, a, a2, b)
    for agency, figure in ((a, (100, 200)), (a2, (10, 50)), (b, (5, 20))):
        report(agency, 6, plan, target, *figure)
    c = begun("x19", tree["h1"], target)
    end(a, b, c, way=Succession.Way.SPLIT)
    end(a2, b)
    report(b, 7, plan, target, 60, 150)
    report(c, 8, plan, target, 70, 130)
    rolled_up(plan)
    assert parts(target, 7, "h1")[:3] == (115, 270, True)
    assert parts(target, 8, "h1")[:2] == (130, 280)


def test_a_successor_that_ends_is_replaced_by_its_own(tree, plan):
    a, b, c = tree["x11"], tree["x12"], tree["x13"]
    target = stock(plan, a, b, c)
    for agency, figure in ((a, (50, 500)), (b, (40, 100)), (c, (7, 70))):
        report(agency, 6, plan, target, *figure)
    end(a, b)
    end(b, c, day=dt.date(2023, 7, 31))
    report(c, 9, plan, target, 99, 670)
    rolled_up(plan)
    assert parts(target, 8, "h1")[:3] == (97, 670, True)
    assert parts(target, 9, "h1")[:3] == (99, 670, False)


def test_a_successor_that_reported_before_it_ended_has_reported(tree, plan):
    """B's July holds A's people: once B has ended, B's figure goes on counting, and A's does not come back."""
    a, b, c = tree["x11"], tree["x12"], tree["x13"]
    target = stock(plan, a, b, c)
    for agency, figure in ((a, (50, 500)), (b, (40, 100)), (c, (7, 70))):
        report(agency, 6, plan, target, *figure)
    end(a, b)
    report(b, 7, plan, target, 95, 600)
    end(b, c, day=dt.date(2023, 7, 31))
    rolled_up(plan)
    assert parts(target, 8, "h1")[:3] == (102, 670, True)


def test_a_report_of_the_successor_alone_moves_every_row_that_waited(tree, plan):
    """Piece by piece as from nothing: also a late correction of the ended agency, whose successor sits elsewhere."""
    a, b = tree["x11"], tree["x21"]
    target = stock(plan, a, b)
    report(a, 6, plan, target, 50, 500)
    end(a, b)
    rolled_up(plan)
    plan.rollup_state.computed_at = dt.datetime(2023, 8, 1, tzinfo=dt.UTC)
    plan.rollup_state.save()
    assert parts(target, 7, "h2")[:2] == (50, 500)
    a.submissions.get().actuals.update(numerator=Decimal(60))
    engine.rebuild(plan, targets=[target.pk], agencies=[a.pk], from_period=6)
    assert parts(target, 7, "h2")[:2] == (60, 500)
    report(b, 8, plan, target, 95, 600)
    engine.rebuild(plan, targets=[target.pk], agencies=[b.pk], from_period=8)
    assert parts(target, 8, "h2")[:2] == parts(target, 8, "tinh")[:2] == (95, 600)
    assert engine.rebuild(plan) == 0


def test_who_ends_within_the_first_window_leaves_its_figure_too(tree, plan):
    a, b = tree["x11"], tree["x12"]
    target = stock(plan, a, b)
    report(a, 1, plan, target, 50, 500)
    end(a, b, day=dt.date(2023, 1, 10))
    rolled_up(plan)
    assert parts(target, 1, "h1")[:3] == (50, 500, True)
    assert parts(target, 2, "tinh")[:2] == (50, 500)


def give(giver, taker, day=JULY, share="0.3"):
    way = Succession.Way.PARTED
    Succession.objects.create(before=giver, after=taker, first_day=day, way=way, share=share and Decimal(share))


def test_a_part_that_moves_never_counts_twice(tree, plan):
    """x11 has 400/1000 in June and gives 30% to x12 with 100/500: 500/1500 until both have reported the new territory."""
    a, b, other = tree["x11"], tree["x12"], tree["x13"]
    target = stock(plan, a, b, other)
    for agency, figure in ((a, (400, 1000)), (b, (100, 500)), (other, (10, 100))):
        report(agency, 6, plan, target, *figure)
    give(a, b)
    report(other, 7, plan, target, 20, 100)
    report(b, 8, plan, target, 220, 800)
    report(a, 9, plan, target, 290, 700)
    report(b, 10, plan, target, 230, 800)
    rolled_up(plan)
    # Nobody has reported the new territory in July: both count as they are, x13 with its new figure.
    assert parts(target, 7, "h1") == (520, 1600, True, 3, 1)
    assert parts(target, 8, "h1") == parts(target, 8, "tinh") == (520, 1600, True, 3, 1)
    assert parts(target, 8, "@communes", Scope.LEVEL) == (520, 1600, True, 3, 1)
    assert parts(target, 8, "x12", Scope.OWN) == (220, 800, False, 1, 1)
    assert explained(plan, target, 8) == ({"x11": 400, "x12": 100, "x13": 20}, ["x12"])
    assert parts(target, 9, "h1") == (530, 1600, True, 3, 1)
    assert explained(plan, target, 9) == ({"x11": 290, "x12": 220, "x13": 20}, [])
    assert parts(target, 10, "h1") == (540, 1600, True, 3, 1)
    assert compared(plan, target, 7, 8) == {}
    assert compared(plan, target, 8, 9) == {"x11": -110, "x12": 120}


def test_a_part_between_two_districts_in_the_rows_that_hold_both(tree, plan):
    """x11 of h1 (400/1000) gives a part to x21 of h2 (100/500): only the rows that hold both wait."""
    a, b = tree["x11"], tree["x21"]
    target = stock(plan, a, b)
    report(a, 6, plan, target, 400, 1000)
    report(b, 6, plan, target, 100, 500)
    give(a, b)
    report(b, 7, plan, target, 220, 800)
    rolled_up(plan)
    assert parts(target, 7, "tinh")[:3] == (500, 1500, True)
    assert parts(target, 7, "h2")[:3] == (220, 800, False)
    assert parts(target, 7, "h1")[:3] == (400, 1000, True)


def test_a_part_to_a_new_agency_and_what_does_not_move(tree, plan):
    """The new commune counts once the giver has reported, so that nothing is missing either; an answer does not move."""
    a = tree["x11"]
    target = make.target(plan, "II.3", [a], kind=Kind.COUNT, timing=Timing.STOCK, unit="hộ")
    asked = make.target(plan, "I.7", [a], kind=Kind.YES_NO, timing=Timing.STOCK, threshold=40)
    flow = make.target(plan, "I.12", [a], timing=Timing.FLOW)
    made = begun("x18", tree["h1"], target)
    for each in (asked, flow):
        Assignment.objects.create(target=each, agency=made, first_day=JULY)
    give(a, made, share=None)
    make.report(a, make.period(plan, 6), {target: 900, asked: 0, flow: (10, 20)})
    make.report(made, make.period(plan, 7), {target: 300, asked: 1, flow: (3, 4)})
    report(a, 8, plan, target, 610)
    rolled_up(plan)
    assert [row(target, month, "h1").value for month in (6, 7, 8)] == [900, 900, 910]
    assert row(target, 7, "h1").stale and not row(target, 7, "h1").is_point
    assert row(asked, 7, "h1").value == 50
    assert parts(flow, 7, "h1")[:2] == (13, 24)


def test_two_parts_and_an_end_wait_for_one_another(tree, plan):
    """x13 ends into x11, which gives a part to x12 before it has reported: x13's 50/500 stands until x11 and x12 have."""
    a, b, gone = tree["x11"], tree["x12"], tree["x13"]
    target = stock(plan, a, b, gone)
    report(b, 6, plan, target, 100, 500)
    report(gone, 6, plan, target, 50, 500)
    end(gone, a)
    give(a, b, day=dt.date(2023, 8, 1))
    report(b, 8, plan, target, 120, 650)
    report(a, 9, plan, target, 35, 360)
    rolled_up(plan)
    assert parts(target, 8, "h1")[:3] == (150, 1000, True)
    assert parts(target, 9, "h1")[:2] == (155, 1010)


def test_a_part_waits_for_nobody_who_need_not_report(tree, plan):
    a, b = tree["x11"], tree["x12"]
    target = stock(plan, a, b)
    report(a, 6, plan, target, 400, 1000)
    report(b, 6, plan, target, 100, 500)
    give(a, b)
    duty = Assignment.objects.get(target=target, agency=a)
    Exemption.objects.create(assignment=duty, first_day=JULY, reason="Không còn dân cư")
    report(b, 7, plan, target, 220, 800)
    rolled_up(plan)
    assert parts(target, 7, "h1")[:3] == (220, 800, False)


def test_what_was_taken_over_after_a_part_was_given_holds_nobody_back(tree, plan):
    """x11, silent, gives a part to x12 in July and takes x13 over in August: x12's new figure counts in July and afterwards."""
    a, b, gone = tree["x11"], tree["x12"], tree["x13"]
    target = stock(plan, a, b, gone)
    report(b, 6, plan, target, 100, 500)
    report(gone, 6, plan, target, 50, 500)
    give(a, b)
    report(b, 7, plan, target, 120, 650)
    end(gone, a, day=dt.date(2023, 7, 31))
    rolled_up(plan)
    assert parts(target, 7, "h1")[:2] == (170, 1150)
    assert parts(target, 8, "h1")[:2] == (170, 1150)


def test_an_end_and_a_part_of_the_first_window_wait_for_one_another(tree, plan):
    """x13 (50/500) ends on 31 December into x11, which gives a part to x12 (120/650): 50/500 until x11 has reported."""
    a, b, gone = tree["x11"], tree["x12"], tree["x13"]
    target = stock(plan, a, b, gone)
    new_year = plan.first_day
    report(gone, 1, plan, target, 50, 500)
    report(b, 1, plan, target, 120, 650)
    end(gone, a, day=new_year - dt.timedelta(days=1))
    give(a, b, day=new_year)
    report(a, 2, plan, target, 35, 360)
    rolled_up(plan)
    assert parts(target, 1, "h1")[:3] == (50, 500, True)
    assert parts(target, 2, "h1")[:2] == (155, 1010)
