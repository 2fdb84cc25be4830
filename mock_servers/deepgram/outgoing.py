"""How a message goes out: compact JSON in a text frame."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mock_servers.base.protocol import Send

__all__ = ["encoded", "send"]

_WRITTEN = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def encoded(message: Mapping[str, Any]) -> str:
    return _WRITTEN.encode(message)


def send(message: Mapping[str, Any]) -> Send:
    return Send(name=message["type"], payload=encoded(message), body=message)
