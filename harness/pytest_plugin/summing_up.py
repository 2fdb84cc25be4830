"""The end: what all processes have played is summed up in the run folder, as `deadair run` does it."""

from __future__ import annotations

from pathlib import Path

from harness.reports import report_of, write_page, write_summary
from harness.runs import open_run

__all__ = ["sum_up"]

RESULT = "result.json"
PAGE = "report.html"


def sum_up(place: Path) -> None:
    """Judge what the run folder keeps, whoever has played it, and write it down there for machines and for people.

    Raises:
        DeadairError: If the folder cannot be read or written.
    """
    report = report_of(open_run(place))
    write_summary(place / RESULT, report)
    write_page(place / PAGE, report)
