"""`deadair proxy`, as a process of its own: what it prints, how it ends, what it refuses."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from harness.cli.proxy import proxy
from tests.support.command_line import printed

COMMAND = [sys.executable, "-c", "from harness.cli.proxy import proxy; proxy()"]


def running(*options: str) -> AbstractContextManager[tuple[subprocess.Popen[str], str]]:
    """The process, and all that it printed up to the line with its address."""
    return printed(*COMMAND, *options, until="http://")


def url(printed: str) -> str:
    return "http://" + printed.partition("http://")[2].split()[0]


def test_it_prints_where_its_api_answers() -> None:
    with running("--port", "0") as (_, printed):
        assert requests.get(f"{url(printed)}/version", timeout=5).json() == {"version": "2.12.0"}


def test_it_makes_the_proxies_of_its_config(tmp_path: Path) -> None:
    config = tmp_path / "proxies.json"
    config.write_text(json.dumps([{"name": "openai", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:8765"}]))

    with running("--port", "0", "--config", str(config)) as (_, printed):
        assert "openai: 127.0.0.1:" in printed
        assert list(requests.get(f"{url(printed)}/proxies", timeout=5).json()) == ["openai"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with running("--port", "0") as (process, _):
        process.send_signal(number)

        assert process.wait(10) == 0


def test_a_taken_port_is_an_error_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = CliRunner().invoke(proxy, ["--port", str(taken.getsockname()[1])])

    assert result.exit_code == 2
    assert "another program does already" in result.output
    assert "take another port, or 0" in result.output


def test_it_is_not_opened_to_the_outside() -> None:
    result = CliRunner().invoke(proxy, ["--host", "0.0.0.0", "--port", "0"])

    assert result.exit_code == 2
    assert "Use 127.0.0.1" in result.output


def test_a_broken_config_is_named(tmp_path: Path) -> None:
    config = tmp_path / "proxies.json"
    config.write_text('[{"name": "openai"}]')

    result = CliRunner().invoke(proxy, ["--config", str(config)])

    assert result.exit_code == 2
    assert "proxies.json: missing required field: upstream at proxy 1" in result.output
