"""The conclusions on the page of a target or a project."""

import datetime as dt
from typing import Any

from django import template

from conclusions import queries, services
from conclusions.models import Conclusion, ConclusionState
from core import clock
from indicators.models import Plan

register = template.Library()

# The sign of a state: that of a target's status.
SIGNS = {
    ConclusionState.OPEN: "tracked",
    ConclusionState.ANSWERED: "on_track",
    ConclusionState.CLOSED: "achieved",
    ConclusionState.WITHDRAWN: "no_data",
}


@register.filter
def state_on(row: Conclusion, day: dt.date) -> str:
    """Return the state on a day: `Đang thực hiện, còn 5 ngày`."""
    return row.state_words(day)


@register.filter
def sign_on(row: Conclusion, day: dt.date) -> str:
    """Return the sign of the state on a day."""
    return "at_risk" if row.is_overdue(day) else SIGNS[ConclusionState(row.state)]


@register.inclusion_tag("conclusions/_card.html", takes_context=True)
def conclusions_on(context: template.Context, plan: Plan, target: str = "", project: str = "") -> dict[str, Any]:
    """Draw the conclusions on a target or a project (its code) that the reader may see, with the way to give one. Two queries
    at most."""
    user = context["request"].user
    return {
        "rows": queries.of_subject(plan, user, target=target, project=project),
        "may_give": services.may_give(user),
        "today": clock.today(),
        "plan": plan,
        "target": target,
        "project": project,
    }
