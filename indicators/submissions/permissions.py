"""Who may see a figure, and who leads a target."""

from agencies.roles import Role
from indicators.models import State, Submission, Target
from indicators.submissions import permissions


def leads(user, target: Target) -> bool:
    """Does a person speak for an agency that leads the target's indicator?"""
    if not (user.is_active and user.agency_id and user.holds(Role.LEAD)):
        return False
    return Target.objects.led_by(user.agency).filter(pk=target.pk).exists()


def may_see(user, submission, target) -> bool:
    """May a reader see a figure? Who may open its report, and who leads its target; a draft only its own agency."""
    if submission.state == State.DRAFT and submission.agency_id != user.agency_id:
        return False
    return Submission.objects.visible_to(user).filter(pk=submission.pk).exists() or permissions.leads(user, target)
