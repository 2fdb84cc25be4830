"""One owner's part of a trace, with stretches of audio taken as one: the sequences in which two runs can be compared.

Client, server and proxy run side by side, so the order *between* them is a matter of microseconds on the real clock; what
each of them did, and in which order, is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.trace import Event

__all__ = ["Stretch", "strands"]

OWNERS: Mapping[str, str] = {
    "run": "run", "caller": "caller", "fault": "faults", "wire": "wire", "server": "server", "client": "client",
    "replay": "replay",
}  # fmt: skip
"""Whose events they are, in words; all others are what the client told."""

CLIENT_TOLD = "told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """An event; or an unbroken series of one owner's audio on one connection, which clients cut as they like.

    Attributes:
        index: The place of the first event in the trace.
        count: How many events there are.
    """

    first: Event
    index: int
    count: int = 1

    @property
    def key(self) -> tuple[str, int | None]:
        """What two of them have in common that belong to each other."""
        return self.first.kind, self.first.connection

    @property
    def is_audio(self) -> bool:
        return "audio" in self.first.fields and self.first.owner in ("client", "server", "audio")


def strands(events: Iterable[Event]) -> dict[str, list[Stretch]]:
    """What each owner did, in order."""
    found: dict[str, list[Stretch]] = {}
    for index, event in enumerate(events):
        strand = found.setdefault(OWNERS.get(event.owner, CLIENT_TOLD), [])
        one = Stretch(first=event, index=index)
        if strand and one.is_audio and strand[-1].is_audio and strand[-1].key == one.key:
            last = strand[-1]
            strand[-1] = Stretch(first=last.first, index=last.index, count=last.count + 1)
        else:
            strand.append(one)
    return found
