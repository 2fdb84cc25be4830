"""The SDK's own reconnection, which its user has to ask for: it dials again, and restores nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosedError

from tests.sdk.openai_caller import Caller, Line, by_both
from tests.sdk.witness import There, capability

__all__: list[str] = []

SINCE = ">=2.32"
"""`on_reconnecting` came with 2.32.0 (2026-04-15, its CHANGELOG)."""

DELAYS_S = {"initial_delay": 0.1, "max_delay": 0.2}


@dataclass(slots=True)
class Hook:
    """Is asked before each attempt."""

    asked: list[Any] = field(default_factory=list)

    def __call__(self, event: Any) -> None:
        self.asked.append(event)


@by_both("reconnection", versions=SINCE)
async def reconnection(caller: Caller) -> None:
    hook = Hook()
    async with caller.dialled(on_reconnecting=hook, **DELAYS_S) as line:
        first, second = await _first_and_second(line, {"close_connection": {"code": 1011}})

    assert [(event.attempt, event.max_attempts, event.close_code) for event in hook.asked] == [(1, 5, 1011)]
    assert second.id != first.id
    assert second.instructions == first.instructions != "Ours."


@by_both("reconnection after the session cap", versions=">=3.42", settings={"session_cap_s": 1.0})
async def reconnection_after_the_session_cap(caller: Caller) -> None:
    hook = Hook()
    async with caller.dialled(on_reconnecting=hook, **DELAYS_S) as line:
        kinds: list[str] = []
        async for event in line.sdk:
            kinds.append(event.type)
            if len(kinds) == 3:
                break

    assert kinds == ["session.created", "error", "session.created"]
    assert [event.close_code for event in hook.asked] == [1001]


@by_both("no reconnection after the session cap", versions=">=2.32,<3.42", settings={"session_cap_s": 1.0})
async def no_reconnection_after_the_session_cap(caller: Caller) -> None:
    """Before 3.42 a clean end was an end, and 1001 is clean to `websockets`: the loop is over without a word."""
    hook = Hook()
    async with caller.dialled(on_reconnecting=hook, **DELAYS_S) as line:
        kinds = [event.type async for event in line.sdk]

    assert kinds == ["session.created", "error"]
    assert hook.asked == []


@by_both("reconnection gives up", versions=SINCE)
async def reconnection_gives_up(caller: Caller) -> None:
    """Refused attempts are swallowed, Retry-After is not read; after the last one comes the close that began it."""
    hook = Hook()
    failed: ConnectionClosedError | None = None
    refused = {"refuse_upgrade": {"status": 503, "retry_after_s": 60}}
    async with caller.dialled(on_reconnecting=hook, max_retries=2, **DELAYS_S) as line:
        try:
            async for _ in line.sdk:
                await caller.trouble(refused, on="next")
                await caller.trouble({"close_connection": {"code": 1012}})
        except ConnectionClosedError as closed:
            failed = closed

    assert failed is not None
    assert failed.rcvd is not None
    assert failed.rcvd.code == 1012
    assert [event.attempt for event in hook.asked] == [1, 2]


@by_both("no reconnection by itself", versions=">=1.107")
async def no_reconnection_by_itself(caller: Caller) -> None:
    told: list[str] = []
    failed = False
    async with caller.dialled() as line:
        try:
            async for event in line.sdk:
                told.append(event.type)
                await caller.trouble({"close_connection": {"code": 1011}})
        except ConnectionClosedError:
            failed = True

    assert failed
    assert told == ["session.created"]
    assert await caller.connections() == []


@capability("sends while reconnecting", versions=SINCE)
async def sends_while_reconnecting(there: There) -> None:
    """What is sent while the SDK dials again waits, and is sent before the new `session.created` is read."""
    caller, down = Caller(there=there), asyncio.Event()
    async with caller.dialled(on_reconnecting=lambda _: down.set(), initial_delay=0.5) as line:
        await line.one("session.created")
        await caller.trouble({"close_connection": {"code": 1011}})

        async def sends() -> None:
            await down.wait()
            await line.sdk.input_audio_buffer.clear(event_id="queued")

        async with asyncio.TaskGroup() as group:
            group.create_task(sends())
            kinds: list[str] = []
            async for event in line.sdk:
                kinds.append(event.type)
                if len(kinds) == 2:
                    break

    assert kinds == ["session.created", "input_audio_buffer.cleared"]


@capability("a fresh key for each dial", versions=SINCE)
async def a_fresh_key_for_each_dial(there: There) -> None:
    """An `api_key` that is a function is asked again, so that keys which expire may be used."""
    caller, keys = Caller(there=there), list[str]()

    async def fresh() -> str:
        keys.append(f"sk-{len(keys)}")
        return keys[-1]

    async with caller.dialled(key=fresh, on_reconnecting=lambda _: None, **DELAYS_S) as line:
        await _first_and_second(line, {"close_connection": {"code": 1011}})

    assert keys == ["sk-0", "sk-1"]


async def _first_and_second(line: Line, trouble: dict[str, Any]) -> tuple[Any, Any]:
    """The sessions before and after a trouble; the first was given instructions of its own."""
    sessions: list[Any] = []
    async for event in line.sdk:
        match event.type:
            case "session.created":
                sessions.append(event.session)
                if len(sessions) == 2:
                    break
                await line.sdk.session.update(session={"type": "realtime", "instructions": "Ours."})
            case "session.updated":
                assert event.session.instructions == "Ours."
                await line.caller.trouble(trouble)
    return sessions[0], sessions[1]
