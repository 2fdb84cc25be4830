"""Addresses as Toxiproxy's API writes them, `host:port`, and what may be listened on: this machine only.

The texts of errors are those of Toxiproxy 2.12.0 (measured), so that its clients read what they know.
"""

from __future__ import annotations

import ipaddress

from harness.faults.proxy import Address

__all__ = ["LOOPBACK", "AddressError", "address", "listening", "text"]

LOOPBACK = "127.0.0.1"

# What Toxiproxy takes as "every interface" is loopback here: nothing that deadair opens can be reached from outside.
_WILDCARDS = ("", "0.0.0.0", "::", "localhost")


class AddressError(ValueError):
    """The text is no address, or none to listen on."""


def text(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def address(written: str) -> Address:
    """The host and port of `host:port`; a missing port is 0.

    Raises:
        AddressError: If it is none.
    """
    host, colon, port = written.rpartition(":")
    if not colon or written.endswith("]"):
        raise AddressError(f"address {written}: missing port in address")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise AddressError(f"address {written}: too many colons in address")
    if not port:
        return host, 0
    if not (port.isascii() and port.isdigit()):
        raise AddressError(f"lookup tcp/{port}: unknown port")
    if int(port) > 65535:
        raise AddressError(f"address {port}: invalid port")
    return host, int(port)


def listening(written: str) -> Address:
    """Where to listen for `written`; "" is any free port.

    Raises:
        AddressError: If it is no address, or not one of this machine's loopback addresses.
    """
    host, port = address(written) if written else ("", 0)
    if host in _WILDCARDS:
        return LOOPBACK, port
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        raise AddressError(f"lookup {host}: no such host") from None
    if not ip.is_loopback:
        raise AddressError(f"address {host}: not a loopback address, and only those are listened on; use {LOOPBACK}")
    return str(ip), port
