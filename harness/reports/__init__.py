"""What is told of results: to a person at a terminal, to a machine, to a pipeline."""

from harness.reports.result import CaseResult, RunResult, exit_code, judged, overall
from harness.reports.summary import summary, write_summary
from harness.reports.terminal import Terminal

__all__ = [
    "CaseResult", "RunResult", "Terminal", "exit_code", "judged", "overall", "summary", "write_summary",
]  # fmt: skip
