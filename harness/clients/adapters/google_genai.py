"""The `google-genai` SDK: a telephone application on `client.aio.live.connect`.

It does what the SDK's documentation shows: it opens a session, streams the microphone, and takes turn after turn from
`session.receive()`, which ends with each turn. The SDK has no reconnect layer, and this application adds none.

Source: google-genai 3.4.0, google/genai/live.py, read 2026-11-23.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from google import genai
from google.genai import types

from harness.clients.adapters.application import Application
from harness.clients.adapters.lines import serve
from harness.clients.client import Client, ClientEvent, Endpoints

__all__ = ["MODEL", "SPOKEN", "GoogleGenAI", "declared", "http_options", "make"]

MODEL = "gemini-3.1-flash-live-preview"
"""It waits for the result of a function before its turn is over. Of older models ADK holds back each call until then.

Source: google-adk 2.13.0, google/adk/models/gemini_llm_connection.py, `receive`.
"""

SPOKEN = "audio/pcm;rate=16000"


def make(case: Any, endpoints: Endpoints) -> Client:
    return GoogleGenAI(case, endpoints)


class GoogleGenAI(Application):
    """One session, in one task, which ends when the SDK's reading does."""

    package = "google-genai"
    reconnects = False
    sample_rate_hz = 16_000

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._session: Any = None
        self._called: dict[str, str] = {}
        self._reading: asyncio.Task[None] | None = None

    @property
    def got_through(self) -> bool:
        return self._session is not None

    async def send_audio(self, pcm: bytes) -> None:
        await self._session.send_realtime_input(audio=types.Blob(data=pcm, mime_type=SPOKEN))

    async def send_text(self, text: str) -> None:
        await self._session.send_realtime_input(text=text)

    async def answer(self, call_id: str, result: str) -> None:
        """The function that the agent called for has returned."""
        name = self._called.get(call_id, "")
        returned = types.FunctionResponse(id=call_id, name=name, response={"output": result})
        await self._session.send_tool_response(function_responses=[returned])

    async def hang_up(self) -> None:
        """Stop reading, and so leave the SDK's `async with`; or give up connecting."""
        if self._reading is None:
            await super().hang_up()
        else:
            # Were the loop itself cancelled inside of it, the SDK would say goodbye with 1011.
            self._reading.cancel()

    # ── the application ──────────────────────────────────────────────────────

    async def talk(self) -> None:
        """The SDK yields the session when the server has said `setupComplete`, however long that takes."""
        # The client is held on to: one that is collected closes its connections under way.
        client = genai.Client(api_key=self.endpoints.api_key, http_options=http_options(self.endpoints))
        model = self.asked.get("model_id", MODEL)
        async with client.aio.live.connect(model=model, config=configuration(self.asked)) as session:
            self._session, self._state = session, "active"
            self.outbox.tell("session.created", session_id=session.session_id)
            self.ready.set()
            self._reading = asyncio.create_task(self._read(session), name="the application's reading")
            await asyncio.wait([self._reading])
            if not self._reading.cancelled():
                self._reading.result()

    async def _read(self, session: Any) -> None:
        while True:
            async for message in session.receive():
                self._heard(message)

    def _heard(self, message: types.LiveServerMessage) -> None:
        if message.tool_call is not None:
            self._called |= {call.id or "": call.name or "" for call in message.tool_call.function_calls or ()}
        for told in translated(message):
            self.outbox.tell(told.kind, audio=told.audio, **told.fields)


# ── words ────────────────────────────────────────────────────────────────────


def http_options(endpoints: Endpoints) -> types.HttpOptions:
    """Where the SDK dials, and whom it trusts. It speaks TLS whatever the address says, and knows the path itself."""
    options = types.HttpOptions(base_url=f"https://{urlsplit(endpoints.urls['session']).netloc}")
    if endpoints.authority is not None:
        options.async_client_args = {"ssl": ssl.create_default_context(cadata=endpoints.authority)}
    return options


def configuration(asked: Mapping[str, Any]) -> types.LiveConnectConfig:
    """What the scenario asks for as the SDK takes it; what it does not ask for is the SDK's own default."""
    config = types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        system_instruction=asked.get("system_prompt"),
        temperature=asked.get("temperature"),
    )
    if "voice" in asked:
        voice = types.PrebuiltVoiceConfig(voice_name=asked["voice"])
        config.speech_config = types.SpeechConfig(voice_config=types.VoiceConfig(prebuilt_voice_config=voice))
    if "turn_detection" in asked:
        config.realtime_input_config = types.RealtimeInputConfig.model_validate(asked["turn_detection"])
    if asked.get("tools"):
        config.tools = [types.Tool(function_declarations=[declared(tool) for tool in asked["tools"]])]
    return config


def declared(tool: Mapping[str, Any]) -> types.FunctionDeclaration:
    """A tool of the scenario, whose parameters are JSON Schema."""
    return types.FunctionDeclaration(
        name=tool["name"], description=tool.get("description"), parameters_json_schema=tool.get("parameters")
    )


def translated(message: types.LiveServerMessage) -> Iterator[ClientEvent]:
    """A message of the SDK in the contract's words; nothing for one that has none, such as `go_away`."""
    content = message.server_content
    if content is not None:
        yield from _from_the_content(content)
    for call in (message.tool_call and message.tool_call.function_calls) or ():
        called = {"call_id": call.id, "name": call.name, "arguments": call.args}
        yield ClientEvent(kind="function_call", fields=called)
    for call_id in (message.tool_call_cancellation and message.tool_call_cancellation.ids) or ():
        yield ClientEvent(kind="function_call.cancelled", fields={"call_id": call_id})


def _from_the_content(content: types.LiveServerContent) -> Iterator[ClientEvent]:
    if content.input_transcription is not None and content.input_transcription.text:
        yield ClientEvent(kind="transcription", fields={"text": content.input_transcription.text})
    if content.interrupted:
        yield ClientEvent(kind="speech.started", fields={"interrupted": True})
    for part in (content.model_turn and content.model_turn.parts) or ():
        if part.inline_data is not None and part.inline_data.data:
            yield ClientEvent(kind="audio.output", fields={}, audio=part.inline_data.data)
    if content.output_transcription is not None and content.output_transcription.text:
        said = {"text": content.output_transcription.text, "role": "assistant"}
        yield ClientEvent(kind="text.output", fields=said)
    if content.turn_complete:
        yield ClientEvent(kind="turn.completed", fields={})


if __name__ == "__main__":
    serve(make)
