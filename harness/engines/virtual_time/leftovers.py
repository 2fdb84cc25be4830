"""What a program had not ended itself when it was over."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from harness.engines.virtual_time.waiting import where

if TYPE_CHECKING:
    from harness.engines.virtual_time.loop import VirtualLoop

__all__ = ["Leftovers", "go_round", "what_is_left"]

_SETTLING_ROUNDS = 10
"""How often the loop goes round, within one instant, before leftovers are counted: a transport that was closed last is
gone only after a round or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """Tasks that still waited, and where; sockets that were still open. False if there is nothing of either."""

    tasks: tuple[str, ...] = ()
    sockets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tasks or self.sockets)

    def __str__(self) -> str:
        return "; ".join((*self.tasks, *self.sockets)) or "nothing"


async def what_is_left() -> Leftovers:
    """What runs and is open on the running loop, which is one of virtual time, besides the task that asks."""
    loop = cast("VirtualLoop", asyncio.get_running_loop())
    await go_round()
    return Leftovers(
        tasks=tuple(where(task) for task in loop.waiting() if task is not asyncio.current_task()),
        sockets=tuple(repr(endpoint) for endpoint in loop.network.open_sockets()),
    )


async def go_round() -> None:
    for _ in range(_SETTLING_ROUNDS):
        await asyncio.sleep(0)
