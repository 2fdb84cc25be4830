"""Same scenario and seed, same bytes: in fresh processes under other hash seeds, one after another, on other Pythons."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from functools import cache

import pytest

from tests.support.command_line import environment
from tests.support.equal_traces import SCENARIOS, traces

PROCESSES = int(os.environ.get("DEADAIR_DETERMINISM_RUNS", "6"))
"""100 for a thorough look, which takes some minutes."""

PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")


@cache
def here() -> dict[str, bytes]:
    return traces()


def told_by(python: str, *, hash_seed: int, path: str = "") -> dict[str, str]:
    """The digest of each case's trace, from a process of its own."""
    ran = subprocess.run(
        [python, "-m", "tests.support.equal_traces"],
        env=environment({"PYTHONHASHSEED": str(hash_seed)} | ({"PYTHONPATH": path} if path else {})),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told: dict[str, str] = json.loads(ran.stdout)
    return told


def digests(of: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(trace).hexdigest() for name, trace in of.items()}


def test_the_cases_have_much_in_them() -> None:
    told = b"".join(here().values())

    assert len(here()) > 2 * len(SCENARIOS)
    for kind in (b"fault.", b"wire.reset", b"connection.failed", b"server.goAway", b"audio.output", b"client.Media"):
        assert b'"kind":"' + kind in told, kind


def test_fresh_processes_write_the_same_bytes_under_every_hash_seed() -> None:
    told = [told_by(sys.executable, hash_seed=seed) for seed in range(PROCESSES)]

    for one in told:
        assert one == digests(here())


def test_one_process_writes_the_same_bytes_again_whatever_it_played_before() -> None:
    again = traces(backwards=True)

    assert {name for name in here() if again[name] != here()[name]} == set()


def test_another_seed_writes_something_else() -> None:
    assert set(traces(seed=1).values()).isdisjoint(here().values())


@pytest.mark.parametrize("python", PYTHONS)
def test_other_versions_of_python_write_the_same_bytes(python: str) -> None:
    borrowed = os.environ.get(f"DEADAIR_{python.upper().replace('.', '_')}", python)
    try:
        probe = "import pydantic, websockets, yaml, httpx, faker, h11, click, rich"
        subprocess.run([borrowed, "-c", probe], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"there is no {python} here that has what deadair needs")

    assert told_by(borrowed, hash_seed=1) == digests(here())
