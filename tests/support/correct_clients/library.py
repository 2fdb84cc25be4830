"""No reconnect layer, by design, and it says so: a connection, its events, and an error that tells why it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator

from harness.clients import ClientEvent, Endpoints, Traits
from harness.scenario import Case
from tests.support.correct_clients.dialects import DIALECTS, Complained, Said, Spoke, Transcribed, Wanted
from tests.support.correct_clients.opening import Gone, Opened, opened

__all__ = ["Library", "library"]


class Library:
    """What is left to its user is when to call `connect()` again."""

    traits = Traits(reconnects=False, name="library")

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        self._dialect = DIALECTS[case.provider]()
        self.sample_rate_hz = self._dialect.caller_hz
        self.agent_sample_rate_hz = self._dialect.agent_hz
        self.state = "idle"
        self._asked = dict(case.session)
        self._endpoints = endpoints
        self._session: Opened | None = None

    async def connect(self) -> None:
        self.state = "connecting"
        self._session = await opened(self._dialect, self._endpoints, self._asked)
        self.state = "active"

    async def send_audio(self, pcm: bytes) -> None:
        await self._connected().send(self._dialect.audio(pcm))

    async def send_text(self, text: str) -> None:
        await self._connected().send(*self._dialect.text(text))

    async def events(self) -> AsyncIterator[ClientEvent]:
        """Raises `Gone` when the connection is gone, unless `disconnect()` was called."""
        session = self._connected()
        while True:
            try:
                for heard in await session.hear():
                    if isinstance(heard, Wanted):
                        yield ClientEvent(kind="function_call", fields={"call_id": heard.call_id, "name": heard.name})
                        await session.send(*self._dialect.answer(heard, "the order is on its way"))
                    match heard:
                        case Spoke(pcm=pcm):
                            yield ClientEvent(kind="audio.output", fields={}, audio=pcm)
                        case Said(text=text):
                            yield ClientEvent(kind="text.output", fields={"text": text, "role": "assistant"})
                        case Transcribed(text=text, final=True) if text:
                            yield ClientEvent(kind="transcription", fields={"text": text})
                        case Complained(code=code, message=message):
                            yield ClientEvent(kind="error", fields={"code": code, "message": message})
            except Gone:
                if self._session is None:
                    return
                self.state = "error"
                raise

    async def disconnect(self) -> None:
        self.state = "disconnecting"
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        self.state = "disconnected"

    def _connected(self) -> Opened:
        if self._session is None:
            raise ConnectionError(f"there is no session: {self.state}")
        return self._session


def library(case: Case, endpoints: Endpoints) -> Library:
    return Library(case, endpoints)
