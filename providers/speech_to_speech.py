"""A session with a model that hears and speaks: what goes out over its one connection, also while that changes.

A change comes in two kinds. In an outage, audio that cannot be delivered is dropped and counted: an answer to what was
said ten seconds ago helps nobody. In a planned move, before the server hangs up, everything waits and arrives.
"""

from __future__ import annotations

import asyncio
import ssl
from abc import abstractmethod
from collections import deque

from providers.base import ConnectionFailed
from providers.connection import Link
from providers.credentials import Secrets
from providers.websocket_provider import WebSocketProvider, ended

__all__ = ["SpeechToSpeech"]

HELD_MESSAGES_MAX = 500
"""10 s of audio in frames of 20 ms. A move that takes longer loses the oldest, and counts them."""


class SpeechToSpeech(WebSocketProvider):
    """A session over which audio and text go out at once, or wait for a planned move to be over."""

    def __init__(self, *, secrets: Secrets, ssl_context: ssl.SSLContext | None) -> None:
        super().__init__(secrets=secrets, ssl_context=ssl_context)
        self._dropped_audio_chunks = 0
        self._held: deque[str] | None = None
        self._moving: asyncio.Task[None] | None = None
        self._plan: tuple[float, float] | None = None
        self._between_turns = asyncio.Event()
        self._between_turns.set()

    @abstractmethod
    async def _reconnect(self) -> None:
        """Open a new connection in place of the old one, with the session restored."""

    @abstractmethod
    def _moved(self) -> None:
        """Tell that a planned move is done."""

    async def _deliver_audio(self, message: str) -> None:
        if not await self._deliver(message):
            self._dropped_audio_chunks += 1

    async def _deliver(self, message: str) -> bool:
        """Send the message, or keep it for a moment; False if it is lost.

        Raises:
            NotConnected: If there is no session, and none is coming.
        """
        usable = self._is_usable()
        if self._held is not None:
            self._hold(self._held, message)
            return True
        if not usable or self._link is None:
            return False
        try:
            await self._link.send(message)
        except ConnectionFailed:
            # The task that reads sees the same loss, and tells it once; telling it for each frame would be noise.
            return False
        return True

    def _plan_move(self, *, from_s: float, latest_s: float) -> None:
        """Go over to a new connection between two turns, at `from_s` or after, and at `latest_s` in any case."""
        self._plan = (from_s, latest_s)
        if self._moving is None or self._moving.done():
            self._moving = asyncio.create_task(self._move_as_planned(), name="moving")

    def _take_dropped(self) -> int:
        """The audio chunks lost since this was last asked."""
        dropped, self._dropped_audio_chunks = self._dropped_audio_chunks, 0
        return dropped

    def _gone(self) -> None:
        # The next connection has a time of its own, and its own warning before that ends.
        self._plan = None
        if self._moving is not None and self._moving is not asyncio.current_task():
            self._moving.cancel()

    async def _release(self) -> None:
        await ended(self._moving)

    def _forget(self) -> None:
        self._held = None
        self._plan = None
        self._dropped_audio_chunks = 0
        self._between_turns.set()

    async def _move_as_planned(self) -> None:
        while self._plan is not None:
            from_s, latest_s = self._plan
            await asyncio.sleep(max(0.0, from_s - asyncio.get_running_loop().time()))
            try:
                async with asyncio.timeout_at(latest_s):
                    await self._between_turns.wait()
            except TimeoutError:
                pass
            self._plan = None
            await self._move()

    async def _move(self) -> None:
        if self._link is None or not self._is_usable():
            return
        self._held = held = deque[str]()
        try:
            # The old connection goes first: Gemini refuses to go on with a session that is still open elsewhere.
            await ended(self._receiving)
            await self._link.close()
            failure = await self._failure_of(self._reconnect)
            if failure is not None:
                self._lost(failure)
                return
            self._moved()
            await self._send_held(held)
        finally:
            self._dropped_audio_chunks += len(held)
            self._held = None

    async def _send_held(self, held: deque[str]) -> None:
        """Send what has waited, in order, and what comes meanwhile after it."""
        link: Link | None = self._link
        while held and link is not None:
            try:
                await link.send(held[0])
            except ConnectionFailed:
                return
            held.popleft()

    def _hold(self, held: deque[str], message: str) -> None:
        # Not the first one, which may be on its way just now.
        if len(held) >= HELD_MESSAGES_MAX:
            del held[1]
            self._dropped_audio_chunks += 1
        held.append(message)
