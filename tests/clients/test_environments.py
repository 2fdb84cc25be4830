"""Each known client lives in an environment of its own, which is made once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.clients.environments import NotInstalled, environment, install, place
from harness.clients.installing import NotInstallable
from harness.clients.shelf import known
from tests.support.known_clients import installed

CLIENT = known("openai-sdk")


def test_what_is_not_there_is_asked_for_with_the_command_that_gets_it(tmp_path: Path):
    with pytest.raises(NotInstalled, match=r"'openai-sdk' is not installed. Run 'deadair clients install openai-sdk'"):
        environment(CLIENT, below=tmp_path)


def test_a_checkout_keeps_them_in_its_cache():
    assert place() == Path(__file__).parents[2] / ".cache" / "clients"


def test_what_was_made_for_another_wish_is_not_there(tmp_path: Path):
    folder = tmp_path / CLIENT.environment
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    (folder / "wish.json").write_text('["openai==1.0"]', encoding="utf-8")

    with pytest.raises(NotInstalled):
        environment(CLIENT, below=tmp_path)


# It is a package manager that works here, on the machine's clock.
@pytest.mark.sdk
@pytest.mark.real_time
def test_it_has_the_client_in_the_version_that_was_asked_for():
    assert installed("openai-sdk").version == CLIENT.version


@pytest.mark.sdk
@pytest.mark.real_time
def test_what_is_there_is_left_alone():
    stamp = installed("openai-sdk").folder / "wish.json"
    made_ns = stamp.stat().st_mtime_ns

    install(CLIENT)

    assert stamp.stat().st_mtime_ns == made_ns


@pytest.mark.sdk
@pytest.mark.real_time
def test_deadair_runs_beside_the_client(tmp_path: Path):
    python = installed("openai-sdk").python
    said = subprocess.run(
        [python.with_name("deadair"), "--version"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )

    assert said.stdout.startswith("deadair, version ")


@pytest.mark.sdk
@pytest.mark.real_time
def test_one_that_was_broken_off_is_made_again(tmp_path: Path):
    try:
        stamp = install(CLIENT, below=tmp_path).folder / "wish.json"
    except NotInstallable as error:
        pytest.skip(f"no registry: {error}")
    stamp.unlink()
    with pytest.raises(NotInstalled):
        environment(CLIENT, below=tmp_path)

    assert install(CLIENT, below=tmp_path).version == CLIENT.version
