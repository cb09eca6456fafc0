"""The offer to take a decision back, beside the page that follows it: kept in the reviewer's session for some seconds."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.sessions.backends.base import SessionBase

from core import clock
from indicators.models import Submission
from indicators.submissions.undo import UNDO_SECONDS

KEY = "undo"
# A ticket: the id and the revision of a report.
TICKET = re.compile(r"([0-9]{1,18})-([0-9]{1,9})", re.ASCII)


@dataclass(frozen=True)
class UndoOffer:
    """Decisions that can be taken back: tickets of their reports; for how many seconds more."""

    tickets: tuple[str, ...]
    seconds: int


def keep(session: SessionBase, decided: Iterable[Submission]) -> None:
    """Offer to take decisions back that were made just now."""
    tickets = [f"{submission.pk}-{submission.revision}" for submission in decided]
    if tickets:
        session[KEY] = {"tickets": tickets, "at": clock.now().isoformat()}


def offer(session: SessionBase) -> UndoOffer | None:
    """Return the offer of a session; None where there is none any more."""
    stored = session.get(KEY)
    if stored is None:
        return None
    left = UNDO_SECONDS - (clock.now() - dt.datetime.fromisoformat(stored["at"])).total_seconds()
    if not 0 < left <= UNDO_SECONDS:
        del session[KEY]
        return None
    return UndoOffer(tuple(stored["tickets"]), max(round(left), 1))


def drop(session: SessionBase) -> None:
    """Offer it no more."""
    session.pop(KEY, None)


def read_tickets(tickets: Iterable[str]) -> dict[int, int]:
    """Return the revision by id of a report, of the tickets of a form; those that are none are left out."""
    matches = (TICKET.fullmatch(ticket) for ticket in tickets)
    return {int(match[1]): int(match[2]) for match in matches if match}
