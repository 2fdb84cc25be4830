"""The same project under other versions of pytest, with pytest-asyncio in both of its modes, and with pytest-xdist."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.clients.installing import NotInstallable
from harness.reports import results_of
from harness.runs import open_run
from tests.support.pytest_environments import ENVIRONMENTS, PytestEnvironment, made
from tests.support.pytest_files import CLIENTS, GIVES_UP, SURVIVES
from tests.support.pytest_runs import PytestRun, pytest_run, written

TESTS = """\
import asyncio
import time

import pytest

pytestmark = pytest.mark.slow


async def on_which_loop():
    return type(asyncio.get_running_loop()).__name__


@pytest.fixture
def number():
    return 7


@pytest.mark.deadair_virtual_time
async def test_an_hour_passes_at_once(number):
    began = time.monotonic()
    await asyncio.sleep(3600)
    assert time.monotonic() - began == 3600
    assert number == 7


@pytest.mark.deadair_virtual_time
class TestInAClass:
    @pytest.mark.parametrize("seconds", [1, 60])
    async def test_methods_are_run_too(self, seconds):
        await asyncio.sleep(seconds)
        assert await on_which_loop() == "VirtualLoop"


@pytest.mark.deadair_virtual_time
async def test_the_provider_is_gone(deadair_mock, deadair_proxy):
    async with deadair_mock("deepgram") as mock, deadair_proxy(mock.address) as proxy:
        async with proxy.during("down"):
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(*proxy.address)
        _, writer = await asyncio.open_connection(*proxy.address)
        writer.close()


def test_a_scenario_is_played(deadair_play):
    played = deadair_play("goodbye.scenario.yaml")
    assert played.sentence == "no wire.ready came after wire.closed (at 3 s)"


@pytest.mark.deadair_virtual_time
async def test_it_fails_as_any_other_does():
    assert await on_which_loop() == "another"
"""

WITH_ASYNCIO = """

@pytest.mark.asyncio
async def test_other_coroutines_are_left_to_others(deadair_mock):
    assert await on_which_loop() != "VirtualLoop"
    async with deadair_mock("deepgram") as mock:
        _, writer = await asyncio.open_connection(*mock.address)
        writer.close()


@pytest.mark.asyncio
@pytest.mark.deadair_virtual_time
async def test_our_mark_decides():
    assert await on_which_loop() == "VirtualLoop"
"""

PASSED = {
    "test_an_hour_passes_at_once",
    "test_methods_are_run_too[1]",
    "test_methods_are_run_too[60]",
    "test_the_provider_is_gone",
    "test_a_scenario_is_played",
    "survives a reset[provider=openai-realtime]",
    "survives a reset[provider=deepgram]",
}
PASSED_WITH_ASYNCIO = PASSED | {"test_other_coroutines_are_left_to_others", "test_our_mark_decides"}

INI = """\
[pytest]
markers = slow: takes long
filterwarnings = error
"""


def played(environment: PytestEnvironment, folder: Path, *arguments: str) -> PytestRun:
    try:
        python = made(environment)
    except NotInstallable as error:
        pytest.skip(f"{environment.name} is not here: {error}")
    project = {
        "pytest.ini": INI,
        "clients.py": CLIENTS,
        "goodbye.scenario.yaml": GIVES_UP,
        "survives.scenario.yaml": SURVIVES,
        "test_mine.py": TESTS + (WITH_ASYNCIO if environment.has_asyncio else ""),
    }
    if environment.has_asyncio:
        project["pytest.ini"] += "asyncio_default_fixture_loop_scope = function\n"
    return pytest_run(written(folder, project), "--deadair-out=out", *arguments, python=python)


def outcomes(run: PytestRun) -> dict[str, set[str]]:
    told: dict[str, set[str]] = {}
    for name, test in run.tests.items():
        told.setdefault(test.outcome, set()).add(name)
    return told


# Other interpreters and their package manager are at work here, on the machine's clock.
@pytest.mark.sdk
@pytest.mark.parametrize(
    ("environment", "arguments"),
    [
        pytest.param(ENVIRONMENTS[0], ("--asyncio-mode=strict",), id="pytest-8.3 with asyncio's strict mode"),
        pytest.param(ENVIRONMENTS[1], (), id="pytest-8.4 alone"),
        pytest.param(ENVIRONMENTS[2], ("--asyncio-mode=auto", "-n2"), id="pytest-9 with asyncio's auto mode and xdist"),
    ],
)
def test_it_is_the_same_everywhere(environment: PytestEnvironment, arguments: tuple[str, ...], tmp_path: Path) -> None:
    run = played(environment, tmp_path, *arguments)

    assert outcomes(run) == {
        "passed": PASSED_WITH_ASYNCIO if environment.has_asyncio else PASSED,
        "failed": {"a polite goodbye", "test_it_fails_as_any_other_does"},
        "skipped": {"on the real clock"},
    }, run.printed
    assert run.tests["a polite goodbye"].message == "no wire.ready came after wire.closed (at 3 s)"
    assert (tmp_path / "out/report.html").exists()
    told = {result.case.scenario: result.verdict.value for result in results_of(open_run(tmp_path / "out"))}
    assert told == {"a polite goodbye": "fail", "survives a reset": "pass"}
