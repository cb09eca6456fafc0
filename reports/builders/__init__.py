"""Queries → frozen dataclasses: numbers, no markup. Pages, printed reports and exports read the same ones.

Figures, required values and statuses are read from the roll-ups as they were stored; nothing is judged again here.
"""

from .agencies import agency_list, agency_page
from .comparing import comparison
from .league import LEVELS, league
from .matrix import cells_of, matrix
from .overview import overview
from .reporting import newest_with_enough
from .search import search

__all__ = [
    "LEVELS",
    "agency_list",
    "agency_page",
    "cells_of",
    "comparison",
    "league",
    "matrix",
    "newest_with_enough",
    "overview",
    "search",
]
