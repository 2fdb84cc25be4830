"""A program with every known source of difference in it, and the trace of one run of it.

`python -m tests.support.stress` writes one line for each event; with `--bytes`, the bytes of each segment too.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import sys
import time
import uuid
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from harness.engines import VirtualTime

__all__ = ["trace"]

CLIENTS = 8


def trace(*, seed: int, with_bytes: bool) -> list[str]:
    """The same in each process, if all is well.

    `with_bytes` adds what went over the wire, which names the version of Python in the Server header.
    """
    lines: list[str] = []
    VirtualTime(timer_slop_s=0.001).run(lambda: _stress(lines, with_bytes), seed=seed)
    return lines


async def _stress(lines: list[str], with_bytes: bool) -> None:
    loop: Any = asyncio.get_running_loop()

    def note(what: str) -> None:
        lines.append(f"{loop.time():.9f} {what}")

    def segment(source: object, kind: Any, data: bytes) -> None:
        note(f"{source} {kind.value} {hashlib.sha256(data).hexdigest()}")

    if with_bytes:
        loop.network.on_segment = segment
    await _cancel_a_group(note)
    await _walk_through_sets(note)
    await _talk_and_close(note)
    await _back_off(note)
    note(f"{random.random()} {uuid.uuid4()} {uuid.uuid1()} {os.urandom(4).hex()} {time.time()}")


async def _cancel_a_group(note: Any) -> None:
    async def wait(number: int) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            note(f"cancelled {number}")

    async def fail() -> None:
        await asyncio.sleep(1)
        raise OSError

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(30):
                group.create_task(wait(number))
            group.create_task(fail())
    except* OSError:
        note("group failed")


async def _walk_through_sets(note: Any) -> None:
    tasks = {asyncio.create_task(asyncio.sleep(random.choice((1, 1, 1, 2)), number)) for number in range(30)}
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    note(f"done {[task.result() for task in done]}")
    done, pending = await asyncio.wait(pending)
    note(f"done {[task.result() for task in done]}")


async def _talk_and_close(note: Any) -> None:
    async def answer(connection: Any) -> None:
        async for message in connection:
            await asyncio.sleep(random.random())
            await connection.send(message)
            note(f"answered {len(message)}")

    async def talk(number: int, port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}/{number}") as client:
            try:
                while True:
                    await client.send(os.urandom(random.randint(1, 5_000)))
                    note(f"{number} heard {len(await client.recv())}")
            except ConnectionClosed as closed:
                note(f"{number} closed {closed}")

    async with serve(answer, "127.0.0.1", 0, ping_interval=3) as server:
        port = server.sockets[0].getsockname()[1]
        clients = [asyncio.create_task(talk(number, port)) for number in range(CLIENTS)]
        await asyncio.sleep(10)
        for connection in server.connections:
            await connection.ping()
            note(f"pinged {connection.request.path}")
        server.close()
        await asyncio.gather(*clients)


async def _back_off(note: Any) -> None:
    for delay_s in (1, 2, 4, 8, 16):
        await asyncio.sleep(delay_s)
        try:
            await connect("ws://127.0.0.1:9")
        except OSError as error:
            note(f"{type(error).__name__}")


def main() -> None:
    for line in trace(seed=11, with_bytes="--bytes" in sys.argv):
        print(line)


if __name__ == "__main__":
    main()
