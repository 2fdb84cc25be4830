"""What a toxic is: a pure rule for what becomes of each thing that reaches it, and when."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import ClassVar

__all__ = ["CHUNK_BYTES", "End", "Item", "Step", "Toxic", "Turn", "at_once"]

# Toxiproxy reads with a buffer of this size, so no toxic ever meets a larger chunk.
CHUNK_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class End:
    """The last thing on a link: the source hung up, or a toxic ends the connection. `reset` sends RST instead of FIN."""

    reset: bool = False


Item = bytes | End


@dataclass(frozen=True, slots=True)
class Step:
    """`item` leaves the toxic at `at`, in seconds of the loop's clock; `math.inf` keeps it until the toxic goes."""

    at: float
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One item's turn. A toxic works on one item at a time; the others wait in line.

    `arrived_at` is when the item joined the line, `at` when its turn came, both in seconds. `passed_bytes` counts what
    has left this toxic on this connection since it was added.
    """

    item: Item
    arrived_at: float
    at: float
    passed_bytes: int
    chance: Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxic:
    """One kind of toxic with its attributes, named and measured as in Toxiproxy's API; 0 where none is given."""

    type: ClassVar[str]

    # How many bytes may wait in line before the source is no longer read. Toxiproxy's channels hold one chunk.
    holds_bytes: ClassVar[int] = CHUNK_BYTES

    def meet(self, turn: Turn) -> tuple[Step, ...]:
        """What becomes of `turn.item`. The steps are in order of time; the next item's turn comes after the last."""
        return at_once(turn)

    def rests_until(self, steps: tuple[Step, ...]) -> float:
        """When the next item may have its turn."""
        return steps[-1].at if steps else -math.inf

    def ends_at(self, since: float) -> float:
        """When the toxic ends the connection by itself, having been in force there `since` then."""
        return math.inf

    def lifted(self, *, met: bool) -> End | None:
        """How a connection ends because this toxic is taken off it; None if it lives on.

        `met`: whether anything has reached the toxic on that connection.
        """
        return None

    def problem(self) -> str | None:
        """What is wrong with the attributes, in words, or None."""
        return None

    def attributes(self) -> dict[str, int]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def with_attributes(self, changes: Mapping[str, int]) -> Toxic:
        """The same kind with `changes` merged in; unknown names are ignored, as Toxiproxy does."""
        known = {field.name for field in dataclasses.fields(self)}
        return dataclasses.replace(self, **{name: value for name, value in changes.items() if name in known})


def at_once(turn: Turn) -> tuple[Step, ...]:
    return (Step(turn.at, turn.item),)
