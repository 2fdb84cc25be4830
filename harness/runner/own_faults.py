"""Whose fault an error is that nobody caught: a mock's or a proxy's, which spoils the run, or the client's, which is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from pathlib import Path
from typing import Any, Literal

from harness.errors import DeadairError
from harness.runner.telling import words

__all__ = ["OwnFault", "Uncaught", "as_client"]

_ROOT = Path(__file__).parents[2]


class OwnFault(DeadairError):
    """A part of ours failed while it took part in a run, so the run says nothing about the client."""


class Uncaught:
    """Takes the errors of one run that end up with the event loop.

    Many runs share a loop. Each has a context, which everything that is started within it inherits: tasks, timers,
    and the connections of servers. So an error is traced back to its run, and to the side that it came from.

    Args:
        of_the_client: Told of each error that the client caused and nobody caught.
    """

    def __init__(self, of_the_client: Callable[[BaseException], None]) -> None:
        self.own_fault: OwnFault | None = None
        self._of_the_client = of_the_client

    @contextmanager
    def watching(self) -> Iterator[None]:
        asyncio.get_running_loop().set_exception_handler(_attribute)
        token = _run.set(self)
        try:
            yield
        finally:
            _run.reset(token)

    def happened(self, error: BaseException, side: Literal["ours", "client"]) -> None:
        if side == "client":
            self._of_the_client(error)
        elif self.own_fault is None:
            self.own_fault = OwnFault(f"our own fault: {words(error)}{_place(error)}")


_run: ContextVar[Uncaught | None] = ContextVar("_run", default=None)
_side: ContextVar[Literal["ours", "client"]] = ContextVar("_side", default="ours")


def as_client() -> Context:
    """A context for what the client does: errors out of it are the client's."""
    context = copy_context()
    context.run(_side.set, "client")
    return context


def _attribute(loop: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
    """The loop's exception handler."""
    # An error in a callback is handled outside of the callback's context; one in a protocol, inside.
    handle = told.get("handle")
    context: Any = getattr(handle, "_context", None) or copy_context()
    run, error = context.get(_run), told.get("exception")
    if run is None or error is None:
        loop.default_exception_handler(told)
    else:
        run.happened(error, context.get(_side, "ours"))


def _place(error: BaseException) -> str:
    """The innermost line of ours that the error went through."""
    place, traceback = "", error.__traceback__
    while traceback is not None:
        file = Path(traceback.tb_frame.f_code.co_filename)
        if file.is_relative_to(_ROOT) and ".venv" not in file.parts:
            place = f", at {file.relative_to(_ROOT).as_posix()}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
