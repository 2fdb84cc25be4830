"""A server in a process of its own: a mock, or the bare echo server of `websockets`.

`python -m tests.load.served echo` prints its port, and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Vendor
from mock_servers.base.server import MockServer
from mock_servers.base.voice import SECONDS_PER_WORD
from mock_servers.serve import vendor
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
def served(name: str, *, settings: Mapping[str, object] | None = None, answer_s: float = 0.0) -> Iterator[Served]:
    """This server, until the context ends.

    Args:
        settings: Of the mock.
        answer_s: How long its agent's first answer is; 0 leaves that to the seed.
    """
    orders = json.dumps({"settings": settings or {}, "answer_s": answer_s})
    with subprocess.Popen(
        [sys.executable, "-m", __name__, name, orders],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
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


def _vendor(name: str, orders: Mapping[str, Any]) -> Vendor:
    if name == PARROT:
        return Parrot()
    words = round(orders["answer_s"] / SECONDS_PER_WORD)
    turns = (" ".join(["word"] * words),) if words else ()
    return vendor(name, Conversation(turns=turns), settings=orders["settings"])


async def _main(name: str, orders: Mapping[str, Any]) -> None:
    files_for(3_000)
    async with contextlib.AsyncExitStack() as stack:
        if name == ECHO:
            server = await stack.enter_async_context(serve(_echo, "127.0.0.1", 0, backlog=1_024))
            port: int = server.sockets[0].getsockname()[1]
        else:
            port = (await stack.enter_async_context(MockServer(_vendor(name, orders)))).port
        print(port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], json.loads(sys.argv[2])))
