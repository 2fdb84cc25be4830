"""The machine itself: it tells every end that a capability, its process and its row can come to. Needs no network."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.clients.installing import NotInstallable
from tests.sdk.environments import ROOT, Environment, Row
from tests.sdk.outcomes import Outcome
from tests.sdk.rows import Told, Wish, play_row

# Its subject is processes, which the virtual clock has none of.
pytestmark = pytest.mark.real_time

ROW = Row(vendor="deepgram", package="an-sdk", version="1.2.3")
CAPABILITIES = "tests.support.sdk_capabilities"


def here(row: Row) -> Environment:
    """An environment that is there already: the one that this test runs in."""
    return Environment(folder=Path(sys.prefix), version=row.version)


def played(*only: str, transport: str = "ws", **wish: object) -> Told:
    asked = {"module": CAPABILITIES, "only": only, "transports": (transport,), "count": False} | wish
    return play_row(ROW, Wish(**asked), make=here)  # type: ignore[arg-type]


@functools.cache
def played_with_trouble() -> tuple[Told, float]:
    """What goes wrong in every way, beside what does not, and how long that took in seconds."""
    began_s = time.monotonic()
    told = played("dies", "connect and close", "is red", "hangs")
    return told, time.monotonic() - began_s


def one(told: Told, api: str = "async", *, capability: str = "") -> Outcome:
    (outcome,) = (each for each in told.outcomes if each.api == api and each.capability.startswith(capability))
    return outcome


@pytest.mark.parametrize("transport", ["ws", "wss", "virtual"])
def test_a_capability_that_raises_nothing_is_green(transport: str):
    told = played("connect and close", transport=transport)

    assert one(told).result == "green", one(told).why
    assert told.is_green


def test_what_is_sync_is_played_on_the_real_clock_alone():
    told = played("connect and close", transport="virtual")

    assert [each.api for each in told.outcomes] == ["async"]


def test_a_capability_that_raises_is_red_with_its_message():
    told, _ = played_with_trouble()

    assert one(told, capability="is red").result == "red"
    assert one(told, capability="is red").why.startswith("AssertionError: the SDK saw nothing")
    assert not told.is_green


@pytest.mark.parametrize("api", ["async", "sync"])
def test_a_capability_that_hangs_is_ended_and_says_where_it_stood(api: str):
    told, took_s = played_with_trouble()

    assert one(told, api, capability="hangs").why.startswith("not over after 0.5 s")
    assert "sdk_capabilities.py" in one(told, api, capability="hangs").why
    assert took_s < 60


def test_on_the_virtual_clock_it_is_told_what_a_capability_waits_for():
    told = played("hangs", transport="virtual")

    assert one(told).why.startswith("NothingLeft: ")


def test_a_process_that_dies_is_told_with_its_last_words():
    told, _ = played_with_trouble()

    assert one(told, capability="dies").why == "the process died with 3\nthese are my last words"


def test_what_one_capability_does_to_its_process_does_nothing_to_the_others():
    told, _ = played_with_trouble()

    assert {(each.capability, each.api): each.result for each in told.outcomes} == {
        ("connect and close", "async"): "green",
        ("connect and close", "sync"): "green",
        ("dies", "async"): "red",
        ("hangs", "async"): "red",
        ("hangs", "sync"): "red",
        ("is red", "async"): "red",
    }


def test_on_the_virtual_clock_it_does_nothing_to_the_others_either():
    told = played("dies", "connect and close", "is red", transport="virtual")

    assert {each.capability: each.result for each in told.outcomes} == {
        "connect and close": "green",
        "dies": "red",
        "is red": "red",
    }


def test_on_the_virtual_clock_what_is_red_after_others_has_a_process_of_its_own_before_it_is_told():
    told = played("is nobody's successor", transport="virtual", beside=1)

    assert [each.why for each in told.red] == []
    assert len(told.outcomes) == 3


def test_on_the_virtual_clock_one_that_dies_after_others_is_told_with_its_last_words():
    told = played(
        "connect and close", "is nobody's successor, once", "breaks off in the end", transport="virtual", beside=1
    )

    assert {each.capability: each.why for each in told.red} == {
        "breaks off in the end": "the process died with 3\nthese are my last words"
    }
    assert len(told.outcomes) == 3


def test_a_setting_that_the_mock_has_not_is_told():
    told = played("is told", transport="wss")

    assert "no_such_setting" in one(told).why


def test_what_only_a_later_version_has_is_not_applicable():
    told = played("came later")

    assert (one(told).result, one(told).why) == ("not applicable", "only in >=2")
    assert told.is_green


def test_capabilities_that_cannot_be_imported_break_the_row():
    told = played(module="tests.support.sdk_broken")

    assert not told.is_green
    assert "this SDK has moved its client elsewhere" in told.broken[0]


def test_a_row_that_takes_too_long_is_ended_and_broken():
    told = played("hangs", api="sync", row_s=0.3)

    assert told.broken == ("the row was not over after 0.3 s",)


def test_a_row_in_which_nothing_is_played_is_broken():
    told = played(module="tests.support.links")

    assert told.broken == ("no capability was played",)


def test_what_is_red_among_others_and_green_alone_is_green_and_told():
    # The first of a row is always alone.
    told = played("connect and close", "has no room for two", beside=3)

    assert not told.red
    assert [each.why.partition(" (")[0] for each in told.only_alone] == ["AssertionError: there is somebody beside me"]


def test_a_row_whose_environment_cannot_be_made_is_not_run():
    def make(row: Row) -> Environment:
        raise NotInstallable("uv: tcp connect error")

    told = play_row(ROW, Wish(module=CAPABILITIES), make=make)

    assert told.not_run == "uv: tcp connect error"
    assert told.is_green


# ── the command line ─────────────────────────────────────────────────────────


def matrix(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.sdk.matrix", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_with_a_registry_that_does_not_answer_the_row_says_not_run(tmp_path: Path):
    # Nobody listens on the discard port, so this is refused at once.
    nobody = "http://127.0.0.1:9/simple"
    ran = matrix(
        "--row", "deepgram-sdk-7", "--place", tmp_path,
        PIP_INDEX_URL=nobody, UV_DEFAULT_INDEX=nobody, UV_HTTP_RETRIES="0", PIP_RETRIES="0", UV_NO_CACHE="1",
    )  # fmt: skip

    assert "not run: " in ran.stdout
    assert ran.returncode == 2, ran.stderr


def test_a_row_that_there_is_not_is_an_error_that_lists_those_there_are():
    ran = matrix("--row", "openai-0")

    assert ran.returncode == 2
    assert "openai-3.54.0" in ran.stderr


def test_the_help_teaches_by_examples():
    assert "ci/sdk-matrix --only gemini --transport virtual" in matrix("--help").stdout
