"""Clients that nobody should have to serve: a server survives them, its other conversations are the same to the last
byte, and nothing of them stays behind."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import json
import re
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from harness.engines import VirtualTime
from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Action, Close, Heard, Request, Send, Session
from mock_servers.base.server import MockServer
from mock_servers.serve import vendor as made
from tests.load.routes import ROUTES

VENDORS = ("openai-realtime", "gemini-live", "deepgram")
SPEAK, LISTEN, FLUX = (
    "/v1/speak",
    "/v1/listen?model=nova-3",
    "/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=16000",
)

SAYINGS = {
    "openai-realtime": (
        '{"type":"session.update","session":{"type":"realtime","instructions":"Be kind.","tools":[{"type":"function","name":"f"}]}}',
        '{"type":"input_audio_buffer.append","audio":"AAAAAAAAAAAAAAAA"}',
        '{"type":"input_audio_buffer.commit"}',
        '{"type":"conversation.item.create","previous_item_id":"root","item":{"id":"a","type":"message","role":"user",'
        '"content":[{"type":"input_text","text":"hello"}]}}',
        '{"type":"conversation.item.truncate","item_id":"a","content_index":0,"audio_end_ms":5}',
        '{"type":"conversation.item.delete","item_id":"a"}',
        '{"type":"conversation.item.retrieve","item_id":"a"}',
        '{"type":"response.create","response":{"conversation":"none","output_modalities":["text"],"metadata":{"k":"v"}}}',
        '{"type":"response.cancel"}',
    ),
    "gemini-live": (
        '{"setup":{"model":"models/gemini-2.5-flash-live","generationConfig":{"responseModalities":["AUDIO"]},'
        '"systemInstruction":{"parts":[{"text":"Be kind."}]},"sessionResumption":{"handle":"h"},'
        '"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}}]}]}}',
        '{"clientContent":{"turns":[{"role":"user","parts":[{"text":"hello"}]}],"turnComplete":true}}',
        '{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"AAAAAAAA"}}}',
        '{"realtimeInput":{"text":"hello"}}',
        '{"realtimeInput":{"audioStreamEnd":true}}',
        '{"toolResponse":{"functionResponses":[{"id":"1","name":"f","response":{"output":1}}]}}',
    ),
    "deepgram": (
        '{"type":"KeepAlive"}',
        '{"type":"Finalize"}',
        '{"type":"Configure","keyterms":["a"],"thresholds":{"eot_threshold":0.7}}',
        '{"type":"Speak","text":"hello there"}',
        '{"type":"Flush"}',
        '{"type":"Clear"}',
        '{"type":"CloseStream"}',
    ),
}
"""What clients say when they are in order; the hostile ones begin with these."""

DEEP = 2_000
BOMBS: dict[str, str] = {
    "nested lists": "[" * 100_000,
    "nested lists that end": "[" * DEEP + "]" * DEEP,
    "nested objects in a known place": '{"type":"session.update","session":' * DEEP + "1" + "}" * DEEP,
    "nested objects in gemini's setup": '{"setup":' * DEEP + "1" + "}" * DEEP,
    "a number of 10,000 digits": '{"type":"conversation.item.truncate","item_id":"a","content_index":%s}'
    % ("9" * 10_000),
    "not a number": '{"type":NaN,"setup":NaN}',
    "infinity": '{"type":"response.create","response":{"max_output_tokens":1e999}}',
    "minus infinity": '{"realtimeInput":{"text":-Infinity}}',
    "one key twice": '{"type":"KeepAlive","type":["Finalize"],"type":"Speak","text":1,"text":"x"}',
    "lone surrogates": '{"type":"\\ud800","setup":{"model":"\\udfff"},"text":"\\ud83d"}',
    "a lone surrogate that is said back": '{"type":"conversation.item.create","item":{"type":"message","role":"user",'
    '"content":[{"type":"input_text","text":"\\ud800"}]}}',
    "a lone surrogate that is spoken": '{"type":"Speak","text":"\\ud800"}',
    "a lone surrogate that is asked": '{"realtimeInput":{"text":"\\ud800"}}',
    "nothing": "",
    "null": "null",
    "NUL": "\0",
}


def routes(vendor: str) -> tuple[str, ...]:
    if vendor == "deepgram":
        return (SPEAK, LISTEN, FLUX)
    if vendor == "openai-realtime":
        return (ROUTES[vendor].path,)
    return ("/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k",)


# ── what hostile clients write ───────────────────────────────────────────────

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from([0, -1, 2**63, 10**400, 1e308, 0.1, float("nan"), float("inf")])
    | st.sampled_from(["", "\ud800", "\0", "a" * 5_000, "AAAA", "=", "realtime", "models/x", "audio/pcm;rate=0"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "id", "text", "x"]), inner, max_size=3)
    ),
    max_leaves=4,
)


@st.composite
def bent(draw: st.DrawFn, sayings: tuple[str, ...]) -> str:
    """A message in order, with something else in one or two of its places, or with its text itself damaged."""
    message = json.loads(draw(st.sampled_from(sayings)))
    for _ in range(draw(st.integers(1, 2))):
        _bend(draw, message)
    text = json.dumps(message)
    match draw(st.integers(0, 5)):
        case 0:
            return text[: draw(st.integers(0, len(text)))]
        case 1:
            place = draw(st.integers(0, len(text)))
            return text[:place] + draw(st.text(max_size=4)) + text[place + 1 :]
    return text


def _bend(draw: st.DrawFn, inside: dict | list) -> None:
    keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
    if not keys:
        return
    key = draw(st.sampled_from(keys))
    deeper = inside[key]
    if isinstance(deeper, dict | list) and deeper and draw(st.booleans()):
        _bend(draw, deeper)
    elif isinstance(inside, dict) and draw(st.integers(0, 4)) == 0:
        del inside[key]
    else:
        inside[key] = draw(VALUES)


def said(vendor: str) -> st.SearchStrategy[str | bytes]:
    return bent(SAYINGS[vendor]) | st.sampled_from(SAYINGS[vendor]) | st.binary(max_size=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A frame with any head; `lies` is added to the length that it tells."""

    opcode: int
    payload: bytes
    is_last: bool = True
    reserved: int = 0
    masked: bool = True
    lies: int = 0

    def bytes(self) -> bytes:
        first = (0x80 if self.is_last else 0) | self.reserved << 4 | self.opcode
        length, mask = max(0, len(self.payload) + self.lies), 0x80 if self.masked else 0
        head = bytes([first, mask | 127]) + length.to_bytes(8)
        if length < 126:
            head = bytes([first, mask | length])
        return head + (bytes(4) if self.masked else b"") + self.payload


