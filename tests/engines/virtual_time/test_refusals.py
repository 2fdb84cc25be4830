"""What virtual time cannot do it refuses, and says why."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Awaitable, Callable
from time import sleep as early_bound_sleep
from typing import Any

import pytest

from harness.engines import NotSimulated

FORBIDDEN: dict[str, tuple[str, Callable[[Any], Awaitable[Any]]]] = {
    "UDP": ("TCP and no UDP", lambda loop: loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))),
    "a Unix socket": ("real machine", lambda loop: loop.create_unix_connection(asyncio.Protocol, "/tmp/x")),
    "a Unix server": ("real machine", lambda loop: loop.create_unix_server(asyncio.Protocol, "/tmp/x")),
    "a pipe to read": ("real machine", lambda loop: loop.connect_read_pipe(asyncio.Protocol, sys.stdin)),
    "a pipe to write": ("real machine", lambda loop: loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout)),
    "a program": ("another process", lambda loop: asyncio.create_subprocess_exec("true")),
    "a shell": ("another process", lambda loop: asyncio.create_subprocess_shell("true")),
    "two hosts": ("one host", lambda loop: loop.create_server(asyncio.Protocol, ["127.0.0.1", "127.0.0.2"], 0)),
}


@pytest.mark.parametrize("what", FORBIDDEN)
async def test_the_loop_refuses(what: str) -> None:
    why, ask = FORBIDDEN[what]

    with pytest.raises(NotSimulated, match=why):
        await ask(asyncio.get_running_loop())


async def test_a_signal_handler_is_refused_as_where_a_platform_has_none() -> None:
    with pytest.raises(NotImplementedError, match="Ctrl-C works without"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: None)


async def test_a_file_descriptor_of_the_real_machine_is_refused() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(NotSimulated, match=f"file descriptor {reading}"):
            asyncio.get_running_loop().add_reader(reading, lambda: None)
    finally:
        os.close(reading)
        os.close(writing)


async def test_a_socket_of_the_real_machine_is_refused() -> None:
    with socket.socket() as real, pytest.raises(NotSimulated, match="not connected by this loop"):
        await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=real)


async def test_a_listening_socket_of_the_real_machine_is_refused() -> None:
    with socket.socket() as real, pytest.raises(NotSimulated, match="pass host and port"):
        await asyncio.get_running_loop().create_server(asyncio.Protocol, sock=real)


async def test_a_blocking_sleep_is_refused() -> None:
    with pytest.raises(NotSimulated, match=r"time\.sleep\(5\) stops the whole loop"):
        time.sleep(5)  # noqa: ASYNC251  that is the point


async def test_a_blocking_sleep_under_an_early_bound_name_is_refused() -> None:
    with pytest.raises(NotSimulated, match=r"time\.sleep\(5\)"):
        early_bound_sleep(5)  # noqa: ASYNC251  that is the point


async def test_a_blocking_client_is_refused() -> None:
    with pytest.raises(NotSimulated, match="real network"):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open("http://127.0.0.1:9/")


async def test_a_blocking_client_in_a_thread_of_the_executor_is_refused() -> None:
    with pytest.raises(NotSimulated, match="use the asyncio client"):
        await asyncio.to_thread(socket.create_connection, ("127.0.0.1", 9))


async def test_a_thread_of_the_run_cannot_touch_the_network_either() -> None:
    refusals: list[BaseException] = []

    def connect() -> None:
        try:
            with socket.socket() as real:
                real.connect(("127.0.0.1", 9))
        except NotSimulated as refusal:
            refusals.append(refusal)

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()

    assert len(refusals) == 1


async def test_a_thread_cannot_call_into_the_loop() -> None:
    loop = asyncio.get_running_loop()
    refusals: list[BaseException] = []

    def call() -> None:
        try:
            loop.call_soon_threadsafe(lambda: None)
        except NotSimulated as refusal:
            refusals.append(refusal)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()

    assert "another thread calls into the loop" in str(refusals[0])


async def test_a_process_is_refused() -> None:
    with pytest.raises(NotSimulated, match="starts a process"):
        subprocess.run(["true"], check=True)  # noqa: ASYNC221  that is the point


async def test_a_name_is_not_looked_up_on_the_real_network() -> None:
    with pytest.raises(NotSimulated, match=r"socket\.getaddrinfo"):
        socket.getaddrinfo("localhost", 80)


async def test_work_that_stays_off_the_network_runs_in_the_executor_at_once() -> None:
    loop = asyncio.get_running_loop()

    assert await asyncio.to_thread(sum, [1, 2, 3]) == 6
    assert loop.time() == 0


async def test_an_error_in_the_executor_reaches_its_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(lambda: 1 // 0)
