"""One WebSocket to a provider, on which every wait has an end.

`Link.open` is bounded from the first SYN to the 101, `send` and `close` by their own deadlines, and a link on which
nothing is heard any more is declared dead, whether or not anything is being sent.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.protocol import State

from providers.base import ConnectionFailed
from providers.credentials import Secrets
from providers.reconnect import Cause
from providers.retry_after import retry_after_s

__all__ = ["Link", "is_loopback", "within"]

OPEN_TIMEOUT_S = 10.0
"""TCP, TLS and upgrade together. From far away a real 101 takes 0.8 to 2.1 s."""
SEND_TIMEOUT_S = 5.0
"""A peer that takes nothing for so long takes nothing at all (pipecat#5796 waited 7.5 minutes)."""
CLOSE_TIMEOUT_S = 1.0
CLOSE_LINGER_S = 0.5
"""After a close frame the server ends TCP. One that forgets to must not keep the loss from being noticed."""
PING_INTERVAL_S = 4.0
SILENT_S_MAX = 12.0
"""Dead after so long without a byte. Gemini's pongs have been measured 8 s late and more (sip-to-ai#14)."""
MESSAGE_BYTES_MAX = 16 * 1024 * 1024
"""OpenAI has sent 3.5 MB in one message (BerriAI/litellm#15747); the library's default is 1 MiB."""
FRAMES_WAITING_MAX = 256

# The library logs the headers of the handshake at DEBUG, and with them the key. A level of its own keeps them out of
# the application's log, whatever that is set to.
_log = logging.getLogger("providers.websocket")
_log.setLevel(logging.INFO)


class _Socket(ClientConnection):
    """A connection that knows when it last heard anything, be it half a frame."""

    heard_at_s = 0.0
    _hangup: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        self.heard_at_s = self.loop.time()
        super().data_received(data)
        if self._hangup is None and self.state is State.CLOSING:
            self._hangup = self.loop.call_later(CLOSE_LINGER_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._hangup is not None:
            self._hangup.cancel()
        super().connection_lost(exc)


class Link:
    """An open WebSocket. Whoever opened it ends it with `close` or `discard`."""

    def __init__(self, socket: _Socket, secrets: Secrets) -> None:
        self._socket = socket
        self._secrets = secrets
        self._own_cause: Cause | None = None
        self._heartbeat = asyncio.create_task(self._beat(), name="heartbeat")

    @classmethod
    async def open(
        cls, url: str, *, headers: Mapping[str, str], secrets: Secrets, ssl_context: ssl.SSLContext | None = None
    ) -> Link:
        """Open a connection; the URL carries no credentials, the headers do.

        Raises:
            ConnectionFailed: If that is refused, cut off, or not done within `OPEN_TIMEOUT_S`.
        """
        parts = urlsplit(url)
        tls: dict[str, Any] = {"ssl": ssl_context} if ssl_context is not None and parts.scheme == "wss" else {}
        try:
            socket = await connect(
                url,
                additional_headers=headers,
                compression=None,
                # A proxy from the environment is for the world outside; what listens on this machine is meant itself.
                proxy=None if is_loopback(parts.hostname) else True,
                open_timeout=OPEN_TIMEOUT_S,
                ping_interval=None,
                close_timeout=CLOSE_TIMEOUT_S,
                max_size=MESSAGE_BYTES_MAX,
                max_queue=FRAMES_WAITING_MAX,
                # With no buffer of its own, a send that has returned is with the kernel (over TLS: with the socket's own
                # buffer of 64 KiB): less is lost with the link. One byte and not none, since asyncio's TLS lets a writer
                # with a limit of 0 wait for the next thing that the server says (python/cpython#102792).
                write_limit=1,
                logger=_log,
                create_connection=_Socket,
                **tls,
            )
        except (OSError, InvalidHandshake, ConnectionClosed) as error:
            cause = _refusal(error, where=parts.hostname or url, secrets=secrets)
            raise ConnectionFailed(cause) from None
        assert isinstance(socket, _Socket)
        return cls(socket, secrets)

    @property
    def is_open(self) -> bool:
        return self._socket.state is State.OPEN

    async def send(self, message: str | bytes) -> None:
        """Send one message. If this raises, the server has not got the whole of it, and never will.

        Raises:
            ConnectionFailed: If the link is gone, or the peer takes nothing more.
        """
        if not self.is_open:
            raise ConnectionFailed(self._cause())
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._socket.send(message)
        except TimeoutError:
            self._fail(f"the server took nothing for {SEND_TIMEOUT_S:g} s")
            raise ConnectionFailed(self._cause()) from None
        except ConnectionClosed:
            raise ConnectionFailed(self._cause()) from None

    async def receive(self) -> bytes:
        """The next message, text or binary.

        Raises:
            ConnectionFailed: If the link is gone, in whatever way.
        """
        try:
            # Undecoded, since one text frame that is not UTF-8 is no reason to end a call.
            return await self._socket.recv(decode=False)
        except ConnectionClosed:
            raise ConnectionFailed(self._cause()) from None

    async def close(self) -> None:
        """Say goodbye, for at most `CLOSE_TIMEOUT_S`, and be gone."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._socket.close()
        except TimeoutError:
            pass
        finally:
            await self.discard()

    async def discard(self) -> None:
        """Be gone at once, without a goodbye."""
        self._heartbeat.cancel()
        self._socket.transport.abort()
        await asyncio.wait((self._heartbeat,))
        await self._socket.wait_closed()

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        self._socket.heard_at_s = loop.time()
        while True:
            dead_at_s = self._socket.heard_at_s + SILENT_S_MAX
            await asyncio.sleep(min(PING_INTERVAL_S, max(0.0, dead_at_s - loop.time())))
            # A hair's breadth, so that a float which falls short of the deadline does not wake this once more.
            if loop.time() - self._socket.heard_at_s >= SILENT_S_MAX - 1e-6:
                self._fail(f"nothing was heard from the server for {SILENT_S_MAX:g} s")
                return
            try:
                async with asyncio.timeout(PING_INTERVAL_S):
                    await self._socket.ping()
            except TimeoutError:
                continue
            except ConnectionClosed:
                return

    def _fail(self, says: str) -> None:
        # Aborted, not closed: a peer that is silent would also be silent about the goodbye.
        if self._own_cause is None:
            self._own_cause = Cause(says=says, close_code=1006)
        self._socket.transport.abort()

    def _cause(self) -> Cause:
        if self._own_cause is not None:
            return self._own_cause
        received, sent = self._socket.protocol.close_rcvd, self._socket.protocol.close_sent
        if received is not None:
            reason = self._secrets.hidden(received.reason)
            words = f"the server closed the connection with {received.code}" + (f": {reason}" if reason else "")
            return Cause(says=words, close_code=int(received.code), close_reason=reason)
        if sent is not None:
            words = f"the connection was closed from here with {sent.code}: {self._secrets.hidden(sent.reason)}"
            return Cause(says=words, close_code=1006)
        return Cause(says="the connection was cut without a close frame (1006)", close_code=1006)


@asynccontextmanager
async def within(seconds: float, *, or_else: str) -> AsyncIterator[None]:
    """Bound a phase of opening a session; `or_else` says in words what did not happen.

    Raises:
        ConnectionFailed: If the phase takes longer.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise ConnectionFailed(Cause(says=f"{or_else} within {seconds:g} s")) from None


def is_loopback(host: str | None) -> bool:
    return host in ("localhost", "::1") or (host or "").startswith("127.")


def _refusal(error: Exception, *, where: str, secrets: Secrets) -> Cause:
    match error:
        case InvalidStatus():
            response = error.response
            headers = {name.lower(): value for name, value in response.headers.raw_items()}
            code, message = _told(response.body or b"", headers)
            words = f"HTTP {response.status_code} at the upgrade" + (f": {secrets.hidden(message)}" if message else "")
            wait_s = retry_after_s(headers, epoch_s=time.time())
            return Cause(says=words, status=response.status_code, error_code=code, retry_after_s=wait_s)
        case TimeoutError():
            return Cause(says=f"{where} did not open the connection within {OPEN_TIMEOUT_S:g} s")
        case OSError():
            # asyncio puts addresses and ports into its own words; the system's say what is wrong.
            words = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
            return Cause(says=f"could not reach {where}: {words}")
    return Cause(says=f"{where} did not complete the upgrade: {secrets.hidden(str(error))}")


def _told(body: bytes | bytearray, headers: Mapping[str, str]) -> tuple[str, str]:
    """The code and the message in the body of a refusal, in the shapes of OpenAI, Google and Deepgram."""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return "", headers.get("dg-error", "")
    error = told.get("error")
    if isinstance(error, dict):
        return str(error.get("code") or error.get("status") or ""), str(error.get("message") or "")
    return str(told.get("err_code") or ""), str(told.get("err_msg") or headers.get("dg-error", ""))
