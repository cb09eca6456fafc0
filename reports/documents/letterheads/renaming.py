"""Letterheads follow the province's name (docs/decisions/0306)."""

from collections.abc import Sequence
from typing import Any

from core.installation.changes import Renaming
from indicators.models import PlanState
from reports.models import Letterhead

# The texts that name the province.
FIELDS = ("name", "above", "issuer", "place", "to", "recipients")


class LetterheadNames:
    """The letterheads of plans that are not closed. Published reports keep their heads."""

    key = "letterheads"

    def follow(self, renaming: Renaming) -> list[Any]:
        """Write the new name into the letterheads; return (letterhead, field, before, after)."""
        replaced = []
        for letterhead in Letterhead.objects.exclude(plan__state=PlanState.CLOSED):
            for name in FIELDS:
                before, after = getattr(letterhead, name), renaming.apply_to_field(letterhead, name)
                if after != before:
                    setattr(letterhead, name, after)
                    replaced.append([letterhead.pk, name, before, after])
            letterhead.save()
        return replaced

    def restore(self, replaced: Sequence[Any]) -> None:
        """Write the texts of before again, where nobody changed them since."""
        for pk, name, before, after in replaced:
            Letterhead.objects.filter(pk=pk, **{name: after}).exclude(plan__state=PlanState.CLOSED).update(
                **{name: before}
            )
