"""Which reports there are. List pages and views never name a report: adding one is an entry here and a small module."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """One kind of report.

    id: as in its address; permission(user): the agencies whose report the user may open, a QuerySet;
    build(selection, agency, user): a frozen dataclass, the template's `report`.
    """

    id: str
    title: str
    permission: Callable
    build: Callable
    template: str


REPORTS: dict[str, Report] = {}
