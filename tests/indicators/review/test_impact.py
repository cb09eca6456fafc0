"""The forecast of an approval: the same as the roll-up says afterwards, for every kind; nothing is written."""

from decimal import Decimal

import pytest

from agencies.roles import Role
from indicators.models import (
    Actual,
    Basis,
    Exemption,
    Frequency,
    Kind,
    PendingRollup,
    Rollup,
    RollupState,
    Scope,
    State,
    Submission,
    Timing,
)
from indicators.review.impact import impact
from indicators.rollups import engine, tasks
from indicators.submissions import workflow
from tests import factories

D = Decimal
CODES = ("x11", "x12", "x21", "x22")


@pytest.fixture
def world(office):
    """July approved for all communes, August for x12 and x21; x11's August waits. Everything is rolled up."""
    targets = office.targets
    for number, code in enumerate(CODES, 1):
        if code != "x11":
            figures = {targets["I.1"]: (50 + number, 100), targets["I.2"]: (number, 20), targets["I.3"]: number % 2}
            figures |= {targets["II.1"]: 10 * number, targets["II.2"]: 100 * number}
            factories.report(office.tree[code], office.july, figures)
    for number, code in enumerate(("x12", "x21"), 1):
        figures = {targets["I.1"]: (60, 100), targets["I.2"]: (7, 20), targets["I.3"]: 1, targets["II.1"]: 30 * number}
        factories.report(office.tree[code], office.august, figures)
    mine = {targets["I.1"]: (90, 100), targets["I.2"]: (9, 20), targets["I.3"]: 0, targets["II.1"]: 70}
    mine |= {targets["II.2"]: 140, targets["II.3"]: 11}
    office.waiting = factories.report(office.tree["x11"], office.august, mine, state=State.SUBMITTED)
    office.twelve = factories.person("muoi-hai", office.tree["x12"], Role.FOCAL)
    settle(office)
    return office


def settle(office):
    engine.rebuild(office.plan)
    RollupState.objects.filter(plan=office.plan).update(computed_at=factories.AT)
    PendingRollup.objects.all().delete()


def loaded(report):
    return Submission.objects.select_related("agency", "period__plan").get(pk=report.pk)


def standings(found, side):
    """{(code, agency): what is said of it} of all effects."""
    return {
        (one.target.code, effect.agency.code): (
            getattr(effect, side).value,
            getattr(effect, side).required,
            getattr(effect, side).status.value,
            getattr(effect, side).counted,
            getattr(effect, side).expected,
        )
        for one in found
        for effect in one.effects
    }


def stored(office, report, keys):
    """The same, out of the roll-up."""
    rows = Rollup.objects.filter(period=report.period, basis=Basis.OFFICIAL, scope=Scope.AREA)
    found = {
        (row.target.code, row.agency.code): (row.value, row.required, row.status, row.approved, row.expected)
        for row in rows.select_related("target", "agency")
    }
    return {key: found[key] for key in keys}


def agrees(office, report):
    """The preview of a report, compared with the roll-up before and after its approval; gives the preview."""
    report = loaded(report)
    found = impact(report)
    before = standings(found, "before")
    assert before == stored(office, report, before)
    reviewer = office.people["dung" if report.agency.code.startswith("x1") else "hanh"]
    workflow.approve(submission=report, by=reviewer)
    tasks.roll_up(office.plan.pk)
    assert standings(found, "after") == stored(office, report, before)
    return {one.target.code: one for one in found}


def everything():
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (Submission, Actual, Rollup, PendingRollup, RollupState)
    ]


def test_a_flow_on_paper(world):
    found = {one.target.code: one for one in impact(loaded(world.waiting))}
    district, province = found["I.1"].effects
    # x11 60/100 in July; x12 52/100 and 60/100: 172/300. With 90/100: 262/400.
    assert (district.agency.code, district.before.value) == ("h1", D("57.333333"))
    assert district.after.value == D("65.5")
    assert district.change == D("8.166667")
    # The province: 172 + (53 + 60) + 54 = 339 of 600; with 90/100, 429 of 700.
    assert (province.agency.code, province.before.value, province.after.value) == ("tinh", D("56.5"), D("61.285714"))
    # h1 itself is asked for I.1 too: of three agencies in the district one is approved, then two.
    assert (district.before.counted, district.after.counted, district.after.expected) == (1, 2, 3)
    assert found["I.2"].effects[0].after.value == D("40")  # (9 + 7) / (20 + 20), not 5/20 any more
    # The first figure of a value that one agency alone reports in its district; four are assigned in the province.
    assert found["II.3"].effects[0].before.value is None


