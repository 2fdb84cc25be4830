"""Callbacks and timers only: no task reads, none waits. `websockets` is used without its I/O, on a bare `asyncio.Protocol`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from harness.clients import ClientEvent, Endpoints
from harness.scenario import Case
from tests.support.correct_clients.dialects import (
    DIALECTS,
    CalledOff,
    Complained,
    Dialect,
    Handed,
    Heard,
    Ready,
    Said,
    Spoke,
    Transcribed,
    Wanted,
    Warned,
)
from tests.support.correct_clients.losses import Loss, is_about_the_handle, refused
from tests.support.correct_clients.manners import Manners, has_proved_itself

__all__ = ["Callbacks", "callbacks"]

MANNERS = Manners(attempts=5, first_s=1.0, cap_s=16.0, jitter="equal")
READY_WITHIN_S = 10.0
PING_EVERY_S = 3.0
SILENT_S_MAX = 11.0
HANG_UP_WITHIN_S = 0.5
COMPLAINT_LASTS_S = 2.0


class Line(asyncio.Protocol):
    """One connection. It calls `heard` for what the server says and `over` once, when it is gone or came to nothing."""

    def __init__(
        self,
        url: str,
        headers: dict[str, str],
        dialect: Dialect,
        opening: list[str],
        *,
        heard: Callable[[Line, Heard], None],
        over: Callable[[Line, Loss], None],
    ) -> None:
        self._protocol = ClientProtocol(parse_uri(url), max_size=None)
        self._headers = headers
        self._dialect = dialect
        self._opening = opening
        self._heard, self._over = heard, over
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._pieces: list[bytes] = []
        self._told: Loss | None = None
        self._is_over = False
        self._is_full = False
        self._heard_at_s = self._loop.time()
        self._timers: list[asyncio.TimerHandle] = []
        self.is_ready = False
        self.ready_at_s = 0.0
        self.was_useful = False

    @property
    def is_usable(self) -> bool:
        return self.is_ready and not self._is_over and self._protocol.state is State.OPEN and not self._is_full

    def send(self, *messages: str | bytes) -> None:
        if self._protocol.state is not State.OPEN:
            # A close frame may come in one piece with the answer to the upgrade; what it says is told in its turn.
            return
        for message in messages:
            if isinstance(message, str):
                self._protocol.send_text(message.encode())
            else:
                self._protocol.send_binary(message)
        self._flush()

    def leave(self) -> None:
        """Say goodbye and be gone, without calling `over`."""
        self._is_over = True
        for timer in self._timers:
            timer.cancel()
        if self._transport is None or self._transport.is_closing():
            return
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1000)
            self._flush()
            self._loop.call_later(HANG_UP_WITHIN_S, self._transport.abort)
        else:
            self._transport.abort()

    # ── what the transport calls ─────────────────────────────────────────────

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        if self._is_over:
            transport.abort()
            return
        request = self._protocol.connect()
        request.headers.update(self._headers)
        self._protocol.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._heard_at_s = self._loop.time()
        self._protocol.receive_data(data)
        self._work()

    def eof_received(self) -> None:
        self._protocol.receive_eof()
        self._work()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._protocol.state is not State.CLOSED:
            self._protocol.receive_eof()
        self._end(self._told or Loss(says=f"the line went dead: {exc or 'no close frame'}", code=1006))

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False

    # ── what comes of it ─────────────────────────────────────────────────────

    def start(self) -> None:
        """The clock for the whole way from the SYN to the ready message."""
        self._timers.append(self._loop.call_later(READY_WITHIN_S, self._not_ready))

    def failed(self, error: BaseException) -> None:
        self._end(Loss(says=f"no connection: {type(error).__name__}: {error}"))

    def _not_ready(self) -> None:
        if not self.is_ready:
            self._cut(Loss(says="the session was not ready in time"))

    def _work(self) -> None:
        for event in self._protocol.events_received():
            match event:
                case Response():
                    self._answered()
                case Frame(opcode=Opcode.TEXT | Opcode.BINARY | Opcode.CONT, data=data, fin=fin):
                    self._pieces.append(bytes(data))
                    if fin:
                        message, self._pieces = b"".join(self._pieces), []
                        self._message(message)
                case Frame(opcode=Opcode.CLOSE):
                    frame = self._protocol.close_rcvd
                    code, reason = (int(frame.code), frame.reason) if frame is not None else (1005, "")
                    self._told = Loss(says=f"closed with {code} {reason}", code=code, reason=reason)
        self._flush()
        if self._told is not None:
            self._end(self._told)
        if self._protocol.close_expected() and self._transport is not None:
            self._loop.call_later(HANG_UP_WITHIN_S, self._transport.abort)

    def _answered(self) -> None:
        error = self._protocol.handshake_exc
        if isinstance(error, InvalidStatus):
            headers = {name.lower(): value for name, value in error.response.headers.raw_items()}
            self._cut(refused(error.response.status_code, headers))
        elif error is not None:
            self._cut(Loss(says=f"the upgrade failed: {error}"))
        else:
            self.send(*self._opening)
            self._beat()
            if self._dialect.ready_at_once:
                self._message_heard(Ready())

    def _message(self, message: bytes) -> None:
        for heard in self._dialect.hear(message):
            self._message_heard(heard)

    def _message_heard(self, heard: Heard) -> None:
        if self._is_over:
            return
        if isinstance(heard, Ready):
            self.is_ready, self.ready_at_s = True, self._loop.time()
        self.was_useful = self.was_useful or isinstance(heard, Spoke | Said | Transcribed | Wanted)
        self._heard(self, heard)

    def _beat(self) -> None:
        if self._is_over:
            return
        if self._loop.time() - self._heard_at_s >= SILENT_S_MAX:
            self._cut(Loss(says=f"nothing was heard for {SILENT_S_MAX:g} s", code=1006))
            return
        if self._protocol.state is State.OPEN:
            self._protocol.send_ping(b"")
            if self._dialect.stays_awake_with is not None:
                self._protocol.send_text(self._dialect.stays_awake_with.encode())
            self._flush()
        self._timers = [self._loop.call_later(PING_EVERY_S, self._beat), *self._timers[:1]]

    def _cut(self, loss: Loss) -> None:
        if self._transport is not None:
            self._transport.abort()
        self._end(loss)

    def _end(self, loss: Loss) -> None:
        if self._is_over:
            return
        self._is_over = True
        for timer in self._timers:
            timer.cancel()
        self._over(self, loss)

    def _flush(self) -> None:
        if self._transport is None:
            return
        for data in self._protocol.data_to_send():
            if data and not self._transport.is_closing():
                self._transport.write(data)
            elif not data and not self._transport.is_closing():
                self._transport.close()


class Callbacks:
    """The application's functions are called where things happen; here they put events into a queue."""

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        self._dialect = DIALECTS[case.provider]()
        self.sample_rate_hz = self._dialect.caller_hz
        self.agent_sample_rate_hz = self._dialect.agent_hz
        self.state = "idle"
        self._asked = dict(case.session)
        self._endpoints = endpoints
        self._chance = Random(f"{case.seed}/{case.id}/callbacks")
        self._told: asyncio.Queue[ClientEvent | None] = asyncio.Queue()
        self._line: Line | None = None
        self._dialling: asyncio.Task[Any] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._first: asyncio.Future[None] | None = None
        self._complained = (float("-inf"), "", "")
        self._handle: str | None = None
        self._failures = self._tried = self._lost_bytes = 0
        self._is_moving = False

    async def connect(self) -> None:
        self.state = "connecting"
        self._first = asyncio.get_running_loop().create_future()
        self._dial()
        await self._first

    async def disconnect(self) -> None:
        self.state = "disconnected"
        if self._timer is not None:
            self._timer.cancel()
        if self._dialling is not None:
            self._dialling.cancel()
        if self._line is not None:
            self._line.leave()
        if self._first is not None and not self._first.done():
            self._first.set_exception(ConnectionError("disconnect() was called"))
        self._told.put_nowait(None)
        await asyncio.sleep(HANG_UP_WITHIN_S)

    async def send_audio(self, pcm: bytes) -> None:
        if self.state in ("error", "disconnected"):
            raise ConnectionError(f"there is no session: {self.state}")
        if self._line is not None and self._line.is_usable:
            self._line.send(self._dialect.audio(pcm))
        else:
            self._lost_bytes += len(pcm)

    async def send_text(self, text: str) -> None:
        if self._line is None or not self._line.is_usable:
            raise ConnectionError("there is no session now")
        self._line.send(*self._dialect.text(text))

    async def events(self) -> AsyncIterator[ClientEvent]:
        while (event := await self._told.get()) is not None:
            yield event

    # ── dialling ─────────────────────────────────────────────────────────────

    def _dial(self) -> None:
        url, headers = self._dialect.address(self._endpoints.urls["session"], self._endpoints.fresh_key())
        opening = self._dialect.opening(self._asked, self._handle)
        line = Line(url, headers, self._dialect, opening, heard=self._heard, over=self._lost)
        self._line = line
        line.start()
        where = urlsplit(url)
        loop = asyncio.get_running_loop()
        self._dialling = loop.create_task(self._connect_to(line, where.hostname or "", where.port or 80))

    async def _connect_to(self, line: Line, host: str, port: int) -> None:
        try:
            await asyncio.wait_for(
                asyncio.get_running_loop().create_connection(lambda: line, host, port), READY_WITHIN_S
            )
        except (OSError, TimeoutError) as error:
            line.failed(error)

    def _ready(self, line: Line) -> None:
        self.state = "active"
        if self._first is not None and not self._first.done():
            self._first.set_result(None)
        elif self._is_moving:
            self._is_moving = False
        else:
            lost_ms, self._lost_bytes = self._lost_bytes * 1000 // (2 * self.sample_rate_hz), 0
            self._tell("connection.reconnected", attempts=self._tried, audio_ms_lost=lost_ms)
            self._tried = 0

    def _lost(self, line: Line, loss: Loss) -> None:
        if line is not self._line or self.state in ("error", "disconnected"):
            return
        loop = asyncio.get_running_loop()
        at_s, code, message = self._complained
        if loop.time() - at_s <= COMPLAINT_LASTS_S:
            loss = loss.after(code, message)
        if self._first is not None and not self._first.done():
            self.state = "error"
            self._first.set_exception(ConnectionError(loss.says))
            return
        if is_about_the_handle(loss):
            self._handle = None
        if line.is_ready and has_proved_itself(lived_s=loop.time() - line.ready_at_s, was_useful=line.was_useful):
            self._failures = 0
        self.state, self._is_moving = "connecting", False
        if loss.is_final or self._failures >= (MANNERS.attempts or 0):
            self.state = "error"
            self._tell("connection.failed", attempts=self._tried, reason=loss.says)
            self._told.put_nowait(None)
            return
        delay_s = max(loss.not_before_s, MANNERS.delay_s(self._failures, self._chance))
        self._failures, self._tried = self._failures + 1, self._tried + 1
        self._tell(
            "connection.reconnecting",
            attempt=self._tried,
            max_attempts=MANNERS.attempts,
            backoff_delay=delay_s,
            cause=loss.says,
        )
        self._timer = loop.call_later(delay_s, self._dial)

    # ── what the server says ─────────────────────────────────────────────────

    def _heard(self, line: Line, heard: Heard) -> None:
        if line is not self._line:
            return
        match heard:
            case Ready():
                self._ready(line)
            case Spoke(pcm=pcm):
                self._told.put_nowait(ClientEvent(kind="audio.output", fields={}, audio=pcm))
            case Said(text=text):
                self._tell("text.output", text=text, role="assistant")
            case Transcribed(text=text, final=True) if text:
                self._tell("transcription", text=text)
            case Wanted(call_id=call, name=name):
                self._tell("function_call", call_id=call, name=name)
                line.send(*self._dialect.answer(heard, "the order is on its way"))
            case CalledOff(call_id=call):
                self._tell("function_call.cancelled", call_id=call)
            case Complained(code=code, message=message):
                self._complained = (asyncio.get_running_loop().time(), code, message)
                self._tell("error", code=code, message=message)
            case Handed(handle=handle):
                self._handle = handle
            case Warned():
                self._is_moving = True
                line.leave()
                self._dial()

    def _tell(self, kind: str, **fields: Any) -> None:
        self._told.put_nowait(ClientEvent(kind=kind, fields=fields))


def callbacks(case: Case, endpoints: Endpoints) -> Callbacks:
    return Callbacks(case, endpoints)
