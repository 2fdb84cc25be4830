"""Drawings as compact data, for `report.js` to draw when somebody looks: a pack has hundreds of cases, and nobody opens them all.

```text
{"sheet": {…}, "lanes": [[name, title], …], "tones": […], "places": […], "words": […], "cases": [[number, lasted_us, broke_x or -1, rerun, summary, [[lane, rows, shapes], …]], …],
 "x": […], "width": […], "radius": […], "row": […], "tone": […], "what": […], "label": […], "at": […]}
```

All shapes of all cases stand one after the other, each property in a column of its own: then equal things stand beside each
other, and deflate finds them. Texts are numbers into `words`; `x` is told from the shape before it in its lane.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from harness.reports.exhibit import LANES, Tone
from harness.reports.html import sizes
from harness.reports.html.drawing import Drawing, LabelAt
from harness.reports.lines import printable

__all__ = ["PackedCase", "packed", "packed_within"]

TONES: tuple[str, ...] = get_args(Tone)
PLACES: tuple[str, ...] = get_args(LabelAt)
NAMES = tuple(LANES)
SHEET = {
    "sheet": {
        "width": sizes.WIDTH,
        "margin": sizes.MARGIN,
        "axis": sizes.AXIS_HEIGHT,
        "gap": sizes.LANE_GAP,
        "row": sizes.ROW_HEIGHT,
        "bar": sizes.BAR_HEIGHT,
        "names": sizes.NAMES_WIDTH,
    },
    "lanes": list(LANES.items()),
    "tones": TONES,
    "places": PLACES,
}
"""What the script has to know of a sheet."""

COLUMNS = ("x", "width", "radius", "row", "tone", "what", "label", "at")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedCase:
    """`number` is the case's in the page."""

    number: int
    rerun: str
    summary: str
    drawing: Drawing


def packed(cases: Iterable[PackedCase]) -> str:
    """Base64 of deflated JSON: letters that mean nothing to a browser."""
    told = json.dumps(_columns(cases), ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(told.encode("utf-8", errors="replace"), 9)).decode()


def packed_within(cases: Sequence[PackedCase], bytes_max: int) -> tuple[str, int]:
    """As many of the first cases as fit, packed, and how many they are."""
    fit = len(cases)
    while True:
        told = packed(cases[:fit])
        if len(told) <= bytes_max or fit == 0:
            return told, fit
        # What a case takes differs; a little less than its share converges in a step or two.
        fit = min(fit - 1, int(fit * bytes_max / len(told) * 0.97))


def _columns(cases: Iterable[PackedCase]) -> dict[str, Any]:
    words: dict[str, int] = {}
    columns: dict[str, list[int]] = {name: [] for name in COLUMNS}

    def word(text: str) -> int:
        return words.setdefault(printable(text), len(words))

    told = []
    for case in cases:
        lanes = []
        for lane in case.drawing.lanes:
            lanes.append([NAMES.index(lane.name), lane.rows, len(lane.shapes)])
            before = 0
            for shape in lane.shapes:
                mark = shape.mark
                values = (
                    shape.x - before,
                    shape.width,
                    shape.radius,
                    shape.row,
                    TONES.index(mark.tone),
                    word(mark.what),
                    word(mark.label) if shape.label_at else 0,
                    PLACES.index(shape.label_at),
                )
                before = shape.x
                for name, value in zip(COLUMNS, values, strict=True):
                    columns[name].append(value)
        drawing = case.drawing
        broke_x = -1 if drawing.broke_x is None else drawing.broke_x
        told.append([case.number, drawing.lasted_us, broke_x, word(case.rerun), word(case.summary), lanes])
    return {**SHEET, "words": list(words), "cases": told, **columns}
