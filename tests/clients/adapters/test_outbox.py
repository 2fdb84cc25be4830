"""What an adapter tells reaches whoever reads `events()`, in order, and then the end."""

from __future__ import annotations

import asyncio

import pytest

from harness.clients.adapters.outbox import EVENTS_MAX, Outbox


async def read(outbox: Outbox) -> list[str]:
    return [event.kind async for event in outbox]


async def test_events_come_in_the_order_in_which_they_were_told():
    outbox = Outbox()
    outbox.tell("connection.reconnecting", attempt=1)
    outbox.tell("connection.reconnected")
    outbox.close()

    assert await read(outbox) == ["connection.reconnecting", "connection.reconnected"]


async def test_a_reader_waits_for_what_is_told_later():
    outbox = Outbox()
    reader = asyncio.create_task(read(outbox))
    await asyncio.sleep(1)
    outbox.tell("error")
    await asyncio.sleep(1)
    outbox.close()

    assert await reader == ["error"]


async def test_what_the_library_raised_comes_after_what_was_told():
    outbox = Outbox()
    outbox.tell("error")
    outbox.close(ConnectionError("gone"))
    told = aiter(outbox)

    assert (await anext(told)).kind == "error"
    with pytest.raises(ConnectionError, match="gone"):
        await anext(told)


async def test_only_the_first_end_counts():
    outbox = Outbox()
    outbox.close()
    outbox.close(ConnectionError("too late"))

    assert await read(outbox) == []


async def test_audio_stands_beside_the_fields():
    outbox = Outbox()
    outbox.tell("audio.output", audio=b"\1\2", sample_rate=24_000)
    outbox.close()

    (event,) = [event async for event in outbox]
    assert (event.audio, dict(event.fields)) == (b"\1\2", {"sample_rate": 24_000})


async def test_a_flood_that_nobody_reads_is_bounded():
    outbox = Outbox()
    for _ in range(EVENTS_MAX + 100):
        outbox.tell("error")
    outbox.close()

    assert len(await read(outbox)) == EVENTS_MAX
