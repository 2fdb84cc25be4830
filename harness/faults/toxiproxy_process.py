"""Where a real Toxiproxy is, and one started for us that ends when we do."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping
from pathlib import Path

from harness.faults import addresses
from harness.faults.proxy import Address, ProxyError

__all__ = ["ENVIRONMENT_NAME", "ToxiproxyProcess", "find_toxiproxy", "program_or_address", "start_process"]

ENVIRONMENT_NAME = "DEADAIR_TOXIPROXY"

# The names under which packages and releases install the server.
_PROGRAMS = ("toxiproxy-server", "toxiproxy")

_WATCHDOG = Path(__file__).with_name("watchdog.py")

END_TIMEOUT_S = 5.0


def find_toxiproxy(environment: Mapping[str, str] = os.environ) -> str | None:
    """A Toxiproxy server: the path of a program, or `host:port` of one that runs; None if there is neither.

    Looks at `DEADAIR_TOXIPROXY`, which holds either, then for `toxiproxy-server` and `toxiproxy` on the PATH.

    Raises:
        ProxyError: If `DEADAIR_TOXIPROXY` holds something else.
    """
    named = environment.get(ENVIRONMENT_NAME, "")
    if named:
        program_or_address(named)
        return named
    for program in _PROGRAMS:
        if (path := shutil.which(program, path=environment.get("PATH", ""))) is not None:
            return path
    return None


def program_or_address(where: str) -> Path | Address:
    """What `find_toxiproxy` gave, read. Raises ProxyError if it is neither."""
    path = Path(where).expanduser()
    if path.is_file() and os.access(path, os.X_OK):
        return path
    try:
        host, port = addresses.address(where)
    except addresses.AddressError:
        host, port = "", 0
    if not host or not port or "/" in host:
        raise ProxyError(
            f"no Toxiproxy at {where!r}: that is neither a program that can be run nor the address of a server.\n"
            f"Write the path of toxiproxy-server, or host:port of one that runs, such as 127.0.0.1:8474, "
            f"into {ENVIRONMENT_NAME}."
        )
    return host, port


class ToxiproxyProcess:
    """A Toxiproxy server of our own on `address`; gone after `aclose`, and when this process dies."""

    def __init__(self, process: Process, address: Address) -> None:
        self.address = address
        self._process = process

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def wait_for_log(self, text: str) -> bool:
        """Whether the server has logged a line with `text`; False if it ended without one."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            if text.encode() in line:
                return True
        return False

    async def aclose(self) -> None:
        """End the server, and wait until it is gone."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


async def start_process(program: Path) -> ToxiproxyProcess:
    """Start `program` on a free loopback port. It may not listen yet, or fail to, when this returns.

    Raises:
        ProxyError: If it cannot be run.
    """
    port = _free_port()
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(_WATCHDOG),
            str(program),
            "-host",
            addresses.LOOPBACK,
            "-port",
            str(port),
            stdin=PIPE,
            stdout=PIPE,
            stderr=STDOUT,
            # The level at which it logs who called: that is how we know that the server which answers is this one.
            env={**os.environ, "LOG_LEVEL": "debug"},
            start_new_session=True,  # Ctrl-C is for us; we end the server in our own time
        )
    except OSError as error:
        raise ProxyError(f"could not run {program}: {error.strerror or error}") from None
    return ToxiproxyProcess(process, (addresses.LOOPBACK, port))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((addresses.LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
