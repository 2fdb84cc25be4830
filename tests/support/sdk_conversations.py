"""Each vendor's async SDK, unmodified, calls its production address on the virtual clock.

`python -m tests.support.sdk_conversations openai FOLDER` writes what was said, and when; FOLDER takes the certificate.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import trustme
from websockets.asyncio.server import serve

from harness.engines import VirtualTime

HOSTS = {
    "openai": "api.openai.com",
    "gemini": "generativelanguage.googleapis.com",
    "deepgram": "api.deepgram.com",
}


async def openai() -> None:
    from openai import AsyncOpenAI

    async with (
        AsyncOpenAI(api_key="not-a-key") as client,
        client.realtime.connect(model="gpt-realtime") as connection,
    ):
        tell("got", (await connection.recv()).type)
        await asyncio.sleep(5)
        await connection.input_audio_buffer.commit()
        tell("got", (await connection.recv()).type)


async def openai_server(connection: Any) -> None:
    await connection.send(json.dumps({"type": "session.created", "event_id": "1", "session": {"type": "realtime"}}))
    asked = json.loads(await connection.recv())
    tell("server got", asked["type"])
    await connection.send(
        json.dumps({"type": "input_audio_buffer.committed", "event_id": "2", "item_id": "3", "previous_item_id": None})
    )
    await connection.wait_closed()


async def gemini() -> None:
    from google import genai

    client = genai.Client(api_key="not-a-key")
    async with client.aio.live.connect(model="gemini-live-2.5-flash-preview") as session:
        tell("got", "setupComplete")
        await asyncio.sleep(5)
        await session.send_client_content(
            turns=genai.types.Content(role="user", parts=[genai.types.Part(text="hello")])
        )
        async for message in session.receive():
            if message.text:
                tell("got", message.text)


async def gemini_server(connection: Any) -> None:
    tell("server got", *json.loads(await connection.recv()))
    await connection.send(json.dumps({"setupComplete": {}}).encode())
    tell("server got", *json.loads(await connection.recv()))
    content = {"modelTurn": {"parts": [{"text": "good morning"}]}, "turnComplete": True}
    await connection.send(json.dumps({"serverContent": content}).encode())
    await connection.wait_closed()


async def deepgram() -> None:
    from deepgram import AsyncDeepgramClient

    client = AsyncDeepgramClient(api_key="not-a-key")
    async with client.listen.v1.connect(model="nova-3") as connection:
        await asyncio.sleep(5)
        await connection.send_media(b"\0" * 640)
        tell("got", (await connection.recv()).type)


async def deepgram_server(connection: Any) -> None:
    tell("server got", len(await connection.recv()), "bytes")
    metadata = {"request_id": "1", "sha256": "", "created": "2025-06-15T15:06:40Z", "duration": 0.02, "channels": 1}
    await connection.send(json.dumps({"type": "Metadata", "transaction_key": "deprecated", **metadata}))
    await connection.wait_closed()


CONVERSATIONS: dict[str, tuple[Callable[[], Awaitable[None]], Callable[[Any], Awaitable[None]]]] = {
    "openai": (openai, openai_server),
    "gemini": (gemini, gemini_server),
    "deepgram": (deepgram, deepgram_server),
}


def tell(*words: object) -> None:
    print(f"{asyncio.get_running_loop().time():.3f}", *words)


async def converse(vendor: str, server_side: ssl.SSLContext) -> None:
    loop: Any = asyncio.get_running_loop()
    client, answer = CONVERSATIONS[vendor]
    async with serve(answer, "127.0.0.1", 0, ssl=server_side) as server:
        loop.claim_name(HOSTS[vendor], 443, server.sockets[0].getsockname())
        await client()
        tell("closed")


def main() -> None:
    vendor, folder = sys.argv[1], Path(sys.argv[2])
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    os.environ["SSL_CERT_FILE"] = str(folder / "authority.pem")
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOSTS[vendor]).configure_cert(server_side)
    VirtualTime().run(lambda: converse(vendor, server_side), seed=1)


if __name__ == "__main__":
    main()
