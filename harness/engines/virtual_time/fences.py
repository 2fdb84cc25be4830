"""Ways out of the simulated world that do not lead through the loop, each closed with a reason."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from harness.engines.errors import NotSimulated
from harness.engines.virtual_time.inside import World, led

__all__ = ["FENCES", "without_proxies"]

_NETWORK = (
    "touches the real network from within virtual time (a blocking client, or one in a thread?): "
    "use the asyncio client, or run with '--clock real'."
)


def _closed(owner: Any, name: str, why: str) -> tuple[Any, str, Callable[..., Any]]:
    def refuse(world: World, *args: Any, **rest: Any) -> None:
        raise NotSimulated(f"{owner.__name__}.{name} {why}")

    return owner, name, led(getattr(owner, name), refuse)


FENCES = (
    *(_closed(socket.socket, name, _NETWORK) for name in ("bind", "connect", "connect_ex", "listen", "sendto")),
    *(
        _closed(socket, name, _NETWORK)
        for name in ("create_connection", "getaddrinfo", "gethostbyaddr", "gethostbyname")
    ),
    _closed(subprocess.Popen, "__init__", "starts a process, which lives on the real clock: run with '--clock real'."),
)
"""`(owner, name, replacement)` of each."""


@contextmanager
def without_proxies() -> Iterator[None]:
    """Clients look for `https_proxy` and its kin in the environment, and would ask the machine's proxy for a name of the run."""
    proxies = {name: os.environ.pop(name) for name in tuple(os.environ) if name.lower().endswith("_proxy")}
    try:
        yield
    finally:
        os.environ.update(proxies)
