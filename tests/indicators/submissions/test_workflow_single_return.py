"""Single figures of a report are sent back: the others go on counting provisionally (decision 0175)."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from agencies.roles import Role
from indicators.models import Actual, Basis, PendingRollup, ReturnReason, Rollup, State, Submission
from indicators.periods import completeness
from indicators.rollups import engine, reconciliation
from indicators.submissions import editing, workflow
from indicators.submissions.locks import ReasonForReturn
from indicators.submissions.validation import Figures
from tests import factories

BACK = ReasonForReturn(ReturnReason.NUMERATOR, "Xem lại.")


@pytest.fixture
def world(db, moment):
    """August's report of x11 with I.1 30/100 and I.2 40/100, and of x12 with 10/100 each, waiting; July is approved."""
    tree = factories.make_tree(departments=0, districts=1, communes=2)
    plan = factories.make_plan()
    both = [tree["x11"], tree["x12"]]
    first, second = (factories.target(plan, code, both) for code in ("I.1", "I.2"))
    august = factories.period(plan, 8)
    report = factories.report(tree["x11"], august, {first: (30, 100), second: (40, 100)}, state=State.SUBMITTED)
    factories.report(tree["x12"], august, {first: (10, 100), second: (10, 100)}, state=State.SUBMITTED)
    return SimpleNamespace(
        **{"tree": tree, "plan": plan, "first": first, "second": second, "august": august, "report": report},
        focal=factories.person("an", tree["x11"], Role.FOCAL),
        reviewer=factories.person("dung", tree["h1"], Role.REVIEWER),
    )


def counted(world, basis=Basis.PROVISIONAL):
    """N / D of the district by target, as rolled up, once it agrees with the reckoning that shares nothing, and with what
    queries of figures count."""
    engine.rebuild(world.plan)
    PendingRollup.objects.all().delete()
    found = []
    reconciliation.verify(world.plan, found.append)
    assert found == []
    found = {}
    for target in (world.first, world.second):
        row = Rollup.objects.get(target=target, period=world.august, basis=basis, scope="area", node="h1")
        found[target.code] = None if row.numerator is None else (int(row.numerator), int(row.denominator))
        sums = Actual.objects.on(basis).of(target).summed_by_period().get(8, (None, None))[:2]
        assert found[target.code] == (None if sums[0] is None else tuple(map(int, sums)))
    return found


def send_back(world, *targets, report=None):
    return workflow.return_report(
        submission=report or world.report,
        by=world.reviewer,
        reason="Sửa từng số.",
        cells={target.pk: BACK for target in targets},
    )


def test_the_other_figures_count_on(world):
    assert counted(world) == {"I.1": (40, 200), "I.2": (50, 200)}
    send_back(world, world.first)
    assert counted(world) == {"I.1": (10, 100), "I.2": (50, 200)}
    # What is mended counts once it is sent again.
    mended = {world.first: Figures(Decimal(20), Decimal(100))}
    editing.save_figures(submission=world.report, figures=mended, by=world.focal)
    assert counted(world) == {"I.1": (10, 100), "I.2": (50, 200)}
    workflow.submit(submission=world.report, by=world.focal)
    assert counted(world) == {"I.1": (30, 200), "I.2": (50, 200)}
    assert counted(world, Basis.OFFICIAL) == {"I.1": None, "I.2": None}


def test_a_whole_report_that_is_sent_back_counts_nowhere(world):
    send_back(world)
    assert counted(world) == {"I.1": (10, 100), "I.2": (10, 100)}


def test_in_the_place_of_a_figure_sent_back_the_approved_one_counts(world):
    workflow.approve(submission=world.report, by=world.reviewer)
    newer = workflow.reopen(submission=world.report, by=world.reviewer, reason="Nhầm.")
    figures = {world.first: Figures(Decimal(60), Decimal(100)), world.second: Figures(Decimal(70), Decimal(100))}
    editing.save_figures(submission=newer, figures=figures, by=world.focal)
    workflow.submit(submission=newer, by=world.focal)
    assert counted(world) == {"I.1": (70, 200), "I.2": (80, 200)}
    send_back(world, world.first, report=newer)
    assert counted(world) == {"I.1": (40, 200), "I.2": (80, 200)}
    assert counted(world, Basis.OFFICIAL) == {"I.1": (30, 100), "I.2": (40, 100)}


def test_it_is_not_counted_as_sent(world):
    send_back(world, world.first)
    owed, sent = completeness.owing(world.plan, [world.august]), completeness.sent_reports([world.august])
    found = completeness.period_reporting(world.august, owed, sent, Basis.PROVISIONAL, 50)
    assert (found.sent, found.waiting, found.returned) == (1, 1, 1)


def test_one_version_counts_provisionally(world):
    workflow.approve(submission=world.report, by=world.reviewer)
    newer = workflow.reopen(submission=world.report, by=world.reviewer, reason="Nhầm.")
    workflow.submit(submission=newer, by=world.focal)
    send_back(world, world.first, report=newer)
    flags = Submission.objects.filter(agency=world.tree["x11"]).order_by("version")
    assert list(flags.values_list("state", "is_official", "is_provisional")) == [
        (State.APPROVED, True, False),
        (State.RETURNED, False, True),
    ]
