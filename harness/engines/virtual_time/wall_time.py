"""Wall time inside a run: what `time` and `datetime` tell follows the virtual clock."""

from __future__ import annotations

import ctypes
import datetime
import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from harness.engines.errors import NotSimulated
from harness.engines.virtual_time.inside import World, led
from harness.engines.virtual_time.patches import patched

__all__ = ["EPOCH_S", "virtual_wall_time"]

EPOCH_S = 1_750_000_000
"""Every run begins on 15 June 2025, 15:06:40 UTC."""


def _wall_s(world: World) -> float:
    return EPOCH_S + world.clock.now_s


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


def _wall_ns(world: World) -> int:
    return EPOCH_S * 10**9 + _ns(world.clock.now_s)


def _sleep(world: World, seconds: float) -> None:
    raise NotSimulated(
        f"time.sleep({seconds!r}) stops the whole loop, on the real clock as well: use 'await asyncio.sleep(...)'."
    )


def _at_wall_time(name: str, position: int) -> Callable[..., Any]:
    """A function of `time` that means now where its argument at `position` is missing or None."""
    real = getattr(time, name)

    def function(world: World, *args: Any) -> Any:
        given = args[position] if len(args) > position else None
        return real(*args[:position], _wall_s(world) if given is None else given)

    return function


def _strftime(world: World, form: str, *moment: Any) -> str:
    return _REAL["strftime"](form, *(moment or (_REAL["localtime"](_wall_s(world)),)))


_REAL: dict[str, Callable[..., Any]] = {
    name: getattr(time, name)
    for name in (
        "ctime gmtime localtime monotonic monotonic_ns perf_counter perf_counter_ns sleep strftime time time_ns".split()
    )
}

_VIRTUAL: dict[str, Callable[..., Any]] = {
    name: led(_REAL[name], virtual)
    for name, virtual in {
        "ctime": _at_wall_time("ctime", 0),
        "gmtime": _at_wall_time("gmtime", 0),
        "localtime": _at_wall_time("localtime", 0),
        "monotonic": lambda world: world.clock.now_s,
        "monotonic_ns": lambda world: _ns(world.clock.now_s),
        "perf_counter": lambda world: world.clock.now_s,
        "perf_counter_ns": lambda world: _ns(world.clock.now_s),
        "sleep": _sleep,
        "strftime": _strftime,
        "time": _wall_s,
        "time_ns": _wall_ns,
    }.items()
}


@contextmanager
def virtual_wall_time() -> Iterator[None]:
    """For those inside a run, wall time is EPOCH_S plus the virtual clock; `time.sleep` raises NotSimulated.

    It reaches `time.*`, also under names that other modules have bound early (`from time import monotonic`), and
    `datetime.now`. Out of reach are functions that were kept anywhere but in a module's own names, and C code that asks
    the operating system.
    """
    with ExitStack() as stack:
        stack.enter_context(patched((time, name, virtual) for name, virtual in _VIRTUAL.items()))
        stack.enter_context(patched(_early_bound.all()))
        stack.enter_context(_virtual_datetime())
        yield


class _EarlyBound:
    """The names of other modules under which functions of `time` are bound. Each module is looked through once."""

    _LEFT_ALONE = ("concurrent", "multiprocessing", "queue", "selectors", "subprocess", "threading", "time", __name__)
    """Those wait on threads and processes, for which virtual time would stand still."""

    def __init__(self) -> None:
        self._seen: dict[str, ModuleType] = {}
        self._found: list[tuple[ModuleType, str, Callable[..., Any]]] = []
        self._by_identity = {id(real): _VIRTUAL[name] for name, real in _REAL.items()}

    def all(self) -> list[tuple[ModuleType, str, Callable[..., Any]]]:
        if len(self._seen) != len(sys.modules):
            for name, module in tuple(sys.modules.items()):
                if self._seen.get(name) is not module:
                    self._seen[name] = module
                    self._look_through(name, module)
        return self._found

    def _look_through(self, name: str, module: ModuleType) -> None:
        if name.partition(".")[0] in self._LEFT_ALONE or name in self._LEFT_ALONE or not isinstance(module, ModuleType):
            return
        for attribute, value in tuple(vars(module).items()):
            virtual = self._by_identity.get(id(value))
            if virtual is not None:
                self._found.append((module, attribute, virtual))


_early_bound = _EarlyBound()


def _now(world: World, cls: type[datetime.datetime], tz: datetime.tzinfo | None = None) -> datetime.datetime:
    return cls.fromtimestamp(_wall_s(world), tz)


def _utcnow(world: World, cls: type[datetime.datetime]) -> datetime.datetime:
    return cls.fromtimestamp(_wall_s(world), datetime.UTC).replace(tzinfo=None)


@contextmanager
def _virtual_datetime() -> Iterator[None]:
    """`datetime.now` and `utcnow`; `today` asks `time.time` of its own accord.

    `datetime` is a type of C and cannot be patched, and a subclass in its place would not be what libraries have
    imported and compare with (pydantic does). So its own table of methods is changed, and Python told so.
    """
    table = gc.get_referents(datetime.datetime.__dict__)[0]
    before = {name: table[name] for name in ("now", "utcnow")}
    try:
        for name, virtual in (("now", _now), ("utcnow", _utcnow)):
            table[name] = classmethod(
                led(before[name].__func__ if hasattr(before[name], "__func__") else _bound(before[name]), virtual)
            )
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))
        yield
    finally:
        table.update(before)
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))


def _bound(method: Any) -> Callable[..., Any]:
    """A class method of C, called with its class as the first argument."""

    def function(cls: type, *args: Any, **rest: Any) -> Any:
        return method.__get__(None, cls)(*args, **rest)

    return function
