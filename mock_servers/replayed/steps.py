"""What a server did on one connection, as values: each deed with the moment it is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_servers.base.protocol import Abort, Close, Ready

__all__ = ["PATIENCE_S", "Deed", "Mark", "Say", "Step"]

PATIENCE_S = 5.0
"""So much later than then a server goes on that waits for a client message which does not come: a slow client is not run
over, and one that never says it still gets the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A message, as observers were told of it.

    Attributes:
        body: Without its audio.
        audio: Which parts of the agent's stream it carries, `[from, to)` in bytes.
        garbled: Whether it goes out cut off in the middle.
    """

    name: str
    body: Mapping[str, Any]
    audio: tuple[tuple[int, int], ...] = ()
    garbled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place at which whoever ordered the replay does something himself."""

    number: int


Deed = Say | Mark | Ready | Close | Abort


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One deed and when it is due.

    Attributes:
        at_s: After the upgrade was answered.
        awaits: The client message that it followed, as its name and how many of that name there had been; None if it
            followed none.
        after_s: After that message; of no use without one.
    """

    deed: Deed
    at_s: float
    awaits: tuple[str, int] | None = None
    after_s: float = 0.0
