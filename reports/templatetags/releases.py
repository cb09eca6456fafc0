"""Parts of pages with the release calendar: all of it, and what a leader is told."""

from typing import Any

from django import template

from agencies.models import User
from indicators.models import Plan
from indicators.selection import Selection
from reports.documents.releases import queries, services

register = template.Library()


@register.inclusion_tag("reports/documents/releases/_calendar.html")
def release_calendar(plan: Plan, user: User) -> dict[str, Any]:
    """Return the release calendar of a plan as a card: {% release_calendar plan request.user %}."""
    return {
        "plan": plan,
        "releases": queries.releases(plan, list(plan.periods.in_order())),
        "opens_reports": user.reads_everything,
        "plans": services.may_plan(user),
    }


@register.inclusion_tag("reports/documents/releases/_notable.html")
def notable_releases(selection: Selection) -> dict[str, Any]:
    """Return the overdue releases and the next one in a sentence each: {% notable_releases selection %}."""
    late, coming = queries.sentences(queries.releases(selection.plan, selection.periods))
    return {"late": late, "coming": coming, "plan": selection.plan}
