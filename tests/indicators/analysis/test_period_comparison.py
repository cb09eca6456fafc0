"""The causes of a change between two snapshots, on figures that can be added up on paper.

Department s1 (standing agency); districts h1 (x11, x12) and h2 (x21, x22); every target is the communes'.

| target | July, then | August | meanwhile |
|---|---|---|---|
| I.1 flow | x11 30/100, x12 10/100, x21 2/4 | x11 90/100 | x11's July corrected to 40/100 |
| I.2 stock | x11 50/500, x12 40/100, x21 5/50 | x11 80/500 | x12 exempt from 1 August; x21 moves to h1 |
"""

import datetime as dt
import json
from fractions import Fraction

import pytest
from django.template.loader import render_to_string

from agencies.services.organisation import set_parent
from indicators.analysis import narrative, snapshot
from indicators.analysis.period_comparison import by_district, compare, seen_by
from indicators.models import Basis, Exemption, Kind, Rollup, State, Submission, Timing
from indicators.rollups import engine
from indicators.rules.causes import Cause
from tests import factories, worlds

DAY = factories.AT.replace(day=21)


class World:
    def __init__(self):
        self.tree = factories.make_tree(departments=1, districts=2, communes=2)
        self.plan = factories.make_plan()
        self.july, self.august = (factories.period(self.plan, month) for month in (7, 8))
        self.communes = [self.tree[code] for code in ("x11", "x12", "x21", "x22")]
        self.flow = factories.target(self.plan, "I.1", self.communes, threshold=50)
        self.stock = factories.target(self.plan, "I.2", self.communes, timing=Timing.STOCK)

    def report(self, code, period, figures, **how):
        return factories.report(self.tree[code], period, figures, **how)

    def ledger(self, period, basis=Basis.OFFICIAL):
        """A snapshot as a report stores it: through text and back."""
        return json.loads(json.dumps(snapshot.take_snapshot(self.plan, period, basis)))


@worlds.shared(at=DAY, stays=True)
def world():
    made = World()
    flow, stock = made.flow, made.stock
    made.report("x11", made.july, {flow: (30, 100), stock: (50, 500)})
    made.report("x12", made.july, {flow: (10, 100), stock: (40, 100)})
    made.report("x21", made.july, {flow: (2, 4), stock: (5, 50)})
    return made


def restate(world, code, period, figures):
    old = Submission.objects.get(agency=world.tree[code], period=period, is_latest=True)
    Submission.objects.filter(pk=old.pk).update(
        state=State.SUPERSEDED, is_official=False, is_provisional=False, is_latest=False
    )
    world.report(code, period, figures, version=old.version + 1)


def shares(found, code):
    line = next(line for line in found.lines if line.code == code)
    return {share.cause: share.change for share in line.shares}


def causes(found):
    return {line.cause: (line.agencies, line.n) for line in found.causes}


def test_two_periods_as_known_now(world):
    world.report("x11", world.august, {world.flow: (90, 100), world.stock: (80, 500)})
    found = compare(world.ledger(world.july), world.ledger(world.august), "I.1")
    # 42/204 → 132/304.
    assert found.before.value == Fraction(4200, 204)
    assert found.after.value == Fraction(13200, 304)
    assert found.change == Fraction(13200, 304) - Fraction(4200, 204)
    assert causes(found) == {Cause.NEW: (1, 90), Cause.DENOMINATORS: (3, 0)}
    assert shares(found, "x11")[Cause.NEW] == Fraction(9000, 304)
    assert (found.n, found.d, found.still) == (90, 100, 1)
    assert sum(line.change for line in found.lines) == sum(cause.change for cause in found.causes) == found.change


def test_the_ledger_of_a_published_report_tells_a_correction_from_a_new_report(world):
    published = world.ledger(world.july)
    restate(world, "x11", world.july, {world.flow: (40, 100), world.stock: (50, 500)})
    world.report("x11", world.august, {world.flow: (90, 100)})
    found = compare(published, world.ledger(world.august), "I.1")
    assert shares(found, "x11") == {
        Cause.CORRECTED: Fraction(1000, 304),
        Cause.NEW: Fraction(9000, 304),
        Cause.DENOMINATORS: 3000 * (Fraction(1, 304) - Fraction(1, 204)),
    }
    # The same period, as known then and now.
    same = compare(published, world.ledger(world.july), "I.1")
    assert same.is_same_period
    assert causes(same) == {Cause.CORRECTED: (1, 10)}
    assert same.change == Fraction(1000, 204)


def test_an_exempt_agency_leaves_and_one_that_moves_changes_its_district(world):
    duty = world.stock.assignments.get(agency=world.tree["x12"])
    Exemption.objects.create(assignment=duty, first_day=dt.date(2023, 8, 1), reason="Sáp nhập")
    set_parent(agency=world.tree["x21"], parent=world.tree["h1"], from_day=dt.date(2023, 8, 1))
    before, after = world.ledger(world.july), world.ledger(world.august)
    whole = compare(before, after, "I.2")
    # 95/650 → 55/550.
    assert whole.change == 10 - Fraction(9500, 650)
    assert shares(whole, "x12") == {Cause.OUT: -Fraction(4000, 650)}
    gone = next(line for line in whole.lines if line.code == "x12")
    assert (gone.moved, gone.reason) == ("exempt", "Sáp nhập")
    there, here = compare(before, after, "I.2", node="h2"), compare(before, after, "I.2", node="h1")
    assert there.change is None  # nobody of h2 has a figure any more
    assert shares(here, "x21") == {Cause.IN: Fraction(500, 550)}
    assert next(line for line in here.lines if line.code == "x21").moved == "moved"
    assert here.before.value == Fraction(9000, 600)


