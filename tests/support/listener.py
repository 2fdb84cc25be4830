"""Whoever listens to a provider: every event, in order, with its time."""

from __future__ import annotations

import asyncio
from types import TracebackType

from providers.base import BaseProvider, ProviderEvent, SessionConfig
from tests.support.scripted_server import until

__all__ = ["Listener"]


class Listener:
    """`async with Listener(provider, config) as heard:` connects, listens, and disconnects at the end."""

    def __init__(self, provider: BaseProvider, config: SessionConfig | None = None) -> None:
        self._provider = provider
        self._config = config or SessionConfig()
        self._task: asyncio.Task[None] | None = None
        self.events: list[ProviderEvent] = []
        self.has_ended = False

    async def __aenter__(self) -> Listener:
        await self._provider.connect(self._config)
        self._task = asyncio.create_task(self._listen())
        await asyncio.sleep(0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._provider.disconnect()
        assert self._task is not None
        await self._task

    async def _listen(self) -> None:
        async for event in self._provider.receive_events():
            self.events.append(event)
        self.has_ended = True

    @property
    def kinds(self) -> list[str]:
        return [event.type for event in self.events]

    def of(self, kind: str) -> list[ProviderEvent]:
        return [event for event in self.events if event.type == kind]

    @property
    def connection_story(self) -> list[str]:
        return [event.type for event in self.events if event.type.startswith("connection.")]

    async def hears(self, kind: str, times: int = 1, *, within_s: float = 120.0) -> ProviderEvent:
        """The `times`-th event of this kind, as soon as there is one."""
        await until(lambda: len(self.of(kind)) >= times, within_s=within_s)
        return self.of(kind)[times - 1]
