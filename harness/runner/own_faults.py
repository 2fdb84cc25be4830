"""Whose fault an error is that nobody caught: a mock's or a proxy's, which spoils the run, or the client's, which is told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from pathlib import Path
from typing import Any, Literal, cast
from weakref import WeakKeyDictionary

from harness.errors import DeadairError
from harness.runner.telling import words

__all__ = ["OwnFault", "Uncaught", "as_client", "let_go"]

_ROOT = Path(__file__).parents[2]

LET_GO_MAX = 10
"""So many errors of dead tasks are told of a run; a client whose tasks die in hundreds dies of one error mostly."""

_Side = Literal["ours", "client"]


class OwnFault(DeadairError):
    """A part of ours failed while it took part in a run, so the run says nothing about the client."""


class Uncaught:
    """Takes the errors of one run that end up with the event loop.

    Many runs share a loop. Each has a context, which everything that is started within it inherits: tasks, timers,
    and the connections of servers. So an error is traced back to its run, and to the side that it came from.

    A task that fails says nothing: asyncio reports it when it is thrown away and nobody has asked for its error. One that
    somebody still holds is found by `died`.

    Args:
        of_the_client: Told of each error that the client caused and nobody caught.
    """

    def __init__(self, of_the_client: Callable[[BaseException], None]) -> None:
        self.own_fault: OwnFault | None = None
        self._of_the_client = of_the_client
        self._tasks: WeakKeyDictionary[asyncio.Task[Any], _Side] = WeakKeyDictionary()

    @contextmanager
    def watching(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_attribute)
        if not isinstance(factory := loop.get_task_factory(), _Remembering):
            loop.set_task_factory(cast(Any, _Remembering(factory)))
        token = _run.set(self)
        try:
            yield
        finally:
            _run.reset(token)

    def died(self) -> tuple[asyncio.Task[Any], ...]:
        """The client's tasks that have failed, and whose error nobody has asked for yet, in the order of creation."""
        return tuple(task for task, side in list(self._tasks.items()) if side == "client" and _is_unheard(task))

    def made(self, task: asyncio.Task[Any], side: _Side) -> None:
        self._tasks[task] = side

    def happened(self, error: BaseException, side: _Side) -> None:
        if side == "client":
            self._of_the_client(error)
        elif self.own_fault is None:
            self.own_fault = OwnFault(f"our own fault: {words(error)}{_place(error)}")


def let_go(died: Iterable[asyncio.Task[Any]]) -> tuple[str, ...]:
    """The errors of those tasks for which still nobody has asked, each in words and once; they are asked for hereby."""
    errors = Counter(words(error) for task in died if _is_unheard(task) and (error := task.exception()) is not None)
    told = [error if times == 1 else f"{error} ({times} times)" for error, times in errors.items()]
    return tuple(told[:LET_GO_MAX])


_run: ContextVar[Uncaught | None] = ContextVar("_run", default=None)
_side: ContextVar[_Side] = ContextVar("_side", default="ours")


def as_client() -> Context:
    """A context for what the client does: errors out of it are the client's."""
    context = copy_context()
    context.run(_side.set, "client")
    return context


class _Remembering:
    """A task factory after another one, which notes in whose run each task is made: a task that failed is reported when it is
    thrown away, and that may be in anybody's turn."""

    def __init__(self, factory: Callable[..., Any] | None) -> None:
        self._make: Callable[..., Any] = factory or _asyncios_own

    def __call__(self, loop: asyncio.AbstractEventLoop, coro: Any, **rest: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = self._make(loop, coro, **rest)
        context = rest.get("context")
        run, side = (_run.get(), _side.get()) if context is None else (context.get(_run), context.get(_side, "ours"))
        if run is not None:
            run.made(task, side)
            cast(Any, task).made_in = (run, side)
        return task


class _OwnTask(asyncio.Task[Any]):
    def set_name(self, value: object, /) -> None:
        if value is not None:  # Python 3.13.0 hands on the name that nobody gave, where there is a factory
            super().set_name(value)


def _asyncios_own(loop: asyncio.AbstractEventLoop, coro: Any, **rest: Any) -> asyncio.Task[Any]:
    return _OwnTask(coro, loop=loop, **rest)


def _is_unheard(task: asyncio.Task[Any]) -> bool:
    """Whether asyncio would complain of it if it were thrown away now. Asking for the error itself would change that."""
    return bool(cast(Any, task)._log_traceback)


def _attribute(loop: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
    """The loop's exception handler."""
    run, side = _whose(told)
    error = told.get("exception")
    if run is None or error is None:
        loop.default_exception_handler(told)
    else:
        run.happened(error, side)


def _whose(told: dict[str, Any]) -> tuple[Uncaught | None, _Side]:
    thrown_away: tuple[Uncaught, _Side] | None = getattr(told.get("future"), "made_in", None)
    if thrown_away is not None:
        return thrown_away
    # An error in a callback is handled outside of the callback's context; one in a protocol, inside.
    handle = told.get("handle")
    context: Any = getattr(handle, "_context", None) or copy_context()
    return context.get(_run), context.get(_side, "ours")


def _place(error: BaseException) -> str:
    """The innermost line of ours that the error went through."""
    place, traceback = "", error.__traceback__
    while traceback is not None:
        file = Path(traceback.tb_frame.f_code.co_filename)
        if file.is_relative_to(_ROOT) and ".venv" not in file.parts:
            place = f", at {file.relative_to(_ROOT).as_posix()}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
