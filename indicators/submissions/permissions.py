"""Permissions to see a figure, and the leads of a target."""

from agencies.models import User
from agencies.roles import Role
from indicators.models import State, Submission, Target
from indicators.submissions import permissions


def leads(user: User, target: Target) -> bool:
    """Return True where the user acts for an agency that leads the target's indicator."""
    if user.agency is None or not (user.is_active and user.holds(Role.LEAD)):
        return False
    return Target.objects.led_by(user.agency).filter(pk=target.pk).exists()


def may_see(user: User, submission: Submission, target: Target) -> bool:
    """Return True where the user may open the figure's report or leads its target; a draft only its own agency may
    see."""
    if submission.state == State.DRAFT and submission.agency_id != user.agency_id:
        return False
    return Submission.objects.visible_to(user).filter(pk=submission.pk).exists() or permissions.leads(user, target)