def test_no_value_is_told_as_pages_tell_it(world):
    """A rate of which nothing arose anywhere in x11's district; a value that four agencies of the province report."""
    rate = factories.target(world.plan, "III.1", [world.tree[code] for code in CODES], timing=Timing.RATE, threshold=80)
    Actual.objects.create(
        submission=world.waiting,
        target=rate,
        numerator=D(0),
        denominator=D(0),
        nothing_arose=True,
        entered_at=factories.AT,
    )
    settle(world)
    found = {one.target.code: one for one in impact(loaded(world.waiting))}
    district, province = found["III.1"].effects
    assert [side.words for side in (district.before, district.after)] == ["Chưa có số liệu", "Không phát sinh"]
    assert district.turns and not found["III.1"].is_still
    assert found["II.3"].effects[1].after.words == "Không cộng được"
    assert province.after.words == "Không phát sinh"


def test_as_the_rollup_says_for_every_kind(world):
    found = agrees(world, world.waiting)
    assert set(found) == {"I.1", "I.2", "I.3", "II.1", "II.2", "II.3"}


def test_nothing_is_written(world):
    before = everything()
    impact(loaded(world.waiting))
    assert everything() == before


def test_while_roll_ups_are_owed_the_year_is_added_up(world):
    factories.report(world.tree["x22"], world.august, {world.targets["I.1"]: (1, 100)})
    PendingRollup.objects.create(plan=world.plan, created_at=factories.AT)
    found = {one.target.code: one for one in impact(loaded(world.waiting))}
    # The stored roll-up does not know x22's 1/100 of August yet; the preview does: 430 of 800.
    assert found["I.1"].effects[1].after.value == D("53.75")


def test_after_an_exemption_of_a_flow(world):
    assignment = world.targets["I.1"].assignments.get(agency=world.tree["x12"])
    Exemption.objects.create(assignment=assignment, first_day=world.august.window_first, reason="Sáp nhập.")
    settle(world)
    agrees(world, world.waiting)


def test_of_an_agency_that_is_exempt_itself(world):
    for assignment in world.targets["I.2"].assignments.filter(agency=world.tree["x11"]):
        Exemption.objects.create(assignment=assignment, first_day=world.august.window_first, reason="Sáp nhập.")
    settle(world)
    found = agrees(world, world.waiting)
    assert "I.2" not in found  # a stock of an agency that is not assigned counts nowhere


def test_a_new_version_that_leaves_a_figure_out(world):
    old = Submission.objects.get(agency=world.tree["x12"], period=world.august)
    newer = workflow.reopen(submission=old, by=world.people["dung"], reason="Nhầm.")
    newer.actuals.filter(target__in=[world.targets["I.2"], world.targets["II.1"]]).delete()
    newer.actuals.filter(target=world.targets["I.1"]).update(numerator=D(10))
    workflow.submit(submission=newer, by=world.twelve)
    settle(world)
    found = agrees(world, newer)
    assert {"I.1", "I.2", "II.1"} <= set(found)
    assert found["I.2"].effects[0].after.counted == 0


def test_a_quarter_and_a_month_of_the_past(world):
    june = factories.period(world.plan, 6)
    quarterly = {world.targets["I.4"]: (5, 10), world.targets["I.1"]: (3, 10)}
    factories.report(world.tree["x21"], june, {world.targets["I.4"]: (9, 10)})
    report = factories.report(world.tree["x22"], june, quarterly, state=State.SUBMITTED)
    settle(world)
    assert world.targets["I.4"].frequency == Frequency.QUARTER
    assert "I.4" in agrees(world, report)


def test_with_a_forecast(world):
    """Five months behind it, a node has a forecast; the sixth point moves it."""
    target = factories.target(
        world.plan, "III.1", [world.tree[code] for code in CODES], timing=Timing.STOCK, threshold=80
    )
    for month in range(2, 8):
        period = factories.period(world.plan, month)
        for number, code in enumerate(CODES):
            report, _ = Submission.objects.get_or_create(
                agency=world.tree[code],
                period=period,
                version=1,
                defaults={
                    "created_at": factories.AT,
                    "state": State.APPROVED,
                    "is_official": True,
                    "is_provisional": True,
                },
            )
            Actual.objects.create(
                submission=report,
                target=target,
                numerator=D(4 * month + number),
                denominator=D(100),
                entered_at=factories.AT,
            )
    Actual.objects.create(
        submission=world.waiting, target=target, numerator=D(77), denominator=D(100), entered_at=factories.AT
    )
    settle(world)
    found = agrees(world, world.waiting)
    assert found["III.1"].effects[0].after.status != found["III.1"].effects[0].before.status


def test_queries_do_not_grow(world, django_assert_num_queries):
    report = loaded(world.waiting)
    with django_assert_num_queries(13):
        impact(report)
    more = [factories.agency(f"y{number}", parent=world.tree["h1"]) for number in range(15)]
    extra = factories.target(world.plan, "III.1", [*more, world.tree["x11"]], kind=Kind.COUNT, timing=Timing.FLOW)
    for agency in more:
        factories.report(agency, world.august, {extra: 3})
    Actual.objects.create(submission=report, target=extra, value=D(5), entered_at=factories.AT)
    settle(world)
    with django_assert_num_queries(13):
        impact(report)
