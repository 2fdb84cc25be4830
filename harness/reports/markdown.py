"""Markdown for people who read it on a page: the summary of a job, a comment on a pull request."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from harness.expectations.words import count
from harness.reports.lines import Line, name_told
from harness.reports.markdown_words import fenced
from harness.reports.report import Report
from harness.reports.result import CaseResult
from harness.reports.text import GLYPHS, case_lines, first_sentence, spent_said, totals_said

__all__ = ["as_markdown"]

BYTES_MAX = 200_000
"""GitHub refuses the whole summary of a step beyond 1 MiB ("upload aborted, supports content up to a size of 1024k") and the
job stays green. Nobody reads a fifth of that, and a step may write more than one."""

ROOM_FOR_THE_REST = 200
"""Bytes kept free for the line that says how much was left out."""

_MEANS_SOMETHING = re.compile(r"([\\`*_\[\]#|~@:]|(?<=www)\.)")
_BEGINS_A_LIST = re.compile(r"^(\d*)([-+.)])")


def as_markdown(report: Report, *, bytes_max: int = BYTES_MAX) -> str:
    """Totals, then what did not pass, each case with its sentence and the command that plays it again. It is cut between
    two cases where it would become longer than `bytes_max`, and says so."""
    pieces = ["".join(f"{line}\n" for line in _beginning(report))]
    room = bytes_max - ROOM_FOR_THE_REST - len(pieces[0].encode())
    wrong = report.not_passed
    for number, result in enumerate(wrong):
        piece = "".join(f"{line}\n" for line in _case(result))
        room -= len(piece.encode("utf-8", errors="backslashreplace"))
        if room < 0:
            more = count(len(wrong) - number, "more case")
            pieces.append(f"\n…and {more} that did not pass: there is no room for all of them here.\n")
            break
        pieces.append(piece)
    return "".join(pieces)


def _beginning(report: Report) -> Iterator[str]:
    sign = GLYPHS[report.verdict]
    yield f"## {sign} deadair: {totals_said(report)}"
    yield ""
    yield spent_said(report)
    if report.interrupted:
        yield ""
        yield "**Interrupted**: what was not over says nothing."
    if report.page:
        yield ""
        yield f"The report with every timeline: `{name_told(report.page).replace('`', '')}`"


def _case(result: CaseResult) -> Iterator[str]:
    word = "flaky, passed when played again" if result.passed_on_retry else result.verdict.value
    yield ""
    yield f"### {GLYPHS[result.verdict]} {word}: {_plainly(name_told(result.case.id))}"
    yield ""
    yield _plainly(first_sentence(result))
    yield ""
    yield from fenced(result.rerun, "sh")
    yield ""
    yield "<details><summary>everything that was found</summary>"
    yield ""
    yield from fenced("\n".join(_text(line) for line in case_lines(result, plain=True)), "text")
    yield ""
    yield "</details>"


def _plainly(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no links, nobody who is mentioned."""
    escaped = _BEGINS_A_LIST.sub(r"\1\\\2", _MEANS_SOMETHING.sub(r"\\\1", text))
    return html.escape(escaped, quote=False)


def _text(line: Line) -> str:
    return "".join(span.text for span in line).rstrip()
