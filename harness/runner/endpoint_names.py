"""Endpoints by name: what a client says about an address is written without its port, which no two runs share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["EndpointNames"]

_LOOPBACK = r"(?P<host>127\.0\.0\.1|localhost)"
# As in a URL, and as Python shows an address: "Connect call failed ('127.0.0.1', 40002)".
_ADDRESS = re.compile(
    rf"{_LOOPBACK}:(?P<port>\d{{1,5}})(?!\d)|\('{_LOOPBACK.replace('host', 'its_host')}', (?P<its_port>\d{{1,5}})\)"
)


class EndpointNames:
    """Writes `<session>` for the session's address, and so on; a port of this machine that belongs to no endpoint (a
    client's own end has one) becomes `<port>`.

    Args:
        addresses: Host and port of each endpoint, by its name.
    """

    def __init__(self, addresses: Mapping[str, tuple[str, int]]) -> None:
        self._names = {port: f"<{name}>" for name, (_, port) in addresses.items()}

    def in_text(self, text: str) -> str:
        if "127.0.0.1" not in text and "localhost" not in text:
            return text
        return _ADDRESS.sub(self._name, text)

    def in_value(self, value: Any) -> Any:
        """The same for every text in a JSON value."""
        match value:
            case str():
                return self.in_text(value)
            case dict():
                return {name: self.in_value(item) for name, item in value.items()}
            case list():
                return [self.in_value(item) for item in value]
            case _:
                return value

    def _name(self, found: re.Match[str]) -> str:
        host = found["host"] or found["its_host"]
        return self._names.get(int(found["port"] or found["its_port"]), f"{host}:<port>")
