"""permessage-deflate: whose server agrees to it, and what frames and faults are like then."""

import asyncio
import json
import zlib

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Vendor
from mock_servers.base.server import MockServer
from mock_servers.base.trouble import BadFrame
from mock_servers.deepgram import Deepgram
from mock_servers.gemini_live import GeminiLive
from mock_servers.gemini_live.settings import Settings as GeminiSettings
from mock_servers.openai_realtime import OpenAIRealtime
from mock_servers.openai_realtime import Settings as OpenAISettings
from tests.support.parrot import Parrot

OPENAI = "/v1/realtime?model=gpt-realtime"
GEMINI = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k"
DEEPGRAM = "/v1/listen?model=nova-3"

FIN, RSV1, RSV2 = 0x80, 0x40, 0x20


def dialled(server: MockServer, path: str = "/live", **options) -> connect:
    """A client that offers compression, as that of `websockets` does by default."""
    return connect(f"ws://127.0.0.1:{server.port}{path}", additional_headers={"authorization": "Bearer k"}, **options)


async def agreed(vendor: Vendor, path: str, **options) -> list[type]:
    """The extensions that both sides use."""
    async with MockServer(vendor) as server, dialled(server, path, **options) as websocket:
        return [type(extension) for extension in websocket.protocol.extensions]


async def test_openai_compresses_for_who_offers_it():
    vendor = OpenAIRealtime(Conversation(seed=0))

    assert await agreed(vendor, OPENAI) == [PerMessageDeflate]
    assert await agreed(vendor, OPENAI, compression=None) == []


async def test_openai_can_be_set_not_to_compress():
    assert await agreed(OpenAIRealtime(Conversation(seed=0), settings=OpenAISettings(compresses=False)), OPENAI) == []


async def test_gemini_does_not_compress_unless_it_is_set_to():
    plain, set_to = (
        GeminiLive(Conversation(seed=0), settings=GeminiSettings(compresses=compresses))
        for compresses in (GeminiSettings().compresses, True)
    )

    assert await agreed(plain, GEMINI) == []
    assert await agreed(set_to, GEMINI) == [PerMessageDeflate]


async def test_deepgram_never_compresses():
    assert await agreed(Deepgram(Conversation(seed=0)), DEEPGRAM) == []


async def test_a_compressed_conversation_says_the_same_as_a_plain_one():
    async def told(**options) -> list[str]:
        async with (
            MockServer(OpenAIRealtime(Conversation(seed=0))) as server,
            dialled(server, OPENAI, **options) as line,
        ):
            await line.send('{"type": "response.create"}')
            heard = [str(await line.recv())]
            while "response.done" not in heard[-1]:
                heard.append(str(await asyncio.wait_for(line.recv(), 60)))
            return [json.dumps(without_date(json.loads(message))) for message in heard]

    assert await told() == await told(compression=None)


def without_date(message: dict) -> dict:
    message.get("session", {}).pop("expires_at", None)
    return message


async def raw(server: MockServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    )
    assert b"permessage-deflate" in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first, length = await asyncio.wait_for(reader.readexactly(2), 5)
    return first, await reader.readexactly(length)


async def test_a_compressed_message_says_so_by_the_first_reserved_bit():
    async with MockServer(Parrot(compresses=True)) as server:
        reader, writer = await raw(server)
        first, payload = await frame(reader)
        writer.close()

    assert first == FIN | RSV1 | Opcode.TEXT
    assert json.loads(zlib.decompressobj(wbits=-15).decompress(payload + b"\0\0\xff\xff")) == {"type": "hello"}


async def test_a_reserved_bit_stays_a_fault_where_the_first_one_is_legal():
    async with MockServer(Parrot(compresses=True)) as server:
        reader, writer = await raw(server)
        await frame(reader)
        server.trouble(BadFrame(frame="reserved-bits"), on="live")
        first, payload = await frame(reader)
        writer.close()

    assert first == FIN | RSV2 | Opcode.TEXT
    assert json.loads(payload) == {"type": "squawk"}


async def after(kind: str, websocket: ClientConnection, server: MockServer) -> int | str:
    """What a compressing client makes of a bad frame: the code with which it closes, or the message."""
    await websocket.recv()
    server.trouble(BadFrame(frame=kind), on="live")
    try:
        return json.loads(await asyncio.wait_for(websocket.recv(), 5))["type"]
    except ConnectionClosed:
        return websocket.protocol.close_sent.code


@pytest.mark.parametrize(
    ("kind", "seen"),
    [("wrong-utf8", 1007), ("reserved-bits", 1002), ("oversize", 1009), ("masked", 1002), ("fragmented", "squawk")],
)
async def test_a_bad_frame_is_the_same_to_a_client_that_compresses(kind, seen):
    async with MockServer(Parrot(compresses=True)) as server, dialled(server) as websocket:
        assert websocket.protocol.extensions
        assert await after(kind, websocket, server) == seen


def compressed(payload: bytes) -> bytes:
    """A masked text frame that says that its payload is compressed."""
    first, *rest = Frame(Opcode.TEXT, payload).serialize(mask=True)
    return bytes([first | RSV1, *rest])


async def close_code(server: MockServer, data: bytes) -> int:
    reader, writer = await raw(server)
    await frame(reader)
    writer.write(data)
    first, payload = await frame(reader)
    writer.close()
    assert first == FIN | Opcode.CLOSE
    return int.from_bytes(payload[:2])


async def test_what_does_not_decompress_is_closed_with_1002():
    async with MockServer(Parrot(compresses=True)) as server:
        assert await close_code(server, compressed(b"\xff\xff\xff\xff")) == 1002


async def test_a_little_that_decompresses_to_more_than_the_limit_is_closed_with_1009():
    deflate = zlib.compressobj(wbits=-15)
    bomb = deflate.compress(bytes(64 * 1024 * 1024)) + deflate.flush(zlib.Z_SYNC_FLUSH)
    async with MockServer(Parrot(compresses=True)) as server:
        assert await close_code(server, compressed(bomb[:-4])) == 1009
