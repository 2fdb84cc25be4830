"""The machine's clock and sockets: asyncio as it is, on a loop whose TCP connects can be watched."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from harness.engines.errors import NotSimulated
from harness.engines.watchers import ConnectWatchers, WatchedTransports

__all__ = ["RealTime"]

T = TypeVar("T")


class RealTime:
    """Runs a program on the real clock, and cleans up after it as `asyncio.run` does; Ctrl-C cancels it.

    The global `random` is seeded once for each run and put back after it. What several cases on one loop draw from it
    still depends on who comes first: draws that must repeat come from streams of their own.
    """

    clock = "real"

    def run(self, main: Callable[[], Coroutine[Any, Any, T]], *, seed: int = 0) -> T:
        """Run `main()` until it returns; what it leaves behind is cancelled and closed."""
        before = random.getstate()
        random.seed(f"{seed}/global")
        try:
            with asyncio.Runner(loop_factory=_WatchedSelectorLoop) as runner:
                return runner.run(main())
        finally:
            random.setstate(before)


class _WatchedSelectorLoop(WatchedTransports, asyncio.SelectorEventLoop):
    """Every TCP connect that asyncio makes goes through `sock_connect`, so that is where watching hooks in."""

    def __init__(self) -> None:
        super().__init__()
        self._watchers = ConnectWatchers()
        self.watch = self._watchers.watch
        self.unwatch = self._watchers.unwatch

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        watched = () if sock.family not in (socket.AF_INET, socket.AF_INET6) else (tuple(address[:2]),)
        with self._watchers.attempt(*watched) as connected:
            await super().sock_connect(sock, address)
            connected.append(sock)

    def claim_name(self, host: str, port: int, address: tuple[str, int]) -> None:
        raise NotSimulated(
            f"{host}:{port} cannot be claimed on the real clock: names are the machine's there. "
            f"Give the client the address {address[0]}:{address[1]}, or run with '--clock virtual'."
        )
