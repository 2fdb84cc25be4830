"""A bug of ours, met in the middle of a conversation: who learns of it, and whom it leaves alone."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from harness.runner.own_faults import Uncaught
from mock_servers.base.observer import Closed, Seen
from mock_servers.base.server import MockServer
from tests.support.clumsy import Bug, Clumsy
from tests.support.parrot import Parrot

IN_A_SESSION = ("opened", "received", "passed", "wake_at_s", "an action that nobody knows")
WORDS = ('{"type": "count", "to": 1}', '{"type": "say", "text": "hello"}')


@contextlib.asynccontextmanager
async def serving(vendor: Parrot) -> AsyncIterator[tuple[MockServer, list[Exception], list[Seen]]]:
    """The server, what the loop is told of bugs, and what the observer is told."""
    bugs: list[Exception] = []
    seen: list[Seen] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: bugs.append(context["exception"]))
    async with MockServer(vendor, observer=seen.append) as server:
        yield server, bugs, seen


def dialled(server: MockServer, *, sound: bool = False) -> connect:
    return connect(f"ws://127.0.0.1:{server.port}/live{'?sound=1' if sound else ''}")


async def ended(websocket: ClientConnection) -> int:
    """Talk, hear it out, and give the code with which it was closed."""
    with contextlib.suppress(ConnectionClosed):
        for word in WORDS:
            await websocket.send(word)
    async with asyncio.timeout(30):
        await websocket.wait_closed()
    assert websocket.close_code is not None
    return websocket.close_code


@pytest.mark.parametrize("bug", IN_A_SESSION)
async def test_a_session_that_raises_is_closed_with_1011(bug):
    async with serving(Clumsy(bug)) as (server, _, _), dialled(server) as websocket:
        assert await ended(websocket) == 1011
        assert websocket.close_reason == "the mock server has failed, which is a bug of its own"


@pytest.mark.parametrize("bug", IN_A_SESSION)
async def test_a_session_that_raised_is_asked_nothing_more(bug):
    parrot = Clumsy(bug)
    async with serving(parrot) as (server, _, _), dialled(server) as websocket:
        await ended(websocket)
        await asyncio.sleep(30)

    assert parrot.asked_again == []


@pytest.mark.parametrize("bug", IN_A_SESSION)
async def test_the_loop_is_told_of_a_bug_once(bug):
    async with serving(Clumsy(bug)) as (server, bugs, _), dialled(server) as websocket:
        await ended(websocket)
        await asyncio.sleep(30)

    assert [type(error) for error in bugs] == [AssertionError if "action" in bug else Bug]


@pytest.mark.parametrize("bug", IN_A_SESSION)
async def test_the_observer_sees_the_end_that_a_bug_has(bug):
    async with serving(Clumsy(bug)) as (server, _, seen), dialled(server) as websocket:
        await ended(websocket)

    (end,) = (event for event in seen if isinstance(event, Closed))
    assert (end.code, end.by) == (1011, "server")


@pytest.mark.parametrize("bug", [*IN_A_SESSION, "closed"])
async def test_a_bug_on_one_connection_hurts_no_other(bug):
    async with serving(Clumsy(bug)) as (server, _, _), dialled(server, sound=True) as neighbour:
        await neighbour.recv()
        async with dialled(server) as websocket:
            if bug != "closed":
                await ended(websocket)
        await neighbour.send('{"type": "say", "text": "still here"}')

        assert json.loads(await asyncio.wait_for(neighbour.recv(), 5))["text"] == "still here"


async def test_a_session_that_raises_at_its_end_leaves_nothing_behind():
    async with serving(Clumsy("closed")) as (server, bugs, seen):
        async with dialled(server):
            pass
        await asyncio.sleep(1)

        assert server.live == ()
    assert [type(error) for error in bugs] == [Bug]
    assert [event.code for event in seen if isinstance(event, Closed)] == [1000]


async def test_a_vendor_that_raises_is_a_500():
    async with serving(Clumsy("asked")) as (server, _, _), httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(InvalidStatus) as refused:
            await dialled(server)
        called = await client.post(f"http://127.0.0.1:{server.port}/echo")

    assert (refused.value.response.status_code, called.status_code) == (500, 500)


async def test_an_observer_that_raises_ends_the_connection_that_it_watches():
    def watch(seen: Seen) -> None:
        if type(seen).__name__ == "Received":
            raise Bug

    bugs: list[Exception] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: bugs.append(context["exception"]))
    async with MockServer(Parrot(), observer=watch) as server, dialled(server) as websocket:
        assert await ended(websocket) == 1011
    assert [type(error) for error in bugs] == [Bug]


@pytest.mark.parametrize("bug", ["asked", "closed", *IN_A_SESSION])
async def test_a_run_in_which_a_mock_had_a_bug_says_nothing_about_the_client(bug):
    """`play` raises the own fault of a run, and a run that raises is inconclusive."""
    of_the_client: list[BaseException] = []
    uncaught = Uncaught(of_the_client.append)
    with uncaught.watching():
        async with MockServer(Clumsy(bug)) as server:
            with contextlib.suppress(InvalidStatus):
                async with dialled(server) as websocket:
                    if bug != "closed":
                        await ended(websocket)

    assert of_the_client == []
    assert "our own fault" in str(uncaught.own_fault)
