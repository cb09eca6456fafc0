"""The demonstration year's conclusions stand as if they had been given, answered and closed at their times."""

import datetime as dt

import pytest

from agencies.models import Level
from agencies.roles import Role
from conclusions.models import Conclusion, ConclusionState
from conclusions.services import MOST_DAYS, may_answer, may_give
from core import clock
from core.notifications.models import Notification
from demo import conclusions_loader
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def plan():
    """A plan with the targets and agencies of the conclusions, but no project."""
    tree = factories.make_tree()
    plan = factories.make_plan()
    leader = factories.person("lanhdao", tree["tinh"], Role.LEADER)
    people = [leader]
    for code in ("skhdt", "stttt", "vpubnd", "syt"):
        agency = factories.agency(code, parent=tree["tinh"], level=Level.DEPARTMENT)
        people.append(factories.person(code, agency, Role.FOCAL))
    for person in people:
        type(person).objects.filter(pk=person.pk).update(is_demo=True)
    for code in ("I.5.a", "I.14", "I.1.b", "I.2.b"):
        factories.target(plan, code, [tree["s1"]])
    return plan


def test_one_is_done_one_waits_one_is_late_one_is_open(plan):
    lines = conclusions_loader.store(plan, {"minh_hoa": True})
    assert len(lines) == 4 + 2 + 1  # the project is not in this plan
    today = dt.date(2023, 8, 16)
    stands = {each.target.code: (each.state, each.due < today) for each in Conclusion.objects.select_related("target")}
    assert stands == {
        "I.5.a": (ConclusionState.CLOSED, True),
        "I.14": (ConclusionState.ANSWERED, False),
        "I.1.b": (ConclusionState.OPEN, True),
        "I.2.b": (ConclusionState.OPEN, False),
    }
    done = Conclusion.objects.get(target__code="I.5.a")
    days = [(step.at.astimezone(clock.VIETNAM).date(), step.by.username) for step in done.steps.order_by("at")]
    assert days == [(dt.date(2023, 7, 24), "skhdt"), (dt.date(2023, 7, 26), "lanhdao")]
    assert all(each.text.startswith("(Minh họa) ") for each in Conclusion.objects.all())
    # What the services would have refused.
    for each in Conclusion.objects.all():
        assert each.given_at.date() <= each.due <= each.given_at.date() + dt.timedelta(days=MOST_DAYS)
        assert may_give(each.given_by) and each.revision == each.steps.count()
        assert all(may_answer(step.by, each) for step in each.steps.filter(kind="answer"))
    # Told at their times: the agencies of what was given, the leader of what was answered.
    told = Notification.objects.filter(person__username="vpubnd").values_list("at", flat=True)
    assert [at.astimezone(clock.VIETNAM) for at in told] == [dt.datetime(2023, 7, 12, 15, tzinfo=clock.VIETNAM)]
    assert Notification.objects.filter(person__username="lanhdao").count() == 2
