"""What a fault proxy is, whichever of the three stands behind it.

`ProxyServer` has two implementations, `embedded.EmbeddedServer` and `toxiproxy.ToxiproxyServer`; the latter also drives
the embedded one through its HTTP face, which is how conformance is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from harness.errors import DeadairError

__all__ = ["Address", "Proxy", "ProxyError", "ProxyServer", "Stream", "ToxicSpec", "Visitors"]

Address = tuple[str, int]
Stream = Literal["upstream", "downstream"]


class ProxyError(DeadairError):
    """A fault proxy refused what was asked, or could not be asked.

    `status` is the HTTP status that goes with it in Toxiproxy's API (400, 404, 409, 500 …); 0 if there was no answer.
    """

    def __init__(self, text: str, *, status: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class ToxicSpec:
    """A toxic as Toxiproxy's API names it; attributes in Toxiproxy's units."""

    name: str
    type: str
    stream: Stream
    attributes: Mapping[str, int]
    toxicity: float = 1.0


class Visitors(Protocol):
    """Told, synchronously, of each client of a proxy, by the number in which it was accepted.

    For clients in other processes, whose sockets nobody else of ours can see.
    """

    def connecting(self, ticket: int) -> None: ...

    def refused(self, ticket: int, error: OSError) -> None:
        """It was turned away, before a byte."""
        ...

    def closed(self, ticket: int) -> None:
        """The client has closed its end, or is gone."""
        ...

    def shut(self, ticket: int) -> None:
        """The proxy has closed the client's end, on its own account or because the server was gone."""
        ...


class Proxy(Protocol):
    """One listening address in front of one upstream. Each call returns when the change is in force."""

    @property
    def name(self) -> str: ...

    @property
    def listen(self) -> Address: ...

    @property
    def upstream(self) -> Address: ...

    async def enable(self) -> None: ...

    async def disable(self) -> None:
        """Close live connections with FIN and refuse new ones."""
        ...

    async def reset_connections(self) -> None:
        """Close live connections with RST and go on accepting. Raises ProxyError unless made with `resettable=True`."""
        ...

    async def close_connections(self) -> None:
        """Close live connections with FIN and go on accepting."""
        ...

    async def add_toxic(self, toxic: ToxicSpec) -> None: ...

    async def update_toxic(
        self, name: str, *, attributes: Mapping[str, int], toxicity: float | None = None
    ) -> None: ...

    async def remove_toxic(self, name: str) -> None: ...

    async def refuse(self) -> None:
        """Refuse new connections while live ones stay. Raises ProxyError where the server has not `can_refuse_alone`."""
        ...

    async def accept_again(self) -> None:
        """End a `refuse`, on the same port. Raises ProxyError where the server has not `can_refuse_alone`."""
        ...

    async def destroy(self) -> None: ...


class ProxyServer(Protocol):
    """Many proxies on one server.

    `can_refuse_alone`: whether new connections can be refused while live ones stay (Toxiproxy cannot).
    """

    @property
    def kind(self) -> Literal["embedded", "toxiproxy"]: ...

    @property
    def version(self) -> str: ...

    @property
    def can_refuse_alone(self) -> bool: ...

    async def create(self, name: str, upstream: Address, *, resettable: bool = False) -> Proxy:
        """A proxy on a free loopback port.

        `resettable` makes `reset_connections` possible. Toxiproxy sends RST only on connections that were opened under a
        `reset_peer` toxic, so there it installs one with toxicity 0, and every later close of that proxy is an RST
        (`close_connections`, `disable` and a peer that hangs up included).
        """
        ...

    async def aclose(self) -> None: ...
