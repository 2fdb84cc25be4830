"""A server in a process of its own: a mock, or the bare echo server of `websockets`.

`python -m tests.load.served echo` prints its port, and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets

from mock_servers.base.server import MockServer
from mock_servers.serve import serve as serve_mock
from tests.load.routes import ECHO, PARROT
from tests.support.parrot import Parrot

__all__ = ["Served", "files_for", "served"]

ROOT = Path(__file__).parents[2]
PAGE_BYTES = resource.getpagesize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    name: str
    port: int
    pid: int

    @property
    def memory_bytes(self) -> int:
        """What the process keeps in memory now."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE_BYTES

    @property
    def cpu_s(self) -> float:
        """How long the process has been at work, whatever else the machine had to do meanwhile."""
        return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[0]) / 1e9


@contextlib.contextmanager
def served(name: str) -> Iterator[Served]:
    """This server, until the context ends."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__, name], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Served(name=name, port=int(process.stdout.readline()), pid=process.pid)
        finally:
            process.stdin.close()


def files_for(connections: int) -> None:
    """Let this process have so many connections open.

    Raises:
        ValueError: If the machine does not allow it.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (connections + 200, most))


async def _echo(websocket: ServerConnection) -> None:
    async for message in websocket:
        await websocket.send(message)


async def _main(name: str) -> None:
    files_for(3_000)
    async with contextlib.AsyncExitStack() as stack:
        if name == ECHO:
            server = await stack.enter_async_context(serve_websockets(_echo, "127.0.0.1", 0, backlog=1_024))
            port: int | None = server.sockets[0].getsockname()[1]
        elif name == PARROT:
            port = (await stack.enter_async_context(MockServer(Parrot()))).port
        else:
            settings = {"concurrent_speak_max": 2_000} if name == "deepgram" else None
            addresses = await stack.enter_async_context(serve_mock(name, settings=settings))
            port = urlsplit(addresses.url).port
        print(port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
