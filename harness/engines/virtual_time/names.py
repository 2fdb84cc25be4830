"""The name service of a run: the names that somebody has claimed, and no other."""

from __future__ import annotations

import ipaddress
import socket

from harness.engines.errors import NotSimulated
from harness.engines.virtual_time.network import ANY, LOOPBACK, Network
from harness.engines.virtual_time.tcp import Address

__all__ = ["Names"]

_FIRST_HOST = int(ipaddress.IPv4Address("198.18.0.1"))
"""Claimed names get addresses from the block that is set aside for benchmarks (RFC 2544), one each: a client may look
the name up without its port, so the name alone must lead to its own host."""


class Names:
    """`localhost` is known; every other name must be claimed. A test can thus never reach a real service."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._hosts: dict[str, str] = {}

    def claim(self, host: str, port: int, address: Address) -> None:
        """Let connections to `host:port` lead to `address`. A later claim on the same port takes over."""
        name = host.lower()
        if name not in self._hosts:
            self._hosts[name] = str(ipaddress.IPv4Address(_FIRST_HOST + len(self._hosts)))
        self._network.route((self._hosts[name], port), address)

    def resolve(self, host: str | bytes | None) -> str:
        """The IPv4 address of `host`.

        Raises:
            socket.gaierror: If nobody has claimed the name.
            NotSimulated: For an IPv6 address.
        """
        name = (host.decode("ascii") if isinstance(host, bytes) else host or "").lower().rstrip(".")
        if name == "localhost":
            return LOOPBACK
        if name in self._hosts:
            return self._hosts[name]
        try:
            literal = ipaddress.ip_address(name)
        except ValueError:
            raise socket.gaierror(
                socket.EAI_NONAME, f"Name or service not known: nobody has claimed {name!r} in this run"
            ) from None
        if literal.version == 6:
            raise NotSimulated(f"{name} is an IPv6 address, and the virtual network is IPv4 alone: use {LOOPBACK}.")
        return str(literal)

    def resolve_for_listening(self, host: str | bytes | None) -> str:
        """As `resolve`; no host at all means every address of this machine."""
        return self.resolve(host) if host else ANY
