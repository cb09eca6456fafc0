"""Opening figures to everybody: who may, and the log."""

import pytest

from core.audit.models import AuditEntry
from exchange.audit_acts import OpenDataAct
from exchange.models import OpenPlan
from exchange.open_data import services
from indicators.errors import ActionNotAllowed

pytestmark = pytest.mark.django_db


def test_opened_and_closed_once_each(province):
    for _ in range(2):
        services.open_plan(plan=province.plan, by=province.people["khanh"])
    assert OpenPlan.objects.get().opened_by == province.people["khanh"]
    for _ in range(2):
        services.close_plan(plan=province.plan, by=province.people["quan"])
    assert not OpenPlan.objects.exists()
    acts = AuditEntry.objects.filter(act__in=OpenDataAct.values).order_by("pk").values_list("act", flat=True)
    assert list(acts) == [OpenDataAct.OPEN, OpenDataAct.CLOSE]


@pytest.mark.parametrize("name", ["an", "dung", "lam"])
def test_nobody_else_may(province, name):
    with pytest.raises(ActionNotAllowed, match="Chỉ cơ quan thường trực"):
        services.open_plan(plan=province.plan, by=province.people[name])
    with pytest.raises(ActionNotAllowed, match="Chỉ cơ quan thường trực"):
        services.close_plan(plan=province.plan, by=province.people[name])


def test_a_draft_is_not_opened(province):
    province.plan.state = "draft"
    with pytest.raises(ActionNotAllowed, match="dự thảo"):
        services.open_plan(plan=province.plan, by=province.people["khanh"])
