"""Roll-ups of plans over several years (docs/decisions/0300, 0301), by hand and against the independent recomputation."""

import datetime as dt
import random
from decimal import Decimal

import pytest

from indicators.models import TargetMilestone, Timing
from indicators.rollups import engine
from tests import factories as make
from tests.indicators.rollups.test_reconciliation_random import Acts, RandomPlan, compared

pytestmark = pytest.mark.django_db


class RandomYears(RandomPlan):
    """As RandomPlan, over 26 periods: from January 2022, or from July 2022."""

    def __init__(self, seed, first_month):
        self.first_month = first_month
        self.first_day = dt.date(2022, first_month, 1)
        super().__init__(seed)

    def make_plan(self):
        return make.make_plan(2022, months=26, first_month=self.first_month)

    def day(self):
        return self.first_day + dt.timedelta(days=self.chance.randrange(790))

    def target(self, number, kind, timing, frequency):
        made = super().target(number, kind, timing, frequency)
        made.due = self.chance.choice([self.plan.last_day, self.day(), dt.date(2023, 6, 30)])
        made.accumulates_over_plan = made.timing == Timing.FLOW and self.often(0.4)
        made.save()
        made.milestones.all().delete()
        if made.threshold is not None and self.often(0.5):
            for day in {self.day() for _ in range(3)}:
                value = Decimal(self.chance.randrange(100))
                TargetMilestone.objects.create(target=made, day=day, value=value)
        return made


@pytest.mark.parametrize(("seed", "first_month"), [(1, 1), (2, 7)])
def test_several_years_equal_the_slow_reckoning(seed, first_month):
    """After a rebuild, and after changes of single figures and definitions, of which only the differences are added."""
    world = RandomYears(seed, first_month)
    engine.rebuild(world.plan)
    rows, differences = compared(world.plan)
    assert rows > 1000
    assert differences == []
    acts, chance = Acts(world, seed), random.Random(seed)
    for act in ["load", "load", "target", "milestones", "load", "assign", "load"]:
        acts.do(act)
        if chance.random() < 0.5:
            acts.pay()
    acts.pay()
    assert acts.done["load"]
    assert compared(world.plan)[1] == []
