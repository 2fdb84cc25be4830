"""The ledger: what each connection received and sent, by what the server saw, within its bounds."""

from __future__ import annotations

import asyncio
import json

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from mock_servers.base import ledger as ledgers
from mock_servers.base.control import ControlPanel
from mock_servers.base.ledger import Ending, Ledger
from mock_servers.base.observer import Closed, Opened, Received, Refused, Sent
from mock_servers.base.protocol import Action, Answer, Cursors, Heard, Request, Session
from mock_servers.base.server import MockServer
from mock_servers.base.trouble import RefuseUpgrade
from tests.support.parrot import Parrot, ParrotSession


class Listener(ParrotSession):
    """Takes bytes for 16-bit mono at 8 kHz, has worked through what came a second ago, and finalises when it is told."""

    def __init__(self, subprotocol: str | None) -> None:
        super().__init__(subprotocol)
        self.received_s = 0.0
        self.finalised_s = 0.0
        self.came_s: list[tuple[float, float]] = []

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        if isinstance(payload, str):
            self.finalised_s = self.received_s
            return super().received(payload, now_s)
        self.received_s += len(payload) / 16_000
        self.came_s.append((now_s, self.received_s))
        return [Heard(name="say", body={}, audio=payload, audio_s=len(payload) / 16_000)]

    def cursors(self, now_s: float) -> Cursors:
        processed_s = max((until_s for came_s, until_s in self.came_s if came_s <= now_s - 1), default=0.0)
        return Cursors(received_s=self.received_s, processed_s=processed_s, finalised_s=self.finalised_s)


class ListeningParrot(Parrot):
    def asked(self, request: Request, now_s: float) -> Session | Answer:
        session = super().asked(request, now_s)
        return session if isinstance(session, Answer) else Listener(session.subprotocol)


def dialled(server: MockServer, query: str = "", **options: object) -> connect:
    return connect(f"ws://127.0.0.1:{server.port}/live{query}", **options)


async def settled(websocket: ClientConnection) -> None:
    """Everything that was sent has arrived."""
    await (await websocket.ping())


def ledger(*, now_s: float = 0.0, cursors: Cursors | None = None) -> Ledger:
    return Ledger(now_s=lambda: now_s, cursors=lambda connection: cursors)


def received(connection: int = 1, *, size_bytes: int = 10, **fields: object) -> Received:
    return Received(connection=connection, name="say", body={}, size_bytes=size_bytes, **fields)  # type: ignore[arg-type]


# ── what is written down ─────────────────────────────────────────────────────


async def test_every_message_stands_in_it_with_its_moment_and_its_size() -> None:
    async with MockServer(Parrot()) as server, dialled(server) as websocket:
        await websocket.recv()
        await asyncio.sleep(2)
        await websocket.send(said := json.dumps({"type": "say", "text": "hallo, Jürgen"}, ensure_ascii=False))
        answer = await websocket.recv()
        hello, say, echo = server.ledger[1].messages

    assert (hello.by, hello.name, hello.body) == ("server", "hello", {"type": "hello"})
    assert (say.by, say.name, say.size_bytes) == ("client", "say", len(said.encode()))
    assert (echo.by, echo.body, echo.size_bytes) == ("server", json.loads(answer), len(answer.encode()))
    assert say.at_s == echo.at_s == pytest.approx(2.0, abs=0.01)


async def test_the_handshake_stands_in_it_without_keys() -> None:
    headers = {"Authorization": "Token 0123456789abcdef", "X-Who": "sk-0123456789"}
    async with (
        MockServer(Parrot()) as server,
        dialled(
            server,
            "?model=grey&key=AIzaSecret0123&token=abc",
            additional_headers=headers,
            subprotocols=["realtime", "openai-insecure-api-key.sk-123456789", "fedcba9876543210"],
        ),
    ):
        account = server.ledger[1]

    kept = dict(account.headers)
    assert (account.path, account.query) == ("/live", (("model", "grey"),))
    assert (kept["authorization"], kept["x-who"]) == ("[redacted]", "[redacted]")
    assert kept["sec-websocket-protocol"] == "realtime, [redacted], [redacted]"


