"""Clients whose own state goes wrong: a gate that stays shut, a memory without an end, an answer that was none."""

from __future__ import annotations

from typing import Any

from providers.base import AudioChunk
from providers.connection import Link
from providers.gemini import GeminiLiveProvider
from providers.messages import gemini as messages
from providers.openai import OpenAIRealtimeProvider
from providers.reconnect import Cause
from providers.speech_to_speech import SpeechToSpeech
from tests.support.broken_clients.bug import bug

CHUNKS_MAX = 5_000
"""100 s of speech in frames of 20 ms."""


@bug
class NeverOpensTheGateAgain(SpeechToSpeech):
    """Lets audio out once it is ready, and is ready for the first connection only."""

    _gate_is_open = True

    def _lost(self, cause: Cause) -> None:
        self._gate_is_open = False
        super()._lost(cause)

    async def _deliver_audio(self, message: str) -> None:
        if self._gate_is_open:
            await super()._deliver_audio(message)


@bug
class KeepsEveryChunk(OpenAIRealtimeProvider):
    """Keeps all that was ever said, until there is room for nothing more."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._kept: list[AudioChunk] = []

    async def send_audio(self, chunk: AudioChunk) -> None:
        if len(self._kept) < CHUNKS_MAX:
            self._kept.append(chunk)
            await super().send_audio(chunk)


@bug
class IsDeafAfterAnEmptyAnswer(OpenAIRealtimeProvider):
    """Takes an answer without audio for the end of all audio."""

    _has_heard = True
    _is_deaf = False

    def _hears_response_created(self, message: dict[str, Any]) -> None:
        self._has_heard = False
        super()._hears_response_created(message)

    def _hears_audio(self, message: dict[str, Any]) -> None:
        self._has_heard = True
        if not self._is_deaf:
            super()._hears_audio(message)

    def _hears_response_done(self, message: dict[str, Any]) -> None:
        self._is_deaf = self._is_deaf or not self._has_heard
        super()._hears_response_done(message)


@bug
class TellsAResumedSessionWhatItKnows(GeminiLiveProvider):
    """Tells its history on every connection, also where the handle has brought it back, and never learns."""

    async def _restore(self, link: Link) -> None:
        await super()._restore(link)
        history = messages.history(self._conversation.entries, wants_answer=False)
        if self._resumed_with is not None and history is not None:
            await link.send(history)

    def _learn_from(self, cause: Cause) -> Cause:
        kept = self._resumption_handle
        learnt = super()._learn_from(cause)
        self._resumption_handle = kept
        return learnt


@bug
class ForgetsItsCallsInSilence(GeminiLiveProvider):
    """Loses the calls that are open with their connection, and tells nobody."""

    def _gone(self) -> None:
        self._open_calls.clear()
        super()._gone()


@bug
class SpeaksIntoItsCalls(GeminiLiveProvider):
    """Sends audio while a function runs, however often the provider closes over it."""

    def _learn_from(self, cause: Cause) -> Cause:
        learnt = super()._learn_from(cause)
        self._is_deaf_during_calls = False
        return learnt
