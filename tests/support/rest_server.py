"""An HTTP server that answers as a test says, one path after another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any

__all__ = ["Asked", "Reply", "RestServer"]


class Asked:
    """A request, whole."""

    def __init__(self, target: str, headers: Mapping[str, str], body: Any) -> None:
        self.target, self.headers, self.body = target, headers, body


class Reply:
    """Status and body; each part of the body goes out `pause_s` after the one before it. `stall` sends nothing at all."""

    def __init__(self, *parts: bytes, status: int = 200, pause_s: float = 0.0, stall: bool = False) -> None:
        self.parts, self.status, self.pause_s, self.stall = parts, status, pause_s, stall


class RestServer:
    """Asks `answer` about each request."""

    def __init__(self, answer: Callable[[Asked], Reply]) -> None:
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.asked: list[Asked] = []

    async def __aenter__(self) -> RestServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def url(self) -> str:
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.append(task)
        try:
            await self._exchange(reader, writer.write, writer.drain)
        except (asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _exchange(
        self, reader: asyncio.StreamReader, write: Callable[[bytes], None], drain: Callable[[], Awaitable[None]]
    ) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        asked = Asked(head[0].split(" ")[1], headers, json.loads(body))
        self.asked.append(asked)
        reply = self._answer(asked)
        if reply.stall:
            await asyncio.sleep(3600)
        write(f"HTTP/1.1 {reply.status} Told\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode())
        for part in reply.parts:
            await asyncio.sleep(reply.pause_s)
            write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            await drain()
        write(b"0\r\n\r\n")
        await drain()
