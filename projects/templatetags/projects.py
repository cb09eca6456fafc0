"""Template tags for the judgement of a project, and for the projects of a target on its page."""

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from core import clock
from indicators.models import Target
from indicators.rules.status import Status
from indicators.templatetags.figures import badge
from projects import queries, schedule_rules
from projects.schedule_rules import Lateness

register = template.Library()

# The status whose badge a judgement uses.
DRESS = {
    Lateness.DONE: Status.ACHIEVED,
    Lateness.STOPPED: Status.TRACKED,
    Lateness.BLOCKED: Status.AT_RISK,
    Lateness.OVERDUE: Status.MISSED,
    Lateness.SLIPPING: Status.BEHIND,
    Lateness.DUE_SOON: Status.AT_RISK,
    Lateness.NO_REPORT: Status.NO_DATA,
    Lateness.ONGOING: Status.TRACKED,
    Lateness.NO_DATE: Status.NO_DATA,
    Lateness.NOT_STARTED: Status.NO_DATA,
    Lateness.ON_SCHEDULE: Status.ON_TRACK,
}


@register.simple_tag
def project_badge(code: str) -> SafeString:
    """Return the badge of a judgement, as in {% project_badge standing.lateness %}: Quá hạn, Chậm mốc, Sắp đến hạn, Đúng
    tiến độ…"""
    code = Lateness(code)
    return badge(DRESS[code], schedule_rules.WORDS[code])


@register.inclusion_tag("projects/_target_projects.html", takes_context=True)
def target_projects(context: Context, target: Target) -> dict:
    """Return the projects that serve a target, each with its standing; nothing where there are none."""
    selection = context["selection"]
    return {
        "rows": queries.of_target(target, context["request"].user, selection, clock.today()),
        "selection": selection,
    }
