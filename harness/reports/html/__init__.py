"""The report as one web page: everything in a single file that loads nothing, for people with and without script."""

from harness.reports.html.look import Head, head, page_environment
from harness.reports.html.page import report_page, write_report

__all__ = ["Head", "head", "page_environment", "report_page", "write_report"]
