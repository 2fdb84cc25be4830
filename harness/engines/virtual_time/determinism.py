"""Everything that chance and wall time could change, owned by the seed for as long as a run lasts."""

from __future__ import annotations

import gc
import os
import random
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from itertools import count
from typing import Any

from harness.engines.virtual_time.clock import VirtualClock
from harness.engines.virtual_time.cures import ALL_CURES, Cure
from harness.engines.virtual_time.fences import FENCES, without_proxies
from harness.engines.virtual_time.inside import World, entered, led
from harness.engines.virtual_time.patches import patched
from harness.engines.virtual_time.wall_time import virtual_wall_time

__all__ = ["determined"]

_NODE = 0x02_00_00_00_00_01
"""The network card of every simulated machine; the 2 says that the number was made up locally (IEEE 802)."""


@contextmanager
def determined(seed: int, clock: VirtualClock, *, cures: frozenset[Cure] = ALL_CURES) -> Iterator[None]:
    """Within this, equal seeds see equal randomness and equal time; afterwards all is as it was, also after an error.

    What stays outside: the order of sets of strings (PYTHONHASHSEED decides it before the program starts), `id()`, and
    the randomness of OpenSSL.
    """
    remedies: dict[Cure, Callable[[], AbstractContextManager[None]]] = {
        Cure.RANDOM: lambda: _seeded_random(seed),
        Cure.ENTROPY: lambda: _seeded_entropy(seed),
        Cure.WALL_TIME: virtual_wall_time,
        Cure.CONNECTIONS: _numbered_connections,
        Cure.COLLECTION: _resting_collector,
    }
    with ExitStack() as stack:
        stack.enter_context(entered(clock))
        stack.enter_context(patched(FENCES))
        stack.enter_context(without_proxies())
        for cure, remedy in remedies.items():
            if cure in cures:
                stack.enter_context(remedy())
        yield


@contextmanager
def _seeded_random(seed: int) -> Iterator[None]:
    before = random.getstate()
    random.seed(f"{seed}/global")
    try:
        yield
    finally:
        random.setstate(before)


@contextmanager
def _seeded_entropy(seed: int) -> Iterator[None]:
    """`os.urandom`, and what draws from it: `secrets`, SystemRandom, `uuid4`, the masks and keys of WebSocket."""
    entropy = random.Random(f"{seed}/entropy")

    def draw(world: World, size: int) -> bytes:
        return entropy.randbytes(size)

    urandom = led(os.urandom, draw)
    # uuid1 would ask libuuid for a time and the machine for its network card, and step on from the last uuid of the
    # process.
    of_time: dict[str, Any] = {
        name: None for name in vars(uuid) if name.startswith(("_last_timestamp", "_last_counter"))
    }
    of_time |= {"_generate_time_safe": None, "_node": _NODE}
    with patched(
        [(os, "urandom", urandom), (random, "_urandom", urandom), *((uuid, name, it) for name, it in of_time.items())]
    ):
        yield


@contextmanager
def _numbered_connections() -> Iterator[None]:
    """websockets keeps its connections in sets; `Server.close` walks through one of them."""
    numbers = count(1)

    def number(connection: Any) -> int:
        attributes: dict[str, Any] = vars(connection)
        if "_number_in_run" not in attributes:
            attributes["_number_in_run"] = next(numbers)
        return int(attributes["_number_in_run"])

    with patched((kind, "__hash__", number) for kind in _connection_types()):
        yield


def _connection_types() -> Iterator[type]:
    """The library is not this package's to require: where it is missing, nobody has connections of it."""
    try:
        yield import_module("websockets.asyncio.connection").Connection
    except ImportError:
        return
    legacy = sys.modules.get("websockets.legacy.protocol")  # importing it warns, so only where a client has done so
    if legacy is not None:
        yield legacy.WebSocketCommonProtocol


@contextmanager
def _resting_collector() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
