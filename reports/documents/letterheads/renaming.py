"""Letterheads follow the province's name (docs/decisions/0306)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef

from core.installation.changes import Renaming
from indicators.models import PlanState
from reports.models import Letterhead

# The texts that name the province.
FIELDS = ("name", "above", "issuer", "place", "to", "recipients")


class LetterheadNames:
    """The letterheads of plans that are not closed. Published reports keep their heads."""

    key = "letterheads"

    def follow(self, renaming: Renaming) -> list[Any]:
        """Write the new name into the letterheads; return (letterhead, field, before, after). Where another of the plan has the new
        name of a letterhead, it keeps its own."""
        replaced = []
        letterheads = list(Letterhead.objects.exclude(plan__state=PlanState.CLOSED))
        taken = {(letterhead.plan_id, letterhead.name) for letterhead in letterheads}
        for letterhead in letterheads:
            for name in FIELDS:
                before, after = getattr(letterhead, name), renaming.apply_to_field(letterhead, name)
                if name == "name":
                    if (letterhead.plan_id, after) in taken:
                        continue
                    taken.add((letterhead.plan_id, after))
                if after != before:
                    setattr(letterhead, name, after)
                    replaced.append([letterhead.pk, name, before, after])
            letterhead.save()
        return replaced

    def restore(self, replaced: Sequence[Any]) -> None:
        """Write the texts of before again, where nobody changed them since."""
        for pk, name, before, after in replaced:
            rows = Letterhead.objects.filter(pk=pk, **{name: after}).exclude(plan__state=PlanState.CLOSED)
            if name == "name":
                same = Letterhead.objects.filter(plan=OuterRef("plan"), name=before).exclude(pk=pk)
                rows = rows.exclude(Exists(same))
            rows.update(**{name: before})
