"""What is done to connections: the fault proxies, embedded and real, behind one interface."""

from __future__ import annotations

from harness.faults.embedded import EmbeddedProxy, EmbeddedServer
from harness.faults.proxy import Address, Proxy, ProxyError, ProxyServer, Stream, ToxicSpec, Visitors

__all__ = [
    "Address",
    "EmbeddedProxy",
    "EmbeddedServer",
    "Proxy",
    "ProxyError",
    "ProxyServer",
    "Stream",
    "ToxicSpec",
    "Visitors",
]