async def test_keys_in_messages_are_masked() -> None:
    async with MockServer(Parrot()) as server, dialled(server) as websocket:
        await websocket.recv()
        await websocket.send('{"type": "say", "text": "sk-0123456789abc", "tools": [{"authorization": "open sesame"}]}')
        await websocket.recv()
        say, echo = server.ledger[1].messages[1:]

    assert say.body == {"type": "say", "text": "[redacted]", "tools": [{"authorization": "[redacted]"}]}
    assert echo.body == {"type": "echo", "text": "[redacted]"}


async def test_who_ended_the_connection_stands_in_it() -> None:
    async with MockServer(Parrot()) as server:
        async with dialled(server) as websocket:
            await websocket.send('{"type": "bye", "code": 1011, "reason": "enough"}')
            await websocket.wait_closed()

        assert server.ledger[1].ending == Ending(
            at_s=pytest.approx(0.0, abs=0.1), code=1011, reason="enough", by="server", reset=False
        )


async def test_a_refused_upgrade_has_an_account_of_its_own() -> None:
    async with MockServer(Parrot()) as server:
        server.trouble(RefuseUpgrade(status=503), on="next", times=1)
        with pytest.raises(InvalidStatus):
            await dialled(server, "?tag=second")

        assert (server.ledger[1].refused, server.ledger[1].query) == (503, (("tag", "second"),))