def frames(vendor: str) -> st.SearchStrategy[bytes]:
    payloads = said(vendor).map(lambda word: word.encode(errors="surrogatepass") if isinstance(word, str) else word)
    in_order = payloads.map(lambda payload: Frame(Opcode.TEXT, payload).serialize(mask=True))
    in_pieces = payloads.map(
        lambda payload: (
            Frame(Opcode.TEXT, payload[:5], fin=False).serialize(mask=True)
            + Frame(Opcode.PING, b"between").serialize(mask=True)
            + Frame(Opcode.CONT, payload[5:]).serialize(mask=True)
        )
    )
    anything = st.builds(
        Raw,
        opcode=st.integers(0, 15),
        payload=payloads,
        is_last=st.booleans(),
        reserved=st.sampled_from([0, 0, 0, 4, 2, 1]),
        masked=st.sampled_from([True, True, True, False]),
        lies=st.sampled_from([0, 0, 0, 1, -1, 2**40]),
    ).map(Raw.bytes)
    closing = st.binary(max_size=10).map(lambda payload: Frame(Opcode.CLOSE, payload).serialize(mask=True))
    return in_order | in_pieces | anything | closing | st.binary(max_size=60)


UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nAuthorization: Bearer k\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@st.composite
def attacks(draw: st.DrawFn, vendor: str) -> list[bytes]:
    """What one hostile client writes, one piece after the other."""
    head = UPGRADE.format(path=draw(st.sampled_from(routes(vendor)))).encode()
    match draw(st.integers(0, 9)):
        case 0:
            return [draw(st.binary(min_size=1, max_size=300))]
        case 1:
            return [head[: draw(st.integers(1, len(head) - 1))]]
        case 2:
            return [b"GET / HTTP/1.1\r\n", b"x: " + b"y" * 70_000]
        case 3:
            return [draw(st.binary(max_size=20)) + head]
    return [head, *draw(st.lists(frames(vendor), min_size=1, max_size=6))]


