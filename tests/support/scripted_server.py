"""A WebSocket server that does what a test says, one script for each connection."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

__all__ = ["Peer", "Refusal", "Script", "ScriptedServer", "until"]


class Refusal:
    """The upgrade is answered with this status."""

    def __init__(self, status: int, headers: Mapping[str, str] | None = None, body: Any = None) -> None:
        self.status, self.headers, self.body = status, headers or {}, body


class Peer:
    """A client, as the server sees it."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self.path = connection.request.path if connection.request else ""
        self.headers = connection.request.headers if connection.request else Headers()
        self.received: list[Any] = []

    async def hear(self) -> Any:
        """The next message: an object where it is JSON, bytes where it is binary."""
        payload = await self._connection.recv()
        message = json.loads(payload) if isinstance(payload, str) else payload
        self.received.append(message)
        return message

    async def say(self, message: Any, *, binary: bool = False) -> None:
        text = message if isinstance(message, (str, bytes)) else json.dumps(message)
        await self._connection.send(text.encode() if binary and isinstance(text, str) else text)

    async def hear_on(self) -> None:
        """Hear everything until the client is gone."""
        while True:
            await self.hear()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self._connection.close(code, reason)

    def cut(self) -> None:
        """End TCP without a close frame."""
        self._connection.transport.abort()


Script = Callable[[Peer], Awaitable[None]] | Refusal


class ScriptedServer:
    """Plays one script for each connection; the last one also for all that come after it."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts = scripts
        self._tls = tls
        self._server: Server | None = None
        self.attempts_s: list[float] = []
        self.peers: list[Peer] = []

    async def __aenter__(self) -> ScriptedServer:
        self._server = await serve(
            self._play, "127.0.0.1", 0, process_request=self._answer, ping_interval=None, ssl=self._tls
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{'wss' if self._tls else 'ws'}://{host}:{port}"

    async def stop(self) -> None:
        """Refuse whatever comes, and let go of whoever is there."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def _script(self) -> Script:
        return self._scripts[min(len(self.attempts_s), len(self._scripts)) - 1]

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        self.attempts_s.append(asyncio.get_running_loop().time())
        script = self._script()
        if not isinstance(script, Refusal):
            return None
        body = json.dumps(script.body).encode() if script.body is not None else b""
        headers = Headers({**script.headers, "Content-Length": str(len(body))})
        return Response(script.status, HTTPStatus(script.status).phrase, headers, body)

    async def _play(self, connection: ServerConnection) -> None:
        script = self._script()
        assert not isinstance(script, Refusal)
        peer = Peer(connection)
        self.peers.append(peer)
        try:
            await script(peer)
        except ConnectionClosed:
            # The client has left: nothing is left of the script.
            return


async def until(condition: Callable[[], bool], *, within_s: float = 120.0) -> None:
    """Wait until this is so.

    Raises:
        TimeoutError: If it is not so in time.
    """
    async with asyncio.timeout(within_s):
        # Polled: what is waited for is anything at all, and seldom says when it changes.
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
