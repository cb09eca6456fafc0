"""Pages that read across everything."""

from .agency import agency, agency_list
from .overview import home, overview
from .report import report, report_list

__all__ = ["agency", "agency_list", "home", "overview", "report", "report_list"]
