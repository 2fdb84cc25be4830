"""The ledger: what each connection of a server received and sent, when, and how far its caller's audio came.

It counts what the server got, not what a client believes to have sent, and keeps three cursors apart: audio that was
received, that was worked through, and that a final result covers (`Cursors`). When a connection dies, what lies behind
the third is gone for the user.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from mock_servers.base.observer import Closed, Opened, ReadyTold, Received, Refused, Seen, Sent
from mock_servers.base.protocol import Cursors, Heard, Send
from mock_servers.base.redaction import Pairs, without_keys

__all__ = ["Account", "Ending", "Entry", "Ledger"]

ENTRIES_MAX = 50_000
"""Messages that are kept, of all connections together: some 17 minutes of one call. Totals go on beyond it."""

ENTRY_BYTES_MAX = 16 * 1024
"""The body of a longer message is not kept: parsed JSON may take fifty times the room that it took on the wire."""

ENTRIES_BYTES_MAX = 16 * 1024 * 1024
"""So long the kept messages may be together, as they were on the wire and without their audio."""

ACCOUNTS_MAX = 2_000
"""Connections that are kept; the oldest that have ended go first."""

PCM_BYTES_PER_S = 48_000
"""What a message is taken to hold whose session does not say how long its audio lasts: 16-bit mono at 24 kHz."""

SESSION_HEADER = "x-deepgram-session-id"
SESSION_PARAMETERS = ("session_id", "tag", "call_id")
"""What a client may say to link its connections: the Deepgram SDK sends one such header for the life of a client, and
lets `tag` and `session_id` through (deepgram-sdk 7.17.0); OpenAI's sideband connections name their `call_id`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message; `at_s` counts from the server's start, `size_bytes` is its length on the wire, without framing.

    `body` is the message without audio and keys, and None where it was too long to be kept.
    """

    at_s: float
    by: Literal["client", "server"]
    name: str
    body: Mapping[str, Any] | None
    size_bytes: int
    audio_s: float
    fault: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a connection ended: the first close frame, or 1006 for the end without one."""

    at_s: float
    code: int
    reason: str
    by: Literal["client", "server"]
    reset: bool


class _Kept(NamedTuple):
    """An entry before anybody reads it: made for every message, so keys are looked for only when it is read."""

    at_s: float
    by: Literal["client", "server"]
    name: str
    body: Mapping[str, Any] | None
    size_bytes: int
    audio_s: float
    fault: bool
    weight_bytes: int

    def entry(self) -> Entry:
        return Entry(
            at_s=self.at_s,
            by=self.by,
            name=self.name,
            body=without_keys(self.body),
            size_bytes=self.size_bytes,
            audio_s=self.audio_s,
            fault=self.fault,
        )


@dataclass(slots=True, kw_only=True)
class Account:
    """One connection. A TCP connection that was never upgraded has one too, if its upgrade was refused or a call made.

    `messages` are the newest; `left_out` counts those that are no longer kept. `counted`, `size_bytes` and `audio_s` are of
    all, by `client.<name>` and `server.<name>`, and by side.
    """

    connection: int
    at_s: float
    path: str = ""
    query: Pairs = ()
    headers: Pairs = ()
    opened: bool = False
    refused: int | None = None
    ready_at_s: float | None = None
    ending: Ending | None = None
    left_out: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    size_bytes: Counter[str] = field(default_factory=Counter)
    audio_s: dict[str, float] = field(default_factory=lambda: {"client": 0.0, "server": 0.0})
    kept: deque[_Kept] = field(default_factory=deque)
    cursors_at_the_end: Cursors | None = None

    @property
    def messages(self) -> tuple[Entry, ...]:
        return tuple(kept.entry() for kept in self.kept)

    @property
    def links(self) -> tuple[str, ...]:
        """The words by which the client links this connection to others."""
        said = [value for name, value in self.headers if name.lower() == SESSION_HEADER]
        return tuple(said + [value for name, value in self.query if name in SESSION_PARAMETERS])


