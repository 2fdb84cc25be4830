import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect

from mock_servers.base.control import ControlPanel
from mock_servers.base.protocol import Answer, Request
from mock_servers.base.server import MockServer
from mock_servers.base.trouble import CloseConnection, RefuseUpgrade
from mock_servers.base.written_trouble import KINDS, read_trouble, write_trouble
from tests.support.parrot import Parrot


def ask(mock: MockServer, method: str, path: str, body: object = None) -> tuple[int, dict]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = ControlPanel(mock).asked(Request(method=method, path=path, body=raw), 0.0)
    assert isinstance(answer, Answer)
    return answer.status, json.loads(answer.body[0].data)


async def test_a_trouble_is_ordered_over_http():
    async with (
        MockServer(Parrot()) as mock,
        MockServer(ControlPanel(mock)) as control,
        connect(f"ws://127.0.0.1:{mock.port}/live") as websocket,
    ):
        await websocket.recv()
        status, answer = await post(control, {"do": {"close_connection": {"code": 1011}}, "on": "live"})
        await websocket.wait_closed()

        assert (status, answer["hits"], websocket.close_code) == (201, 1, 1011)


async def test_a_trouble_is_lifted_by_its_number():
    async with MockServer(Parrot()) as mock:
        _, ordered = ask(mock, "POST", "/trouble", {"do": {"refuse_upgrade": {"status": 503}}})
        status, _ = ask(mock, "DELETE", f"/trouble/{ordered['id']}")

        assert (status, mock.troubles) == (200, ())


async def test_troubles_are_listed():
    async with MockServer(Parrot()) as mock:
        ask(mock, "POST", "/trouble", {"do": "mute_pings", "on": "next", "times": 2})

        assert ask(mock, "GET", "/trouble")[1]["troubles"] == [
            {"id": 1, "do": {"mute_pings": {}}, "on": "next", "times": 2, "hits": 0, "in_force": True}
        ]


async def test_connections_are_listed():
    async with MockServer(Parrot()) as mock, connect(f"ws://127.0.0.1:{mock.port}/live") as websocket:
        await websocket.recv()

        assert ask(mock, "GET", "/connections") == (200, {"connections": [{"connection": 1}]})


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "the body is no JSON"),
        ([], 422, 'an order is an object with "do"'),
        ({"do": "mute_ping"}, 422, "did you mean 'mute_pings'?"),
        (
            {"do": {"refuse_upgrade": {"statsu": 1}}},
            422,
            "refuse_upgrade has no field 'statsu'; did you mean 'status'?",
        ),
        ({"do": {"refuse_upgrade": {"status": "x"}}}, 422, "refuse_upgrade.status"),
        ({"do": {"refuse_upgrade": {"status": 101}}}, 422, "between 200 and 599"),
        ({"do": {"withhold": {"name": "ecko"}}}, 422, "did you mean 'echo'?"),
        ({"do": "mute_pings", "on": "later"}, 422, "'on' is one of live, next, all"),
        ({"do": "mute_pings", "times": 0}, 422, "times must be at least 1"),
        ({"do": "mute_pings", "times": "two"}, 422, "'times' is a whole number"),
        ({"do": "mute_pings", "when": "now"}, 422, "an order has no field 'when'"),
    ],
)
async def test_a_wrong_order_is_answered_with_what_would_be_right(body, status, message):
    async with MockServer(Parrot()) as mock:
        answered, answer = ask(mock, "POST", "/trouble", body)

    assert answered == status
    assert message in answer["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/", 404), ("PUT", "/trouble", 405), ("DELETE", "/trouble/7", 404)]
)
async def test_a_wrong_address_is_an_error_in_json(method, path, status):
    async with MockServer(Parrot()) as mock:
        assert ask(mock, method, path)[0] == status


@settings(max_examples=100, deadline=None)
@given(
    order=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(sorted(KINDS)),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["do", "on", "times", "code", "name", *sorted(KINDS)]), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
async def test_hostile_orders_get_an_answer(order):
    async with MockServer(Parrot()) as mock:
        assert ask(mock, "POST", "/trouble", order)[0] in (201, 422)


@pytest.mark.parametrize(
    "trouble", [RefuseUpgrade(status=429, retry_after_s=3.0, body={"a": [1]}), CloseConnection(code=None)]
)
def test_a_written_trouble_reads_back_equal(trouble):
    assert read_trouble(json.loads(json.dumps(write_trouble(trouble)))) == trouble


async def post(control: MockServer, body: object) -> tuple[int, dict]:
    reader, writer = await asyncio.open_connection("127.0.0.1", control.port)
    raw = json.dumps(body).encode()
    writer.write(
        b"POST /trouble HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(raw), raw)
    )
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return int(answer.split(b" ")[1]), json.loads(answer.split(b"\r\n\r\n", 1)[1])
