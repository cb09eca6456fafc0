"""Pages that read across everything."""

from .agency import agency, agency_list
from .league import league
from .league import workbook as league_file
from .overview import home, overview
from .report import report, report_list

__all__ = ["agency", "agency_list", "home", "league", "league_file", "overview", "report", "report_list"]
