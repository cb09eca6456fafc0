"""A person's sessions: noted when they begin, listed, ended."""

import datetime as dt
import time
from dataclasses import dataclass

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from agencies.audit_acts import AccountAct
from agencies.backends import AccountBackend
from agencies.models import User
from core import clock
from core.audit.services import audit
from core.form_drafts.services import machine_words

# In a session: the moment (seconds since 1970) from which its owner must have a second factor. Absent: none is wanted.
SECOND_FACTOR_DUE = "second_factor_due"
# In a session: who has typed the password and owes a code (account, mark of its password, machine's time, page that follows).
AWAITS_CODE = "awaits_code"
# Seconds in which the code must be typed.
CODE_SECONDS = 300
EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class OpenSession:
    """A session that has not ended. began_at, address, machine: None or empty where it began before they were noted."""

    key: str
    began_at: dt.datetime | None
    address: str
    machine: str
    is_current: bool


def note_beginning(request: HttpRequest) -> None:
    """Note when, from where and on what machine a session began."""
    request.session["began_at"] = int(time.time())  # the machine's own time, which limits its length
    request.session["began_on"] = clock.now().isoformat()
    request.session["address"] = request.META["REMOTE_ADDR"]
    request.session["machine"] = machine_words(request.headers.get("User-Agent", ""))


def note_password(request: HttpRequest, user: User, page: str) -> None:
    """Note that the password of an account was right and a code must follow. The session gets another key and opens nothing yet."""
    request.session.cycle_key()
    request.session[AWAITS_CODE] = [user.pk, user.get_session_auth_hash(), int(time.time()), page]


def awaiting_code(request: HttpRequest) -> tuple[User, str] | None:
    """Return the account whose code this session waits for, and the page that follows; None where it waits for none, for too long,
    or the password is another one by now."""
    pk, mark, began, page = request.session.get(AWAITS_CODE) or (None, "", 0, "")
    if pk is None or not 0 <= time.time() - began <= CODE_SECONDS:
        return None
    user = AccountBackend().get_user(pk)
    return (user, page) if user is not None and constant_time_compare(user.get_session_auth_hash(), mark) else None


def sessions_of(user: User, current: str | None) -> list[OpenSession]:
    """Return a person's open sessions, the current one first, then the newest. One query: sessions are stored as text, so all open
    ones are read, at most some hundreds."""
    theirs = []
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        data = session.get_decoded()
        if data.get(SESSION_KEY) == str(user.pk):
            began = dt.datetime.fromisoformat(data["began_on"]) if "began_on" in data else None
            is_current = session.session_key == current
            theirs.append(
                OpenSession(session.session_key, began, data.get("address", ""), data.get("machine", ""), is_current)
            )
    newest = sorted(theirs, key=lambda session: session.began_at or EARLIEST, reverse=True)
    return sorted(newest, key=lambda session: not session.is_current)


@transaction.atomic
def end_others(*, user: User, current: str | None, address: str | None = None) -> int:
    """End a person's sessions but the current one; return how many. Nothing is logged where there was none."""
    keys = [session.key for session in sessions_of(user, current) if not session.is_current]
    Session.objects.filter(session_key__in=keys).delete()
    if keys:
        audit(by=user, act=AccountAct.END_SESSIONS, label=user.username, address=address, sessions=len(keys))
    return len(keys)
