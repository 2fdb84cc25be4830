"""What a run replaces in the standard library, and that it puts everything back."""

from __future__ import annotations

import asyncio
import datetime
import gc
import os
import random
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from time import monotonic as early_bound_monotonic
from types import ModuleType
from typing import Any

import pytest
from websockets.asyncio.connection import Connection

from harness.engines import EngineError, VirtualTime

EPOCH = datetime.datetime(2025, 6, 15, 15, 6, 40, tzinfo=datetime.UTC)


def replaced() -> tuple[object, ...]:
    return (
        *vars(time).values(),
        *(vars(datetime.datetime)[name] for name in ("now", "utcnow")),
        os.urandom,
        vars(random)["_urandom"],
        *vars(uuid).values(),
        *vars(socket).values(),
        *vars(socket.socket).values(),
        vars(subprocess.Popen)["__init__"],
        vars(Connection).get("__hash__"),
        early_bound_monotonic,
        gc.isenabled(),
        random.getstate(),
    )


async def nothing() -> None:
    random.random()


async def an_error() -> None:
    raise ZeroDivisionError


async def a_hang() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("main", [nothing, an_error, a_hang])
def test_a_run_puts_back_what_it_has_replaced(main: Callable[[], Any]) -> None:
    before = replaced()

    try:
        VirtualTime().run(main)
    except (ZeroDivisionError, EngineError):
        pass

    after = replaced()
    assert [pair for pair in zip(before, after, strict=True) if pair[0] is not pair[1] and pair[0] != pair[1]] == []


def test_no_unhandled_difference_is_left_in_wall_time_after_a_run() -> None:
    VirtualTime().run(nothing)

    assert abs(datetime.datetime.now(datetime.UTC).timestamp() - time.time()) < 60
    assert datetime.datetime.now(datetime.UTC) != EPOCH


async def test_all_wall_clocks_agree() -> None:
    await asyncio.sleep(90.5)
    then = EPOCH + datetime.timedelta(seconds=90.5)

    assert datetime.datetime.now(datetime.UTC) == then
    assert datetime.datetime.now().astimezone() == then
    assert datetime.datetime.today().astimezone() == then
    assert datetime.date.today() == then.astimezone().date()
    assert time.time() == then.timestamp()
    assert time.time_ns() == then.timestamp() * 1e9
    assert time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()) == "2025-06-15 15:08:10"
    assert time.strftime("%S") == "10"
    assert time.ctime() == time.ctime(then.timestamp())
    assert time.localtime() == time.localtime(then.timestamp())


async def test_all_clocks_of_elapsed_time_agree() -> None:
    await asyncio.sleep(90.5)

    assert time.monotonic() == time.perf_counter() == early_bound_monotonic() == 90.5
    assert time.monotonic_ns() == time.perf_counter_ns() == 90_500_000_000


async def test_the_utc_of_old_follows_too() -> None:
    utcnow: Callable[[], datetime.datetime] = getattr(datetime.datetime, "utcnow")  # noqa: B009  deprecated, still used

    assert utcnow() == EPOCH.replace(tzinfo=None)


async def test_a_subclass_of_datetime_keeps_its_type() -> None:
    class Moment(datetime.datetime):
        pass

    assert type(Moment.now(datetime.UTC)) is Moment


def test_a_module_that_is_first_imported_during_a_run_has_the_real_time_after_it() -> None:
    module = ModuleType("imported_during_the_run")

    async def main() -> float:
        exec("from time import monotonic", vars(module))
        return float(module.monotonic())

    during_s = VirtualTime().run(main)
    after_s = module.monotonic()

    assert during_s == 0.0
    assert abs(after_s - time.monotonic()) < 60


def test_a_module_that_was_imported_between_runs_follows_the_virtual_clock() -> None:
    module = ModuleType("imported_between_runs")
    VirtualTime().run(nothing)
    exec("from time import monotonic as clock", vars(module))
    sys.modules[module.__name__] = module

    async def main() -> float:
        return float(module.clock())

    try:
        assert VirtualTime().run(main) == 0.0
    finally:
        del sys.modules[module.__name__]


def test_threads_from_before_the_run_keep_the_real_clock() -> None:
    asked, answered = threading.Event(), threading.Event()
    told: list[float] = []

    def tell() -> None:
        asked.wait(60)
        told.append(time.time())
        answered.set()

    thread = threading.Thread(target=tell)
    thread.start()

    async def main() -> float:
        asked.set()
        answered.wait(60)
        return time.time()

    inside_s = VirtualTime().run(main)
    thread.join()

    assert inside_s == EPOCH.timestamp()
    assert abs(told[0] - time.time()) < 60


def test_a_process_plays_one_virtual_run_at_a_time() -> None:
    refusals: list[EngineError] = []

    def run() -> None:
        try:
            VirtualTime().run(nothing)
        except EngineError as refusal:
            refusals.append(refusal)

    async def main() -> None:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    VirtualTime().run(main)

    assert "one virtual run at a time" in str(refusals[0])


def test_a_negative_slop_is_refused() -> None:
    with pytest.raises(ValueError, match="timer_slop_s is -1"):
        VirtualTime(timer_slop_s=-1)


def test_the_proxies_of_the_machine_are_out_of_sight_during_a_run() -> None:
    async def main() -> str | None:
        return os.environ.get("HTTPS_PROXY")

    os.environ["HTTPS_PROXY"] = "http://127.0.0.1:3128"
    try:
        assert VirtualTime().run(main) is None
        assert os.environ["HTTPS_PROXY"] == "http://127.0.0.1:3128"
    finally:
        del os.environ["HTTPS_PROXY"]
