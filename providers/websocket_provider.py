"""A session over one WebSocket: opened, read, lost, brought back and ended, the same for every provider.

What is said on the wire is the provider's own; when to reconnect is decided in `reconnect`. Here are the tasks, each
with an owner and an end: one that reads, and, after a loss, one that brings the session back. They are never the same
one, since a task cannot cancel itself and go on.
"""

from __future__ import annotations

import asyncio
import ssl
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit

from providers.base import BaseProvider, ConnectionFailed, NotConnected, ProviderError, SessionConfig, SessionState
from providers.connection import Link
from providers.credentials import Secrets
from providers.reconnect import (
    Cause,
    Decision,
    GiveUp,
    Happening,
    Lost,
    Open,
    Opened,
    Phase,
    Policy,
    Recovered,
    Refused,
    Standing,
    Useful,
    Verdict,
    Wait,
    Waited,
    decide,
)  # fmt: skip

__all__ = ["WebSocketProvider", "ended", "with_path"]

DISCONNECT_TIMEOUT_S = 2.5
LOST = Cause(says="the connection was lost")


class WebSocketProvider(BaseProvider):
    """The life of a session over a WebSocket.

    Args:
        secrets: What must not appear in anything that is told.
        ssl_context: For `wss` addresses whose certificate the system does not know.
    """

    def __init__(self, *, secrets: Secrets, ssl_context: ssl.SSLContext | None) -> None:
        super().__init__()
        self._secrets = secrets
        self._ssl_context = ssl_context
        self._should_reconnect = True
        self._is_reconnecting = False
        self._reconnect_attempts = 0
        self._standing = Standing()
        self._link: Link | None = None
        self._opening: asyncio.Task[Link] | None = None
        self._receiving: asyncio.Task[None] | None = None
        self._recovering: asyncio.Task[None] | None = None

    @abstractmethod
    async def _address(self) -> tuple[str, dict[str, str]]:
        """The URL and the headers for the next connection; asked anew for each one, since keys and tokens expire.

        Raises:
            ConnectionFailed: If there is no key to be had.
        """

    @abstractmethod
    async def _restore(self, link: Link) -> None:
        """Set up the session on a new connection: configuration, then what was said so far, until it is ready."""

    @abstractmethod
    async def _received(self, payload: bytes) -> None:
        """Take in a message. An error about its shape is told as an `error` event, and ends nothing."""

    @abstractmethod
    async def _attempt_reconnection(self, loss: Cause = LOST) -> None:
        """Bring the session back, or say that it is over."""

    @abstractmethod
    def _judge(self, cause: Cause) -> Verdict:
        """What a loss or a refusal means with this provider."""

    @abstractmethod
    def _mark(self, *, healthy: bool) -> None:
        """The connection has just been heard from, or is gone."""

    def _forget(self) -> None:
        """A new session begins, which knows nothing of an older one."""

    def _adopted(self) -> None:
        """There is a new connection, and its session is ready."""

    def _gone(self) -> None:
        """The connection is lost."""

    def _learn_from(self, cause: Cause) -> Cause:
        """A connection, or an attempt at one, has ended for this cause; gives it back with all that is known of it."""
        return cause

    async def _farewell(self, link: Link) -> None:
        """What a provider wants to hear before it is left."""

    async def _release(self) -> None:
        """End what the provider has beside its connection."""

    async def connect(self, config: SessionConfig) -> None:
        if self._state not in (SessionState.IDLE, SessionState.DISCONNECTED, SessionState.ERROR):
            raise ProviderError(f"connect() while {self._state}: call disconnect() first")
        self._begin(config)
        self._opening = asyncio.create_task(self._dial(), name="opening")
        try:
            await asyncio.wait((self._opening,))
        except asyncio.CancelledError:
            await ended(self._opening)
            self._state = SessionState.ERROR
            raise
        if self._opening.cancelled():
            raise NotConnected("disconnect() was called while connect() was under way")
        error = self._opening.exception()
        if error is not None:
            self._state = SessionState.ERROR
            self._events.end()
            if isinstance(error, ConnectionFailed):
                raise ConnectionFailed(self._learn_from(error.cause)) from None
            raise error
        self._adopt(self._opening.result())

    async def disconnect(self) -> None:
        self._should_reconnect = False
        self._state = SessionState.DISCONNECTING
        try:
            async with asyncio.timeout(DISCONNECT_TIMEOUT_S):
                await ended(self._opening)
                await ended(self._recovering)
                await ended(self._receiving)
                await self._release()
                if self._link is not None:
                    await self._farewell(self._link)
                    await self._link.close()
        except TimeoutError:
            pass
        finally:
            await self._drop()
            self._is_reconnecting = False
            self._mark(healthy=False)
            self._state = SessionState.DISCONNECTED
            self._events.end()

    def _begin(self, config: SessionConfig) -> None:
        self._config = config
        self._state = SessionState.CONNECTING
        self._should_reconnect = True
        self._reconnect_attempts = 0
        self._standing = Standing()
        self._forget()
        if self._events.has_ended:
            self._events = self._events.anew()

    async def _dial(self) -> Link:
        url, headers = await self._address()
        link = await Link.open(url, headers=headers, secrets=self._secrets, ssl_context=self._ssl_context)
        try:
            await self._restore(link)
        except BaseException:
            await link.discard()
            raise
        return link

    def _adopt(self, link: Link) -> None:
        """Read from this connection from now on."""
        if self._standing.phase is Phase.UP:
            self._decide(Opened(at_s=asyncio.get_running_loop().time()), Policy())
        self._link = link
        self._receiving = asyncio.create_task(self._receive(link), name="receiving")
        self._mark(healthy=True)
        self._state = SessionState.ACTIVE if self._is_read else SessionState.CONNECTED
        self._adopted()

    async def _receive(self, link: Link) -> None:
        try:
            while True:
                payload = await link.receive()
                self._mark(healthy=True)
                await self._take(payload)
        except ConnectionFailed as failure:
            self._lost(failure.cause)

    async def _take(self, payload: bytes) -> None:
        try:
            await self._received(payload)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            # Whatever a server may send, it is no reason to end a call that goes on.
            message = f"a message from the server could not be read: {type(error).__name__}: {error}"
            self._emit("error", code="unreadable_message", message=self._secrets.hidden(message))

    def _lost(self, cause: Cause) -> None:
        self._mark(healthy=False)
        if not self._should_reconnect or self._state not in (SessionState.CONNECTED, SessionState.ACTIVE):
            return
        self._state = SessionState.CONNECTING
        self._gone()
        self._recovering = asyncio.create_task(self._attempt_reconnection(cause), name="recovering")

    async def _ride_out(
        self, loss: Cause, policy: Policy, *, announce: Callable[[Wait], None], reconnect: Callable[[], Awaitable[None]]
    ) -> Recovered | GiveUp:
        """Wait and try again as `reconnect.decide` says, until the outage is over one way or the other."""
        loop = asyncio.get_running_loop()
        if self._standing.phase is not Phase.UP:
            self._standing = Standing()
        loss = self._learn_from(loss)
        decision = self._decide(Lost(at_s=loop.time(), cause=loss, verdict=self._judge(loss)), policy)
        while True:
            match decision:
                case Wait():
                    announce(decision)
                    await asyncio.sleep(decision.sleep_s)
                    decision = self._decide(Waited(), policy)
                case Open():
                    failure = await self._failure_of(reconnect)
                    if failure is None:
                        decision = self._decide(Opened(at_s=loop.time()), policy)
                    else:
                        cause = self._learn_from(failure)
                        refused = Refused(at_s=loop.time(), cause=cause, verdict=self._judge(cause))
                        decision = self._decide(refused, policy)
                case Recovered():
                    return decision
                case GiveUp():
                    # An application may never call disconnect() after this.
                    await self._drop()
                    return decision
                case _:
                    raise AssertionError(f"an outage cannot go on with {decision}")

    async def _failure_of(self, reconnect: Callable[[], Awaitable[None]]) -> Cause | None:
        try:
            await reconnect()
        except ConnectionFailed as failure:
            return failure.cause
        # Anything else is a mistake in here. It must end in connection.failed, which says it: a task that dies of it
        # would leave the caller in silence.
        except Exception as error:
            return Cause(says=self._secrets.hidden(f"{type(error).__name__}: {error}"))
        return None

    def _decide(self, happened: Happening, policy: Policy) -> Decision:
        self._standing, decision = decide(self._standing, happened, policy)
        return decision

    def _count_as_useful(self) -> None:
        """A message has come that only a working service sends."""
        if not self._standing.useful and self._standing.phase is Phase.UP:
            self._decide(Useful(), Policy())

    def _give_up(self) -> None:
        """The session is over, and not because somebody asked for that."""
        self._state = SessionState.ERROR
        self._events.end()

    async def _drop(self) -> None:
        """Leave the connection that there is, at once."""
        link, self._link = self._link, None
        await ended(self._receiving)
        if link is not None:
            await link.discard()

    def _is_usable(self) -> bool:
        """Whether what is sent goes out now.

        Raises:
            NotConnected: If there is no session, and none is coming.
        """
        if self._state in (SessionState.CONNECTED, SessionState.ACTIVE):
            return self._link is not None and self._link.is_open
        if self._state is SessionState.CONNECTING and self._config is not None and self._opening_is_done():
            return False
        raise NotConnected(f"nothing can be sent while {self._state}: call connect() first")

    def _opening_is_done(self) -> bool:
        return self._opening is not None and self._opening.done()


async def ended(task: asyncio.Task[object] | asyncio.Task[None] | asyncio.Task[Link] | None) -> None:
    """Cancel the task and wait until it is over. The task that runs this is left alone."""
    if task is None or task.done() or task is asyncio.current_task():
        return
    task.cancel()
    await asyncio.wait((task,))


def with_path(url: str, default: str) -> str:
    """`url`, with the path of `default` where it has none: an address is enough to lead elsewhere."""
    parts = urlsplit(url)
    if parts.path in ("", "/"):
        parts = parts._replace(path=urlsplit(default).path)
    return urlunsplit(parts)
