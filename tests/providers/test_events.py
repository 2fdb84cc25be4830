"""The stream of events: order, bound, end."""

from __future__ import annotations

import asyncio

from providers.events import EVENTS_MAX, EventStream


def stream() -> EventStream[str]:
    return EventStream(keep=lambda event: event.startswith("connection"))


async def read(events: EventStream[str]) -> list[str]:
    got = []
    while (event := await events.next()) is not None:
        got.append(event)
    return got


async def test_events_come_in_order_up_to_the_end():
    events = stream()
    for event in ("one", "two"):
        events.put(event)
    events.end()

    assert await read(events) == ["one", "two"]


async def test_nothing_comes_after_the_end():
    events = stream()
    events.end()
    events.put("late")

    assert await read(events) == []


async def test_a_reader_who_waits_is_told_of_the_end():
    events = stream()
    reading = asyncio.create_task(read(events))
    await asyncio.sleep(1)
    events.put("one")
    await asyncio.sleep(1)
    events.end()

    assert await reading == ["one"]


async def test_a_stream_that_nobody_reads_drops_the_oldest_and_counts_them():
    events = stream()
    for n in range(EVENTS_MAX + 3):
        events.put(f"{n}")
    events.end()

    assert events.dropped == 3
    assert (await read(events))[0] == "3"


async def test_what_tells_of_the_connection_is_dropped_last():
    events = stream()
    events.put("connection.reconnecting")
    for n in range(EVENTS_MAX + 3):
        events.put(f"{n}")
    events.end()

    assert (await read(events))[:2] == ["connection.reconnecting", "4"]
