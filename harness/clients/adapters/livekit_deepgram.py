"""livekit-agents with Deepgram: an `STT` stream on the telephone, and a `TTS` that says back what it heard.

The library's speech recognition is what is tested: it speaks to listen v1 and reconnects. Speaking is one request for each
answer, through the same library.

Source: livekit-agents and livekit-plugins-deepgram 1.8.9, livekit/agents/stt/stt.py and livekit/plugins/deepgram/stt.py, read
2026-11-23.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Any

from livekit import rtc
from livekit.agents.stt import SpeechEventType
from livekit.plugins.deepgram import STT, TTS

from harness.clients.adapters.lines import serve
from harness.clients.adapters.livekit_realtime import in_words, trusting
from harness.clients.adapters.outbox import Outbox
from harness.clients.client import Client, ClientEvent, Endpoints
from harness.clients.traits import Traits

__all__ = ["LiveKitDeepgram", "make"]

UTTERANCES_MAX = 100
"""That wait to be answered; more than a caller says in a run."""


def make(case: Any, endpoints: Endpoints) -> Client:
    return LiveKitDeepgram(case, endpoints)


class LiveKitDeepgram:
    """One call: a task that listens, which ends when the library's stream does, and one that answers."""

    sample_rate_hz = 16_000
    agent_sample_rate_hz = 24_000

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        self.traits = Traits(reconnects=True, name="livekit-agents", version=version("livekit-agents"))
        self._endpoints = endpoints
        self._asked = case.session
        self._outbox = Outbox()
        self._ready = asyncio.Event()
        self._failure: Exception | None = None
        self._state = "idle"
        self._gave_up = False
        self._stream: Any = None
        self._heard: list[str] = []
        self._utterances: asyncio.Queue[str] = asyncio.Queue(UTTERANCES_MAX)
        self._call: asyncio.Task[None] | None = None

    @property
    def state(self) -> str:
        return self._state

    async def connect(self) -> None:
        """Over when the library has told of its first connection: there is no message that says ready."""
        self._state = "connecting"
        self._call = asyncio.create_task(self._talk(), name="the application")
        await self._ready.wait()
        if self._outbox.closed:
            raise self._failure or ConnectionError("it was over before there was a connection")

    async def send_audio(self, pcm: bytes) -> None:
        self._stream.push_frame(
            rtc.AudioFrame(data=pcm, sample_rate=self.sample_rate_hz, num_channels=1, samples_per_channel=len(pcm) // 2)
        )

    async def send_text(self, text: str) -> None:
        """Nobody is to listen to it: it goes straight to the answers."""
        self._utterances.put_nowait(text)

    async def events(self) -> AsyncIterator[ClientEvent]:
        async for event in self._outbox:
            yield event

    async def disconnect(self) -> None:
        """Leave the stream's `async with`, from wherever the listening is."""
        self._state = "disconnecting"
        if self._call is not None:
            self._call.cancel()
            await asyncio.wait([self._call])
        self._state = "disconnected"

    # ── the application ──────────────────────────────────────────────────────

    async def _talk(self) -> None:
        answering: asyncio.Task[None] | None = None
        try:
            async with trusting(self._endpoints) as http:
                stt = self._stt(http)
                stt.on("error", self._erred)
                stt.on("metrics_collected", self._measured)
                answering = asyncio.create_task(self._answer(self._tts(http)))
                try:
                    async with stt.stream() as self._stream:
                        async for event in self._stream:
                            self._listened(event)
                finally:
                    answering.cancel()
                    await asyncio.wait([answering])
            self._state = "disconnected"
        except Exception as error:
            self._failure, self._state = error, "error"
        finally:
            # What it raises in the end it has told before, as the last of its errors.
            self._outbox.close(None if self._gave_up else self._failure)
            self._ready.set()

    def _stt(self, http: Any) -> STT:
        return STT(
            model=self._asked.get("model_id", "nova-3"),
            endpointing_ms=self._asked.get("endpointing_ms", 25),
            api_key=self._endpoints.api_key,
            base_url=self._endpoints.urls["session"],
            http_session=http,
        )

    def _tts(self, http: Any) -> TTS:
        return TTS(
            api_key=self._endpoints.api_key,
            base_url=f"{self._endpoints.urls['rest']}/v1/speak",
            sample_rate=self.agent_sample_rate_hz,
            http_session=http,
        )

    async def _answer(self, tts: TTS) -> None:
        """Says back one utterance after the other."""
        while True:
            text = await self._utterances.get()
            self._outbox.tell("turn.started")
            self._outbox.tell("text.output", text=text, role="assistant")
            try:
                async with tts.synthesize(text) as spoken:
                    async for part in spoken:
                        self._outbox.tell("audio.output", audio=part.frame.data.tobytes())
            except Exception as error:
                self._outbox.tell("error", message=in_words(error))
            self._outbox.tell("turn.completed")

    # ── what the library tells ───────────────────────────────────────────────

    def _listened(self, event: Any) -> None:
        match event.type:
            case SpeechEventType.START_OF_SPEECH:
                self._outbox.tell("speech.started")
            case SpeechEventType.FINAL_TRANSCRIPT:
                text = event.alternatives[0].text
                self._heard.append(text)
                self._outbox.tell("transcription", text=text)
            case SpeechEventType.END_OF_SPEECH:
                self._outbox.tell("speech.stopped")
                if self._heard:
                    self._utterances.put_nowait(" ".join(self._heard))
                    self._heard.clear()

    def _measured(self, metrics: Any) -> None:
        """How long a connection took to make is how the library says that there is one."""
        if not getattr(metrics, "acquire_time", None):
            return
        if self._state == "connecting":
            if self._ready.is_set():
                self._outbox.tell("connection.reconnected")
            self._state = "active"
        self._ready.set()

    def _erred(self, event: Any) -> None:
        reason = in_words(event.error)
        if event.recoverable:
            self._state = "connecting"
            self._outbox.tell("connection.reconnecting", reason=reason)
        elif self._ready.is_set():
            self._gave_up = True
            self._outbox.tell("connection.failed", reason=reason)


if __name__ == "__main__":
    serve(make)
