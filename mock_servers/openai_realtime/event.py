"""A server event before it has its id: what the parts of a session say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A server event: its type and its fields. `audio` is agent PCM, which `fields` carry as base64 in `delta`."""

    type: str
    fields: dict[str, Any] = field(default_factory=dict)
    audio: bytes = b""
