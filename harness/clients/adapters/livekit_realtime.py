"""What livekit-agents' realtime models have in common: one `RealtimeSession`, as its `AgentSession` uses it.

A model is used outside a room and a worker here, as the library's own tests and scripts do, so there is neither media
server nor audio device: the microphone is `push_audio`, the loudspeaker the generations' audio streams.

Source: livekit-agents 1.8.9, livekit/agents/llm/realtime.py and voice/agent_activity.py, read 2026-11-23.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
from livekit import rtc
from livekit.agents import function_tool, llm

from harness.clients.adapters.application import Application
from harness.clients.client import Endpoints
from harness.clients.in_words import in_words

__all__ = ["RealtimeCall", "reason", "trusting"]


class RealtimeCall(Application):
    """One call on one realtime session. A model of the library's is what a subclass adds."""

    package = "livekit-agents"

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._hung_up = asyncio.Event()
        self._reconnecting = False
        self._called: dict[str, str] = {}
        self._session: Any = None
        self._playing: dict[asyncio.Task[None], None] = {}

    def model(self, http: aiohttp.ClientSession) -> Any:
        """The realtime model that is put to the test."""
        raise NotImplementedError

    def listen(self, session: Any) -> None:
        """Listen to more than every model says."""

    def is_loss(self, error: Exception) -> bool:
        """Whether an error that the library calls recoverable means that it dials again."""
        return True

    async def send_audio(self, pcm: bytes) -> None:
        self._session.push_audio(
            rtc.AudioFrame(data=pcm, sample_rate=self.sample_rate_hz, num_channels=1, samples_per_channel=len(pcm) // 2)
        )

    async def send_text(self, text: str) -> None:
        context = self._session.chat_ctx.copy()
        context.add_message(role="user", content=text)
        await self._session.update_chat_ctx(context)
        await self._session.generate_reply()

    async def answer(self, call_id: str, result: str) -> None:
        """The function that the agent called for has returned."""
        context = self._session.chat_ctx.copy()
        context.items.append(
            llm.FunctionCallOutput(call_id=call_id, name=self._called.get(call_id, ""), output=result, is_error=False)
        )
        await self._session.update_chat_ctx(context)
        if not self._session.capabilities.auto_tool_reply_generation:
            await self._session.generate_reply()

    async def hang_up(self) -> None:
        self._hung_up.set()

    # ── the application ──────────────────────────────────────────────────────

    async def talk(self) -> None:
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(trusting(self.endpoints))
            stack.push_async_callback(self._stop_playing)
            session = self._session = self.model(http).session()
            stack.push_async_callback(self._close_session)
            self._listen_to_all(session)
            if self.asked.get("system_prompt") is not None:
                await session.update_instructions(self.asked["system_prompt"])
            if self.asked.get("tools"):
                await session.update_tools([_tool(asked) for asked in self.asked["tools"]])
            await self._hung_up.wait()

    async def _close_session(self) -> None:
        try:
            await self._session.aclose()
        except Exception as error:
            # It raises once more what it has told as its last error, and that alone is no news.
            if self.failure is None:
                self.failure = error

    async def _stop_playing(self) -> None:
        for task in self._playing:
            task.cancel()
        await asyncio.gather(*self._playing, return_exceptions=True)

    def _listen_to_all(self, session: Any) -> None:
        session.on("metrics_collected", self._measured)
        session.on("session_reconnected", self._reconnected)
        session.on("error", self._erred)
        session.on("generation_created", lambda event: self._play(self._generation(event)))
        session.on("input_speech_started", lambda event: self.outbox.tell("speech.started"))
        session.on("input_speech_stopped", lambda event: self.outbox.tell("speech.stopped"))
        session.on("input_audio_transcription_completed", self._transcribed)
        self.listen(session)

    def _measured(self, metrics: Any) -> None:
        """How long a connection took to make is how the library says that there is one."""
        if getattr(metrics, "acquire_time", None):
            self.acquired()

    def acquired(self) -> None:
        """There is a connection."""
        if self._state == "connecting":
            self._state = "connected"
        self.ready.set()

    def _reconnected(self, event: Any = None) -> None:
        self._reconnecting = False
        self.outbox.tell("connection.reconnected")

    def _erred(self, event: Any) -> None:
        why = reason(event.error)
        if not event.recoverable:
            self._state = "error"
            self.failure = event.error
            if self.ready.is_set():
                self.outbox.tell("connection.failed", reason=why)
                self.outbox.close()
            else:
                self.outbox.close(event.error)
            self.ready.set()
        elif self.is_loss(event.error):
            self._state, self._reconnecting = "connecting", True
            self.outbox.tell("connection.reconnecting", reason=why)
        else:
            self.outbox.tell("error", message=why)

    def _transcribed(self, event: Any) -> None:
        if event.is_final:
            self.outbox.tell("transcription", text=event.transcript)

    # ── what the agent says ──────────────────────────────────────────────────

    def _play(self, what: Any) -> None:
        task = asyncio.get_running_loop().create_task(what)
        self._playing[task] = None
        task.add_done_callback(lambda done: self._playing.pop(done, None))

    async def _generation(self, event: Any) -> None:
        self.outbox.tell("turn.started")
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._calls(event.function_stream))
            async for message in event.message_stream:
                parts.create_task(self._speech(message.audio_stream))
                parts.create_task(self._words(message.text_stream))
        self.outbox.tell("turn.completed")

    async def _speech(self, frames: Any) -> None:
        async for frame in frames:
            self.outbox.tell("audio.output", audio=frame.data.tobytes())

    async def _words(self, pieces: Any) -> None:
        text = "".join([str(piece) async for piece in pieces])
        if text:
            self.outbox.tell("text.output", text=text, role="assistant")

    async def _calls(self, calls: Any) -> None:
        async for call in calls:
            self._called[call.call_id] = call.name
            self.outbox.tell("function_call", call_id=call.call_id, name=call.name, arguments=call.arguments)


def trusting(endpoints: Endpoints) -> aiohttp.ClientSession:
    """The HTTP session that the library is given, as it asks of those who use it outside its worker."""
    if endpoints.authority is None:
        return aiohttp.ClientSession()
    context = ssl.create_default_context(cadata=endpoints.authority)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))


def reason(error: BaseException) -> str:
    """An error of the library, with what it has from the server: the code of an error event stands in its body alone."""
    told, body = in_words(error), getattr(error, "body", None)
    return told if body is None or str(body) in told else f"{told} ({body})"


def _tool(asked: Any) -> Any:
    schema = {"parameters": {"type": "object", "properties": {}}, **asked}

    async def called(raw_arguments: dict[str, object]) -> Awaitable[None]:
        raise NotImplementedError("the application answers calls itself")

    return function_tool(called, raw_schema=schema)
