"""In the listener's own task: the stream of events is the loop that dials, reads, waits and dials again; no task outlives a wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from random import Random
from typing import Any, TypeVar

from harness.clients import ClientEvent, Endpoints
from harness.scenario import Case
from tests.support.correct_clients.dialects import (
    DIALECTS,
    CalledOff,
    Complained,
    Handed,
    Heard,
    Said,
    Spoke,
    Transcribed,
    Wanted,
    Warned,
)
from tests.support.correct_clients.losses import Loss, is_about_the_handle
from tests.support.correct_clients.manners import Manners, has_proved_itself
from tests.support.correct_clients.opening import Gone, Opened, opened

__all__ = ["Iterator", "iterator"]

T = TypeVar("T")

MANNERS = Manners(attempts=8, first_s=1.0, cap_s=15.0, jitter="equal")


class Stopped(Exception):
    """`disconnect()` was called while something was waited for."""


class Iterator:
    """Whoever does not iterate has no session for long, as with any pull interface."""

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        self._dialect = DIALECTS[case.provider]()
        self.sample_rate_hz = self._dialect.caller_hz
        self.agent_sample_rate_hz = self._dialect.agent_hz
        self.state = "idle"
        self._asked = dict(case.session)
        self._endpoints = endpoints
        self._chance = Random(f"{case.seed}/{case.id}/iterator")
        self._stopping = asyncio.Event()
        self._session: Opened | None = None
        self._handle: str | None = None
        self._unsent_ms = 0

    async def connect(self) -> None:
        self.state = "connecting"
        try:
            self._session = await self._unless_stopped(self._dial())
        except (Gone, Stopped):
            self.state = "error"
            raise
        self.state = "active"

    async def disconnect(self) -> None:
        self._stopping.set()
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        self.state = "disconnected"

    async def send_audio(self, pcm: bytes) -> None:
        if self.state in ("error", "disconnected"):
            raise ConnectionError("the session is over")
        try:
            if self._session is not None:
                await self._session.send(self._dialect.audio(pcm))
                return
        except Gone:
            pass  # counted like all that is said in a gap; the iterator learns of the loss by itself
        self._unsent_ms += len(pcm) * 1000 // (2 * self.sample_rate_hz)

    async def send_text(self, text: str) -> None:
        if self._session is None:
            raise ConnectionError("there is no session now")
        await self._session.send(*self._dialect.text(text))

    async def events(self) -> AsyncIterator[ClientEvent]:
        failures = 0
        clock = asyncio.get_running_loop().time
        try:
            while True:
                began_s, useful, loss = clock(), False, None
                complaint: Complained | None = None
                while loss is None:
                    try:
                        heard_now = await self._session.hear() if self._session is not None else []
                    except Gone as gone:
                        loss = gone.loss
                        break
                    for heard in heard_now:
                        useful = useful or isinstance(heard, Spoke | Said | Transcribed)
                        complaint = heard if isinstance(heard, Complained) else complaint
                        if (event := _event(heard)) is not None:
                            yield event
                        if await self._minds(heard):
                            # Moved in time: the next one is being read from now on.
                            began_s, useful, complaint = clock(), False, None
                    if self._session is None and not self._stopping.is_set():
                        loss = Loss(says="the move to a new connection failed")
                if self._stopping.is_set():
                    return
                if complaint is not None:
                    loss = loss.after(complaint.code, complaint.message)
                if has_proved_itself(lived_s=clock() - began_s, was_useful=useful):
                    failures = 0
                self.state = "connecting"
                await self._leave()
                tried = 0
                while self._session is None:
                    if loss.is_final or failures >= (MANNERS.attempts or 0):
                        self.state = "error"
                        yield _told("connection.failed", attempts=tried, reason=loss.says)
                        return
                    if is_about_the_handle(loss):
                        self._handle = None
                    delay_s = max(loss.not_before_s, MANNERS.delay_s(failures, self._chance))
                    tried, failures = tried + 1, failures + 1
                    yield _told("connection.reconnecting", attempt=tried, backoff_delay=delay_s, cause=loss.says)
                    await self._unless_stopped(asyncio.sleep(delay_s))
                    try:
                        self._session = await self._unless_stopped(self._dial())
                    except Gone as gone:
                        loss = gone.loss
                self.state = "active"
                unsent_ms, self._unsent_ms = self._unsent_ms, 0
                yield _told("connection.reconnected", attempts=tried, lost_ms=unsent_ms)
        except Stopped:
            return

    async def _minds(self, heard: Heard) -> bool:
        """What the server says and wants something done about; whether there is another session now."""
        match heard:
            case Handed(handle=handle):
                self._handle = handle
            case Wanted() if self._session is not None:
                try:
                    await self._session.send(*self._dialect.answer(heard, "the order is on its way"))
                except Gone:
                    return False
            case Warned():
                await self._leave()
                try:
                    self._session = await self._unless_stopped(self._dial())
                except Gone:
                    return False
                return True
        return False

    async def _leave(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _dial(self) -> Opened:
        return await opened(self._dialect, self._endpoints, self._asked, self._handle)

    async def _unless_stopped(self, work: Coroutine[Any, Any, T]) -> T:
        """`work`, broken off where `disconnect()` is called meanwhile."""
        doing = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((doing, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise Stopped
            return doing.result()
        finally:
            doing.cancel()
            stopping.cancel()
            await asyncio.wait((doing, stopping))


def _event(heard: Heard) -> ClientEvent | None:
    match heard:
        case Spoke(pcm=pcm):
            return ClientEvent(kind="audio.output", fields={}, audio=pcm)
        case Said(text=text):
            return _told("text.output", text=text, role="assistant")
        case Transcribed(text=text, final=True) if text:
            return _told("transcription", text=text)
        case Wanted(call_id=call, name=name):
            return _told("function_call", call_id=call, name=name)
        case CalledOff(call_id=call):
            return _told("function_call.cancelled", call_id=call)
        case Complained(code=code, message=message):
            return _told("error", code=code, message=message)
    return None


def _told(kind: str, **fields: Any) -> ClientEvent:
    return ClientEvent(kind=kind, fields=fields)


def iterator(case: Case, endpoints: Endpoints) -> Iterator:
    return Iterator(case, endpoints)
