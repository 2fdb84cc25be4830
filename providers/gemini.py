"""Gemini Live: a session that comes back by itself, and goes on where it was if the server kept it.

The server hangs up every ten minutes or so and warns before (`goAway`). It is left in time then, between two turns if
there is a pause, and what the caller says meanwhile arrives afterwards: a planned move, which is no outage, so that no
`connection.*` event tells of it, but `session.updated` does.
"""

from __future__ import annotations

import array
import asyncio
import base64
import ssl
from collections import deque
from typing import Any

from providers.base import (
    AudioChunk,
    AudioFormat,
    ProviderCapabilities,
    ProviderError,
    SessionConfig,
    TextMessage,
)  # fmt: skip
from providers.connection import Link, within
from providers.conversation import Conversation, Said
from providers.credentials import Credential, Key, Secrets
from providers.messages import gemini as messages
from providers.messages.common import decoded
from providers.reconnect import Cause, GiveUp, Policy, Recovered, Verdict, Wait
from providers.retry_after import duration_s
from providers.speech_to_speech import SpeechToSpeech
from providers.websocket_provider import LOST, with_path

__all__ = ["INITIAL_BACKOFF_DELAY", "MAX_RECONNECT_ATTEMPTS", "GeminiLiveProvider", "create_gemini_provider"]

MAX_RECONNECT_ATTEMPTS = 5
INITIAL_BACKOFF_DELAY = 1.0
"""Seconds; each wait is twice the one before."""

MODEL = "gemini-live-2.5-flash-preview"
READY_TIMEOUT_S = 10.0
TEXTS_WAITING_MAX = 20
HANDLE_FAILURES_MAX = 2
"""A session that the server keeps may be the very thing that kills each connection; then it is left behind."""
LOUD_PEAK = 1000
"""Of 32767. What is softer does not count as the caller speaking."""


