"""Deepgram listens, Gemini thinks, Deepgram speaks: three services, of which only listening holds a connection.

When listening is lost, the answer that is being given goes on, and what the caller says meanwhile is kept: up to
`AUDIO_BUFFER_SIZE` chunks, sent in order before anything newer as soon as there is a connection again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit

from providers.base import (
    AudioChunk,
    AudioFormat,
    ConnectionFailed,
    ProviderCapabilities,
    SessionConfig,
    TextMessage,
)  # fmt: skip
from providers.connection import Link
from providers.credentials import Credential, Key, Secrets
from providers.messages import deepgram as messages
from providers.messages.common import decoded
from providers.reconnect import Cause, GiveUp, Policy, Recovered, Verdict, Wait
from providers.rest import RestCalls, RestFailed
from providers.websocket_provider import LOST, WebSocketProvider, ended, with_path

__all__ = [
    "AUDIO_BUFFER_SIZE", "INITIAL_BACKOFF_DELAY", "MAX_RECONNECT_ATTEMPTS", "DeepgramSegmentedProvider",
    "create_deepgram_provider",
]  # fmt: skip

MAX_RECONNECT_ATTEMPTS = 5
INITIAL_BACKOFF_DELAY = 1.0
"""Seconds; each wait is twice the one before."""
AUDIO_BUFFER_SIZE = 100
"""Chunks: 2 s in frames of 20 ms."""

REPLAY_SPEED = 1.25
"""Times real time. What comes faster, Deepgram does not read."""
REPLAY_BURST_S = 0.5
"""Audio that is sent at once, before that speed is kept to."""
KEEPALIVE_INTERVAL_S = 4.0
"""Deepgram advises 3 to 5 s; it hangs up after 10 to 12 s without audio or text."""
SILENCE_S = 2.0
"""A stream that has brought no result is ended after 30 s in spite of KeepAlive; so much silence brings one."""
HISTORY_SENT = 10
HISTORY_MAX = 200
ANSWER_TIMEOUT_S = 20.0
SPEECH_TIMEOUT_S = 30.0
SPEECH_RATE_HZ = 24000


class DeepgramSegmentedProvider(WebSocketProvider):
    """A conversation over three services.

    Args:
        deepgram_api_key: Sent in a header, and never told; or a function that gets one for each connection and each call.
        gemini_api_key: Likewise.
        stt_model: Who listens.
        tts_voice: Who speaks.
        llm_model: Who thinks, where `SessionConfig.model_id` names nobody else.
        deepgram_stt_url: Instead of `DEEPGRAM_STT_URL`; with its path left out, the path of that.
        deepgram_tts_url: Instead of `DEEPGRAM_TTS_URL`, likewise.
        gemini_api_url: Instead of `GEMINI_API_URL`, likewise.
    """

    DEEPGRAM_STT_URL = "wss://api.deepgram.com/v1/listen"
    DEEPGRAM_TTS_URL = "https://api.deepgram.com/v1/speak"
    GEMINI_API_URL = "https://generativelanguage.googleapis.com/v1beta"

    def __init__(
        self,
        deepgram_api_key: Key,
        gemini_api_key: Key,
        stt_model: str = "nova-3",
        tts_voice: str = "aura-2-thalia-en",
        llm_model: str = "gemini-2.5-flash",
        *,
        deepgram_stt_url: str | None = None,
        deepgram_tts_url: str | None = None,
        gemini_api_url: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        secrets = Secrets(deepgram_api_key, gemini_api_key)
        super().__init__(secrets=secrets, ssl_context=ssl_context)
        self._deepgram_api_key = Credential(deepgram_api_key, secrets)
        self._gemini_api_key = Credential(gemini_api_key, secrets)
        self._stt_model, self._tts_voice, self._llm_model = stt_model, tts_voice, llm_model
        self.DEEPGRAM_STT_URL = deepgram_stt_url or self.DEEPGRAM_STT_URL
        self.DEEPGRAM_TTS_URL = deepgram_tts_url or self.DEEPGRAM_TTS_URL
        self.GEMINI_API_URL = gemini_api_url or self.GEMINI_API_URL
        self._connection_healthy = self._stt_connection_healthy = False
        self._last_message_time: float = 0
        self._last_stt_message_time: float = 0
        self._audio_buffer: deque[AudioChunk] = deque(maxlen=AUDIO_BUFFER_SIZE)
        self._dropped_audio_chunks = 0
        self._conversation_history: list[TextMessage] = []
        self._pieces: list[str] = []
        self._caller_is_speaking = False
        self._last_sent_s = 0.0
        self._keeping_alive: asyncio.Task[None] | None = None
        self._replaying: asyncio.Task[None] | None = None
        self._answers: list[asyncio.Task[None]] = []
        self._rest_calls = RestCalls(secrets=secrets, ssl_context=ssl_context)

    @property
    def capabilities(self) -> ProviderCapabilities:
        return ProviderCapabilities(
            name="deepgram",
            input_formats=(AudioFormat.PCM16, AudioFormat.G711_ULAW, AudioFormat.G711_ALAW),
            output_sample_rate=self._speech_rate_hz(),
            function_calls=False,
            speech_to_speech=False,
            resumes_sessions=False,
        )

    async def send_audio(self, chunk: AudioChunk) -> None:
        usable = self._is_usable()
        if not chunk.data:
            # An empty frame means "close the stream" to Deepgram.
            return
        if not usable or self._link is None or self._audio_buffer:
            self._keep(chunk)
            return
        try:
            await self._link.send(chunk.data)
        except ConnectionFailed:
            self._keep(chunk)
        self._last_sent_s = asyncio.get_running_loop().time()

    async def send_text(self, message: TextMessage | str) -> None:
        self._is_usable()
        self._remember(TextMessage(message) if isinstance(message, str) else message)
        self._ask()

    # -- staying connected

    async def _attempt_reconnection(self, loss: Cause = LOST) -> None:
        await self._attempt_stt_reconnection(loss)

    async def _attempt_stt_reconnection(self, loss: Cause = LOST) -> None:
        if self._is_reconnecting or not self._should_reconnect:
            return
        self._is_reconnecting = True
        policy = Policy(attempts=MAX_RECONNECT_ATTEMPTS, first_delay_s=INITIAL_BACKOFF_DELAY)
        try:
            outcome = await self._ride_out(loss, policy, announce=self._announce, reconnect=self._reconnect_stt)
        finally:
            self._is_reconnecting = False
        dropped, self._dropped_audio_chunks = self._dropped_audio_chunks, 0
        told: dict[str, Any] = {"component": "stt", "dropped_audio_chunks": dropped}
        match outcome:
            case Recovered(attempts=attempts):
                self._reconnect_attempts = 0
                self._emit("connection.reconnected", attempts=attempts, **told)
            case GiveUp(attempts=attempts, cause=cause):
                self._emit("connection.failed", attempts=attempts, reason=cause.says, **told)
                self._give_up()

    async def _reconnect_stt(self) -> None:
        await self._drop()
        self._adopt(await self._dial())

    def _announce(self, wait: Wait) -> None:
        self._reconnect_attempts = wait.attempt
        told: dict[str, Any] = {"component": "stt", "buffered_audio_chunks": len(self._audio_buffer)}
        if wait.limit_s:
            told["rate_limit_wait"] = wait.limit_s
        limits = {"max_attempts": MAX_RECONNECT_ATTEMPTS, "backoff_delay": wait.backoff_s}
        self._emit("connection.reconnecting", attempt=wait.attempt, **limits, **told)

    async def _replay_buffered_audio(self) -> None:
        """Send what was kept, in order, until nothing is left or the connection is gone again.

        What comes meanwhile is kept too, behind it. A chunk whose send fails goes back to its place.
        """
        loop = asyncio.get_running_loop()
        began_s, sent_s = loop.time(), 0.0
        while self._audio_buffer and self._link is not None:
            chunk = self._audio_buffer.popleft()
            try:
                await self._link.send(chunk.data)
            except ConnectionFailed:
                self._put_back(chunk)
                return
            self._last_sent_s = loop.time()
            sent_s += messages.audio_s(chunk.data, self._session())
            ahead_s = sent_s - REPLAY_BURST_S - REPLAY_SPEED * (loop.time() - began_s)
            # Less than a timer can tell apart would be slept for ever on a clock that moves by timers alone.
            if ahead_s > 1e-3:
                await asyncio.sleep(ahead_s / REPLAY_SPEED)
        self._tell_dropped()

    def _keep(self, chunk: AudioChunk) -> None:
        if len(self._audio_buffer) == AUDIO_BUFFER_SIZE:
            self._dropped_audio_chunks += 1
        self._audio_buffer.append(chunk)

    def _put_back(self, chunk: AudioChunk) -> None:
        # It is the oldest: where there is no room left, it is the one to go.
        if len(self._audio_buffer) == AUDIO_BUFFER_SIZE:
            self._dropped_audio_chunks += 1
        else:
            self._audio_buffer.appendleft(chunk)

    def _tell_dropped(self) -> None:
        dropped, self._dropped_audio_chunks = self._dropped_audio_chunks, 0
        if dropped:
            message = f"{dropped} audio chunks were lost: no more than {AUDIO_BUFFER_SIZE} can wait"
            self._emit("error", code="audio_dropped", message=message, dropped_audio_chunks=dropped, component="stt")

    async def _keep_alive(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            seen_s = self._last_sent_s
            await asyncio.sleep(max(0.0, seen_s + KEEPALIVE_INTERVAL_S - loop.time()))
            if self._last_sent_s != seen_s:
                continue
            self._last_sent_s = loop.time()
            if self._link is None or not self._link.is_open:
                continue
            try:
                await self._link.send(messages.KEEP_ALIVE)
                if not self._standing.useful:
                    await self._link.send(messages.silence(SILENCE_S, self._session()))
            except ConnectionFailed:
                # The task that reads learns of it too, and does what there is to do.
                continue

    async def _address(self) -> tuple[str, dict[str, str]]:
        url = with_path(self.DEEPGRAM_STT_URL, DeepgramSegmentedProvider.DEEPGRAM_STT_URL)
        joint = "&" if urlsplit(url).query else "?"
        query = messages.listen_query(self._session(), model=self._stt_model)
        return f"{url}{joint}{query}", {"Authorization": f"Token {await self._deepgram_api_key.fresh()}"}

    async def _restore(self, link: Link) -> None:
        # The query was the whole configuration, and the service says nothing before it has heard something.
        self._emit("session.created", component="stt")

    def _adopted(self) -> None:
        self._last_sent_s = asyncio.get_running_loop().time()
        if self._keeping_alive is None or self._keeping_alive.done():
            self._keeping_alive = asyncio.create_task(self._keep_alive(), name="keeping alive")
        if self._audio_buffer and (self._replaying is None or self._replaying.done()):
            self._replaying = asyncio.create_task(self._replay_buffered_audio(), name="replaying")

    def _judge(self, cause: Cause) -> Verdict:
        return messages.judge(cause)

    def _mark(self, *, healthy: bool) -> None:
        self._connection_healthy = self._stt_connection_healthy = healthy
        if healthy:
            self._last_message_time = self._last_stt_message_time = asyncio.get_running_loop().time()

    def _forget(self) -> None:
        self._audio_buffer.clear()
        self._dropped_audio_chunks = 0
        self._conversation_history.clear()
        self._pieces.clear()
        self._caller_is_speaking = False

    def _give_up(self) -> None:
        super()._give_up()
        self._audio_buffer.clear()
        for task in self._beside_the_connection():
            task.cancel()

    async def _farewell(self, link: Link) -> None:
        try:
            await link.send(messages.CLOSE_STREAM)
        except ConnectionFailed:
            pass

    async def _release(self) -> None:
        for task in self._beside_the_connection():
            await ended(task)

    def _beside_the_connection(self) -> list[asyncio.Task[None]]:
        return [task for task in (self._keeping_alive, self._replaying, *self._answers) if task is not None]

    def _session(self) -> SessionConfig:
        assert self._config is not None
        return self._config

    def _speech_rate_hz(self) -> int:
        wanted = self._config.metadata if self._config else {}
        return int(wanted.get("tts_sample_rate", SPEECH_RATE_HZ))

    # -- what the caller says

    async def _received(self, payload: bytes) -> None:
        message = decoded(payload)
        match message["type"]:
            case "Results":
                self._hears_results(message)
            case "SpeechStarted":
                self._caller_is_speaking = True
                self._emit("speech.started", at_s=message.get("timestamp"))
            case "UtteranceEnd":
                self._ends_utterance()
            case "Error":
                text = self._secrets.hidden(str(message.get("description", "")))
                self._emit("error", code=str(message.get("variant", "")), message=text, component="stt")
            case "Metadata":
                # The summary of a stream that ends; the close that follows says why.
                pass
            case kind:
                self._emit("error", code="unknown_event", message=f"the server sent an unknown message {kind!r}")

    def _hears_results(self, message: dict[str, Any]) -> None:
        transcript = message["channel"]["alternatives"][0]["transcript"].strip()
        self._count_as_useful()
        # Interim results are guesses; each is replaced by the next. Only final ones are said once and stay.
        if not message["is_final"]:
            return
        if transcript:
            self._pieces.append(transcript)
        if message["speech_final"]:
            self._ends_utterance()

    def _ends_utterance(self) -> None:
        if self._caller_is_speaking:
            self._caller_is_speaking = False
            self._emit("speech.stopped")
        text = " ".join(self._pieces)
        self._pieces.clear()
        if text:
            self._emit("transcription", text=text)
            self._remember(TextMessage(text))
            self._ask()

    def _remember(self, message: TextMessage) -> None:
        self._conversation_history.append(message)
        del self._conversation_history[:-HISTORY_MAX]

    # -- what is answered

    def _ask(self) -> None:
        """Answer what was said last. An answer that is still being given is broken off: its question is history now."""
        self._answers = [task for task in self._answers if not task.done()]
        for task in self._answers:
            task.cancel()
        self._answers.append(asyncio.create_task(self._answer(), name="answering"))

    async def _answer(self) -> None:
        self._emit("turn.started")
        status = "interrupted"
        try:
            text = await self._think()
            if text:
                self._remember(TextMessage(text, role="assistant"))
                self._emit("text.output", text=text, role="assistant")
                await self._speak(text)
            status = "completed"
        except RestFailed as failure:
            status = "failed"
            self._emit("error", code="rest_failed", message=str(failure), status=failure.status)
        finally:
            self._emit("turn.completed", status=status)

    async def _think(self) -> str:
        config = self._session()
        base = (
            with_path(self.GEMINI_API_URL, DeepgramSegmentedProvider.GEMINI_API_URL).rstrip("/").removesuffix("/models")
        )
        url = f"{base}/models/{config.model_id or self._llm_model}:generateContent"
        body = messages.generate_content(self._conversation_history[-HISTORY_SENT:], config)
        headers = {"x-goog-api-key": await self._key_for_a_call(self._gemini_api_key)}
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                answer = await self._rest_calls.ask(url, headers=headers, body=body)
            return messages.said_by_model(answer)
        except TimeoutError:
            raise RestFailed(f"there was no answer from the model within {ANSWER_TIMEOUT_S:g} s") from None
        except ValueError as error:
            raise RestFailed(str(error)) from None

    async def _speak(self, text: str) -> None:
        url = with_path(self.DEEPGRAM_TTS_URL, DeepgramSegmentedProvider.DEEPGRAM_TTS_URL)
        rate_hz = self._speech_rate_hz()
        params = messages.speak_query(voice=self._tts_voice, sample_rate=rate_hz)
        headers = {"Authorization": f"Token {await self._key_for_a_call(self._deepgram_api_key)}"}
        rest = b""
        try:
            async with (
                asyncio.timeout(SPEECH_TIMEOUT_S),
                aclosing(self._rest_calls.stream(url, headers=headers, params=params, body={"text": text})) as parts,
            ):
                async for part in parts:
                    # The transport cuts anywhere; a sample is two bytes.
                    audio = rest + part
                    whole = len(audio) // 2 * 2
                    rest = audio[whole:]
                    if whole:
                        self._emit("audio.output", audio=audio[:whole], format="pcm16", sample_rate=rate_hz)
        except TimeoutError:
            raise RestFailed(f"the speech was not complete within {SPEECH_TIMEOUT_S:g} s") from None

    @staticmethod
    async def _key_for_a_call(credential: Credential) -> str:
        try:
            return await credential.fresh()
        except ConnectionFailed as failure:
            raise RestFailed(failure.cause.says) from None


def create_deepgram_provider(deepgram_api_key: Key, gemini_api_key: Key, **options: Any) -> DeepgramSegmentedProvider:
    return DeepgramSegmentedProvider(deepgram_api_key, gemini_api_key, **options)
