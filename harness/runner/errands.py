"""Work that goes on beside a run, on our side: begun at once, waited for at the end, and its first failure kept."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

__all__ = ["Errands"]


class Errands:
    """`failure` is what went wrong first, if anything did: our own trouble, not the client's."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(self._watched(work)))

    async def all_done(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watched(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            self.failure = self.failure or error