# ── a neighbour ──────────────────────────────────────────────────────────────

TALKS = 4
TALK_EVERY_S = 0.7
QUESTION = {
    "openai-realtime": (
        '{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"hello"}]}}',
        '{"type":"response.create"}',
    ),
    "gemini-live": ('{"realtimeInput":{"text":"hello"}}',),
    "deepgram": ('{"type":"Speak","text":"Hello there."}', '{"type":"Flush"}'),
}


async def neighbour(server: MockServer, vendor: str) -> list[str | bytes]:
    """All that a client in order is told in a conversation of some seconds."""
    heard: list[str | bytes] = []
    url = f"ws://127.0.0.1:{server.port}{routes(vendor)[0]}"
    async with connect(url, additional_headers={"authorization": "Bearer k"}) as line:

        async def listen() -> None:
            async for message in line:
                heard.append(message)

        async with asyncio.TaskGroup() as group:
            listening = group.create_task(listen())
            if vendor == "gemini-live":
                await line.send('{"setup":{"model":"models/gemini-2.5-flash-live"}}')
            for _ in range(TALKS):
                for word in QUESTION[vendor]:
                    await line.send(word)
                await asyncio.sleep(TALK_EVERY_S)
            listening.cancel()
    return [_without_the_voice(message) for message in heard if not _is_of_the_account(message)]


def _without_the_voice(message: str | bytes) -> str | bytes:
    """The agent's voice is one over all connections, so that no position in it comes twice: who makes it speak moves it for
    all. How much of it comes is compared, and where it is cut."""
    if isinstance(message, bytes) and not message.startswith(b"{"):
        return f"{len(message)} bytes of audio"
    text = message if isinstance(message, str) else message.decode()
    return re.sub(r'(?<=": "|.":")[A-Za-z0-9+/=]{40,}(?=")', lambda audio: f"{len(audio[0])} characters of audio", text)


def _is_of_the_account(message: str | bytes) -> bool:
    """OpenAI's limits are those of an organisation: a hostile client of the same account uses them up for all."""
    return isinstance(message, str) and '"type":"rate_limits.updated"' in message


async def attack(server: MockServer, pieces: list[bytes]) -> None:
    """Write it, listen for a moment, and hang up."""
    with contextlib.suppress(ConnectionError, TimeoutError):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.05)
            async with asyncio.timeout(0.5):
                while await reader.read(65_536):
                    pass
        finally:
            writer.close()


@functools.cache
def undisturbed(vendor: str) -> tuple[str | bytes, ...]:
    return tuple(VirtualTime().run(lambda: beside(vendor, [])))


async def beside(vendor: str, hostile: list[list[bytes]]) -> list[str | bytes]:
    """What the neighbour hears while these attacks go on; nothing may be left behind or end up with the loop."""
    bugs: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: bugs.append(context))
    async with MockServer(made(vendor, Conversation(seed=0))) as server, asyncio.TaskGroup() as group:
        talking = group.create_task(neighbour(server, vendor))
        await asyncio.sleep(0.3)
        for pieces in hostile:
            group.create_task(attack(server, pieces))
        heard = await talking
        await asyncio.sleep(1)
        assert server.live == ()
    assert bugs == []
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return heard


