"""Playing a case: what belongs to the run, and what does not."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from harness.faults import EmbeddedServer
from harness.runner.play import NotPlayable, play
from harness.scenario.model import Case, End, Expect, Fault, Tls, Trigger
from harness.trace import Trace
from harness.trace.query import find
from tests.support.telling_client import GOODBYE_S

CASE = Case(
    id="calls.yaml::a call",
    place="calls.yaml:1",
    scenario="a call",
    provider="openai-realtime",
    client="python:tests.support.telling_client:make",
    script=(),
    expect=Expect(end=End(state="active", by_us=20_000_000)),
)


async def played() -> Trace:
    async with aclosing(EmbeddedServer()) as server:
        return await play(CASE, seed=0, clock="virtual", proxy_server=server)


async def test_clearing_away_is_no_part_of_the_run() -> None:
    began_s = asyncio.get_running_loop().time()

    trace = await played()

    took_s = asyncio.get_running_loop().time() - began_s
    assert trace.end is not None
    assert trace.end.at_us / 1e6 <= took_s - GOODBYE_S
    assert all(event.at_us <= trace.end.at_us for event in trace.events)


async def test_an_address_in_an_event_of_the_client_is_written_by_name() -> None:
    trace = await played()

    assert [event.fields["error"] for event in find(trace, "error")] == ["nobody at ws://<session>/v1/realtime"]


async def test_an_address_in_an_error_of_the_client_is_written_by_name() -> None:
    trace = await played()

    ended = find(trace, "run.stream_ended")
    assert [event.fields["error"] for event in ended] == ["OSError: Connect call failed ws://<session>/v1/realtime"]


async def test_trouble_with_tls_is_no_matter_for_the_virtual_clock() -> None:
    bad = Fault(id="bad", trigger=Trigger(at_us=1), do=Tls(fault="expired"))
    case = CASE.model_copy(update={"faults": (bad,)})

    async with aclosing(EmbeddedServer()) as server:
        with pytest.raises(NotPlayable, match=r"calls\.yaml:1: the fault 'bad' is of TLS.*write 'clock: real'"):
            await play(case, seed=0, clock="virtual", proxy_server=server)
