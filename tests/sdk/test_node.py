"""The machine for Node: the same ends, told the same way."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.sdk.environments import ROOT
from tests.sdk.node import Script, play_all
from tests.sdk.outcomes import Outcome
from tests.sdk.playing import house_of_mocks

# Its subject is processes, which the virtual clock has none of.
pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here"),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Outcome]:
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copy(ROOT / "tests" / "sdk" / "witness.mjs", folder)
    shutil.copy(ROOT / "tests" / "support" / "sdk_capabilities.mjs", folder)
    with house_of_mocks(sys.executable) as house:
        script = Script(path=Path(folder) / "sdk_capabilities.mjs")
        played = play_all(
            script, vendor="deepgram", transports=("ws", "wss"), only=(), settings={}, beside=2, house=house
        )
        return {(each.capability, each.transport): each for each in played}


@pytest.mark.parametrize("transport", ["ws", "wss"])
def test_a_capability_that_throws_nothing_is_green(outcomes: dict[tuple[str, str], Outcome], transport: str):
    assert outcomes["asks", transport].result == "green", outcomes["asks", transport].why


def test_a_capability_that_throws_is_red_with_its_message(outcomes: dict[tuple[str, str], Outcome]):
    assert outcomes["is red", "ws"].result == "red"
    assert outcomes["is red", "ws"].why.startswith("Error: the SDK saw nothing")


def test_a_capability_that_hangs_is_ended(outcomes: dict[tuple[str, str], Outcome]):
    assert outcomes["hangs", "ws"].why == "not over after 1.5 s"


def test_a_process_that_dies_is_told_with_its_last_words(outcomes: dict[tuple[str, str], Outcome]):
    assert outcomes["dies", "ws"].why == "the process died with 3\nthese are my last words"


def test_what_needs_tls_is_not_applicable_without_it(outcomes: dict[tuple[str, str], Outcome]):
    results = {transport: outcomes["TLS alone", transport].result for transport in ("ws", "wss")}

    assert results == {"ws": "not applicable", "wss": "green"}
