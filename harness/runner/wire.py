"""The wire: what the client's sockets and the mock see, joined into one story for each attempt to connect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from harness.runner.recorder import Recorder
from harness.runner.spoken import Heard, Spoken
from harness.trace import PositionReader
from harness.trace.positions import AGENT_STREAM, CALLER_STREAM

__all__ = ["Attempt", "Wire"]


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One attempt of the client to open its session's connection; `number` counts from 1.

    `over` once it was refused, abandoned, closed or reset; what anybody sees of it afterwards is an echo. `cut` is how it
    will have ended, once the proxy has begun to end it.
    """

    number: int
    server_connection: int | None = None
    opened: bool = False
    over: bool = False
    cut: tuple[str, Mapping[str, Any]] | None = None
    caller_audio: PositionReader = field(default_factory=lambda: PositionReader(CALLER_STREAM))
    agent_audio: PositionReader = field(default_factory=lambda: PositionReader(AGENT_STREAM))
    spoken: Spoken = field(default_factory=Spoken)


class Wire:
    """Tells `wire.*`, `server.*` and `client.*`.

    It is a `ConnectWatcher` for the client's side: there a refused attempt can be seen, and a client that gives up. For a
    client in a process of its own it is the proxy's `Visitors` instead.
    For the server's side `seen` takes what the mock tells. A proxy stands between the two, so an upgrade that the mock
    sees belongs to the newest attempt that has not come through yet; a client that dials twice at once would be
    mistaken for one that dials twice in a row, and is caught by counting attempts.

    `heard` says how far the mock is with the caller's audio of one of its connections, and is asked when that ends.
    """

    def __init__(
        self, recorder: Recorder, *, endpoint: str, heard: Callable[[int], Heard | None] = lambda connection: None
    ) -> None:
        self._recorder = recorder
        self._endpoint = endpoint
        self._heard = heard
        self._attempts: list[Attempt] = []
        self._by_ticket: dict[int, Attempt] = {}
        self._by_server_connection: dict[int, Attempt] = {}
        self._beside = Attempt(number=0)
        """Stands for the calls beside the session's connection (REST), which are not attempts."""

    @property
    def live(self) -> tuple[Attempt, ...]:
        """The connections that are open now, oldest first; those that the proxy is cutting no longer count."""
        return tuple(a for a in self._attempts if a.opened and not a.over and a.cut is None)

    @property
    def attempts(self) -> int:
        return len(self._attempts)

    def server_connection(self, number: int) -> int:
        """What the mock calls this connection, which is open."""
        found = self._attempts[number - 1].server_connection
        assert found is not None, f"connection {number} is not open"
        return found

    # ── seen at the client's socket ──────────────────────────────────────────

    def connecting(self, ticket: int) -> None:
        attempt = Attempt(number=len(self._attempts) + 1)
        self._attempts.append(attempt)
        self._by_ticket[ticket] = attempt
        self._recorder.tell("wire.attempt", connection=attempt.number, fields={"endpoint": self._endpoint})

    def connected(self, ticket: int) -> None:
        """TCP is through; what counts is the upgrade, and that the mock sees."""

    def refused(self, ticket: int, error: OSError) -> None:
        self._end(self._by_ticket.get(ticket), "wire.refused", {"status": None, "cause": type(error).__name__})

    def abandoned(self, ticket: int) -> None:
        self._given_up(self._by_ticket.get(ticket))

    def closed(self, ticket: int) -> None:
        self._given_up(self._by_ticket.get(ticket))

    def shut(self, ticket: int) -> None:
        """The client's end was closed for it. What was not open yet is over; how an open connection ended, the mock tells."""
        attempt = self._by_ticket.get(ticket)
        if attempt is not None and not attempt.opened:
            self._end(attempt, "wire.abandoned", {})

    def _given_up(self, attempt: Attempt | None) -> None:
        if attempt is not None and attempt.opened:
            self._end(attempt, "wire.closed", {"code": 1006, "reason": "", "by": "client"})
        else:
            self._end(attempt, "wire.abandoned", {})

    # ── done by the proxy ────────────────────────────────────────────────────

    def cut(self, *, reset: bool) -> tuple[int, ...]:
        """The proxy is asked to end every live connection; the numbers of those.

        They are over when one of their ends notices, or when `cut_through` says that the proxy is done: a Toxiproxy has
        its control port between the two, and waits are counted from the end, not from the asking.
        """
        live = self.live
        for attempt in live:
            closed = ("wire.closed", {"code": 1006, "reason": "", "by": "proxy"})
            attempt.cut = ("wire.reset", {"by": "proxy"}) if reset else closed
        return tuple(attempt.number for attempt in live)

    def cut_through(self) -> None:
        """The proxy has ended what it was asked to end."""
        for attempt in self._attempts:
            if attempt.cut is not None:
                self._end(attempt, *attempt.cut)

    # ── seen by the mock ─────────────────────────────────────────────────────

    def opened(self, connection: int, *, path: str, query: list[list[str]], key: int | None = None) -> None:
        attempt = self._arrived(connection)
        if attempt is not None:
            attempt.opened = True
            fields = {"path": path, "query": query} | _known(key=key)
            self._recorder.tell("wire.open", connection=attempt.number, fields=fields)

    def upgrade_refused(
        self, connection: int, *, status: int, retry_after_us: int | None, key: int | None = None
    ) -> None:
        fields = {"status": status} | _known(retry_after_us=retry_after_us, key=key)
        self._end(self._arrived(connection), "wire.refused", fields)

    def ready(self, connection: int, *, resumed: bool) -> None:
        attempt = self._by_server_connection.get(connection)
        if attempt is not None and not attempt.over:
            self._recorder.tell("wire.ready", connection=attempt.number, fields={"resumed": resumed})

    def server_closed(self, connection: int, *, code: int, reason: str, by: str, reset: bool) -> None:
        attempt = self._by_server_connection.get(connection)
        if reset:
            self._end(attempt, "wire.reset", {"by": by})
        else:
            self._end(attempt, "wire.closed", {"code": code, "reason": reason, "by": by})

    def message(
        self,
        connection: int | None,
        *,
        side: Literal["client", "server"],
        name: str,
        body: Mapping[str, Any],
        audio: bytes,
    ) -> None:
        attempt = self._by_server_connection.get(connection) if connection is not None else None
        fields = dict(body)
        if audio:
            readers = attempt or self._beside
            reader = readers.caller_audio if side == "client" else readers.agent_audio
            positions = reader.feed(audio)
            fields["audio"] = [list(interval) for interval in positions]
            if side == "client":
                readers.spoken.add(len(audio), positions)
        self._recorder.tell(f"{side}.{name}", connection=attempt.number if attempt else None, fields=fields)

    def _arrived(self, connection: int) -> Attempt | None:
        waiting = [a for a in self._attempts if a.server_connection is None and not a.over]
        if not waiting:
            return None
        attempt = waiting[-1]
        attempt.server_connection = connection
        self._by_server_connection[connection] = attempt
        return attempt

    def _end(self, attempt: Attempt | None, kind: str, fields: Mapping[str, Any]) -> None:
        if attempt is None or attempt.over:
            return
        attempt.over = True
        if attempt.cut is not None:
            kind, fields = attempt.cut
        self._recorder.tell(kind, connection=attempt.number, fields={**fields, **self._account(attempt)})

    def _account(self, attempt: Attempt) -> Mapping[str, Any]:
        """What became of the caller's audio: after this, what is not finalised is gone for the user."""
        heard = self._heard(attempt.server_connection) if attempt.opened and attempt.server_connection else None
        if heard is None or heard.received_us == 0:
            return {}
        return {"account": {**asdict(heard), "unfinalised": attempt.spoken.unfinalised(heard)}}


def _known(**fields: int | None) -> dict[str, int]:
    return {name: value for name, value in fields.items() if value is not None}
