"""The HTTP face, request by request: the same answers as the real Toxiproxy, and written down for where there is none."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.faults.embedded import EmbeddedServer
from harness.faults.http_api import serve_http
from harness.faults.proxy import Address

# Headers whose values differ from run to run, or say nothing about the API.
_LEFT_OUT = ("date", "connection")


@dataclass(frozen=True)
class Ask:
    """`differs`: why ours answers something else, on purpose."""

    line: str
    body: bytes | None = None
    headers: str = ""
    differs: str = ""

    def bytes(self) -> bytes:
        method, _, target = self.line.partition(" ")
        length = "" if self.body is None else f"Content-Length: {len(self.body)}\r\n"
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{self.headers}{length}\r\n"
        return head.encode() + (self.body or b"")


def asks(line: str, *bodies: str | bytes, differs: str = "") -> list[Ask]:
    return [Ask(line, body.encode() if isinstance(body, str) else body, differs=differs) for body in bodies]


MOZILLA = "User-Agent: Mozilla/5.0\r\n"
NOT_ATOMIC = "an update with an error changes nothing; Toxiproxy may have changed half of it"
NO_CRASH = "values that crash Toxiproxy are refused"
LOOPBACK = "only loopback is listened on"

STORY: list[Ask] = [
    # routing
    Ask("GET /version"),
    Ask("GET /version?x=1"),
    Ask("GET /proxies"),
    Ask("PUT /proxies"),
    Ask("OPTIONS /proxies"),
    Ask("DELETE /reset"),
    Ask("HEAD /version"),
    Ask("GET /proxies/"),
    Ask("GET //proxies"),
    Ask("POST //proxies", b"{}"),
    Ask("GET /./proxies"),
    Ask("GET /x/../proxies"),
    Ask("GET /nope"),
    Ask("GET /"),
    Ask("GET /metrics"),
    Ask("GET /proxies/a%2Fb"),
    Ask("GET /proxies/%zz"),
    Ask("GET http://x/version"),
    Ask("GET /version", headers=MOZILLA),
    Ask("GET /version", headers="User-Agent: mozilla/5.0\r\n"),
    Ask("GET /nope", headers=MOZILLA),
    Ask("PUT /proxies", headers=MOZILLA),
    # making proxies
    *asks("POST /proxies", "", " ", "{", "[", "hello", "[]", "null", '"x"', "5", "true", '{"name":5}', '{"name":"a"}'),
    *asks("POST /proxies", '{"upstream":"u"}', '{"name":"","upstream":"u"}', '{"name":"g","upstream":null}'),
    *asks("POST /proxies", '{"name":"g","upstream":"u","enabled":"yes"}', '{"name":"g","upstream":["u"]}'),
    *asks("POST /proxies", '{"name":"x" "y"}', '{"name":tru}', '{"name":"x",}', "{'a':1}", '{"name" 1}', "{1:2}"),
    *asks(
        "POST /proxies", '{"a":[1 2]}', '{"a":[1,]}', '{"a":-}', '{"a":1.}', '{"a":1e}', '{"a":"\\q"}', '{"a":"\\u12x"}'
    ),
    *asks("POST /proxies", '{"a":"\n"}', '{"a":"b', '{"a":nul', '{"a":01}', '{"a":"é', "\x00", "{\t\r\n"),
    *asks(
        "POST /proxies", '{"name":"d","upstream":"127.0.0.1:1","listen":"127.0.0.1:0"}', '{"name":"d","upstream":"x"}'
    ),
    *asks("POST /proxies", '{"NAME":"e","Upstream":"127.0.0.1:1","LISTEN":"127.0.0.1:0","enabled":false} junk'),
    *asks("POST /proxies", '{"name":"loc","upstream":"u","listen":"localhost:0"}'),
    *asks(
        "POST /proxies", '{"name":"f","upstream":"u","listen":"abc"}', '{"name":"f","upstream":"u","listen":"99999"}'
    ),
    *asks("POST /proxies", '{"name":"f","upstream":"u","listen":"127.0.0.1:99999"}'),
    *asks("POST /proxies", '{"name":"f","upstream":"u","listen":"127.0.0.1:x"}'),
    *asks(
        "POST /proxies", '{"name":"f","upstream":"u","listen":"1:2:3"}', '{"name":"f","upstream":"u","listen":"[::1]"}'
    ),
    *asks("POST /proxies", '{"name":"f","upstream":"u","listen":"127.0.0.1:@API@"}'),
    *asks("POST /proxies", '{"name":"f","upstream":"u","listen":"1.2.3.4:0"}', differs=LOOPBACK),
    *asks("POST /proxies", '{"name":"all","upstream":"u"}', differs=LOOPBACK),
    Ask("DELETE /proxies/all"),
    *asks("POST /proxies", '{"name":"<&>","upstream":"u","enabled":false,"listen":"127.0.0.1:0"}'),
    *asks("POST /proxies", '{"name":"h","upstream":"u","listen":"127.0.0.1:0","enabled":null}'),
    *asks("POST /proxies", '{"name":"x","upstream":"u","toxics":5,"enabled":false}'),
    *asks("POST /proxies", '{"name":"unié\\u00e9\\u2028\\ud83d\\ude00\\ud800","upstream":"u","enabled":false}'),
    *asks("POST /proxies", b'{"name":"bad\xff","upstream":"u","enabled":false}'),
    *asks("POST /proxies", '{"name":"tw","name":"twice","upstream":"u","enabled":false}'),
    Ask("GET /proxies"),
    Ask("GET /proxies/d"),
    Ask("GET /proxies/%3C%26%3E"),
    Ask("GET /proxies/nope"),
    Ask("DELETE /proxies/nope"),
    Ask("DELETE /proxies/twice"),
    # making toxics
    *asks("POST /proxies/nope/toxics", "{"),
    *asks("POST /proxies/d/toxics", "", "{", "null", "[]", "{}", '{"type":"latency"}', '{"type":"latency"}'),
    *asks("POST /proxies/d/toxics", '{"type":"Latency"}', '{"type":"x","stream":"y"}', '{"stream":"y"}', '{"type":5}'),
    *asks("POST /proxies/d/toxics", '{"type":"latency","stream":"UPSTREAM"}', '{"type":"latency","name":5}'),
    *asks("POST /proxies/d/toxics", '{"type":"latency","name":"a","attributes":{"latency":5.0}}'),
    *asks("POST /proxies/d/toxics", '{"type":"latency","name":"b","attributes":{"latency":1e2}}'),
    *asks("POST /proxies/d/toxics", '{"type":"latency","name":"c","attributes":{"latency":"5"}}'),
    *asks("POST /proxies/d/toxics", '{"type":"latency","name":"d","attributes":[]}'),
    *asks("POST /proxies/d/toxics", '{"type":"latency","name":"e","attributes":"s"}'),
    *asks("POST /proxies/d/toxics", '{"type":"latency","name":"f","attributes":null,"toxicity":0.333333333}'),
    *asks("POST /proxies/d/toxics", '{"type":"latency","name":"g","attributes":{"latency":99999999999999999999}}'),
    *asks("POST /proxies/d/toxics", '{"type":"latency","name":"h","attributes":{"LATENCY":7,"foo":1},"toxicity":-1}'),
    *asks("POST /proxies/d/toxics", '{"type":"latency","name":"i","toxicity":"x"}'),
    *asks("POST /proxies/d/toxics", '{"type":"latency","name":"j","toxicity":1e300}'),
    *asks("POST /proxies/d/toxics", '{"type":"latency","name":"k","toxicity":null,"stream":null}'),
    *asks("POST /proxies/d/toxics", '{"type":"noop","name":"l","toxicity":1e-7}'),
    *asks("POST /proxies/d/toxics", '{"type":"limit_data","name":"m","attributes":{"bytes":true}}'),
    *asks("POST /proxies/d/toxics", '{"type":"bandwidth","name":"n","attributes":{"rate":{}}}'),
    *asks("POST /proxies/d/toxics", '{"type":"bandwidth","name":"n2","attributes":{"rate":64}}'),
    *asks("POST /proxies/d/toxics", '{"type":"timeout","name":"o","attributes":{"timeout":null}}'),
    *asks("POST /proxies/d/toxics", '{"type":"slow_close","name":"p","toxicity":1e30,"attributes":{"delay":-5}}'),
    *asks("POST /proxies/d/toxics", '{"type":"reset_peer","name":"q","toxicity":0.1}'),
    *asks("POST /proxies/d/toxics", '{"type":"limit_data","name":"r","attributes":{"bytes":9223372036854775807}}'),
    *asks("POST /proxies/d/toxics", '{"type":"slicer","name":"s","attributes":{"average_size":9,"delay":1}}'),
    *asks("POST /proxies/d/toxics", '{"type":"slow_close","name":"t","toxicity":123456789.5}'),
    Ask("GET /proxies/d/toxics"),
    Ask("GET /proxies/d"),
    Ask("GET /proxies/d/toxics/nope"),
    Ask("GET /proxies/nope/toxics"),
    Ask("GET /proxies/d/toxics/"),
    # changing toxics
    *asks("PATCH /proxies/d/toxics/nope", "{"),
    *asks("PATCH /proxies/nope/toxics/nope", "{"),
    *asks("PATCH /proxies/d/toxics/latency_downstream", "", "{", "null", "{}", '{"attributes":{"latency":9}}'),
    *asks("PATCH /proxies/d/toxics/latency_downstream", '{"attributes":{"latency":"x"}}', '{"toxicity":0.5}'),
    *asks("PATCH /proxies/d/toxics/latency_downstream", '{"toxicity":"x"}', '{"attributes":[]}', '{"attributes":null}'),
    *asks("PATCH /proxies/d/toxics/latency_downstream", '{"name":"new","type":"noop","stream":"upstream"}', "[]"),
    *asks("POST /proxies/d/toxics/latency_downstream", '{"toxicity":1}'),
    Ask("GET /proxies/d/toxics/latency_downstream"),
    Ask("DELETE /proxies/d/toxics/latency_downstream"),
    Ask("DELETE /proxies/d/toxics/latency_downstream"),
    # changing proxies
    *asks("PATCH /proxies/nope", "{"),
    *asks("PATCH /proxies/h", "", "{", "null", "{}", "[]", '{"enabled":1}', '{"listen":5}', '{"name":"zzz"}'),
    *asks("PATCH /proxies/h", '{"enabled":false}', '{"upstream":"other:1"}', '{"upstream":""}', '{"listen":"abc"}'),
    *asks("PATCH /proxies/h", '{"listen":"127.0.0.1:@API@"}', '{"enabled":true}'),
    *asks("POST /reset", ""),
    *asks("PATCH /proxies/h", '{"listen":"127.0.0.1:0"}', '{"enabled":true}', '{"enabled":true}'),
    *asks("POST /proxies/h", '{"enabled":false}'),
    Ask("GET /proxies/h"),
    # populate
    *asks("POST /populate", "", "{", "null", "[]", "{}", '"x"', "[5]", "[null]", '[{"name":"p1"}]'),
    *asks("POST /populate", '[{"name":"p1","upstream":"u","listen":"127.0.0.1:0"},{"name":""}]'),
    *asks(
        "POST /populate",
        '[{"name":"p1","upstream":"u","listen":"127.0.0.1:0"},{"name":"p2","upstream":"u","listen":"127.0.0.1:@API@"},'
        '{"name":"p3","upstream":"u","listen":"127.0.0.1:0"}]',
    ),
    *asks("POST /populate", '[{"name":"p5","upstream":"u","listen":"127.0.0.1:0","enabled":false,"toxics":[{}]}]'),
    *asks("POST /populate", '[{"name":"p6","upstream":"u","listen":"abc"}]'),
    Ask("GET /proxies/p3"),
    # the end
    Ask("POST /reset", b"junk"),
    Ask("GET /proxies/d/toxics"),
    Ask("DELETE /proxies/d"),
    Ask("GET /proxies/d"),
]


async def exchange(address: Address, data: bytes) -> bytes:
    """What the server says to `data`, until it hangs up."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(data)
        async with asyncio.timeout(20):
            return await reader.read(-1)
    finally:
        writer.close()