class Ledger:
    """All connections of one server, oldest first.

    Args:
        now_s: Seconds since the server's start.
        cursors: What the session of a standing connection says of its caller's audio; None if it says nothing.
    """

    def __init__(self, *, now_s: Callable[[], float], cursors: Callable[[int], Cursors | None]) -> None:
        self._now_s = now_s
        self._ask = cursors
        self._accounts: dict[int, Account] = {}
        self._order: deque[Account] = deque()
        self._kept_bytes = 0
        self.forgotten = 0
        """Connections that are no longer kept."""

    def __iter__(self) -> Iterator[Account]:
        return iter(tuple(self._accounts.values()))

    def __len__(self) -> int:
        return len(self._accounts)

    def __getitem__(self, connection: int) -> Account:
        """Raises KeyError if nothing was seen of this connection, or it was forgotten."""
        return self._accounts[connection]

    def linked(self, word: str) -> tuple[Account, ...]:
        """The connections that say this word in one of the places that link connections."""
        return tuple(account for account in self if word in account.links)

    def cursors(self, connection: int) -> Cursors:
        """How far the caller's audio came on this connection: now, or when it ended.

        Raises:
            KeyError: If nothing was seen of it, or it was forgotten.
        """
        account = self._accounts[connection]
        told = account.cursors_at_the_end if account.ending is not None else self._ask(connection)
        received_s = account.audio_s["client"]
        return told or Cursors(received_s=received_s, processed_s=received_s, finalised_s=received_s)

    def start_anew(self) -> None:
        """Forget everything; connections that stand are taken up again with their next message."""
        self._accounts.clear()
        self._order.clear()
        self._kept_bytes = self.forgotten = 0

    def take(self, seen: Seen) -> None:
        """Write down what was seen."""
        match seen:
            case Received():
                self.received(seen.connection, seen, size_bytes=seen.size_bytes)
            case Sent():
                self.sent(seen.connection, seen, size_bytes=seen.size_bytes, fault=seen.fault)
            case Opened():
                account = self._account(seen.connection)
                account.path, account.query, account.headers = seen.path, seen.query, seen.headers
                account.opened = True
            case Refused():
                account = self._account(seen.connection)
                account.path, account.query, account.headers = seen.path, seen.query, seen.headers
                account.refused = seen.status
            case ReadyTold():
                self._account(seen.connection).ready_at_s = self._now_s()
            case Closed():
                account = self._account(seen.connection)
                account.cursors_at_the_end = self._ask(seen.connection)
                account.ending = Ending(
                    at_s=self._now_s(), code=seen.code, reason=seen.reason, by=seen.by, reset=seen.reset
                )

    def received(self, connection: int, message: Heard | Received, *, size_bytes: int) -> None:
        """Write down a client's message, which was so long on the wire."""
        self._message(connection, "client", message, size_bytes, False)

    def sent(self, connection: int, message: Send | Sent, *, size_bytes: int, fault: bool = False) -> None:
        """Write down a message of the server's, which was so long on the wire."""
        self._message(connection, "server", message, size_bytes, fault)

    def _message(
        self,
        connection: int,
        by: Literal["client", "server"],
        message: Heard | Received | Send | Sent,
        size_bytes: int,
        fault: bool,
    ) -> None:
        account = self._account(connection)
        audio_s = message.audio_s if message.audio_s is not None else len(message.audio) / PCM_BYTES_PER_S
        account.counted[f"{by}.{message.name}"] += 1
        account.size_bytes[by] += size_bytes
        account.audio_s[by] += audio_s
        weight = size_bytes
        if message.audio:
            # In JSON it is base64; what else is in the message is what keeping it costs.
            weight = max(0, size_bytes - len(message.audio) * 4 // 3)
        body: Mapping[str, Any] | None = message.body
        if weight > ENTRY_BYTES_MAX:
            body, weight = None, 0
        kept = _Kept(self._now_s(), by, message.name, body, size_bytes, audio_s, fault, weight)
        account.kept.append(kept)
        self._order.append(account)
        self._kept_bytes += weight
        while len(self._order) > ENTRIES_MAX or self._kept_bytes > ENTRIES_BYTES_MAX:
            self._leave_one_out()

    def _leave_one_out(self) -> None:
        account = self._order.popleft()
        self._kept_bytes -= account.kept.popleft().weight_bytes
        account.left_out += 1

    def _account(self, connection: int) -> Account:
        account = self._accounts.get(connection)
        if account is None:
            account = self._accounts[connection] = Account(connection=connection, at_s=self._now_s())
            if len(self._accounts) > ACCOUNTS_MAX:
                self._forget_one()
        return account

    def _forget_one(self) -> None:
        """The oldest that is no open WebSocket; if all are, none: they are as many as stand."""
        over = next((each for each in self._accounts.values() if each.ending or not each.opened), None)
        if over is not None:
            del self._accounts[over.connection]
            self.forgotten += 1
