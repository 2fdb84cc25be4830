"""An adapter as a child process: JSON lines in, JSON lines out, and an end."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

# A child process is on the machine's clock.
pytestmark = pytest.mark.real_time

ROOT = Path(__file__).parents[3]
CHILD = (sys.executable, "-m", "tests.support.child_client")
ENDS_WITHIN_S = 60.0


class Child:
    """One run of the child client."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def asks(self, **request: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told

    def until(self, event: str) -> dict[str, Any]:
        while (told := self.line())["event"] != event:
            pass
        return told

    def end(self) -> tuple[int, str]:
        """Its exit code and its log, once its standard input is closed."""
        _, log = self._process.communicate(timeout=ENDS_WITHIN_S)
        return self._process.returncode, log


@contextmanager
def child(how: str = "", **more: str) -> Iterator[Child]:
    variables = {
        "PYTHONPATH": str(ROOT),
        "DEADAIR_PROVIDER": "deepgram",
        "DEADAIR_URL": "ws://127.0.0.1:1/v1/listen",
        "DEADAIR_REST_URL": "http://127.0.0.1:2",
        "DEADAIR_API_KEY": "sk-a-key",
        "DEADAIR_SECONDS": "30",
        "DEADAIR_SESSION": json.dumps({"system_prompt": how}),
    }
    process = subprocess.Popen(
        CHILD,
        env={**os.environ, **variables, **more},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield Child(process)
    finally:
        process.kill()
        process.communicate()


def test_it_first_says_who_it_is():
    with child() as client:
        assert client.line() == {
            "event": "run.client",
            "name": "a-child",
            "version": "1.0",
            "reconnects": False,
            "tells": ["error"],
        }


def test_it_tells_how_it_connected():
    with child() as client:
        kinds = [client.line()["event"] for _ in range(5)]

    assert kinds == ["run.client", "run.state", "run.connecting", "run.state", "run.connected"]


def test_it_is_told_its_case_through_the_environment():
    with child(DEADAIR_SCRIPT='[{"at_us": 5, "text": "hello"}]') as client:
        told = client.until("told.case")

    assert told == {"event": "told.case", "provider": "deepgram", "script": [{"at_us": 5, "text": "hello"}]}


def test_it_is_told_its_addresses_through_the_environment():
    with child() as client:
        told = client.until("told.endpoints")

    assert told["urls"] == {"session": "ws://127.0.0.1:1/v1/listen", "rest": "http://127.0.0.1:2"}
    assert told["key"] == "sk-a-key"


def test_a_fresh_key_is_read_from_its_file(tmp_path: Path):
    file = tmp_path / "key"
    file.write_text("sk-a-newer-key", encoding="ascii")
    with child(DEADAIR_API_KEY_FILE=str(file)) as client:
        told = client.until("told.endpoints")

    assert (told["key"], told["fresh"]) == ("sk-a-key", "sk-a-newer-key")


def test_audio_goes_in_and_comes_out_as_base64():
    pcm = base64.b64encode(bytes(range(200))).decode()
    with child() as client:
        client.asks(do="audio", pcm=pcm)

        assert client.until("audio.output")["pcm"] == pcm


def test_text_is_sent():
    with child() as client:
        client.asks(do="text", text="are you there?")

        assert client.until("text.output")["text"] == "are you there?"


def test_the_result_of_a_function_is_handed_on():
    with child() as client:
        client.asks(do="answer", call_id="call_1", result="{}")

        assert client.until("told.answer") == {"event": "told.answer", "call_id": "call_1", "result": "{}"}


def test_a_connect_that_fails_is_told():
    with child("cannot connect") as client:
        assert client.until("run.connect_failed")["error"] == "ConnectionRefusedError: nobody is there"


def test_sends_that_fail_alike_are_told_once():
    with child("cannot send") as client:
        for _ in range(10):
            client.asks(do="audio", pcm="")
        client.asks(do="text", text="end well")
        kinds = [client.until("run.send_failed")["event"]]
        while (told := client.line())["event"] != "run.stream_ended":
            kinds.append(told["event"])

    assert kinds.count("run.send_failed") == 1


def test_a_hang_up_does_not_wait_behind_a_send_that_is_stuck():
    with child("sends for ever") as client:
        for _ in range(100):
            client.asks(do="audio", pcm="AAAA")
        client.asks(do="disconnect")

        assert client.until("run.disconnected")


def test_a_hang_up_that_fails_is_told():
    with child("cannot hang up") as client:
        client.asks(do="disconnect")

        assert client.until("run.disconnect_failed")["error"] == "TimeoutError: it would not go"


@pytest.mark.parametrize(("text", "error"), [("end well", {}), ("end badly", {"error": "ConnectionError: 1011"})])
def test_the_end_of_its_events_is_told_with_its_error(text: str, error: dict[str, str]):
    with child() as client:
        client.asks(do="text", text=text)

        assert client.until("run.stream_ended") == {"event": "run.stream_ended"} | error


def test_an_error_that_nobody_caught_is_told():
    with child() as client:
        client.asks(do="text", text="let go of an error")

        assert client.until("run.unhandled")["error"] == "LookupError: nobody caught this"


def test_what_libraries_print_goes_to_the_log():
    with child() as client:
        client.until("run.connected")
        code, log = client.end()

    assert code == 0
    assert "a library says hello" in log


def test_it_stays_after_a_hang_up_so_that_what_comes_back_to_life_is_seen():
    with child() as client:
        client.asks(do="disconnect")
        client.until("run.disconnected")
        client.asks(do="text", text="still there?")

        assert client.until("text.output")


def test_it_ends_when_the_harness_has_gone():
    with child() as client:
        client.until("run.connected")

        assert client.end()[0] == 0


def test_a_request_that_it_does_not_know_is_left_alone():
    with child() as client:
        client.asks(do="dance")
        client.asks(do="text", text="still there?")
        client.until("text.output")

        assert "what is not known here: {'do': 'dance'}" in client.end()[1]


def test_without_an_address_it_says_which_variable_is_missing():
    with child(DEADAIR_URL="") as client:
        code, log = client.end()

    assert code != 0
    assert "DEADAIR_URL" in log


def test_it_needs_nothing_but_the_standard_library():
    without_site_packages = (sys.executable, "-I", "-S", "-c")
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import harness.clients.adapters.lines"

    subprocess.run([*without_site_packages, program], check=True, timeout=ENDS_WITHIN_S)
