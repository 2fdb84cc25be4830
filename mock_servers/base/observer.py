"""What a mock server tells about itself while it runs: synchronously, in order, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mock_servers.base.redaction import Pairs

__all__ = [
    "Accepted", "Closed", "Observer", "Opened", "ReadyTold", "Received", "Refused", "Seen", "Sent",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Something that a mock saw or did; `connection` counts TCP connections of this server from 1."""

    connection: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Seen):
    """A TCP connection came in. It may be an upgrade or a REST call; that is not known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Seen):
    """The upgrade was answered with an HTTP status; the rest is as in `Opened`."""

    status: int
    retry_after_s: float | None = None
    path: str = field(default="", compare=False)
    query: Pairs = field(default=(), compare=False)
    headers: Pairs = field(default=(), compare=False)
    key: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Seen):
    """The upgrade was answered with 101. Keys are taken out of `query` and masked in `headers`.

    What every client's library adds of its own is told too, and makes no difference to whether two of these are equal.
    `key` is the number of the key that was shown, where the server was told to number them.
    """

    path: str
    query: Pairs = ()
    headers: Pairs = field(default=(), compare=False)
    key: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyTold(Seen):
    resumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Seen):
    """A message went out (a REST answer too). `audio` is the agent PCM in it, and lasts `audio_s` (None: nobody said).

    `size_bytes` is the payload's length on the wire; it makes no difference to whether two of these are equal.
    """

    name: str
    body: Mapping[str, Any]
    audio: bytes = b""
    audio_s: float | None = field(default=None, compare=False)
    size_bytes: int = field(default=0, compare=False)
    fault: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Seen):
    """A message came in (a REST request too). `audio` is the caller PCM in it, and lasts `audio_s` (None: nobody said).

    `size_bytes` is the payload's length on the wire; it makes no difference to whether two of these are equal.
    """

    name: str
    body: Mapping[str, Any]
    audio: bytes = b""
    audio_s: float | None = field(default=None, compare=False)
    size_bytes: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Seen):
    """An upgraded connection comes to its end: the first close frame was sent or received, or there was none (1006).
    `code` as RFC 6455 reports it: 1005 without status, 1006 without close frame."""

    code: int
    reason: str = ""
    by: Literal["client", "server"] = "client"
    reset: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)


Observer = Callable[[Seen], None]
