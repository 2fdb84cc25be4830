"""`deadair run` that does not come to its end: Ctrl-C, signals, a worker that dies. Nothing may be left of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.faults.toxiproxy_process import find_toxiproxy
from tests.support.command_line import left_running, started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")

LONG = """\
deadair: 1
defaults:
  provider: [openai-realtime, gemini-live]
  script: []
  faults:
    - {at: 300ms, do: drop}
scenarios:
  - scenario: goes on for long
    clock: real
    expect:
      end: {state: active, by: 60s, hold: 50s}
  - scenario: is over soon
    clock: real
    expect:
      end: {state: active, by: 10s, hold: 300ms}
  - scenario: is played many times
    clock: virtual
    runs: {times: 500}
    expect:
      end: {state: active, by: 10s, hold: 300ms}
  - scenario: is played to the end
    clock: virtual
    runs: {times: 100}
    expect:
      end: {state: active, by: 10s, hold: 300ms}
"""

REAL = ("run", "long.yaml", "-k", "goes on for long", "--jobs", "2")
BOTH_REAL = ("run", "long.yaml::goes on for long", "long.yaml::is over soon", "--jobs", "2")
VIRTUAL = ("run", "long.yaml::is played many times", "--jobs", "2")
CLOCKS = pytest.mark.parametrize("call", [REAL, VIRTUAL], ids=["real", "virtual"])

GONE_WITHIN_S = 8.0


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "long.yaml").write_text(LONG, encoding="utf-8")
    yield tmp_path
    for process in left_running(tmp_path):
        os.kill(process, signal.SIGKILL)


def until(is_so: Callable[[], object], what: str, *, within_s: float = 60.0, every_s: float = 0.05) -> None:
    deadline_s = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline_s, f"after {within_s} s still not: {what}"
        time.sleep(every_s)


def is_blocked(process: int, number: signal.Signals) -> bool:
    """Whether this process has asked the kernel to keep this signal from it."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return bool(int(status["SigBlk"], 16) >> (number - 1) & 1)


def playing(folder: Path) -> bool:
    """Whether cases are being played: events of one have reached its trace."""
    return any(
        trace.stat().st_size > 10_000 or b"wire.ready" in trace.read_bytes()
        for trace in folder.glob(".deadair/runs/*/*/trace.jsonl")
    )


def gone(folder: Path) -> bool:
    return not left_running(folder)


def ports(processes: dict[int, str]) -> list[int]:
    """The loopback ports on which these processes listen."""
    inodes = set()
    for process in processes:
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            try:
                target = os.readlink(descriptor)
            except FileNotFoundError:
                continue
            if target.startswith("socket:"):
                inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [int(row[1].partition(":")[2], 16) for row in rows if row[3] == "0A" and row[9] in inodes]


# ── Ctrl-C ───────────────────────────────────────────────────────────────────


@CLOCKS
def test_ctrl_c_ends_it_within_seconds_and_leaves_no_process(folder: Path, call: tuple[str, ...]) -> None:
    with started(*call, folder=folder) as process:
        until(lambda: playing(folder), "playing")
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=GONE_WITHIN_S)

    assert process.returncode == 3
    assert "interrupted: 0 cases were over, the others say nothing" in said
    assert "Traceback" not in said
    until(lambda: gone(folder), "all gone", within_s=GONE_WITHIN_S)


