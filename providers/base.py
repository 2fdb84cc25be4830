"""What an application sees of any provider: its session, its audio, its events, its errors."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from providers.events import EventStream
from providers.reconnect import Cause

__all__ = [
    "AudioChunk", "AudioFormat", "BaseProvider", "ConnectionFailed", "FunctionCall", "NotConnected", "ProviderCapabilities",
    "ProviderError", "ProviderEvent", "SessionConfig", "SessionState", "TextMessage",
]  # fmt: skip


class ProviderError(Exception):
    """Something that a provider could not do; the message says what, why, and what to do about it."""


class NotConnected(ProviderError):
    """There is no session, and none is coming."""


class ConnectionFailed(ProviderError):
    """A connection could not be opened, or is gone; `cause` has the particulars."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.says)
        self.cause = cause


class SessionState(StrEnum):
    """`connecting` also stands for the time in which a lost connection is being replaced.

    `connected` becomes `active` when somebody reads the events.
    """

    IDLE = "idle"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    ACTIVE = "active"
    DISCONNECTING = "disconnecting"
    DISCONNECTED = "disconnected"
    ERROR = "error"


class AudioFormat(StrEnum):
    PCM16 = "pcm16"
    G711_ULAW = "g711_ulaw"
    G711_ALAW = "g711_alaw"


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """What the application asks for; all of it is asked for again after each reconnection.

    Args:
        model_id: A model, or None for the provider's own choice.
        sample_rate: Of the audio that `send_audio` is given, in Hz.
        channels: Of that audio, interleaved.
        temperature: 0 to 2.
        max_tokens: Of one answer.
        tools: Functions, each with `name`, `description` and `parameters` (JSON Schema).
        metadata: What only some providers know: `voice`, and the keys in providers/README.md.

    Raises:
        ValueError: If a value is out of its range; the message names it.
    """

    model_id: str | None = None
    audio_format: AudioFormat = AudioFormat.PCM16
    sample_rate: int = 16000
    channels: int = 1
    system_prompt: str | None = None
    temperature: float = 0.7
    max_tokens: int | None = None
    tools: tuple[Mapping[str, Any], ...] | list[Mapping[str, Any]] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.sample_rate <= 0:
            raise ValueError(f"sample_rate is {self.sample_rate}; it must be more than 0 Hz")
        if self.channels < 1:
            raise ValueError(f"channels is {self.channels}; it must be at least 1")
        if not 0 <= self.temperature <= 2:
            raise ValueError(f"temperature is {self.temperature}; it must be from 0 to 2")
        if self.max_tokens is not None and self.max_tokens < 1:
            raise ValueError(f"max_tokens is {self.max_tokens}; it must be at least 1")


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A piece of audio, of any length; `sample_rate` in Hz, or None for that of the session."""

    data: bytes
    format: AudioFormat = AudioFormat.PCM16
    sample_rate: int | None = None
    timestamp: float | None = None


@dataclass(frozen=True, slots=True)
class TextMessage:
    """Something typed; `role` is `user` or `assistant`."""

    text: str
    role: str = "user"
    timestamp: float | None = None


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A call that the model asks for; the result goes to `handle_function_result(call_id, …)`."""

    call_id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """Something that happened; `timestamp` is the event loop's time in seconds."""

    type: str
    data: Mapping[str, Any]
    timestamp: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCapabilities:
    """What a provider can do. Rates are in Hz; `output_sample_rate` is that of `audio.output`."""

    name: str
    input_formats: tuple[AudioFormat, ...]
    output_sample_rate: int
    function_calls: bool
    speech_to_speech: bool
    resumes_sessions: bool


class BaseProvider(ABC):
    """A voice session with a provider, from `connect` to `disconnect`."""

    def __init__(self) -> None:
        self._state = SessionState.IDLE
        self._config: SessionConfig | None = None
        self._events: EventStream[ProviderEvent] = EventStream(keep=_is_about_the_connection)
        self._is_read = False

    @property
    def state(self) -> SessionState:
        return self._state

    @property
    @abstractmethod
    def capabilities(self) -> ProviderCapabilities: ...

    @property
    def dropped_events(self) -> int:
        """Events that nobody read in time, and that had to make room for newer ones."""
        return self._events.dropped

    @abstractmethod
    async def connect(self, config: SessionConfig) -> None:
        """Open a session; on return audio and text can be sent.

        Raises:
            ConnectionFailed: If there is none; `cause` says why. A first connection is not tried again by itself.
            ProviderError: If the configuration cannot be had, or there is a session already.
        """

    @abstractmethod
    async def disconnect(self) -> None:
        """End the session for good: within 3 s, in any state, and nothing is left of it. Twice does no harm."""

    @abstractmethod
    async def send_audio(self, chunk: AudioChunk) -> None:
        """Send what the caller says. While a lost connection is being replaced this does not raise.

        Raises:
            NotConnected: If there is no session, and none is coming.
        """

    @abstractmethod
    async def send_text(self, message: TextMessage | str) -> None:
        """Send what the caller types, and have it answered.

        Raises:
            NotConnected: If there is no session, and none is coming.
        """

    async def receive_events(self) -> AsyncGenerator[ProviderEvent, None]:
        """Everything that happens, in order, until the session is over."""
        self._is_read = True
        if self._state is SessionState.CONNECTED:
            self._state = SessionState.ACTIVE
        try:
            while (event := await self._events.next()) is not None:
                yield event
        finally:
            self._is_read = False

    def _emit(self, kind: str, /, **data: Any) -> None:
        self._events.put(ProviderEvent(kind, data, asyncio.get_running_loop().time()))


def _is_about_the_connection(event: ProviderEvent) -> bool:
    return event.type.startswith("connection.")
