"""A connection by way of `websockets`, which pings by itself: opened and ready in time, or a loss that says why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from harness.clients import Endpoints
from tests.support.correct_clients.dialects import Dialect, Heard, Ready
from tests.support.correct_clients.losses import Loss, refused

__all__ = ["Gone", "Opened", "gone", "opened"]

OPEN_WITHIN_S = 8.0
READY_WITHIN_S = 8.0
PING_EVERY_S = 5.0
PONG_WITHIN_S = 8.0
CLOSE_WITHIN_S = 1.0


class Gone(Exception):
    """There is no connection, or no more; `loss` says why."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.says)
        self.loss = loss


class Opened:
    """A session that is ready."""

    def __init__(self, socket: ClientConnection, dialect: Dialect) -> None:
        self._socket = socket
        self._dialect = dialect

    async def hear(self) -> list[Heard]:
        """What the next message says.

        Raises:
            Gone: When there is no more, for whatever reason.
        """
        async with gone():
            payload = await self._socket.recv(decode=False)
        return list(self._dialect.hear(payload))

    async def send(self, *messages: str | bytes) -> None:
        for message in messages:
            async with gone():
                await self._socket.send(message)

    async def close(self) -> None:
        await self._socket.close()


async def opened(dialect: Dialect, endpoints: Endpoints, asked: Mapping[str, Any], handle: str | None = None) -> Opened:
    """Open a connection and configure the session.

    Raises:
        Gone: If it cannot be had now.
    """
    url, headers = dialect.address(endpoints.urls["session"], endpoints.fresh_key())
    async with gone():
        socket = await connect(
            url,
            additional_headers=headers,
            proxy=None,
            compression=None,
            max_size=None,
            open_timeout=OPEN_WITHIN_S,
            ping_interval=PING_EVERY_S,
            ping_timeout=PONG_WITHIN_S,
            close_timeout=CLOSE_WITHIN_S,
        )
    session = Opened(socket, dialect)
    try:
        async with gone(), asyncio.timeout(READY_WITHIN_S):
            await session.send(*dialect.opening(asked, handle))
            while not dialect.ready_at_once and Ready() not in await session.hear():
                pass
    except BaseException:
        socket.transport.abort()
        raise
    return session


@asynccontextmanager
async def gone() -> AsyncIterator[None]:
    """Whatever ends a connection inside is a `Gone`."""
    try:
        yield
    except InvalidStatus as error:
        headers = {name.lower(): value for name, value in error.response.headers.raw_items()}
        raise Gone(refused(error.response.status_code, headers)) from None
    except ConnectionClosed as error:
        frame = error.rcvd
        words = f"closed with {frame.code} {frame.reason}" if frame is not None else f"lost: {error}"
        loss = Loss(says=words, code=frame.code if frame else 1006, reason=frame.reason if frame else "")
        raise Gone(loss) from None
    except TimeoutError:
        raise Gone(Loss(says="the server took too long")) from None
    except (OSError, InvalidHandshake) as error:
        raise Gone(Loss(says=f"no connection: {type(error).__name__}: {error}")) from None
