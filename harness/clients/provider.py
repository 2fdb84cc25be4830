"""A client with the interface of deadair's own providers: connect, send, an async stream of events, disconnect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from harness.clients.client import ClientEvent

__all__ = ["ProviderClient"]


class ProviderClient:
    """Drives an object that has the public methods of CONTRACT.md section 1.

    Args:
        provider: The object; only its public methods and `state` are used.
        config: What its `connect` takes.
        audio: Makes its audio chunk from PCM at `sample_rate_hz`.
        text: Makes what its `send_text` takes.
    """

    def __init__(
        self,
        provider: Any,
        *,
        config: Any,
        audio: Callable[[bytes], Any],
        text: Callable[[str], Any],
        sample_rate_hz: int,
        agent_sample_rate_hz: int,
    ) -> None:
        self._provider = provider
        self._config = config
        self._audio = audio
        self._text = text
        self.sample_rate_hz = sample_rate_hz
        self.agent_sample_rate_hz = agent_sample_rate_hz

    @property
    def state(self) -> str:
        return str(getattr(self._provider.state, "value", self._provider.state))

    async def connect(self) -> None:
        await self._provider.connect(self._config)

    async def send_audio(self, pcm: bytes) -> None:
        await self._provider.send_audio(self._audio(pcm))

    async def send_text(self, text: str) -> None:
        await self._provider.send_text(self._text(text))

    async def answer(self, call_id: str, result: str) -> None:
        await self._provider.handle_function_result(call_id, result)

    async def events(self) -> AsyncIterator[ClientEvent]:
        async for event in self._provider.receive_events():
            fields = dict(event.data) if isinstance(event.data, dict) else {"data": event.data}
            audio = fields.pop("audio", b"") if event.type == "audio.output" else b""
            yield ClientEvent(kind=event.type, fields=fields, audio=audio)

    async def disconnect(self) -> None:
        await self._provider.disconnect()
