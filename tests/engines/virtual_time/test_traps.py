"""Each trap of virtual time: what goes wrong without its cure, and that it does not with it."""

from __future__ import annotations

import asyncio
import datetime
import gc
import os
import random
import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from harness.engines import LinkProfile, StepsExhausted, VirtualTime
from harness.engines.virtual_time.cures import ALL_CURES, Cure

RUNS = 10


def without(cure: Cure) -> VirtualTime:
    return VirtualTime(_cures=ALL_CURES - {cure})


def outcomes(engine: VirtualTime, main: Callable[[], Any]) -> list[Any]:
    """What several runs with one seed came to, with the heap disturbed in between."""
    disturbance: list[bytearray] = []
    found = []
    for run in range(RUNS):
        disturbance += [bytearray(400) for _ in range(997 * run)]
        found.append(engine.run(main, seed=7))
        del disturbance[::2]
    return found


# Timers for one moment


async def order_of_waking() -> list[int]:
    woken: list[int] = []

    async def sleep(number: int) -> None:
        await asyncio.sleep(1)
        woken.append(number)

    await asyncio.gather(*(sleep(number) for number in range(12)))
    return woken


def test_timers_for_one_moment_run_in_the_order_in_which_they_were_set() -> None:
    assert VirtualTime().run(order_of_waking) == list(range(12))


def test_without_their_numbers_timers_for_one_moment_run_in_the_order_of_a_heap() -> None:
    assert without(Cure.TIMER_ORDER).run(order_of_waking) != list(range(12))


# Sets of tasks


async def order_of_cancelling() -> list[int]:
    cancelled: list[int] = []

    async def wait(number: int) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            cancelled.append(number)

    async def fail() -> None:
        await asyncio.sleep(1)
        raise OSError

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(40):
                group.create_task(wait(number))
            group.create_task(fail())
    except* OSError:
        pass
    return cancelled


def test_a_task_group_cancels_its_tasks_in_the_same_order_in_each_run() -> None:
    assert outcomes(VirtualTime(), order_of_cancelling) == [list(range(40))] * RUNS


def test_without_their_numbers_tasks_are_cancelled_in_the_order_of_their_addresses() -> None:
    assert [list(range(40))] * RUNS != outcomes(without(Cure.IDENTITY), order_of_cancelling)


async def order_of_a_set_of_futures() -> list[int]:
    loop = asyncio.get_running_loop()
    names = {loop.create_future(): number for number in range(40)}
    return [names[future] for future in set(names)]


def test_a_set_of_futures_has_the_same_order_in_each_run() -> None:
    assert len({tuple(order) for order in outcomes(VirtualTime(), order_of_a_set_of_futures)}) == 1


def test_without_their_numbers_a_set_of_futures_has_another_order_in_some_run() -> None:
    assert len({tuple(order) for order in outcomes(without(Cure.IDENTITY), order_of_a_set_of_futures)}) > 1


async def order_of_connections() -> list[str]:
    """As `Server.close` walks through them."""

    async def stay(connection: Any) -> None:
        await connection.wait_closed()

    async with serve(stay, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        clients = [await connect(f"ws://127.0.0.1:{port}/{number}", compression=None) for number in range(20)]
        await asyncio.sleep(1)
        order = [connection.request.path for connection in server.connections if connection.request is not None]
        for client in clients:
            await client.close()
    return order


def test_a_set_of_websockets_connections_has_the_same_order_in_each_run() -> None:
    assert len({tuple(order) for order in outcomes(VirtualTime(), order_of_connections)}) == 1


def test_without_their_numbers_a_set_of_websockets_connections_has_another_order_in_some_run() -> None:
    assert len({tuple(order) for order in outcomes(without(Cure.CONNECTIONS), order_of_connections)}) > 1


# Chance


async def a_draw_of_the_global_random() -> float:
    return random.random()


async def draws_of_entropy() -> tuple[object, ...]:
    return os.urandom(8), uuid.uuid4(), secrets.token_hex(8), random.SystemRandom().random()


@pytest.mark.parametrize(
    ("cure", "draw"), [(Cure.RANDOM, a_draw_of_the_global_random), (Cure.ENTROPY, draws_of_entropy)]
)
def test_equal_seeds_draw_equally(cure: Cure, draw: Callable[[], Any]) -> None:
    assert len(set(outcomes(VirtualTime(), draw))) == 1


@pytest.mark.parametrize(
    ("cure", "draw"), [(Cure.RANDOM, a_draw_of_the_global_random), (Cure.ENTROPY, draws_of_entropy)]
)
def test_without_its_cure_each_run_draws_something_else(cure: Cure, draw: Callable[[], Any]) -> None:
    assert len(set(outcomes(without(cure), draw))) == RUNS


async def uuids_of_time() -> tuple[uuid.UUID, uuid.UUID]:
    return uuid.uuid1(), uuid.uuid1()


def test_uuids_of_time_are_equal_in_equal_runs() -> None:
    assert len(set(outcomes(VirtualTime(), uuids_of_time))) == 1


def test_other_seeds_draw_otherwise() -> None:
    assert len({VirtualTime().run(draws_of_entropy, seed=seed) for seed in range(5)}) == 5


async def delays_of_the_second_connection(*, chatter: int) -> list[float]:
    loop = asyncio.get_running_loop()
    arrivals: list[float] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1):
            if data == b"!":
                arrivals.append(loop.time())
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        address = server.sockets[0].getsockname()
        _, first = await asyncio.open_connection(*address)
        _, second = await asyncio.open_connection(*address)
        for beat in range(1, 6):
            await asyncio.sleep(beat - loop.time())
            for _ in range(chatter):
                first.write(b".")
                await asyncio.sleep(0.01)
            await asyncio.sleep(beat + 0.5 - loop.time())
            second.write(b"!")
        await asyncio.sleep(1)
        first.close()
        second.close()
    return arrivals


