"""The history of a model's rows is read without making a class each time."""

import pytest

from indicators.models import Actual, Target
from tests import factories

pytestmark = pytest.mark.once


def test_the_managers_class_is_made_once_for_all_models_and_rows():
    assert type(Actual.history) is type(Actual.history) is type(Target.history)


@pytest.mark.django_db
def test_a_row_has_the_history_of_its_own():
    plan = factories.make_plan()
    one, other = (factories.target(plan, code) for code in ("I.1", "I.2"))
    one.label = "Tên mới"
    one.save()
    assert [past.history_type for past in one.history.all()] == ["~", "+"]
    assert one.history.first().label == "Tên mới"
    assert other.history.count() == 1 and Target.history.count() == 3
