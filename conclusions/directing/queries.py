"""The register of a plan, as its page lists it and as a report tells of it."""

import datetime as dt
from dataclasses import dataclass

from agencies.models import User
from conclusions.models import DirectingDocument
from core.formatting import fold
from indicators.models import Plan


@dataclass(frozen=True)
class Register:
    """The documents that pass the search, newest first. total: of the whole register."""

    rows: tuple[DirectingDocument, ...]
    total: int


def register(plan: Plan, user: User, text: str = "") -> Register:
    """Return the register of a plan; text: words of a document's number, issuer or subject. One query."""
    everything = list(DirectingDocument.objects.filter(plan=plan).visible_to(user).select_related("attached"))
    return Register(tuple(row for row in everything if _matches(row, text)), len(everything))


def issued_between(plan: Plan, first: dt.date, last: dt.date) -> list[DirectingDocument]:
    """Return the documents of a plan that were issued within some days, oldest first. One query."""
    rows = DirectingDocument.objects.filter(plan=plan, issued_on__gte=first, issued_on__lte=last)
    return list(rows.order_by("issued_on", "pk"))


def _matches(row: DirectingDocument, text: str) -> bool:
    searched = f" {fold(f'{row.get_kind_display()} {row.code} {row.number} {row.symbol} {row.issuer} {row.title}')}"
    return all(f" {word}" in searched for word in fold(text).split())
