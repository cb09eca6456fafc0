"""Models of the app, one module a subject. Import them from here."""

from agencies.models.agency import EVER, GROUP_WORDS, GROUPS, Agency, AgencyName, Level, Party, Placement, Succession
from agencies.models.user import AccountManager, User, UserRole

__all__ = [
    "EVER",
    "GROUPS",
    "GROUP_WORDS",
    "AccountManager",
    "Agency",
    "AgencyName",
    "Level",
    "Party",
    "Placement",
    "UserRole",
    "Succession",
    "User",
]