def normal(answer: bytes, api_port: int) -> str:
    """The answer without what differs from run to run: dates, ports, ids, and which version it is."""
    head, _, body = answer.decode("utf-8").partition("\r\n\r\n")
    status, *headers = head.split("\r\n")
    kept = []
    for header in sorted(headers):
        name, _, value = header.partition(": ")
        if name.lower() == "x-toxiproxy-request-id":
            kept.append(f"{name}: …" if len(value) == 20 else header)
        elif name.lower() == "content-length":
            assert int(value) == len(answer.partition(b"\r\n\r\n")[2])
        elif name.lower() not in _LEFT_OUT:
            kept.append(header)
    body = body.replace(f":{api_port}", ":API")
    body = re.sub(r'"127\.0\.0\.1:[1-9]\d*"', '"127.0.0.1:PORT"', body)
    body = re.sub(r'\{"version": "[^"]+"\}', '{"version": "…"}', body)
    return "\n".join([status, *kept, "", body])


async def told(address: Address) -> list[str]:
    answers = []
    for ask in STORY:
        data = ask.bytes()
        if b"@API@" in data:
            body = (ask.body or b"").replace(b"@API@", str(address[1]).encode())
            data = Ask(ask.line, body, ask.headers).bytes()
        answers.append(normal(await exchange(address, data), address[1]))
    return answers


