"""Figures accepted on time, of those asked (docs: domain, League). x11 has two targets, so two figures a month are asked; a
period is due on the 17th and reviewed by the 20th; it is 25 August."""

import datetime as dt
from types import SimpleNamespace

import pytest
import time_machine

from agencies.roles import Role
from core import clock
from indicators.models import Exemption, Extension, Frequency, ReturnReason, State, Timing
from indicators.periods import completeness, deadlines
from indicators.submissions import workflow
from indicators.submissions.locks import ReasonForReturn
from reports.dashboards.queries import timeliness
from reports.dashboards.queries.acceptance import acceptances
from tests import factories

BACK = ReasonForReturn(ReturnReason.NUMERATOR, "Xem lại.")


def at(day, month=8, hour=9):
    return dt.datetime(2023, month, day, hour, tzinfo=clock.VIETNAM)


@pytest.fixture
def world(db):
    tree = factories.make_tree(departments=0, districts=1, communes=2)
    plan = factories.make_plan()
    made = SimpleNamespace(
        tree=tree,
        plan=plan,
        first=factories.target(plan, "I.1", [tree["x11"]]),
        second=factories.target(plan, "I.2", [tree["x11"]]),
        august=factories.period(plan, 8),
        focal=factories.person("an", tree["x11"], Role.FOCAL),
        reviewer=factories.person("dung", tree["h1"], Role.REVIEWER),
    )
    made.both = {made.first: (1, 2), made.second: (1, 2)}
    return made


def reported(world, figures=None, version=1, **fields):
    """A version of x11's report of August."""
    sent = fields.pop("sent", at(16))
    return factories.report(
        world.tree["x11"], world.august, figures or world.both, version=version, whole_submitted_at=sent, **fields
    )


def found(world, day=25, month=8, code="x11", in_month=8):
    """(accepted on time, asked, waiting) of an agency in a month, as of a day."""
    periods = list(world.plan.periods.select_related("plan").filter(number__lte=month))
    refs = timeliness.agencies_for(world.reviewer)
    due = completeness.figures_due(world.plan, periods)
    one = acceptances(world.plan, periods, refs, due, deadlines.read(periods), at(day).date())
    figures = one.get((world.tree[code].pk, in_month))
    return figures and (figures.accepted, figures.due, figures.waiting)


def test_approved_and_handed_in_by_the_deadline(world):
    reported(world, sent=at(17, hour=23))
    assert found(world) == (2, 2, 0)


def test_one_minute_after_midnight_in_vietnam_is_late(world):
    reported(world, sent=at(18, hour=0))
    assert found(world) == (0, 2, 0)


def test_nothing_before_the_review_deadline_has_passed(world):
    reported(world)
    assert found(world, day=20) == (0, 0, 0)
    assert found(world, day=21) == (2, 2, 0)


def test_what_waits_counts_on_neither_side(world):
    reported(world, {world.first: (1, 2)}, state=State.SUBMITTED)
    assert found(world) == (0, 1, 1)  # I.2 was never entered: asked


def test_drafts_and_returned_reports_are_asked_and_not_accepted(world):
    report = reported(world, state=State.DRAFT)
    assert found(world) == (0, 2, 0)
    type(report).objects.filter(pk=report.pk).update(state=State.RETURNED, return_reason="x")
    assert found(world) == (0, 2, 0)


def test_the_first_approved_version_counts_whatever_comes_later(world):
    """Reopened on the 22nd, handed in again on the 23rd: I.1 was approved before, I.2 is new and late."""
    reported(
        world, {world.first: (1, 2)}, state=State.SUPERSEDED, is_latest=False, is_official=False, is_provisional=False
    )
    reported(world, version=2, sent=at(23))
    assert found(world) == (1, 2, 0)


def test_a_corrected_figure_that_waits_was_accepted_before(world):
    reported(world, {world.first: (1, 2)}, is_latest=False, is_provisional=False)
    reported(world, version=2, sent=at(23), state=State.SUBMITTED)
    assert found(world) == (1, 1, 1)  # I.2 waits


def test_the_agencys_own_extension_moves_its_deadline(world):
    reported(world, sent=at(19))
    assert found(world) == (0, 2, 0)
    Extension.objects.create(
        period=world.august,
        agency=world.tree["x11"],
        state=Extension.State.GRANTED,
        reason="x",
        wanted_until=at(19).date(),
        until=at(19).date(),
        moves_due=True,
        asked_at=at(16),
        decided_at=at(16),
    )
    assert found(world) == (2, 2, 0)


def test_exempt_quarterly_and_unassigned_figures_are_not_asked(world):
    assignment = world.first.assignments.get()
    Exemption.objects.create(assignment=assignment, first_day=dt.date(2023, 8, 1), reason="x")
    quarterly = {"timing": Timing.STOCK, "frequency": Frequency.QUARTER, "threshold": 30}
    quarters = factories.target(world.plan, "II.1", [world.tree["x11"]], **quarterly)
    reported(world, world.both | {quarters: (1, 2)})
    assert found(world) == (1, 1, 0)  # I.2; the figures of I.1 and II.1 came all the same
    assert found(world, in_month=6) == (0, 3, 0)
    assert found(world, code="x12") is None


def test_a_reopened_or_returned_report_through_its_steps(world):
    """Handed in on the 16th; on the 18th I.1 alone is sent back, and handed in again on the 19th: I.1 is late."""

    def do(moment, step, **given):
        with time_machine.travel(moment, tick=False):
            return step(**given)

    report = reported(world, state=State.DRAFT, sent=None)
    do(at(16), workflow.submit, submission=report, by=world.focal)
    one = {"by": world.reviewer, "reason": "Sửa một số.", "cells": {world.first.pk: BACK}}
    do(at(18), workflow.return_report, submission=report, **one)
    assert found(world) == (0, 1, 1)  # I.2 still waits, I.1 is with its agency
    report = do(at(19), workflow.submit, submission=report, by=world.focal)
    assert (report.whole_submitted_at, report.submitted_at) == (at(16), at(19))
    do(at(20), workflow.approve, submission=report, by=world.reviewer)
    assert found(world) == (1, 2, 0)
    newer = do(at(20), workflow.reopen, submission=report, by=world.reviewer, reason="Nhầm.")
    assert newer.whole_submitted_at is None
    assert found(world) == (1, 2, 0)


def test_a_report_returned_whole_is_handed_in_anew(world):
    report = reported(world, state=State.SUBMITTED)
    with time_machine.travel(at(17, hour=18), tick=False):
        workflow.return_report(submission=report, by=world.reviewer, reason="Sửa.")
    with time_machine.travel(at(18), tick=False):
        workflow.submit(submission=report, by=world.focal)
        workflow.approve(submission=report, by=world.reviewer)
    assert found(world) == (0, 2, 0)


def test_a_withdrawn_report_is_handed_in_anew(world):
    report = reported(world, state=State.SUBMITTED)
    with time_machine.travel(at(17), tick=False):
        assert workflow.withdraw(submission=report, by=world.focal).whole_submitted_at is None


def test_one_query(world, django_assert_num_queries):
    reported(world)
    periods = list(world.plan.periods.select_related("plan").filter(number__lte=8))
    refs = timeliness.agencies_for(world.reviewer)
    due, calendar = completeness.figures_due(world.plan, periods), deadlines.read(periods)
    with django_assert_num_queries(1):
        acceptances(world.plan, periods, refs, due, calendar, at(25).date())
