"""Finding a Toxiproxy, starting one, and that it never outlives us."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.faults import ProxyError
from harness.faults.embedded import EmbeddedServer
from harness.faults.http_api import serve_http
from harness.faults.toxiproxy import ToxiproxyServer, open_toxiproxy, start_toxiproxy
from harness.faults.toxiproxy_process import find_toxiproxy, program_or_address

ROOT = Path(__file__).parents[2]
WATCHDOG = ROOT / "harness/faults/watchdog.py"


def a_program(folder: Path, name: str, text: str = "#!/bin/sh\n") -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def program() -> Path:
    found = find_toxiproxy()
    path = program_or_address(found) if found is not None else None
    if not isinstance(path, Path):
        pytest.skip("no program: put toxiproxy-server on the PATH, or its path into DEADAIR_TOXIPROXY")
    return path


# ── finding ──────────────────────────────────────────────────────────────────


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert find_toxiproxy({"PATH": str(tmp_path)}) is None


@pytest.mark.parametrize("name", ["toxiproxy-server", "toxiproxy"])
def test_a_program_on_the_path_is_found(tmp_path: Path, name: str) -> None:
    path = a_program(tmp_path, name)

    assert find_toxiproxy({"PATH": str(tmp_path)}) == str(path)


def test_the_environment_names_a_program_of_any_name(tmp_path: Path) -> None:
    path = a_program(tmp_path, "server")

    found = find_toxiproxy({"PATH": "", "DEADAIR_TOXIPROXY": str(path)})

    assert found is not None
    assert program_or_address(found) == path


def test_the_environment_names_a_running_server() -> None:
    found = find_toxiproxy({"DEADAIR_TOXIPROXY": "127.0.0.1:8474"})

    assert found is not None
    assert program_or_address(found) == ("127.0.0.1", 8474)


@pytest.mark.parametrize("wrong", ["nonsense", "/no/such/program", "127.0.0.1", "127.0.0.1:x", ":8474"])
def test_an_environment_that_names_neither_is_an_error_that_says_what_to_write(wrong: str) -> None:
    with pytest.raises(ProxyError, match=r"neither a program .* nor the address") as error:
        find_toxiproxy({"DEADAIR_TOXIPROXY": wrong})

    assert "such as 127.0.0.1:8474" in str(error.value)


# ── reaching ─────────────────────────────────────────────────────────────────


@pytest.mark.real_time  # the library opens real sockets
async def test_a_server_that_is_not_there_is_an_error_that_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = probe.getsockname()[:2]

    with pytest.raises(ProxyError, match="could not reach Toxiproxy at") as error:
        await ToxiproxyServer.connect(address)
    assert "Start it with 'toxiproxy-server'" in str(error.value)


@pytest.mark.real_time  # the library opens real sockets
async def test_something_else_on_the_port_is_told_apart() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)

    with pytest.raises(ProxyError, match="is not Toxiproxy"):
        await ToxiproxyServer.connect(server.sockets[0].getsockname()[:2])
    server.close()


@pytest.mark.real_time  # the library opens real sockets
async def test_a_proxy_in_the_environment_is_not_asked_for_loopback() -> None:
    face = await serve_http(EmbeddedServer(), port=0)
    before = os.environ.get("HTTP_PROXY")
    os.environ["HTTP_PROXY"] = "http://127.0.0.1:1"
    try:
        server = await ToxiproxyServer.connect(face.address)
    finally:
        os.environ.pop("HTTP_PROXY")
        if before is not None:
            os.environ["HTTP_PROXY"] = before

    assert server.version == "2.12.0"
    await server.aclose()
    await face.aclose()


@pytest.mark.real_time  # the library opens real sockets
async def test_two_servers_are_driven_at_once() -> None:
    embedded = [EmbeddedServer(), EmbeddedServer()]
    faces = [await serve_http(server, port=0) for server in embedded]
    drivers = [await ToxiproxyServer.connect(face.address) for face in faces]

    await asyncio.gather(*(drivers[number % 2].create(f"p{number}", ("127.0.0.1", 1)) for number in range(20)))

    names = [sorted(proxy.name for proxy in server.proxies) for server in embedded]
    assert names == [sorted(f"p{number}" for number in range(first, 20, 2)) for first in (0, 1)]
    for driver, face in zip(drivers, faces, strict=True):
        await driver.aclose()
        await face.aclose()


@pytest.mark.real_time  # the library opens real sockets
async def test_what_was_made_here_is_taken_away_at_the_end() -> None:
    embedded = EmbeddedServer()
    await embedded.create("someone else's", ("127.0.0.1", 1))
    face = await serve_http(embedded, port=0)
    driver = await ToxiproxyServer.connect(face.address)
    await driver.create("ours", ("127.0.0.1", 1))

    await driver.aclose()

    assert [proxy.name for proxy in embedded.proxies] == ["someone else's"]
    await face.aclose()
    await embedded.aclose()


# ── starting and ending ──────────────────────────────────────────────────────


@pytest.mark.toxiproxy
@pytest.mark.real_time  # a real process
async def test_a_server_is_started_and_ends_with_us() -> None:
    server = await start_toxiproxy(program())
    assert server.version

    await server.aclose()

    assert not answers(server.address)


@pytest.mark.toxiproxy
@pytest.mark.real_time  # a real process
async def test_a_program_that_is_opened_is_started() -> None:
    server = await open_toxiproxy(str(program()))

    assert server.kind == "toxiproxy"
    await server.aclose()


@pytest.mark.real_time  # the library opens real sockets
async def test_an_address_that_is_opened_is_connected_to() -> None:
    face = await serve_http(EmbeddedServer(), port=0)

    server = await open_toxiproxy(f"{face.address[0]}:{face.address[1]}")

    assert server.address == face.address
    await server.aclose()
    await face.aclose()


@pytest.mark.real_time  # a real process
async def test_a_program_that_is_no_toxiproxy_is_an_error(tmp_path: Path) -> None:
    liar = a_program(tmp_path, "toxiproxy-server", "#!/bin/sh\nexit 3\n")

    with pytest.raises(ProxyError, match="could not reach Toxiproxy"):
        await start_toxiproxy(liar)


@pytest.mark.toxiproxy
def test_the_server_goes_when_its_starter_is_killed() -> None:
    story = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from harness.faults.toxiproxy import start_toxiproxy\n"
        "async def main():\n"
        "    server = await start_toxiproxy(Path(sys.argv[1]))\n"
        "    print(server.address[1], flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", story, str(program())], stdout=subprocess.PIPE, cwd=ROOT)
    assert starter.stdout is not None
    address = ("127.0.0.1", int(starter.stdout.readline()))
    assert answers(address)

    starter.kill()
    starter.communicate()

    assert gone(address)


def test_the_watchdog_ends_its_command_when_its_starter_is_gone(tmp_path: Path) -> None:
    listening = a_listener(tmp_path)
    watchdog = subprocess.Popen(
        [sys.executable, "-I", str(WATCHDOG), sys.executable, str(listening)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert watchdog.stdout is not None
    address = ("127.0.0.1", int(watchdog.stdout.readline()))
    assert answers(address)

    assert watchdog.stdin is not None
    watchdog.stdin.close()

    assert gone(address)
    watchdog.wait(10)
    watchdog.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_the_command_goes_when_the_watchdog_is_killed(tmp_path: Path) -> None:
    listening = a_listener(tmp_path)
    watchdog = subprocess.Popen(
        [sys.executable, "-I", str(WATCHDOG), sys.executable, str(listening)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert watchdog.stdout is not None
    address = ("127.0.0.1", int(watchdog.stdout.readline()))

    os.kill(watchdog.pid, signal.SIGKILL)
    watchdog.communicate()

    assert gone(address)


def test_a_command_that_prints_a_lot_never_blocks_on_it(tmp_path: Path) -> None:
    chatty = tmp_path / "chatty.py"
    chatty.write_text("for _ in range(20000): print('x' * 100)\n")
    watchdog = subprocess.Popen(
        [sys.executable, "-I", str(WATCHDOG), sys.executable, str(chatty)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )

    assert watchdog.wait(20) == 0
    watchdog.communicate()


def a_listener(folder: Path) -> Path:
    path = folder / "listener.py"
    path.write_text(
        "import socket, time\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "print(server.getsockname()[1], flush=True)\n"
        "time.sleep(600)\n"
    )
    return path


def answers(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=2).close()
    except ConnectionRefusedError:
        return False
    return True


def gone(address: tuple[str, int]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not answers(address):
            return True
        time.sleep(0.05)
    return False
