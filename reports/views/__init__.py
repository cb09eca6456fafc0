"""Pages that read across everything, and the printed reports."""

from . import comparing, matrix, printed, saved
from .agency import agency, agency_file, agency_list
from .check import check
from .compare import compare
from .league import league
from .league import workbook as league_file
from .overview import home, overview, targets_file
from .report import choose as choose_report
from .report import report, report_list
from .search import search

__all__ = [
    "agency",
    "agency_file",
    "agency_list",
    "check",
    "choose_report",
    "compare",
    "comparing",
    "home",
    "league",
    "league_file",
    "matrix",
    "overview",
    "printed",
    "report",
    "report_list",
    "saved",
    "search",
    "targets_file",
]
