"""The script of a replay: what the server's side did in one run, connection by connection, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.scenario.model import Action

__all__ = [
    "Await",
    "Begin",
    "Connection",
    "Cut",
    "Deed",
    "Hang",
    "Lift",
    "Note",
    "Open",
    "Ready",
    "Refused",
    "Say",
    "Script",
    "Silent",
    "Step",
]


# ── what the server does on a connection ─────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A message; `audio` are positions in the agent's stream, and `fields` all else that the trace has of it."""

    name: str
    fields: Mapping[str, Any]
    audio: tuple[tuple[int, int], ...] = ()
    garbled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    resumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hang:
    """The end by the server. `code` as in `wire.closed`: 1005 for a close frame without one, 1006 for none at all."""

    code: int
    reason: str = ""
    reset: bool = False


# ── what is done around it ───────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """A fault that has to be done again, since it changes what is on its way: a toxic, a bad frame, unanswered pings."""

    fault_id: str
    do: Action
    on: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """The end of such a fault."""

    fault_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The end of a connection by the proxy."""

    connection: int
    reset: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A place in the run at which an event of a fault is told, something is done, or both; `number` is its own.

    `after` is the wire event that it followed, where it happened between two connections, and `after_us` how long after;
    on a connection it is one of the steps.
    """

    number: int
    kind: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    connection: int | None = None
    do: Begin | Lift | Cut | None = None
    after: tuple[str, int] | None = None
    after_us: int = 0


Deed = Say | Ready | Hang | Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Await:
    """The client message that a deed followed: the `nth` of this name on its connection, and how long after it."""

    name: str
    nth: int
    after_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A deed, due `at_us` after the upgrade was answered; or after a client message, if it followed one."""

    deed: Deed
    at_us: int
    awaits: Await | None = None


# ── what becomes of an attempt ───────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The upgrade is answered with 101, and then come the steps.

    Attributes:
        held: Where the server stood still: before the answer (`tcp`), or after it, reading nothing (`upgrade`); "" if it did not.
        held_us: How long, from the beginning of the attempt or from the answer; None for ever. Steps count from the end of it.
    """

    steps: tuple[Step, ...]
    held: Literal["", "tcp", "upgrade"] = ""
    held_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Turned away: by HTTP, or by TCP where `status` is None. `form`, `headers` and `body` are those of the fault that did it."""

    status: int | None
    retry_after_us: int | None = None
    form: str = "header-seconds"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """Accepted by TCP, and never answered."""


Connection = Open | Refused | Silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """All that was done.

    Attributes:
        connections: What became of each attempt, in the order in which they began.
        between: What happened while no connection was open, in order.
        unfired: The faults that never fired, and why.
        settled_us: When the run was over, since all was settled; None if it was not. A replay is no shorter: what was not
            said yet by then was not to be heard.
    """

    connections: tuple[Connection, ...]
    between: tuple[Note, ...] = ()
    unfired: Mapping[str, str] = field(default_factory=dict)
    settled_us: int | None = None
