"""The terminal: prints results as they come, in colour where somebody looks, plainly into files and pipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from harness.reports.github import workflow_commands
from harness.reports.lines import Line, Tone
from harness.reports.result import CaseResult
from harness.reports.text import case_lines, summary_lines

__all__ = ["Terminal"]

STYLES: dict[Tone, str] = {"plain": "", "good": "green", "bad": "bold red", "doubt": "yellow", "dim": "dim"}


class Terminal:
    """Tells results on a stream.

    A terminal gets signs and colours (unless `NO_COLOR` is set), a continuous integration (`CI`) and a pipe get words;
    `FORCE_COLOR` asks for colours there as well. On GitHub the summary is followed by annotations.

    Args:
        stream: Where to print.
        environ: The environment to go by.
    """

    def __init__(self, stream: TextIO, *, environ: Mapping[str, str]) -> None:
        forced = bool(environ.get("FORCE_COLOR"))
        self.is_watched = stream.isatty() and not environ.get("CI") and environ.get("TERM") != "dumb"
        self.ascii_only = not _can_write(stream, "✓✗━┃")
        self._on_github = environ.get("GITHUB_ACTIONS") == "true"
        self.console = Console(
            file=stream,
            force_terminal=self.is_watched or forced,
            no_color=bool(environ.get("NO_COLOR")) and not forced,
            color_system="standard" if self.is_watched or forced else None,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=True,
            _environ=dict(environ),
        )

    def told(self, result: CaseResult) -> None:
        """A case is over."""
        for line in case_lines(result, plain=not self.is_watched, ascii_only=self.ascii_only):
            self.line(line)

    def summed_up(self, results: Sequence[CaseResult], *, took_s: float, virtual_took_s: float | None = None) -> None:
        """All cases are over; `took_s` is how long that took, `virtual_took_s` what it would on the virtual clock."""
        self.console.print()
        for line in summary_lines(results, took_s=took_s, virtual_took_s=virtual_took_s):
            self.line(line)
        if self._on_github:
            for command in workflow_commands(results):
                self.console.print(command)

    def line(self, line: Line) -> None:
        """One line, in its tones."""
        text = Text()
        for span in line:
            text.append(span.text, style=STYLES[span.tone])
        text.rstrip()
        self.console.print(text)


def _can_write(stream: TextIO, characters: str) -> bool:
    try:
        characters.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
