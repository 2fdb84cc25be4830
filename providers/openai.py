"""OpenAI Realtime: a session that comes back by itself, with its configuration and with what was said so far.

The server keeps nothing for a client that comes back: each connection is a new session. So the configuration is sent
again, then the conversation as text, and only then audio.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from providers.base import (
    AudioChunk,
    AudioFormat,
    ConnectionFailed,
    ProviderCapabilities,
    ProviderError,
    SessionConfig,
    TextMessage,
)  # fmt: skip
from providers.connection import Link, within
from providers.conversation import Answered, Called, Conversation, Said
from providers.credentials import Credential, Key, Secrets
from providers.messages import openai as messages
from providers.messages.common import decoded
from providers.reconnect import Cause, GiveUp, Held, Policy, Recovered, Verdict, Wait
from providers.resample import Resampler
from providers.retry_after import spoken_wait_s
from providers.speech_to_speech import SpeechToSpeech
from providers.websocket_provider import LOST, with_path

__all__ = ["INITIAL_BACKOFF_DELAY", "MAX_RECONNECT_ATTEMPTS", "OpenAIRealtimeProvider", "create_openai_provider"]

MAX_RECONNECT_ATTEMPTS = 5
INITIAL_BACKOFF_DELAY = 1.0
"""Seconds; each wait is twice the one before."""

MODEL = "gpt-realtime"
MODEL_SMALL = "gpt-realtime-mini"

READY_TIMEOUT_S = 10.0
"""For each of `session.created` and `session.updated`."""
HANGUP_GRACE_S = 1.0
"""A server that refuses a key says so in an `error` event, then hangs up; both belong together."""
SESSION_S = (600.0, 7200.0)
"""What can be meant by `expires_at`: the cap was 15 minutes once, and is 60 now. Anything else is a wrong clock."""
MOVE_BEFORE_END_S = (60.0, 10.0)
"""From so long before the session ends, a pause is used to move to a new one; so long before it, nothing is waited for."""


class OpenAIRealtimeProvider(SpeechToSpeech):
    """A session with an OpenAI Realtime model.

    Args:
        api_key: Sent in a header, and never told; or a function that gets one for each connection.
        model: Used where `SessionConfig.model_id` names none.
        websocket_url: Instead of `WEBSOCKET_URL`; with its path left out, the path of that.
    """

    WEBSOCKET_URL = "wss://api.openai.com/v1/realtime"

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
        self._rate_limit_reset_time: float = 0
        self._session_id: str | None = None
        self._expires_at: Any = None
        self._conversation = Conversation()
        self._resampler = Resampler(from_hz=messages.WIRE_RATE_HZ, to_hz=messages.WIRE_RATE_HZ)
        self._response_is_active = False
        self._wants_response = False
        self._is_awaiting_answer = False
        self._function_names: dict[str, str] = {}
        self._open_calls: dict[str, None] = {}
        self._last_error: tuple[float, Cause] | None = None
        self._hears: Mapping[str, Callable[[dict[str, Any]], None]] = {
            "conversation.item.input_audio_transcription.completed": self._hears_transcript,
            "error": self._hears_error,
            "input_audio_buffer.committed": self._hears_committed,
            "input_audio_buffer.speech_started": self._hears_speech_started,
            "input_audio_buffer.speech_stopped": self._hears_speech_stopped,
            "response.created": self._hears_response_created,
            "response.done": self._hears_response_done,
            "response.function_call_arguments.done": self._hears_function_call,
            "response.output_audio.delta": self._hears_audio,
            "response.output_audio_transcript.done": self._hears_answer,
            "response.output_item.added": self._hears_output_item,
            "response.output_text.done": self._hears_answer,
            "session.created": self._hears_session_created,
            "session.updated": self._hears_session_updated,
        }

    @property
    def capabilities(self) -> ProviderCapabilities:
        return ProviderCapabilities(
            name="openai-realtime",
            input_formats=(AudioFormat.PCM16, AudioFormat.G711_ULAW, AudioFormat.G711_ALAW),
            output_sample_rate=messages.WIRE_RATE_HZ,
            function_calls=True,
            speech_to_speech=True,
            resumes_sessions=False,
        )

    async def connect(self, config: SessionConfig) -> None:
        if config.channels != 1:
            raise ProviderError(f"OpenAI Realtime takes mono audio, not {config.channels} channels: mix them first")
        await super().connect(config)

    async def send_audio(self, chunk: AudioChunk) -> None:
        await self._deliver_audio(messages.append_audio(self._at_wire_rate(chunk)))

    async def send_text(self, message: TextMessage | str) -> None:
        said = Said("user", message) if isinstance(message, str) else Said(message.role, message.text)
        # While a lost connection is being replaced the conversation is all that is needed: it is said again there.
        self._is_usable()
        self._conversation.add(said)
        self._opens_turn()
        if await self._deliver(messages.create_item(said)):
            await self._ask_for_response()

    async def handle_function_result(self, call_id: str, result: Any) -> None:
        """Give the model what its function call has come to; `result` is anything that JSON can say."""
        self._is_usable()
        if call_id not in self._open_calls:
            raise ProviderError(f"no function call {call_id!r} is open")
        del self._open_calls[call_id]
        answered = Answered(call_id, result if isinstance(result, str) else json.dumps(result))
        self._conversation.add(answered)
        self._opens_turn()
        if await self._deliver(messages.create_item(answered)):
            await self._ask_for_response()

    def _at_wire_rate(self, chunk: AudioChunk) -> bytes:
        if chunk.format is not AudioFormat.PCM16:
            return chunk.data
        if chunk.sample_rate is not None and chunk.sample_rate != self._resampler.from_hz:
            self._resampler = Resampler(from_hz=chunk.sample_rate, to_hz=messages.WIRE_RATE_HZ)
        return self._resampler.resample(chunk.data)

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
                dropped = self._take_dropped()
                self._emit("connection.reconnected", attempts=attempts, dropped_audio_chunks=dropped)
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
            self._rate_limit_reset_time = asyncio.get_running_loop().time() + wait.limit_s
            told["rate_limit_wait"] = wait.limit_s
        self._emit("connection.reconnecting", attempt=wait.attempt, **told)

    async def _address(self) -> tuple[str, dict[str, str]]:
        url = with_path(self.WEBSOCKET_URL, OpenAIRealtimeProvider.WEBSOCKET_URL)
        model = (self._config.model_id if self._config else None) or self._model
        joint = "&" if urlsplit(url).query else "?"
        return f"{url}{joint}{urlencode({'model': model})}", {"Authorization": f"Bearer {await self._api_key.fresh()}"}

    async def _restore(self, link: Link) -> None:
        assert self._config is not None
        self._response_is_active = self._wants_response = False
        await self._await(link, "session.created")
        await link.send(messages.session_update(self._config))
        await self._await(link, "session.updated")
        for entry in self._conversation.entries:
            await link.send(messages.create_item(entry))
        # Somebody asked something and the answer went down with the old connection: it is asked for again.
        if self._is_awaiting_answer and self._conversation.waits_for_an_answer:
            await link.send(messages.create_response())

    async def _await(self, link: Link, kind: str) -> None:
        """Take in messages until this one has come.

        Raises:
            ConnectionFailed: If it does not come, or the server refuses what was asked.
        """
        async with within(READY_TIMEOUT_S, or_else=f"the server did not send {kind}"):
            while True:
                payload = await link.receive()
                await self._take(payload)
                with contextlib.suppress(ValueError):
                    message = decoded(payload)
                    if message.get("type") == kind:
                        return
                    if message.get("type") == "error" and self._last_error is not None:
                        await self._refused(link, self._last_error[1])

    async def _refused(self, link: Link, cause: Cause) -> None:
        """An error before the session was ready: the server hangs up now, or has refused the configuration."""
        try:
            async with asyncio.timeout(HANGUP_GRACE_S):
                while True:
                    await link.receive()
        except TimeoutError:
            raise ConnectionFailed(cause) from None

    def _judge(self, cause: Cause) -> Verdict:
        return messages.judge(cause)

    def _learn_from(self, cause: Cause) -> Cause:
        # A close alone does not tell a used-up account from a deploy; the error event just before it does.
        at_s, error = self._last_error or (float("-inf"), cause)
        self._last_error = None
        if error is cause or cause.error_code or asyncio.get_running_loop().time() - at_s > 2 * HANGUP_GRACE_S:
            return cause
        says = f"{error.says}; then {cause.says}"
        return replace(cause, says=says, error_code=error.error_code, retry_after_s=error.retry_after_s)

    def _mark(self, *, healthy: bool) -> None:
        self._connection_healthy = healthy
        if healthy:
            self._last_message_time = asyncio.get_running_loop().time()

    def _forget(self) -> None:
        super()._forget()
        assert self._config is not None
        self._session_id = None
        self._conversation = Conversation()
        self._resampler = Resampler(from_hz=self._config.sample_rate, to_hz=messages.WIRE_RATE_HZ)
        self._rate_limit_reset_time = 0
        self._is_awaiting_answer = False
        self._open_calls = {}
        self._last_error = None

    def _moved(self) -> None:
        self._emit("session.updated", session_id=self._session_id, moved="the old session was about to expire")

    # -- what the server says

    async def _received(self, payload: bytes) -> None:
        message = decoded(payload)
        kind = message["type"]
        hear = self._hears.get(kind)
        if hear is not None:
            hear(message)
        elif kind not in messages.IGNORED:
            self._emit("error", code="unknown_event", message=f"the server sent an unknown event {kind!r}")
        if kind == "response.done" and self._wants_response:
            await self._ask_for_response()

    def _hears_session_created(self, message: dict[str, Any]) -> None:
        session = message["session"]
        self._session_id = session.get("id")
        self._emit("session.created", session_id=self._session_id, model=session.get("model"))
        self._expires_at = session.get("expires_at")

    def _hears_session_updated(self, message: dict[str, Any]) -> None:
        self._emit("session.updated", session_id=message["session"].get("id"))

    def _hears_error(self, message: dict[str, Any]) -> None:
        error = message["error"]
        code, text = str(error.get("code") or error.get("type") or ""), self._secrets.hidden(str(error.get("message")))
        self._learn_of_error(code, text)
        if code == "conversation_already_has_active_response":
            self._wants_response = True
        self._emit("error", code=code, message=text, error_type=error.get("type"), param=error.get("param"))

    def _learn_of_error(self, code: str, text: str) -> None:
        now_s = asyncio.get_running_loop().time()
        wait_s = None
        if code in messages.RATE_LIMIT_CODES:
            wait_s = spoken_wait_s(text)
            wait_s = messages.RATE_LIMIT_S if wait_s is None else wait_s
            self._rate_limit_reset_time = now_s + wait_s
            self._decide(Held(until_s=self._rate_limit_reset_time), Policy())
        cause = Cause(says=f"the server said {code}: {text}", error_code=code, retry_after_s=wait_s)
        self._last_error = (now_s, cause)

    def _hears_speech_started(self, message: dict[str, Any]) -> None:
        self._count_as_useful()
        self._between_turns.clear()
        self._emit("speech.started", at_ms=message.get("audio_start_ms"))

    def _hears_speech_stopped(self, message: dict[str, Any]) -> None:
        self._emit("speech.stopped", at_ms=message.get("audio_end_ms"))

    def _hears_committed(self, message: dict[str, Any]) -> None:
        self._conversation.reserve(message["item_id"])
        self._opens_turn()

    def _hears_transcript(self, message: dict[str, Any]) -> None:
        text = message["transcript"].strip()
        if text:
            self._conversation.fill(message["item_id"], Said("user", text))
            self._emit("transcription", text=text)

    def _hears_response_created(self, message: dict[str, Any]) -> None:
        self._response_is_active = True
        self._between_turns.clear()
        self._emit("turn.started", response_id=message["response"].get("id"))

    def _hears_output_item(self, message: dict[str, Any]) -> None:
        item = message["item"]
        self._conversation.reserve(item["id"])
        if item.get("type") == "function_call":
            self._function_names[item["call_id"]] = item.get("name", "")

    def _hears_audio(self, message: dict[str, Any]) -> None:
        audio = base64.b64decode(message["delta"], validate=True)
        self._count_as_useful()
        config = self._config
        wire_format = config.audio_format if config else AudioFormat.PCM16
        rate_hz = messages.WIRE_RATE_HZ if wire_format is AudioFormat.PCM16 else 8000
        self._emit("audio.output", audio=audio, format=str(wire_format), sample_rate=rate_hz)

    def _hears_answer(self, message: dict[str, Any]) -> None:
        text = message.get("transcript", message.get("text")) or ""
        if text:
            self._count_as_useful()
            self._conversation.fill(message["item_id"], Said("assistant", text))
            self._emit("text.output", text=text, role="assistant")

    def _hears_function_call(self, message: dict[str, Any]) -> None:
        call_id, arguments = message["call_id"], message["arguments"]
        name = message.get("name") or self._function_names.get(call_id, "")
        parsed = json.loads(arguments or "{}")
        self._count_as_useful()
        self._open_calls[call_id] = None
        self._conversation.fill(message.get("item_id") or call_id, Called(call_id, name, arguments))
        self._emit("function_call", call_id=call_id, name=name, arguments=parsed)

    def _hears_response_done(self, message: dict[str, Any]) -> None:
        response = message["response"]
        status = response.get("status", "completed")
        self._response_is_active = False
        self._function_names.clear()
        if status == "failed":
            self._tell_failure(response.get("status_details"))
        elif not self._open_calls:
            self._is_awaiting_answer = False
        if not self._wants_response:
            self._between_turns.set()
        self._emit("turn.completed", status=status, response_id=response.get("id"))

    def _tell_failure(self, details: Any) -> None:
        error = details.get("error") if isinstance(details, dict) else None
        error = error if isinstance(error, dict) else {}
        code = str(error.get("code") or error.get("type") or "response_failed")
        text = self._secrets.hidden(str(error.get("message") or details or ""))
        self._learn_of_error(code, text)
        self._emit("error", code=code, message=text, error_type=error.get("type"))

    def _opens_turn(self) -> None:
        self._is_awaiting_answer = True
        self._between_turns.clear()

    async def _ask_for_response(self) -> None:
        """Ask for an answer now, or as soon as the one that is being given is over: there is only one at a time."""
        self._wants_response = self._response_is_active
        if not self._response_is_active:
            await self._deliver(messages.create_response())

    def _adopted(self) -> None:
        left_s = self._expires_at - time.time() if isinstance(self._expires_at, (int, float)) else 0.0
        shortest_s, longest_s = SESSION_S
        if not shortest_s <= left_s <= longest_s:
            return
        now_s = asyncio.get_running_loop().time()
        begin_s, latest_s = MOVE_BEFORE_END_S
        self._plan_move(from_s=now_s + left_s - begin_s, latest_s=now_s + left_s - latest_s)


def create_openai_provider(api_key: Key, use_premium: bool = False, **options: Any) -> OpenAIRealtimeProvider:
    """A provider with the small model, or with the large one for those who pay for it."""
    return OpenAIRealtimeProvider(api_key, MODEL if use_premium else MODEL_SMALL, **options)
