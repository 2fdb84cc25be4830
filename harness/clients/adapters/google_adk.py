"""Google's ADK: an `LlmAgent` on the telephone, through `InMemoryRunner.run_live`, with session resumption.

It does what ADK's documentation shows: one task reads the events of `run_live`, the microphone goes into a
`LiveRequestQueue`, and closing that queue ends the call. ADK does not say when it is connected, so `connect()` is over when
the run has begun; what is said before then waits in the queue.

Source: google-adk 2.13.0, google/adk/live/_live_llm_flow.py and models/google_llm.py, read 2026-11-23.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from importlib import import_module
from typing import Any

from google.adk.agents import LlmAgent
from google.adk.agents.live_request_queue import LiveRequestQueue
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.events import Event
from google.adk.models.base_llm_connection import BaseLlmConnection
from google.adk.models.google_llm import Gemini
from google.adk.models.llm_request import LlmRequest
from google.adk.runners import InMemoryRunner
from google.adk.tools.base_tool import BaseTool
from google.genai import types
from pydantic import PrivateAttr

from harness.clients.adapters.application import Application
from harness.clients.adapters.google_genai import MODEL, SPOKEN, declared, http_options
from harness.clients.adapters.lines import serve
from harness.clients.client import Client, ClientEvent, Endpoints

__all__ = ["GoogleAdk", "make"]

CALLER = "caller"

for lazily in ("google.adk.apps.app", "google.adk.live._live_llm_flow", "google.adk.workflow._workflow"):
    # ADK imports half of itself when its first run begins, and the loop stands still meanwhile. In a service that is over
    # with its first call; here each run would begin with seconds of it.
    import_module(lazily)


def make(case: Any, endpoints: Endpoints) -> Client:
    return GoogleAdk(case, endpoints)


class GoogleAdk(Application):
    """One live run, in one task, which ends when the run does."""

    package = "google-adk"
    sample_rate_hz = 16_000

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._queue = LiveRequestQueue()
        self._line = self._dialling()
        self._called: dict[str, str] = {}
        # ADK logs each loss with its traceback. Here nobody has said where to, and it would stand between the harness's lines.
        logging.getLogger("google_adk").addHandler(logging.NullHandler())

    @property
    def state(self) -> str:
        return "connecting" if self._state == "active" and not self._line.is_open else self._state

    async def connect(self) -> None:
        """Over when the run has begun: ADK does not say when it is connected."""
        self.ready.set()
        await super().connect()
        self._state = "active"

    async def send_audio(self, pcm: bytes) -> None:
        self._queue.send_realtime(types.Blob(data=pcm, mime_type=SPOKEN))

    async def send_text(self, text: str) -> None:
        self._queue.send_content(types.Content(role="user", parts=[types.Part(text=text)]))

    async def answer(self, call_id: str, result: str) -> None:
        """What the long-running tool has come to."""
        name = self._called.get(call_id, "")
        returned = types.FunctionResponse(id=call_id, name=name, response={"output": result})
        self._queue.send_content(types.Content(role="user", parts=[types.Part(function_response=returned)]))

    async def hang_up(self) -> None:
        """Close the queue, as the documentation says."""
        self._queue.close()

    # ── the application ──────────────────────────────────────────────────────

    async def talk(self) -> None:
        runner = InMemoryRunner(agent=self._agent(), app_name="telephone")
        session = await runner.session_service.create_session(app_name="telephone", user_id=CALLER)
        run = runner.run_live(
            user_id=CALLER,
            session_id=session.id,
            live_request_queue=self._queue,
            run_config=run_config(self.asked),
        )
        async with aclosing(run) as events:
            async for event in events:
                self._heard(event)
        self._state = "disconnected"

    def _dialling(self) -> Line:
        dials = {"api_key": self.endpoints.api_key, "http_options": http_options(self.endpoints)}
        return Line(model=self.asked.get("model_id", MODEL), client_kwargs=dials)

    def _agent(self) -> LlmAgent:
        return LlmAgent(
            name="clerk",
            model=self._line,
            instruction=self.asked.get("system_prompt") or "",
            tools=[Deferred(tool) for tool in self.asked.get("tools") or ()],
        )

    def _heard(self, event: Event) -> None:
        self._called |= {call.id or "": call.name or "" for call in event.get_function_calls()}
        for told in translated(event):
            self.outbox.tell(told.kind, audio=told.audio, **told.fields)


class Line(Gemini):  # type: ignore[misc]
    """ADK's own model, by which the adapter's `state` knows whether it is connected. ADK's user is not told, so no event
    comes of it."""

    _is_open: bool = PrivateAttr(default=False)

    @property
    def is_open(self) -> bool:
        return self._is_open

    @asynccontextmanager
    async def connect(self, llm_request: LlmRequest) -> AsyncIterator[BaseLlmConnection]:
        async with super().connect(llm_request) as connection:
            self._is_open = True
            try:
                yield connection
            finally:
                self._is_open = False


class Deferred(BaseTool):  # type: ignore[misc]
    """A tool whose result comes when it comes: ADK calls it long-running, and reads on meanwhile."""

    def __init__(self, asked: Mapping[str, Any]) -> None:
        super().__init__(name=asked["name"], description=asked.get("description", ""), is_long_running=True)
        self.asked = asked

    def _get_declaration(self) -> types.FunctionDeclaration:
        return declared(self.asked)

    async def run_async(self, **given: Any) -> None:
        """Nothing yet: the result is sent through the queue."""


# ── words ────────────────────────────────────────────────────────────────────


def run_config(asked: Mapping[str, Any]) -> RunConfig:
    """What the scenario asks for as ADK takes it. A live run has no temperature."""
    config = RunConfig(
        streaming_mode=StreamingMode.BIDI,
        response_modalities=[types.Modality.AUDIO],
        session_resumption=types.SessionResumptionConfig(),
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
    )
    if "voice" in asked:
        voice = types.PrebuiltVoiceConfig(voice_name=asked["voice"])
        config.speech_config = types.SpeechConfig(voice_config=types.VoiceConfig(prebuilt_voice_config=voice))
    if "turn_detection" in asked:
        config.realtime_input_config = types.RealtimeInputConfig.model_validate(asked["turn_detection"])
    return config


def translated(event: Event) -> Iterator[ClientEvent]:
    """An event of ADK in the contract's words; nothing for one that has none, such as a new resumption handle."""
    if event.error_code:
        yield ClientEvent(kind="error", fields={"code": event.error_code, "message": event.error_message})
    # Its parts come first, then the whole of them once more.
    if event.input_transcription is not None and event.input_transcription.text and not event.partial:
        yield ClientEvent(kind="transcription", fields={"text": event.input_transcription.text})
    if event.interrupted:
        yield ClientEvent(kind="speech.started", fields={"interrupted": True})
    for part in (event.content and event.content.parts) or ():
        if part.inline_data is not None and part.inline_data.data:
            yield ClientEvent(kind="audio.output", fields={}, audio=part.inline_data.data)
        if part.function_call is not None:
            call = part.function_call
            yield ClientEvent(
                kind="function_call", fields={"call_id": call.id, "name": call.name, "arguments": call.args}
            )
    if event.output_transcription is not None and event.output_transcription.text and not event.partial:
        said = {"text": event.output_transcription.text, "role": "assistant"}
        yield ClientEvent(kind="text.output", fields=said)
    if event.turn_complete:
        yield ClientEvent(kind="turn.completed", fields={})


if __name__ == "__main__":
    serve(make)
