"""The pace of what a mock sends is kept against the clock: it does not add up what each wait was late."""

import asyncio

import pytest

from mock_servers.base.conversation import Conversation
from mock_servers.base.server import MockServer
from mock_servers.base.voice import SECONDS_PER_WORD
from mock_servers.serve import vendor as made
from tests.load.callers import GATHERED, Caller, said_frames
from tests.load.calls import calls, one_long_answer
from tests.load.pacing import REAL_TIME, Pacing
from tests.load.routes import ROUTES, Route
from tests.load.served import served
from tests.load.wire import request

VENDORS = tuple(GATHERED)
LASTS_S = 60.0


async def heard(name: str, *, lasts_s: float) -> Pacing:
    """How an answer of this length was paced; Deepgram's is the transcript of a caller who speaks for as long."""
    words = ("word " * round(lasts_s / SECONDS_PER_WORD)).strip()
    vendor = made(name, Conversation(turns=(words,)), settings=REAL_TIME[name])
    head = request(Route(path=GATHERED[name], header=ROUTES[name].header, asks=()))
    listens_s = {"deepgram": 0.0}.get(name, 2 * lasts_s)
    frames = said_frames(name, speaks_s=lasts_s if name == "deepgram" else 1.0, listens_s=listens_s)
    loop = asyncio.get_running_loop()
    async with MockServer(vendor) as server:
        _, caller = await loop.create_connection(lambda: Caller(name, head), "127.0.0.1", server.port)
        await caller.upgraded.wait()
        began_s = loop.time()
        for number, frame in enumerate(frames[: round((lasts_s + 4) / 0.02)]):
            await asyncio.sleep(began_s + number * 0.02 - loop.time())
            caller.transport.write(frame)
        await asyncio.sleep(2)
        caller.transport.abort()
    return caller.pacing


@pytest.mark.parametrize("name", VENDORS)
async def test_a_minute_of_an_answer_ends_within_a_millisecond_of_its_time(name):
    pacing = await heard(name, lasts_s=LASTS_S)

    assert pacing.pieces >= 55
    assert abs(pacing.drift_s) < 0.001


@pytest.mark.real_time
@pytest.mark.parametrize("name", VENDORS)
async def test_twenty_calls_at_once_are_kept_up_with(name):
    """On the machine's clock, since only there a server can fall behind. The bound is for the busiest of machines; what it is
    like on an idle one, `python -m tests.load.calls` prints."""
    with served(name, settings=REAL_TIME[name]) as server:
        load = await calls(server, 20, lasts_s=7.0)

    # A round of a call lasts six seconds, so everybody is answered once.
    assert load.unanswered == 0
    assert max(load.late_s) < 2.0


@pytest.mark.real_time
@pytest.mark.parametrize("name", VENDORS)
async def test_an_answer_of_five_seconds_does_not_drift(name):
    """On the machine's clock, where each wait is a little late: a mock that sleeps between pieces would add that up."""
    with served(name, settings=REAL_TIME[name], answer_s=10.0) as server:
        assert abs(await one_long_answer(server, lasts_s=5.0)) < 0.5
