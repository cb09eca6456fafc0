"""The province's name and standing agency from a day on (docs/decisions/0306): planned, taken over on the day, taken back."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from django.db import models, transaction

from core.installation.models import Installation, ProvinceChange, renamed
from core.installation.queries import forget

# The installation's facts that name the province or its standing agency.
FACTS = ("province", "former_province", "system_name", "standing_agency")


@dataclass(frozen=True)
class Renaming:
    """A province's names before and after: `tỉnh …`, `thành phố …`."""

    old: str
    new: str

    def apply_to(self, text: str) -> str:
        """Return a text with the new name for the old one."""
        return renamed(text, self.old, self.new)

    def apply_to_field(self, row: models.Model, name: str) -> str:
        """Return a text of a row with the new name for the old one; unchanged where the field has no room for it."""
        field = cast("models.CharField[str, str]", row._meta.get_field(name))
        text: str = getattr(row, name)
        made = self.apply_to(text)
        return text if field.max_length is not None and len(made) > field.max_length else made


class Follower(Protocol):
    """A package whose stored texts name the province. What `follow` returns is stored as JSON, and given to `restore`."""

    key: str

    def follow(self, renaming: Renaming) -> list[Any]:
        """Write the new name into the texts; return what was replaced."""
        ...

    def restore(self, replaced: Sequence[Any]) -> None:
        """Write the texts of before again, where they are still as they were written."""
        ...


_followers: dict[str, Follower] = {}


def register(follower: Follower) -> None:
    """Let a package follow changes of the province; once, however often called."""
    _followers.setdefault(follower.key, follower)


@transaction.atomic
def plan_change(*, first_day: dt.date, province: str, standing_agency: str, today: dt.date) -> ProvinceChange:
    """Store the province's name from a day on, and its standing agency's (empty: it stays); taken over at once where the day has
    come."""
    change = ProvinceChange.objects.create(first_day=first_day, province=province, standing_agency=standing_agency)
    apply_due(today)
    return change


@transaction.atomic
def apply_due(today: dt.date) -> list[str]:
    """Take over every change whose day has come; return the names that the province got."""
    named = []
    due = ProvinceChange.objects.select_for_update().filter(first_day__lte=today, replaced__isnull=True)
    for change in due.order_by("first_day"):
        installation = Installation.objects.defer("logo").first() or Installation()
        renaming = Renaming(installation.province, change.province)
        before = {name: getattr(installation, name) for name in FACTS}
        installation.former_province, installation.province = installation.province, change.province
        installation.system_name = renaming.apply_to_field(installation, "system_name")
        installation.standing_agency = change.standing_agency or installation.standing_agency
        _save(installation)
        followed = {key: follower.follow(renaming) for key, follower in _followers.items()}
        after = {name: getattr(installation, name) for name in FACTS}
        change.replaced = {"facts": {name: [before[name], after[name]] for name in FACTS}, "texts": followed}
        change.save()
        named.append(change.province)
    return named


@transaction.atomic
def take_back(first_day: dt.date) -> None:
    """Forget the change of a day; where it was taken over, what it replaced stands again, unless it was changed since."""
    change = ProvinceChange.objects.select_for_update().filter(first_day=first_day).first()
    if change is None:
        return
    if change.replaced is not None:
        installation = Installation.objects.defer("logo").first() or Installation()
        for name, (before, after) in change.replaced["facts"].items():
            if getattr(installation, name) == after:
                setattr(installation, name, before)
        _save(installation)
        for key, replaced in change.replaced["texts"].items():
            if key in _followers:
                _followers[key].restore(replaced)
    change.delete()


def _save(installation: Installation) -> None:
    if installation._state.adding:
        installation.save()
    else:
        installation.save(update_fields=FACTS)
    transaction.on_commit(forget)
