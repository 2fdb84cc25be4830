"""An output item, as its response handles it: what is told of it and when, and what closes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from mock_servers.openai_realtime.event import Event
from mock_servers.openai_realtime.items import Item

__all__ = ["ARGUMENTS_EVERY_S", "Output", "Place", "Step", "pieces"]

ARGUMENT_CHARACTERS = 8
ARGUMENTS_EVERY_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an output item stands: its response, and its index there."""

    response_id: str
    output_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An event that is due at a time."""

    at_s: float
    event: Event


class Output(Protocol):
    """One output item, from its first event to its last."""

    item: Item
    place: Place

    def opening(self) -> list[Event]:
        """What follows the events that add the item."""
        ...

    def steps(self, begin_s: float) -> list[Step]:
        """Everything between its opening and its end, in order."""
        ...

    def was_told(self, event: Event) -> None:
        """An event of it has gone out: from now on the client knows, and an early end has to close it."""
        ...

    def closing(self) -> list[Event]:
        """What closes its content; the item's shape is final afterwards, but for its status."""
        ...


def pieces(arguments: str) -> Iterator[str]:
    """Arguments as they are streamed."""
    for at in range(0, len(arguments), ARGUMENT_CHARACTERS):
        yield arguments[at : at + ARGUMENT_CHARACTERS]


def fields_of(place: Place, item_id: str, **more: Any) -> dict[str, Any]:
    """The fields that every event inside of an output item has."""
    return {"response_id": place.response_id, "item_id": item_id, "output_index": place.output_index, **more}
