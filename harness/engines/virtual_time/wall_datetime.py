"""`datetime.now` and `utcnow` inside a run; `today` asks `time.time` of its own accord."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from typing import Any

from harness.engines.virtual_time.inside import World, led

__all__ = ["virtual_datetime"]


@contextmanager
def virtual_datetime(wall_s: Callable[[World], float]) -> Iterator[None]:
    """For those inside a run, now is `wall_s(world)`, in seconds since the Unix epoch.

    `datetime` is a type of C, which cannot be patched; and a subclass put in its place would not be the type that
    libraries have imported and compare with, as pydantic does. So the type's own table of methods is changed, and
    Python is told of it.
    """

    def now(world: World, kind: type[datetime], tz: tzinfo | None = None) -> datetime:
        return kind.fromtimestamp(wall_s(world), tz)

    def utcnow(world: World, kind: type[datetime]) -> datetime:
        return kind.fromtimestamp(wall_s(world), UTC).replace(tzinfo=None)

    (methods,) = (table for table in gc.get_referents(datetime.__dict__) if isinstance(table, dict))
    before = {name: methods[name] for name in ("now", "utcnow")}
    try:
        methods["now"] = classmethod(led(_unbound(before["now"]), now))
        methods["utcnow"] = classmethod(led(_unbound(before["utcnow"]), utcnow))
        _forget_looked_up_methods()
        yield
    finally:
        methods.update(before)
        _forget_looked_up_methods()


def _unbound(method: Any) -> Callable[..., Any]:
    """A class method of C as a function that takes its class first."""

    def function(kind: type[datetime], *args: Any, **rest: Any) -> Any:
        return method.__get__(None, kind)(*args, **rest)

    return function


def _forget_looked_up_methods() -> None:
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime))
