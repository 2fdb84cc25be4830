"""The terminal: prints results as they come, in colour where somebody looks, plainly into files and pipes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from rich.console import Console
from rich.text import Text

from harness.reports.github import workflow_commands
from harness.reports.lines import Line, Tone
from harness.reports.report import Report
from harness.reports.result import CaseResult
from harness.reports.text import WAITS_INDENT_CHARACTERS, case_lines, summary_lines
from harness.reports.waits import AROUND_CHARACTERS, BAR_CHARACTERS

__all__ = ["Terminal"]

STYLES: dict[Tone, str] = {"plain": "", "good": "green", "bad": "bold red", "doubt": "yellow", "dim": "dim"}

BAR_CHARACTERS_MIN = 8


class Terminal:
    """Tells results on a stream.

    A terminal gets signs and colours (unless `NO_COLOR` is set), a continuous integration (`CI`) and a pipe get words;
    `FORCE_COLOR` asks for colours there as well. On GitHub the summary is followed by annotations.

    Args:
        stream: Where to print.
        environ: The environment to go by.
        annotates: Whether GitHub gets its annotations here, and not as a form of its own.
    """

    def __init__(self, stream: TextIO, *, environ: Mapping[str, str], annotates: bool = True) -> None:
        forced = bool(environ.get("FORCE_COLOR"))
        self.is_watched = stream.isatty() and not environ.get("CI") and environ.get("TERM") != "dumb"
        self.ascii_only = not _can_write(stream, "✓✗━┃–…")
        self._annotates = annotates and environ.get("GITHUB_ACTIONS") == "true"
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
        for line in case_lines(
            result, plain=not self.is_watched, ascii_only=self.ascii_only, bar_characters=self._bar_characters
        ):
            self.line(line)

    def summed_up(self, report: Report, *, virtual_took_s: float | None = None) -> None:
        """All cases are over; `virtual_took_s` is what they would take on the virtual clock."""
        self.console.print()
        for line in summary_lines(report, virtual_took_s=virtual_took_s):
            self.line(line)
        if self._annotates:
            for command in workflow_commands(report):
                self.console.print(command)

    def line(self, line: Line) -> None:
        """One line, in its tones."""
        text = Text()
        for span in line:
            text.append(span.text, style=STYLES[span.tone])
        text.rstrip()
        self.console.print(text)

    @property
    def _bar_characters(self) -> int:
        """Sentences may wrap; a bar that does cannot be read. Nobody's width is known but a terminal's."""
        if not self.is_watched:
            return BAR_CHARACTERS
        room = self.console.width - WAITS_INDENT_CHARACTERS - AROUND_CHARACTERS
        return max(BAR_CHARACTERS_MIN, min(room, BAR_CHARACTERS))


def _can_write(stream: TextIO, characters: str) -> bool:
    try:
        characters.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
