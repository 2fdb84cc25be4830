"""How fast the mock servers are where they only route, each beside the bare echo server of `websockets`.

Connections, round trips, pipelined messages: the same raw client for all, each server in a process of its own. Nothing here
is asserted of speed; `python -m tests.load.speed` prints the ratios.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.load.routes import ECHO, ROUTES
from tests.load.served import Served, served
from tests.load.speed import MEASURES, SETTINGS


@pytest.fixture(scope="module", params=list(ROUTES))
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    with served(request.param, settings=SETTINGS.get(request.param)) as running:
        yield running


@pytest.mark.parametrize("measure", MEASURES)
def test_a_server(benchmark: BenchmarkFixture, server: Served, measure: str) -> None:
    do, count = MEASURES[measure]
    benchmark.group = f"{count} {measure}"
    benchmark.name = server.name

    benchmark.pedantic(lambda: do(server, count), rounds=5, warmup_rounds=1)

    assert server.name == ECHO or server.cpu_s > 0
