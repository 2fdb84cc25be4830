"""What the SDK makes of a server that ends, errs or goes silent: each fault as its user sees it, and what still works."""

from __future__ import annotations

import asyncio
import base64

from websockets.exceptions import ConnectionClosed, ConnectionClosedError, ConnectionClosedOK

from tests.sdk.openai_caller import BESIDE_TLS, Caller, Line, by_both
from tests.sdk.witness import There, capability

__all__: list[str] = []

SERVED = {"beta": "served"}
"""So that the clients of the beta get as far as the others."""

CLEAN = (1000, 1001, 1005)
"""`websockets` calls these ends clean."""

KEEPALIVE_S = 20.0
"""Between two pings of `websockets`, and how long each waits for its pong; the SDK leaves both as they are."""

CLOSE_TIMEOUT_S = 10.0
"""How long `websockets` waits for the other half of a close, by default."""


async def _there_still_is_a_session(line: Line) -> None:
    await line.sdk.input_audio_buffer.clear()
    assert (await line.next()).type == "input_audio_buffer.cleared"


def _sees_a_close(code: int | None) -> None:
    @by_both(f"sees close {1005 if code is None else code}", settings=SERVED, transports=BESIDE_TLS)
    async def sees(caller: Caller) -> None:
        reason = "" if code is None else "the reason"
        async with caller.dialled() as line:
            await line.one("session.created")
            await caller.trouble({"close_connection": {"code": code, "reason": reason}})
            closed = await line.closed()

        assert isinstance(closed, ConnectionClosedOK if code in (*CLEAN, None) else ConnectionClosedError)
        assert closed.rcvd is not None
        assert (closed.rcvd.code, closed.rcvd.reason) == (code or 1005, reason)


for _code in (1000, 1001, None, 1008, 1009, 1011, 1012, 1013, 3000, 4000):
    _sees_a_close(_code)


@by_both("sees iteration end", settings=SERVED, transports=BESIDE_TLS)
async def sees_iteration_end(caller: Caller) -> None:
    """A clean close ends a loop over the connection without a word, also in the middle of a response."""
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"close_connection": {"code": 1001, "reason": "going away"}})
        told = [event async for event in line.sdk]

    assert told == []


@by_both("sees iteration fail", settings=SERVED, transports=BESIDE_TLS)
async def sees_iteration_fail(caller: Caller) -> None:
    failed: ConnectionClosed | None = None
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"close_connection": {"code": 1011}})
        try:
            async for _ in line.sdk:
                pass
        except ConnectionClosedError as closed:
            failed = closed

    assert failed is not None
    assert failed.rcvd is not None
    assert failed.rcvd.code == 1011


@by_both("sees truncated-json", settings=SERVED, transports=BESIDE_TLS)
async def sees_truncated_json(caller: Caller) -> None:
    await _sees_no_message(caller, "truncated-json")


@by_both("sees binary-frame", settings=SERVED, transports=BESIDE_TLS)
async def sees_binary_frame(caller: Caller) -> None:
    await _sees_no_message(caller, "binary-frame")


@by_both("sees wrong-utf8", settings=SERVED, transports=BESIDE_TLS)
async def sees_wrong_utf8(caller: Caller) -> None:
    """The SDK takes bytes from `websockets`, and so passes by its check: it is JSON that fails, and the call goes on."""
    await _sees_no_message(caller, "wrong-utf8")


async def _sees_no_message(caller: Caller, frame: str) -> None:
    """The SDK raises a ValueError (JSONDecodeError, UnicodeDecodeError) and keeps the connection."""
    raised: ValueError | None = None
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"bad_frame": {"frame": frame}})
        try:
            await line.next()
        except ValueError as error:
            raised = error
        await _there_still_is_a_session(line)

    assert raised is not None


def _sees_a_protocol_error(frame: str) -> None:
    @by_both(f"sees {frame}", settings=SERVED, transports=BESIDE_TLS)
    async def sees(caller: Caller) -> None:
        async with caller.dialled() as line:
            await line.one("session.created")
            await caller.trouble({"bad_frame": {"frame": frame}})
            closed = await line.closed()

        assert closed.sent is not None
        assert closed.sent.code == 1002
        assert not closed.rcvd_then_sent


for _frame in ("reserved-bits", "masked"):
    _sees_a_protocol_error(_frame)


@by_both("sees fragmented", settings=SERVED, transports=BESIDE_TLS)
async def sees_fragmented(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"bad_frame": {"frame": "fragmented"}})
        whole = await line.next()
        await _there_still_is_a_session(line)

    assert whole.type == "rate_limits.updated"


@by_both("sees oversize", versions=">=3.36", transports=BESIDE_TLS)
async def sees_oversize(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"bad_frame": {"frame": "oversize"}})
        whole = await line.next()
        await _there_still_is_a_session(line)

    assert whole.type == "rate_limits.updated"


