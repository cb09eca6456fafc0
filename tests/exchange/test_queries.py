"""Changes: which event an act is, the number that is read up to, a report that is published again."""

import pytest

from exchange.models import Event
from exchange.queries import EVENTS, Change, changes_after
from indicators.models import State
from indicators.submissions import workflow
from tests import factories

pytestmark = pytest.mark.django_db


def test_every_event_comes_from_an_act_or_from_a_publication():
    assert set(EVENTS.values()) | {Event.RESTATED} == set(Event)


def test_subjects_tell_agencies_periods_and_printed_reports_apart():
    def subject(agency, period, report):
        return Change(1, factories.AT, Event.SUBMITTED, agency, period, report).subject

    subjects = [subject("x11", "2023-08", None), subject("x12", "2023-08", None), subject("x11", "2023-07", None)]
    subjects += [subject(None, None, 1), subject("x11", None, 2)]
    assert len(set(subjects)) == 5


def test_what_may_not_be_seen_is_read_past(connected):
    figures = {connected.targets["I.1"]: (1, 2)}
    sent = factories.report(connected.tree["x11"], connected.august, figures, state=State.DRAFT)
    workflow.submit(submission=sent, by=connected.people["an"])
    mine, others = (changes_after(connected.people[name], 0, 10) for name in ("an", "cuc"))
    assert [change.event for change in mine.changes] == ["submitted"]
    assert (others.changes, others.last, others.more) == ([], mine.last, False)
    assert changes_after(connected.people["an"], mine.last, 10).last == mine.last
