"""Random programs for the two ends of a TCP connection, and what each end saw: the same on either engine."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from dataclasses import dataclass

__all__ = ["Step", "program", "results"]

OPERATIONS = (
    *("write",) * 5,
    *("write_eof",) * 2,
    *("close",) * 2,
    "abort",
    "reset",
    *("pause",) * 2,
    *("resume",) * 2,
    "close_after_last_byte",
)

ENDINGS = ("close", "abort", "reset", "close_after_last_byte")
AT_THE_SAME_TIME = 25


@dataclass(frozen=True, slots=True)
class Step:
    """What one end does. `size` is for `write`. After it the network comes to rest, unless `at_once` is set."""

    end: int
    operation: str
    size: int
    at_once: bool


def program(seed: int) -> tuple[Step, ...]:
    """Three to twelve steps.

    Only steps of the same end follow at once, and only until one of them has closed: the rest would be a race between
    a step and a segment, which loopback, delivering within the call that sends, decides otherwise than a link.
    """
    chance = random.Random(f"socket program {seed}")
    steps: list[Step] = []
    closed = False
    for _ in range(chance.randint(3, 12)):
        operation = chance.choice(OPERATIONS)
        closed = closed or operation in ENDINGS
        step = Step(
            end=steps[-1].end if steps and steps[-1].at_once else chance.randrange(2),
            operation=operation,
            size=chance.choice((1, 10, 1_000, 20_000)),
            at_once=not closed and chance.random() < 0.3,
        )
        steps.append(step)
    return tuple(steps)


class End(asyncio.Protocol):
    """One end. Neighbouring chunks count as one: where the kernel cuts a stream is nobody's promise."""

    def __init__(self, made: asyncio.Future[None]) -> None:
        self.made = made
        self.seen: list[object] = []
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.made.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self.seen and isinstance(self.seen[-1], int):
            self.seen[-1] += len(data)
        else:
            self.seen.append(len(data))

    def eof_received(self) -> bool:
        self.seen.append("eof")
        return True  # the transport stays open: half-close is under test

    def connection_lost(self, error: Exception | None) -> None:
        self.seen.append("lost" if error is None else type(error).__name__)

    def do(self, step: Step) -> None:
        transport = self.transport
        match step.operation:
            case "write":
                self._write(b"x" * step.size)
            case "write_eof":
                if not transport.is_closing():
                    try:
                        transport.write_eof()
                    except OSError as error:
                        self.seen.append(f"write_eof: {type(error).__name__}")
            case "close":
                transport.close()
            case "abort":
                transport.abort()
            case "reset":
                if not transport.is_closing():
                    sock = transport.get_extra_info("socket")
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                transport.abort()
            case "close_after_last_byte":
                self._write(b"y" * 5)
                transport.close()
            case "pause":
                transport.pause_reading()
            case "resume":
                transport.resume_reading()

    def _write(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        try:
            self.transport.write(data)
        except RuntimeError as error:  # after write_eof
            self.seen.append(str(error))


async def results(programs: tuple[tuple[Step, ...], ...], *, rest_s: float) -> list[tuple[list[object], list[object]]]:
    """What both ends of each program saw. `rest_s` is how long a segment may be under way."""
    seen: list[tuple[list[object], list[object]]] = []
    for first in range(0, len(programs), AT_THE_SAME_TIME):
        group = programs[first : first + AT_THE_SAME_TIME]
        seen += await asyncio.gather(*(_result(steps, rest_s) for steps in group))
    return seen


async def _result(steps: tuple[Step, ...], rest_s: float) -> tuple[list[object], list[object]]:
    loop = asyncio.get_running_loop()
    ends = (End(loop.create_future()), End(loop.create_future()))
    server = await loop.create_server(lambda: ends[1], "127.0.0.1", 0)
    await loop.create_connection(lambda: ends[0], *server.sockets[0].getsockname())
    for end in ends:
        await end.made
    for step in steps:
        ends[step.end].do(step)
        if not step.at_once:
            await _rest(rest_s)
    await _rest(rest_s)
    seen = (list(ends[0].seen), list(ends[1].seen))
    for end in ends:
        end.transport.abort()
    server.close()
    await _rest(rest_s)
    return seen


async def _rest(rest_s: float) -> None:
    """Until what was sent has arrived, and both ends have dealt with it, and with what came of that."""
    await asyncio.sleep(rest_s)
    for _ in range(10):
        await asyncio.sleep(0)
    await asyncio.sleep(rest_s)
