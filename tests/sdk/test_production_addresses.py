"""The vendors' own SDKs run on the virtual clock unmodified, over TLS, at their production addresses."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.sdk_environment import ROOT, Unreachable, python_with_sdks

pytestmark = pytest.mark.sdk

TOLD = {
    "openai": [
        "got session.created",
        "server got input_audio_buffer.commit",
        "got input_audio_buffer.committed",
        "closed",
    ],
    "gemini": ["server got setup", "got setupComplete", "server got client_content", "got good morning", "closed"],
    "deepgram": ["server got 640 bytes", "got Metadata", "closed"],
}


@pytest.fixture(scope="module")
def python() -> Path:
    try:
        return python_with_sdks()
    except Unreachable as error:
        pytest.skip(f"the SDKs could not be installed: {error}")


def conversation(python: Path, vendor: str, folder: Path) -> list[tuple[float, str]]:
    told = subprocess.run(
        [python, "-m", "tests.support.sdk_conversations", vendor, folder],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    lines = (line.partition(" ") for line in told.stdout.splitlines())
    return [(float(at_s), what) for at_s, _, what in lines]


@pytest.mark.parametrize("vendor", TOLD)
def test_the_sdk_talks_to_a_server_behind_its_production_address(vendor: str, python: Path, tmp_path: Path) -> None:
    told = conversation(python, vendor, tmp_path)

    assert [what for _, what in told] == TOLD[vendor]
    assert 5.0 < told[-1][0] < 5.1


@pytest.mark.parametrize("vendor", TOLD)
def test_the_sdk_says_the_same_at_the_same_times_in_each_run(vendor: str, python: Path, tmp_path: Path) -> None:
    assert conversation(python, vendor, tmp_path) == conversation(python, vendor, tmp_path)
