"""The mock as a program of its own, on real sockets."""

import asyncio
import json
import re
import ssl
import sys

import pytest
from click.testing import CliRunner
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from mock_servers.__main__ import main
from mock_servers.serve import VENDORS, serve

# These run on the machine's clock because they are about kernel sockets, TLS and signals.
pytestmark = pytest.mark.real_time


async def test_a_session_over_plain_tcp():
    async with serve("openai-realtime") as addresses, connect(addresses.url + PATH, **AUTHORIZED) as websocket:
        assert json.loads(await websocket.recv())["type"] == "session.created"


async def test_a_session_over_tls(tmp_path):
    async with serve("openai-realtime", ca_file=tmp_path / "ca.pem") as addresses:
        trust = ssl.create_default_context(cafile=str(addresses.ca_file))
        async with connect(addresses.url + PATH, ssl=trust, **AUTHORIZED) as websocket:
            assert json.loads(await websocket.recv())["type"] == "session.created"


async def test_a_certificate_that_nobody_vouched_for_is_not_trusted(tmp_path):
    async with serve("openai-realtime", ca_file=tmp_path / "ca.pem") as addresses:
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect(addresses.url, ssl=ssl.create_default_context(), proxy=None)


@pytest.mark.parametrize("vendor", sorted(VENDORS))
async def test_every_vendor_stands_alone(vendor):
    async with serve(vendor) as addresses:
        port = int(addresses.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        status = await asyncio.wait_for(reader.readline(), 5)
        writer.close()

    assert status.startswith(b"HTTP/1.1 4")


async def test_the_program_tells_its_addresses_and_stops_on_a_signal():
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mock_servers", "openai-realtime", stdout=asyncio.subprocess.PIPE
    )
    first = await asyncio.wait_for(program.stdout.readline(), 30)
    second = await asyncio.wait_for(program.stdout.readline(), 30)
    program.terminate()

    assert first.startswith(b"openai-realtime at ws://127.0.0.1:")
    assert second.startswith(b"control at http://127.0.0.1:")
    assert await asyncio.wait_for(program.wait(), 30) == 0


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_the_program_lists_the_settings_of_every_mock(vendor):
    result = CliRunner().invoke(main, [vendor, "--list-settings"])

    assert result.exit_code == 0
    assert re.match(r"[a-z_]+=\S*\n    \S", result.output)


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("sesion_cap_s=90", "did you mean 'session_cap_s'?"),
        ("session_cap_s=90s", "it takes a number of seconds"),
        ("session_cap_s", "write NAME=VALUE"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(setting, why):
    result = CliRunner().invoke(main, ["openai-realtime", "--set", setting])

    assert result.exit_code == 2
    assert why in " ".join(result.output.split())


async def test_a_mock_is_served_with_settings():
    settings = {"auth_failure": "http", "api_keys": "another"}
    async with serve("openai-realtime", settings=settings) as addresses:
        with pytest.raises(InvalidStatus, match="401"):
            await connect(addresses.url + PATH, **AUTHORIZED)


def test_a_duration_without_a_unit_is_refused():
    result = CliRunner().invoke(main, ["openai-realtime", "--reply-after", "300"])

    assert result.exit_code == 2
    assert "'300' is no duration: write '300ms' or '2s'" in result.output


PATH = "/v1/realtime?model=gpt-realtime"
AUTHORIZED = {"additional_headers": {"authorization": "Bearer sk-mock"}, "proxy": None}
