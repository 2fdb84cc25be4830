"""In the background: one task keeps the session, whoever listens; what is said in a gap is dropped, counted and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

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

__all__ = ["Persistent", "persistent"]

COMPLAINT_LASTS_S = 2.0
"""A close so soon after a complaint has to do with it."""

STOP_WITHIN_S = 2.0


class Persistent:
    """`_task` dials, reads and dials again; nobody else touches `_session` but to send."""

    manners = Manners()

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        self._dialect = DIALECTS[case.provider]()
        self.sample_rate_hz = self._dialect.caller_hz
        self.agent_sample_rate_hz = self._dialect.agent_hz
        self.state = "idle"
        self._asked = dict(case.session)
        self._endpoints = endpoints
        self._chance = Random(f"{case.seed}/{case.id}/backoff")
        self._told: asyncio.Queue[ClientEvent | None] = asyncio.Queue()
        self._session: Opened | None = None
        self._task: asyncio.Task[None] | None = None
        self._handle: str | None = None
        self._failures = 0
        self._ready_at_s = 0.0
        self._has_been_useful = False
        self._complained = (float("-inf"), "", "")
        self._dropped_bytes = 0

    # ── what an application calls ────────────────────────────────────────────

    async def connect(self) -> None:
        self.state = "connecting"
        dialling = asyncio.create_task(self._dial())
        self._task = dialling
        try:
            session = await dialling
        except Gone:
            self.state = "error"
            raise
        self._adopt(session)
        self._task = asyncio.create_task(self._keep(session), name="session")

    async def send_audio(self, pcm: bytes) -> None:
        if self._session is None:
            if self.state not in ("connecting", "active"):
                raise ConnectionError(f"there is no session: {self.state}")
            self._dropped_bytes += len(pcm)
            return
        try:
            await self._session.send(self._dialect.audio(pcm))
        except Gone:
            self._dropped_bytes += len(pcm)

    async def send_text(self, text: str) -> None:
        if self._session is not None:
            await self._session.send(*self._dialect.text(text))

    async def events(self) -> AsyncIterator[ClientEvent]:
        while (event := await self._told.get()) is not None:
            yield event

    async def disconnect(self) -> None:
        self.state = "disconnecting"
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=STOP_WITHIN_S)
        await self._leave()
        self.state = "disconnected"
        self._told.put_nowait(None)

    # ── the session ──────────────────────────────────────────────────────────

    async def _keep(self, session: Opened) -> None:
        async with asyncio.TaskGroup() as beside:
            staying_awake = beside.create_task(self._stay_awake())
            current: Opened | None = session
            while current is not None:
                current = await self._after(await self._talk(current))
            staying_awake.cancel()

    async def _talk(self, session: Opened) -> Loss | None:
        """Read until the connection is gone; None if it was left, since the server had warned."""
        while True:
            try:
                for heard in await session.hear():
                    self._heard(heard)
                    if isinstance(heard, Wanted):
                        await session.send(*self._dialect.answer(heard, "the order is on its way"))
                    if isinstance(heard, Warned):
                        return None
            except Gone as gone:
                return gone.loss

    async def _after(self, loss: Loss | None) -> Opened | None:
        """The next session, or None: it is over, and that has been told."""
        if self._has_proved_itself():
            self._failures = 0
        await self._leave()
        self.state = "connecting"
        if loss is None:
            try:
                return self._adopt(await self._dial())
            except Gone as gone:
                loss = gone.loss
                self._failures += 1
        return await self._again(self._with_complaint(loss))

    async def _again(self, loss: Loss) -> Opened | None:
        tried = 0
        while True:
            if loss.is_final or (self.manners.attempts is not None and self._failures >= self.manners.attempts):
                return self._give_up(loss, tried)
            self._forget_a_refused_handle(loss)
            delay_s = max(loss.not_before_s, self.manners.delay_s(self._failures, self._chance))
            self._announce(tried + 1, delay_s, loss)
            await asyncio.sleep(delay_s)
            self._failures += 1
            tried += 1
            try:
                session = await self._dial()
            except Gone as gone:
                loss = gone.loss
                continue
            self._adopt(session)
            dropped_ms = self._dropped_bytes * 1000 // (2 * self.sample_rate_hz)
            self._dropped_bytes = 0
            self._tell("connection.reconnected", attempts=tried, dropped_audio_ms=dropped_ms)
            return session

    async def _dial(self) -> Opened:
        return await opened(self._dialect, self._endpoints, self._asked, self._handle)

    def _adopt(self, session: Opened) -> Opened:
        self._session = session
        self._ready_at_s = asyncio.get_running_loop().time()
        self._has_been_useful = False
        self.state = "active"
        return session

    async def _leave(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _announce(self, attempt: int, delay_s: float, loss: Loss) -> None:
        self._tell(
            "connection.reconnecting",
            attempt=attempt,
            max_attempts=self.manners.attempts,
            backoff_delay=delay_s,
            cause=loss.says,
        )

    def _give_up(self, loss: Loss, tried: int) -> None:
        self.state = "error"
        self._tell("connection.failed", attempts=tried, reason=loss.says)
        self._told.put_nowait(None)

    def _has_proved_itself(self) -> bool:
        lived_s = asyncio.get_running_loop().time() - self._ready_at_s
        return has_proved_itself(lived_s=lived_s, was_useful=self._has_been_useful)

    def _with_complaint(self, loss: Loss) -> Loss:
        at_s, code, message = self._complained
        is_recent = asyncio.get_running_loop().time() - at_s <= COMPLAINT_LASTS_S
        return loss.after(code, message) if is_recent else loss

    def _forget_a_refused_handle(self, loss: Loss) -> None:
        if is_about_the_handle(loss):
            self._handle = None

    async def _stay_awake(self) -> None:
        """Deepgram hangs up on who says nothing for 10 s, muted microphones included."""
        while self._dialect.stays_awake_with is not None:
            await asyncio.sleep(4.0)
            if self._session is not None:
                try:
                    await self._session.send(self._dialect.stays_awake_with)
                except Gone:
                    # The task that reads learns of it as well, and does what is to be done.
                    continue

    # ── what is told ─────────────────────────────────────────────────────────

    def _heard(self, heard: Heard) -> None:
        if isinstance(heard, Spoke | Said | Transcribed | Wanted):
            self._has_been_useful = True
        match heard:
            case Spoke(pcm=pcm):
                self._told.put_nowait(ClientEvent(kind="audio.output", fields={}, audio=pcm))
            case Said(text=text):
                self._tell("text.output", text=text, role="assistant")
            case Transcribed(text=text, final=True) if text:
                self._tell("transcription", text=text)
            case Wanted(call_id=call, name=name):
                self._tell("function_call", call_id=call, name=name)
            case CalledOff(call_id=call):
                self._tell("function_call.cancelled", call_id=call)
            case Complained(code=code, message=message):
                self._complained = (asyncio.get_running_loop().time(), code, message)
                self._tell("error", code=code, message=message)
            case Handed(handle=handle):
                self._handle = handle

    def _tell(self, kind: str, **fields: Any) -> None:
        self._told.put_nowait(ClientEvent(kind=kind, fields=fields))


def persistent(case: Case, endpoints: Endpoints) -> Persistent:
    return Persistent(case, endpoints)
