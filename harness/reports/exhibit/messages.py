"""The lanes of messages: moments, and streams of one kind as a bar that says how many they were.

A call has a frame of audio every 20 ms. Thousands of marks say less than one bar from the first to the last of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.reports.exhibit.marks import MARKS_MAX, Mark, Tone, tallied
from harness.reports.exhibit.said import said
from harness.trace import Event

__all__ = ["marks"]

STREAM_EVENTS_MIN = 4
STREAM_PAUSE_US = 250_000
"""Frames further apart are no stream, unless the run is so long that nobody could see the pause."""

TONES: dict[str, Tone] = {
    "connection.reconnecting": "busy",
    "connection.reconnected": "good",
    "connection.failed": "bad",
    "run.connect_failed": "bad",
    "run.disconnect_failed": "bad",
    "run.send_failed": "bad",
    "run.unhandled": "bad",
}


def marks(events: Iterable[Event], lasted_us: int) -> tuple[Mark, ...]:
    """The events of one lane, as at most `MARKS_MAX` marks that lie far enough apart to be seen."""
    events = tuple(events)
    cell_us = max(1, lasted_us // MARKS_MAX)
    while True:
        found = sorted(_marks(events, cell_us), key=lambda mark: mark.from_us)
        if len(found) <= MARKS_MAX or cell_us > lasted_us:
            return tuple(found)
        cell_us *= 2


def _marks(events: Iterable[Event], cell_us: int) -> Iterator[Mark]:
    alone: list[Event] = []
    for run in _runs(events, max(cell_us, STREAM_PAUSE_US)):
        if len(run) >= STREAM_EVENTS_MIN and run[-1].at_us - run[0].at_us >= cell_us:
            yield _stream(run)
        else:
            alone.extend(run)
    alone.sort(key=lambda event: event.at_us)
    for cell in _cells(alone, cell_us):
        yield _moment(cell)


def _runs(events: Iterable[Event], pause_us: int) -> Iterator[list[Event]]:
    """Events of one kind that follow each other without a pause, whatever comes between."""
    runs: dict[str, list[Event]] = {}
    for event in events:
        run = runs.get(event.kind)
        if run is None:
            runs[event.kind] = [event]
        elif event.at_us - run[-1].at_us <= pause_us:
            run.append(event)
        else:
            yield run
            runs[event.kind] = [event]
    yield from runs.values()


def _cells(events: Iterable[Event], cell_us: int) -> Iterator[list[Event]]:
    """Events of one tone that are too close together to be told apart."""
    cells: dict[Tone, list[Event]] = {}
    for event in events:
        tone = _tone(event)
        cell = cells.get(tone)
        if cell is None or event.at_us - cell[0].at_us > cell_us:
            if cell is not None:
                yield cell
            cells[tone] = [event]
        else:
            cell.append(event)
    yield from cells.values()


def _stream(run: list[Event]) -> Mark:
    first, last = run[0], run[-1]
    on = sorted({event.connection for event in run if event.connection is not None})
    where = f" on connection {on[0]}" if len(on) == 1 else f" on {len(on)} connections" if on else ""
    return Mark(
        from_us=first.at_us,
        to_us=last.at_us,
        tone=_tone(first),
        label=f"{first.kind.partition('.')[2][:60]} ×{len(run)}",
        what=f"{len(run)} × {first.kind[:160]}{where}",
        count=len(run),
    )


def _moment(cell: list[Event]) -> Mark:
    first, last = cell[0], cell[-1]
    if len(cell) == 1:
        return Mark(from_us=first.at_us, tone=_tone(first), what=said(first))
    return Mark(
        from_us=first.at_us,
        to_us=last.at_us if last.at_us > first.at_us else None,
        tone=_tone(first),
        label=f"×{len(cell)}",
        what=f"{len(cell)} together: {tallied(event.kind[:160] for event in cell)}",
        count=len(cell),
    )


def _tone(event: Event) -> Tone:
    tone = TONES.get(event.kind)
    return (
        tone
        if tone is not None
        else "bad"
        if event.kind.partition(".")[2] == "error" or event.kind == "error"
        else "plain"
    )
