"""Pages that read across everything."""

from .report import report, report_list

__all__ = ["report", "report_list"]
