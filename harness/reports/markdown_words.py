"""Text within Markdown, as GitHub shows it: whatever it holds is text, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.reports.lines import printable

__all__ = ["fenced", "in_line"]

_SPECIAL = re.compile(r"[\\`*_\[\]!|~$>#]")


def in_line(text: str) -> str:
    """As plain text within a line: no markup, no HTML, no link that was not meant, and nobody is called by `@`."""
    shown = _SPECIAL.sub(lambda found: f"\\{found[0]}", printable(text).replace("&", "&amp;").replace("<", "&lt;"))
    return shown.replace("@", "&#64;").replace("://", "&#58;//").replace("www.", "www&#46;")


def fenced(text: str, language: str) -> Iterator[str]:
    """A block of code, with a fence longer than any in the text, so that the text cannot leave it."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    yield f"{fence}{language}"
    yield text
    yield fence