@pytest.mark.parametrize("vendor", VENDORS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_hostile_clients_do_not_change_a_byte_of_a_neighbours_conversation(vendor, data):
    hostile = data.draw(st.lists(attacks(vendor), min_size=1, max_size=8))

    heard = VirtualTime().run(lambda: beside(vendor, hostile))

    assert heard == list(undisturbed(vendor))


# ── without a network ────────────────────────────────────────────────────────


def session(vendor: str, path: str) -> Session:
    path, _, query = path.partition("?")
    opened = made(vendor, Conversation(seed=0)).asked(
        Request(
            method="GET",
            path=path,
            query=tuple(tuple(pair.split("=")) for pair in query.split("&") if pair),  # type: ignore[misc]
            headers=(("authorization", "Bearer k"), ("upgrade", "websocket")),
            is_upgrade=True,
        ),
        0.0,
    )
    assert not hasattr(opened, "status"), opened
    return opened  # type: ignore[return-value]


def carried_out(actions: list[Action]) -> bool:
    """Whether these can all be carried out and written; and whether the session goes on."""
    for action in actions:
        if isinstance(action, Send):
            assert isinstance(action.payload, bytes) or action.payload.encode()
        elif isinstance(action, Heard):
            assert isinstance(action.name, str)
        elif isinstance(action, Close):
            assert action.code is None or 1000 <= action.code <= 4999
    return not any(isinstance(action, Close) for action in actions)


@pytest.mark.parametrize("vendor", VENDORS)
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_session_answers_or_closes_whatever_it_is_told(vendor, data):
    path = data.draw(st.sampled_from(routes(vendor)))
    words = data.draw(st.lists(said(vendor), min_size=1, max_size=8))
    talk, now_s = session(vendor, path), 0.0
    goes_on = carried_out(talk.opened(now_s))

    if vendor == "gemini-live" and data.draw(st.booleans()):
        goes_on = carried_out(talk.received('{"setup":{"model":"models/gemini-2.5-flash-live"}}', now_s))
    for word in words:
        now_s += 0.4
        if goes_on:
            goes_on = carried_out(talk.passed(now_s))
        if goes_on:
            goes_on = carried_out(talk.received(word, now_s))
    for _ in range(20):
        if goes_on and (wake_at_s := talk.wake_at_s()) is not None:
            now_s = max(now_s, wake_at_s)
            goes_on = carried_out(talk.passed(now_s))
    talk.closed(now_s)


# ── bombs ────────────────────────────────────────────────────────────────────


async def ends_well(vendor: str, path: str, word: str) -> tuple[str, object]:
    """How a client fares that says this: `told` with the last it heard in two seconds, or `closed` with the code."""
    bugs: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: bugs.append(context))
    url = f"ws://127.0.0.1:%d{path}"
    async with MockServer(made(vendor, Conversation(seed=0))) as server:
        line = await connect(url % server.port, additional_headers={"authorization": "Bearer k"}, max_size=None)
        if vendor == "gemini-live" and "setup" not in word:
            await line.send('{"setup":{"model":"models/gemini-2.5-flash-live"}}')
        await line.send(word)
        last: object = None
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            async with asyncio.timeout(2):
                while True:
                    last = await line.recv()
        code = line.close_code
        await line.close()
    assert bugs == []
    return ("told", last) if code in (None, 1000) else ("closed", code)


CODES = (1002, 1003, 1005, 1007, 1008, 1009, 1011)
"""1005 is Deepgram's Flux, which says its error in a message and closes without a code."""


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_bomb_is_answered_or_closed_in_the_vendors_words(vendor, bomb):
    for path in routes(vendor):
        how, what = await ends_well(vendor, path, BOMBS[bomb])

        assert how == "told" or what in CODES
        if vendor == "openai-realtime":
            assert how == "told"


@pytest.mark.parametrize("vendor", VENDORS)
async def test_15_mebibytes_of_text_in_one_string_are_survived(vendor):
    how, what = await ends_well(vendor, routes(vendor)[0], json.dumps({"type": "a" * (15 * 1024 * 1024)}))

    assert how == "told" or what in CODES


# ── what stays behind ────────────────────────────────────────────────────────


async def rude_visits(server: MockServer, vendor: str, count: int) -> None:
    head = UPGRADE.format(path=routes(vendor)[0]).encode()
    half = Frame(Opcode.TEXT, b"x" * 5_000, fin=False).serialize(mask=True)
    visits: list[Callable[[], list[bytes]]] = [lambda: [head, half], lambda: [head[:60]], lambda: [head, b"\xff" * 40]]
    for number in range(count):
        await attack(server, visits[number % len(visits)]())
    await asyncio.sleep(30)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_rude_clients_leave_no_memory_behind(vendor):
    async with MockServer(made(vendor, Conversation(seed=0))) as server:
        await rude_visits(server, vendor, 30)
        server.ledger.start_anew()
        gc.collect()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            await rude_visits(server, vendor, 60)
            server.ledger.start_anew()
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    # The half of a message that each third of them leaves is 5 kB.
    assert after - before < 60 * 1_000
