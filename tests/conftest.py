"""Every `async def` test runs on the virtual clock, where waiting is free; one marked `real_time` on the machine's."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.engines import Engine, RealTime, VirtualTime
from tests.support.order import place

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files with what the tests got")
    parser.addoption("--whole-pack", action="store_true", help="tests/agreement: also the cases that take long really")
    parser.addoption("--whole-jury", action="store_true", help="tests/jury: correct clients in every case, not in some")
    parser.addoption(
        "--long-days", type=int, default=3, help="tests/jury: how many random calls each client lives through"
    )
    parser.addoption("--schedules", type=int, default=50, help="tests/agreement: how many random schedules of faults")


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.hasplugin("xdist"):
        # The order is the one below; xdist would begin with the files that have the most tests.
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.nodeid))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test on the engine that its marks ask for."""
    engine: Engine = RealTime() if pyfuncitem.get_closest_marker("real_time") else VirtualTime()
    test = pyfuncitem.obj
    if hasattr(test, "hypothesis"):
        # The wrapper that @given has made calls the test itself, once for each example.
        handle = test.hypothesis
        if inspect.iscoroutinefunction(handle.inner_test):
            handle.inner_test = _on(engine, handle.inner_test)
        return None
    if not inspect.iscoroutinefunction(test):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    _on(engine, test)(**arguments)
    return True


def _on(engine: Engine, test: Callable[..., Any]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(*args: Any, **arguments: Any) -> None:
        engine.run(lambda: test(*args, **arguments))

    return run


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden(name, text)`: what is to be read is exactly the file tests/golden/<name>."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
            return
        assert path.exists(), f"there is no golden file {name} yet: run pytest with --update-golden, then review it"
        assert text == path.read_bytes().decode("utf-8")

    return compare
