"""A sound client in one file of the standard library and websockets: it reconnects, and tells what happens."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException


def tell(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)


def fresh_key() -> str:
    """Read anew for each attempt: keys are rotated."""
    return Path(os.environ["DEADAIR_API_KEY_FILE"]).read_text(encoding="ascii")


class Call:
    def __init__(self) -> None:
        self.socket: ClientConnection | None = None
        self.ends = asyncio.Event()
        self.waiting: list[bytes] = []

    async def dial(self) -> ClientConnection:
        key = {"Authorization": f"Bearer {fresh_key()}"}
        url = f"{os.environ['DEADAIR_URL']}?model=gpt-realtime"
        socket = await connect(url, additional_headers=key, open_timeout=5, close_timeout=1)
        try:
            session = json.loads(os.environ["DEADAIR_SESSION"])
            await socket.send(
                json.dumps(
                    {
                        "type": "session.update",
                        "session": {"type": "realtime", "instructions": session.get("system_prompt", "")},
                    }
                )
            )
            async with asyncio.timeout(5):
                while json.loads(await socket.recv())["type"] != "session.updated":
                    pass
        except BaseException:
            await socket.close()
            raise
        return socket

    async def run(self) -> None:
        tell("run.client", name="sound", version="1.0")
        tell("run.state", state="connecting")
        tell("run.connecting")
        try:
            self.socket = await self.dial()
        except (OSError, TimeoutError, WebSocketException) as error:
            tell("run.state", state="error")
            tell("run.connect_failed", error=str(error))
            return
        tell("run.state", state="active")
        tell("run.connected")
        while not self.ends.is_set():
            reason = await self.read(self.socket)
            if self.ends.is_set() or not await self.reconnected(reason):
                return

    async def read(self, socket: ClientConnection) -> str:
        try:
            async for text in socket:
                message = json.loads(text)
                match message["type"]:
                    case "response.output_audio.delta":
                        tell("audio.output", pcm=message["delta"])
                    case "error":
                        tell("error", message=message["error"]["message"])
        except WebSocketException:
            pass
        return f"close {socket.close_code} {socket.close_reason}"

    async def reconnected(self, reason: str) -> bool:
        self.socket = None
        for attempt in range(1, 6):
            wait_s = 2.0 ** (attempt - 1)
            tell("run.state", state="connecting")
            tell("connection.reconnecting", attempt=attempt, max_attempts=5, backoff_delay=wait_s)
            await asyncio.sleep(wait_s)
            try:
                self.socket = await self.dial()
            except (OSError, TimeoutError, WebSocketException) as error:
                reason = str(error)
                continue
            tell("connection.reconnected", attempts=attempt)
            tell("run.state", state="active")
            return True
        tell("connection.failed", attempts=5, reason=reason)
        tell("run.state", state="error")
        return False

    async def say(self, pcm: str) -> None:
        self.waiting.append(base64.b64decode(pcm))
        while self.waiting and (socket := self.socket) is not None:
            chunk = base64.b64encode(self.waiting[0]).decode()
            try:
                await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": chunk}))
            except WebSocketException:
                return
            self.waiting.pop(0)

    async def hang_up(self) -> None:
        self.ends.set()
        if self.socket is not None:
            await self.socket.close()
        tell("run.state", state="disconnected")
        tell("run.disconnected")


async def main() -> None:
    call = Call()
    running = asyncio.create_task(call.run())
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        asked = json.loads(line)
        match asked["do"]:
            case "audio":
                await call.say(asked["pcm"])
            case "disconnect":
                running.cancel()
                await call.hang_up()
    running.cancel()


asyncio.run(main())
