"""`@pytest.mark.deadair_virtual_time`: an `async def` test on the virtual clock, whoever else would run coroutines here."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

__all__ = ["MARK", "pytest_itemcollected", "pytest_pyfunc_call"]

MARK = "deadair_virtual_time"


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Take the test back from a plugin that has made an item of its own kind of it.

    pytest-asyncio does so in its auto mode, and for tests that are marked for it, a whole module maybe; its items run
    coroutines on their own loop. The nearer word is ours: pytest's own way leads to `pytest_pyfunc_call` below.
    """
    if isinstance(item, pytest.Function) and item.get_closest_marker(MARK) and _is_of_another_kind(item):
        item.runtest = functools.partial(pytest.Function.runtest, item)  # type: ignore[method-assign]


def _is_of_another_kind(item: pytest.Function) -> bool:
    return type(item).runtest is not pytest.Function.runtest


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    mark = pyfuncitem.get_closest_marker(MARK)
    if mark is None:
        return None
    seed = _seed(mark)
    test = pyfuncitem.obj
    if handle := getattr(test, "hypothesis", None):
        # What @given has made of the test calls it itself, once for each example.
        if inspect.iscoroutinefunction(handle.inner_test):
            handle.inner_test = _virtually(handle.inner_test, seed)
        return None
    if not inspect.iscoroutinefunction(test):
        pytest.fail(f"the mark {MARK} is for 'async def' tests, and this is none: leave it out", pytrace=False)
    taken = inspect.signature(test).parameters
    _virtually(test, seed)(**{name: value for name, value in pyfuncitem.funcargs.items() if name in taken})
    return True


def _seed(mark: pytest.Mark) -> int:
    seed = mark.kwargs.get("seed", 0)
    if mark.args or set(mark.kwargs) - {"seed"} or not isinstance(seed, int):
        pytest.fail(f"the mark {MARK} takes a seed and nothing else: {MARK}(seed=7)", pytrace=False)
    return seed


def _virtually(test: Callable[..., Coroutine[Any, Any, None]], seed: int) -> Callable[..., None]:
    from harness.engines import HorizonReached, NothingLeft, StepsExhausted, VirtualTime

    @functools.wraps(test)
    def run(*args: Any, **arguments: Any) -> None:
        try:
            VirtualTime().run(lambda: test(*args, **arguments), seed=seed)
        except (HorizonReached, NothingLeft, StepsExhausted) as error:
            # The clock says so, from outside of the test: what waits is in its words, and in no traceback.
            raise pytest.fail.Exception(str(error), pytrace=False) from None

    return run