def test_ctrl_c_tells_the_cases_that_were_over(folder: Path) -> None:
    with started(*BOTH_REAL, "--proxy", "embedded", "--format", "junit=told.xml", folder=folder) as process:
        until(lambda: len(list(folder.glob(".deadair/runs/*/*/result.json"))) == 2, "two cases over")
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=GONE_WITHIN_S)

    assert said.count("pass  ") == 2
    assert "interrupted: 2 cases were over, the others say nothing" in said
    suites = ElementTree.parse(folder / "told.xml").getroot()
    assert (suites.attrib["tests"], suites.attrib["failures"], suites.attrib["skipped"]) == ("4", "0", "2")
    (told,) = folder.glob(".deadair/runs/*/result.json")
    assert json.loads(told.read_text(encoding="utf-8"))["interrupted"] is True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A call that was watched from its first moment until Ctrl-C had ended it.

    `deaf` is whether each worker was kept from hearing SIGINT when it was seen first; `ports` are those on which it listened
    while it played.
    """

    deaf: tuple[bool, ...]
    ports: tuple[int, ...]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    folder = tmp_path_factory.mktemp("stopped")
    (folder / "long.yaml").write_text(LONG, encoding="utf-8")
    deaf: dict[int, bool] = {}
    with started(*REAL, "--proxy", "embedded", folder=folder) as process:

        def two_seen() -> bool:
            for worker in workers(process, folder):
                deaf.setdefault(worker, is_blocked(worker, signal.SIGINT))
            return len(deaf) == 2

        # A worker needs tenths of a second for its imports; it is looked at when it is as young as can be.
        until(two_seen, "two workers", every_s=0.005)
        # Two cases, each with a mock and a proxy.
        until(lambda: len(ports(left_running(folder))) >= 4, "listening")
        taken = ports(left_running(folder))
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=GONE_WITHIN_S)
    until(lambda: gone(folder), "all gone", within_s=GONE_WITHIN_S)
    return Stopped(deaf=tuple(deaf.values()), ports=tuple(taken))


def test_no_worker_hears_ctrl_c_before_it_can_answer(stopped: Stopped) -> None:
    assert stopped.deaf == (True, True)


def test_ctrl_c_frees_every_port(stopped: Stopped) -> None:
    assert len(stopped.ports) >= 4
    for port in stopped.ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)


# ── signals ──────────────────────────────────────────────────────────────────


@CLOCKS
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_to_it_alone_ends_its_workers_too(folder: Path, call: tuple[str, ...], number: signal.Signals) -> None:
    with started(*call, folder=folder) as process:
        until(lambda: playing(folder), "playing")
        assert len(left_running(folder)) >= 3
        process.send_signal(number)
        process.wait(GONE_WITHIN_S)

        until(lambda: gone(folder), "all gone", within_s=GONE_WITHIN_S)


@pytest.mark.toxiproxy
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_toxiproxy_outlives_it(folder: Path, number: signal.Signals) -> None:
    toxiproxy = find_toxiproxy()
    if toxiproxy is None or not Path(toxiproxy).is_file():
        pytest.skip("there is no Toxiproxy program here")
    with started(*REAL, "--jobs", "1", "--proxy", "toxiproxy", folder=folder) as process:
        until(lambda: playing(folder), "playing")
        assert any("watchdog.py" in command for command in left_running(folder).values())
        process.send_signal(number)
        process.wait(GONE_WITHIN_S)

        until(lambda: gone(folder), "all gone", within_s=GONE_WITHIN_S)


# ── a worker that dies ───────────────────────────────────────────────────────


def workers(process: subprocess.Popen[str], folder: Path) -> list[int]:
    """Its worker processes, oldest first."""
    return sorted(number for number, command in left_running(folder).items() if "spawn_main" in command)


def test_a_worker_that_is_killed_takes_no_other_workers_cases_with_it(folder: Path) -> None:
    with started("run", "long.yaml::is over soon", "--jobs", "2", "--proxy", "embedded", folder=folder) as process:
        until(lambda: len(list(folder.glob(".deadair/runs/*/*/trace.jsonl"))) == 2, "both playing")
        os.kill(workers(process, folder)[0], signal.SIGKILL)
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 3
    assert "1 passed, 1 inconclusive" in said
    assert "the run broke off: its process ended without a word" in said


def test_on_the_virtual_clock_a_worker_that_is_killed_costs_one_run(folder: Path) -> None:
    # Of a hundred cases that take hundredths of a second there still are many when it is killed.
    call = ("run", "long.yaml::is played to the end", "-k", "openai", "--jobs", "1", "--out", "here")
    with started(*call, folder=folder) as process:
        until(lambda: len(list(folder.glob("here/*/trace.jsonl"))) > 3, "playing")
        os.kill(workers(process, folder)[0], signal.SIGKILL)
        said, _ = process.communicate(timeout=180)

    assert "99 of 100 runs passed" in said, said
