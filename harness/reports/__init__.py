"""What is told of results: to a person at a terminal, to a machine, to a pipeline.

A process that only plays and judges needs the results alone. All else is imported when somebody asks for it: what draws
terminals and reads and writes documents takes a tenth of a second.
"""

import importlib
from typing import TYPE_CHECKING, Any

from harness.reports.result import CaseResult, RunResult, exit_code, judged, overall

if TYPE_CHECKING:
    from harness.reports.formats import FORMATS, write_page
    from harness.reports.kept import report_of, results_of
    from harness.reports.report import Report, Unplayed
    from harness.reports.summary import write_summary
    from harness.reports.terminal import Terminal

__all__ = [
    "FORMATS", "CaseResult", "Report", "RunResult", "Terminal", "Unplayed", "exit_code", "judged", "overall", "report_of",
    "results_of", "write_page", "write_summary",
]  # fmt: skip

_WHERE = {
    "FORMATS": "formats",
    "write_page": "formats",
    "report_of": "kept",
    "results_of": "kept",
    "Report": "report",
    "Unplayed": "report",
    "write_summary": "summary",
    "Terminal": "terminal",
}
"""The module of each name that is imported when it is asked for."""


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
