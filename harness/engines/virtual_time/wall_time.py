"""Wall time inside a run: what `time` and `datetime` tell follows the virtual clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from harness.engines.errors import NotSimulated
from harness.engines.virtual_time.early_bound import EarlyBound
from harness.engines.virtual_time.inside import World, led
from harness.engines.virtual_time.patches import patched
from harness.engines.virtual_time.wall_datetime import virtual_datetime

__all__ = ["EPOCH_S", "virtual_wall_time"]

EPOCH_S = 1_750_000_000
"""Every run begins on 15 June 2025 at 15:06:40 UTC."""


@contextmanager
def virtual_wall_time() -> Iterator[None]:
    """For those inside a run, wall time is EPOCH_S plus the virtual clock; `time.sleep` raises NotSimulated.

    It reaches `time.*`, also under names that other modules have bound early (`from time import monotonic`), and
    `datetime.now`. Out of reach are functions that were kept anywhere but in a module's own names, and C code that asks
    the operating system.
    """
    with ExitStack() as stack:
        stack.enter_context(patched((time, name, virtual) for name, virtual in _VIRTUAL.items()))
        stack.enter_context(patched(_EARLY_BOUND.names()))
        stack.enter_context(virtual_datetime(_wall_s))
        yield


def _elapsed_s(world: World) -> float:
    return world.clock.now_s


def _elapsed_ns(world: World) -> int:
    return round(world.clock.now_s * 1e9)


def _wall_s(world: World) -> float:
    return EPOCH_S + world.clock.now_s


def _wall_ns(world: World) -> int:
    return EPOCH_S * 10**9 + _elapsed_ns(world)


def _sleep(world: World, seconds: float) -> None:
    raise NotSimulated(
        f"time.sleep({seconds!r}) stops the whole loop, on the real clock as well: use 'await asyncio.sleep(...)'."
    )


def _of_now(real: Callable[..., Any]) -> Callable[..., Any]:
    """A function of `time` that takes a moment, and means now where there is none."""

    def function(world: World, moment: float | None = None) -> Any:
        return real(_wall_s(world) if moment is None else moment)

    return function


def _format_of_now(world: World, form: str, *moment: Any) -> Any:
    return _STRFTIME(form, *(moment or (time.localtime(),)))


_STRFTIME = time.strftime
_INSIDE: dict[str, Callable[..., Any]] = {
    "ctime": _of_now(time.ctime),
    "gmtime": _of_now(time.gmtime),
    "localtime": _of_now(time.localtime),
    "monotonic": _elapsed_s,
    "monotonic_ns": _elapsed_ns,
    "perf_counter": _elapsed_s,
    "perf_counter_ns": _elapsed_ns,
    "sleep": _sleep,
    "strftime": _format_of_now,
    "time": _wall_s,
    "time_ns": _wall_ns,
}
_VIRTUAL = {name: led(getattr(time, name), virtual) for name, virtual in _INSIDE.items()}
_EARLY_BOUND = EarlyBound({getattr(time, name): virtual for name, virtual in _VIRTUAL.items()}, but_not_in=__name__)
