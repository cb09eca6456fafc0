"""Rows that a person has removed, kept for a while so that they can be brought back."""

import datetime as dt

from django.conf import settings
from django.db import models

from core import clock, formatting
from core.fields import LineField

# Days for which a removed row can be brought back, counted from the day of its removal.
KEPT_DAYS = 30


def oldest() -> dt.datetime:
    """Return the first moment whose removals can still be brought back."""
    return dt.datetime.combine(clock.today() - dt.timedelta(days=KEPT_DAYS), dt.time(), clock.VIETNAM)


class RemovedItemQuerySet(models.QuerySet["RemovedItem"]):
    """Reads of removed rows."""

    def restorable(self, kind: str, place: str = "") -> "RemovedItemQuerySet":
        """Return what can still be brought back of a kind at a place, newest first."""
        items = self.filter(kind=kind, place=place, removed_at__gte=oldest()).select_related("removed_by")
        return items.order_by("-removed_at", "-pk")


class RemovedItem(models.Model):
    """One thing that was removed. kind: of which sort it is; place: where its page looks for it; content: its rows as JSON; file:
    the stored file that it names, empty without one."""

    kind = models.CharField("loại", max_length=32)
    place = models.CharField("chỗ", max_length=64, blank=True)
    label = LineField("tên", max_length=300)
    content = models.TextField("nội dung")
    file = models.CharField("tệp", max_length=200, blank=True)
    removed_at = models.DateTimeField("bỏ lúc")
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="người bỏ", on_delete=models.CASCADE, related_name="+"
    )

    objects = RemovedItemQuerySet.as_manager()

    class Meta:
        verbose_name = "thứ đã bỏ"
        verbose_name_plural = "thứ đã bỏ"
        indexes = [models.Index(fields=["kind", "place"], name="removed_where")]

    def __str__(self) -> str:
        return self.label

    @property
    def last_day(self) -> dt.date:
        """The last day on which it can be brought back."""
        return formatting.local(self.removed_at).date() + dt.timedelta(days=KEPT_DAYS)
