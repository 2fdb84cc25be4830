"""Clients whose single connection is handled wrongly: no deadline, no ping, no patience."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from providers.base import ConnectionFailed
from providers.connection import PING_INTERVAL_S, SILENT_S_MAX, Link, _Socket
from providers.messages.common import decoded
from providers.openai import OpenAIRealtimeProvider
from providers.reconnect import Cause
from providers.websocket_provider import WebSocketProvider
from tests.support.broken_clients.bug import bug


class OverAnotherLink(WebSocketProvider):
    """Opens its connections as `link_class` does."""

    link_class: type[Link]

    async def _dial(self) -> Link:
        url, headers = await self._address()
        tls = self._ssl_context
        link = await self.link_class.open(url, headers=headers, secrets=self._secrets, ssl_context=tls)
        try:
            await self._restore(link)
        except BaseException:
            await link.discard()
            raise
        return link


async def opened(url: str, *, headers, create_connection=_Socket, ssl_context=None) -> _Socket:
    """A connection that is waited for without an end."""
    return await connect(
        url,
        additional_headers=headers,
        compression=None,
        proxy=None,
        open_timeout=None,
        ping_interval=None,
        close_timeout=1.0,
        create_connection=create_connection,
        ssl=ssl_context if url.startswith("wss") else None,
        # asyncio's own patience with a handshake, which is a minute.
        **({"ssl_handshake_timeout": 3600.0} if url.startswith("wss") else {}),
    )


# ── no sign of life is asked for ─────────────────────────────────────────────


class LinkWithoutPings(Link):
    async def _beat(self) -> None:
        return


@bug
class NeverPings(OverAnotherLink):
    """Learns of a dead connection when the network says so, which it never may."""

    link_class = LinkWithoutPings


class LinkThatPingsWhileItSpeaks(Link):
    spoke_at_s = float("-inf")

    async def send(self, message: str | bytes) -> None:
        self.spoke_at_s = asyncio.get_running_loop().time()
        await super().send(message)

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        unheard_s = 0.0
        while unheard_s < SILENT_S_MAX:
            await asyncio.sleep(PING_INTERVAL_S)
            speaks = loop.time() - self.spoke_at_s < PING_INTERVAL_S
            unheard_s = loop.time() - self._socket.heard_at_s if speaks else 0.0
            if speaks:
                with contextlib.suppress(ConnectionClosed):
                    await self._socket.ping()
        self._fail("nothing was heard from the server")


@bug
class PingsOnlyWhileItSpeaks(OverAnotherLink):
    """Thinks that a line on which it says nothing needs no looking after."""

    link_class = LinkThatPingsWhileItSpeaks


# ── too little patience, or too much ─────────────────────────────────────────


class LinkWithoutPatience(Link):
    async def _beat(self) -> None:
        while True:
            try:
                async with asyncio.timeout(0.3):
                    await (await self._socket.ping())
            except TimeoutError:
                self._fail("no pong within 300 ms")
                return
            except ConnectionClosed:
                return
            await asyncio.sleep(1.0)


@bug
class HangsUpOnASlowPong(OverAnotherLink):
    """Takes a slow network for a dead one."""

    link_class = LinkWithoutPatience


class LinkThatWaitsForEver(Link):
    @classmethod
    async def open(cls, url, *, headers, secrets, ssl_context=None) -> Link:
        return cls(await opened(url, headers=headers, ssl_context=ssl_context), secrets)


@bug
class WaitsForEverForTheUpgrade(OverAnotherLink):
    """Has a schedule for attempts that fail, and none for one that does neither."""

    link_class = LinkThatWaitsForEver


@bug
class WaitsForEverForTheSession(OpenAIRealtimeProvider):
    """Thinks that a server which accepts a connection will also use it."""

    async def _await(self, link: Link, kind: str) -> None:
        while True:
            payload = await link.receive()
            await self._take(payload)
            if decoded(payload).get("type") == kind:
                return


# ── TLS ──────────────────────────────────────────────────────────────────────


class LinkThatBelievesAnything(Link):
    @classmethod
    async def open(cls, url, *, headers, secrets, ssl_context=None) -> Link:
        if ssl_context is not None:
            ssl_context.check_hostname, ssl_context.verify_mode = False, ssl.CERT_NONE
        return await super().open(url, headers=headers, secrets=secrets, ssl_context=ssl_context)


@bug
class BelievesEveryCertificate(OverAnotherLink):
    """Has switched the check off, as the first answer to every question about such errors says."""

    link_class = LinkThatBelievesAnything


class LinkWithAHastyHandshake(Link):
    @classmethod
    async def open(cls, url, *, headers, secrets, ssl_context=None) -> Link:
        try:
            async with asyncio.timeout(1.0):
                return await super().open(url, headers=headers, secrets=secrets, ssl_context=ssl_context)
        except TimeoutError:
            raise ConnectionFailed(Cause(says="no handshake within a second")) from None


@bug
class GivesAHandshakeASecond(OverAnotherLink):
    """Thinks that a server which is slow to say hello will not say it."""

    link_class = LinkWithAHastyHandshake


# ── frames ───────────────────────────────────────────────────────────────────


class SocketOfWholeFrames(_Socket):
    def data_received(self, data: bytes) -> None:
        if self.state is State.OPEN and not is_whole(data):
            self.transport.abort()
        else:
            super().data_received(data)


def is_whole(data: bytes) -> bool:
    """Whether these bytes are whole frames as a server sends them (RFC 6455, 5.2), the last one too."""
    while data:
        length = data[1] & 0x7F if len(data) > 1 else 0
        size = {126: 2, 127: 8}.get(length, 0)
        head = 2 + size
        body = int.from_bytes(data[2:head]) if size else length
        if len(data) < head + body:
            return False
        data = data[head + body :]
    return True


class LinkOfWholeFrames(Link):
    @classmethod
    async def open(cls, url, *, headers, secrets, ssl_context=None) -> Link:
        return cls(await opened(url, headers=headers, create_connection=SocketOfWholeFrames), secrets)


@bug
class TakesAPieceForAFrame(OverAnotherLink):
    """Thinks that what was sent at once arrives at once."""

    link_class = LinkOfWholeFrames


class LinkOfFirstPieces(Link):
    async def receive(self) -> bytes:
        try:
            pieces = [piece async for piece in self._socket.recv_streaming(decode=False)]
        except ConnectionClosed:
            raise ConnectionFailed(self._cause()) from None
        return pieces[0]


@bug
class TakesAFrameForAMessage(OverAnotherLink):
    """Thinks that a message has one frame."""

    link_class = LinkOfFirstPieces
