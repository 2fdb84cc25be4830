"""How runs end: by themselves, with nothing left to happen, beyond the horizon, or interrupted."""

from __future__ import annotations

import asyncio
import gc
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from typing import Any

import pytest

from harness.engines import EngineError, HorizonReached, NothingLeft, StepsExhausted, VirtualTime
from tests.support.command_line import printed


def test_a_run_gives_what_its_program_returns() -> None:
    async def main() -> int:
        return 42

    assert VirtualTime().run(main) == 42


def test_an_hour_takes_no_time() -> None:
    began_s = time.perf_counter()

    VirtualTime().run(lambda: asyncio.sleep(3600))

    assert time.perf_counter() - began_s < 60


def test_nothing_left_tells_the_time_and_where_each_task_waits() -> None:
    async def fetch() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        await asyncio.sleep(12.3)
        helper = asyncio.create_task(fetch(), name="helper")
        await helper

    with pytest.raises(NothingLeft) as report:
        VirtualTime().run(main)

    fetching, waiting = fetch.__code__.co_firstlineno + 1, main.__code__.co_firstlineno + 3
    assert str(report.value) == (
        f"nothing left to happen at t=12.3s; waiting: "
        f"Task-1 {main.__qualname__} at test_ends.py:{waiting} in {main.__qualname__}; "
        f"helper {fetch.__qualname__} at test_ends.py:{fetching} in {fetch.__qualname__}"
    )


def test_a_connection_on_which_nobody_speaks_is_nothing_left_to_happen() -> None:
    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            await reader.read()
        finally:
            writer.close()

    with pytest.raises(NothingLeft, match=r"waiting: .*test_ends\.py"):
        VirtualTime().run(main)


def test_a_run_is_over_at_its_horizon() -> None:
    async def main() -> None:
        for _ in range(1000):
            await asyncio.sleep(7)

    with pytest.raises(HorizonReached, match=r"over by t=100s, and the next thing to happen is at t=105s"):
        VirtualTime(horizon_s=100).run(main)


def test_a_program_that_spins_is_stopped() -> None:
    async def main() -> None:
        for _ in range(1_000_000):
            await asyncio.sleep(0)

    with pytest.raises(StepsExhausted, match="1000 times"):
        VirtualTime(max_steps=1000).run(main)


def test_tasks_that_were_left_behind_are_cancelled_in_the_order_of_creation() -> None:
    ended: list[int] = []

    async def stay(number: int) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(number)

    async def main() -> None:
        asyncio.get_running_loop().tasks = [asyncio.create_task(stay(number)) for number in range(20)]  # type: ignore[attr-defined]
        await asyncio.sleep(1)

    VirtualTime().run(main)

    assert ended == list(range(20))


def test_a_task_may_take_its_time_to_end() -> None:
    ended: list[float] = []

    async def stay() -> None:
        loop = asyncio.get_running_loop()
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(10)
            ended.append(loop.time())

    async def main() -> asyncio.Task[None]:
        task = asyncio.create_task(stay())
        await asyncio.sleep(1)
        return task

    VirtualTime().run(main)

    assert ended == [11.0]


async def _stubborn() -> None:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


def test_a_task_that_refuses_to_end_is_an_error() -> None:
    async def main() -> asyncio.Task[None]:
        task = asyncio.create_task(_stubborn())
        await asyncio.sleep(1)
        return task

    with pytest.raises(NothingLeft, match="_stubborn"):
        VirtualTime().run(main)


def test_a_program_that_fails_is_heard_even_if_a_task_refuses_to_end() -> None:
    async def main() -> None:
        task = asyncio.create_task(_stubborn())
        await asyncio.sleep(1)
        raise ZeroDivisionError(task.get_name())

    with pytest.raises(ZeroDivisionError):
        VirtualTime().run(main)


