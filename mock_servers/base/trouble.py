"""Trouble on command: what a provider can do to its clients, as values.

The server carries out what concerns the upgrade and the frames; what a provider says in its own words goes to the
session (`IN_SESSION`). When to begin, on which connection, and when to stop is said to `MockServer.trouble`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mock_servers.base.errors import MockServerError

__all__ = [
    "AT_UPGRADE", "IN_SESSION", "BadCertificate", "BadFrame", "CertificateFault", "CloseConnection", "DelayPongs", "Duplicate", "ExpireKeys", "FailResponse", "Garble", "GoAway",
    "MutePings", "ProviderError", "Quota", "RateLimited", "RefuseResume", "RefuseUpgrade", "Reject", "SendMessage",
    "SessionExpired", "Stall", "StopReading", "Trouble", "Unsupported", "Withhold",
]  # fmt: skip


class Unsupported(MockServerError, ValueError):
    """This vendor does not know such a trouble; the message says what it knows."""


class Trouble:
    """One kind of trouble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseUpgrade(Trouble):
    """The upgrade is answered with `status` instead of 101.

    `retry_after_s` is told in `form`: `header-seconds` (Retry-After: 3), `header-date` (an HTTP date), `header-ms`
    (retry-after-ms), or `none`. `body` None gives the vendor's own error body.
    """

    status: int
    retry_after_s: float | None = None
    form: Literal["header-seconds", "header-date", "header-ms", "none"] = "header-seconds"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall(Trouble):
    """`tcp`: accepted, the request is never answered, nor read. `tls`: accepted, the client's hello is never answered.
    `upgrade`: 101, then not a byte, and nothing is read. `ready`: 101, frames are answered, the ready message never
    comes."""

    phase: Literal["tcp", "tls", "upgrade", "ready"]


CertificateFault = Literal["expired", "wrong-host", "untrusted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadCertificate(Trouble):
    """Connections still to come are shown a certificate that is good but for one thing.

    `expired`: in 2020. `wrong-host`: it is somebody else's. `untrusted`: nobody knows who vouches for it. A client that
    checks it ends the handshake with an alert; one that does not goes on as if nothing were wrong.
    """

    kind: CertificateFault


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireKeys(Trouble):
    """These keys, or tokens, are not taken any more: not at an upgrade, and not by a REST call. What is open goes on."""

    keys: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseConnection(Trouble):
    """A close frame; `code` None has no status. `never_answer`: the TCP connection then stays open, mute."""

    code: int | None
    reason: str = ""
    never_answer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BadFrame(Trouble):
    """A frame that a correct server never sends, written raw.

    `truncated-json`: a text frame whose JSON ends early. `binary-frame`: a binary frame of 64 bytes that are no message.
    `wrong-utf8`: a text frame that is not UTF-8. `reserved-bits`: a valid message with RSV1 set and no extension that knows it,
    or with RSV2 where RSV1 says that a message is compressed. `oversize`: a valid message longer than 1 MiB (the usual client
    limit). `fragmented`: a valid message in three fragments with a ping between them. `masked`: a masked server frame.
    """

    frame: Literal["truncated-json", "binary-frame", "wrong-utf8", "reserved-bits", "oversize", "fragmented", "masked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MutePings(Trouble):
    """Pings are not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayPongs(Trouble):
    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReading(Trouble):
    """Nothing is read from the socket any more, so the client's sends back up; the server still sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage(Trouble):
    """A server message out of turn: its name, or the whole message."""

    message: str | Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withhold(Trouble):
    """Server messages of this name are computed and not sent."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Garble(Trouble):
    """Server messages of this name go out cut off in the middle of their JSON."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate(Trouble):
    """Server messages of this name go out twice."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Trouble):
    """Client messages of this name are answered with the provider's error, and have no other effect."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderError(Trouble):
    """The provider's error event, in its own shape, with this code. Deepgram also takes `net0000` and `net0001`."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoAway(Trouble):
    time_left_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionExpired(Trouble):
    """The end that the provider's session cap has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimited(Trouble):
    """A rate limit inside a living session, as the provider tells it; `retry_after_s` None tells no time."""

    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota(Trouble):
    """The account has nothing left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailResponse(Trouble):
    """The current response fails with this code, or the next one if none is running."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseResume(Trouble):
    """Resumption handles are refused, as the provider refuses a dead one."""


AT_UPGRADE = (RefuseUpgrade, Stall, BadCertificate, RefuseResume, ExpireKeys)
"""Troubles that concern connections still to come."""

IN_SESSION = (Reject, ProviderError, GoAway, SessionExpired, RateLimited, Quota, FailResponse, RefuseResume)
"""Troubles that a session carries out itself, in its vendor's words."""