async def test_a_call_beside_the_connections_stands_in_it() -> None:
    async with MockServer(Parrot()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        await reader.read()
        writer.close()

        assert [(entry.name, entry.size_bytes) for entry in server.ledger[1].messages] == [("ask", 5), ("answer", 5)]


async def test_it_can_be_read_after_the_server_is_gone() -> None:
    async with MockServer(ListeningParrot()) as server, dialled(server) as websocket:
        await websocket.send(bytes(16_000))
        await settled(websocket)

    assert server.ledger.cursors(1).received_s == 1.0


# ── how far the audio came ───────────────────────────────────────────────────


async def test_the_three_cursors_are_those_of_the_session() -> None:
    async with MockServer(ListeningParrot()) as server, dialled(server) as websocket:
        await websocket.send(bytes(16_000))
        await websocket.send("finalise")
        await asyncio.sleep(0.5)
        await websocket.send(bytes(8_000))
        await asyncio.sleep(0.75)

        assert server.ledger.cursors(1) == Cursors(received_s=1.5, processed_s=1.0, finalised_s=1.0)


async def test_the_cursors_stand_where_they_were_when_the_connection_ended() -> None:
    async with MockServer(ListeningParrot()) as server:
        async with dialled(server) as websocket:
            await websocket.send(bytes(16_000))
            await settled(websocket)
        await asyncio.sleep(60)

        assert server.ledger.cursors(1) == Cursors(received_s=1.0, processed_s=0.0, finalised_s=0.0)


def test_without_a_word_from_the_session_what_is_received_is_finalised() -> None:
    book = ledger()
    book.take(received(audio=bytes(48_000)))

    assert book.cursors(1) == Cursors(received_s=1.0, processed_s=1.0, finalised_s=1.0)


def test_a_message_says_how_long_its_audio_lasts() -> None:
    book = ledger()
    book.take(received(audio=bytes(8_000), audio_s=1.0))
    book.take(Sent(connection=1, name="audio", body={}, audio=bytes(24_000)))

    assert (book[1].audio_s, book[1].messages[0].audio_s) == ({"client": 1.0, "server": 0.5}, 1.0)


# ── bounds ───────────────────────────────────────────────────────────────────


def test_the_oldest_messages_are_left_out_and_counted() -> None:
    book = ledger()
    book.take(received(connection=1))
    book.take(received(connection=2))
    for _ in range(ledgers.ENTRIES_MAX):
        book.take(received(connection=2))

    assert (book[1].left_out, len(book[1].messages)) == (1, 0)
    assert (book[2].left_out, len(book[2].messages)) == (1, ledgers.ENTRIES_MAX)
    assert book[2].counted == {"client.say": ledgers.ENTRIES_MAX + 1}


def test_long_messages_push_out_more_than_short_ones() -> None:
    book = ledger()
    for _ in range(2 * ledgers.ENTRIES_BYTES_MAX // ledgers.ENTRY_BYTES_MAX):
        book.take(received(size_bytes=ledgers.ENTRY_BYTES_MAX))

    assert len(book[1].messages) == ledgers.ENTRIES_BYTES_MAX // ledgers.ENTRY_BYTES_MAX


def test_the_body_of_a_very_long_message_is_not_kept() -> None:
    book = ledger()
    book.take(received(size_bytes=ledgers.ENTRY_BYTES_MAX + 1))
    book.take(received(size_bytes=200_000, audio=bytes(150_000)))

    assert [entry.body for entry in book[1].messages] == [None, {}]


def test_the_oldest_connections_that_are_over_are_forgotten() -> None:
    book = ledger()
    book.take(Opened(connection=1, path="/"))
    for number in range(2, ledgers.ACCOUNTS_MAX + 4):
        book.take(Refused(connection=number, status=503))

    assert [account.connection for account in book][:2] == [1, 5]
    assert (len(book), book.forgotten) == (ledgers.ACCOUNTS_MAX, 3)


def test_what_is_over_makes_room_for_what_stands() -> None:
    book = ledger()
    book.take(Opened(connection=1, path="/"))
    book.take(Closed(connection=1, code=1000))
    for number in range(2, ledgers.ACCOUNTS_MAX + 2):
        book.take(Opened(connection=number, path="/"))

    assert book.forgotten == 1
    with pytest.raises(KeyError):
        book.cursors(1)


def test_a_ledger_that_starts_anew_takes_standing_connections_up_again() -> None:
    book = ledger()
    book.take(Opened(connection=1, path="/live"))
    book.take(received(connection=1))
    book.start_anew()
    assert len(book) == 0

    book.take(received(connection=1))

    assert [entry.name for entry in book[1].messages] == ["say"]


# ── over the control port ────────────────────────────────────────────────────


def asked(server: MockServer, method: str, path: str, **query: str) -> tuple[int, dict]:
    answer = ControlPanel(server).asked(Request(method=method, path=path, query=tuple(query.items())), 0.0)
    assert isinstance(answer, Answer)
    return answer.status, json.loads(answer.body[0].data)


async def test_the_control_port_tells_of_every_connection() -> None:
    async with MockServer(ListeningParrot()) as server, dialled(server) as websocket:
        await websocket.recv()
        await websocket.send(bytes(16_000))
        await settled(websocket)
        status, told = asked(server, "GET", "/ledger")

    (account,) = told["connections"]
    assert (status, told["forgotten"]) == (200, 0)
    assert (account["connection"], account["path"], account["ending"]) == (1, "/live", None)
    assert account["caller"] == {"received_s": 1.0, "processed_s": 0.0, "finalised_s": 0.0}
    assert account["counted"] == {"server.hello": 1, "client.say": 1}


async def test_the_control_port_tells_one_connection_with_its_messages() -> None:
    async with MockServer(Parrot()) as server, dialled(server) as websocket:
        await websocket.recv()
        _, told = asked(server, "GET", "/ledger/1")

    assert [(entry["by"], entry["name"], entry["body"]) for entry in told["messages"]] == [
        ("server", "hello", {"type": "hello"})
    ]
    assert told["left_out"] == 0


@pytest.mark.parametrize("number", ["2", "one", "01"])
async def test_a_connection_that_is_not_in_it_is_not_found(number: str) -> None:
    async with MockServer(Parrot()) as server, dialled(server):
        assert asked(server, "GET", f"/ledger/{number}")[0] == 404


async def test_connections_are_found_by_what_links_them() -> None:
    async with (
        MockServer(Parrot()) as server,
        dialled(server, "?tag=blue"),
        dialled(server, additional_headers={"x-deepgram-session-id": "blue"}),
        dialled(server, "?session_id=green"),
    ):
        _, told = asked(server, "GET", "/ledger", session="blue")

    assert [account["connection"] for account in told["connections"]] == [1, 2]


async def test_the_ledger_is_started_anew_over_the_control_port() -> None:
    async with MockServer(Parrot()) as server, dialled(server):
        assert asked(server, "DELETE", "/ledger") == (200, {"connections": [], "forgotten": 0})


async def test_what_cannot_be_done_with_the_ledger_is_refused() -> None:
    async with MockServer(Parrot()) as server:
        assert asked(server, "POST", "/ledger")[0] == 405
