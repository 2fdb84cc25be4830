"""A client for `lines.serve` that echoes what it is asked, and misbehaves as its system prompt says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from harness.clients.adapters.lines import serve
from harness.clients.adapters.outbox import Outbox
from harness.clients.client import Client, ClientEvent, Endpoints
from harness.clients.traits import Traits

__all__ = ["ChildClient", "make"]


class ChildClient:
    """Tells what it was given: addresses at first, then each thing that it is asked to do."""

    sample_rate_hz = 16_000
    agent_sample_rate_hz = 16_000
    traits = Traits(reconnects=False, tells=("error",), name="a-child", version="1.0")

    def __init__(self, case: Any, endpoints: Endpoints) -> None:
        self._how = case.session.get("system_prompt", "")
        self._outbox = Outbox()
        self._outbox.tell("told.case", provider=case.provider, script=case.script)
        self._outbox.tell(
            "told.endpoints", urls=dict(endpoints.urls), key=endpoints.api_key, fresh=endpoints.fresh_key()
        )
        self.state = "idle"

    async def connect(self) -> None:
        print("a library says hello on standard output")
        if self._how == "cannot connect":
            raise ConnectionRefusedError("nobody is there")
        self.state = "active"

    async def send_audio(self, pcm: bytes) -> None:
        if self._how == "cannot send":
            raise BrokenPipeError("the line is dead")
        if self._how == "sends for ever":
            await asyncio.sleep(3600)
        self._outbox.tell("audio.output", audio=pcm)

    async def send_text(self, text: str) -> None:
        self._outbox.tell("text.output", text=text)
        if text == "let go of an error":
            asyncio.get_running_loop().call_soon(self._fail)
        if text == "end well":
            self._outbox.close()
        if text == "end badly":
            self._outbox.close(ConnectionError("1011"))

    async def answer(self, call_id: str, result: str) -> None:
        self._outbox.tell("told.answer", call_id=call_id, result=result)

    async def events(self) -> AsyncIterator[ClientEvent]:
        async for event in self._outbox:
            yield event

    async def disconnect(self) -> None:
        if self._how == "cannot hang up":
            raise TimeoutError("it would not go")
        self.state = "disconnected"

    def _fail(self) -> None:
        raise LookupError("nobody caught this")


def make(case: Any, endpoints: Endpoints) -> Client:
    return ChildClient(case, endpoints)


if __name__ == "__main__":
    serve(make)
