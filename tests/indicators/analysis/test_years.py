"""A target over several years, by hand. It is 21 March 2024; the plan of 2024 was copied from that of 2023.

I.1, a stock: in 2023 30 of 100 in June, 50 of 100 in December; in 2024 60 of 100 in January, 70 in February, asked by quarters.
"""

import datetime as dt

import pytest

from agencies.roles import Role
from core.clock import VIETNAM
from indicators.analysis import years
from indicators.analysis.nodes import Node
from indicators.models import Basis, PlanState, Rollup, Scope, Target, Timing
from indicators.rollups import engine
from indicators.selection import Selection, periods_begun
from indicators.targets import text
from tests import factories, worlds
from tests.page import words

pytestmark = pytest.mark.once


@worlds.shared(at=dt.datetime(2024, 3, 21, 9, tzinfo=VIETNAM), stays=True)
def world():
    tree = factories.make_tree(departments=1, districts=1, communes=1)
    first = factories.make_plan()
    second = factories.make_plan(2024, copied_from=first)
    old, new = (
        factories.target(plan, "I.1", [tree["x11"]], timing=Timing.STOCK, threshold=threshold)
        for plan, threshold in ((first, 80), (second, 90))
    )
    alone = factories.target(second, "I.2", [tree["x11"]])
    for plan, target, month, numerator in (
        (first, old, 6, 30),
        (first, old, 12, 50),
        (second, new, 1, 60),
        (second, new, 2, 70),
    ):
        factories.report(tree["x11"], factories.period(plan, month), {target: (numerator, 100)})
    for plan in (first, second):
        engine.rebuild(plan)
    reader = factories.person("lam", tree["tinh"], Role.LEADER)
    return {"tree": tree, "first": first, "second": second, "old": old, "new": new, "alone": alone, "reader": reader}


def shown(world, target, month=2):
    periods = periods_begun(world["second"])
    selection = Selection(world["second"], periods[month - 1], Basis.OFFICIAL, periods)
    node = Node(Scope.AREA, "tinh", "Tỉnh", world["tree"]["tinh"])
    return years.several_years(selection, target, node, years.plans_before(world["second"], world["reader"]))


def test_two_years_stand_on_one_scale_up_to_the_period(world):
    several = shown(world, world["new"])
    assert [year.plan.year for year in several.years] == [2023, 2024]
    # A stock is carried from June until December; after February 2024 nothing is known yet.
    assert several.years[0].values == (None,) * 5 + (30,) * 6 + (50,)
    assert several.years[1].values == (60, 70) + (None,) * 10
    # The lowest value, and the highest threshold.
    assert (several.low, several.high) == (30, 90)
    assert [year.breaks for year in several.years] == [(), ()]
    assert shown(world, world["new"], month=1).years[1].values == (60,) + (None,) * 11


def test_a_break_is_told_with_the_year_in_which_it_begins(world):
    Target.objects.filter(pk=world["new"].pk).update(frequency="quarter", denominator_label="mọi hộ")
    several = shown(world, Target.objects.get(pk=world["new"].pk))
    assert several.years[1].breaks == ("tần suất: Hằng tháng → Hằng quý", "mẫu số: không ghi → mọi hộ")


def test_a_sum_over_the_whole_plan_is_not_comparable_with_a_years():
    of_year, of_plan = (
        Target(kind="count", timing="flow"),
        Target(kind="count", timing="flow", accumulates_over_plan=True),
    )
    assert text.breaks_between(of_year, of_plan) == (
        "thời điểm: Phát sinh trong kỳ → Phát sinh, lũy kế từ đầu kế hoạch",
    )


def test_without_a_value_of_a_year_before_there_is_nothing_to_show(world):
    assert shown(world, world["alone"]) is None
    Rollup.objects.filter(target=world["old"]).update(value=None)
    assert shown(world, world["new"]) is None


def test_a_plan_before_that_the_reader_may_not_see_is_left_out(world):
    type(world["first"]).objects.filter(pk=world["first"].pk).update(state=PlanState.DRAFT)
    assert years.plans_before(world["second"], world["reader"]) == []


def test_the_page_shows_them_and_follows_a_restatement(world, client, settings):
    settings.CACHES = settings.CACHES | {"pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    client.force_login(world["reader"])
    page = words(client.get("/muc-tieu/I.1/?ky=2024-02"))
    assert "Diễn biến qua 2 kế hoạch" in page and "Năm 2023 50,00" in page and "Năm 2024 70,00" in page
    assert "Diễn biến qua 2 kế hoạch" not in words(client.get("/muc-tieu/I.1/?ky=2023-12"))
    assert "Diễn biến qua 2 kế hoạch" not in words(client.get("/muc-tieu/I.2/?ky=2024-02"))
    Rollup.objects.filter(target=world["old"], period__number=12).update(value=55)
    assert "Năm 2023 50,00" in words(client.get("/muc-tieu/I.1/?ky=2024-02"))  # a kept page
    world["first"].rollup_state.computed_at = dt.datetime(2024, 3, 21, 10, tzinfo=VIETNAM)
    world["first"].rollup_state.save()
    assert "Năm 2023 55,00" in words(client.get("/muc-tieu/I.1/?ky=2024-02"))