async def told_by_ours() -> list[str]:
    server = EmbeddedServer()
    face = await serve_http(server, port=0)
    try:
        return await told(face.address)
    finally:
        await face.aclose()
        await server.aclose()


async def test_every_answer_is_as_written_down(golden: Callable[[str, str], None]) -> None:
    answers = await told_by_ours()

    lines = [f"### {ask.line} {ask.body!r}\n{text}\n" for ask, text in zip(STORY, answers, strict=True)]
    golden("faults/http_face.txt", "\n".join(lines))


@pytest.mark.toxiproxy
@pytest.mark.real_time  # the real server knows no other
async def test_every_answer_is_that_of_toxiproxy(toxiproxy_address: Address) -> None:
    ours = await told_by_ours()
    theirs = await told(toxiproxy_address)
    for leftover in ("e", "h", "loc", "x", "%3C%26%3E", "p1", "p5"):
        await exchange(toxiproxy_address, Ask(f"DELETE /proxies/{leftover}").bytes())

    different = [
        f"{ask.line} {ask.body!r}\n--- Toxiproxy\n{their}\n--- ours\n{our}"
        for ask, our, their in zip(STORY, ours, theirs, strict=True)
        if our != their and not ask.differs
    ]
    assert different == []


# ── what is no request ───────────────────────────────────────────────────────

