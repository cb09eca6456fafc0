"""The acts before which the password is asked for again: the one list of them (decision 0345)."""

import time

from django.conf import settings
from django.http import HttpRequest

# By the name of an address: the values of the button (`act`) that need it; empty: whatever is posted there.
ACTS: dict[str, frozenset[str]] = {
    # Accounts, their codes, roles and second factors.
    "bulk_accounts": frozenset(),
    "accounts_sheet": frozenset({"write"}),
    "account_list": frozenset({"reset", "disable", "enable"}),
    "admin:agencies_user_add": frozenset(),
    "admin:agencies_user_change": frozenset(),
    "admin:issue_password": frozenset(),
    "admin:reset_second_factor": frozenset(),
    "second_factor": frozenset(),
    # Keys of other systems, and where events are sent.
    "connected_system_act": frozenset({"grant", "key"}),
    "webhook_act": frozenset({"set", "secret"}),
    # What cannot be taken back: it is published.
    "report_act": frozenset({"publish"}),
    "open_data_change": frozenset(),
}
# In a session: the machine's time at which the password was typed again.
CONFIRMED_AT = "confirmed_at"


def is_sensitive(request: HttpRequest, name: str) -> bool:
    """Return whether a request is one of the acts; name: that of its address."""
    acts = ACTS.get(name)
    return acts is not None and request.method == "POST" and (not acts or request.POST.get("act") in acts)


def is_confirmed(request: HttpRequest) -> bool:
    """Return whether the password was typed within CONFIRM_MINUTES: at the session's beginning or since."""
    typed = max(request.session.get("began_at", 0), request.session.get(CONFIRMED_AT, 0))
    return 0 <= time.time() - typed < settings.CONFIRM_MINUTES * 60


def confirm(request: HttpRequest) -> None:
    """Note that the password was just typed."""
    request.session[CONFIRMED_AT] = int(time.time())
