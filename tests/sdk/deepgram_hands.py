"""The async and the sync client of the Deepgram SDK, each carrying out the same talks."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
import time
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from deepgram import AsyncDeepgramClient, DeepgramClient
from deepgram.core.events import EventType
from deepgram.environment import DeepgramClientEnvironment

from tests.sdk.deepgram_talk import (
    Ask,
    Call,
    Clock,
    Connect,
    Does,
    Ends,
    Leaves,
    Ledger,
    Pause,
    Refused,
    Says,
    Step,
    Talk,
    Trouble,
    Until,
)  # fmt: skip
from tests.sdk.witness import TRANSPORTS, There, Transport, capability

__all__ = ["BYTES_PER_S", "addresses", "held"]

BYTES_PER_S = 32_000
"""16 kHz, 16 bits, one channel."""

CLOSES_WITHIN_S = 35.0
"""A closing handshake that is not answered costs the async client 30 s, the sync one 10 s (deepgram-sdk 7.17.0)."""


def held(
    name: str,
    *,
    transports: tuple[Transport, ...] = TRANSPORTS,
    sync_transports: tuple[Transport, ...] | None = None,
    **options: Any,
) -> Callable[..., Any]:
    """Register a talk as a capability of the async client, and of the sync one where it has a transport for that.

    Args:
        sync_transports: Where the sync client's differ: what takes it an instant may take the async one half a minute.
        options: As `capability` takes them.
    """

    def register(talk: Callable[[], Talk]) -> Callable[[], Talk]:
        @capability(name, transports=transports, **options)
        async def by_the_async_client(there: There) -> None:
            await _AsyncHand(there).holds(talk())

        real = tuple(way for way in (sync_transports or transports) if way != "virtual")
        if real:

            @capability(name, sync=True, transports=real, **options)
            def by_the_sync_client(there: There) -> None:
                _SyncHand(there).holds(talk())

        return talk

    return register


class _AsyncHand:
    def __init__(self, there: There) -> None:
        self._there = there
        self._changed: dict[Call, asyncio.Event] = {}
        self._sockets: dict[Call, Any] = {}
        self._ends: dict[Call, contextlib.AsyncExitStack] = {}

    async def holds(self, talk: Talk) -> None:
        try:
            await self._carry_out(talk)
        finally:
            for call in list(self._ends):
                await self._leave(call)

    async def _carry_out(self, talk: Talk) -> None:
        step = next(talk, None)
        while step is not None:
            try:
                result = await self._step(step)
            except AssertionError:
                raise
            except Exception as raised:
                step = _resumed(lambda raised=raised: talk.throw(raised))
            else:
                step = _resumed(lambda result=result: talk.send(result))

    async def _step(self, step: Step) -> Any:
        match step:
            case Connect():
                return await self._connect(step)
            case Refused(wish=wish):
                return await self._refused(wish)
            case Ask():
                return await self._ask(step)
            case Pause(lasts_s=lasts_s):
                return await asyncio.sleep(lasts_s)
            case Clock():
                return asyncio.get_running_loop().time()
            case Trouble():
                return await self._there.trouble(step.do, on=step.on, times=step.times)
            case Ledger(session=session):
                return _linked(await self._there.ledger(), session)
            case Says():
                return await self._say(step)
            case Does():
                return await getattr(self._sockets[step.call], step.method)(*step.arguments)
            case Until():
                return await self._until(step.call, step.within_s, lambda: step.call.found(step), _wish(step))
            case Ends():
                await self._until(step.call, step.within_s, lambda: step.call.is_over or None, "an end")
                return step.call.error
            case Leaves():
                return await self._leave(step.call)

    async def _connect(self, wish: Connect) -> Call:
        client = AsyncDeepgramClient(**addresses(self._there), **wish.client)
        async with contextlib.AsyncExitStack() as stack:
            surface = _at(client, wish.surface)
            socket = await stack.enter_async_context(surface.connect(**wish.query))
            call = Call(headers=socket._websocket.response_headers)
            self._changed[call] = asyncio.Event()
            self._sockets[call] = socket
            _listen(socket, call, self._changed[call].set)
            listening = asyncio.create_task(socket.start_listening())
            stack.push_async_callback(asyncio.wait_for, listening, CLOSES_WITHIN_S)
            # Entered last, so done first: the connection is closed, and only then its listener comes to an end.
            stack.push_async_callback(socket._websocket.close)
            self._ends[call] = stack.pop_all()
            return call

    async def _refused(self, wish: Connect | Ask) -> Exception:
        try:
            result = await self._step(wish)
        except Exception as refusal:
            return refusal
        raise AssertionError(f"{wish} was not refused, but gave {result!r:.200}")

    async def _ask(self, wish: Ask) -> Any:
        client = AsyncDeepgramClient(**addresses(self._there), **wish.client)
        answer = _at(client, wish.method)(**wish.arguments)
        if inspect.isasyncgen(answer):
            return [chunk async for chunk in answer]
        return await answer

    async def _say(self, wish: Says) -> None:
        began_s = asyncio.get_running_loop().time()
        for at_s, frame in _frames(wish):
            await asyncio.sleep(began_s + at_s - asyncio.get_running_loop().time())
            await self._sockets[wish.call].send_media(frame)

    async def _until(self, call: Call, within_s: float, found: Callable[[], Any], what: str) -> Any:
        try:
            async with asyncio.timeout(within_s):
                while (result := found()) is None:
                    assert not call.is_over, f"no {what}: {call.told()}"
                    self._changed[call].clear()
                    await self._changed[call].wait()
        except TimeoutError:
            raise AssertionError(f"no {what} within {within_s:g} s: {call.told()}") from None
        return result

    async def _leave(self, call: Call) -> None:
        if call in self._ends:
            await self._ends.pop(call).aclose()


class _SyncHand:
    def __init__(self, there: There) -> None:
        self._there = there
        self._changed = threading.Condition()
        self._sockets: dict[Call, Any] = {}
        self._ends: dict[Call, contextlib.ExitStack] = {}

    def holds(self, talk: Talk) -> None:
        try:
            self._carry_out(talk)
        finally:
            for call in list(self._ends):
                self._leave(call)

    def _carry_out(self, talk: Talk) -> None:
        step = next(talk, None)
        while step is not None:
            try:
                result = self._step(step)
            except AssertionError:
                raise
            except Exception as raised:
                step = _resumed(lambda raised=raised: talk.throw(raised))
            else:
                step = _resumed(lambda result=result: talk.send(result))

    def _step(self, step: Step) -> Any:
        match step:
            case Connect():
                return self._connect(step)
            case Refused(wish=wish):
                return self._refused(wish)
            case Ask():
                return self._ask(step)
            case Pause(lasts_s=lasts_s):
                return time.sleep(lasts_s)
            case Clock():
                return time.monotonic()
            case Trouble():
                return self._there.trouble_sync(step.do, on=step.on, times=step.times)
            case Ledger(session=session):
                return _linked(self._there.ledger_sync(), session)
            case Says():
                return self._say(step)
            case Does():
                return getattr(self._sockets[step.call], step.method)(*step.arguments)
            case Until():
                return self._until(step.call, step.within_s, lambda: step.call.found(step), _wish(step))
            case Ends():
                self._until(step.call, step.within_s, lambda: step.call.is_over or None, "an end")
                return step.call.error
            case Leaves():
                return self._leave(step.call)

    def _connect(self, wish: Connect) -> Call:
        client = DeepgramClient(**addresses(self._there), **wish.client)
        with contextlib.ExitStack() as stack:
            surface = _at(client, wish.surface)
            socket = stack.enter_context(surface.connect(**wish.query))
            call = Call(headers=socket._websocket.response.headers)
            self._sockets[call] = socket
            _listen(socket, call, self._tell)
            listening = threading.Thread(target=socket.start_listening, daemon=True)
            listening.start()
            stack.callback(_joined, listening)
            stack.callback(socket._websocket.close)
            self._ends[call] = stack.pop_all()
            return call

    def _refused(self, wish: Connect | Ask) -> Exception:
        try:
            result = self._step(wish)
        except Exception as refusal:
            return refusal
        raise AssertionError(f"{wish} was not refused, but gave {result!r:.200}")

    def _ask(self, wish: Ask) -> Any:
        client = DeepgramClient(**addresses(self._there), **wish.client)
        answer = _at(client, wish.method)(**wish.arguments)
        return list(answer) if inspect.isgenerator(answer) else answer

    def _say(self, wish: Says) -> None:
        began_s = time.monotonic()
        for at_s, frame in _frames(wish):
            time.sleep(max(0.0, began_s + at_s - time.monotonic()))
            self._sockets[wish.call].send_media(frame)

    def _until(self, call: Call, within_s: float, found: Callable[[], Any], what: str) -> Any:
        result: Any = None

        def settled() -> bool:
            nonlocal result
            result = found()
            return result is not None or call.is_over

        with self._changed:
            in_time = self._changed.wait_for(settled, within_s)
        assert in_time, f"no {what} within {within_s:g} s: {call.told()}"
        assert result is not None, f"no {what}: {call.told()}"
        return result

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _leave(self, call: Call) -> None:
        if call in self._ends:
            self._ends.pop(call).close()


def _resumed(resume: Callable[[], Step]) -> Step | None:
    """The next step, or None after the last one."""
    try:
        return resume()
    except StopIteration:
        return None


def _joined(listening: threading.Thread) -> None:
    listening.join(CLOSES_WITHIN_S)
    assert not listening.is_alive(), (
        f"start_listening was not over {CLOSES_WITHIN_S:g} s after the connection was closed"
    )


def _listen(socket: Any, call: Call, tell: Callable[[], None]) -> None:
    """Have the SDK's callbacks note down what they are told. They are called on the socket's own thread or task."""

    def message(told: Any) -> None:
        call.messages.append(told)
        tell()

    def error(told: Exception) -> None:
        call.error = told

    def close(_: object) -> None:
        call.is_over = True
        tell()

    socket.on(EventType.MESSAGE, message)
    socket.on(EventType.ERROR, error)
    socket.on(EventType.CLOSE, close)


def addresses(there: There) -> Mapping[str, Any]:
    """How the SDK's client is led to the mock; at the production address it is told nothing at all."""
    if there.production:
        return {}
    # `agent_rest` came with version 7; a client that is not told all that it knows is not made.
    known = inspect.signature(DeepgramClientEnvironment).parameters
    places = {name: there.http_url if name in ("base", "agent_rest") else there.url for name in known}
    return {"environment": DeepgramClientEnvironment(**places)}


def _at(client: Any, path: str) -> Any:
    return reduce(getattr, path.split("."), client)


def _frames(wish: Says) -> list[tuple[float, bytes]]:
    """Each frame, and when it is due: a frame can be sent once its last sample was spoken."""
    size = round(wish.frame_s * BYTES_PER_S)
    pieces = [wish.pcm[at : at + size] for at in range(0, len(wish.pcm), size)]
    due_s, said_bytes = [], 0
    for piece in pieces:
        said_bytes += len(piece)
        due_s.append(said_bytes / BYTES_PER_S / wish.speed)
    return list(zip(due_s, pieces, strict=True))


def _linked(ledger: Mapping[str, Any], session: str) -> list[Mapping[str, Any]]:
    return [account for account in ledger["connections"] if session in account["links"]]


def _wish(step: Until) -> str:
    return f"{step.kind} as asked for"
