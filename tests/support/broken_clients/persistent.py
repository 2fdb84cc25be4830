"""A correct client of its own (`tests/support/correct_clients/persistent.py`) with a single deliberate mistake in it.

Each class is what a case names as `python:tests.support.broken_clients.persistent:<class>`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace

from harness.clients import Endpoints
from harness.scenario import Case
from tests.support.correct_clients.dialects import Complained, Spoke, Wanted, Warned
from tests.support.correct_clients.losses import Loss
from tests.support.correct_clients.manners import Manners
from tests.support.correct_clients.opening import Gone, Opened
from tests.support.correct_clients.persistent import Persistent

__all__ = [
    "AnswersTwice", "CancelsItsOwnReader", "CountsAnewWhenReady", "DiesInSilence", "EndsAtACleanClose", "FindsTheFirstRedialFinal",
    "FloodsAfterTheGap", "ForgetsACall", "GoesOnAfterTheEnd", "HammersWithADeadKey", "KeepsEverything", "KeepsItsFirstKey", "KeepsItsTickerGoing",
    "LetsErrorsGo", "LosesTheCause", "LosesWithoutAWord", "MovesTwice", "MovesWithoutLeaving", "PlaysTheOldOneToo", "RecoversInSilence",
    "RepeatsWhatWasHeard", "StopsReadingAtAnError", "TakesItsTimeFirst", "TellsAnErrorForEachFrame", "WaitsForNothing",
]  # fmt: skip


# ── losses that are not taken for one ────────────────────────────────────────


class EndsAtACleanClose(Persistent):
    """`async for` ends at 1000 and 1001 as it does after one's own goodbye, and nobody asks which of the two it was."""

    async def _after(self, loss: Loss | None) -> Opened | None:
        if loss is None or loss.code not in (1000, 1001, 1005):
            return await super()._after(loss)
        await self._leave()
        self.state = "disconnected"
        self._told.put_nowait(None)
        return None


class CancelsItsOwnReader(Persistent):
    """Clears the old connection away, and with it the task that does so."""

    async def _after(self, loss: Loss | None) -> Opened | None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait([self._task])
        return await super()._after(loss)


class DiesInSilence(Persistent):
    """Waits for a message that a lost connection will not bring."""

    async def _after(self, loss: Loss | None) -> Opened | None:
        return await asyncio.get_running_loop().create_future()


class FindsTheFirstRedialFinal(Persistent):
    """The handshake stands outside of the `try` that the connection stands in."""

    async def _again(self, loss: Loss) -> Opened | None:
        self._announce(1, self.manners.first_s, loss)
        await asyncio.sleep(self.manners.first_s)
        try:
            session = await self._dial()
        except Gone as gone:
            return self._give_up(gone.loss, 1)
        self._tell("connection.reconnected", attempts=1, dropped_audio_ms=1)
        return self._adopt(session)


class KeepsItsFirstKey(Persistent):
    """Fetches a token when the call begins, and takes it for its own."""

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        key = endpoints.fresh_key()
        super().__init__(case, replace(endpoints, key_source=lambda: key))


# ── what is told ─────────────────────────────────────────────────────────────


class RecoversInSilence(Persistent):
    """Thinks that an application does not want to know."""

    def _tell(self, kind: str, **fields: object) -> None:
        if kind not in ("connection.reconnecting", "connection.reconnected"):
            super()._tell(kind, **fields)


class GoesOnAfterTheEnd(Persistent):
    """Says that it has failed, and then that it is sorry."""

    def _give_up(self, loss: Loss, tried: int) -> None:
        self.state = "error"
        self._tell("connection.failed", attempts=tried, reason=loss.says)
        self._tell("error", code="closed", message=loss.says)
        self._told.put_nowait(None)


class TellsAnErrorForEachFrame(Persistent):
    """Each send of a gap fails, and each failure is an event."""

    async def send_audio(self, pcm: bytes) -> None:
        if self._session is None:
            self._tell("error", code="not_connected", message="the frame was not sent")
        await super().send_audio(pcm)


class LosesTheCause(Persistent):
    """Wraps the error into one of its own, which says that there was an error."""

    def _give_up(self, loss: Loss, tried: int) -> None:
        super()._give_up(replace(loss, says="the connection could not be restored"), tried)

    def _announce(self, attempt: int, delay_s: float, loss: Loss) -> None:
        super()._announce(attempt, delay_s, replace(loss, says="the connection was lost"))


# ── how it comes back ────────────────────────────────────────────────────────


class TakesItsTimeFirst(Persistent):
    """Begins its exponential backoff at the minimum that some default gave it."""

    manners = Manners(first_s=4.0)


class WaitsForNothing(Persistent):
    """Comes back at once, and at once again."""

    manners = Manners(attempts=30, first_s=0.0)


class CountsAnewWhenReady(Persistent):
    """Takes a session that says ready for one that works."""

    def _adopt(self, session: Opened) -> Opened:
        self._failures = 0
        return super()._adopt(session)


class HammersWithADeadKey(Persistent):
    """A refusal is a failure, and a failure is tried again."""

    async def _again(self, loss: Loss) -> Opened | None:
        while True:
            try:
                return await super()._again(replace(loss, status=None, code=None, complaint="", reason=""))
            except Gone as gone:
                loss = gone.loss

    async def _dial(self) -> Opened:
        try:
            return await super()._dial()
        except Gone as gone:
            raise Gone(replace(gone.loss, status=None, code=None, reason="")) from None


# ── two connections ──────────────────────────────────────────────────────────


class MovesTwice(Persistent):
    """Two listeners have heard the warning, and each does what is to be done."""

    async def _after(self, loss: Loss | None) -> Opened | None:
        session = await super()._after(loss)
        if loss is not None or session is None:
            return session
        await asyncio.sleep(0.5)
        await self._leave()
        return self._adopt(await self._dial())


