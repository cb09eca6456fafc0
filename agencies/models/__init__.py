"""Models of the app, one module a subject. Import them from here."""

from agencies.models.agency import (
    EVER,
    GROUP_WORDS,
    GROUPS,
    MAP_COLUMNS,
    MAP_ROWS,
    SHARE_PLACES,
    SUCCESSION_VERBS,
    Agency,
    AgencyName,
    Level,
    Party,
    Placement,
    RememberedName,
    Succession,
    group_words,
    is_outside,
    party_choices,
    share_words,
)
from agencies.models.review import ReviewShare
from agencies.models.second_factor import RecoveryCode, SecondFactor
from agencies.models.user import AccountManager, User, UserRole

__all__ = [
    "EVER",
    "GROUPS",
    "GROUP_WORDS",
    "SHARE_PLACES",
    "SUCCESSION_VERBS",
    "AccountManager",
    "MAP_COLUMNS",
    "MAP_ROWS",
    "Agency",
    "AgencyName",
    "Level",
    "Party",
    "Placement",
    "RecoveryCode",
    "RememberedName",
    "ReviewShare",
    "SecondFactor",
    "UserRole",
    "Succession",
    "User",
    "group_words",
    "is_outside",
    "party_choices",
    "share_words",
]
