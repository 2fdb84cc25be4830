"""What an engine is: it runs an async program to its end on one of the two clocks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

__all__ = ["ConnectWatcher", "Engine", "WatchedLoop"]

T = TypeVar("T")


class ConnectWatcher(Protocol):
    """Told, synchronously, of each TCP connection that this loop opens to an address that it watches.

    This is how a refused attempt is seen at all: behind a port that refuses there is nobody to see it.
    `ticket` is the same in the calls that belong to one attempt.
    """

    def connecting(self, ticket: int) -> None: ...

    def connected(self, ticket: int) -> None: ...

    def refused(self, ticket: int, error: OSError) -> None: ...

    def abandoned(self, ticket: int) -> None:
        """The attempt was cancelled before it came to a result."""
        ...

    def closed(self, ticket: int) -> None:
        """The client has closed its socket, on its own or because the connection was over."""
        ...


class WatchedLoop(Protocol):
    """What both engines' loops offer beyond asyncio's."""

    def watch(self, address: tuple[str, int], watcher: ConnectWatcher) -> None: ...

    def unwatch(self, address: tuple[str, int]) -> None: ...

    def claim_name(self, host: str, port: int, address: tuple[str, int]) -> None:
        """Let `host:port` lead to `address` for this run. Raises NotSimulated on the real clock."""
        ...


class Engine(Protocol):
    """`clock` is `real` or `virtual`."""

    clock: str

    def run(self, main: Callable[[], Coroutine[Any, Any, T]], *, seed: int = 0) -> T:
        """Run `main()` on a new loop until it returns, leave nothing behind, and give what it returned.

        All chance and, on the virtual clock, all wall time are seeded from `seed` for the run and put back after it.
        """
        ...
