"""Mocks on demand, in the project's own environment: whoever connects and asks gets one, for as long as they stay.

`python -m tests.sdk.mocks` prints its port, and ends with its standard input. A wish is one line of JSON,
`{"vendor": "deepgram", "tls": true, "settings": {}}`; so is the answer: `url`, `control_url`, `ca_file`, or `error`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from mock_servers.serve import serve

__all__: list[str] = []

WISH_TIMEOUT_S = 10.0


class House:
    """The mocks that are there now; `folder` takes their certificate authorities."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._guests: dict[asyncio.Task[None], None] = {}

    async def received(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._guests[task] = None
        try:
            async with asyncio.timeout(WISH_TIMEOUT_S):
                wish = json.loads(await reader.readline())
            await self._served(wish, reader, writer)
        except (asyncio.CancelledError, OSError, TimeoutError):
            pass  # The guest has gone, or the house closes: what was theirs is closed already.
        finally:
            del self._guests[task]
            writer.close()

    async def aclose(self) -> None:
        for guest in tuple(self._guests):
            guest.cancel()
        await asyncio.gather(*self._guests, return_exceptions=True)

    async def _served(
        self, wish: Mapping[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        ca_file = self._folder / f"{next(self._numbers)}.pem" if wish["tls"] else None
        try:
            async with serve(wish["vendor"], ca_file=ca_file, settings=wish["settings"]) as addresses:
                trusted = None if ca_file is None else str(ca_file)
                _say(writer, {"url": addresses.url, "control_url": addresses.control_url, "ca_file": trusted})
                await reader.read()
        except OSError:
            raise
        except Exception as error:
            # A setting that there is not, or a mock that is broken: the guest tells of it, so that it is read.
            _say(writer, {"error": f"{type(error).__name__}: {error}"})
            await writer.drain()


def _say(writer: asyncio.StreamWriter, answer: Mapping[str, Any]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder))
        server = await asyncio.start_server(house.received, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.buffer.read)
        server.close()
        await house.aclose()


if __name__ == "__main__":
    asyncio.run(main())
