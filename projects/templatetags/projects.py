"""How a project's judgement looks, in one place; and the projects of a target, for its page."""

from django import template

from core import clock, formatting
from indicators.rules.status import Status
from indicators.templatetags.figures import badge
from projects import queries, schedule_rules
from projects.schedule_rules import Lateness

register = template.Library()

# A judgement in the dress of the nearest status.
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
def project_badge(code):
    """{% project_badge standing.lateness %}: Quá hạn, Chậm mốc, Sát hạn, Đúng tiến độ…"""
    code = Lateness(code)
    return badge(DRESS[code], schedule_rules.WORDS[code])


@register.simple_tag
def count_of(counts, judgement):
    """{% count_of one.counts judgement %}: how many; a dash for none, so that a table is read by its figures."""
    return formatting.number(counts[judgement]) if counts[judgement] else formatting.NONE


@register.inclusion_tag("projects/_target_projects.html", takes_context=True)
def target_projects(context, target):
    """The projects that serve a target, where each stands; nothing where there are none."""
    selection = context["selection"]
    return {
        "rows": queries.of_target(target, context["request"].user, selection, clock.today()),
        "selection": selection,
    }
