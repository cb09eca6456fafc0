"""A person's sessions: noted when they begin, listed, ended."""

import datetime as dt
import time
from dataclasses import dataclass

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from agencies.audit_acts import AccountAct
from agencies.models import User
from core import clock
from core.audit.services import audit
from core.form_drafts.services import machine_words

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
