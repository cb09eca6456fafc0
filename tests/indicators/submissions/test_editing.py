"""Figures typed into a report that was decided in between."""

import pytest

from indicators.errors import ActionNotAllowed
from indicators.models import State
from indicators.submissions import editing, workflow
from indicators.submissions.validation import Figures
from tests import factories

pytestmark = pytest.mark.once


def test_a_locked_report_that_was_submitted_takes_no_figure(office):
    an, count = office.people["an"], office.targets["II.2"]
    report = factories.report(office.tree["x11"], office.august, {count: 5}, state=State.DRAFT)
    workflow.submit(submission=report, by=an)
    locked = editing.lock_for_edit(office.tree["x11"], office.august, by=an)
    with pytest.raises(ActionNotAllowed, match="Phiếu đã nộp"):
        editing.save_locked(locked, {count: Figures(value=6)}, by=an)
    assert report.actuals.get().value == 5
