"""`openai-agents`, realtime: a `RealtimeAgent` on the telephone, with its tools, through `RealtimeRunner`.

The session says that it is connected before the server has answered, so `connect()` does too. It has no reconnect layer.

Source: openai-agents 0.24.0, agents/realtime/session.py and openai_realtime.py, read 2026-11-23.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from agents import FunctionTool, set_tracing_disabled
from agents.realtime import RealtimeAgent, RealtimeRunner

from harness.clients.adapters.application import Application
from harness.clients.adapters.lines import serve
from harness.clients.client import Client, ClientEvent, Endpoints

__all__ = ["OpenAIAgents", "make"]

MODEL = "gpt-realtime"


def make(case: Any, endpoints: Endpoints) -> Client:
    return OpenAIAgents(case, endpoints)


class OpenAIAgents(Application):
    """One session, in one task, which ends when the session's events do."""

    package = "openai-agents"
    reconnects = False

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._session: Any = None
        self._results: dict[str, asyncio.Future[str]] = {}
        # Traces of the library's own would be sent to its vendor, from a thread.
        set_tracing_disabled(True)

    @property
    def got_through(self) -> bool:
        return self._session is not None

    async def send_audio(self, pcm: bytes) -> None:
        await self._session.send_audio(pcm)

    async def send_text(self, text: str) -> None:
        await self._session.send_message(text)

    async def answer(self, call_id: str, result: str) -> None:
        """What the agent's tool returns for this call; the library sends it."""
        waiting = self._result(call_id)
        if not waiting.done():
            waiting.set_result(result)

    # ── the application ──────────────────────────────────────────────────────

    async def talk(self) -> None:
        async with await self._runner().run(model_config=self._model()) as session:
            self._session, self._state = session, "active"
            self.ready.set()
            async for event in session:
                for told in translated(event):
                    self.outbox.tell(told.kind, audio=told.audio, **told.fields)
        self._state = "disconnected"

    def _runner(self) -> RealtimeRunner:
        agent: RealtimeAgent[Any] = RealtimeAgent(
            name="clerk",
            instructions=self.asked.get("system_prompt"),
            tools=[self._tool(tool) for tool in self.asked.get("tools") or ()],
        )
        return RealtimeRunner(agent)

    def _model(self) -> Any:
        model = self.asked.get("model_id", MODEL)
        return {
            "api_key": self.endpoints.api_key,
            "url": f"{self.endpoints.urls['session']}?model={model}",
            "initial_model_settings": {"model_name": model, "audio": audio_settings(self.asked)},
        }

    def _tool(self, asked: Mapping[str, Any]) -> FunctionTool:
        async def called(context: Any, arguments: str) -> str:
            return await self._result(context.tool_call_id)

        return FunctionTool(
            name=asked["name"],
            description=asked.get("description", ""),
            params_json_schema=asked.get("parameters", {"type": "object", "properties": {}}),
            on_invoke_tool=called,
            strict_json_schema=False,
        )

    def _result(self, call_id: str) -> asyncio.Future[str]:
        """Whichever is first, the tool or its answer, makes it."""
        return self._results.setdefault(call_id, asyncio.get_running_loop().create_future())


# ── words ────────────────────────────────────────────────────────────────────


def audio_settings(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the scenario asks for, as the library takes it; what it does not ask for is the library's own default."""
    heard: dict[str, Any] = {"format": "pcm16"}
    spoken: dict[str, Any] = {"format": "pcm16"}
    if "turn_detection" in asked:
        heard["turn_detection"] = asked["turn_detection"]
    if "voice" in asked:
        spoken["voice"] = asked["voice"]
    return {"input": heard, "output": spoken}


def translated(event: Any) -> Iterator[ClientEvent]:
    """An event of the session in the contract's words; nothing for one that has none."""
    match event.type:
        case "audio":
            yield ClientEvent(kind="audio.output", fields={}, audio=event.audio.data)
        case "agent_start":
            yield ClientEvent(kind="turn.started", fields={})
        case "agent_end":
            yield ClientEvent(kind="turn.completed", fields={})
        case "error":
            yield ClientEvent(kind="error", fields=_error(event.error))
        case "raw_model_event":
            yield from _from_the_model(event.data)


def _from_the_model(event: Any) -> Iterator[ClientEvent]:
    match event.type:
        case "connection_status" if event.status == "disconnected":
            # All that the library says of an end that it takes for a good one: no code, no reason.
            yield ClientEvent(kind="connection.failed", fields={"reason": f"connection_status: {event.status}"})
        case "function_call":
            called = {"call_id": event.call_id, "name": event.name, "arguments": event.arguments}
            yield ClientEvent(kind="function_call", fields=called)
        case "input_audio_transcription_completed":
            yield ClientEvent(kind="transcription", fields={"text": event.transcript})
        case "raw_server_event":
            yield from _from_the_server(event.data)


def _from_the_server(message: Mapping[str, Any]) -> Iterator[ClientEvent]:
    match message:
        case {"type": "session.created" | "session.updated" as kind}:
            yield ClientEvent(kind=kind, fields={})
        case {"type": "input_audio_buffer.speech_started"}:
            yield ClientEvent(kind="speech.started", fields={})
        case {"type": "input_audio_buffer.speech_stopped"}:
            yield ClientEvent(kind="speech.stopped", fields={})
        case {"type": "response.output_audio_transcript.done", "transcript": text}:
            yield ClientEvent(kind="text.output", fields={"text": text, "role": "assistant"})
        case {"type": "response.done", "response": {"status": "failed", "status_details": {"error": {"code": code}}}}:
            # The library's own events say of a failed answer only that it is over.
            yield ClientEvent(kind="error", fields={"code": code})


def _error(error: Any) -> dict[str, Any]:
    if isinstance(error, Mapping):
        return {"message": error.get("message")}
    return {"code": getattr(error, "code", None), "message": getattr(error, "message", str(error))}


if __name__ == "__main__":
    serve(make)