def test_an_error_of_a_task_that_is_ended_goes_to_the_exception_handler() -> None:
    told: list[Any] = []

    async def fail() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            raise ZeroDivisionError

    async def main() -> asyncio.Task[None]:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context["exception"]))
        task = asyncio.create_task(fail())
        await asyncio.sleep(1)
        return task

    VirtualTime().run(main)

    assert [type(error) for error in told] == [ZeroDivisionError]


def test_async_generators_that_were_left_behind_are_closed_in_the_order_of_their_first_step() -> None:
    closed: list[int] = []

    async def count(number: int) -> Any:
        try:
            yield number
        finally:
            closed.append(number)

    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        loop.kept = [count(number) for number in range(20)]
        for generator in loop.kept:
            await anext(generator)

    VirtualTime().run(main)

    assert closed == list(range(20))


def test_a_tidy_program_leaves_nothing() -> None:
    engine = VirtualTime()

    async def main() -> None:
        async with await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await reader.read()
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(1)

    engine.run(main)

    assert not engine.leftovers, str(engine.leftovers)


def test_what_a_program_left_behind_can_be_asked_for() -> None:
    engine = VirtualTime()
    kept: list[Any] = []

    async def main() -> None:
        server = await asyncio.start_server(lambda reader, writer: kept.append(writer), "127.0.0.1", 4000)
        kept.append(await asyncio.open_connection(*server.sockets[0].getsockname()))
        kept.append(asyncio.create_task(asyncio.sleep(3600)))
        await asyncio.sleep(1)

    engine.run(main)

    assert engine.leftovers.tasks == ("Task-3 sleep",)
    assert engine.leftovers.sockets == (
        "listening on 127.0.0.1:4000",
        "connection 127.0.0.1:40001 to 127.0.0.1:4000",
        "connection 127.0.0.1:4000 to 127.0.0.1:40001",
    )


def test_what_a_program_left_behind_is_closed() -> None:
    kept: list[Any] = []

    async def main() -> None:
        server = await asyncio.start_server(lambda reader, writer: kept.append(writer), "127.0.0.1", 0)
        kept.append((await asyncio.open_connection(*server.sockets[0].getsockname()))[1])
        await asyncio.sleep(1)

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        VirtualTime().run(main)
        closing = [writer.transport.is_closing() for writer in kept]
        kept.clear()
        gc.collect()

    assert closing == [True, True]


INTERRUPTED = textwrap.dedent(
    """
    import asyncio, random, sys, time
    from harness.engines import RealTime, VirtualTime

    async def main():
        print("ready", flush=True)
        try:
            while True:
                await asyncio.sleep(1)
        finally:
            await asyncio.sleep(0.01)
            print("ended", flush=True)

    sleep = time.sleep
    engine = {"virtual": VirtualTime(horizon_s=1e6, max_steps=10**12), "real": RealTime()}[sys.argv[1]]
    try:
        engine.run(main)
    except KeyboardInterrupt:
        print("interrupted", time.sleep is sleep)
    """
)


@pytest.mark.parametrize("clock", ["virtual", "real"])
def test_ctrl_c_cancels_the_program_and_lets_it_end(clock: str) -> None:
    command = (sys.executable, "-c", INTERRUPTED, clock)
    with printed(*command, until="\n", stderr=subprocess.PIPE) as (process, said):
        assert said == "ready\n"
        process.send_signal(signal.SIGINT)
        told, errors = process.communicate(timeout=60)

    assert (told, errors) == ("ended\ninterrupted True\n", "")


def test_the_clock_reads_zero_at_the_start_of_each_run() -> None:
    engine = VirtualTime()

    async def main() -> float:
        before_s = asyncio.get_running_loop().time()
        await asyncio.sleep(5)
        return before_s

    assert [engine.run(main), engine.run(main)] == [0.0, 0.0]


def test_engine_errors_have_one_base() -> None:
    for kind in (HorizonReached, NothingLeft, StepsExhausted):
        assert issubclass(kind, EngineError)
