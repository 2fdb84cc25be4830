"""What a vendor's mock decides, without any I/O: requests and messages in, actions out.

The one file that does I/O is `server`. Times are seconds of the loop's clock, counted from the server's start, so a
session behaves alike on the wall clock and in virtual time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from mock_servers.base.trouble import Trouble

__all__ = [
    "Abort", "Accounting", "Action", "Answer", "Catalogue", "Chunk", "Close", "Compressing", "Cursors", "Discerning", "Harmless", "Heard",
    "Keyed", "Pinging", "Ready", "Refusing", "Request", "Send", "Session", "Throttling", "Vendor",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every message name of a vendor, as it stands on the wire and in `server.<name>` and `client.<name>` events."""

    server: frozenset[str]
    client: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request; header names in lower case, in the order in which they came."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    is_upgrade: bool = False

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def parameter(self, name: str) -> str | None:
        return next((value for key, value in self.query if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Part of a response body, sent `after_s` seconds after the part before it."""

    data: bytes
    after_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP response: to a REST call, or the refusal of an upgrade.

    `client_name`, `client_body` and `server_name`, `server_body` are what observers are told of a REST call
    (`client.generateContent`, `server.generateContent`); `audio` is the agent PCM in the body, as in `Send`. More than one
    chunk is sent with chunked transfer coding.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: tuple[Chunk, ...] = ()
    client_name: str = ""
    client_body: Mapping[str, Any] = field(default_factory=dict)
    server_name: str = ""
    server_body: Mapping[str, Any] = field(default_factory=dict)
    audio: bytes = b""
    audio_s: float | None = None


class Action:
    """What a session asks its server to do; carried out in the order given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send(Action):
    """A message to the client: a text frame for `str`, a binary frame for `bytes`.

    `body` is what observers are told: the message without its audio. `audio` is the agent PCM that the message carries;
    `audio_s` is how long it lasts, and None where it is 16-bit mono at 24 kHz.
    """

    name: str
    payload: str | bytes
    body: Mapping[str, Any]
    audio: bytes = b""
    audio_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Action):
    """How a client message was understood, told to observers before anything is answered.

    `audio` is caller PCM; `audio_s` is how long it lasts, and None where it is 16-bit mono at 24 kHz.
    """

    name: str
    body: Mapping[str, Any]
    audio: bytes = b""
    audio_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(Action):
    """The session can be used from here on; `resumed` if it goes on with an older one.

    It stands in the same list of actions as the message that says so, if there is one: a stall of phase `ready`
    withholds all messages of that list, and all later ones.
    """

    resumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Action):
    """A close frame, then the closing handshake. `code` None sends no status (1005). Reasons are cut at 123 bytes."""

    code: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abort(Action):
    """The end of the TCP connection without a close frame: FIN, or RST if `reset`."""

    reset: bool = False


class Session(Protocol):
    """One WebSocket connection, from the answered upgrade to its end."""

    response_headers: tuple[tuple[str, str], ...]
    subprotocol: str | None

    def opened(self, now_s: float) -> list[Action]:
        """The 101 has been sent."""
        ...

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        """A whole message came: `str` from text frames, `bytes` from binary ones. Never raises, whatever it is."""
        ...

    def passed(self, now_s: float) -> list[Action]:
        """Time has passed: everything due until now, in order."""
        ...

    def wake_at_s(self) -> float | None:
        """When `passed` wants to be called next; None for never."""
        ...

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        """A trouble in the provider's own words begins (`trouble.IN_SESSION`).

        Raises:
            Unsupported: If this vendor has no such trouble; the message says which it has.
        """
        ...

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        """A lasting trouble given to `troubled` is over."""
        ...

    def closed(self, now_s: float) -> None:
        """The connection is gone, however it ended."""
        ...


class Vendor(Protocol):
    """One provider: answers REST calls, opens sessions. One object serves all connections of a server."""

    name: str
    catalogue: Catalogue

    def asked(self, request: Request, now_s: float) -> Session | Answer:
        """A request has come, whole. A session accepts the upgrade; an answer refuses it, or is the REST reply."""
        ...

    def message(self, name: str, session: Session | None) -> dict[str, Any]:
        """A valid server message of this name, for a fault that sends one out of turn. KeyError if there is none."""
        ...

    def encode(self, message: Mapping[str, Any]) -> str | bytes:
        """The frame payload for a server message, as this vendor frames it."""
        ...


@runtime_checkable
class Refusing(Protocol):
    """A vendor with error bodies of its own for a refused upgrade; without it, the body is `{"error": {…}}`."""

    def error_answer(self, status: int) -> Answer:
        """The vendor's own answer with this status, 200 to 599, also for one that it never sends."""
        ...


@runtime_checkable
class Keyed(Protocol):
    """A vendor that can say which key a request shows, so that keys can expire."""

    def key(self, request: Request) -> str:
        """The key or token of the request; nothing where it shows none, or none of this vendor's."""
        ...

    def expired(self, request: Request, now_s: float) -> Session | Answer:
        """What `asked` gives to a request whose key was good once."""
        ...


@runtime_checkable
class Throttling(Protocol):
    """A session whose server works no faster than so many seconds of audio a second, and lets the excess wait.

    Asked after each `received` and `passed`. While reading is paused nothing is read from the socket, so that the
    client's own sends back up; frames that have been read already are still handed in.
    """

    def pause_reading_until_s(self, now_s: float) -> float | None:
        """Until when nothing shall be read, as a time later than `now_s`; None to read on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursors:
    """How far a session is with its caller's audio, in seconds of audio since the connection began.

    `received_s` >= `processed_s` >= `finalised_s`, and none ever falls. What was received and not finalised when the
    connection ends is gone for the user: no final result covers it, and no other connection knows of it.
    """

    received_s: float
    processed_s: float
    finalised_s: float


@runtime_checkable
class Accounting(Protocol):
    """A session that tells received audio from audio that it has worked through, and from what it has committed to.

    Without it, audio counts as processed and finalised as soon as it is received.
    """

    def cursors(self, now_s: float) -> Cursors:
        """Where the three stand now; also asked once more when the connection is gone. Changes nothing."""
        ...


@runtime_checkable
class Pinging(Protocol):
    """A vendor whose server sends protocol pings while a connection is open; without it, none are sent."""

    ping_interval_s: float | None


@runtime_checkable
class Compressing(Protocol):
    """A vendor that says whether its server agrees to permessage-deflate where a client offers it; without it, never."""

    compresses: bool


@runtime_checkable
class Harmless(Protocol):
    """A vendor that names the server message that changes nothing for a client, whenever it comes.

    It is what the valid frames of `BadFrame` carry. Without it, the first name of the catalogue is taken.
    """

    harmless: str


@runtime_checkable
class Discerning(Protocol):
    """A vendor that says, before any session lives, which of the troubles `IN_SESSION` it has."""

    def check(self, trouble: Trouble) -> None:
        """Do nothing if the vendor has this trouble.

        Raises:
            Unsupported: If it has not; the message says which it has.
        """
        ...
