"""Equal seeds give equal runs: in fresh processes, under other hash seeds, on other versions of Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import websockets

from tests.support.stress import trace

ROOT = Path(__file__).parents[3]
PROCESSES = int(os.environ.get("DEADAIR_DETERMINISM_RUNS", "20"))
PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")

PATH = os.pathsep.join((str(ROOT), str(Path(websockets.__file__).parents[1])))
"""Other versions of Python borrow this environment's websockets, which does without its compiled part."""


def told_by(python: str, *arguments: str, hash_seed: int = 0) -> str:
    environment = {**os.environ, "PYTHONPATH": PATH, "PYTHONHASHSEED": str(hash_seed), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [python, "-m", "tests.support.stress", *arguments],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout


def test_fresh_processes_tell_the_same_to_the_byte() -> None:
    told = {told_by(sys.executable, "--bytes", hash_seed=seed) for seed in range(PROCESSES)}

    assert len(told) == 1


def test_runs_in_one_process_tell_the_same_to_the_byte() -> None:
    first, *others = [trace(seed=11, with_bytes=True) for _ in range(10)]

    assert [other == first for other in others] == [True] * 9


def test_another_seed_tells_something_else() -> None:
    assert trace(seed=11, with_bytes=False) != trace(seed=12, with_bytes=False)


def test_the_trace_is_that_of_a_program_with_much_in_it() -> None:
    told = trace(seed=11, with_bytes=True)

    assert len(told) > 500
    for event in ("cancelled 29", "ConnectionRefusedError", "answered", "pinged /7", "7 closed", "fin", "data"):
        assert any(event in line for line in told), event


@pytest.mark.parametrize("python", PYTHONS)
def test_other_versions_of_python_tell_the_same_events(python: str) -> None:
    try:
        subprocess.run([python, "-c", "import ssl"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"there is no {python} here")

    assert told_by(python).splitlines() == trace(seed=11, with_bytes=False)
