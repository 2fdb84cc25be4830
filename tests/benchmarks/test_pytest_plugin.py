"""What the plugin costs everybody who starts pytest beside deadair, and does not use it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

PROGRAMS = {
    "yardstick: pytest alone": "import pytest",
    "pytest and deadair's plugin": "import pytest, harness.pytest_plugin",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_starting_pytest(benchmark: BenchmarkFixture, name: str) -> None:
    benchmark.name = name
    benchmark.pedantic(
        subprocess.run,
        args=([sys.executable, "-c", PROGRAMS[name]],),
        kwargs={"check": True},
        rounds=10,
        warmup_rounds=1,
    )
