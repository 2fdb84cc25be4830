"""Where a task waits, in words."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["where"]

_ASYNCIO = str(Path(asyncio.__file__).parent)


def where(task: asyncio.Task[Any]) -> str:
    """The task's name, its coroutine, and the innermost line outside of asyncio at which it waits."""
    coroutine: Any = task.get_coro()
    name = f"{task.get_name()} {getattr(coroutine, '__qualname__', coroutine)}"
    frame = _innermost(coroutine)
    if frame is None:
        return name
    return f"{name} at {Path(frame.f_code.co_filename).name}:{frame.f_lineno} in {frame.f_code.co_qualname}"


def _innermost(awaited: Any) -> FrameType | None:
    innermost: FrameType | None = None
    while awaited is not None:
        frame = (
            getattr(awaited, "cr_frame", None)
            or getattr(awaited, "ag_frame", None)
            or getattr(awaited, "gi_frame", None)
        )
        if isinstance(frame, FrameType) and not frame.f_code.co_filename.startswith(_ASYNCIO):
            innermost = frame
        awaited = (
            getattr(awaited, "cr_await", None)
            or getattr(awaited, "ag_await", None)
            or getattr(awaited, "gi_yieldfrom", None)
        )
    return innermost
