"""Random small plans: the product's roll-ups against the slow reckoning of `verification`, row by row; and after any
series of acts, what was rolled up piece by piece against the same.

Each seed is a plan of its own. A failing seed fails again: `pytest -k "seed and 7"`.
"""

import datetime as dt
import random
from decimal import Decimal

import pytest
import time_machine

from agencies.models import Level, Placement, Role
from chuyendoiso.clock import VIETNAM
from indicators import rollup, services, tasks, verification
from indicators.models import (
    Actual,
    Assignment,
    Exemption,
    Kind,
    Plan,
    RollupDebt,
    State,
    Submission,
    TargetMilestone,
    Timing,
)
from tests import factories as make

SHAPES = [
    (Kind.RATIO, Timing.FLOW, "month"),
    (Kind.RATIO, Timing.FLOW, "quarter"),
    (Kind.RATIO, Timing.STOCK, "month"),
    (Kind.RATIO, Timing.RATE, "month"),
    (Kind.RATIO, Timing.STOCK, "quarter"),
    (Kind.COUNT, Timing.FLOW, "month"),
    (Kind.COUNT, Timing.STOCK, "month"),
    (Kind.VALUE, Timing.STOCK, "quarter"),
    (Kind.YES_NO, Timing.STOCK, "month"),
    (Kind.MILESTONE, Timing.STOCK, "month"),
]
# Versions of one report, oldest first, each with the flags that services leave it with.
HISTORIES = [
    [(State.DRAFT, {})],
    [(State.RETURNED, {})],
    *[[(State.SUBMITTED, {})]] * 3,
    *[[(State.APPROVED, {})]] * 8,
    [(State.SUPERSEDED, {"is_latest": False}), (State.APPROVED, {})],
    [(State.APPROVED, {"is_latest": False}), (State.DRAFT, {})],
    [(State.APPROVED, {"is_latest": False}), (State.RETURNED, {})],
    [(State.APPROVED, {"is_latest": False, "is_provisional": False}), (State.SUBMITTED, {})],
]


# Seeds that found a fault once. 20: a falling line's exact half was rounded towards zero.
FOUND_BY_REBUILDING = [20]
# These: a new version sent without one of the figures of the old one left its roll-up as it was.
FOUND_BY_ACTS = [(5, False), (6, False), (14, True), (20, True)]


