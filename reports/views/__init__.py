"""Pages that read across everything, and the printed reports."""

from . import comparing, matrix, printed
from .agency import agency, agency_list
from .check import check
from .compare import compare
from .league import league
from .league import workbook as league_file
from .overview import home, overview
from .report import report, report_list

__all__ = [
    "agency",
    "agency_list",
    "check",
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
]