NONSENSE: list[tuple[str, bytes, int]] = [
    ("no request line", b"GARBAGE\r\n\r\n", 400),
    ("a version from the future", b"GET / HTTP/9.9\r\n\r\n", 505),
    ("HTTP/2 by text", b"GET /version HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ("no host", b"GET /version HTTP/1.1\r\n\r\n", 400),
    ("two hosts", b"GET /version HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    ("a header without a colon", b"GET /version HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", 400),
    ("a length that is no number", b"POST /proxies HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n", 400),
    ("two lengths", b"POST /reset HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
    ("a broken chunk", b"POST /proxies HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ("an unknown encoding", b"POST /proxies HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ("an endless path", b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\n\r\n", 431),
    ("an endless header", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n", 431),
    ("a path that is none", b"GET version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
]


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(("name", "data", "expected"), NONSENSE, ids=[name for name, _, _ in NONSENSE])
async def test_nonsense_gets_an_answer_that_says_so(name: str, data: bytes, expected: int) -> None:
    face = await serve_http(EmbeddedServer(), port=0)

    answer = await exchange(face.address, data)

    assert status(answer) == expected
    assert b"\r\n\r\n" + str(expected).encode() in answer
    await face.aclose()


@pytest.mark.toxiproxy
@pytest.mark.real_time  # the real server knows no other
async def test_toxiproxy_gives_nonsense_the_same_status(toxiproxy_address: Address) -> None:
    theirs = {name: status(await exchange(toxiproxy_address, data)) for name, data, _ in NONSENSE}

    assert theirs == {name: expected for name, _, expected in NONSENSE}


async def test_a_body_without_end_is_refused() -> None:
    face = await serve_http(EmbeddedServer(), port=0)

    answer = await exchange(
        face.address, b"POST /proxies HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" + bytes(2_000_000)
    )

    assert status(answer) == 413
    await face.aclose()


async def test_a_slow_request_is_hung_up_on_after_fifteen_seconds() -> None:
    face = await serve_http(EmbeddedServer(), port=0)
    began = asyncio.get_running_loop().time()

    answer = await exchange_slowly(face.address)

    assert answer == b""
    assert asyncio.get_running_loop().time() - began == pytest.approx(15.0, abs=0.1)
    await face.aclose()


async def exchange_slowly(address: Address) -> bytes:
    reader, writer = await asyncio.open_connection(*address)

    async def drip() -> None:
        for byte in b"GET /version HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 1000:
            writer.write(bytes([byte]))
            await asyncio.sleep(1)

    dripping = asyncio.create_task(drip())
    try:
        return await reader.read(-1)
    except ConnectionResetError:
        return b""
    finally:
        dripping.cancel()
        writer.close()


async def test_a_silent_peer_is_hung_up_on_after_a_minute() -> None:
    face = await serve_http(EmbeddedServer(), port=0)
    reader, writer = await asyncio.open_connection(*face.address)
    began = asyncio.get_running_loop().time()

    assert await reader.read(-1) == b""
    assert asyncio.get_running_loop().time() - began == pytest.approx(60.0, abs=0.1)
    writer.close()
    await face.aclose()


async def test_slow_and_silent_peers_do_not_keep_others_waiting() -> None:
    face = await serve_http(EmbeddedServer(), port=0)
    silent = [await asyncio.open_connection(*face.address) for _ in range(100)]
    for _, writer in silent[::2]:
        writer.write(b"POST /proxies HTTP/1.1\r\nContent-Le")
    began = asyncio.get_running_loop().time()

    answer = await exchange(face.address, Ask("GET /version").bytes())

    assert status(answer) == 200
    assert asyncio.get_running_loop().time() - began < 0.1
    for _, writer in silent:
        writer.close()
    await face.aclose()


async def test_requests_on_one_connection_are_answered_in_order() -> None:
    face = await serve_http(EmbeddedServer(), port=0)

    answer = await exchange(
        face.address,
        b"GET /version HTTP/1.1\r\nHost: a\r\n\r\nGET /nope HTTP/1.1\r\nHost: a\r\n\r\n" + Ask("GET /proxies").bytes(),
    )

    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"404", b"200"]
    await face.aclose()


async def test_a_body_that_waits_for_an_invitation_gets_one() -> None:
    face = await serve_http(EmbeddedServer(), port=0)
    reader, writer = await asyncio.open_connection(*face.address)
    writer.write(
        b"POST /proxies HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    )
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"

    writer.write(b"{}")

    assert status(await reader.read(-1)) == 400
    writer.close()
    await face.aclose()


async def test_a_port_that_is_taken_is_an_error_that_says_what_to_do() -> None:
    face = await serve_http(EmbeddedServer(), port=0)

    with pytest.raises(Exception, match="another program does already") as error:
        await serve_http(EmbeddedServer(), port=face.address[1])

    assert "take another port" in str(error.value)
    await face.aclose()


async def test_the_api_is_never_opened_to_the_outside() -> None:
    with pytest.raises(Exception, match=r"not opened on 0\.0\.0\.0"):
        await serve_http(EmbeddedServer(), host="0.0.0.0", port=0)


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
async def test_any_bytes_leave_the_server_as_it_was(data: bytes) -> None:
    server = EmbeddedServer()
    face = await serve_http(server, port=0)

    await exchange(face.address, data + b"\r\n\r\n" * 2 + b"\x00" * 70_000)

    assert status(await exchange(face.address, Ask("GET /version").bytes())) == 200
    await face.aclose()
    await server.aclose()
