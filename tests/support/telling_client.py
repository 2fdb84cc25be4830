"""A client that reaches nobody: it tells the address that it was given, and takes its time to say goodbye."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from harness.clients import ClientEvent, Endpoints

__all__ = ["GOODBYE_S", "TellingClient", "make"]

GOODBYE_S = 2.5


class TellingClient:
    sample_rate_hz = 16_000
    agent_sample_rate_hz = 24_000

    def __init__(self, endpoints: Endpoints) -> None:
        self.state = "idle"
        self._endpoints = endpoints

    async def connect(self) -> None:
        self.state = "active"

    async def send_audio(self, pcm: bytes) -> None: ...

    async def send_text(self, text: str) -> None: ...

    async def events(self) -> AsyncIterator[ClientEvent]:
        yield ClientEvent(kind="error", fields={"error": f"nobody at {self._endpoints.urls['session']}"})
        raise OSError(f"Connect call failed {self._endpoints.urls['session']}")

    async def disconnect(self) -> None:
        await asyncio.sleep(GOODBYE_S)


def make(_case: Mapping[str, Any], endpoints: Endpoints) -> TellingClient:
    return TellingClient(endpoints)
