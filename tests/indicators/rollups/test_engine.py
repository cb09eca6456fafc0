"""domain.md's worked cases, and every rule of *Roll-up*, through the database: reports in, rows out.

All numbers can be checked on paper. A row is asked for by target, month, scope and node.
"""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from agencies.models import Level
from agencies.roles import Role
from agencies.services.organisation import set_parent
from core.clock import VIETNAM
from indicators.models import (
    Assignment,
    Basis,
    Exemption,
    Kind,
    Rollup,
    RollupState,
    RollupSums,
    Scope,
    State,
    Submission,
    TargetMilestone,
    Timing,
)
from indicators.rollups import engine, pending, tasks
from indicators.submissions import editing, validation, workflow
from indicators.targets.services import change_target
from tests import factories as make

pytestmark = pytest.mark.django_db

YEAR_END = dt.date(2023, 12, 31)


def row(target, month, node, scope=Scope.AREA, basis=Basis.OFFICIAL):
    return Rollup.objects.get(target=target, period__number=month, scope=scope, node=node, basis=basis)


def own(target, month, agency, basis=Basis.OFFICIAL):
    return row(target, month, agency.code, Scope.OWN, basis)


def sums(found):
    return (found.numerator, found.denominator, found.value)


def seen(found):
    """(expected, reported, approved, stale)"""
    return (found.expected, found.reported, found.approved, found.stale)


def nodes(target, month, basis=Basis.OFFICIAL):
    found = Rollup.objects.filter(target=target, period__number=month, basis=basis)
    return set(found.values_list("scope", "node"))


def six(text):
    return Decimal(text)


@pytest.fixture
def tree():
    return make.make_tree()


@pytest.fixture
def plan():
    return make.make_plan()


