"""What is told of results: to a person at a terminal, to a machine, to a pipeline."""

from harness.reports.formats import FORMATS, write_page
from harness.reports.kept import report_of, results_of
from harness.reports.report import Report, Unplayed
from harness.reports.result import CaseResult, RunResult, exit_code, judged, overall
from harness.reports.summary import summary, write_summary
from harness.reports.terminal import Terminal

__all__ = [
    "FORMATS", "CaseResult", "Report", "RunResult", "Terminal", "Unplayed", "exit_code", "judged", "overall", "report_of",
    "results_of", "summary", "write_page", "write_summary",
]  # fmt: skip