def test_what_one_connection_sends_moves_no_delay_of_another() -> None:
    silent = VirtualTime().run(lambda: delays_of_the_second_connection(chatter=0))

    chatting = VirtualTime().run(lambda: delays_of_the_second_connection(chatter=7))

    assert chatting == silent


# Time


async def wall_times() -> tuple[object, ...]:
    await asyncio.sleep(10)
    return time.time(), time.monotonic_ns(), time.perf_counter(), datetime.datetime.now(), datetime.date.today()


def test_wall_time_is_equal_in_equal_runs() -> None:
    assert len(set(outcomes(VirtualTime(), wall_times))) == 1


def test_without_its_cure_wall_time_is_the_machines() -> None:
    assert len(set(outcomes(without(Cure.WALL_TIME), wall_times))) == RUNS


def test_a_clock_that_starts_at_the_unix_epoch_spins_for_ever() -> None:
    engine = VirtualTime(_start_s=1_750_000_000.0, horizon_s=1e10, max_steps=1_000)

    with pytest.raises(StepsExhausted):
        engine.run(lambda: asyncio.sleep(0.1234567))


async def drift() -> float:
    loop = asyncio.get_running_loop()
    when = 0.1
    for step in range(1, 1001):
        when = 0.1 * step
        woken = loop.create_future()
        loop.call_at(when, woken.set_result, None)
        await woken
    return loop.time() - when


def test_the_clock_takes_over_the_time_of_a_timer_without_an_error() -> None:
    assert VirtualTime().run(drift) == 0.0


# Garbage collection


async def what_the_peer_of_a_forgotten_connection_sees() -> bool:
    """Whether it sees the end of the stream after a while in which much garbage was made."""
    ended = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        ended.set_result(True)
        writer.close()

    # From Python 3.12.1 on, leaving the server's context would wait for the connection that nobody ends.
    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    await _forget_a_connection(server.sockets[0].getsockname())
    for _ in range(300):
        cycle: list[Any] = []
        for _ in range(1_000):
            cycle = [cycle]
        cycle.append(cycle)
    await asyncio.sleep(10)
    server.close()
    return ended.done()


class Forgotten(asyncio.Protocol):
    transport: asyncio.Transport


async def _forget_a_connection(address: Any) -> None:
    transport, protocol = await asyncio.get_running_loop().create_connection(Forgotten, *address)
    transport.pause_reading()  # the loop would hold on to it as long as it reads
    protocol.transport = transport  # a cycle, which only the collector can end


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_forgotten_connection_stays_open() -> None:
    assert VirtualTime().run(what_the_peer_of_a_forgotten_connection_sees) is False


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_without_its_cure_the_garbage_collector_closes_a_forgotten_connection() -> None:
    assert gc.isenabled()
    assert without(Cure.COLLECTION).run(what_the_peer_of_a_forgotten_connection_sees) is True


# The network


async def times_of_an_echo() -> tuple[float, float]:
    loop = asyncio.get_running_loop()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(1))
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        asked_at_s = loop.time()
        writer.write(b"?")
        await reader.read(1)
        answered_at_s = loop.time()
        writer.close()
    return asked_at_s, answered_at_s


def test_an_answer_never_comes_in_the_instant_of_the_question() -> None:
    asked_at_s, answered_at_s = VirtualTime().run(times_of_an_echo)

    assert 200e-6 <= answered_at_s - asked_at_s <= 800e-6


async def what_arrives_over_a_rough_link() -> bytes:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(50):
            writer.write(bytes([number]))
            await asyncio.sleep(0.01)
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        heard = await reader.read()
        writer.close()
    return heard


@pytest.mark.parametrize("seed", range(10))
def test_neither_bytes_nor_the_end_overtake_what_was_sent_before(seed: int) -> None:
    rough = VirtualTime(link=LinkProfile(latency_s=0.001, jitter_s=2.0))

    assert rough.run(what_arrives_over_a_rough_link, seed=seed) == bytes(range(50))


def test_timer_slop_makes_timers_late_and_never_early() -> None:
    async def lateness() -> list[float]:
        loop = asyncio.get_running_loop()
        late = []
        for _ in range(100):
            due_s = loop.time() + 1
            await asyncio.sleep(1)
            late.append(loop.time() - due_s)
        return late

    late = VirtualTime(timer_slop_s=0.0013).run(lateness)

    assert 0 <= min(late) < max(late) <= 0.0013 + 1e-9
