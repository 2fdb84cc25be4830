"""Agreement: what two traces of one case must say alike, whatever clock and fault proxy they were played on.

Compared is, for each owner, the sequence of its events:

- `connection.*`, `wire.*`, `fault.*`: every event with the fields that say what it was (attempt, status, code, by). How
  the sequences of two owners interleave is left open: which of two ends notices one loss first is the machine's. An end
  without a close frame that no fault was told of at once (a `limit_data` that is full) may be a FIN or an RST:
  Toxiproxy closes with whatever the kernel makes of the bytes that it has not read.
- `run.*`: what the harness did at the client's front door. Not `run.send_failed`: whether a frame of the microphone falls
  into a gap of milliseconds is the machine's too.
- `run.state`, an owner of its own since it is sampled: the states in which a client stays. Those on the way
  (`connecting`, `disconnecting`) may be over before anybody looked.
- `client.*` and `server.*`, for each connection: the messages that open the session, each once, in order, up to `wire.ready`
  or the end. Behind it audio and turns go on for as long as the run lasts, and milliseconds decide what a loss cuts off.
- the waits: from the end of each attempt to the attempt that follows. They may differ by `WAITS_AGREE_WITHIN_US`, and
  by as much as the hosts were late.

How the runs ended and what the judge made of them is compared beside this, by who has the judgements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from harness.trace import Event, Trace
from harness.trace.query import attempts

__all__ = ["WAITS_AGREE_WITHIN_US", "Difference", "Waiting", "differences", "story", "waits"]

WAITS_AGREE_WITHIN_US = 100_000
"""Half of what the tightest tolerance of the pack spans (±50 ms to either side of the expected wait)."""

SAYS_WHAT_IT_WAS = {
    "connection.reconnecting": ("attempt", "max_attempts", "backoff_delay", "component"),
    "connection.reconnected": ("attempts", "component"),
    "connection.failed": ("attempts", "reason", "component"),
    "wire.refused": ("status", "cause", "retry_after_us"),
    "wire.open": ("path", "query"),
    "wire.ready": ("resumed",),
    "wire.closed": ("code", "reason", "by"),
    "wire.reset": ("by",),
    "run.state": ("state",),
    "run.connect_failed": ("error",),
    "run.disconnect_failed": ("error",),
    "run.stream_ended": ("error",),
}
"""The fields that are the same in every run; of other kinds, only the kind and the connection."""

DECIDED_BY_MILLISECONDS = frozenset({"run.send_failed"})

PASSED_THROUGH = frozenset({"connecting", "disconnecting"})

ENDS = ("wire.refused", "wire.abandoned", "wire.closed", "wire.reset")

ABSENT = "nothing more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where the sequences of one owner part for the first time; written as one line."""

    owner: str
    index: int
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.owner}[{self.index}]: {self.expected} | {self.got}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How long a client waited before the attempt `before`, counted from the end of the one that it replaces."""

    before: int
    lasted_us: int


def differences(expected: Trace, got: Trace, *, late_us: int = 0) -> tuple[Difference, ...]:
    """The first divergence of each owner; empty if the two traces agree. `late_us`: how late the hosts were at worst."""
    return (*_parted(story(expected), story(got)), *_waited_otherwise(expected, got, late_us))


def story(trace: Trace) -> dict[str, tuple[str, ...]]:
    """For each owner what it told, in order, an event a text; the owners of messages are split by connection."""
    told: dict[str, list[str]] = {}
    opened: set[int | None] = set()
    for event in trace.events:
        match event.owner:
            case "run" if event.kind == "run.state":
                if event.fields["state"] not in PASSED_THROUGH:
                    told.setdefault("run.state", []).append(str(event.fields["state"]))
            case "connection" | "wire" | "run" | "fault" if event.kind not in DECIDED_BY_MILLISECONDS:
                told.setdefault(event.owner, []).append(_text(event))
                if event.kind in ("wire.ready", *ENDS):
                    opened.add(event.connection)
            case "client" | "server" if event.connection is not None and event.connection not in opened:
                messages = told.setdefault(f"{event.owner}.{event.connection}", [])
                if event.kind not in messages:
                    messages.append(event.kind)
    return {owner: tuple(texts) for owner, texts in told.items()}


def waits(trace: Trace) -> tuple[Waiting, ...]:
    """The wait before each attempt but the first, where the connection before it had ended by then."""
    tried = attempts(trace)
    return tuple(
        Waiting(before=following.connection, lasted_us=following.began.at_us - ended_us)
        for attempt, following in pairwise(tried)
        if (ended_us := attempt.ended_us) is not None and ended_us <= following.began.at_us
    )


def _parted(expected: Mapping[str, tuple[str, ...]], got: Mapping[str, tuple[str, ...]]) -> Iterator[Difference]:
    for owner in dict.fromkeys((*expected, *got)):
        pairs = zip_longest(expected.get(owner, ()), got.get(owner, ()), fillvalue=ABSENT)
        for index, (one, other) in enumerate(pairs):
            if one != other:
                yield Difference(owner=owner, index=index, expected=one, got=other)
                break


def _waited_otherwise(expected: Trace, got: Trace, late_us: int) -> Iterator[Difference]:
    allowed_us = WAITS_AGREE_WITHIN_US + late_us
    other = {waiting.before: waiting.lasted_us for waiting in waits(got)}
    for index, waiting in enumerate(waits(expected)):
        lasted_us = other.get(waiting.before)
        if lasted_us is not None and abs(lasted_us - waiting.lasted_us) > allowed_us:
            yield Difference(
                owner=f"wait before attempt {waiting.before}",
                index=index,
                expected=f"{waiting.lasted_us / 1e6:.3f} s",
                got=f"{lasted_us / 1e6:.3f} s",
            )
            break


def _text(event: Event) -> str:
    if (
        event.kind in ("wire.closed", "wire.reset")
        and event.fields.get("code", 1006) == 1006
        and event.fields["by"] != "proxy"
    ):
        return f"wire.closed or wire.reset {event.connection} by={event.fields['by']}"
    words = [event.kind, *([str(event.connection)] if event.connection is not None else ())]
    words += [f"{name}={event.fields[name]}" for name in SAYS_WHAT_IT_WAS.get(event.kind, ()) if name in event.fields]
    return " ".join(words)