class RandomPlan:
    """A tree of a province, two departments, two districts and four communes, one agency that has moved, one that closed
    or opened; a target of every shape with random rules, reporters and bounds; reports with gaps, zeros and versions."""

    def __init__(self, seed, *, with_bounds=True, reports=True):
        self.chance = random.Random(seed)
        self.with_bounds = with_bounds
        self.tree = make.make_tree(departments=2, districts=2, communes=2)
        self.tree["khac"] = make.agency("khac", Level.OTHER, self.tree["tinh"])
        self.plan = make.make_plan()
        self.periods = list(self.plan.periods.select_related("plan"))
        if with_bounds:
            self.move_and_bound_agencies()
        self.targets = [self.target(number, *shape) for number, shape in enumerate(SHAPES, 1)]
        if reports:
            self.report_at_random()

    def day(self):
        """Half of them on the last day of a window or beside it, where rules turn over."""
        if self.often(0.5):
            return dt.date(2023, self.chance.randrange(1, 13), self.chance.choice([13, 14, 15]))
        return dt.date(2023, 1, 1) + dt.timedelta(days=self.chance.randrange(365))

    def often(self, probability):
        return self.chance.random() < probability

    def move_and_bound_agencies(self):
        moved = self.tree["x12"]
        Placement.objects.create(agency=moved, parent=self.tree["h2"], first_day=self.day())
        for code in self.chance.sample(["s2", "x21", "x22", "h1"], 2):
            bound = self.tree[code]
            setattr(bound, self.chance.choice(["first_day", "last_day"]), self.day())
            bound.save()

    def target(self, number, kind, timing, frequency):
        chance = self.chance
        threshold = chance.choice([None, 10, 50, Decimal("79.91"), 80, 100])
        fields = {"comparator": chance.choice(["gte", "gte", "gt", "lte", "lt"])} if threshold is not None else {}
        # A count, and a value, is often one agency's own.
        reporters = chance.sample(list(self.tree.values()), chance.choice([1, 2, 5, 9]))
        made = make.target(
            self.plan,
            f"I.{number}",
            kind=kind,
            timing=timing,
            frequency=frequency,
            threshold=threshold,
            baseline=chance.choice([None, None, 0, Decimal("56.6"), 100]),
            due=chance.choice([dt.date(2023, 12, 31), dt.date(2023, 8, 31), dt.date(2023, 8, 14), self.day()]),
            unit=chance.choice(["%", "%", "thuê bao/100 dân"]) if kind == Kind.RATIO else "%",
            **fields,
        )
        for reporter in reporters:
            assignment = Assignment.objects.create(target=made, agency=reporter)
            if self.with_bounds and self.often(0.15):
                setattr(assignment, self.chance.choice(["first_day", "last_day"]), self.day())
                assignment.save()
            if self.with_bounds and self.often(0.15):
                first = self.day()
                last = None if self.often(0.3) else first + dt.timedelta(days=self.chance.randrange(120))
                Exemption.objects.create(assignment=assignment, first_day=first, last_day=last, reason="thử")
        if threshold is not None and self.often(0.3):
            for month in chance.sample(range(2, 12), 2):
                value = Decimal(chance.randrange(100))
                TargetMilestone.objects.create(target=made, day=dt.date(2023, month, 1), value=value)
        return made

    def figures(self, target):
        """Figures as an agency might report them: zeros, nothing at all, or somewhat more each time."""
        chance = self.chance
        if target.kind == Kind.RATIO:
            if self.often(0.1):
                return (0, 0)
            denominator = chance.choice([1, 3, 7, 50, 333, Decimal("12.5")])
            if self.often(0.1):
                return (0, denominator)
            most = denominator if target.is_share else 3 * denominator
            return (round(Decimal(chance.random()) * most, 3), denominator)
        if target.kind == Kind.YES_NO:
            return chance.choice([0, 1, 1])
        if target.kind == Kind.COUNT:
            return chance.choice([0, 3, 40, 150, 151])
        if target.kind == Kind.MILESTONE:
            return chance.choice([0, 25, Decimal("33.333333"), 80, 100])
        return round(Decimal(chance.uniform(-5, 120)), 6)

    def report_at_random(self):
        due_of = {(t.pk, a.agency_id): t for t in self.targets for a in t.assignments.all()}
        for reporter in self.tree.values():
            own = [target for (_, agency), target in due_of.items() if agency == reporter.pk]
            for period in self.periods:
                if self.often(0.2):
                    continue
                for version, (state, flags) in enumerate(self.chance.choice(HISTORIES), 1):
                    asked = [target for target in own if target.is_due_in(period) and self.often(0.75)]
                    given = {target: self.figures(target) for target in asked}
                    make.report(reporter, period, given, state=state, version=version, **flags)


def compared(plan):
    """(number of rows recomputed, what differs in a few of them)."""
    found = []
    verified = verification.verify(plan, found.append)
    assert verified.owed == 0
    return verified.rows, [str(difference) for difference in found[:5]]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [*range(7), *FOUND_BY_REBUILDING])
def test_rebuild_equals_the_slow_reckoning(seed):
    plan = RandomPlan(seed).plan
    rollup.rebuild(plan)
    rows, differences = compared(plan)
    assert rows > 500
    assert differences == []


# Acts


