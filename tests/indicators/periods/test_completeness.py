"""The period on which pages of figures open."""

import pytest

from indicators.models import Basis, Frequency
from indicators.periods.completeness import newest_with_enough
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_period_in_which_nobody_owes_a_report_is_not_told_as_lacking_some():
    """A plan whose only target is asked for by quarters, in July: it opens on June, of which the report is approved."""
    tree, plan = factories.make_tree(districts=1, communes=1), factories.make_plan()
    target = factories.target(plan, "I.1", [tree["x11"]], frequency=Frequency.QUARTER)
    periods = list(plan.periods.select_related("plan").in_order())
    factories.report(tree["x11"], periods[5], {target: (9, 10)})
    assert newest_with_enough(plan, periods[:7], Basis.OFFICIAL) == (periods[5], None)
    assert newest_with_enough(plan, periods[:9], Basis.OFFICIAL) == (periods[5], (0, 1))