@pytest.mark.parametrize("state", [State.RETURNED, State.DRAFT])
def test_what_is_sent_back_or_taken_back_shows_on_the_provisional_basis(world, state):
    world.report("x22", world.august, {world.flow: (5, 10)}, state=State.SUBMITTED)
    before = world.ledger(world.august, Basis.PROVISIONAL)
    Submission.objects.filter(agency=world.tree["x22"]).update(
        state=state, is_provisional=False, return_reason="Sai mẫu số"
    )
    found = compare(before, world.ledger(world.august, Basis.PROVISIONAL), "I.1")
    assert causes(found) == {Cause.RETURNED: (1, -5), Cause.DENOMINATORS: (3, 0)}
    assert found.change == Fraction(4200, 204) - Fraction(4700, 214)


@pytest.mark.parametrize("kind", [Kind.COUNT, Kind.YES_NO, Kind.MILESTONE, Kind.VALUE])
def test_every_kind_and_node_agrees_with_the_roll_up(world, kind):
    reporters = world.communes[:1] if kind == Kind.VALUE else world.communes
    target = factories.target(world.plan, "II.1", reporters, kind=kind, timing=Timing.STOCK)
    june = factories.period(world.plan, 6)
    first, second = (0, 1) if kind == Kind.YES_NO else (40, 61)
    world.report("x11", june, {target: first})
    world.report("x11", world.august, {target: second})
    if kind != Kind.VALUE:
        world.report("x22", june, {target: second})
    engine.rebuild(world.plan)
    before, after = world.ledger(june), world.ledger(world.august)
    stored = {
        (row.node, row.period.number): row.value
        for row in Rollup.objects.filter(target=target, basis=Basis.OFFICIAL).select_related("period")
    }
    for node in ("", "h1", "h2", "@communes", "x11"):
        found = compare(before, after, "II.1", node=node)
        for side in (found.before, found.after):
            value = stored.get((node or "tinh", side.month))
            assert value is None if side.value is None else round(side.value_shown, 6) == value
        if found.change is not None:
            assert found.change == found.after.value - found.before.value == sum(line.change for line in found.lines)
    assert compare(before, after, "II.1", node="x11").change == (100 if kind == Kind.YES_NO else 21)


def test_a_target_that_was_redefined_says_so(world):
    engine.rebuild(world.plan)
    before = world.ledger(world.july)
    assert before["targets"]["I.1"]["required"] == "50"
    world.flow.threshold, world.flow.definition_number = 60, 2
    world.flow.save()
    engine.rebuild(world.plan)
    found = compare(before, world.ledger(world.july), "I.1")
    assert found.is_redefined
    assert (found.change, found.lines) == (0, [])
    told = narrative.change_sentences(found)
    assert told["definition"] == [("Ngưỡng", "tối thiểu\u00a050%", "tối thiểu\u00a060%")]
    assert told["required"] == "Mức cần đạt từ 50% thành 60%."
    assert (found.before.required, found.after.required) == (50, 60)
    said = render_to_string(
        "indicators/analysis/_period_comparison.html", {"comparison": found, "sentences": told, "drill": ""}
    )
    assert "theo định nghĩa khác (lần 1 → lần 2)." in said and "Không đơn vị nào có số mới" in said
    assert compare(before, before, "I.9") is None
    assert compare(before | {"plan": 2022}, before, "I.1") is None  # months of two plans are not the same months


def test_those_whom_a_reader_may_not_see_are_one_line_and_exactly_the_rest(world):
    world.report("x11", world.august, {world.flow: (90, 100)})
    found = compare(world.ledger(world.july), world.ledger(world.august), "I.1")
    mine = seen_by(found, {"x11"})
    assert [(line.code, line.agencies) for line in mine.lines] == [("x11", 1), ("", 2)]
    assert sum(line.change for line in mine.lines) == found.change
    districts = by_district(found, most=2)
    assert [(line.code, line.agencies) for line in districts.lines] == [("h1", 2), ("h2", 1)]
    assert sum(line.change for line in districts.lines) == found.change
    assert by_district(found) is found


def test_a_ledger_of_a_whole_plan_costs_the_same_whatever_its_size(world, django_assert_num_queries):
    with django_assert_num_queries(8):
        snapshot.take_snapshot(world.plan, world.august, Basis.OFFICIAL)
    for code in ("II.1", "II.2", "II.3"):
        factories.target(world.plan, code, world.communes)
    with django_assert_num_queries(8):
        whole = snapshot.take_snapshot(world.plan, world.august, Basis.OFFICIAL)
    assert set(whole["targets"]) == {"I.1", "I.2", "II.1", "II.2", "II.3"}
    assert set(snapshot.take_snapshot(world.plan, world.august, Basis.OFFICIAL, targets=["II.1"])["targets"]) == {
        "II.1"
    }
