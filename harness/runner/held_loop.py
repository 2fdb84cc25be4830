"""A held loop: one client computes without ever awaiting, and every case on its loop stands still."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["HELD_S", "HeldLoop", "playing"]

HELD_S = 10.0
"""So long nobody computes on purpose in the middle of a call; a busy machine holds a loop for tenths of a second."""

LOOKS_EVERY_S = 1.0

playing: ContextVar[int | None] = ContextVar("playing", default=None)
"""The number of the run that this code belongs to; what it starts inherits that."""


class HeldLoop:
    """Watches the loop of the thread that makes it, from a thread beside it, for as long as its context lasts.

    Args:
        held: Called, once and on the other thread, with the number of the run that holds the loop (None if it cannot be
            said) and the place where it does.
    """

    def __init__(self, held: Callable[[int | None, str], None]) -> None:
        self._held = held
        self._loop_thread = threading.get_ident()
        self._turned_s = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="held loop", daemon=True)

    def __enter__(self) -> HeldLoop:
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._over.set()
        self._thread.join()

    def turned(self) -> None:
        """The loop has gone round; to be called more often than every HELD_S."""
        self._turned_s = time.monotonic()

    def _watch(self) -> None:
        while not self._over.wait(LOOKS_EVERY_S):
            if time.monotonic() - self._turned_s > HELD_S:
                self._held(*holder(sys._current_frames().get(self._loop_thread)))
                return


def holder(frame: FrameType | None) -> tuple[int | None, str]:
    """The run, and the place, of the code that a loop's thread is in: the loop calls everything with its context."""
    place = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} in {frame.f_code.co_qualname}" if frame else ""
    while frame is not None:
        if frame.f_code is asyncio.Handle._run.__code__:
            context: Any = frame.f_locals["self"]._context
            return context.get(playing), place
        frame = frame.f_back
    return None, place
