"""The events of a week, from the database."""

import datetime as dt

import pytest

from indicators.models import State, Submission
from projects.models import Milestone, ProgressUpdate, Project, ProjectGroup
from reports.documents import composition
from reports.documents.data.week import Step, events_of
from tests import factories

pytestmark = pytest.mark.once


def update(province, project, month, *steps, **fields):
    """A report on a project with its milestones: (name, due day, day on which it was done)."""
    sent = factories.report(province.tree["x22"], province.periods[month], {}, **fields)
    made = ProgressUpdate.objects.create(submission=sent, project=project, stage="running", entered_at=factories.AT)
    for position, (name, planned, done) in enumerate(steps):
        Milestone.objects.create(update=made, position=position, name=name, planned_on=planned, done_on=done)


def test_milestones_are_those_of_the_last_report_of_their_project(province, moment, django_assert_num_queries):
    group = ProjectGroup.objects.create(plan=province.plan, code="I", title="Dự án", position=1)
    project = Project.objects.create(section=group, number=1, name="Việc", due=dt.date(2023, 12, 31))
    wanted, later, before = dt.date(2023, 8, 20), dt.date(2023, 9, 30), dt.date(2023, 8, 5)
    update(
        province, project, 5, ("Khảo sát", wanted, None), ("Thẩm định", wanted, None), ("Đấu thầu", wanted, None),
        ("Bỏ", wanted, None),
    )  # fmt: skip
    update(
        province, project, 8, ("Khảo sát", later, None), ("Thẩm định", wanted, before), ("Đấu thầu", wanted, None),
        ("Trình", before, dt.date(2023, 8, 16)), state=State.SUBMITTED,
    )  # fmt: skip
    moment.move_to(dt.datetime(2023, 8, 18, 9, tzinfo=factories.AT.tzinfo))

    def told(basis):
        _, request = composition.find(province.plan, "tuan", "2023-tuan-33", "toan-tinh", basis)
        with django_assert_num_queries(3):
            events = events_of(request, {0: None}, {project.pk})
        return events.done, [step.name for step in events.coming]

    assert told("chinh-thuc") == ((), ["Khảo sát", "Thẩm định", "Đấu thầu", "Bỏ"])
    done = (Step("Việc (DA I.1)", "Trình", dt.date(2023, 8, 16)),)
    provisional = told("tam-tinh")
    Submission.objects.filter(period=province.periods[8], agency=province.tree["x22"]).update(
        state=State.APPROVED, is_official=True
    )
    assert told("chinh-thuc") == provisional == (done, ["Đấu thầu"])
