"""The order in which files go to several processes: what takes long first, so that none is left alone with it; last what
compares this machine's clock with the virtual one, when little runs beside it any more and timers are on time."""

from __future__ import annotations

__all__ = ["place"]

LONG = (
    "tests/cli/test_run.py",
    "tests/runner/test_hostile_clients.py",
    "tests/cli/test_scoreboard.py",
    "tests/sdk/test_the_newest.py",
    "tests/pack/test_the_pack_catches_broken_clients.py",
    "tests/cli/test_interrupted.py",
    "tests/clients/test_livekit_openai.py",
    "tests/sdk/test_matrix.py",
    "tests/cli/test_clients.py",
    "tests/mock_servers/base/test_hostile_frames.py",
    "tests/runner/test_equal_traces.py",
    "tests/pytest_plugin/test_versions.py",
    "tests/load/",
    "tests/clients/",
    "tests/benchmarks/",
    "tests/jury/",
    "tests/cli/",
    "tests/pytest_plugin/",
    "tests/tutorial/",
    "tests/ci/",
    "tests/reports/",
    "tests/runner/",
)
"""Files and folders, by the time that they take on two cores."""

LAST = (
    "tests/agreement/test_the_pack_agrees.py",
    "tests/agreement/test_outcomes.py",
    "tests/agreement/test_random_schedules.py",
)
"""A process is given the next file when two tests are left to it; the one between keeps the two long ones apart."""


def place(test: str) -> int:
    """Where the file of this test stands; those of one place stay as they are."""
    for number, prefix in enumerate((*LONG, "", *LAST)):
        if prefix and test.startswith(prefix):
            return number
    return len(LONG)
