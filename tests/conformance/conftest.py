"""The backends that must agree: the real Toxiproxy, the embedded proxy through HTTP, and the embedded one in process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import requests

from harness.faults.embedded import EmbeddedServer
from harness.faults.http_api import serve_http
from harness.faults.proxy import Address, ProxyServer
from harness.faults.toxiproxy import ToxiproxyServer
from harness.faults.toxiproxy_process import _free_port, find_toxiproxy, program_or_address

WATCHDOG = Path(__file__).parents[2] / "harness/faults/watchdog.py"

# Over real sockets a test runs on the machine's clock, since the servers do.
BACKENDS = [
    pytest.param("toxiproxy", marks=[pytest.mark.toxiproxy, pytest.mark.real_time]),
    pytest.param("embedded-http", marks=pytest.mark.real_time),
    pytest.param("embedded", marks=pytest.mark.real_time),
    pytest.param("embedded-virtual"),
]


@pytest.fixture(scope="session")
def toxiproxy_address() -> Iterator[Address]:
    """A real Toxiproxy for the whole session; the tests that want it are skipped where there is none."""
    found = find_toxiproxy()
    if found is None:
        pytest.skip("no Toxiproxy: put toxiproxy-server on the PATH, or set DEADAIR_TOXIPROXY")
    place = program_or_address(found)
    if not isinstance(place, Path):
        yield place
        return
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-I", str(WATCHDOG), str(place), "-host", "127.0.0.1", "-port", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_answers(port)
        yield ("127.0.0.1", port)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


def _wait_until_it_answers(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            requests.get(f"http://127.0.0.1:{port}/version", timeout=1)
            return
        except requests.RequestException:
            time.sleep(0.02)
    raise AssertionError("Toxiproxy did not start")


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def fault_proxies(
    backend: str, request: pytest.FixtureRequest
) -> Callable[[], AbstractAsyncContextManager[ProxyServer]]:
    """Opens the backend's server, in the loop of the test."""
    address = request.getfixturevalue("toxiproxy_address") if backend == "toxiproxy" else ("", 0)

    @asynccontextmanager
    async def opened() -> AsyncIterator[ProxyServer]:
        if backend == "toxiproxy":
            real = await ToxiproxyServer.connect(address)
            try:
                yield real
            finally:
                await real.aclose()
            return
        embedded = EmbeddedServer(seed=7)
        try:
            if backend == "embedded-http":
                face = await serve_http(embedded, port=0)
                driver = await ToxiproxyServer.connect(face.address)
                try:
                    yield driver
                finally:
                    await driver.aclose()
                    await face.aclose()
            else:
                yield embedded
        finally:
            await embedded.aclose()
            await asyncio.sleep(0.01)

    return opened


@pytest.fixture
def lasts(backend: str) -> Callable[[float, float], None]:
    """`lasts(measured, expected)`: both in seconds; exact on the virtual clock, never early and not much late on the real one."""

    def check(measured_s: float, expected_s: float) -> None:
        if backend == "embedded-virtual":
            assert measured_s == pytest.approx(expected_s, abs=0.002)
        else:
            assert expected_s - 0.005 <= measured_s <= expected_s + 0.4

    return check
