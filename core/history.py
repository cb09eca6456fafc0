"""History of a model's rows."""

from functools import cache
from typing import Any

from simple_history.manager import HistoryManager
from simple_history.models import HistoricalRecords


class RowHistoryManager(HistoryManager):
    """Manager of historical rows. The library makes its class from the queryset's at each reading of `.history`, which costs as
    much as building three queries; here it is made once."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: Any, class_name: str | None = None) -> Any:
        """Return the manager's class with the methods of a queryset's."""
        return super().from_queryset(queryset_class, class_name)


class RowHistory(HistoricalRecords):
    """Declaration of a model's history: `history = RowHistory(verbose_name="lịch sử …")`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, history_manager=RowHistoryManager, **options)
