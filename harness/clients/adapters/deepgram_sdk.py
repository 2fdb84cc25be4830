"""The `deepgram-sdk`: a telephone application on `client.listen.v1` that says back what it heard, through `client.speak.v1`.

It does what the SDK's documentation shows: callbacks by `connection.on(EventType…)`, `start_listening()` in a task, and a
`KeepAlive` every few seconds, so that a caller may be silent. The SDK has no reconnect layer, and this application adds none.

Source: deepgram-sdk 7.17.0, deepgram/listen/v1/socket_client.py and client.py, read 2026-11-23.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from deepgram import AsyncDeepgramClient
from deepgram.core.events import EventType
from deepgram.environment import DeepgramClientEnvironment
from websockets.exceptions import ConnectionClosed

from harness.clients.adapters.application import Application
from harness.clients.adapters.lines import serve
from harness.clients.client import Client, ClientEvent, Endpoints

__all__ = ["DeepgramSdk", "make"]

LISTENS = "nova-3"
SPEAKS = "aura-2-thalia-en"

KEEP_ALIVE_S = 4.0
"""Between two `KeepAlive`: without audio the server hangs up after 10 s, and every 3 to 5 s is advised.

Source: developers.deepgram.com/docs/audio-keep-alive.
"""

UTTERANCES_MAX = 100
"""That wait to be answered; more than a caller says in a run."""


def make(case: Any, endpoints: Endpoints) -> Client:
    return DeepgramSdk(case, endpoints)


class DeepgramSdk(Application):
    """One call: a task that listens, one that answers, one that keeps the line open; all end with the first."""

    package = "deepgram-sdk"
    reconnects = False
    sample_rate_hz = 16_000

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._connection: Any = None
        self._heard: list[str] = []
        self._utterances: asyncio.Queue[str] = asyncio.Queue(UTTERANCES_MAX)

    @property
    def got_through(self) -> bool:
        """It did with the handshake: there is no message by which the server says that it is ready."""
        return self._connection is not None

    async def send_audio(self, pcm: bytes) -> None:
        await self._connection.send_media(pcm)

    async def send_text(self, text: str) -> None:
        """Nobody is to listen to it: it goes straight to the answers."""
        self._utterances.put_nowait(text)

    # ── the application ──────────────────────────────────────────────────────

    async def talk(self) -> None:
        beside: list[asyncio.Task[None]] = []
        try:
            client = self._sdk()
            async with client.listen.v1.connect(**self._how()) as connection:
                connection.on(EventType.MESSAGE, self._message)
                connection.on(EventType.ERROR, self._error)
                connection.on(EventType.CLOSE, self._close)
                self._connection, self._state = connection, "active"
                beside = [asyncio.create_task(self._answer(client)), asyncio.create_task(self._keep_alive())]
                self.ready.set()
                try:
                    await connection.start_listening()
                finally:
                    for task in beside:
                        task.cancel()
        finally:
            if beside:
                await asyncio.wait(beside)

    def _sdk(self) -> AsyncDeepgramClient:
        session = urlsplit(self.endpoints.urls["session"])
        dialled = f"{session.scheme}://{session.netloc}"
        there = DeepgramClientEnvironment(
            base=self.endpoints.urls["rest"],
            production=dialled,
            agent=dialled,
            agent_rest=self.endpoints.urls["rest"],
        )
        return AsyncDeepgramClient(api_key=self.endpoints.api_key, environment=there)

    def _how(self) -> dict[str, Any]:
        return {
            "model": self.asked.get("model_id", LISTENS),
            "encoding": "linear16",
            "sample_rate": self.sample_rate_hz,
            "channels": 1,
            "interim_results": "true",
            "punctuate": "true",
            "vad_events": "true",
            "endpointing": self.asked.get("endpointing_ms", 300),
            "utterance_end_ms": self.asked.get("utterance_end_ms", 1000),
        }

    async def _answer(self, client: AsyncDeepgramClient) -> None:
        """Says back one utterance after the other."""
        while True:
            text = await self._utterances.get()
            self.outbox.tell("turn.started")
            self.outbox.tell("text.output", text=text, role="assistant")
            spoken = {"encoding": "linear16", "container": "none", "sample_rate": self.agent_sample_rate_hz}
            try:
                async for pcm in client.speak.v1.audio.generate(text=text, model=SPEAKS, **spoken):
                    self.outbox.tell("audio.output", audio=pcm)
            except Exception as error:
                self.outbox.tell("error", message=f"{type(error).__name__}: {error}")
            self.outbox.tell("turn.completed")

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE_S)
            try:
                await self._connection.send_keep_alive()
            except ConnectionClosed:
                # Why it is closed is told by whoever listens.
                return

    # ── what the SDK calls ───────────────────────────────────────────────────

    def _message(self, message: Any) -> None:
        for told in translated(message):
            self.outbox.tell(told.kind, **told.fields)
            if told.kind == "transcription":
                self._heard.append(told.fields["text"])
        if getattr(message, "speech_final", None) and self._heard:
            self._utterances.put_nowait(" ".join(self._heard))
            self._heard.clear()

    def _error(self, error: Exception) -> None:
        self.outbox.tell("error", message=f"{type(error).__name__}: {error}")

    def _close(self, nothing: None) -> None:
        """The SDK's last word, with no code and no reason; also after a goodbye of the application's own."""
        if self._state != "disconnecting":
            self._state = "disconnected"
            self.outbox.tell("connection.failed", reason="EventType.CLOSE")


# ── words ────────────────────────────────────────────────────────────────────


def translated(message: Any) -> Iterator[ClientEvent]:
    """A message of the SDK in the contract's words; nothing for one that has none."""
    match getattr(message, "type", None):
        case "Results" if message.is_final and (text := message.channel.alternatives[0].transcript):
            yield ClientEvent(kind="transcription", fields={"text": text})
        case "SpeechStarted":
            yield ClientEvent(kind="speech.started", fields={"at_s": message.timestamp})
        case "UtteranceEnd":
            yield ClientEvent(kind="speech.stopped", fields={"at_s": message.last_word_end})
        case "Error":
            yield ClientEvent(kind="error", fields={"code": message.code, "message": message.description})


if __name__ == "__main__":
    serve(make)