@by_both("sees oversize as 1009", versions="<3.33.1", settings=SERVED, transports=BESIDE_TLS)
async def sees_oversize_as_1009(caller: Caller) -> None:
    """Up to 3.33 the SDK left the limit of `websockets` as it is: 1 MiB."""
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"bad_frame": {"frame": "oversize"}})
        closed = await line.closed()

    assert closed.sent is not None
    assert closed.sent.code == 1009


@by_both("compression", versions="<3.33.1", settings=SERVED)
async def compression(caller: Caller) -> None:
    """Up to 3.33 the SDK leaves the offer of `websockets` as it is, and OpenAI agrees (gateway captures of 2026-09-18)."""
    async with caller.dialled() as line:
        await line.one("session.created")
        await _there_still_is_a_session(line)
        agreed = [extension.name for extension in line.wire.protocol.extensions]

    assert agreed == ["permessage-deflate"]


@by_both("no compression unasked", versions=">=3.36", settings=SERVED)
async def no_compression_unasked(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.one("session.created")
        agreed = line.wire.protocol.extensions

    assert agreed == []


@by_both("is told that a message is too long", settings=SERVED | {"message_bytes_max": 10_000}, transports=BESIDE_TLS)
async def is_told_that_a_message_is_too_long(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.one("session.created")
        await line.sdk.input_audio_buffer.append(audio=base64.b64encode(bytes(9_000)).decode())
        closed = await line.closed()

    assert closed.rcvd is not None
    assert closed.rcvd.code == 1009


@by_both("sees muted pings", settings=SERVED, transports=BESIDE_TLS)
async def sees_muted_pings(caller: Caller) -> None:
    """A ping after 20 s, no pong within 20 more: the client itself hangs up, and so says 1011."""
    every_s = KEEPALIVE_S if caller.there.production else 0.5
    sooner = {"ping_interval": every_s, "ping_timeout": every_s, "close_timeout": 0.5}
    options = {} if caller.there.production else {"websocket_connection_options": sooner}
    async with caller.dialled(**options) as line:
        began_s = caller.now_s()
        await line.one("session.created")
        await caller.trouble("mute_pings")
        closed = await _closed_some_day(line)
        took_s = caller.now_s() - began_s

    assert closed.sent is not None
    assert closed.sent.code == 1011
    assert took_s >= 2 * every_s - 0.1
    assert took_s < 2 * every_s + CLOSE_TIMEOUT_S + 0.1 or not caller.there.production


@by_both("sees late pongs", settings=SERVED, transports=BESIDE_TLS)
async def sees_late_pongs(caller: Caller) -> None:
    """Pongs that come late, but in time, harm nobody."""
    every_s = KEEPALIVE_S if caller.there.production else 0.3
    options = {"websocket_connection_options": {"ping_interval": every_s, "ping_timeout": KEEPALIVE_S}}
    async with caller.dialled(**options) as line:
        await line.one("session.created")
        await caller.trouble({"delay_pongs": {"delay_s": every_s / 2}})
        await caller.sleep(4 * every_s)
        await _there_still_is_a_session(line)


@capability("sees a server that stops reading", settings=SERVED, transports=BESIDE_TLS)
async def sees_a_server_that_stops_reading(there: There) -> None:
    """The SDK waits within `send`, once every buffer on the way is full."""
    caller = Caller(there=there)
    plenty, waited = base64.b64encode(bytes(1_000_000)).decode(), False
    # The older versions offer to compress, and would make next to nothing of this silence.
    async with caller.dialled(websocket_connection_options={"compression": None}) as line:
        await line.one("session.created")
        await caller.trouble("stop_reading")
        try:
            async with asyncio.timeout(3.0):
                for _ in range(100):
                    await line.sdk.input_audio_buffer.append(audio=plenty)
        except TimeoutError:
            waited = True
        # A polite end would wait for 10 s: nobody reads the close frame.
        line.wire.transport.abort()

    assert waited


def _sees_silence(name: str, phase: str) -> None:
    @capability(name, settings=SERVED, transports=BESIDE_TLS)
    async def sees(there: There) -> None:
        """The SDK waits for no `session.created`: it is connected, and an answer is the first that its user misses."""
        caller, silent = Caller(there=there), False
        options = {"websocket_connection_options": {"close_timeout": 0.5}}
        await caller.trouble({"stall": {"phase": phase}}, on="next", times=1)
        async with caller.dialled(**options) as line:
            await line.sdk.input_audio_buffer.clear()
            try:
                async with asyncio.timeout(1.0):
                    await line.next()
            except TimeoutError:
                silent = True

        assert silent


_sees_silence("sees a session that never begins", "ready")
_sees_silence("sees a connection that is dead from the start", "upgrade")


async def _closed_some_day(line: Line) -> ConnectionClosed:
    """As `closed`, and with patience: no answer is due."""
    while True:
        try:
            await line.sdk.recv()
        except ConnectionClosed as closed:
            return closed
