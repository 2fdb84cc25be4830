"""Who is inside the simulated world: the thread of the run, and threads that it started.

Patches of the standard library hold for the whole process, and a process has other threads too (a progress bar, a test
runner's watchdog): they keep the real clock and the real network.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from harness.engines.errors import EngineError
from harness.engines.virtual_time.clock import VirtualClock

__all__ = ["World", "entered", "led"]


class World:
    """The run that is going on."""

    __slots__ = ("_outsiders", "clock")

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self._outsiders = frozenset(thread.ident for thread in threading.enumerate()) - {threading.get_ident()}

    def holds_this_thread(self) -> bool:
        return threading.get_ident() not in self._outsiders


_current: World | None = None


@contextmanager
def entered(clock: VirtualClock) -> Iterator[None]:
    """From here on the process plays one run.

    Raises:
        EngineError: If it plays one already: they would share the standard library, and each would see the other's.
    """
    global _current
    if _current is not None:
        raise EngineError("a process can play one virtual run at a time: use processes to play several at once.")
    _current = World(clock)
    try:
        yield
    finally:
        _current = None


def led(real: Callable[..., Any], virtual: Callable[..., Any]) -> Callable[..., Any]:
    """`virtual(world, ...)` for those inside, `real(...)` for all others.

    A module that is imported during a run may keep such a function for ever, which does no harm: after the run it is
    the real one.
    """

    @wraps(real)
    def function(*args: Any, **rest: Any) -> Any:
        world = _current
        if world is None or not world.holds_this_thread():
            return real(*args, **rest)
        return virtual(world, *args, **rest)

    return function
