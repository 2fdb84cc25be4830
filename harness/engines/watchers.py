"""Who wants to hear of which connections: the same book, and the same ears on the loop, for both clocks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from harness.engines.engine import ConnectWatcher

__all__ = ["ConnectWatchers", "WatchedTransports"]


class ConnectWatchers:
    """One watcher for each address; tickets count up from 1 over all addresses of a loop."""

    def __init__(self) -> None:
        self._watchers: dict[tuple[str, int], ConnectWatcher] = {}
        self._tickets = count(1)
        self._connected: WeakKeyDictionary[Any, _Leash] = WeakKeyDictionary()

    def watch(self, address: tuple[str, int], watcher: ConnectWatcher) -> None:
        self._watchers[address] = watcher

    def unwatch(self, address: tuple[str, int]) -> None:
        """Forget the watcher of `address`; where there is none, nothing happens."""
        self._watchers.pop(address, None)

    @contextmanager
    def attempt(self, *addresses: tuple[str, int]) -> Iterator[list[Any]]:
        """Around one TCP connect: the watcher of the first watched address hears how it began and how it ended.

        The connected socket is put into the list, so that its end can be told as well.
        """
        connected: list[Any] = []
        watcher = next((self._watchers[address] for address in addresses if address in self._watchers), None)
        if watcher is None:
            yield connected
            return
        ticket = next(self._tickets)
        watcher.connecting(ticket)
        try:
            yield connected
        except asyncio.CancelledError:
            watcher.abandoned(ticket)
            raise
        except OSError as error:
            watcher.refused(ticket, error)
            raise
        else:
            for sock in connected:
                self._connected[sock] = _Leash(watcher, ticket)
            watcher.connected(ticket)

    def leash_for(self, sock: Any) -> _Leash | None:
        """What is told when the transport of this socket is gone; None for sockets that nobody watches."""
        return self._connected.pop(sock, None)


class _Leash:
    """Stands where a transport keeps its server: it is told when the transport has closed its socket."""

    def __init__(self, watcher: ConnectWatcher, ticket: int) -> None:
        self._watcher = watcher
        self._ticket = ticket

    def _attach(self, *transport: object) -> None: ...

    def _detach(self, *transport: object) -> None:
        self._watcher.closed(self._ticket)


class WatchedTransports:
    """For a selector loop: transports of watched sockets tell when they close.

    asyncio's selector transports call `_attach` and `_detach` of the server that accepted them, and of nobody if they
    were dialled; a leash takes that empty place. It holds for plain and for TLS transports alike.
    """

    _watchers: ConnectWatchers

    def _make_socket_transport(self, sock: Any, *args: Any, server: Any = None, **rest: Any) -> Any:
        return super()._make_socket_transport(  # type: ignore[misc]
            sock, *args, server=server or self._watchers.leash_for(sock), **rest
        )

    def _make_ssl_transport(self, rawsock: Any, *args: Any, server: Any = None, **rest: Any) -> Any:
        return super()._make_ssl_transport(  # type: ignore[misc]
            rawsock, *args, server=server or self._watchers.leash_for(rawsock), **rest
        )
