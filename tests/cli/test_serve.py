"""`deadair serve`, as a process of its own: what it prints, the trouble that a real client gets, how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.support.command_line import DEADAIR, called, printed

LAST_LINE = "/trouble/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    process: subprocess.Popen[str]
    printed: str

    def url(self, of: str) -> str:
        found = re.search(rf"^{of} at (\S+)$", self.printed, re.MULTILINE)
        assert found is not None, self.printed
        return found[1]

    def order(self, **trouble: Any) -> httpx.Response:
        return httpx.post(f"{self.url('control')}/trouble", json=trouble, trust_env=False)


@contextmanager
def serving(*arguments: str) -> Iterator[Served]:
    """The process, once it has printed all that it prints."""
    with printed(*DEADAIR, "serve", *arguments, until=LAST_LINE) as (process, said):
        yield Served(process=process, printed=said)


@pytest.fixture(scope="module")
def openai() -> Iterator[Served]:
    """One for all who leave nothing on it that others would meet."""
    with serving("openai-realtime") as served:
        yield served


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedOverTls:
    served: Served
    authority: Path

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))


@pytest.fixture(scope="module")
def openai_over_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedOverTls]:
    """The same over TLS."""
    authority = tmp_path_factory.mktemp("tls") / "ca.pem"
    with serving("openai-realtime", "--tls", str(authority)) as served:
        yield ServedOverTls(served=served, authority=authority)


def refused(*arguments: str) -> tuple[int, str]:
    ended = called("serve", *arguments, folder=Path())
    return ended.returncode, ended.stderr


def dialled(served: Served, **options: Any) -> ClientConnection:
    """A session with the OpenAI mock."""
    return connect(
        served.url("openai-realtime") + "/v1/realtime?model=gpt-realtime",
        additional_headers={"authorization": "Bearer sk-mock"},
        proxy=None,
        **options,
    )


def test_a_client_reaches_the_mock_where_it_says(openai: Served) -> None:
    with dialled(openai) as session:
        assert json.loads(session.recv(5))["type"] == "session.created"


def test_trouble_that_was_ordered_hits_the_live_connection(openai: Served) -> None:
    with dialled(openai) as session:
        session.recv(5)
        ordered = openai.order(do={"close_connection": {"code": 1011, "reason": "server had an error"}}, on="live")
        with pytest.raises(ConnectionClosedError) as closed:
            session.recv(5)

    assert ordered.status_code == 201
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1011, "server had an error")


def test_trouble_that_was_lifted_no_longer_hits(openai: Served) -> None:
    number = openai.order(do={"refuse_upgrade": {"status": 503}}).json()["id"]
    try:
        with pytest.raises(InvalidStatus, match="503"):
            dialled(openai)
    finally:
        httpx.delete(f"{openai.url('control')}/trouble/{number}", trust_env=False).raise_for_status()

    with dialled(openai) as session:
        assert json.loads(session.recv(5))["type"] == "session.created"


def test_the_curl_line_that_it_prints_orders_what_it_says() -> None:
    with serving("openai-realtime") as served:
        line = re.search(r"curl -d '(.*)' (\S+)$", served.printed, re.MULTILINE)
        assert line is not None
        answer = httpx.post(line[2], content=line[1], trust_env=False)

    assert answer.status_code == 201


def test_tls_is_trusted_by_who_trusts_the_file(openai_over_tls: ServedOverTls) -> None:
    with dialled(openai_over_tls.served, ssl=openai_over_tls.trust) as session:
        assert json.loads(session.recv(5))["type"] == "session.created"

    assert f"SSL_CERT_FILE={openai_over_tls.authority}" in openai_over_tls.served.printed


def test_every_provider_is_told_how_its_sdk_gets_there(openai: Served, tmp_path: Path) -> None:
    assert f'AsyncOpenAI(api_key="any", websocket_base_url="{openai.url("openai-realtime")}/v1")' in openai.printed
    with serving("gemini-live", "--tls", str(tmp_path / "ca.pem")) as gemini:
        https = gemini.url("gemini-live").replace("wss://", "https://")
        assert f'genai.Client(api_key="any", http_options={{"base_url": "{https}"}})' in gemini.printed
    with serving("deepgram") as deepgram:
        assert f'production="{deepgram.url("deepgram")}"' in deepgram.printed


def test_gemini_without_tls_says_that_the_sdk_needs_it() -> None:
    with serving("gemini-live") as served:
        assert "google-genai speaks TLS only: serve with '--tls ca.pem'" in served.printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_in_the_middle_of_a_session(number: signal.Signals) -> None:
    with serving("openai-realtime") as served, dialled(served) as session:
        session.recv(5)
        served.process.send_signal(number)
        rest, _ = served.process.communicate(timeout=10)

    assert served.process.returncode == 0
    assert rest == ""


def test_its_ports_are_free_again_afterwards() -> None:
    with serving("deepgram") as served:
        ports = [int(served.url(of).rpartition(":")[2]) for of in ("deepgram", "control")]
        served.process.terminate()
        served.process.wait(10)

    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)


@pytest.mark.parametrize("option", ["--port", "--control-port"])
def test_a_taken_port_is_an_error_with_a_way_out(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refused("deepgram", option, str(port))

    assert code == 2
    assert f"('127.0.0.1', {port})" in said
    assert "Take another with --port or --control-port; 0 takes any that is free." in said


def test_a_bad_certificate_that_was_ordered_is_refused_by_who_trusts_the_file(openai_over_tls: ServedOverTls) -> None:
    served, trust = openai_over_tls.served, openai_over_tls.trust
    ordered = served.order(do={"bad_certificate": {"kind": "expired"}}, times=1)
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate has expired"):
        dialled(served, ssl=trust)

    assert ordered.status_code == 201
    with dialled(served, ssl=trust) as session:
        assert json.loads(session.recv(5))["type"] == "session.created"


def test_the_ledger_is_read_where_it_says() -> None:
    with serving("openai-realtime") as served, dialled(served) as session:
        session.recv(5)
        line = re.search(r"curl (\S+/ledger)$", served.printed, re.MULTILINE)
        assert line is not None
        (account,) = httpx.get(line[1], trust_env=False).json()["connections"]

    assert account["path"] == "/v1/realtime"
    assert account["counted"] == {"server.session.created": 1}
    assert "sk-mock" not in json.dumps(account)


def test_a_setting_changes_what_the_mock_does() -> None:
    settings = ("--set", "auth_failure=http", "--set", "api_keys=another")
    with serving("openai-realtime", *settings) as served, pytest.raises(InvalidStatus, match="401"):
        dialled(served)


def test_the_settings_are_listed_with_default_and_meaning() -> None:
    listed = called("serve", "deepgram", "--list-settings", folder=Path())

    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.startswith("idle_s=12\n    Seconds without a frame from the client until ")


def test_a_setting_that_is_not_there_is_refused_with_the_nearest() -> None:
    code, said = refused("openai-realtime", "--set", "sesion_cap_s=90")

    assert code == 2
    assert "openai-realtime has no setting 'sesion_cap_s'; did you mean 'session_cap_s'? It has: " in " ".join(
        said.split()
    )


def test_a_setting_of_the_wrong_kind_is_refused_with_what_it_takes() -> None:
    code, said = refused("openai-realtime", "--set", "session_cap_s=90s")

    assert code == 2
    assert "session_cap_s cannot be '90s': it takes a number of seconds, at least 0, for example 3600" in " ".join(
        said.split()
    )


def test_a_setting_without_a_value_is_refused() -> None:
    code, said = refused("openai-realtime", "--set", "session_cap_s")

    assert code == 2
    assert "'session_cap_s' sets nothing: write NAME=VALUE" in " ".join(said.split())


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    place = tmp_path / "nowhere" / "ca.pem"

    assert refused("deepgram", "--tls", str(place)) == (
        2,
        f"{place}: the certificate authority cannot be written: No such file or directory.\n",
    )


def test_a_duration_without_a_unit_is_refused_with_what_to_write() -> None:
    code, said = refused("deepgram", "--reply-after", "300")

    assert code == 2
    assert "'300' is no duration: it has no unit; write 300ms or 300s" in said