class MovesWithoutLeaving(Persistent):
    """Opens the next connection and leaves the old one to the server, which has said that it will end it."""

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._old: list[Opened] = []

    async def _after(self, loss: Loss | None) -> Opened | None:
        if loss is None and self._session is not None:
            self._old.append(self._session)
            self._session = None
        return await super()._after(loss)

    async def disconnect(self) -> None:
        for session in self._old:
            await session.close()
        await super().disconnect()


class PlaysTheOldOneToo(MovesWithoutLeaving):
    """And goes on playing what comes from there."""

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._listening: list[asyncio.Task[None]] = []

    async def _after(self, loss: Loss | None) -> Opened | None:
        if loss is None and self._session is not None:
            self._listening.append(asyncio.create_task(self._listen_on(self._session)))
        return await super()._after(loss)

    async def _listen_on(self, session: Opened) -> None:
        try:
            while True:
                for heard in await session.hear():
                    self._heard(heard)
        except Gone:
            return

    async def disconnect(self) -> None:
        for task in self._listening:
            task.cancel()
        await super().disconnect()


# ── inside the session ───────────────────────────────────────────────────────


class StopsReadingAtAnError(Persistent):
    """Leaves its loop at an `error` event, and goes on sending."""

    async def _talk(self, session: Opened) -> Loss | None:
        while True:
            try:
                for heard in await session.hear():
                    self._heard(heard)
                    if isinstance(heard, Complained):
                        await asyncio.get_running_loop().create_future()
                    if isinstance(heard, Warned):
                        return None
            except Gone as gone:
                return gone.loss


class AnswersTwice(Persistent):
    """From the callback and from the return value."""

    async def _talk(self, session: Opened) -> Loss | None:
        while True:
            try:
                for heard in await session.hear():
                    self._heard(heard)
                    if isinstance(heard, Wanted):
                        await session.send(*self._dialect.answer(heard, "the order is on its way")[:1])
                        await session.send(*self._dialect.answer(heard, "the order is on its way"))
            except Gone as gone:
                return gone.loss


class ForgetsACall(Persistent):
    """The function takes three seconds, and its result is for a connection that is no more."""

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._functions: list[asyncio.Task[None]] = []

    async def _talk(self, session: Opened) -> Loss | None:
        while True:
            try:
                for heard in await session.hear():
                    self._heard(heard)
                    if isinstance(heard, Wanted):
                        self._functions.append(asyncio.create_task(self._work(session, heard)))
            except Gone as gone:
                return gone.loss

    async def _work(self, session: Opened, call: Wanted) -> None:
        await asyncio.sleep(3.0)
        if session is self._session:
            await session.send(*self._dialect.answer(call, "the order is on its way"))


# ── audio ────────────────────────────────────────────────────────────────────


class LosesWithoutAWord(Persistent):
    """Drops what is said in a gap, and does not count it."""

    async def send_audio(self, pcm: bytes) -> None:
        await super().send_audio(pcm)
        self._dropped_bytes = 0


class Keeping(Persistent):
    """Keeps up to `kept_s` of the audio of a gap, and sends it `pace` times as fast as it was said."""

    kept_s = float("inf")
    pace = 1.2

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._kept: deque[bytes] = deque()
        self._more = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    async def send_audio(self, pcm: bytes) -> None:
        self._kept.append(pcm)
        while sum(map(len, self._kept)) > self.kept_s * 2 * self.sample_rate_hz:
            self._dropped_bytes += len(self._kept.popleft())
        self._more.set()

    def _adopt(self, session: Opened) -> Opened:
        self._sending = asyncio.create_task(self._send_on(session))
        return super()._adopt(session)

    async def _send_on(self, session: Opened) -> None:
        while True:
            while not self._kept:
                self._more.clear()
                await self._more.wait()
            chunk = self._kept.popleft()
            try:
                await session.send(self._dialect.audio(chunk))
            except Gone:
                return
            await asyncio.sleep(len(chunk) / (2 * self.sample_rate_hz) / self.pace if self._kept else 0.0)

    async def _leave(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
        await super()._leave()


class KeepsEverything(Keeping):
    """A gap of any length is said again, however long ago it was."""


class FloodsAfterTheGap(Keeping):
    """Nine seconds of speech in one breath."""

    kept_s = 9.0
    pace = 1e6


class RepeatsWhatWasHeard(Persistent):
    """Begins each connection with the last five seconds, whatever became of them."""

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._latest: deque[bytes] = deque(maxlen=250)

    async def send_audio(self, pcm: bytes) -> None:
        self._latest.append(pcm)
        await super().send_audio(pcm)

    async def _dial(self) -> Opened:
        session = await super()._dial()
        await session.send(*(self._dialect.audio(pcm) for pcm in self._latest))
        return session


# ── what is left ─────────────────────────────────────────────────────────────


class KeepsItsTickerGoing(Persistent):
    """A task that nobody keeps, and so nobody ends."""

    async def connect(self) -> None:
        await super().connect()
        self._ticker = asyncio.get_running_loop().create_task(self._tick(), name="ticker")

    async def _tick(self) -> None:
        for _ in range(10_000):
            await asyncio.sleep(1.0)


class LetsErrorsGo(Persistent):
    """Plays each piece in a callback of its own, and has a loudspeaker that is full."""

    def _heard(self, heard: object) -> None:
        super()._heard(heard)  # type: ignore[arg-type]
        if isinstance(heard, Spoke):
            asyncio.get_running_loop().call_soon(self._play, heard)

    def _play(self, heard: Spoke) -> None:
        raise BufferError(f"no room for {len(heard.pcm)} bytes")
