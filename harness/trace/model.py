"""A trace: what happened in one run, from every side, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["End", "Event", "Header", "Trace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened.

    Attributes:
        at_us: Microseconds since the run began; never decreasing within a trace.
        kind: `subject.participle`, e.g. `wire.attempt`; the subject names the owner (see `vocabulary`).
        connection: Which connection of the run it belongs to, counted in `wire.attempt`s from 1; None for none.
        fields: What is known about it, JSON values only. Nothing here may differ between two equal runs: no dates,
            ports, paths, uuids. Audio stands as positions: `audio` is a list of `[from, to]` byte offsets into the
            speaker's whole stream.
    """

    at_us: int
    kind: str
    connection: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return self.kind.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What was run: enough to judge the trace and to run the same case again.

    `case` is the expanded case as JSON (`Case.model_dump(mode="json")`). `audio_rates_hz` maps `caller` and `agent` to
    their sample rates (16-bit mono PCM, so a byte is 1 / (2 * rate) seconds). `client` says what can be expected of who
    was tested: `reconnects` (whether it has a reconnect layer at all) and `tells` (which kinds of events it could tell;
    `connection.*` for all of an owner); where they are missing, it reconnects and could have told everything.
    `environment` (versions, host, date) is left out of the digest.
    """

    case: Mapping[str, Any]
    seed: int
    clock: str
    proxy: str
    audio_rates_hz: Mapping[str, int]
    client: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The last line. `why` is `settled`, `deadline`, `hung`, `left-behind` (as either of the first two, but the client did
    not stop), `flooded`, `client-crashed`, `nothing-left`, or `interrupted`.

    `late_us` is how late the host's timers were at worst during the run; 0 on the virtual clock. `let_go` are the errors of
    tasks of the client that died in the run, and that nobody has asked for until it was stopped: a note, for a client may
    look at them another day.
    """

    at_us: int
    why: str
    detail: str = ""
    late_us: int = 0
    let_go: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A whole run. `end` is None where the writing stopped halfway: such a trace is never a pass."""

    header: Header
    events: tuple[Event, ...]
    end: End | None
