"""The drawing of a timeline: where each mark stands on a sheet of fixed width, and where its label finds room."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.reports.exhibit import Lane, Mark, Timeline
from harness.reports.html.sizes import WIDTH

__all__ = ["DrawnLane", "Drawing", "LabelAt", "Shape", "drawing", "ticks"]

ROWS_MAX = 4
"""In one lane. What overlaps more often than that lies on top of each other."""

CHARACTER_WIDTH = 6.3
"""Of a label, roughly: nobody knows the reader's fonts. A little too wide, so that labels never run into each other."""

PAD = 4
DOT_WIDTH = 9
RADIUS_MIN = 4
BAR_WIDTH_MIN = 3
TICKS_MAX = 10

LabelAt = Literal["", "inside", "beside", "below"]

AUDIO = ("caller", "agent")
MESSAGES = ("server", "client", "told")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A mark and its place: `x` and `width` in pixels, `row` within its lane. A moment has a `radius` in the place of a
    width: the more it is made of, the larger."""

    mark: Mark
    x: int
    width: int
    row: int
    radius: int = 0
    label_at: LabelAt = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLane:
    name: str
    rows: int
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """`broke_x` is where it broke, None where nothing did."""

    lasted_us: int
    lanes: tuple[DrawnLane, ...]
    broke_x: int | None = None


def drawing(timeline: Timeline) -> Drawing:
    return Drawing(
        lasted_us=timeline.lasted_us,
        lanes=tuple(_lane(lane, timeline.lasted_us) for lane in timeline.lanes),
        broke_x=None if timeline.broke_us is None else _x(timeline.broke_us, timeline.lasted_us),
    )


def ticks(lasted_us: int) -> tuple[int, ...]:
    """The moments at which the axis is labelled, in microseconds: steps of 1, 2 or 5 of some unit, ten at most."""
    steps = (first * 10**power for power in itertools.count() for first in (1, 2, 5))
    step_us = next(step for step in steps if lasted_us // step <= TICKS_MAX)
    return tuple(range(0, lasted_us + 1, step_us))


def _lane(lane: Lane, lasted_us: int) -> DrawnLane:
    if lane.name in AUDIO:
        shapes = _audio(lane.marks, lasted_us)
    elif lane.name in MESSAGES:
        shapes = _messages(lane.marks, lasted_us)
    elif lane.name == "state":
        shapes = _stacked(lane.marks, lasted_us, may_stand_beside=False, rows=1)
    else:
        shapes = _stacked(lane.marks, lasted_us, may_stand_beside=True)
    below = any(shape.label_at == "below" for shape in shapes)
    rows = 1 + max((shape.row for shape in shapes), default=0) + below
    return DrawnLane(name=lane.name, rows=rows, shapes=shapes)


# ── kinds of lanes ───────────────────────────────────────────────────────────


def _stacked(
    marks: Iterable[Mark], lasted_us: int, *, may_stand_beside: bool, first_row: int = 0, rows: int = ROWS_MAX
) -> tuple[Shape, ...]:
    """Marks in the first row where they and their labels have room; without the label where there is none."""
    taken = [0] * rows
    shapes = []
    for mark in marks:
        x, width = _place(mark, lasted_us)
        needed = _text_width(mark.label)
        label_at: LabelAt = ""
        ends = x + (width or DOT_WIDTH)
        if mark.label and needed + PAD <= width:
            label_at = "inside"
        elif mark.label and may_stand_beside and ends + needed <= WIDTH:
            label_at = "beside"
        row = _free(taken, x)
        if label_at == "beside" and row is None:
            label_at = ""
        if row is None:
            row = min(range(rows), key=lambda each: taken[each])
        taken[row] = max(taken[row], ends + (needed if label_at == "beside" else 0))
        shapes.append(
            Shape(
                mark=mark,
                x=x,
                width=width,
                row=first_row + row,
                radius=0 if width else _radius(mark),
                label_at=label_at,
            )
        )
    return tuple(shapes)


def _messages(marks: Sequence[Mark], lasted_us: int) -> tuple[Shape, ...]:
    """Moments in the first row, the streams below them."""
    moments = [mark for mark in marks if not _is_stream(mark)]
    streams = [mark for mark in marks if _is_stream(mark)]
    shapes = []
    places = [_place(mark, lasted_us)[0] for mark in moments]
    for mark, x, following in zip(moments, places, [*places[1:], WIDTH], strict=False):
        has_room = x + 2 * DOT_WIDTH + _text_width(mark.label) <= following
        label_at: LabelAt = "beside" if mark.count > 1 and has_room else ""
        shapes.append(Shape(mark=mark, x=x, width=0, row=0, radius=_radius(mark), label_at=label_at))
    below = 1 if moments else 0
    return (*shapes, *_stacked(streams, lasted_us, may_stand_beside=True, first_row=below, rows=ROWS_MAX - 1))


def _audio(marks: Iterable[Mark], lasted_us: int) -> tuple[Shape, ...]:
    """Speech in one row, what went wrong on top of it, and said below."""
    marks = sorted(marks, key=lambda each: each.tone != "speech")
    covered = [_place(mark, lasted_us) for mark in marks if mark.tone != "speech"]
    shapes = []
    taken = 0
    for mark in marks:
        x, width = _place(mark, lasted_us)
        needed = _text_width(mark.label)
        label_at: LabelAt = ""
        if mark.tone == "speech":
            is_covered = any(left < x + needed and x < left + wide for left, wide in covered)
            label_at = "inside" if needed + PAD <= width and not is_covered else ""
        elif x >= taken and x + needed <= WIDTH:
            label_at = "below"
            taken = x + needed
        shapes.append(Shape(mark=mark, x=x, width=max(width, BAR_WIDTH_MIN), row=0, label_at=label_at))
    return tuple(shapes)


# ── places ───────────────────────────────────────────────────────────────────


def _place(mark: Mark, lasted_us: int) -> tuple[int, int]:
    """Where it begins and how wide it is; what lasts has some width, however short it was."""
    x = _x(mark.from_us, lasted_us)
    if mark.to_us is None:
        return x, 0
    return x, max(BAR_WIDTH_MIN, _x(mark.to_us, lasted_us) - x)


def _x(at_us: int, lasted_us: int) -> int:
    return min(WIDTH, at_us * WIDTH // lasted_us) if lasted_us > 0 else 0


def _radius(mark: Mark) -> int:
    """4 for one, 5 from four on, 6 from 32."""
    return RADIUS_MIN + (mark.count >= 4) + (mark.count >= 32)


def _is_stream(mark: Mark) -> bool:
    return mark.count > 1 and not mark.label.startswith("×")


def _free(taken: list[int], x: int) -> int | None:
    return next((row for row, until in enumerate(taken) if until <= x), None)


def _text_width(text: str) -> int:
    return int(len(text) * CHARACTER_WIDTH) + PAD
