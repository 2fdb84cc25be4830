"""A child process that always comes to an end: it, what it starts, and what it prints are bounded."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import struct
import sys
import termios
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from harness.clients import keeper
from harness.clients.log import Log
from harness.errors import DeadairError

__all__ = ["DRAINS_WITHIN_S", "Child", "NotStarted"]

LINE_BYTES_MAX = 1_000_000
"""A second of audio is 64 KB as base64; what is longer than this is told as a line of the log, and cut."""

CHUNK_BYTES = 8_192
REST_S = 0.001
REST_FOR_A_LINE_S = 50e-6
"""After a full chunk nothing more is read for a moment, and longer if it held many lines: a child that floods waits for its
pipe, and leaves the others their time. Audio comes in long lines, and passes at 8 MB/s."""

LEAVES_WITHIN_S = 5.0
"""How long a child that has been asked to hang up may take to end, once its input is closed."""

TERMINATES_WITHIN_S = 3.0

DRAINS_WITHIN_S = 0.5
"""How long what a process has printed is read once it is over."""

LOOK_EVERY_S = 0.05

_KEEPER = Path(keeper.__file__)


class NotStarted(DeadairError):
    """The program could not be started, or did not begin; the message says why."""


class Child:
    """A program in a process group of its own.

    Made by `start`. `aclose` leaves nothing of it, and says what had to be ended by force; should this process die before
    that, the keeper does the same.
    """

    def __init__(self, process: Process, keeping: Process, mark: str, log: Log) -> None:
        self._process = process
        self._keeping = keeping
        self._mark = mark
        self._log = log
        self._stderr = asyncio.create_task(self._read_stderr(), name="standard error of the client")

    @classmethod
    async def start(
        cls, command: tuple[str, ...], *, environment: Mapping[str, str], directory: Path | None, log: Log
    ) -> Child:
        """Raises NotStarted if there is no such program."""
        mark = uuid4().hex
        # In this order: a child without a keeper could be left behind, a keeper without a child ends by itself.
        keeping = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(_KEEPER), mark, stdin=PIPE, start_new_session=True
        )
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                cwd=directory,
                env={**environment, keeper.VARIABLE: mark},
                start_new_session=True,
                limit=CHUNK_BYTES,
            )
        except (OSError, ValueError) as error:
            await _dismiss(keeping)
            why = error.strerror if isinstance(error, OSError) else str(error)
            where = f" in {directory}" if directory is not None else ""
            raise NotStarted(f"the command {list(command)} could not be started{where}: {why}") from error
        assert keeping.stdin is not None
        keeping.stdin.write(f"{process.pid}\n".encode())
        return cls(process, keeping, mark, log)

    @property
    def is_over(self) -> bool:
        return self._process.returncode is not None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; the negative number of the signal that ended it."""
        return self._process.returncode

    async def over(self) -> None:
        """Wait for the end of the process itself; what it has started may go on."""
        # Not `Process.wait()`: that waits for the pipes as well, and what it has started may hold them (CPython 3.11 to
        # 3.14, base_subprocess.py, _try_finish).
        while not self.is_over:  # noqa: ASYNC110  nobody tells an event of it
            await asyncio.sleep(LOOK_EVERY_S)

    # ── what it prints ───────────────────────────────────────────────────────

    async def lines(self) -> AsyncIterator[bytes]:
        """The lines of its standard output, until that is closed."""
        assert self._process.stdout is not None
        async for line in _lines(self._process.stdout):
            yield line

    async def _read_stderr(self) -> None:
        assert self._process.stderr is not None
        async for line in _lines(self._process.stderr):
            self._log.add(line)

    # ── what it is told ──────────────────────────────────────────────────────

    async def write(self, line: bytes) -> None:
        """Write to its standard input, and wait while it does not read. Raises OSError if it has closed that."""
        assert self._process.stdin is not None
        if self._process.stdin.is_closing():
            # asyncio would take it, and complain in the log of the harness, frame by frame.
            raise BrokenPipeError("the client reads no more")
        self.write_soon(line)
        await self._process.stdin.drain()

    def write_soon(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line)

    @property
    def has_read_all(self) -> bool:
        """Whether it has taken everything that was written to it; where the system cannot tell, it is believed to have."""
        assert self._process.stdin is not None
        transport = self._process.stdin.transport
        if transport.get_write_buffer_size():
            return False
        number = transport.get_extra_info("pipe").fileno()
        # asyncio gives a child a pipe or a socket; the one is asked what can be read at its other end, the other what of
        # its output was not (Linux: pipe(7), unix(7)).
        for question in (termios.TIOCOUTQ, termios.FIONREAD):
            try:
                (unread,) = struct.unpack("i", fcntl.ioctl(number, question, bytes(4)))
            except OSError:
                continue
            return bool(unread == 0)
        return True

    def close_input(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    def terminate(self) -> None:
        """Ask it, and what it has started, to end."""
        self._signal(signal.SIGTERM)

    # ── its end ──────────────────────────────────────────────────────────────

    async def aclose(self, *, leaves_within_s: float = LEAVES_WITHIN_S) -> str:
        """End it: its input is closed, then comes SIGTERM, then SIGKILL, each after the time that it has.

        Returns:
            What had to be killed; "" if everything ended by itself, or when it was asked to.
        """
        self.close_input()
        left = ""
        await _within(leaves_within_s, self.over())
        if not self._is_gone():
            self.terminate()
            if not await self._is_gone_within(TERMINATES_WITHIN_S):
                left = self._in_words()
                keeper.kill(self._process.pid, self._mark)
        await self.over()
        # What it has written last is still in the pipe; where somebody holds that who could not be found, it never ends.
        await asyncio.wait([self._stderr], timeout=DRAINS_WITHIN_S)
        self._stderr.cancel()
        await asyncio.wait([self._stderr])
        await _dismiss(self._keeping)
        self._log.close()
        # There is no public way to its pipes, and a transport that is not closed warns when it is collected.
        self._process._transport.close()  # type: ignore[attr-defined]
        return left

    def _is_gone(self) -> bool:
        return self.is_over and not self._group_lives() and not any(keeper.marked(self._mark))

    async def _is_gone_within(self, seconds: float) -> bool:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + seconds
        while not self._is_gone():
            if loop.time() >= until_s:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True

    def _group_lives(self) -> bool:
        try:
            os.killpg(self._process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _in_words(self) -> str:
        if not self.is_over:
            return f"its process went on for {TERMINATES_WITHIN_S:g} s after SIGTERM, and was killed"
        return f"processes that it had started went on for {TERMINATES_WITHIN_S:g} s after SIGTERM, and were killed"


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Lines without their ends; one that is too long comes in pieces. A last line needs no end."""
    rest = b""
    while chunk := await reader.read(CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line
        if len(rest) > LINE_BYTES_MAX:
            yield rest
            rest = b""
        if len(chunk) == CHUNK_BYTES:
            await asyncio.sleep(max(REST_S, REST_FOR_A_LINE_S * len(whole)))
    if rest:
        yield rest


async def _within(seconds: float, what: Coroutine[Any, Any, None]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await what


async def _dismiss(keeping: Process) -> None:
    """Tell the keeper that there is nothing to do."""
    assert keeping.stdin is not None
    with suppress(OSError):
        keeping.stdin.write(b"done\n")
        keeping.stdin.close()
    await keeping.wait()
