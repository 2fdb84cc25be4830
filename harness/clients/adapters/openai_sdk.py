"""The `openai` SDK: a telephone application on `client.realtime.connect`, with its reconnect option.

It does what the SDK's documentation shows: it reads events in one loop, configures the session when it hears
`session.created`, and streams the microphone. `connect()` is over when the session is configured.

Source: openai 3.54.0, openai/resources/realtime/realtime.py, read 2026-11-23.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.websocket_reconnection import ReconnectingEvent

from harness.clients.adapters.application import Application
from harness.clients.adapters.lines import serve
from harness.clients.client import Client, ClientEvent, Endpoints

__all__ = ["OpenAISdk", "make"]

MODEL = "gpt-realtime"
PCM = {"type": "audio/pcm", "rate": 24_000}


def make(case: Any, endpoints: Endpoints) -> Client:
    return OpenAISdk(case, endpoints)


class OpenAISdk(Application):
    """One call. Everything that touches the connection's reading runs in one task, which ends when the SDK's loop does."""

    package = "openai"

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._reconnecting = False
        self._connection: AsyncRealtimeConnection

    async def send_audio(self, pcm: bytes) -> None:
        await self._connection.input_audio_buffer.append(audio=base64.b64encode(pcm).decode())

    async def send_text(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        await self._connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
        await self._connection.response.create()

    async def answer(self, call_id: str, result: str) -> None:
        """The function that the agent called for has returned."""
        output = {"type": "function_call_output", "call_id": call_id, "output": result}
        await self._connection.conversation.item.create(item=output)
        await self._connection.response.create()

    # ── the application ──────────────────────────────────────────────────────

    async def talk(self) -> None:
        async with self._sdk() as client, client.realtime.connect(**self._how()) as connection:
            self._connection = connection
            async for event in connection:
                await self._heard(event)
        self._state = "disconnected"

    def _sdk(self) -> AsyncOpenAI:
        address = self.endpoints.urls["session"].removesuffix("/realtime")
        return AsyncOpenAI(api_key=self._key, websocket_base_url=address)

    async def _key(self) -> str:
        """The SDK takes a function in the place of a key, for keys that do not live as long as a call."""
        return self.endpoints.fresh_key()

    def _how(self) -> dict[str, Any]:
        how: dict[str, Any] = {"model": self.asked.get("model_id", MODEL)}
        if self.endpoints.authority is not None:
            context = ssl.create_default_context(cadata=self.endpoints.authority)
            how["websocket_connection_options"] = {"ssl": context}
        if self.traits.reconnects:
            how["on_reconnecting"] = self._dials_again
        return how

    def _dials_again(self, event: ReconnectingEvent) -> None:
        self._reconnecting, self._state = True, "connecting"
        self.outbox.tell(
            "connection.reconnecting",
            attempt=event.attempt,
            max_attempts=event.max_attempts,
            backoff_delay=event.delay,
            close_code=event.close_code,
        )

    async def _heard(self, event: Any) -> None:
        match event.type:
            case "session.created":
                self._state = "connected"
                if self._reconnecting:
                    # The SDK has no word of its own for a call that goes on: this event is all that its user sees of it.
                    self.outbox.tell("connection.reconnected")
                    self._reconnecting = False
                await self._connection.session.update(session=configuration(self.asked))
            case "session.updated":
                self._state = "active"
                self.ready.set()
            case "error":
                self.ready.set()
        for told in translated(event):
            self.outbox.tell(told.kind, audio=told.audio, **told.fields)


# ── words ────────────────────────────────────────────────────────────────────


def configuration(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the scenario asks for as the SDK takes it, in the GA shape, which has no temperature."""
    audio_in: dict[str, Any] = {"format": PCM, "transcription": {"model": "gpt-4o-mini-transcribe"}}
    audio_out: dict[str, Any] = {"format": PCM}
    if "turn_detection" in asked:
        audio_in["turn_detection"] = asked["turn_detection"]
    if "voice" in asked:
        audio_out["voice"] = asked["voice"]
    session: dict[str, Any] = {"type": "realtime", "audio": {"input": audio_in, "output": audio_out}}
    if asked.get("system_prompt") is not None:
        session["instructions"] = asked["system_prompt"]
    if asked.get("tools"):
        session["tools"] = [{"type": "function", **tool} for tool in asked["tools"]]
    return session


def translated(event: Any) -> Iterator[ClientEvent]:
    """A server event of the SDK in the contract's words; nothing for one that has none."""
    match event.type:
        case "session.created" | "session.updated":
            yield ClientEvent(kind=event.type, fields={})
        case "response.output_audio.delta":
            yield ClientEvent(kind="audio.output", fields={}, audio=base64.b64decode(event.delta))
        case "response.output_audio_transcript.done":
            yield ClientEvent(kind="text.output", fields={"text": event.transcript, "role": "assistant"})
        case "conversation.item.input_audio_transcription.completed":
            yield ClientEvent(kind="transcription", fields={"text": event.transcript})
        case "input_audio_buffer.speech_started":
            yield ClientEvent(kind="speech.started", fields={})
        case "input_audio_buffer.speech_stopped":
            yield ClientEvent(kind="speech.stopped", fields={})
        case "response.created":
            yield ClientEvent(kind="turn.started", fields={})
        case "response.done":
            yield from _turn_completed(event.response)
        case "response.function_call_arguments.done":
            called = {"call_id": event.call_id, "name": event.name, "arguments": event.arguments}
            yield ClientEvent(kind="function_call", fields=called)
        case "error":
            yield ClientEvent(kind="error", fields={"code": event.error.code, "message": event.error.message})


def _turn_completed(response: Any) -> Iterator[ClientEvent]:
    """A response that failed says so in its status alone, and why in the details of it."""
    failed = response.status == "failed" and response.status_details is not None and response.status_details.error
    if failed:
        yield ClientEvent(kind="error", fields={"code": failed.code, "type": failed.type})
    yield ClientEvent(kind="turn.completed", fields={"status": response.status})


if __name__ == "__main__":
    serve(make)
