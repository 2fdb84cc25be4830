"""The selector under the virtual loop: when nothing is ready it does not wait, it lets time jump."""

from __future__ import annotations

import selectors
from collections.abc import Callable, Mapping
from typing import Any

from harness.engines.errors import NotSimulated
from harness.engines.virtual_time.network import Network

__all__ = ["JumpingSelector"]


class JumpingSelector(selectors.BaseSelector):
    """Level-triggered, over fake sockets alone; looks only at those whose readiness may have changed.

    Args:
        network: Whose sockets they are.
        step: Called once for each round of the loop.
        idle: Called, with the selector's timeout, when no socket is ready: time may jump, or the run is over.
    """

    def __init__(self, network: Network, *, step: Callable[[], None], idle: Callable[[float | None], None]) -> None:
        self._network = network
        self._step = step
        self._idle = idle
        self._keys: dict[int, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        number = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        if self._network.get(number) is None:
            raise NotSimulated(
                f"file descriptor {number} belongs to the real machine, and virtual time jumps over whatever happens "
                f"there: use asyncio's streams or transports, or run with '--clock real'."
            )
        key = self._keys[number] = selectors.SelectorKey(fileobj, number, events, data)
        self._network.poke(number)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj if isinstance(fileobj, int) else fileobj.fileno())

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self.register(fileobj, events, data)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._step()
        ready = self._ready() if self._network.changed else []
        if not ready and timeout != 0:
            self._idle(timeout)
        return ready

    def _ready(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Sockets that are ready for what their users wait for; they stay on the list until they no longer are."""
        ready = []
        for number in tuple(self._network.changed):
            key, endpoint = self._keys.get(number), self._network.get(number)
            mask = endpoint.ready() & key.events if endpoint is not None and key is not None else 0
            if key is not None and mask:
                ready.append((key, mask))
            else:
                del self._network.changed[number]
        return ready

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys[fileobj if isinstance(fileobj, int) else fileobj.fileno()]

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys

    def close(self) -> None:
        self._keys.clear()