class GeminiLiveProvider(SpeechToSpeech):
    """A session with a Gemini Live model.

    Args:
        api_key: Sent in a header, and never told; or a function that gets one for each connection.
        model: Used where `SessionConfig.model_id` names none.
        websocket_url: Instead of `WEBSOCKET_URL`; with its path left out, the path of that.
    """

    WEBSOCKET_URL = "wss://generativelanguage.googleapis.com/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"

    def __init__(
        self,
        api_key: Key,
        model: str | None = None,
        *,
        websocket_url: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(secrets=Secrets(api_key), ssl_context=ssl_context)
        self._api_key = Credential(api_key, self._secrets)
        self._model = model or MODEL
        if websocket_url is not None:
            self.WEBSOCKET_URL = websocket_url
        self._connection_healthy = False
        self._last_message_time: float = 0
        self._resumption_handle: str | None = None
        self._resumed_with: str | None = None
        self._handle_failures = 0
        self._conversation = Conversation()
        self._texts_waiting: deque[str] = deque(maxlen=TEXTS_WAITING_MAX)
        self._open_calls: dict[str, str] = {}
        self._lost_a_call = False
        self._is_deaf_during_calls = False
        self._heard, self._said = "", ""
        self._agent_is_speaking = False
        self._turn_is_over = True

    @property
    def capabilities(self) -> ProviderCapabilities:
        return ProviderCapabilities(
            name="gemini-live",
            input_formats=(AudioFormat.PCM16,),
            output_sample_rate=messages.OUTPUT_RATE_HZ,
            function_calls=True,
            speech_to_speech=True,
            resumes_sessions=True,
        )

    async def connect(self, config: SessionConfig) -> None:
        if config.channels != 1 or config.audio_format is not AudioFormat.PCM16:
            raise ProviderError("Gemini Live takes mono pcm16 only: convert the audio first")
        await super().connect(config)

    async def send_audio(self, chunk: AudioChunk) -> None:
        if self._is_deaf_during_calls and self._open_calls and self._is_usable():
            self._dropped_audio_chunks += 1
            return
        if self._turn_is_over and _is_loud(chunk.data):
            self._opens_turn()
        rate_hz = chunk.sample_rate or (self._config.sample_rate if self._config else 16000)
        await self._deliver_audio(messages.audio_input(chunk.data, rate_hz=rate_hz))

    async def send_text(self, message: TextMessage | str) -> None:
        text = message if isinstance(message, str) else message.text
        self._opens_turn()
        if await self._deliver(messages.text_turn(text, model=self._model_id())):
            self._conversation.add(Said("user", text))
        else:
            self._texts_waiting.append(text)

    async def handle_function_result(self, call_id: str, result: Any) -> None:
        """Give the model what its function call has come to; `result` is anything that JSON can say."""
        self._is_usable()
        name = self._open_calls.pop(call_id, None)
        # A call that was cancelled meanwhile, or went down with its connection, has no one who waits for it; that was
        # told as function_call.cancelled.
        if name is not None:
            await self._deliver(messages.tool_response(call_id, name, result))

    # -- staying connected

    async def _attempt_reconnection(self, loss: Cause = LOST) -> None:
        if self._is_reconnecting or not self._should_reconnect:
            return
        self._is_reconnecting = True
        policy = Policy(attempts=MAX_RECONNECT_ATTEMPTS, first_delay_s=INITIAL_BACKOFF_DELAY)
        try:
            outcome = await self._ride_out(loss, policy, announce=self._announce, reconnect=self._reconnect)
        finally:
            self._is_reconnecting = False
        match outcome:
            case Recovered(attempts=attempts):
                self._reconnect_attempts = 0
                told = {"dropped_audio_chunks": self._take_dropped(), "resumed": self._resumed_with is not None}
                self._emit("connection.reconnected", attempts=attempts, **told)
            case GiveUp(attempts=attempts, cause=cause):
                self._emit("connection.failed", attempts=attempts, reason=cause.says)
                self._give_up()

    async def _reconnect(self) -> None:
        await self._drop()
        self._adopt(await self._dial())

    def _announce(self, wait: Wait) -> None:
        self._reconnect_attempts = wait.attempt
        told: dict[str, Any] = {"max_attempts": MAX_RECONNECT_ATTEMPTS, "backoff_delay": wait.backoff_s}
        if wait.limit_s:
            told["rate_limit_wait"] = wait.limit_s
        self._emit("connection.reconnecting", attempt=wait.attempt, **told)

    async def _address(self) -> tuple[str, dict[str, str]]:
        return with_path(self.WEBSOCKET_URL, GeminiLiveProvider.WEBSOCKET_URL), {
            "x-goog-api-key": await self._api_key.fresh()
        }

    async def _restore(self, link: Link) -> None:
        assert self._config is not None
        self._resumed_with = handle = self._resumption_handle
        seed = None
        if handle is None:
            waiting = self._conversation.waits_for_an_answer
            seed = messages.history(self._conversation.entries, wants_answer=waiting and not self._turn_is_over)
        model = self._model_id()
        await link.send(messages.setup(self._config, model=model, handle=handle, seeds_history=seed is not None))
        async with within(READY_TIMEOUT_S, or_else="the server did not send setupComplete"):
            while not await self._is_ready(link):
                pass
        if seed is not None:
            await link.send(seed)
        while self._texts_waiting:
            await link.send(messages.text_turn(self._texts_waiting[0], model=model))
            self._conversation.add(Said("user", self._texts_waiting.popleft()))

    async def _is_ready(self, link: Link) -> bool:
        payload = await link.receive()
        await self._take(payload)
        try:
            return "setupComplete" in decoded(payload)
        except ValueError:
            return False

    def _judge(self, cause: Cause) -> Verdict:
        return messages.judge(cause)

    def _learn_from(self, cause: Cause) -> Cause:
        used = self._resumed_with
        if used is not None and used == self._resumption_handle and cause.close_code in (1007, 1008, 1011):
            self._handle_failures += 1
            if messages.refuses_handle(cause) or self._handle_failures >= HANDLE_FAILURES_MAX:
                self._resumption_handle = None
                self._handle_failures = 0
        self._resumed_with = None
        # Some models close over audio that comes while they wait for a function (google/adk-python#4679). The question is
        # asked again on the next connection, so its call comes again, and so would the close.
        if self._lost_a_call and cause.close_code == 1008:
            self._is_deaf_during_calls = True
        self._lost_a_call = False
        return cause

    def _mark(self, *, healthy: bool) -> None:
        self._connection_healthy = healthy
        if healthy:
            self._last_message_time = asyncio.get_running_loop().time()

    def _gone(self) -> None:
        super()._gone()
        self._keep_words()
        self._agent_is_speaking = False
        self._lost_a_call = bool(self._open_calls)
        for call_id in self._open_calls:
            self._emit("function_call.cancelled", call_id=call_id)
        self._open_calls.clear()

    def _forget(self) -> None:
        super()._forget()
        self._resumption_handle = self._resumed_with = None
        self._handle_failures = 0
        self._conversation = Conversation()
        self._texts_waiting.clear()
        self._open_calls.clear()
        self._lost_a_call = self._is_deaf_during_calls = False
        self._heard, self._said = "", ""
        self._agent_is_speaking = False
        self._turn_is_over = True

    def _moved(self) -> None:
        resumed = self._resumed_with is not None
        self._emit("session.updated", moved="the server was about to hang up", resumed=resumed)

    def _model_id(self) -> str:
        return (self._config.model_id if self._config else None) or self._model

    # -- what the server says

    async def _received(self, payload: bytes) -> None:
        message = decoded(payload)
        if message and not message.keys() & messages.KNOWN:
            self._emit("error", code="unknown_event", message=f"the server sent an unknown message {sorted(message)}")
        if (complete := message.get("setupComplete")) is not None:
            self._emit("session.created", session_id=complete.get("sessionId"), resumed=self._resumed_with is not None)
        if (content := message.get("serverContent")) is not None:
            self._hears_content(content)
        if (activity := message.get("voiceActivity")) is not None:
            self._hears_activity(activity)
        if (call := message.get("toolCall")) is not None:
            self._hears_tool_call(call)
        if (cancellation := message.get("toolCallCancellation")) is not None:
            self._hears_cancellation(cancellation)
        if (update := message.get("sessionResumptionUpdate")) is not None:
            self._hears_resumption(update)
        if (warning := message.get("goAway")) is not None:
            self._hears_go_away(warning)

    def _hears_content(self, content: dict[str, Any]) -> None:
        # One message may carry any number of these at once.
        self._count_as_useful()
        if heard := content.get("inputTranscription", {}).get("text"):
            self._opens_turn()
            self._heard += heard
            self._emit("transcription", text=heard)
        for part in content.get("modelTurn", {}).get("parts", ()):
            self._hears_part(part)
        if said := content.get("outputTranscription", {}).get("text"):
            self._said += said
        if content.get("interrupted"):
            self._emit("speech.started", interrupted=True)
        if content.get("turnComplete"):
            self._ends_turn()

    def _hears_part(self, part: dict[str, Any]) -> None:
        if not self._agent_is_speaking:
            self._agent_is_speaking = True
            self._opens_turn()
            self._emit("turn.started")
        if (inline := part.get("inlineData")) is not None:
            audio = base64.b64decode(inline["data"], validate=True)
            rate_hz = messages.output_rate_hz(inline.get("mimeType", ""))
            self._emit("audio.output", audio=audio, format="pcm16", sample_rate=rate_hz)
        if part.get("text") and not part.get("thought"):
            self._said += part["text"]

    def _opens_turn(self) -> None:
        self._turn_is_over = False
        self._between_turns.clear()

    def _ends_turn(self) -> None:
        said = self._said
        self._keep_words()
        self._agent_is_speaking = False
        self._turn_is_over = True
        # A handle for the session as it is now follows. Moving before it comes would take the turn back, so it is the
        # handle that says `_between_turns`; if none comes, the move waits for its latest moment.
        if said:
            self._emit("text.output", text=said, role="assistant")
        self._emit("turn.completed")

    def _keep_words(self) -> None:
        if self._heard.strip():
            self._conversation.add(Said("user", self._heard.strip()))
        if self._said.strip():
            self._conversation.add(Said("assistant", self._said.strip()))
        self._heard, self._said = "", ""

    def _hears_activity(self, activity: dict[str, Any]) -> None:
        match activity.get("type"):
            case "ACTIVITY_START":
                self._emit("speech.started")
            case "ACTIVITY_END":
                self._emit("speech.stopped")

    def _hears_tool_call(self, call: dict[str, Any]) -> None:
        self._count_as_useful()
        self._opens_turn()
        for function_call in call["functionCalls"]:
            call_id, name = function_call["id"], function_call["name"]
            self._open_calls[call_id] = name
            self._emit("function_call", call_id=call_id, name=name, arguments=function_call.get("args", {}))

    def _hears_cancellation(self, cancellation: dict[str, Any]) -> None:
        for call_id in cancellation["ids"]:
            if self._open_calls.pop(call_id, None) is not None:
                self._emit("function_call.cancelled", call_id=call_id)

    def _hears_resumption(self, update: dict[str, Any]) -> None:
        # Defaults are left out on the wire: "not resumable" comes as an empty object. The last handle stays good then.
        if update.get("resumable") and update.get("newHandle"):
            self._resumption_handle = update["newHandle"]
            self._handle_failures = 0
            if self._turn_is_over:
                self._between_turns.set()

    def _hears_go_away(self, warning: dict[str, Any]) -> None:
        left_s = duration_s(warning.get("timeLeft", "")) or 0.0
        now_s = asyncio.get_running_loop().time()
        # Closing, dialling and setting up take a second or two; a short warning leaves less for waiting, not for them.
        margin_s = min(10.0, max(1.5, left_s / 3))
        self._plan_move(from_s=now_s, latest_s=now_s + max(0.0, left_s - margin_s))


def create_gemini_provider(api_key: Key, model: str | None = None, **options: Any) -> GeminiLiveProvider:
    return GeminiLiveProvider(api_key, model, **options)


def _is_loud(pcm: bytes) -> bool:
    samples = array.array("h", pcm[: len(pcm) // 2 * 2])
    return bool(samples) and max(max(samples), -min(samples)) > LOUD_PEAK
