"""Keeping what is removed for a while, and bringing it back. The package whose rows they are checks who may, writes the audit log,
and stores the rows again (docs/decisions/0291)."""

from collections.abc import Sequence
from typing import Any

from django.core import serializers
from django.db import models, transaction

from core import clock
from core.removed.models import RemovedItem


@transaction.atomic
def keep(
    *, kind: str, rows: Sequence[models.Model], label: str, by: Any, place: str = "", file: str = ""
) -> RemovedItem:
    """Keep rows that are about to be deleted, in the caller's transaction."""
    content = serializers.serialize("json", rows)
    return RemovedItem.objects.create(
        kind=kind, place=place, label=label[:300], content=content, file=file, removed_at=clock.now(), removed_by=by
    )


def take(kind: str, pk: int, place: str = "") -> RemovedItem | None:
    """Return something removed, locked until the transaction ends; None where it was brought back already, or its time is over."""
    items = RemovedItem.objects.restorable(kind, place).select_for_update(of=("self",))
    return items.filter(pk=pk).first()


def rows_of(item: RemovedItem) -> list[models.Model]:
    """Return the rows of something removed, with their ids, not stored yet."""
    return [each.object for each in serializers.deserialize("json", item.content)]


def bring_back(item: RemovedItem, rows: Sequence[models.Model]) -> None:
    """Store rows again as new ones, and forget that they were removed."""
    for row in rows:
        row.save(force_insert=True)
    item.delete()


def kept_files() -> set[str]:
    """Return the names of the stored files that removed rows still name."""
    return set(RemovedItem.objects.exclude(file="").values_list("file", flat=True))