class TestWorkedCases:
    def test_1_a_flow_adds_up_over_the_year(self, tree, plan):
        chi_linh, nam_sach = tree["h1"], tree["h2"]
        target = make.target(plan, "I.12", [chi_linh, nam_sach], threshold=50, baseline=56.6)
        make.report(chi_linh, make.period(plan, 1), {target: (30, 100)})
        make.report(chi_linh, make.period(plan, 2), {target: (90, 100)})
        make.report(nam_sach, make.period(plan, 1), {target: (1, 10)})
        engine.rebuild(plan)
        assert sums(own(target, 2, chi_linh)) == (120, 200, 60)
        assert sums(own(target, 2, nam_sach)) == (1, 10, 10)
        province = row(target, 2, "tinh")
        assert sums(province) == (121, 210, six("57.619048"))
        assert seen(province) == (2, 1, 1, True)
        assert seen(row(target, 1, "tinh")) == (2, 2, 2, False)
        assert sums(row(target, 2, "@districts", Scope.LEVEL)) == (121, 210, six("57.619048"))
        # A silent agency's own row is stale too: it has a gap in its year.
        assert seen(own(target, 2, nam_sach)) == (1, 0, 0, True)
        assert seen(own(target, 2, chi_linh)) == (1, 1, 1, False)

    def test_2_a_stock_is_carried(self, tree, plan):
        chi_linh, nam_sach = tree["h1"], tree["h2"]
        target = make.target(plan, "I.13", [chi_linh, nam_sach], timing=Timing.STOCK, threshold=30)
        make.report(chi_linh, make.period(plan, 1), {target: (50, 500)})
        make.report(chi_linh, make.period(plan, 2), {target: (80, 500)})
        make.report(nam_sach, make.period(plan, 1), {target: (40, 100)})
        engine.rebuild(plan)
        assert sums(row(target, 2, "tinh")) == (120, 600, 20)
        assert seen(row(target, 2, "tinh")) == (2, 1, 1, True)
        assert sums(own(target, 2, nam_sach)) == (40, 100, 40)
        assert own(target, 2, nam_sach).stale is True
        assert own(target, 2, chi_linh).stale is False
        assert row(target, 1, "tinh").stale is False

    def test_3_yes_counts_against_the_assigned(self, plan):
        tree = make.make_tree(departments=17, districts=0)
        departments = [tree[f"s{number}"] for number in range(1, 18)]
        target = make.target(plan, "I.7", departments, kind=Kind.YES_NO, timing=Timing.STOCK, threshold=40)
        for number, department in enumerate(departments[:7]):
            make.report(department, make.period(plan, 1), {target: 1 if number < 5 else 0})
        engine.rebuild(plan)
        province = row(target, 1, "tinh")
        assert sums(province) == (5, 17, six("29.411765"))
        assert province.coverage == (7, 17)
        assert sums(own(target, 1, departments[0])) == (1, 1, 100)
        assert sums(own(target, 1, departments[5])) == (0, 1, 0)
        assert sums(own(target, 1, departments[16])) == (None, None, None)

    def test_4_exactly_150_is_not_more_than_150(self, tree, plan):
        target = make.target(
            plan,
            "II.3",
            [tree["s1"]],
            kind=Kind.COUNT,
            timing=Timing.STOCK,
            threshold=150,
            comparator="gt",
            baseline=114,
            unit="doanh nghiệp",
        )
        for month, count in ((1, 150), (2, 151), (12, 150)):
            make.report(tree["s1"], make.period(plan, month), {target: count})
        engine.rebuild(plan)
        statuses = {month: own(target, month, tree["s1"]).status for month in (1, 2, 12)}
        assert statuses == {1: "on_track", 2: "achieved", 12: "missed"}
        assert sums(own(target, 1, tree["s1"])) == (None, None, 150)

    def test_5_a_due_date_between_two_windows(self, tree, plan):
        due = dt.date(2023, 8, 31)
        target = make.target(plan, "I.2", [tree["s1"]], timing=Timing.STOCK, threshold=80, due=due)
        make.report(tree["s1"], make.period(plan, 8), {target: (79, 100)})
        make.report(tree["s1"], make.period(plan, 9), {target: (79, 100)})
        make.report(tree["s1"], make.period(plan, 10), {target: (81, 100)})
        engine.rebuild(plan)
        august, september, october = (own(target, month, tree["s1"]) for month in (8, 9, 10))
        # August holds the first value: its line begins there.
        assert (august.required, august.status, august.due_held) == (79, "on_track", None)
        assert (september.required, september.status, september.due_held) == (80, "missed", False)
        assert (october.status, october.due_held) == ("achieved", False)

    def test_6_three_communes_of_one_name(self, plan):
        tree = make.make_tree(departments=0, districts=3, communes=0)
        communes = [make.agency(f"hp{n}", Level.COMMUNE, tree[f"h{n}"], name="UBND xã Hồng Phong") for n in (1, 2, 3)]
        target = make.target(plan, "I.1", communes)
        for commune, figures in zip(communes, [(1, 10), (2, 10), (3, 10)], strict=True):
            make.report(commune, make.period(plan, 1), {target: figures})
        engine.rebuild(plan)
        assert [row(target, 1, f"h{n}").value for n in (1, 2, 3)] == [10, 20, 30]
        assert row(target, 1, "tinh").value == 20

    def test_7_a_zero_stays_in_and_silence_stays_out(self, tree, plan):
        communes = [tree["x11"], tree["x12"], tree["x21"]]
        target = make.target(plan, "I.1", communes)
        for commune, figures in zip(communes, [(9, 10), (30, 300), (0, 500)], strict=True):
            make.report(commune, make.period(plan, 1), {target: figures})
        for commune, figures in zip(communes[:2], [(9, 10), (30, 300)], strict=True):
            make.report(commune, make.period(plan, 2), {target: figures})
        engine.rebuild(plan)
        assert sums(row(target, 1, "tinh")) == (39, 810, six("4.814815"))
        assert row(target, 1, "tinh").coverage == (3, 3)
        assert sums(own(target, 1, tree["x21"])) == (0, 500, 0)

        rate = make.target(plan, "I.2", communes, timing=Timing.RATE)
        for commune, figures in zip(communes[:2], [(9, 10), (30, 300)], strict=True):
            submission = Submission.objects.get(agency=commune, period__number=1)
            submission.actuals.create(target=rate, entered_at=make.AT, **make.entry(figures))
        engine.rebuild(plan)
        assert sums(row(rate, 1, "tinh")) == (39, 310, six("12.580645"))
        assert row(rate, 1, "tinh").coverage == (2, 3)

    def test_8_a_rate_recovers_and_a_baseline_can_hold_already(self, tree, plan):
        rate = make.target(plan, "I.4", [tree["s1"]], timing=Timing.RATE, threshold=100)
        flow = make.target(plan, "I.12", [tree["s1"]], threshold=50, baseline=56.6, due=dt.date(2023, 8, 31))
        make.report(tree["s1"], make.period(plan, 1), {rate: (99, 100)})
        make.report(tree["s1"], make.period(plan, 2), {rate: (100, 100)})
        engine.rebuild(plan)
        january, february = own(rate, 1, tree["s1"]), own(rate, 2, tree["s1"])
        assert (january.value, january.status) == (99, "behind")
        assert (sums(february), february.status) == ((100, 100, 100), "achieved")
        required = Rollup.objects.filter(target=flow).values_list("required", flat=True)
        assert set(required) == {50}

    @time_machine.travel(dt.datetime(2023, 4, 5, 9, tzinfo=VIETNAM))
    def test_9_a_late_correction_moves_every_later_period_and_every_node_above(self, tree, plan):
        commune = tree["x11"]
        target = make.target(plan, "I.1", [commune, tree["x21"]])
        reports = [
            make.report(commune, make.period(plan, month), {target: figures})
            for month, figures in ((1, (1, 2)), (2, (1, 4)), (3, (2, 4)))
        ]
        make.report(tree["x21"], make.period(plan, 1), {target: (5, 10)})
        pending.request_rollup(plan=plan)
        tasks.roll_up(plan.pk)
        assert [sums(own(target, month, commune)) for month in (1, 2, 3)] == [
            (1, 2, 50),
            (2, 6, six("33.333333")),
            (4, 10, 40),
        ]

        focal = make.person("dau-moi", commune, Role.FOCAL)
        reviewer = make.person("duyet", tree["h1"], Role.REVIEWER)
        newer = workflow.reopen(submission=reports[1], by=reviewer, reason="Nhầm số tháng 2.")
        entry = validation.Figures(Decimal(3), Decimal(4))
        editing.save_figures(submission=newer, figures={target: entry}, by=focal)
        workflow.submit(submission=newer, by=focal)
        workflow.approve(submission=newer, by=reviewer)
        tasks.roll_up(plan.pk)

        assert [sums(own(target, month, commune)) for month in (1, 2, 3)] == [
            (1, 2, 50),
            (4, 6, six("66.666667")),
            (6, 10, 60),
        ]
        assert [sums(row(target, month, "h1")) for month in (2, 3)] == [(4, 6, six("66.666667")), (6, 10, 60)]
        assert [sums(row(target, month, "tinh")) for month in (2, 3)] == [(9, 16, six("56.25")), (11, 20, 55)]
        assert sums(row(target, 12, "tinh")) == (11, 20, 55)
        assert sums(row(target, 3, "@communes", Scope.LEVEL)) == (11, 20, 55)
        assert sums(row(target, 1, "tinh")) == (6, 12, 50)


