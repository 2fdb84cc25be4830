"""The forms in which a report is told: a line each. A new one is a file and a line here."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from harness.reports.ctrf import as_ctrf
from harness.reports.github import as_annotations
from harness.reports.junit import as_junit
from harness.reports.markdown import as_markdown
from harness.reports.report import Report
from harness.reports.summary import as_json
from harness.reports.terminal import Terminal

__all__ = ["FORMATS", "as_page", "as_words", "write_page"]


def as_words(report: Report) -> str:
    """What a pipe gets, all at once."""
    stream = io.StringIO()
    terminal = Terminal(stream, environ={})
    for result in report.results:
        terminal.told(result)
    terminal.summed_up(report)
    return stream.getvalue()


def as_page(report: Report) -> str:
    """The report as one web page."""
    # Jinja takes 50 ms to import: only who asks for a page pays.
    from harness.reports.html import report_page

    return report_page(report.results, report.about, interrupted=report.interrupted, unplayed=report.unplayed)


def write_page(path: Path, report: Report) -> None:
    """Write the page to a file whose folder exists. Raises DeadairError if it cannot be written."""
    from harness.reports.html import write_report

    write_report(path, report.results, report.about, interrupted=report.interrupted, unplayed=report.unplayed)


FORMATS: dict[str, Callable[[Report], str]] = {
    "terminal": as_words,
    "json": as_json,
    "junit": as_junit,
    "ctrf": as_ctrf,
    "github": as_annotations,
    "markdown": as_markdown,
    "html": as_page,
}
