"""Keeps what Deepgram has not finalised, and says it again on the next connection: nothing is lost, a little is heard twice.

Source: deepgram-docs, "recovering from connection errors and timeouts" (read 2026-08): buffer the audio of the gap, send
it no faster than 1.25 times real time. A `send` that has returned is no delivery, so the buffer reaches back to the
end of the last final result.
"""

from __future__ import annotations

import asyncio
from collections import deque

from harness.clients import Endpoints
from harness.scenario import Case
from tests.support.correct_clients.dialects import Heard, Transcribed
from tests.support.correct_clients.manners import Manners
from tests.support.correct_clients.opening import Gone, Opened
from tests.support.correct_clients.persistent import Persistent

__all__ = ["Replaying", "replaying"]

KEPT_S = 9.0
PACE = 1.25
BURST_S = 0.5


class Replaying(Persistent):
    """All audio goes through `_kept`, in order; one task sends from it, and final results take from its head.

    `_sent` of the chunks in `_kept` are on their way on this connection; `_done_s` of this connection's audio is final.
    """

    manners = Manners(attempts=8, first_s=0.5, cap_s=10.0, jitter="equal")

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._kept: deque[bytes] = deque()
        self._kept_bytes = self._sent = 0
        self._done_s = 0.0
        self._sending: asyncio.Task[None] | None = None
        self._more = asyncio.Event()

    async def send_audio(self, pcm: bytes) -> None:
        if self.state not in ("connecting", "active"):
            raise ConnectionError(f"there is no session: {self.state}")
        self._kept.append(pcm)
        self._kept_bytes += len(pcm)
        while self._kept_bytes > KEPT_S * self._bytes_per_s:
            was_sent = self._sent > 0
            oldest = self._drop_oldest()
            if was_sent:
                self._done_s += oldest / self._bytes_per_s
            else:
                self._dropped_bytes += oldest
        self._more.set()

    def _adopt(self, session: Opened) -> Opened:
        self._sent, self._done_s = 0, 0.0
        self._sending = asyncio.create_task(self._send(session), name="sending")
        return super()._adopt(session)

    async def _leave(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])
        await super()._leave()

    async def _send(self, session: Opened) -> None:
        """Send what is kept, the oldest first; faster than it was said only so much."""
        clock = asyncio.get_running_loop().time
        began_s, sent_s = clock(), 0.0
        while True:
            while self._sent == len(self._kept):
                self._more.clear()
                await self._more.wait()
            chunk = self._kept[self._sent]
            self._sent += 1
            sent_s = max(sent_s, (clock() - began_s) * PACE) + len(chunk) / self._bytes_per_s
            try:
                await session.send(self._dialect.audio(chunk))
            except Gone:
                return
            await asyncio.sleep(max(0.0, (sent_s - BURST_S) / PACE - (clock() - began_s)))

    def _heard(self, heard: Heard) -> None:
        super()._heard(heard)
        if isinstance(heard, Transcribed) and heard.final:
            # Whole chunks only: what a final result covers in part is kept, and bounded by one chunk heard twice.
            while self._sent and self._done_s + len(self._kept[0]) / self._bytes_per_s <= heard.to_s + 1e-3:
                self._done_s += len(self._kept[0]) / self._bytes_per_s
                self._drop_oldest()

    def _drop_oldest(self) -> int:
        oldest = self._kept.popleft()
        self._kept_bytes -= len(oldest)
        self._sent = max(0, self._sent - 1)
        return len(oldest)

    @property
    def _bytes_per_s(self) -> int:
        return 2 * self.sample_rate_hz


def replaying(case: Case, endpoints: Endpoints) -> Replaying:
    return Replaying(case, endpoints)