class TestNodes:
    def test_which_rows_exist(self, tree, plan):
        other = make.agency("khac", Level.OTHER, tree["tinh"])
        target = make.target(plan, "I.1", [tree["s1"], tree["h1"], tree["x21"], other])
        engine.rebuild(plan)
        assert nodes(target, 1) == {
            ("own", "s1"),
            ("own", "h1"),
            ("own", "x21"),
            ("own", "khac"),
            # A district that reports itself has its area though its communes do not report; h2 has it for x21.
            ("area", "tinh"),
            ("area", "h1"),
            ("area", "h2"),
            ("level", "@departments"),
            ("level", "@districts"),
            ("level", "@communes"),
        }
        assert row(target, 1, "tinh").expected == 4
        assert row(target, 1, "h1").expected == 1
        assert Rollup.objects.count() == 10 * 12 * 2

    def test_a_province_that_reports_itself(self, tree, plan):
        target = make.target(plan, "I.1", [tree["tinh"]])
        engine.rebuild(plan)
        assert nodes(target, 1) == {("own", "tinh"), ("area", "tinh")}

    def test_twice_is_once(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"]])
        make.report(tree["x11"], make.period(plan, 1), {target: (1, 2)})
        # own, district, province, level × 12 periods × 2 bases
        assert engine.rebuild(plan) == 4 * 24
        assert engine.rebuild(plan) == 0

    def test_an_exempt_agency_is_not_assigned_while_it_lasts(self, tree, plan):
        flow = make.target(plan, "I.1", [tree["x11"], tree["x12"]])
        stock = make.target(plan, "I.2", [tree["x11"], tree["x12"]], timing=Timing.STOCK)
        for month in (1, 2):
            make.report(tree["x11"], make.period(plan, month), {flow: (10, 20), stock: (10, 20)})
            make.report(tree["x12"], make.period(plan, month), {flow: (1, 80), stock: (1, 80)})
        make.report(tree["x11"], make.period(plan, 3), {flow: (10, 20), stock: (10, 20)})
        for assignment in Assignment.objects.filter(agency=tree["x12"]):
            # The March window ends on the 14th, April's on the 14th of April: exempt in March alone.
            Exemption.objects.create(
                assignment=assignment, first_day=dt.date(2023, 3, 14), last_day=dt.date(2023, 4, 13), reason="Sáp nhập"
            )
        engine.rebuild(plan)
        # Earlier months stay in a flow; of a stock nothing stays.
        assert sums(row(flow, 3, "h1")) == (32, 220, six("14.545455"))
        assert sums(row(stock, 3, "h1")) == (10, 20, 50)
        assert seen(row(flow, 3, "h1")) == (1, 1, 1, False)
        assert seen(row(stock, 3, "h1")) == (1, 1, 1, False)
        assert ("own", "x12") not in nodes(flow, 3)
        assert ("own", "x12") in nodes(flow, 2) & nodes(flow, 4)
        # Afterwards it is asked again, and its month of exemption is no gap; April itself is one, for both.
        assert sums(row(stock, 4, "h1")) == (11, 100, 11)
        assert seen(row(flow, 4, "h1")) == (2, 0, 0, True)

    def test_an_exempt_month_is_no_gap(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"]])
        make.report(tree["x11"], make.period(plan, 1), {target: (1, 2)})
        make.report(tree["x11"], make.period(plan, 3), {target: (1, 2)})
        engine.rebuild(plan)
        assert own(target, 3, tree["x11"]).stale is True
        Exemption.objects.create(
            assignment=Assignment.objects.get(),
            first_day=dt.date(2023, 2, 14),
            last_day=dt.date(2023, 2, 14),
            reason="Lũ",
        )
        engine.rebuild(plan)
        assert own(target, 3, tree["x11"]).stale is False

    def test_a_closed_agency_and_a_new_one(self, tree, plan):
        tree["x11"].last_day = dt.date(2023, 2, 14)
        tree["x12"].first_day = dt.date(2023, 2, 15)
        tree["x11"].save()
        tree["x12"].save()
        target = make.target(plan, "I.1", [tree["x11"], tree["x12"]])
        make.report(tree["x11"], make.period(plan, 1), {target: (1, 4)})
        make.report(tree["x11"], make.period(plan, 2), {target: (2, 4)})
        make.report(tree["x12"], make.period(plan, 3), {target: (4, 4)})
        engine.rebuild(plan)
        assert [("own", "x11") in nodes(target, month) for month in (2, 3)] == [True, False]
        assert [("own", "x12") in nodes(target, month) for month in (2, 3)] == [False, True]
        assert sums(row(target, 2, "h1")) == (3, 8, six("37.5"))
        assert sums(row(target, 3, "h1")) == (7, 12, six("58.333333"))
        assert row(target, 3, "h1").expected == 1

    def test_an_assignment_begins_and_ends(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"]])
        Assignment.objects.update(first_day=dt.date(2023, 2, 14), last_day=dt.date(2023, 4, 14))
        engine.rebuild(plan)
        months = {month for month in range(1, 13) if nodes(target, month)}
        assert months == {2, 3, 4}

    def test_an_agency_moves_with_its_figures(self, tree, plan):
        moved = tree["x12"]
        target = make.target(plan, "I.1", [tree["x11"], moved, tree["x21"]])
        for month in (1, 2):
            make.report(tree["x11"], make.period(plan, month), {target: (1, 10)})
            make.report(moved, make.period(plan, month), {target: (5, 10)})
        set_parent(agency=moved, parent=tree["h2"], from_day=dt.date(2023, 2, 14))
        engine.rebuild(plan)
        assert [sums(row(target, 1, code)) for code in ("h1", "h2")] == [(6, 20, 30), (None, None, None)]
        assert [sums(row(target, 2, code)) for code in ("h1", "h2")] == [(2, 20, 10), (10, 20, 50)]
        assert [row(target, 2, code).expected for code in ("h1", "h2")] == [1, 2]
        assert sums(row(target, 2, "tinh")) == (12, 40, 30)

    def test_rows_of_a_node_that_is_gone_go_too(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"]])
        kept = make.target(plan, "I.2", [tree["x11"]])
        engine.rebuild(plan)
        Assignment.objects.filter(target=target).update(last_day=dt.date(2023, 6, 14))
        engine.rebuild(plan, targets=[target.pk], from_period=6)
        assert nodes(target, 6) != set()
        assert nodes(target, 7) == nodes(target, 12) == set()
        assert nodes(kept, 7) != set()


class TestDueAndCoverage:
    def test_a_quarter_is_due_at_its_end(self, tree, plan):
        target = make.target(plan, "II.1", [tree["x11"], tree["x12"]], timing=Timing.STOCK, frequency="quarter")
        make.report(tree["x11"], make.period(plan, 3), {target: (1, 2)})
        make.report(tree["x12"], make.period(plan, 6), {target: (1, 2)})
        engine.rebuild(plan)
        assert {month: seen(row(target, month, "h1")) for month in (2, 3, 5, 6, 8, 9)} == {
            2: (0, 0, 0, False),
            3: (2, 1, 1, False),
            5: (2, 1, 1, False),
            6: (2, 1, 1, True),
            8: (2, 1, 1, True),
            9: (2, 0, 0, True),
        }
        assert sums(row(target, 5, "h1")) == (1, 2, 50)
        assert sums(row(target, 9, "h1")) == (2, 4, 50)
        assert row(target, 2, "h1").status == "no_data"

    def test_a_quarterly_flow_has_no_gap_between_quarters(self, tree, plan):
        target = make.target(plan, "II.1", [tree["x11"]], frequency="quarter")
        make.report(tree["x11"], make.period(plan, 3), {target: (1, 2)})
        engine.rebuild(plan)
        assert [row(target, month, "h1").stale for month in (3, 5, 6)] == [False, False, True]

    def test_a_half_year_is_due_in_june_and_a_year_in_december(self, tree, plan):
        communes = [tree["x11"], tree["x12"]]
        half, year = (
            make.target(plan, code, communes, frequency=frequency, timing=timing)
            for code, frequency, timing in (("II.1", "half", Timing.FLOW), ("II.2", "year", Timing.STOCK))
        )
        june, december = make.period(plan, 6), make.period(plan, 12)
        make.report(tree["x11"], june, {half: (30, 100)})
        make.report(tree["x11"], december, {half: (60, 100), year: (9, 10)})
        make.report(tree["x12"], december, {half: (10, 100)})
        engine.rebuild(plan)
        # Nothing is due before June: nobody is expected.
        assert sums(row(half, 5, "tinh")) == (None, None, None) and seen(row(half, 5, "tinh")) == (0, 0, 0, False)
        # June's figure stands until November; x12 is silent, no figure is older than the last due period.
        for month in (6, 11):
            assert sums(row(half, month, "tinh")) == (30, 100, 30) and seen(row(half, month, "tinh"))[:3] == (2, 1, 1)
        # December: (30 + 60 + 10) of 300; x12 has a gap in June.
        assert sums(row(half, 12, "tinh")) == (100, 300, six("33.333333"))
        assert seen(row(half, 12, "tinh")) == (2, 2, 2, True)
        assert [seen(row(year, month, "tinh"))[:3] for month in (6, 11, 12)] == [(0, 0, 0), (0, 0, 0), (2, 1, 1)]
        assert sums(row(year, 12, "tinh")) == (9, 10, 90)

    def test_coverage_on_either_basis(self, tree, plan):
        communes = [tree[code] for code in ("x11", "x12", "x21", "x22")]
        target = make.target(plan, "I.1", communes)
        for commune, state in zip(
            communes, [State.APPROVED, State.SUBMITTED, State.DRAFT, State.RETURNED], strict=True
        ):
            make.report(commune, make.period(plan, 1), {target: (10, 20)}, state=state)
        engine.rebuild(plan)
        official, provisional = (row(target, 1, "tinh", basis=basis) for basis in (Basis.OFFICIAL, Basis.PROVISIONAL))
        # The same numbers of agencies on either basis; the figures differ.
        assert seen(official) == seen(provisional) == (4, 2, 1, False)
        assert (official.coverage, provisional.coverage) == ((1, 4), (2, 4))
        assert (sums(official), sums(provisional)) == ((10, 20, 50), (20, 40, 50))

    def test_nothing_arose_replaces_what_was_before(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"]], timing=Timing.STOCK)
        make.report(tree["x11"], make.period(plan, 1), {target: (50, 100)})
        make.report(tree["x11"], make.period(plan, 2), {target: (0, 0)})
        engine.rebuild(plan)
        found = own(target, 2, tree["x11"])
        assert (sums(found), found.status, seen(found)) == ((0, 0, None), "no_data", (1, 1, 1, False))
        assert sums(own(target, 3, tree["x11"])) == (0, 0, None)

    def test_zero_and_silence(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"], tree["x12"]])
        make.report(tree["x11"], make.period(plan, 1), {target: (0, 20)})
        engine.rebuild(plan)
        assert (own(target, 1, tree["x11"]).value, own(target, 1, tree["x12"]).value) == (0, None)
        assert (own(target, 1, tree["x11"]).status, own(target, 1, tree["x12"]).status) == ("behind", "no_data")


class TestVersions:
    def test_until_the_new_one_is_approved_the_old_one_stays_official(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"]])
        january = make.period(plan, 1)

        def official_and_provisional():
            engine.rebuild(plan)
            return [own(target, 1, tree["x11"], basis).value for basis in (Basis.OFFICIAL, Basis.PROVISIONAL)]

        old = make.report(tree["x11"], january, {target: (30, 100)})
        assert official_and_provisional() == [30, 30]
        Submission.objects.filter(pk=old.pk).update(is_latest=False)
        new = make.report(tree["x11"], january, {target: (45, 100)}, state=State.DRAFT, version=2)
        assert official_and_provisional() == [30, 30]
        Submission.objects.filter(pk=old.pk).update(is_provisional=False)
        Submission.objects.filter(pk=new.pk).update(state=State.SUBMITTED, is_provisional=True)
        assert official_and_provisional() == [30, 45]
        Submission.objects.filter(pk=old.pk).update(state=State.SUPERSEDED, is_official=False)
        Submission.objects.filter(pk=new.pk).update(state=State.APPROVED, is_official=True)
        assert official_and_provisional() == [45, 45]

    def test_a_figure_that_the_new_version_drops_still_counts_as_reported(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"]])
        january = make.period(plan, 1)
        make.report(tree["x11"], january, {target: (30, 100)}, is_latest=False, is_provisional=False)
        make.report(tree["x11"], january, {}, state=State.SUBMITTED, version=2)
        engine.rebuild(plan)
        provisional = own(target, 1, tree["x11"], Basis.PROVISIONAL)
        assert (provisional.value, seen(provisional)) == (None, (1, 1, 1, False))
        assert own(target, 1, tree["x11"]).value == 30


class TestJudging:
    @pytest.mark.parametrize("kind", [Kind.COUNT, Kind.VALUE])
    def test_a_threshold_that_is_the_wholes(self, tree, plan, kind):
        line = {"timing": Timing.STOCK, "baseline": 0}
        several = make.target(plan, "II.1", [tree["x11"], tree["x21"]], kind=kind, threshold=100, **line)
        single = make.target(plan, "II.2", [tree["x11"]], kind=kind, threshold=100, **line)
        make.report(tree["x11"], make.period(plan, 1), {several: 60, single: 60})
        make.report(tree["x21"], make.period(plan, 1), {several: 70})
        engine.rebuild(plan)
        for found in Rollup.objects.filter(target=several, period__number=1).exclude(scope="area", node="tinh"):
            is_sum = found.node == "@communes" and kind == Kind.VALUE
            assert (found.is_judged, found.required) == (False, None)
            assert found.status == ("no_data" if is_sum else "tracked")
        province = row(several, 1, "tinh")
        assert province.required == six("3.571429")  # 100 × 13 ÷ 364
        # Counts add up; of a value there is no sum, and so no verdict.
        expected = (130, "achieved") if kind == Kind.COUNT else (None, "no_data")
        assert (province.value, province.status) == expected
        for found in Rollup.objects.filter(target=single, period__number=1, basis=Basis.OFFICIAL):
            assert (found.value, found.required, found.status) == (60, six("3.571429"), "on_track")

    def test_the_whole_is_several_only_while_they_are_assigned(self, tree, plan):
        target = make.target(plan, "II.3", [tree["x11"], tree["x21"]], kind=Kind.COUNT, timing=Timing.STOCK)
        Assignment.objects.filter(agency=tree["x21"]).update(last_day=dt.date(2023, 3, 14))
        make.report(tree["x11"], make.period(plan, 1), {target: 90})
        engine.rebuild(plan)
        assert [own(target, month, tree["x11"]).status for month in (1, 3, 4)] == ["tracked", "tracked", "achieved"]

    def test_ratios_are_judged_at_every_node(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"], tree["x21"]], threshold=50)
        make.report(tree["x11"], make.period(plan, 1), {target: (60, 100)})
        make.report(tree["x21"], make.period(plan, 1), {target: (10, 100)})
        engine.rebuild(plan)
        found = {(r.scope, r.node): r.status for r in Rollup.objects.filter(period__number=1, basis=Basis.OFFICIAL)}
        assert found == {
            ("own", "x11"): "achieved",
            ("own", "x21"): "behind",
            ("area", "h1"): "achieved",
            ("area", "h2"): "behind",
            ("area", "tinh"): "behind",
            ("level", "@communes"): "behind",
        }

    def test_a_share_compared_exactly(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"]], threshold=80)
        make.report(tree["x11"], make.period(plan, 1), {target: (79996, 100000)})
        engine.rebuild(plan)
        assert (own(target, 1, tree["x11"]).value, own(target, 1, tree["x11"]).status) == (six("79.996"), "behind")

    def test_mean_of_milestones_with_carried_ones(self, tree, plan):
        communes = [tree["x11"], tree["x12"], tree["x21"]]
        target = make.target(plan, "I.6", communes, kind=Kind.MILESTONE, timing=Timing.STOCK, threshold=None)
        make.report(communes[0], make.period(plan, 1), {target: 50})
        make.report(communes[1], make.period(plan, 2), {target: 25})
        engine.rebuild(plan)
        province = row(target, 2, "tinh")
        assert (sums(province), seen(province)) == ((None, None, six("37.5")), (3, 1, 1, True))
        assert (province.status, province.required, province.forecast) == ("tracked", None, None)

    def test_milestones_of_its_own(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"]], threshold=80, baseline=0)
        TargetMilestone.objects.create(target=target, day=dt.date(2023, 4, 1), value=30)
        engine.rebuild(plan)
        # Day 13 of 90 to 30; then day 13 of 274 from 30 to 80.
        assert own(target, 1, tree["x11"]).required == six("4.333333")
        assert own(target, 4, tree["x11"]).required == six("32.372263")

    def test_a_dated_definition_and_one_that_corrects_a_slip(self, tree, plan):
        """70 of 100 each month: under 80 until March, over 60 from April on; then the 80 was a slip for 50."""
        target = make.target(plan, "I.1", [tree["x11"]], threshold=80)
        for month in (1, 2, 3, 4):
            make.report(tree["x11"], make.period(plan, month), {target: (70, 100)})
        khanh = make.person("khanh", tree["s1"], Role.STANDING)

        def judged(threshold, first_period):
            target.threshold = Decimal(threshold)
            change_target(target=target, by=khanh, reason="Lý do.", changes={}, first_period=first_period)
            engine.rebuild(plan)
            rows = [row(target, month, "tinh") for month in (1, 2, 3, 4)]
            return [(each.required, each.status) for each in rows]

        assert judged(60, 4) == [(80, "behind")] * 3 + [(60, "achieved")]
        assert judged(50, 1) == [(50, "achieved")] * 4

    def test_forecast_from_its_own_earlier_rows(self, tree, plan):
        # 14 February to May stand 320, 292, 261, 231 days before 31 December: 12, 40, 71, 101 is one a day, 332 at the end.
        target = make.target(plan, "III.2", [tree["x11"]], timing=Timing.STOCK, unit="thuê bao/100 dân", threshold=400)
        for month, numerator in ((2, 12), (3, 40), (4, 71), (5, 101)):
            make.report(tree["x11"], make.period(plan, month), {target: (numerator, 100)})
        engine.rebuild(plan)
        found = {month: own(target, month, tree["x11"]) for month in (4, 5, 6, 12)}
        assert [found[month].forecast for month in (4, 5, 6, 12)] == [None, 332, 332, None]
        # The line asks for 12 + 388 × 89 ÷ 320 in May.
        assert found[5].required == six("119.912500")
        assert [found[month].status for month in (5, 6, 12)] == ["at_risk", "at_risk", "missed"]
        assert [found[month].is_point for month in (5, 6)] == [True, False]

    def test_a_flow_by_what_is_to_come(self, tree, plan):
        """Worked case 12, and what each month brought to a node that an agency has left."""
        target = make.target(plan, "I.1", [tree["x11"], tree["x21"]], threshold=80)
        for month, figure in enumerate(((30, 100), (40, 100), (20, 80), (50, 120)), start=1):
            make.report(tree["x11"], make.period(plan, month), {target: figure})
        set_parent(agency=tree["x11"], parent=tree["h2"], from_day=dt.date(2023, 4, 1))
        engine.rebuild(plan)
        for found in (own(target, 4, tree["x11"]), row(target, 4, "h2"), row(target, 4, "tinh")):
            assert sums(found) == (140, 400, 35)
            outlook = (found.forecast, found.forecast_low, found.forecast_high, found.pace)
            assert outlook == (35, six("28.333333"), six("39.444444"), six("102.5"))
            assert found.status == "at_risk"
        # As of March, the first district had three windows; it keeps none of them now.
        assert sums(row(target, 3, "h1")) == (90, 280, six("32.142857"))
        assert not Rollup.objects.filter(target=target, node="h1", period__number=4, value__isnull=False).exists()

    def test_one_yes_of_a_share_of_agencies_is_only_followed(self, tree, plan):
        target = make.target(plan, "I.7", [tree["s1"]], kind=Kind.YES_NO, timing=Timing.STOCK, threshold=40)
        make.report(tree["s1"], make.period(plan, 1), {target: 1})
        engine.rebuild(plan)
        assert (own(target, 1, tree["s1"]).is_judged, own(target, 1, tree["s1"]).status) == (False, "tracked")
        assert row(target, 1, "tinh").status == "achieved"

    def test_14_coverage_by_weight(self, tree, plan):
        communes = [tree["x11"], tree["x12"], tree["x21"]]
        stock = make.target(plan, "I.13", communes, timing=Timing.STOCK)
        flow = make.target(plan, "I.12", communes)
        for commune, month, d in ((communes[0], 6, 50), (communes[0], 7, 600), (communes[1], 6, 300)):
            make.report(commune, make.period(plan, month), dict.fromkeys((stock, flow), (1, d)))
        engine.rebuild(plan)
        for target in (stock, flow):
            july = row(target, 7, "tinh")
            assert (july.coverage, july.fresh) == ((1, 3), six("66.666667"))


class TestPiecewise:
    """The pending recalculation of one agency is done without reading all figures, and comes to the same."""

    def test_a_first_debt_of_one_agency_still_fills_the_nodes_above(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"], tree["x12"]])
        make.report(tree["x11"], make.period(plan, 1), {target: (1, 10)})
        make.report(tree["x12"], make.period(plan, 1), {target: (5, 10)})
        pending.request_rollup(plan=plan, targets=[target.pk], agency=tree["x11"])
        assert RollupState.objects.get(plan=plan).computed_at is None
        tasks.roll_up(plan.pk)
        assert sums(row(target, 1, "h1")) == (6, 20, 30)

    def test_one_report_of_many(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"], tree["x12"]])
        untouched = make.target(plan, "I.2", [tree["x11"]])
        make.report(tree["x12"], make.period(plan, 1), {target: (5, 10)})
        pending.request_rollup(plan=plan)
        tasks.roll_up(plan.pk)
        make.report(tree["x11"], make.period(plan, 2), {target: (1, 10), untouched: (1, 2)})
        pending.request_rollup(plan=plan, targets=[target.pk], agency=tree["x11"], from_period=2)
        # From February on, on both bases: its own row, its district, the province and the level.
        assert tasks.roll_up(plan.pk) == 4 * 11 * 2
        assert sums(row(target, 1, "h1")) == (5, 10, 50)
        assert sums(row(target, 2, "h1")) == (6, 20, 30)
        assert own(untouched, 2, tree["x11"]).value is None
        assert engine.rebuild(plan) == 4 * 11 * 2
        assert own(untouched, 2, tree["x11"]).value == 50

    def test_a_report_of_an_agency_exempt_since_still_counts_in_its_flow(self, tree, plan):
        """Its own row is gone in March; what its earlier months bring to the district is not."""
        target = make.target(plan, "I.1", [tree["x11"], tree["x12"]])
        assignment = Assignment.objects.get(target=target, agency=tree["x11"])
        Exemption.objects.create(assignment=assignment, first_day=dt.date(2023, 3, 1), reason="thử")
        make.report(tree["x12"], make.period(plan, 1), {target: (5, 10)})
        january = make.report(tree["x11"], make.period(plan, 1), {target: (1, 10)})
        pending.request_rollup(plan=plan)
        tasks.roll_up(plan.pk)
        assert [sums(row(target, month, "h1"))[:2] for month in (2, 3)] == [(6, 20), (6, 20)]
        for numerator in (3, 8):
            january.actuals.update(numerator=numerator)
            pending.request_rollup(plan=plan, targets=[target.pk], agency=tree["x11"])
            tasks.roll_up(plan.pk)
            assert [sums(row(target, month, "h1"))[:2] for month in (2, 3)] == [(5 + numerator, 20)] * 2
            assert nodes(target, 3) == {("own", "x12"), ("area", "h1"), ("area", "tinh"), ("level", "@communes")}
        assert engine.rebuild(plan) == 0

    def test_sums_that_went_wrong_are_right_again_after_the_night(self, tree, plan):
        target = make.target(plan, "I.1", [tree["x11"], tree["x12"]])
        report = make.report(tree["x11"], make.period(plan, 1), {target: (1, 10)})
        pending.request_rollup(plan=plan)
        tasks.roll_up(plan.pk)
        RollupSums.objects.update(o_n=F("o_n") + 7_000)
        assert tasks.verify(plan.pk) == 0
        report.actuals.update(numerator=2)
        pending.request_rollup(plan=plan, targets=[target.pk], agency=tree["x11"])
        tasks.roll_up(plan.pk)
        assert sums(row(target, 1, "tinh")) == (2, 10, 20)

    def test_as_many_queries_whatever_the_number_of_agencies_and_targets(self, plan):
        def counted(**scope):
            with CaptureQueriesContext(connection) as queries:
                engine.rebuild(plan, **scope)
            return len(queries)

        tree = make.make_tree(communes=8)
        make.target(plan, "I.1", [tree["x11"], tree["h1"]])
        pending.request_rollup(plan=plan)
        tasks.roll_up(plan.pk)
        few = counted(), counted(agencies={tree["x11"].pk})
        for number in range(2, 7):
            target = make.target(plan, f"I.{number}", list(tree.values()))
            for commune in (tree["x11"], tree["x25"]):
                make.report(commune, make.period(plan, number), {target: (number, 10)})
        engine.rebuild(plan)
        assert (counted(), counted(agencies={tree["x11"].pk, tree["x12"].pk})) == few

    def test_another_province_beside_it_is_not_walked_through(self, tree, plan):
        """Two plans with a tree each: neither's rows know of the other."""
        beside = make.agency("tinh-khac", Level.PROVINCE)
        theirs = make.agency("xa-khac", Level.COMMUNE, make.agency("huyen-khac", Level.DISTRICT, beside))
        other = make.make_plan(2024)
        target, foreign = make.target(plan, "I.1", [tree["x11"]]), make.target(other, "I.1", [theirs])
        make.report(tree["x11"], make.period(plan, 1), {target: (1, 10)})
        make.report(theirs, make.period(other, 1), {foreign: (3, 10)})
        for each in (plan, other):
            pending.request_rollup(plan=each)
            tasks.roll_up(each.pk)
        assert nodes(target, 1) == {("own", "x11"), ("area", "h1"), ("area", "tinh"), ("level", "@communes")}
        assert sums(row(foreign, 1, "tinh-khac")) == (3, 10, 30)
