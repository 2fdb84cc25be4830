"""livekit-agents with Deepgram: an `STT` stream on the telephone, and a `TTS` that says back what it heard.

The library's speech recognition is what is tested: it speaks to listen v1 and reconnects. Speaking is one request for each
answer, through the same library.

Source: livekit-agents and livekit-plugins-deepgram 1.8.9, livekit/agents/stt/stt.py and livekit/plugins/deepgram/stt.py, read
2026-11-23.
"""

from __future__ import annotations

import asyncio
from typing import Any

from livekit import rtc
from livekit.agents.stt import SpeechEventType
from livekit.plugins.deepgram import STT, TTS

from harness.clients.adapters.application import Application
from harness.clients.adapters.lines import serve
from harness.clients.adapters.livekit_realtime import reason, trusting
from harness.clients.client import Client, Endpoints

__all__ = ["LiveKitDeepgram", "make"]

UTTERANCES_MAX = 100
"""That wait to be answered; more than a caller says in a run."""


def make(case: Any, endpoints: Endpoints) -> Client:
    return LiveKitDeepgram(case, endpoints)


class LiveKitDeepgram(Application):
    """One call: a task that listens, which ends when the library's stream does, and one that answers."""

    package = "livekit-agents"
    sample_rate_hz = 16_000

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._gave_up = False
        self._stream: Any = None
        self._heard: list[str] = []
        self._utterances: asyncio.Queue[str] = asyncio.Queue(UTTERANCES_MAX)

    async def send_audio(self, pcm: bytes) -> None:
        self._stream.push_frame(
            rtc.AudioFrame(data=pcm, sample_rate=self.sample_rate_hz, num_channels=1, samples_per_channel=len(pcm) // 2)
        )

    async def send_text(self, text: str) -> None:
        """Nobody is to listen to it: it goes straight to the answers."""
        self._utterances.put_nowait(text)

    # ── the application ──────────────────────────────────────────────────────

    async def talk(self) -> None:
        async with trusting(self.endpoints) as http:
            stt = self._stt(http)
            stt.on("error", self._erred)
            stt.on("metrics_collected", self._measured)
            answering = asyncio.create_task(self._answer(self._tts(http)))
            try:
                await self._listen(stt)
            finally:
                answering.cancel()
                await asyncio.wait([answering])

    async def _listen(self, stt: STT) -> None:
        try:
            async with stt.stream() as self._stream:
                async for event in self._stream:
                    self._listened(event)
            self._state = "disconnected"
        except Exception:
            if not self._gave_up:
                raise
            # What it raises in the end it has told before, as the last of its errors.
            self._state = "error"

    def _stt(self, http: Any) -> STT:
        return STT(
            model=self.asked.get("model_id", "nova-3"),
            endpointing_ms=self.asked.get("endpointing_ms", 25),
            api_key=self.endpoints.api_key,
            base_url=self.endpoints.urls["session"],
            http_session=http,
        )

    def _tts(self, http: Any) -> TTS:
        return TTS(
            api_key=self.endpoints.api_key,
            base_url=f"{self.endpoints.urls['rest']}/v1/speak",
            sample_rate=self.agent_sample_rate_hz,
            http_session=http,
        )

    async def _answer(self, tts: TTS) -> None:
        """Says back one utterance after the other."""
        while True:
            text = await self._utterances.get()
            self.outbox.tell("turn.started")
            self.outbox.tell("text.output", text=text, role="assistant")
            try:
                async with tts.synthesize(text) as spoken:
                    async for part in spoken:
                        self.outbox.tell("audio.output", audio=part.frame.data.tobytes())
            except Exception as error:
                self.outbox.tell("error", message=reason(error))
            self.outbox.tell("turn.completed")

    # ── what the library tells ───────────────────────────────────────────────

    def _listened(self, event: Any) -> None:
        match event.type:
            case SpeechEventType.START_OF_SPEECH:
                self.outbox.tell("speech.started")
            case SpeechEventType.FINAL_TRANSCRIPT:
                text = event.alternatives[0].text
                self._heard.append(text)
                self.outbox.tell("transcription", text=text)
            case SpeechEventType.END_OF_SPEECH:
                self.outbox.tell("speech.stopped")
                if self._heard:
                    self._utterances.put_nowait(" ".join(self._heard))
                    self._heard.clear()

    def _measured(self, metrics: Any) -> None:
        """How long a connection took to make is how the library says that there is one."""
        if not getattr(metrics, "acquire_time", None):
            return
        if self._state == "connecting":
            if self.ready.is_set():
                self.outbox.tell("connection.reconnected")
            self._state = "active"
        self.ready.set()

    def _erred(self, event: Any) -> None:
        why = reason(event.error)
        if event.recoverable:
            self._state = "connecting"
            self.outbox.tell("connection.reconnecting", reason=why)
        elif self.ready.is_set():
            self._gave_up = True
            self.outbox.tell("connection.failed", reason=why)


if __name__ == "__main__":
    serve(make)