class Acts:
    """People who do at random what the services allow; what they refuse is no act."""

    def __init__(self, world, seed):
        self.world = world
        self.chance = random.Random(seed)
        self.focal = {agency.pk: make.person(f"dm-{agency.code}", agency, Role.FOCAL) for agency in world.tree.values()}
        self.standing = make.person("thuong-truc", world.tree["s1"], Role.STANDING)
        self.reviewer = {
            code: make.person(f"duyet-{code}", world.tree[code], Role.REVIEWER) for code in ("tinh", "h1", "h2")
        }

    def reviewer_of(self, submission):
        parent = submission.agency.parent
        return self.reviewer[parent.code] if parent and parent.code in ("h1", "h2") else self.standing

    def one(self):
        """Do one act that is allowed, and name it."""
        act = self.chance.choice(["fill", "fill", "submit", "approve", "approve", "return", "reopen", "exempt"])
        return getattr(self, f"do_{act}")()

    def some(self, *states):
        found = Submission.objects.filter(state__in=states, is_latest=True).order_by("pk")
        return self.chance.choice(found) if found else None

    def do_fill(self):
        """Fill in or change a draft: of an open period a new one, of a reopened report its new version."""
        submission = self.some(State.DRAFT, State.RETURNED)
        if submission is None or self.chance.random() < 0.5:
            agency = self.chance.choice(list(self.world.tree.values()))
            by = self.focal[agency.pk]
            submission = services.open_report(agency=agency, period=self.world.periods[7], by=by)
        targets = services.assigned_targets(submission.agency, submission.period)
        figures = {
            target: services.Figures(**make.entry(self.world.figures(target)))
            for target in targets
            if self.chance.random() < 0.7
        }
        for target in figures:
            if self.chance.random() < 0.1:
                figures[target] = None
        by = self.focal[submission.agency_id]
        services.save_figures(submission=submission, figures=figures, by=by)

    def do_submit(self):
        submission = self.some(State.DRAFT, State.RETURNED)
        if submission:
            services.submit(submission=submission, by=self.focal[submission.agency_id])

    def do_approve(self):
        submission = self.some(State.SUBMITTED)
        if submission:
            services.approve(submission=submission, by=self.reviewer_of(submission))

    def do_return(self):
        submission = self.some(State.SUBMITTED)
        if submission:
            by = self.reviewer_of(submission)
            services.return_report(submission=submission, by=by, reason="Xem lại mẫu số.")

    def do_reopen(self):
        submission = self.some(State.APPROVED)
        if submission:
            services.reopen(submission=submission, by=self.reviewer_of(submission), reason="Số liệu sai.")

    def do_exempt(self):
        if not self.world.with_bounds or self.chance.random() < 0.7:
            return
        assignment = self.chance.choice(Assignment.objects.order_by("pk"))
        first = self.world.day()
        services.exempt(assignment=assignment, by=self.standing, reason="Không có nhiệm vụ này.", from_day=first)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seed", "with_bounds"),
    [(0, False), (1, True), *FOUND_BY_ACTS],
)
@time_machine.travel(dt.datetime(2023, 8, 16, 9, tzinfo=VIETNAM), tick=False)
def test_what_is_paid_act_by_act_equals_the_slow_reckoning(seed, with_bounds):
    world = RandomPlan(100 + seed, with_bounds=with_bounds)
    services.owe(plan=world.plan)
    tasks.roll_up(world.plan.pk)
    acts = Acts(world, seed)
    changed = 0
    for number in range(60):
        for _ in range(acts.chance.choice([1, 1, 3])):
            try:
                acts.one()
            except services.Refused:
                continue
        changed += tasks.roll_up(world.plan.pk)
        assert not RollupDebt.objects.exists()
        if number % 10 == 9:
            assert compared(world.plan)[1] == [], f"sau {number + 1} việc"
    assert changed > 100
    assert rollup.rebuild(Plan.objects.get()) == 0
    assert Actual.objects.filter(submission__state=State.SUPERSEDED).exists()
