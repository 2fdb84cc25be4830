"""Where the timelines go: into the page as they are, packed for the script, or, beyond what a page can bear, nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.reports.html.packed import PackedCase, packed_within
from harness.reports.html.parts import Shown
from harness.reports.html.svg import names_svg, timeline_svg

__all__ = ["Sheet", "Sheets", "sheets"]

DRAWN_CHARACTERS_MAX = 90_000
"""Of timelines that are drawn into the page, for readers without script."""

PACKED_CHARACTERS_MAX = 130_000
"""The pack's 432 cases take 125,000. With what is drawn, and the words, an ordinary page stays below 300 kB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A timeline in the page: the names of its lanes, and the lanes."""

    names: Markup
    marks: Markup

    @property
    def characters(self) -> int:
        return len(self.names) + len(self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """`drawn` by the case's number; `data` is what the script draws, and `packed` which cases that has."""

    drawn: Mapping[int, Sheet]
    data: Markup
    packed: frozenset[int]


def sheets(cases: Sequence[Shown], *, in_full: Sequence[Shown]) -> Sheets:
    """Those of `in_full` are drawn as long as there is room; what is not drawn is packed as long as there is room."""
    drawn = _drawn(in_full)
    rest = [
        PackedCase(number=case.number, rerun=case.result.rerun, summary=case.result.case.summary, drawing=case.drawing)
        for case in cases
        if case.drawing is not None and case.number not in drawn
    ]
    data, fit = packed_within(rest, PACKED_CHARACTERS_MAX)
    return Sheets(drawn=drawn, data=Markup(data), packed=frozenset(case.number for case in rest[:fit]))


def _drawn(cases: Sequence[Shown]) -> dict[int, Sheet]:
    drawn: dict[int, Sheet] = {}
    room = DRAWN_CHARACTERS_MAX
    for case in cases:
        if case.drawing is None:
            continue
        title = f"timeline of {case.name}"
        sheet = Sheet(
            names=names_svg(case.drawing), marks=timeline_svg(case.drawing, prefix=f"c{case.number}", title=title)
        )
        room -= sheet.characters
        # The first one is what most people come for, however large it is.
        if room < 0 and drawn:
            break
        drawn[case.number] = sheet
    return drawn
