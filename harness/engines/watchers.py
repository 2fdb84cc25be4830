"""Who wants to hear of which connection attempts: the same book on both clocks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from harness.engines.engine import ConnectWatcher

__all__ = ["ConnectWatchers"]


class ConnectWatchers:
    """One watcher for each address; tickets count up from 1 over all addresses of a loop."""

    def __init__(self) -> None:
        self._watchers: dict[tuple[str, int], ConnectWatcher] = {}
        self._tickets = count(1)

    def watch(self, address: tuple[str, int], watcher: ConnectWatcher) -> None:
        self._watchers[address] = watcher

    def unwatch(self, address: tuple[str, int]) -> None:
        """Forget the watcher of `address`; where there is none, nothing happens."""
        self._watchers.pop(address, None)

    @contextmanager
    def attempt(self, *addresses: tuple[str, int]) -> Iterator[None]:
        """Around one TCP connect: the watcher of the first watched address hears how it began and how it ended."""
        watcher = next((self._watchers[address] for address in addresses if address in self._watchers), None)
        if watcher is None:
            yield
            return
        ticket = next(self._tickets)
        watcher.connecting(ticket)
        try:
            yield
        except asyncio.CancelledError:
            watcher.abandoned(ticket)
            raise
        except OSError as error:
            watcher.refused(ticket, error)
            raise
        else:
            watcher.connected(ticket)
